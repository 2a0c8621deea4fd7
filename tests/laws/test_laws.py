"""What holds of every spec and every account. Each law is written with the bug that it kills."""

import json
import random
import tempfile
from pathlib import Path
from threading import Event

from fake import FakeIam
from hypothesis import given, strategies as st
from profiles import law
from worlds import histories, imported, lived, specs, written

from iamspec.apply.run import Status
from iamspec.commands import importing, plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.commands.imported import as_text
from iamspec.errors import IamError, InvalidSpec
from iamspec.kinds.contract import Address
from iamspec.live import observe

LAW = law(80)


def planned(spec, iam):
    with tempfile.TemporaryDirectory() as folder:
        return commands.plan(written(Path(folder), spec), iam)


def run(plan, iam):
    return list(run_plan(plan, iam, parallelism=4, stop=Event()))


def unblocked(plan):
    return [change for change in plan.changes if not change.blocked]


@LAW
@given(specs(roles=True), histories(roles=True))
def test_apply_converges_and_no_call_fails(spec, history):
    """Kills: a grant of an entity that does not exist yet, a deletion of an entity that is still held, a diff that never ends."""
    iam = lived(history)
    plan = planned(spec, iam)
    outcomes = run(plan, iam)
    assert [one for one in outcomes if one.status is not Status.DONE] == []
    assert unblocked(planned(spec, iam)) == []


@LAW
@given(specs(scoped=True), histories())
def test_what_is_out_of_scope_is_in_no_step(spec, history):
    """Kills: a scope that is judged on declared names only, or forgotten by one of the commands."""
    iam = lived(history)
    plan = planned_or_refused(spec, iam)
    if isinstance(plan, InvalidSpec):
        assert [issue for issue in plan.issues if "out of scope" not in issue.message] == []
        assert iam.writes == []
        return
    foreign = out_of_scope(iam)
    assert [step for step in plan.steps if step.address in foreign] == []
    assert [step for step in plan.steps if Address("user", str(step.call.params.get("UserName"))) in foreign] == []


def planned_or_refused(spec, iam):
    try:
        return planned(spec, iam)
    except InvalidSpec as error:
        return error


def out_of_scope(iam):
    """What a history made by the names and below the path that the scoped specs exclude."""
    live = observe.read_live(iam).resources
    return {
        address
        for address, one in live.items()
        if address.name.startswith("svc-") or getattr(one, "path", "/").startswith("/svc/")
    }


@LAW
@given(histories())
def test_an_import_rebuilds_the_account_elsewhere(history):
    """Kills: a field that import leaves out, which a plan against the same account does not show."""
    iam, elsewhere = lived(history, roles=False), FakeIam()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "spec.yaml").write_text(as_text(importing.take(iam), whole=True), encoding="utf-8")
        run(commands.plan([folder], elsewhere), elsewhere)
    assert observe.read_live(elsewhere).resources == observe.read_live(iam).resources


@LAW
@given(histories())
def test_a_plan_right_after_an_import_is_empty(history):
    """Kills: a field that import leaves out, quotes wrongly, or writes in a way that reads as something else."""
    iam = lived(history)
    with tempfile.TemporaryDirectory() as folder:
        plan = commands.plan(imported(Path(folder), iam), iam)
    assert plan.changes == ()
    assert plan.plan.undeclared == ()
    assert iam.writes == []


def shuffled(value, chance: random.Random):
    """The same spec or document written otherwise: other order, scalars for lists of one, other case of actions."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, chance)) for key, one in value.items()]
        chance.shuffle(items)
        return {key: _action(one, chance) if key in {"Action", "NotAction"} else one for key, one in items}
    if isinstance(value, list):
        items = [shuffled(one, chance) for one in value]
        chance.shuffle(items)
        return items
    return value


def _action(value, chance: random.Random):
    actions = [
        chance.choice([str.lower, str.upper, str])(one) for one in (value if isinstance(value, list) else [value])
    ]
    return actions[0] if len(actions) == 1 and chance.random() < 0.5 else [*actions, *actions]


@LAW
@given(specs(roles=True), st.integers(0, 2**32))
def test_writing_a_spec_otherwise_plans_nothing(spec, seed):
    """Kills: an order, a case or a scalar that is taken for a difference."""
    iam = FakeIam()
    run(planned(spec, iam), iam)
    again = planned(shuffled(spec, random.Random(seed)), iam)
    assert again.changes == ()


@LAW
@given(specs(roles=True), histories(roles=True), st.integers(0, 2**32))
def test_after_failures_the_next_run_converges(spec, history, seed):
    """Kills: a failure that stops what has nothing to do with it, or a second run that trips over the first."""
    iam = lived(history)
    chance = random.Random(seed)
    before = json.dumps(iam.dump(), default=str, sort_keys=True)
    plan = planned(spec, iam)

    def fault(call):
        if call.operation.startswith(("Get", "List", "Describe")) or chance.random() > 0.2:
            return None
        return IamError(call.operation, "AccessDenied", "not today")

    iam.fail = fault
    outcomes = run(plan, iam)
    iam.fail = None
    assert sorted(str(one.step) for one in outcomes) == sorted(str(step) for step in plan.steps)
    if all(one.status is not Status.DONE for one in outcomes):
        assert json.dumps(iam.dump(), default=str, sort_keys=True) == before
    second = run(planned(spec, iam), iam)
    assert [one for one in second if one.status is not Status.DONE] == []
    assert unblocked(planned(spec, iam)) == []


@LAW
@given(specs(), histories())
def test_a_plan_is_the_same_whenever_and_wherever_it_is_made(spec, history):
    """Kills: a time, a random number or the name of a file in a fingerprint."""
    iam = lived(history)
    assert planned(spec, iam).fingerprint == planned(spec, iam).fingerprint
