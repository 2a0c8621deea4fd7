"""In small worlds, judged by an evaluator of their own, nobody has more for a moment than the plan announces."""

import random
import tempfile
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from threading import Event

import pytest
from fake import ACCOUNT, FakeIam
from small_evaluator import allowed
from small_worlds import PASSWORD, add_role, started, world
from worlds import written

from iamspec.commands import plan as commands
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.plan.order import judge as judging, repair, schedule
from iamspec.plan.order.judge import Judge
from iamspec.plan.steps import order

SECRET = "CreateLoginProfile"
TWINS = (("ann", "s3:GetObject"), ("bob", "s3:*"), ("cid", "s3:GetObject"), ("dan", "s3:*"))  # users and actions


def statement_of(effect, action):
    return {"Effect": effect, "Action": action, "Resource": "*"}


def document_of(*statements):
    return {"Version": "2012-10-17", "Statement": [*statements]}


class Account:
    """The account of a world as a Writer that brings the password that a plan does not hold, and notes every state."""

    def __init__(self, iam, refused=None):
        self.iam, self.refused, self.states, self.calls = iam, refused, [allowed(iam)], 0

    def __getattr__(self, name):
        return getattr(self.iam, name)

    def write(self, call, *, patient=False):
        self.calls += 1
        if self.calls - 1 == self.refused:
            raise IamError(call.operation, "AccessDenied", "not today")
        params = {**call.params, "Password": PASSWORD} if call.operation == SECRET else call.params
        answer = self.iam.write(Call(call.operation, params))
        self.states.append(allowed(self.iam))
        return answer


def planned(spec, iam):
    with tempfile.TemporaryDirectory() as folder:
        return commands.plan(written(Path(folder), spec), iam)


def moved(number):
    """The account of a world after its first spec, and the plan for the second."""
    before, after, iam = world(number)
    started(iam, before)
    add_role(iam, number)
    return iam, planned(after, iam)


def side_by_side(steps, chance):
    """The steps in another order that a run may choose: the calls of one entity keep theirs."""
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


def windows(states, after):
    """Who has more than before and after in one of the states, and who less than both."""
    before = states[0]
    return {
        (direction, who)
        for state in states
        for who, now in state.items()
        for direction, differs in (
            ("more", now & ~before.get(who, 0) & ~after.get(who, 0)),
            ("less", before.get(who, 0) & after.get(who, 0) & ~now),
        )
        if differs
    }


def announced(plan):
    return {(one.direction, str(one.address)) for one in plan.plan.windows}


def found(judge, steps):
    return [
        (one.scene.names, one.direction, one.done, one.left, one.requests, one.failed) for one in judge.findings(steps)
    ]


class Thorough(Judge):
    """A judge who takes no bound for an answer."""

    def _may_rise(self, *_):
        return True

    def _may_sink(self, *_):
        return True


def thorough(judge):
    """A judge of the same scenes that looks at each moment of each scene."""
    scenes = [replace(one, is_personal=True, restricting=frozenset(one.steps)) for one in judge.scenes]
    return Thorough.of_scenes(scenes, judge.connections)


def whole_run(iam, steps):
    account = Account(iam.copy())
    for step in steps:
        account.write(step.call)
    return account.states


@pytest.mark.parametrize("number", range(6))
def test_a_world_begins_as_its_first_spec_says(number):
    """Kills: worlds that lack what the spec gives, so that laws about them say little."""
    before, _, iam = world(number)
    started(iam, before)
    assert planned(before, iam).steps == ()


TAGS_OF_ROLES = (308351, 346100)  # worlds in which a role has no tag that a policy asks for
OLD_BOUNDARY = (335497,)  # a world in which a role is given a boundary whose document changes in the same plan


@pytest.mark.parametrize("number", [*range(24), *TAGS_OF_ROLES, *OLD_BOUNDARY])
def test_every_window_of_every_order_is_announced(number):
    """Kills: a role, a tag, a suspension, a credential or an AWS policy with a Deny that the order forgets."""
    iam, plan = moved(number)
    chance = random.Random(number)
    for steps in (plan.steps, side_by_side(plan.steps, chance), side_by_side(plan.steps, chance)):
        states = whole_run(iam, steps)
        assert windows(states, states[-1]) - announced(plan) == set()


@pytest.mark.parametrize("number", range(8))
def test_nobody_has_more_after_any_call_has_failed(number):
    """Kills: a Deny that is lifted though the revoke that it covers has failed."""
    iam, plan = moved(number)
    after = whole_run(iam, plan.steps)[-1]
    for refused in range(len(plan.steps)):
        account = Account(iam.copy(), refused)
        list(run_plan(plan, account, parallelism=1, stop=Event()))
        more = {one for one in windows(account.states, after) if one[0] == "more"}
        assert more - announced(plan) == set(), plan.steps[refused].call.operation


@pytest.fixture
def judged(monkeypatch):
    """The findings of the judge and of a thorough one, for each plan: as ordered, without waits, without waves."""
    seen = []

    def compared(order, steps, judge):
        placed = order.placed(steps)
        unheld = [replace(step, after=()) for step in placed]
        flat = [replace(step, wave=0) for step in unheld]
        seen.extend((found(judge, one), found(thorough(judge), one)) for one in (placed, unheld, flat))
        return improved(order, steps, judge)

    improved = schedule.improved
    monkeypatch.setattr(schedule, "improved", compared)
    return seen


@pytest.mark.parametrize("number", range(6))
def test_moments_that_are_skipped_have_no_window(number, judged):
    """Kills: states that are left out though a Deny lies between them."""
    moved(number)
    assert [quick for quick, _ in judged] == [slow for _, slow in judged]


class Bounded(Thorough):
    """A judge who holds each moment against the most that the principal may ever have."""

    judged = bounded = 0

    def level(self, scene, done):
        Bounded.judged += 1
        now, most = super().level(scene, done), self.most(scene, tuple(scene.steps))
        if most is not None:
            Bounded.bounded += 1
            assert (now.certain & ~most.certain, now.possible & ~most.possible) == (0, 0), scene.names
        return now


def test_no_moment_gives_more_than_the_documents_that_can_reach_a_principal(monkeypatch):
    """Kills: a bound without an inline policy, an old version, another tag, a moment without boundary, an unknown group."""
    monkeypatch.setattr(schedule, "Judge", Bounded)
    Bounded.bounded = 0
    for number in range(80):
        moved(number)
    assert Bounded.bounded > 600


IF_A = {**statement_of("Allow", "s3:*"), "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
CHANGES = {  # of a user: the fields before and after
    "another tag": ({"tags": {"team": "a"}}, {"tags": {"team": "b"}, "policies": ["narrow"]}),
    "another boundary": ({"permissions_boundary": "wide"}, {"permissions_boundary": "narrow", "policies": ["narrow"]}),
    "no boundary": ({"permissions_boundary": "narrow"}, {"policies": ["narrow"]}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_moment_of_a_change_gives_more_than_the_documents_that_can_reach_the_user(monkeypatch, change):
    """Kills: a bound that takes the tag or the boundary of one end for that of every moment."""
    own = {
        "inline_policies": {"own": document_of(statement_of("Allow", "sqs:*"), statement_of("Deny", "sqs:Get*"), IF_A)}
    }
    policies = {
        "wide": {"document": document_of(statement_of("Allow", ["s3:*", "sqs:*"]))},
        "narrow": {"document": document_of(statement_of("Allow", "sqs:Send*"))},
    }
    before, after = (
        {"account": {"id": ACCOUNT.id}, "policies": policies, "users": {"ann": {**own, **fields}}}
        for fields in CHANGES[change]
    )
    iam = FakeIam()
    list(run_plan(planned(before, iam), iam, parallelism=1, stop=Event()))
    monkeypatch.setattr(schedule, "Judge", Bounded)
    Bounded.judged = 0
    planned(after, iam)
    assert Bounded.judged > 0


class AllBut(frozenset):
    """Every text but these."""

    def __contains__(self, text):
        return not super().__contains__(text)


def test_no_scene_involves_a_document_that_cannot_reach_its_principal(monkeypatch):
    """Kills: probes that lack a document of a moment, because all others are known from other scenes."""
    has_only, seen = judging.has_only, []

    def compared(scene, known):
        texts = {one.text for one in judging.involved(scene)}
        assert not any(has_only(scene, AllBut({text})) for text in texts), scene.names
        seen.append(has_only(scene, AllBut()))
        return has_only(scene, known)

    monkeypatch.setattr(judging, "has_only", compared)
    for number in range(80):
        moved(number)
    assert sum(seen) > 150


def by_document(action):
    """A user whose own document allows the action."""
    return {"inline_policies": {"own": document_of(statement_of("Allow", action))}}


def by_tag(action):
    """A user whose own document asks for the tag: the tag allows the action."""
    own = {**statement_of("Allow", "s3:*"), "Condition": {"StringEquals": {"aws:PrincipalTag/may": "all"}}}
    return {"tags": {"may": "all" if action == "s3:*" else "little"}, "inline_policies": {"own": document_of(own)}}


def by_name(action):
    """A user with a policy of AWS that asks for the name. The group denies two names what it gives."""
    return {"policies": ["aws:IAMUserChangePassword"]}


@pytest.mark.parametrize("user", [by_document, by_tag, by_name])
def test_users_are_judged_by_equal_steps_only(user, judged):
    """Kills: a failure that is skipped though it holds back a Deny, a user who is judged by the steps of another one."""
    denied = [f"arn:aws:iam::{ACCOUNT.id}:user/{name}" for name in ("bob", "dan")]
    leash = document_of(
        statement_of("Allow", "s3:GetObject"),
        statement_of("Deny", "s3:PutObject"),
        {**statement_of("Deny", "iam:ChangePassword"), "Resource": denied},
    )
    spec = {
        "policies": {"leash": {"document": leash}},
        "groups": {"devs": {"policies": ["leash"]}},
        "users": {name: {"groups": ["devs"], **user(action)} for name, action in TWINS},
    }
    account, iam = {"account": {"id": ACCOUNT.id}}, FakeIam()
    bare = {name: {"tags": one.get("tags", {})} for name, one in spec["users"].items()}
    list(run_plan(planned({**account, "users": bare}, iam), iam, parallelism=1, stop=Event()))
    judged.clear()
    planned({**account, **spec}, iam)
    assert [quick for quick, _ in judged] == [slow for _, slow in judged]
    _, unheld, _ = (quick for quick, _ in judged)
    assert {names[0].name for names, *_ in unheld} == {"bob", "dan"}


def test_the_simulation_closes_windows_that_the_first_order_opens(monkeypatch):
    """Kills: an order that is judged and never improved; worlds in which no order matters."""
    numbers = range(20)
    improved = sum(any(one.direction == "more" for one in moved(number)[1].plan.windows) for number in numbers)
    monkeypatch.setattr(repair, "MOST_ROUNDS", 0)
    first = sum(any(one.direction == "more" for one in moved(number)[1].plan.windows) for number in numbers)
    assert improved < first
