"""An instance profile that a run made and could not fill, and what the next run makes of it."""

from threading import Event

import pytest
from story import ACCOUNT, Story

from iamspec.apply.run import Status
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError

SPEC = f"{ACCOUNT}roles: {{app: {{trust: [{{service: ec2.amazonaws.com}}], instance_profile: true}}}}\n"
MADE = ("CreateInstanceProfile", "AddRoleToInstanceProfile")


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def outcomes(story):
    ended = run_plan(story.plan(SPEC), story.iam, parallelism=1, stop=Event())
    return [(one.step.call.operation, one.status, one.reason) for one in ended]


def test_a_profile_that_stayed_empty_is_filled_by_the_next_run(story):
    """Kills: a refused call after which no run converges."""
    story.iam.fail = lambda call: IamError(call.operation, "AccessDenied", "") if call.operation == MADE[1] else None
    assert outcomes(story)[-1][:2] == (MADE[1], Status.FAILED)
    story.iam.fail = None
    assert outcomes(story) == [(MADE[1], Status.DONE, "")]
    assert outcomes(story) == []


def test_a_profile_that_another_role_has_blocks_the_change_with_the_way_out(story):
    """Kills: a call that IAM refuses, or an error that ends the whole plan."""
    story.iam.add_role("other")
    story.iam.given("CreateInstanceProfile", InstanceProfileName="app")
    story.iam.given("AddRoleToInstanceProfile", InstanceProfileName="app", RoleName="other")
    (change,) = story.plan(SPEC).changes
    assert change.steps == ()
    assert change.blocked == (
        "instance-profile/app has role/other, which keeps it, and IAM gives it a single role: take it out of role/other "
        "in the same apply, or write another name"
    )
