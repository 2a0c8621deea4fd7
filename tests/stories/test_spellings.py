"""Names that IAM does not tell apart by case: inline policies, iamspec's own names among them, and tag keys."""

import json

import pytest
from story import ACCOUNT, ALLOW, DENY, Story, line, seen

from iamspec.commands.proof import unmet
from iamspec.commands.suspend import resuming, suspending
from iamspec.policy.suspension import DENY_ALL, NAME


@pytest.fixture
def story(tmp_path, elsewhere):
    return Story(tmp_path)


def applied(story, spec):
    """The plan of a spec, after its calls were made and the plan after that is found to be empty."""
    story.iam.calls.clear()
    return story.applied(spec)


def put(story, kind, name, document):
    noun = "User" if kind == "users" else "Group"
    getattr(story, noun.lower())("ann")
    params = {f"{noun}Name": "ann", "PolicyName": name, "PolicyDocument": json.dumps(document)}
    story.iam.given(f"Put{noun}Policy", **params)


def step(verb, noun, params):
    """A step about ann as a line."""
    return " ".join([f"{verb}{noun}Policy", *sorted([*params.split(), f"{noun}Name=ann"])])


KINDS = [("users", "user", "User"), ("groups", "group", "Group")]


@pytest.mark.parametrize(("section", "kind", "noun"), KINDS)
def test_another_document_under_another_spelling_is_one_put(story, section, kind, noun):
    """Kills: Put, then Delete of the other spelling, which deletes the policy: a lost Deny is access."""
    put(story, section, "Deploy", ALLOW)
    assert applied(story, f"{ACCOUNT}{section}: {{ann: {{inline_policies: {{deploy: DENY}}}}}}\n") == {
        "changes": [f"update {kind}/ann: inline_policies"],
        "steps": [step("update Put", noun, "PolicyDocument=DENY PolicyName=Deploy")],
        "notes": [f"{kind}/ann: inline policy deploy: IAM keeps the spelling Deploy; write it like that"],
    }
    assert story.live(section, "ann") == {"path": "/", "inline": {"Deploy": DENY}}


@pytest.mark.parametrize(("section", "kind", "noun"), KINDS)
def test_the_same_document_under_another_spelling_is_no_change(story, section, kind, noun):
    """Kills: a plan that is never empty."""
    put(story, section, "Deploy", ALLOW)
    assert seen(story.plan(f"{ACCOUNT}{section}: {{ann: {{inline_policies: {{deploy: ALLOW}}}}}}\n")) == {
        "notes": [f"{kind}/ann: inline policy deploy: IAM keeps the spelling Deploy; write it like that"],
    }


@pytest.mark.parametrize(("section", "kind", "noun"), KINDS)
def test_other_policies_come_and_go_beside_it(story, section, kind, noun):
    """Kills: a comparison that forgets the names that do differ."""
    put(story, section, "Deploy", ALLOW)
    spec = f"{ACCOUNT}{section}: {{ann: {{inline_policies: {{DEPLOY: ALLOW, other: DENY}}}}}}\n"
    assert applied(story, spec)["steps"] == [step("update Put", noun, "PolicyDocument=DENY PolicyName=other")]
    spec = f"{ACCOUNT}{section}: {{ann: {{inline_policies: {{Other: DENY}}}}}}\n"
    assert [line(step) for step in story.plan(spec).steps] == [step("revoke Delete", noun, "PolicyName=Deploy")]


def test_an_own_inline_policy_wins_over_a_copied_one_in_whatever_case(story):
    """Kills: two documents under one name, of which the last one stays."""
    spec = f"""{ACCOUNT}users:
  bob: {{inline_policies: {{Deploy: ALLOW, more: ALLOW}}}}
  ann: {{copy_permissions_from: bob, inline_policies: {{deploy: DENY}}}}
"""
    applied(story, spec)
    assert story.live("users", "ann")["inline"] == {"deploy": DENY, "more": ALLOW}


def test_what_is_copied_is_still_said_to_be_so(story):
    """Kills: a spelling that hides where a policy comes from."""
    put(story, "users", "Deploy", ALLOW)
    spec = f"{ACCOUNT}users: {{bob: {{inline_policies: {{deploy: DENY}}}}, ann: {{copy_permissions_from: bob}}}}\n"
    changes = {str(one.address): one for one in story.plan(spec).changes}
    (difference,) = changes["user/ann"].differences
    assert {item: str(source) for item, source in difference.via.items()} == {"Deploy": "user/bob"}


PLANTED = "IAMSPEC-Suspended"
ASLEEP = "is suspended, and the spec says nothing of that: it stays so until `suspended: false` or `iamspec resume`"
ALARM = (
    f"user/ann: its inline policy {PLANTED} has a name of iamspec's own, and iamspec has not written it: "
    "it is in no comparison, so look at what it allows"
)


@pytest.mark.parametrize("document", [ALLOW, DENY])
def test_a_planted_name_does_not_stop_a_suspension(story, document):
    """Kills: a suspension that looks as if it had failed, and an apply that takes its Deny away again."""
    put(story, "users", PLANTED, document)
    assert story.run("suspend", "ann", "--auto-approve") == 0
    assert story.live("users", "ann")["inline"] == {PLANTED: json.loads(DENY_ALL.text)}
    assert seen(story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n")) == {"notes": [f"user/ann: {ASLEEP}"]}


def test_a_planted_name_is_lifted_as_any_other(story):
    put(story, "users", PLANTED, ALLOW)
    applied(story, f"{ACCOUNT}users: {{ann: {{suspended: true}}}}\n")
    plan = resuming(["ann"], story.iam)
    assert [line(step) for step in plan.steps] == [f"release DeleteUserPolicy PolicyName={NAME} UserName=ann"]
    applied(story, f"{ACCOUNT}users: {{ann: {{suspended: false}}}}\n")
    assert story.live("users", "ann") == {"path": "/"}


def test_a_planted_name_is_an_alarm_and_no_drift(story):
    """Kills: an Allow that hides under a name that the diff does not see."""
    put(story, "users", PLANTED, ALLOW)
    plan = story.plan(f"{ACCOUNT}users: {{ann: {{}}}}\n")
    assert plan.plan.alarms == (ALARM,)
    assert plan.changes == ()


def test_a_suspended_user_with_a_planted_name_can_be_deleted(story):
    """Kills: two deletions of one policy."""
    put(story, "users", PLANTED, ALLOW)
    story.run("suspend", "ann", "--auto-approve")
    story.iam.calls.clear()
    applied(story, f"{ACCOUNT}absent: {{users: {{ann: 2030-01-01}}}}\n")
    assert story.names("users") == []


def test_suspending_twice_is_nothing(story):
    put(story, "users", PLANTED, ALLOW)
    story.run("suspend", "ann", "--auto-approve")
    plan = suspending(["ann"], story.iam)
    assert (plan.changes, plan.notes) == ((), ("user/ann: is suspended already",))
    assert unmet(plan, story.iam).changes == ()


def test_a_tag_key_that_is_respelled_is_set_and_nothing_else(story):
    """Kills: a moment without the tag that a policy asks for."""
    story.user("ann")
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": "Team", "Value": "a"}, {"Key": "old", "Value": "x"}])
    assert applied(story, f"{ACCOUNT}users: {{ann: {{tags: {{team: a}}}}}}\n")["steps"] == [
        "update UntagUser TagKeys=old UserName=ann",
        "update TagUser Tags=team:a UserName=ann",
    ]
    assert applied(story, f"{ACCOUNT}users: {{ann: {{tags: {{TEAM: a}}}}}}\n")["steps"] == [
        "update TagUser Tags=TEAM:a UserName=ann"
    ]
    assert story.live("users", "ann")["tags"] == {"TEAM": "a"}


def test_the_tag_keys_of_policies_are_told_apart_by_case(story):
    """Kills: a policy that has both spellings in the end."""
    story.policy("p")
    story.iam.given(
        "TagPolicy", PolicyArn=story.iam.state.account.arn("policy/p"), Tags=[{"Key": "Team", "Value": "a"}]
    )
    steps = applied(story, f"{ACCOUNT}policies: {{p: {{document: ALLOW, tags: {{team: a}}}}}}\n")["steps"]
    assert [one.split()[1] for one in steps] == ["UntagPolicy", "TagPolicy"]
