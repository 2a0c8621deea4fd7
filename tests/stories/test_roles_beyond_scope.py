"""Roles that a spec does not ask for: counted, and drift where they are dangerous; and the first role of a spec."""

import io
import json
from collections import Counter

import pytest
import yaml
from story import AWS, OWN, Story, seen

from iamspec.commands.drift import drift, drifted
from iamspec.policy.suspension import DENY_ALL

ACCOUNT = "account: {id: '123456789012'}\n"
LAMBDA = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
OTHER = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "sts:AssumeRole"},
}


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    make(story, "open", OTHER)
    make(story, "boss", LAMBDA, f"{AWS}AdministratorAccess")
    make(story, "plain", LAMBDA, f"{AWS}AmazonS3ReadOnlyAccess")
    return story


def make(story, name, trust, *policies):
    story.iam.given("CreateRole", RoleName=name, Path="/", AssumeRolePolicyDocument=json.dumps(trust))
    for arn in policies:
        story.iam.given("AttachRolePolicy", RoleName=name, PolicyArn=arn)


def drifted_by(story, spec):
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    return drift([str(story.folder)], story.iam)


def test_the_last_line_before_the_fingerprint_counts_what_is_not_compared(story, capsys):
    """Kills: roles without a comparison and without a line in the report."""
    (story.folder / "iamspec.yaml").write_text(ACCOUNT, encoding="utf-8")
    assert story.run("plan", str(story.folder)) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[-2] == "not compared: 4 roles (1 administrator, 1 trusted by other accounts)"
    assert out[-1].startswith("fingerprint sha256:")
    assert story.run("plan", "--format", "json", str(story.folder)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["not_compared"] == [
        {"kind": "role", "count": 4, "administrators": 1, "trusted_by_other_accounts": 1}
    ]


def test_a_dangerous_role_out_of_scope_is_drift_until_it_is_accepted_in_its_state(story, capsys):
    """Kills: a back door for another account that no drift ever mentions; an acceptance of whatever the role becomes."""
    review = drifted_by(story, ACCOUNT)
    assert (drifted(review), seen(review)) == (True, {})
    assert [(str(one.address), one.administrator, one.outside) for one in review.plan.exposed] == [
        ("role/boss", True, ()),
        ("role/open", False, ("anybody in account 210987654321",)),
    ]
    assert story.run("drift", str(story.folder)) == 2
    out = capsys.readouterr().out
    assert "  role/boss  administrator\n  role/open  anybody in account 210987654321 may assume it\n" in out
    entries = [
        {"address": str(address), "state": digest, "reason": "known", "until": "2026-12-31"}
        for address, digest in review.states.items()
    ]
    accepting = ACCOUNT + yaml.safe_dump({"drift": {"accept": entries}})
    assert not drifted(drifted_by(story, accepting))
    assert story.run("drift", str(story.folder)) == 0
    story.iam.given("AttachRolePolicy", RoleName="open", PolicyArn=f"{AWS}AdministratorAccess")
    assert [str(one.address) for one in drifted_by(story, accepting).plan.exposed] == ["role/open"]


def test_an_import_accepts_what_is_there_and_nothing_that_comes_later(story, tmp_path, capsys):
    """Kills: a first drift that shouts, and a second one that is silent about a new administrator."""
    out = tmp_path / "imported"
    assert story.run("import", "--out", str(out)) == 0
    accepted = yaml.safe_load((out / "iamspec.yaml").read_text(encoding="utf-8"))["drift"]["accept"]
    assert [(one["address"], one["reason"], str(one["until"])) for one in accepted] == [
        ("role/boss", "was live when iamspec import wrote this", "2027-01-01"),
        ("role/open", "was live when iamspec import wrote this", "2027-01-01"),
    ]
    assert story.run("drift", str(out)) == 0
    make(story, "new", OTHER)
    assert story.run("drift", str(out)) == 2
    assert "role/new  anybody in account 210987654321 may assume it" in capsys.readouterr().out


def test_the_first_role_of_a_spec_deletes_nothing_even_under_prune(story):
    """Kills: an upgrade, or one line about a role, after which apply deletes every other role."""
    role = f"roles: {{mine: {{trust: {{document: {json.dumps(LAMBDA)}}}}}}}\n"
    found = story.applied(f"{ACCOUNT}prune: true\n{role}")
    assert found["changes"] == ["create role/mine: path, trust, max_session_duration"]
    assert found["undeclared"] == ["role/boss", "role/deploy", "role/open", "role/plain"]
    assert story.names("roles") == ["boss", "deploy", "mine", "open", "plain"]


def test_a_spec_without_roles_never_asks_for_more_of_them(story):
    """Kills: a call for every role, or for a list of all roles, that nobody needs."""
    story.plan(ACCOUNT)
    assert {call.operation for call in story.iam.calls} & {"GetRole", "ListRoles", "ListInstanceProfiles"} == set()


def test_a_kind_that_scope_does_not_name_is_refused_with_the_line_to_add(story):
    """Kills: a section of roles that a scope silently leaves out."""
    spec = f"{ACCOUNT}scope: {{users: ['*']}}\nroles: {{mine: {{trust: {{document: {json.dumps(LAMBDA)}}}}}}}\n"
    assert story.refused(spec) == [
        'role/mine: out of scope: scope does not name roles; add roles: ["*"] to it; write {external: true} or change the scope'
    ]


# What prune does to roles

MINE = f"roles: {{mine: {{trust: {{document: {json.dumps(LAMBDA)}}}}}}}\n"
PRUNE = f"{ACCOUNT}prune: [users, groups, policies, roles]\n"
ABSENT = "would be deleted since it is not declared, but"
LIFTED = ("in-use:role/plain", "in-use:role/boss", "in-use:role/deploy", "self-lockout")


def test_the_first_line_says_how_many_roles_came_into_scope(story, capsys):
    """Kills: a kind that comes into scope, or under prune, without a word about the entities that this concerns."""
    (story.folder / "iamspec.yaml").write_text(ACCOUNT + MINE, encoding="utf-8")
    assert story.run("plan", str(story.folder)) == 0
    assert capsys.readouterr().out.splitlines()[0] == (
        "roles are in scope: 4 live, 4 of them not declared; apply leaves these alone, since prune does not name roles"
    )
    (story.folder / "iamspec.yaml").write_text(PRUNE + MINE, encoding="utf-8")
    story.run("plan", str(story.folder))
    assert capsys.readouterr().out.splitlines()[0] == (
        "prune covers roles: 4 live and in scope, 4 to be deleted, 0 not declared and kept"
    )


def test_a_list_prunes_roles_with_all_that_blocks_their_deletion(story):
    """Kills: a role that DeleteRole refuses, because a policy or an instance profile is still there."""
    story.iam.given("CreateInstanceProfile", InstanceProfileName="plain", Path="/")
    story.iam.given("AddRoleToInstanceProfile", InstanceProfileName="plain", RoleName="plain")
    found = story.applied(PRUNE + MINE, *LIFTED)
    assert story.names("roles") == ["mine"]
    assert found["complaints"] == [
        "allowed in-use role/boss: would be deleted since it is not declared, but it trusts lambda.amazonaws.com",
        "allowed in-use role/deploy: would be deleted since it is not declared, but it trusts ec2.amazonaws.com",
        f"allowed in-use role/plain: {ABSENT} it is in the instance profile plain and it trusts lambda.amazonaws.com",
        "allowed self-lockout role/deploy: these are your own credentials, and you would be deleted",
    ]


def test_what_if_prune_shows_what_would_go_and_is_no_plan_to_save(story, capsys):
    """Kills: a look at prune that needs the line which deletes."""
    (story.folder / "iamspec.yaml").write_text(ACCOUNT + MINE, encoding="utf-8")
    story.run("plan", "--what-if-prune", str(story.folder))
    out = capsys.readouterr().out
    assert out.startswith("this is what would go if prune named every kind in scope; it is no plan that apply runs\n")
    assert "1 to create, 0 to update, 4 to delete" in out
    assert story.run("plan", "--what-if-prune", "--out", "x.json", str(story.folder)) == 1
    assert story.iam.writes == []


def test_roles_of_aws_and_its_tools_are_kept_while_they_trust_nobody_else(story):
    """Kills: prune of the way in of the management account; a name that protects a back door."""
    for name in ("OrganizationAccountAccessRole", "stacksets-exec-1"):
        make(story, name, OTHER)
    make(story, "cdk-hnb-deploy", LAMBDA)
    make(story, "made", LAMBDA)
    story.iam.state.roles["made"].template = "arn:aws:iam::aws:role-template/x"
    trusting = f"{PRUNE}scope: {{roles: ['*'], trusted_accounts: ['210987654321']}}\n{MINE}"
    kept = {one.partition(": ")[0]: one.partition(": ")[2] for one in seen(story.plan(trusting))["kept"]}
    assert kept == {
        "role/OrganizationAccountAccessRole": BY_NAME.format("AWS Organizations"),
        "role/stacksets-exec-1": BY_NAME.format("AWS CloudFormation StackSets"),
        "role/cdk-hnb-deploy": BY_NAME.format("AWS CDK"),
        "role/made": "IAM Role Manager made it from the template arn:aws:iam::aws:role-template/x",
    }
    strangers = [
        one for one in seen(story.plan(PRUNE + MINE))["changes"] if "Organization" in one or "stacksets" in one
    ]
    assert len(strangers) == 2


def test_a_role_of_role_manager_goes_by_no_tombstone(story):
    """Kills: a tombstone that breaks what AWS makes again."""
    make(story, "made", LAMBDA)
    story.iam.state.roles["made"].template = "arn:aws:iam::aws:role-template/x"
    manager = "IAM Role Manager made it from the template arn:aws:iam::aws:role-template/x"
    found = seen(story.plan(f"{ACCOUNT}absent: {{roles: {{made: 2099-01-01}}}}\nroles: {{}}\n"))
    assert (found.get("changes"), found["complaints"]) == (
        None,
        [f"in-use role/made: is absent in the spec, but {manager}"],
    )


BY_NAME = "its name is one that {} gives to its roles; declare it to manage it, or write a tombstone"


def test_service_linked_and_reserved_roles_are_in_no_scope(story):
    """Kills: prune of what AWS itself refuses to delete."""
    story.iam.add_role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/")
    story.iam.add_role("AWSReservedSSO_Admin_1", "/aws-reserved/sso.amazonaws.com/")
    story.iam.add_role("made-by-lambda", "/service-role/")
    found = seen(story.plan(PRUNE + MINE))
    assert [one for one in found["changes"] if "AWS" in one or "made-by" in one] == []
    assert [one for one in found.get("undeclared", []) if "AWS" in one or "made-by" in one] == []


def test_a_role_whose_last_use_nobody_knows_counts_as_used(story):
    """Kills: a deletion of a role that was at work today, in a capture that lacks its last use."""
    role = story.iam.state.roles["plain"]
    role.used = story.iam.state.clock
    spec = f"{ACCOUNT}absent: {{roles: {{plain: 2030-01-01}}}}\nroles: {{}}\n"
    assert seen(story.plan(spec))["complaints"] == [
        f"recently-used role/plain: would be deleted, but was last used on {role.used.date()}, within guards.recent_days: 30"
    ]


# Suspension by hand


def test_a_role_is_suspended_and_resumed_and_a_service_that_uses_it_is_asked_about(story, capsys, monkeypatch):
    """Kills: a suspension that stops production without a question, since --auto-approve was passed."""
    monkeypatch.chdir(story.folder)
    monkeypatch.setattr("sys.stdin", io.StringIO("plain\n"))
    assert story.run("suspend", "role/plain", "--auto-approve") == 0
    told = capsys.readouterr()
    assert "role/plain: trusts lambda.amazonaws.com: what runs there with this role stops" in told.out
    asked = "role/plain works for an AWS service, and what the service does with it stops. Type the name of the role to go on:"
    assert asked in told.err
    assert [call.operation for call in story.iam.writes] == ["PutRolePolicy"]
    assert story.live("roles", "plain")["inline"].keys() == {"iamspec-suspended"}
    assert story.run("suspend", "role/open", "--auto-approve") == 0  # trusts an account, which needs no question
    assert story.run("resume", "role/plain", "role/open", "--auto-approve") == 0
    assert "inline" not in story.live("roles", "plain")
    assert story.run("suspend", "role/nobody", "--auto-approve") == 1


def test_a_role_of_a_spec_ends_with_its_day_and_gets_nothing_new(story):
    """Kills: an end of a role that is no end, and a grant for a role that has ended."""
    ended = f"roles: {{plain: {{expires: 2025-12-31, trust: {{document: {json.dumps(LAMBDA)}}}, policies: [aws:IAMFullAccess]}}}}\n"
    found = story.applied(ACCOUNT + ended)
    assert found["steps"] == [
        f"lock-out PutRolePolicy PolicyDocument={DENY_ALL.text} PolicyName=iamspec-suspended RoleName=plain",
        f"revoke DetachRolePolicy PolicyArn={AWS}AmazonS3ReadOnlyAccess RoleName=plain",
    ]
    assert "role/plain: is not given while it is suspended: IAMFullAccess" in found["notes"]


def test_an_apply_of_roles_reads_a_list_and_asks_about_no_single_role(story):
    """Kills: a GetRole for each role, which takes a minute in an account of a thousand."""
    roles = {name: {"trust": {"document": LAMBDA}} for name in ("boss", "plain", "deploy")}
    spec = ACCOUNT + yaml.safe_dump({"roles": roles})
    story.iam.calls.clear()
    story.plan(spec)
    counted = Counter(call.operation for call in story.iam.calls)
    assert (counted["ListRoles"], counted["GetRole"], counted["GetAccountAuthorizationDetails"]) == (1, 0, 1)


@pytest.mark.parametrize("held", ["attached", "boundary"])
def test_a_role_that_cannot_be_moved_keeps_the_policies_that_it_holds(story, held):
    """Kills: the deletion of a policy that a blocked role still holds, which IAM refuses in the middle of an apply."""
    story.policy("limit")
    more = {"PermissionsBoundary": f"{OWN}limit"} if held == "boundary" else {}
    trust = json.dumps(LAMBDA)
    story.iam.given("CreateRole", RoleName="job", Path="/team/", AssumeRolePolicyDocument=trust, **more)
    if held == "attached":
        story.iam.given("AttachRolePolicy", RoleName="job", PolicyArn=f"{OWN}limit")
    made = story.plan(f"{ACCOUNT}roles: {{job: {{trust: [{{service: lambda.amazonaws.com}}]}}}}\nprune: true\n").plan
    [change] = made.changes
    assert (str(change.address), change.blocked is not None, made.steps) == ("role/job", True, ())
    how = "is bounded by it" if held == "boundary" else "attaches it"
    kept = {str(one.address): one.reason for one in made.kept}
    assert kept["policy/limit"] == f"role/job, whose changes are held back, {how}"
