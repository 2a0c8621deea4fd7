"""What holds of every apply that is taken back. Each law is written with the bug that it kills."""

import re
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event

from faults import Faulty
from hypothesis import assume, given, strategies as st
from journals import DONE, lines, planned, run, through_its_file, undoing
from meanings import shuffled
from profiles import law
from worlds import BOOLEANS, histories, lived, specs, written

from iamspec.commands import plan as commands
from iamspec.commands.options import Options
from iamspec.errors import IamError, IamspecError, Unreadable
from iamspec.iam import Call
from iamspec.saved.plan_document import plan_text

LAW = law(60)
SEEDS = st.integers(0, 2**32)
CREDENTIALS = ("password", "keys", "mfa", "ssh_keys", "certificates", "service_credentials")


@st.composite
def worlds(draw):
    """A spec and an account in which some declared users and groups have had other names.

    Some declared identity providers are live, and some users copy
    the permissions of others.
    """
    spec, iam = draw(specs(roles=True)), lived(draw(histories(roles=True)))
    if draw(BOOLEANS):
        make_providers(iam, spec)
    listed = {name for group in spec["groups"].values() for name in group.get("members", ())}
    names = [name for name in spec["users"] if name not in listed]
    for source, user in zip(names[::2], names[1::2], strict=False):
        if draw(BOOLEANS):
            spec["users"][user] = {"copy_permissions_from": source}
    for section in ("users", "groups"):
        live = set(iam.dump()[section])
        new, old = sorted(spec[section].keys() - live), sorted(live - spec[section].keys())
        gone = spec.get("absent", {}).get(section, {})
        for name, before in zip(new, shuffled(draw, old), strict=False):
            if before not in gone and draw(BOOLEANS):
                spec[section][name]["renamed_from"] = before
    return spec, iam


def make_providers(iam, spec):
    """Makes the declared identity providers that are not live."""
    for name, one in spec.get("identity_providers", {}).items():
        if "oidc" in one:
            call = Call("CreateOpenIDConnectProvider", {"Url": one["oidc"], "ClientIDList": one["client_ids"]})
        else:
            call = Call("CreateSAMLProvider", {"Name": name, "SAMLMetadataDocument": one["saml"]})
        with suppress(IamError):
            iam.write(call)
    iam.calls.clear()


def compared(account, announced, replaced=frozenset()):
    """An account without announced losses: `announced` lose the identity, `replaced` are left out."""
    found = {"alias": account["alias"]}
    for section, kind in (("users", "user"), ("groups", "group"), ("policies", "policy"), ("roles", "role")):
        found[section] = {
            name: _without(one, ("id", "created", *CREDENTIALS) if f"{kind}/{name}" in announced else ())
            for name, one in account[section].items()
            if f"{kind}/{name}" not in replaced
        }
    for section in ("profiles", "oidc_providers", "saml_providers"):
        found[section] = {name: _without(one, ("id", "created")) for name, one in account[section].items()}
    return found


def _without(one, names):
    histories_of_documents = ("updated", "versions", "default", "made")  # a document comes back as a new version
    found = {key: value for key, value in one.items() if key not in (*names, *histories_of_documents)}
    if "description" in found:  # UpdateRole cannot take a description off again, only empty it
        found["description"] = found["description"] or None
    return found


def announced(plan):
    """The addresses of which a plan says that something does not come back."""
    told = (re.match(r"(\S+/.+?): does not come back: ", note) for note in plan.notes)
    return {one[1] for one in told if one}


def others_by_now(plan):
    """The addresses that a plan leaves alone because the name is by now that of somebody else."""
    told = (re.match(r"(\S+/.+?): something else of that name is live by now", note) for note in plan.notes)
    return {one[1] for one in told if one}


@law(200)
@given(worlds())
def test_an_apply_that_is_undone_leaves_the_account_as_it_was(world):
    """Kills: a kind of change that undo forgets, a loss that is not announced, a step that cannot be made."""
    spec, iam = world
    before = iam.dump()
    plan = planned(spec, iam)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        run(plan, iam, journal)
        back = undoing(journal, iam)
        assert {one.status for one in run(back, iam, Path(folder) / "undo")} <= DONE
        told = announced(back)
        assert compared(iam.dump(), told) == compared(before, told)
        assert undoing(journal, iam).changes == ()


@LAW
@given(worlds())
def test_a_plan_to_undo_can_be_saved_and_run_out_of_its_file(world):
    """Kills: an undo with a plan that iamspec refuses as forged."""
    spec, iam = world
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        run(planned(spec, iam), iam, journal)
        plan = undoing(journal, iam)
    again = through_its_file(plan, iam)
    assert again.steps == plan.steps
    assert again.fingerprint == plan.fingerprint
    assert [(one.address, one.before, one.after) for one in again.changes] == [
        (one.address, one.before, one.after) for one in plan.changes
    ]


PARTS = ["", "", "user/*", "group/*", "policy/*", "*/a*", "*/svc-*"]


@LAW
@given(worlds(), st.sampled_from(PARTS), st.booleans())
def test_a_plan_or_a_part_of_it_comes_out_of_its_file_as_it_was_saved_and_no_call_of_it_fails(world, glob, exclude):
    """Kills: a file that is refused although nothing moved, or that says other things than the plan did.

    Kills as well: a part in the order of the whole, or one that needs what is left out.
    """
    spec, iam = world
    globs = (glob,) if glob else ()
    options = Options(excluded=globs) if exclude else Options(targets=globs)
    with tempfile.TemporaryDirectory() as folder:
        paths = written(Path(folder), spec)
        try:
            plan = commands.plan(paths, iam, options)
        except IamspecError as error:
            assume("matches nothing" not in str(error))
            raise
        assume(plan.plan.summary["blocked"] == 0)  # which is refused, and told without its differences
        assert plan_text(through_its_file(plan, iam)) == plan_text(plan)
        assert {one.status for one in run(plan, iam, Path(folder) / "journal")} <= DONE


@LAW
@given(worlds(), SEEDS, st.integers(0, 40))
def test_applies_that_broke_off_are_undone_newest_first(world, seed, moment):
    """Kills: a call whose answer was lost and that undo takes for made, or for not made.

    Whom the first apply had stripped and the second deleted is somebody else once the second is undone, with another
    id: the undo of the first says so, and leaves them alone.
    """
    spec, iam = world
    before = iam.dump()
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first", Path(folder) / "second"
        try:
            run(planned(spec, iam), Faulty(iam, seed), first, stop=_After(moment))
        except (IamError, Unreadable):
            return
        run(planned(spec, iam), iam, second)
        told, replaced = set(), set()
        for number, journal in enumerate((second, first)):
            back = undoing(journal, iam)
            told |= announced(back)
            replaced |= others_by_now(back)
            assert {one.status for one in run(back, iam, Path(folder) / f"undo{number}")} <= DONE
        assert replaced <= told
        assert compared(iam.dump(), told, replaced) == compared(before, told, replaced)


class _After(Event):
    """Set after it has been asked so many times."""

    def __init__(self, times):
        super().__init__()
        self._left = times

    def is_set(self):
        self._left -= 1
        return self._left < 0


@LAW
@given(worlds())
def test_a_journal_tells_every_call_once_before_and_after(world):
    """Kills: a call that is not written down, or only when it is too late."""
    spec, iam = world
    plan = planned(spec, iam)
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        outcomes = run(plan, iam, journal)
        first, *found, last = lines(journal)
    calls = [(one.step.call.operation, dict(one.step.call.params), "done") for one in outcomes]
    assert first["record"] == "start"
    assert [(one["operation"], one["params"], "done") for one in found if one["record"] == "trying"] == calls
    assert [(one["operation"], one["params"], one["outcome"]) for one in found if one["record"] == "call"] == calls
    assert last["counts"] == {"done": len(calls), "failed": 0, "not tried": 0}
