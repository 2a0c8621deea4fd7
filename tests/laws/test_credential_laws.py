"""What holds of credentials, whatever the spec and whatever has happened. Each law is written with the bug that it kills."""

import json
import tempfile
from pathlib import Path
from threading import Event

from faults import Faulty
from hypothesis import given, strategies as st
from profiles import law
from vault import Vault
from worlds import imported, signed, signing_histories, signing_specs, written

from iamspec.apply.delivery import Delivery
from iamspec.apply.run import Status
from iamspec.commands import plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.commands.options import Options
from iamspec.commands.saved import ready
from iamspec.commands.undo import undoing
from iamspec.errors import IamError, InvalidSpec, Unreadable
from iamspec.saved.journal import recording
from iamspec.saved.journal_reader import read_journal
from iamspec.saved.plan import read_plan
from iamspec.saved.plan_document import plan_text

LAW = law(40)


def planned(spec, iam, *allow):
    with tempfile.TemporaryDirectory() as folder:
        return commands.plan(written(Path(folder), spec), iam, Options(allow=allow))


def handed(plan, iam, vault, witness=None):
    delivery = Delivery(iam, vault, plan.plan, plan.live)
    delivery.try_out()
    return list(run_plan(plan, delivery, parallelism=1, stop=Event(), witness=witness))


def unblocked(plan):
    return [change for change in plan.changes if not change.blocked]


def credentials(iam):
    """Every password and secret key in an account, by user."""
    found = {}
    for user in iam.state.users.values():
        found[user.name] = {f"secret-of-{key}" for key in user.keys}
        found[user.name] |= {user.password.text} if user.password else set()
    return found


def new(before, after):
    return {secret for name, held in after.items() for secret in held - before.get(name, set())}


def tried(function, *words):
    """A spec may be refused: a grant to a user who has expired, a source that is suspended."""
    try:
        return function(*words)
    except InvalidSpec as error:
        return error


@LAW
@given(signing_specs(), signing_histories())
def test_apply_converges_and_what_it_made_is_in_the_vault_and_nothing_else(spec, history):
    """Kills: a credential that nobody has, a file that opens nothing, a rotation or an end that is drift for ever."""
    iam, vault = signed(history), Vault()
    plan, before = tried(planned, spec, iam), credentials(iam)
    if isinstance(plan, InvalidSpec):
        return
    outcomes = handed(plan, iam, vault)
    assert [one for one in outcomes if one.status is not Status.DONE] == []
    assert unblocked(planned(spec, iam)) == []
    assert vault.secrets() == new(before, credentials(iam))
    assert [one for one in vault.secrets() if one in plan_text(plan)] == []


def asleep(iam):
    """Suspended users with all that they have."""
    found = iam.dump()["users"]
    return {name: user for name, user in found.items() if "iamspec-suspended" in user["inline"]}


@LAW
@given(signing_specs(), signing_histories())
def test_whoever_is_suspended_then_has_gained_nothing(spec, history):
    """Kills: a grant or a key for somebody whom a person has locked out at night, or whose time is over."""
    iam = signed(history)
    plan, before = tried(planned, spec, iam), iam.dump()["users"]
    if isinstance(plan, InvalidSpec):
        return
    handed(plan, iam, Vault())
    gained = []
    for name, user in asleep(iam).items():
        old = before.get(name) or next((one for one in before.values() if one["id"] == user["id"]), None)
        was = old or {"groups": [], "attached": [], "inline": {}, "keys": [], "password": None}
        gained += [(name, one) for key in ("groups", "attached") for one in set(user[key]) - set(was[key])]
        gained += [(name, one) for one in user["inline"].keys() - was["inline"].keys() - {"iamspec-suspended"}]
        gained += [(name, one) for one, held in user["inline"].items() if was["inline"].get(one, held) != held]
        active = {key["id"] for key in was["keys"] if key["status"] == "Active"}
        gained += [(name, key) for key in user["keys"] if key["status"] == "Active" and key["id"] not in active]
        gained += [(name, "password")] if user["password"] and not was["password"] else []
    assert gained == []


@LAW
@given(signing_histories())
def test_a_plan_right_after_an_import_is_empty(history):
    """Kills: an import that declares credentials or a suspension in a way that the next plan would change."""
    iam = signed(history)
    with tempfile.TemporaryDirectory() as folder:
        plan = commands.plan(imported(Path(folder), iam), iam)
    assert (plan.changes, plan.plan.undeclared, iam.writes) == ((), (), [])


@LAW
@given(signing_specs(), signing_histories())
def test_a_plan_is_the_same_when_it_comes_back_from_a_file(spec, history):
    """Kills: a call, a recipient or a state of credentials that gets lost on the way through JSON."""
    iam = signed(history)
    plan = tried(planned, spec, iam)
    if isinstance(plan, InvalidSpec) or not plan.steps or any(change.blocked for change in plan.changes):
        return
    text = plan_text(plan)
    again = ready(
        read_plan(text, "plan.json"),
        iam,
        [f"{one.guard}:{one.address}" if one.address else one.guard for one in plan.complaints],
    )
    assert again.fingerprint == plan.fingerprint
    assert again.steps == plan.steps
    assert _told(plan_text(again)) == _told(text)


def _told(text):
    """A plan in JSON without the facts of the moment and without lifted complaints."""
    raw = json.loads(text)
    raw["changes"] = [
        one for one in raw["changes"] if one["blocked"] is None
    ]  # nothing is worked out of what is not run
    return {
        key: value for key, value in raw.items() if key in {"summary", "steps", "fingerprints", "changes", "account"}
    }


@LAW
@given(signing_specs(), signing_histories())
def test_undo_brings_back_all_but_what_it_says_is_lost(spec, history):
    """Kills: an undo that leaves a new key, keeps an old key inactive, or does not name a loss."""
    iam = signed(history)
    plan, before = tried(planned, spec, iam), iam.dump(identity=False)
    if isinstance(plan, InvalidSpec) or not plan.steps:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        with recording(plan, iam.now, str(path)) as journal:
            handed(plan, iam, Vault(), journal)
        past = read_journal(path.read_text(encoding="utf-8"), "journal.jsonl")
    back = undoing(past, iam)
    outcomes = list(run_plan(back, iam, parallelism=1, stop=Event()))
    assert [one for one in outcomes if one.status is not Status.DONE] == []
    after = iam.dump(identity=False)
    announced = {note.partition(":")[0] for note in back.notes}
    names = before["users"].keys() | after["users"].keys()
    changed = {name for name in names if before["users"].get(name) != after["users"].get(name)}
    assert {name for name in changed if f"user/{name}" not in announced} == set()


@law(60)
@given(signing_specs(), signing_histories(), st.integers(0, 2**32))
def test_after_faults_no_credential_is_anybodys_but_its_owners(spec, history, seed):
    """Kills: a key made twice, or made and lost, because an answer got lost; a secret stored that opens nothing."""
    iam, vault = signed(history), Vault()
    before, faulty = credentials(iam), Faulty(iam, seed)
    try:
        plan = tried(planned, spec, faulty)
    except (IamError, Unreadable):
        return
    if isinstance(plan, InvalidSpec):
        return
    outcomes = handed(plan, faulty, vault)
    told = " ".join(one.reason for one in outcomes if one.status is Status.FAILED)
    made = new(before, credentials(iam))
    unknown = made - vault.secrets()
    assert {one for one in unknown if not _is_told(one, told)} == set()
    assert vault.secrets() <= made
    assert [call for call, times in faulty.made.items() if call.startswith("CreateAccessKey") and times > 2] == []
    second = Vault()
    again = planned(spec, iam)
    assert [one for one in handed(again, iam, second) if one.status is not Status.DONE] == []
    assert unblocked(planned(spec, iam)) == []
    held = vault.secrets() | second.secrets()
    assert {one for one in new(before, credentials(iam)) - held if not _is_told(one, told)} == set()


def _is_told(secret, told):
    """Whether a failure names what it had to leave; it may not be allowed to look, or to delete."""
    key = secret.removeprefix("secret-of-")
    unseen = "could not be found out" in told
    return (f"the access key {key} " in told or unseen) if key != secret else "could not be removed" in told
