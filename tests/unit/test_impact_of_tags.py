"""The effect of a plan on whom policies know by a tag or by the name."""

import json

import pytest
from story import Story
from teams import radius

ANYTHING = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
UNLESS_LEFT = {
    "Effect": "Deny",
    "Action": "*",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalTag/left": "yes"}},
}
OWN_FOLDER = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def spec(tags, *statements, more="", name="ann"):
    document = policy(*statements)
    return (
        f"users: {{{name}: {{tags: {json.dumps(tags)}, groups: [devs], {more}}}, bob: {{groups: [devs]}}}}\n"
        f"groups: {{devs: {{policies: [deploy]}}}}\npolicies: {{deploy: {{document: {document}}}}}\n"
    )


@pytest.fixture
def applied(tmp_path):
    """An account in which a spec has been applied."""

    def of(text):
        story = Story(tmp_path)
        story.applied(text)
        return story

    return of


def test_a_tag_that_lifts_a_deny_gives_everything_that_it_denied(applied):
    """The bug: a change of tags is no change of access, whatever policies ask."""
    story = applied(spec({"left": "yes"}, ANYTHING, UNLESS_LEFT))
    (found,) = radius(story.plan(spec({"left": "no"}, ANYTHING, UNLESS_LEFT)))
    assert found.startswith("ann | widens: +")
    assert found.endswith("| own grants")


def test_a_tag_that_meets_a_deny_takes_everything(applied):
    story = applied(spec({"left": "no"}, ANYTHING, UNLESS_LEFT))
    (found,) = radius(story.plan(spec({"left": "yes"}, ANYTHING, UNLESS_LEFT)))
    assert found.startswith("ann | narrows: ")


def test_a_tag_that_no_policy_asks_for_changes_nothing(applied):
    """The bug: whoever gets a tag is told to gain something."""
    story = applied(spec({"left": "no", "cost": "1"}, ANYTHING, UNLESS_LEFT))
    assert radius(story.plan(spec({"left": "no", "cost": "2"}, ANYTHING, UNLESS_LEFT))) == []
    assert radius(story.plan(spec({"left": "later", "cost": "2"}, ANYTHING, UNLESS_LEFT))) == []


def test_a_tag_in_a_resource_moves_access(applied):
    story = applied(spec({"team": "a"}, OWN_FOLDER))
    (found,) = radius(story.plan(spec({"team": "b"}, OWN_FOLDER)))
    told = "same actions, other resources or conditions: s3:GetObject on b/b/*; no longer s3:GetObject on b/a/*"
    assert found == f"ann | {told}; risk: DataAccess 1 | own grants"


def test_a_name_that_a_condition_excepts_is_lost_with_a_rename(applied):
    """The bug: a rename keeps all access, though a policy names the user."""
    only_ann = {**ANYTHING, "Condition": {"StringEquals": {"aws:username": "ann"}}}
    story = applied(spec({}, only_ann))
    (found,) = radius(story.plan(spec({}, only_ann, more="renamed_from: ann", name="anne")))
    assert found.startswith("anne | narrows: ")


def test_sessions_of_a_role_have_the_tags_of_the_role(applied):
    role = (
        "roles: {job: {tags: {left: LEFT}, trust: [{service: ec2.amazonaws.com}], inline_policies: {own: "
        f"{policy(ANYTHING, UNLESS_LEFT)}}}}}}}\n"
    )
    story = applied(role.replace("LEFT", "'yes'"))
    (found,) = radius(story.plan(role.replace("LEFT", "'no'")))
    assert found.startswith("job | widens: +")
