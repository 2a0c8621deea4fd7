"""No path, no stack, no quarantine and no tombstone takes an entity out of drift."""

import json

import pytest
from story import ACCOUNT, AWS, OWN, PRUNE, QUARANTINE, Story, seen

from iamspec.errors import IamError

ADMINISTRATOR = f"{AWS}AdministratorAccess"
ALARM = "user/intruder: AWS has attached AWSCompromisedKeyQuarantineV2: an access key of this user has leaked"
UNASKED = "error: CloudFormation could not be asked whether a stack owns 1 entity\n"


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def drift(story, spec, capsys):
    """The exit code of drift, its last sentence, and what went to stderr."""
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    code = story.run("drift", str(story.folder))
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    return code, next(line for line in reversed(lines) if line.startswith(("Drift in", "No drift"))), shown.err


ONE = "Drift in account 123456789012: 1 undeclared"


@pytest.mark.parametrize("spec", [ACCOUNT, PRUNE])
@pytest.mark.parametrize("path", ["/", "/service-role/", "/aws-reserved/sso.amazonaws.com/", "/aws-service-role/x/"])
def test_an_administrator_of_a_stack_is_drift_at_every_path(story, capsys, path, spec):
    """Kills: a kept user beside "No drift"."""
    story.user("intruder", path, policies=[ADMINISTRATOR])
    story.iam.stacks = {"intruder": "app"}
    assert drift(story, spec, capsys) == (2, ONE, "")


@pytest.mark.parametrize("spec", [ACCOUNT, PRUNE])
@pytest.mark.parametrize("name", ["cdk-admin", "AWSControlTowerExecution", "aws-controltower-x", "stacksets-exec-1"])
def test_no_name_takes_an_administrator_out_of_drift(story, capsys, name, spec):
    """Kills: a name that AWS uses for its roles, given to a user."""
    story.user(name, policies=[ADMINISTRATOR])
    story.iam.stacks = {name: "app"}
    assert drift(story, spec, capsys) == (2, ONE, "")


OTHER = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "sts:AssumeRole"}],
}
PLACES = [
    *(
        ("r-1", "/"),
        ("cdk-hnb-1", "/"),
        ("stacksets-exec-1", "/"),
        ("AWS-QuickSetup-1", "/"),
        ("lam", "/service-role/"),
    ),
    *(("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/"), ("fake", "/aws-service-role/x/")),
    *(("AWSReservedSSO_A_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/"), ("fake-2", "/aws-reserved/x/")),
]
DANGERS = {
    "administrator": (None, [ADMINISTRATOR]),
    "escalating": (None, [f"{AWS}IAMFullAccess"]),
    "outside": (OTHER, []),
}
SCOPES = {
    "no roles": "",
    "roles": "scope: {roles: ['*']}\n",
    "users": "scope: {users: ['*']}\n",
    "narrow": "scope: {roles: ['app-*']}\n",
    "excluded": "scope: {exclude: {roles: ['*']}}\n",
    "section": "roles: {mine: {trust: [{service: ec2.amazonaws.com}]}}\n",
}


@pytest.mark.parametrize("scope", SCOPES)
def test_no_path_name_or_scope_takes_a_dangerous_role_out_of_drift(story, capsys, scope):
    """Kills: a back door under a path of AWS, under a name that AWS gives to its roles, or left out by the scope."""
    wanted = []
    for number, (name, path) in enumerate(PLACES):
        for danger, (trust, policies) in DANGERS.items():
            role = f"{name}-{danger}"
            story.iam.add_role(role, path, policies)
            if trust:
                story.iam.state.roles[role.lower()].trust = json.dumps(trust)
            story.iam.stacks = {**story.iam.stacks, **({role: "app"} if number % 2 else {})}
            wanted.append(f"role/{role}")
    spec = ACCOUNT + SCOPES[scope]
    code, _, _ = drift(story, spec, capsys)
    plan = story.plan(spec).plan
    named = {str(one) for one in plan.undeclared} | {str(one.address) for one in plan.exposed}
    assert (code, sorted(set(wanted) - named)) == (2, [])


def test_a_policy_that_a_role_holds_is_kept_and_is_drift(story, capsys):
    story.policy("held")
    story.iam.add_role("app", attached=[f"{OWN}held"])
    assert drift(story, PRUNE, capsys) == (2, ONE, "")


def test_a_namesake_that_a_tombstone_spares_is_drift(story, capsys):
    """Kills: an intruder who takes the name of a user who has left."""
    story.user("intruder", policies=[ADMINISTRATOR])
    spec = f"{ACCOUNT}absent: {{users: {{intruder: 2026-01-01}}}}\n"
    assert drift(story, spec, capsys) == (2, ONE, "")


@pytest.mark.parametrize("declared", [True, False])
def test_a_quarantine_is_always_drift(story, capsys, declared):
    """Kills: "No drift" below an alarm."""
    story.user("intruder", policies=[QUARANTINE])
    spec = f"{ACCOUNT}users: {{intruder: {{}}}}\n" if declared else ACCOUNT
    last = f"Drift in account 123456789012: 1 alarm{'' if declared else ', 1 undeclared'}"
    assert drift(story, spec, capsys) == (2, last, "")
    assert seen(story.plan(spec))["alarms"] == [ALARM]


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ValidationError"])
def test_drift_fails_where_cloudformation_cannot_be_asked(story, capsys, code):
    """Kills: exit 0, or an exit 2 that looks like a complete answer."""
    story.user("intruder", policies=[ADMINISTRATOR])
    story.iam.fail = lambda call: IamError(call.operation, code, "no") if call.service == "cloudformation" else None
    last = f"{ONE}; CloudFormation could not be asked whether a stack owns 1 entity"
    assert drift(story, PRUNE, capsys) == (1, last, UNASKED)
    assert drift(story, ACCOUNT, capsys) == (2, ONE, "")


def test_a_stack_in_one_region_answers_for_a_region_that_cannot_be_asked(story, capsys):
    """Kills: an error although the owner is known."""
    story.user("held")
    story.iam.stacks = {("us-east-1", "held"): "app"}
    broken = IamError("DescribeStackResources", "AccessDenied", "no")
    story.iam.fail = lambda call: broken if call.region == "eu-west-1" else None
    spec = f"{PRUNE}guards: {{stack_regions: [eu-west-1, us-east-1]}}\n"
    assert drift(story, spec, capsys) == (2, ONE, "")
    assert seen(story.plan(spec))["kept"] == ["user/held: the CloudFormation stack app owns it"]


def test_a_plan_lists_a_kept_entity_with_its_reason_and_says_why_it_stays(story, capsys):
    story.user("held")
    story.iam.stacks = {"held": "app"}
    (story.folder / "iamspec.yaml").write_text(PRUNE, encoding="utf-8")
    assert story.run("plan", str(story.folder)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Undeclared: live and in scope, but not in the spec; left alone, as it is kept"
    assert any("the CloudFormation stack app owns it" in line for line in lines)
