"""The review of a plan as a value, and the plan as a value that holds nothing of the review."""

from dataclasses import fields

import pytest
from story import ACCOUNT, Story

from iamspec.access.account import AccountAccess
from iamspec.access.principals import Held, Powers, all_powers
from iamspec.kinds.contract import Address
from iamspec.plan.model import Plan
from iamspec.policy.document import Document
from iamspec.review.model import Complaint, Review

ANN, PERMISSIONS = Address("user", "ann"), "arn:aws:iam::aws:policy/IAMFullAccess"
EVERYTHING = Document({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]})


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def test_a_plan_has_no_field_of_a_later_stage():
    """Kills: a plan that the review or the apply fills in, which no reader can rely on before that."""
    assert {one.name for one in fields(Plan)} == {
        "account",
        "spec_digest",
        "changes",
        "undeclared",
        "accepted",
        "allow_places",
        "guard_places",
        "strays",
        "kept",
        "copiers",
        "ended",
        "excess",
        "alarms",
        "notes",
        "fingerprints",
        "connections",
        "skipped",
        "guards",
        "held",
        "undecided",
        "windows",
        "uncompared",
        "entered",
        "sign_in",
    }


def test_a_review_is_the_plan_the_account_before_and_after_and_the_complaints(story):
    """Kills: a predicted account that equals the account before the plan, or differs from the account after apply."""
    story.user("ann")
    made = story.plan(f"{ACCOUNT}users: {{ann: {{policies: [aws:IAMFullAccess]}}}}\n")
    assert made == Review(made.plan, made.before, made.after, made.impact)
    assert [sorted(one.live.resources[ANN].policies) for one in (made.before, made.after)] == [[], [PERMISSIONS]]
    assert made.after.powers[ANN].policies == (
        Held(Address("policy", "aws:IAMFullAccess"), ("document",), made.after.aws[PERMISSIONS], None, PERMISSIONS),
    )
    assert [(effect.address, effect.verdict.value) for effect in made.impact.principals] == [(ANN, "widens")]


def test_a_plan_without_calls_leaves_the_account_as_it_is(story):
    story.user("ann")
    made = story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n")
    assert made == Review(made.plan, AccountAccess(made.live), AccountAccess(made.live))


def test_only_a_complaint_that_is_not_lifted_refuses_a_plan(story):
    story.user("ann", policies=["arn:aws:iam::aws:policy/AdministratorAccess"])
    message = "0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    refused, lifted = (story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n", *allow) for allow in ((), ("admin-quorum",)))
    assert refused.complaints == (Complaint("admin-quorum", None, message),)
    assert lifted.complaints == (Complaint("admin-quorum", None, message, allowed=True),)
    assert (refused.refused, lifted.refused) == (True, False)


def test_documents_that_are_read_later_are_filled_in_as_if_they_had_been_known(story):
    """Kills: powers that keep the unread document of one group, boundary or user."""
    for group in ("ops", "devs"):
        story.group(group, policies=[PERMISSIONS])
    story.user("ann", groups=["ops", "devs"], policies=[PERMISSIONS])
    story.user("bob", groups=["ops"])
    story.iam.given("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=PERMISSIONS)
    live = story.plan(ACCOUNT).live
    asked = AccountAccess(live)
    users = [one for address, one in asked.powers.items() if address.kind == "user"]
    assert all(isinstance(one, Powers) and one.unknown_arns == [PERMISSIONS] for one in users)
    aws = {PERMISSIONS: EVERYTHING}
    assert asked.with_documents(aws).powers == all_powers(live.resources, live.account, aws)
