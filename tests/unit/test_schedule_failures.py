"""What is not tried after a failure, where the order of calls has waves."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest
from test_laws import planned, run
from test_schedule import READ, WRITE, living, short, spec, told

from iamspec.apply import run as applying
from iamspec.apply.run import Status
from iamspec.errors import IamError
from iamspec.iam import Call

OWN = "arn:aws:iam::123456789012:policy/"


@pytest.fixture
def leaving():
    """Ann is in devs; what she leaves gains."""
    iam = living(spec({"p": READ}, {"devs": {}, "ops": {}}, {"ann": {"groups": ["devs"]}, "bob": {}}))
    after = spec({"p": READ}, {"devs": {"policies": ["p"]}, "ops": {}}, {"ann": {}, "bob": {"groups": ["ops"]}})
    return iam, after


def failing(iam, operation):
    iam.fail = lambda call: IamError(operation, "AccessDenied", "no") if call.operation == operation else None


def outcomes(plan, iam):
    return sorted((short(one.step.call), one.status, one.reason) for one in run(plan, iam))


def test_who_could_not_be_taken_out_of_a_group_does_not_see_it_gain(leaving):
    iam, after = leaving
    plan = planned(after, iam)
    failing(iam, "RemoveUserFromGroup")
    assert outcomes(plan, iam) == [
        ("AddUserToGroup bob ops", Status.DONE, ""),
        (
            "AttachGroupPolicy devs p",
            Status.HELD,
            "user/ann is not yet as it must be, or this would give somebody more for a while",
        ),
        ("RemoveUserFromGroup ann devs", Status.FAILED, "RemoveUserFromGroup: AccessDenied: no"),
    ]


def test_a_revoke_before_the_grant_does_not_wait_for_it(leaving):
    iam, after = leaving
    plan = planned(after, iam)
    failing(iam, "AttachGroupPolicy")
    assert outcomes(plan, iam) == [
        ("AddUserToGroup bob ops", Status.DONE, ""),
        ("AttachGroupPolicy devs p", Status.FAILED, "AttachGroupPolicy: AccessDenied: no"),
        ("RemoveUserFromGroup ann devs", Status.DONE, ""),
    ]


def test_a_revoke_in_a_later_wave_than_a_failed_grant_is_not_tried():
    """Bob's place in devs is taken once devs has lost p; only then may he lose what devs gives him otherwise."""
    before = spec({"p": WRITE, "q": READ}, {"devs": {"policies": ["p", "q"]}}, {"bob": {"policies": ["q"]}})
    after = spec({"p": WRITE, "q": READ}, {"devs": {"policies": ["q"]}}, {"bob": {"groups": ["devs"]}})
    iam = living(before)
    plan = planned(after, iam)
    assert told(plan) == [
        "0 DetachGroupPolicy devs p",
        "1 AddUserToGroup bob devs",
        "1 DetachUserPolicy bob q",
    ]
    failing(iam, "AddUserToGroup")
    assert outcomes(plan, iam) == [
        ("AddUserToGroup bob devs", Status.FAILED, "AddUserToGroup: AccessDenied: no"),
        ("DetachGroupPolicy devs p", Status.DONE, ""),
        ("DetachUserPolicy bob q", Status.HELD, "an earlier call for it failed"),
    ]


def test_a_run_after_the_failure_finishes(leaving):
    iam, after = leaving
    plan = planned(after, iam)
    failing(iam, "RemoveUserFromGroup")
    run(plan, iam)
    iam.fail = None
    again = planned(after, iam)
    assert told(again) == ["0 RemoveUserFromGroup ann devs", "1 AttachGroupPolicy devs p"]
    assert {one.status for one in run(again, iam)} == {Status.DONE}
    assert planned(after, iam).changes == ()
    assert iam.writes[-1] == Call("AttachGroupPolicy", {"GroupName": "devs", "PolicyArn": f"{OWN}p"})


class Waiting(ThreadPoolExecutor):
    """A pool that is faster than the thread that asks it."""

    def submit(self, *words):
        future = super().submit(*words)
        wait([future])
        return future


def test_outcomes_come_in_the_order_in_which_calls_ended(monkeypatch):
    """Kills: progress lines in any order, where several calls have ended before the first line."""
    users = {f"user-{number}": {} for number in range(40)}
    iam = living(spec({}, {}, {}))
    plan = planned(spec({}, {}, users), iam)
    monkeypatch.setattr(applying, "ThreadPoolExecutor", Waiting)
    found = list(applying.run(plan.plan, iam, parallelism=1, stop=Event()))
    assert [one.step.call for one in found] == iam.writes
    assert len(found) == 40
