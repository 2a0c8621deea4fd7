"""No order of calls opens a window: in between nobody has more than before or after, nor less than both."""

import random
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from threading import Event

from fake import ACCOUNT, FakeIam
from hypothesis import given, strategies as st
from profiles import law
from test_laws import LAW, planned, run
from worlds import histories, lived, moves, specs

from iamspec.access.principals import all_powers
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.live import observe
from iamspec.live.simulate import carry_out, carry_out_all
from iamspec.plan.steps import order
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Principal, Request, Source, evaluate

LEVELS = {Answer.DENIED: 0, Answer.DEPENDS: 1, Answer.ALLOWED: 2}
ACTIONS = (
    "s3:GetObject",
    "s3:PutObject",
    "ec2:RunInstances",
    "iam:CreateUser",
    "sts:AssumeRole",
    "aws-portal:ViewBilling",
)
PROBES = [Request(action, resource) for action in ACTIONS for resource in ("arn:aws:s3:::b/x", "arn:aws:s3:::c/x")]


def document(effect, *actions):
    return Document({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": [*actions], "Resource": "*"}]})


AWS = {
    "arn:aws:iam::aws:policy/ReadOnlyAccess": document("Allow", "s3:Get*", "ec2:Describe*"),
    "arn:aws:iam::aws:policy/job-function/Billing": document("Allow", "aws-portal:*"),
    "arn:aws:iam::aws:policy/AWSDenyAll": document("Deny", "*"),
}


def levels(live):
    """What everybody may do: DENIED < DEPENDS < ALLOWED for each probe, by user."""
    found = {}
    for address, powers in all_powers(live.resources, live.account, AWS).items():
        documents = tuple(held.document for held in powers.policies)
        found[str(address)] = answers(documents, powers.boundary and powers.boundary.document)
    return found


@lru_cache(maxsize=10_000)
def answers(documents, boundary):
    sources = tuple(Source("policy", one) for one in documents)
    principal = Principal(
        "arn:aws:iam::123456789012:user/x", "123456789012", "x", {}, sources, boundary and Source("b", boundary)
    )
    return [LEVELS[evaluate(principal, one).answer] for one in PROBES]


@dataclass
class Windows:
    """Who has more or less in between, and of whom the plan says so."""

    more: set[str] = field(default_factory=set)
    less: set[str] = field(default_factory=set)


def announced(plan):
    found = Windows()
    for note in plan.notes:
        for text, users in ((": for a moment more than", found.more), (": for a moment without", found.less)):
            who, separator, _ = note.partition(text)
            users.update(who.split(", ") if separator else ())
    return found


def opened(live, steps):
    """The windows that an order of steps opens."""
    states = [levels(live)]
    for step in steps:
        live = carry_out(live, step)
        states.append(levels(live))
    return between(states, states[0], states[-1])


def between(states, before, after):
    """Who has more than before or after in any of some states, or less than both."""
    found, nothing = Windows(), [0] * len(PROBES)
    for state in states:
        for user, now in state.items():
            was, becomes = before.get(user, nothing), after.get(user, nothing)
            if any(one > max(two, three) for one, two, three in zip(now, was, becomes, strict=True)):
                found.more.add(user)
            if any(one < min(two, three) for one, two, three in zip(now, was, becomes, strict=True)):
                found.less.add(user)
    return found


def interleaved(steps, chance):
    """The steps in another order that apply may choose: entities side by side, each in its own order."""
    found = []
    for _, together in groupby(steps, key=order):
        lanes = {}
        for step in together:
            lanes.setdefault(step.address, []).append(step)
        queues = list(lanes.values())
        while queues:
            queue = chance.choice(queues)
            found.append(queue.pop(0))
            queues = [one for one in queues if one]
    return found


def known(iam, account=ACCOUNT):
    """The account with all that iamspec can know of it."""
    live = observe.read_named(iam, account, [Address(kind, "") for kind in KINDS])
    return observe.fill(iam, live, {one: Purpose.DELETE for one in live.resources if KINDS[one.kind].scoped})


def idle(plan, live):
    """The users whom nobody can be while the plan runs: those whom it makes or deletes, who have no credentials."""
    ways = {step.address for step in plan.steps if step.call.operation in {"CreateUser", "DeleteUser"}}
    return {str(one) for one in ways if one not in live.resources or not live.resources[one].can_sign_in}


def check(spec, iam, seed):
    plan = planned(spec, iam)
    live = known(iam, plan.account)
    chance, told = random.Random(seed), announced(plan)
    for steps in (plan.steps, *(interleaved(plan.steps, chance) for _ in range(3))):
        found = opened(live, steps)
        assert found.more - told.more - idle(plan, live) == set(), "more than before or after"
        assert found.less - told.less == set(), "less than before and after"


@LAW
@given(specs(roles=True), histories(roles=True), st.integers(0, 2**32))
def test_no_plan_opens_a_window(spec, history, seed):
    check(spec, lived(history), seed)


# A failing move is told as it was found: to make it smaller takes longer than a test may, and then nothing is told.
@law(120)
@given(moves(), st.integers(0, 2**32))
def test_no_move_opens_a_window(change, seed):
    before, after = change
    iam = FakeIam()
    run(planned(before, iam), iam)
    check(after, iam, seed)


@LAW
@given(moves(), st.integers(0, 2**32))
def test_no_failure_gives_anybody_more(change, seed):
    """Kills: a grant that is made though the revoke that it waits for has failed, or was not tried."""
    before, after = change
    iam = FakeIam()
    run(planned(before, iam), iam)
    live, plan, chance = known(iam), planned(after, iam), random.Random(seed)
    goal, states = levels(carry_out_all(live, plan.steps)), [levels(live)]

    def fault(call):
        if call.operation.startswith(("Get", "List", "Describe")):
            return None
        iam.fail = None
        states.append(levels(observe.read_live(iam)))
        iam.fail = fault
        return IamError(call.operation, "AccessDenied", "not today") if chance.random() < 0.2 else None

    iam.fail = fault
    list(run_plan(plan, iam, parallelism=1, stop=Event()))
    iam.fail = None
    states.append(levels(observe.read_live(iam)))
    assert between(states, states[0], goal).more - announced(plan).more - idle(plan, live) == set()
