"""Laws that hold when one call in five fails, each with the bug that it kills."""

import tempfile
from pathlib import Path
from threading import Event

from fake import FakeIam
from faults import Faulty, key
from hypothesis import given, strategies as st
from profiles import law
from worlds import histories, lived, specs, written

from iamspec.apply.run import Status
from iamspec.commands import plan as commands
from iamspec.commands.apply import remainder, run as run_plan
from iamspec.commands.options import Options
from iamspec.errors import IamError, InvalidSpec, Unreadable
from iamspec.iam import Call
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Purpose
from iamspec.live import observe
from iamspec.live.retry import FOUND
from iamspec.live.simulate import carry_out_all

LAW = law(50)
BEYOND = {"instance-profile", "identity-provider"}  # of which a list has little more than the names
SEEDS = st.integers(0, 2**32)
HELD = (
    "an earlier call for it failed",
    "could not be made",
    "did not get what it should have",
    "it is still held",
    "has not made room for it",
    "is not yet as it must be, or this would give somebody more for a while",
)


def planned(spec, iam):
    with tempfile.TemporaryDirectory() as folder:
        return commands.plan(written(Path(folder), spec), iam)


def run(plan, iam):
    """With one thread, so that chance is the same each time."""
    return list(run_plan(plan, iam, parallelism=1, stop=Event()))


def left_over(spec, iam):
    with tempfile.TemporaryDirectory() as folder:
        return remainder(written(Path(folder), spec), iam, Options(), waits=False)


def unblocked(plan):
    return [change for change in plan.changes if not change.blocked]


def faulty_run(spec, faulty):
    """The plan and the outcomes of the steps. Nothing if the account could not be read."""
    try:
        plan = planned(spec, faulty)
    except (IamError, Unreadable):
        assert faulty.made == {}
        return None, []
    return plan, run(plan, faulty)


@LAW
@given(specs(roles=True), histories(roles=True), SEEDS)
def test_a_run_full_of_faults_accounts_for_every_step_and_the_next_one_converges(spec, history, seed):
    """Kills: a step that is forgotten, an error that is not IAM's own, a failure that stays in the way for good."""
    iam = lived(history)
    faulty = Faulty(iam, seed)
    plan, outcomes = faulty_run(spec, faulty)
    if plan is not None:
        assert sorted(str(one.step) for one in outcomes) == sorted(str(step) for step in plan.steps)
        assert [one for one in outcomes if _told_wrongly(one)] == []
    second = run(planned(spec, iam), iam)
    assert [one for one in second if one.status is not Status.DONE] == []
    assert unblocked(planned(spec, iam)) == []


def _told_wrongly(outcome):
    operation, reason = outcome.step.call.operation, outcome.reason
    if outcome.status is Status.FAILED:
        return not reason.startswith(f"{operation}: ")
    if outcome.status is Status.HELD:
        return not reason.endswith(HELD)
    return reason not in {"", "was gone already", "was there already", FOUND} and not reason.startswith("tried ")


@LAW
@given(specs(roles=True), histories(roles=True), SEEDS)
def test_what_is_done_was_done_what_failed_may_have_been_and_what_was_not_tried_was_not(spec, history, seed):
    """Kills: a lost answer taken for success or, where the call can be looked up, for failure; a call sent in spite."""
    iam = lived(history)
    faulty = Faulty(iam, seed)
    plan, outcomes = faulty_run(spec, faulty)
    if plan is None:
        return
    status = {key(one.step.call): one.status for one in outcomes}
    assert [call for call, one in status.items() if one is Status.DONE and not faulty.made[call]] == []
    assert [call for call, one in status.items() if one is Status.HELD and faulty.tried[call]] == []
    assert faulty.made.keys() <= status.keys()
    made = [step for step in plan.steps if faulty.made[key(step.call)]]
    expected = carry_out_all(plan.live, made).resources
    found = _read(iam, plan.account, expected)
    beyond = {one for one in expected.keys() & found if one.kind in BEYOND}  # IAM adds thumbprints
    expected |= {one: KINDS[one.kind].with_live_ids(expected[one], found[one]) for one in beyond}
    assert expected == {one: found[one] for one in found if one.kind in {each.kind for each in expected}}


def _read(iam, account, expected):
    """All that is live; what the sweep lacks of policies, users and roles only where it is known on the other side."""
    live = observe.read_named(iam, account, expected)
    known = {one for one, entity in expected.items() if one.kind == "policy" and entity.tags is not None}
    known |= {one for one, entity in expected.items() if one.kind in BEYOND and entity.facts.asked}
    known |= {one for one, entity in expected.items() if one.kind == "user" and entity.console is not None}
    known |= {one for one, entity in expected.items() if one.kind == "role" and entity.description is not None}
    return observe.fill(iam, live, dict.fromkeys(known & live.resources.keys(), Purpose.COMPARE)).resources


@LAW
@given(specs(roles=True), histories(roles=True), SEEDS)
def test_a_proof_is_a_proof_even_where_reads_are_stale(spec, history, seed):
    """Kills: a look right after the writes that is believed although it shows what was there before."""
    iam = lived(history)
    faulty = Faulty(iam, seed)
    plan, outcomes = faulty_run(spec, faulty)
    if plan is None or any(one.status is not Status.DONE for one in outcomes):
        return
    try:
        left = left_over(spec, faulty)
    except (IamError, Unreadable):
        return
    assert unblocked(left) == unblocked(planned(spec, iam)) == []


@LAW
@given(specs(scoped=True, roles=True), histories(roles=True), SEEDS)
def test_no_fault_leads_out_of_scope(spec, history, seed):
    """Kills: a retry, or a look-up, that touches what has the name of something else."""
    iam = lived(history)
    before = _out_of_scope(iam)
    try:
        faulty_run(spec, Faulty(iam, seed))
    except InvalidSpec:
        assert iam.writes == []
    assert _out_of_scope(iam) == before


def _out_of_scope(iam):
    """The excluded entities, by section and name."""
    found = iam.dump()
    return {
        (section, name): one
        for section in ("users", "groups", "policies", "roles")
        for name, one in found[section].items()
        if name.startswith("svc-") or one["path"] == "/svc/"
    }


@LAW
@given(specs(roles=True), histories(roles=True), SEEDS)
def test_nobody_loses_anything_that_waits_for_a_grant_which_failed(spec, history, seed):
    """Kills: a group that loses its members although the new group lacks a policy."""
    iam = lived(history)
    plan = planned(spec, iam)
    chance = Faulty(iam, seed)
    refused = set()

    def fault(call):
        if call.operation.startswith(("Get", "List", "Describe")) or chance._random.random() > 0.2:
            return None
        refused.add(key(call))
        return IamError(call.operation, "AccessDenied", "not today")

    links = _links(iam)
    iam.fail = fault
    outcomes = run(plan, iam)
    iam.fail = None
    links |= _links(iam) | {frozenset({step.address, other}) for step in plan.steps for other in step.others}
    leaving = {step.address for step in plan.steps if step.call.operation in {"DeleteUser", "DeleteRole"}}
    ungranted, wrong = set(), []
    for one in outcomes:
        step = one.step
        if step.phase.label in {"create", "rename", "update", "grant"} and one.status is not Status.DONE:
            ungranted.add(step.address)
        if (
            step.phase.label in {"revoke", "release", "delete"}
            and one.status is Status.DONE
            and step.address not in leaving
        ):
            near = {step.address, *step.others} | {two for pair in links if step.address in pair for two in pair}
            wrong += [(step, two) for two in near & ungranted]
    assert wrong == []


def _links(iam):
    """Who is connected with whom by membership, attachment or boundary."""
    live = observe.read_live(iam)
    found = {frozenset({group, user}) for group, users in live.members.items() for user in users}
    for arn, holders in live.holders.items():
        if f":{live.account.id}:" in arn:
            policy = next(one for one, entity in live.resources.items() if getattr(entity.facts, "arn", "") == arn)
            found |= {frozenset({policy, holder}) for holder in holders}
    return found


@law(100)
@given(SEEDS)
def test_a_secret_is_made_once_at_most(seed):
    """Kills: a key, or a version, that is asked for again because an answer was lost."""
    iam = FakeIam()
    iam.given("CreateUser", UserName="ann")
    faulty = Faulty(iam, seed, chance=0.5)
    answers = [_answer(faulty, Call("CreateAccessKey", {"UserName": "ann"})) for _ in range(2)]
    refusals = {one.code for one in answers if isinstance(one, IamError)}
    told = [one["AccessKey"]["AccessKeyId"] for one in answers if not isinstance(one, IamError)]
    assert refusals <= {*faulty.faults}
    keys = [one["AccessKeyId"] for one in _keys(iam)]
    assert [one for one in told if one not in keys] == []
    assert len(keys) <= 2
    assert sum(faulty.made.values()) == len(keys)


def _answer(faulty, call):
    try:
        return faulty.write(call)
    except IamError as error:
        return error


def _keys(iam):
    [answer] = iam.read_each([Call("ListAccessKeys", {"UserName": "ann"})])
    return answer["AccessKeyMetadata"]


def test_the_soak_meets_every_kind_of_fault():
    iam = FakeIam()
    faulty = Faulty(iam, seed=0)
    for number in range(200):
        iam.state.users.clear()  # each write copies the account, so it stays small
        for call in (
            Call("CreateUser", {"UserName": f"u{number}", "Path": "/"}),
            Call("TagUser", {"UserName": f"u{number}", "Tags": [{"Key": "a", "Value": "b"}]}),
        ):
            try:
                faulty.write(call, patient=True)
                list(faulty.pages(Call("GetAccountAuthorizationDetails", {"Filter": ["Group"]})))
            except IamError:
                continue
    assert set(faulty.faults) == {
        "AccessDenied",
        "ConcurrentModification",
        "EntityTemporarilyUnmodifiable",
        "NotReached",
        "ServiceFailure",
        "ServiceUnavailable",
        "Throttling",
        "Unclear",
        "not known yet",
        "stale",
    }
