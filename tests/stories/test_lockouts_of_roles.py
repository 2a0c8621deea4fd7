"""Every way in which a caller who is a role, a role of Identity Center, a session with tags or root loses access.

Each way that exists for a caller is refused by name. Each way that cannot exist is named with the reason.
"""

import json

import pytest
from story import ACCOUNT, OWN, Story
from test_lockouts import LOCKOUTS, allow, ana, deny, document, yaml

from iamspec.errors import InvalidSpec

EC2 = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}  # fmt: skip
TEAM = {"StringEquals": {"aws:PrincipalTag/team": "ops"}}
PRUNE_ROLES = f"prune: [roles]\n{ACCOUNT}"
PAST = {"expires": "2020-01-01"}
SSO, RESERVED = "AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/"

ROLE_HAS_NO_GROUP = "IAM has no groups of roles"
ROLE_HAS_NO_PASSWORD = "a role has no password"
ROLE_KEEPS_NAME = "IAM renames no role: another name is another role, and the old one goes by prune or tombstone"
ROLE_KEEPS_PATH = "IAM moves no role: the change is blocked and makes no call"
OF_A_GROUP = ("membership", "policy of a group", "inline policy of a group", "group that goes", "Deny of a group")
NEVER_OF_ROLES = {
    **dict.fromkeys((*OF_A_GROUP, "end of a membership"), ROLE_HAS_NO_GROUP),
    "password": ROLE_HAS_NO_PASSWORD,
    "name": ROLE_KEEPS_NAME,
    "path": ROLE_KEEPS_PATH,
}
NEVER_OF_SESSIONS = {**NEVER_OF_ROLES, "tag": "the tags of a session come with AssumeRole, and no plan takes them away"}
SSO_OWNS = "Identity Center makes, changes and deletes the role: no spec may declare what stands below /aws-reserved/"
OF_SSO = ("document of an attached policy", "document of the boundary", "Deny in a document")
NEVER_OF_SSO = {one: NEVER_OF_ROLES.get(one, SSO_OWNS) for one in LOCKOUTS if one not in OF_SSO}


def ways(statement):
    """The ways in which a role loses access: the live grants, and the spec that takes them."""
    fence, own = document(allow()), document(statement)
    narrow = document({**statement, "Action": "iam:Get*"})

    def spec(role, policies=None, base=ACCOUNT):
        said = {"own": own, "fence": fence, "no": document(deny()), **(policies or {})}
        declared = {name: {"document": one} for name, one in said.items()}
        roles = (
            {} if role is None else {"runner": {"path": "/ops/", "trust": [{"service": "ec2.amazonaws.com"}], **role}}
        )
        return f"{base}policies: {yaml(declared)}\nroles: {yaml(roles)}\n"

    held = {"policies": ["own"]}
    bounded = {**held, "permissions_boundary": "fence"}
    gone = f"{ACCOUNT}absent: {{roles: {{runner: 2027-01-01}}}}\n"
    return {
        "attached policy": (held, spec({})),
        "document of an attached policy": (held, spec(held, {"own": narrow})),
        "inline policy": ({"inline": own}, spec({})),
        "document of an inline policy": ({"inline": own}, spec({"inline_policies": {"in": narrow}})),
        "boundary": (held, spec({**held, "permissions_boundary": "no"})),
        "document of the boundary": (bounded, spec(bounded, {"fence": document(allow("s3:*"))})),
        "attached Deny": (held, spec({"policies": ["own", "no"]})),
        "inline Deny": (held, spec({**held, "inline_policies": {"x": document(deny("iam:*"))}})),
        "Deny in a document": (held, spec(held, {"own": document(statement, deny("iam:Delete*"))})),
        "prune": (held, spec(None, base=PRUNE_ROLES)),
        "tombstone": (held, spec(None, base=gone)),
        "suspension": (held, spec({**held, "suspended": True})),
        "end of the user": (held, spec({**held, **PAST})),
        "end of an attachment": (held, spec({"policies": [{"name": "own", **PAST}]})),
    }


WITH_TAG = ways(allow("iam:*", Condition=TEAM))
OF_ROLES = ways(allow("iam:*"))


def living(story, where, statement, *, policies=(), inline=None, permissions_boundary=None, tags=None):
    """The role at a path with all that it has, and the caller as a session of it."""
    name = where.rpartition("/")[2]
    path = where.removesuffix(name)
    for one, said in (("own", document(statement)), ("fence", document(allow())), ("no", document(deny()))):
        story.policy(one, document=said)
    boundary = {"PermissionsBoundary": f"{OWN}{permissions_boundary}"} if permissions_boundary else {}
    given = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    story.iam.given(
        "CreateRole", RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(EC2), Tags=given, **boundary
    )
    for one in policies:
        story.iam.given("AttachRolePolicy", RoleName=name, PolicyArn=f"{OWN}{one}")
    if inline:
        story.iam.given("PutRolePolicy", RoleName=name, PolicyName="in", PolicyDocument=yaml(inline))
    story.iam.caller_arn = f"arn:aws:sts::123456789012:assumed-role/{name}/session"


def refused_for(made):
    """Whether there are calls, the entities with complaints about the caller's own access, and whether the plan is refused."""
    found = {str(one.address) for one in made.complaints if one.guard == "self-lockout" and not one.allowed}
    return bool(made.steps), found, made.refused


@pytest.mark.parametrize("way", sorted(OF_ROLES))
def test_a_caller_who_is_a_role_is_not_locked_out(tmp_path, way):
    """Kills: an apply that takes the access away with which it runs."""
    story = Story(tmp_path)
    has, said = OF_ROLES[way]
    living(story, "/ops/runner", allow("iam:*"), **has)
    assert refused_for(story.plan(said)) == (True, {"role/runner"}, True)


def test_a_role_keeps_the_tag_that_its_policy_asks_for(tmp_path):
    """Kills: a tag that is taken for decoration."""
    story = Story(tmp_path)
    living(story, "/ops/runner", allow("iam:*", Condition=TEAM), policies=["own"], tags={"team": "ops"})
    said = WITH_TAG["suspension"][1].replace('"suspended": true', '"tags": {}')
    assert refused_for(story.plan(said)) == (True, {"role/runner"}, True)


@pytest.mark.parametrize("way", sorted(WITH_TAG))
def test_a_session_with_tags_is_not_locked_out(tmp_path, way):
    """Kills: a condition on a tag that counts as false, because the role has no such tag and only the session brings it."""
    story = Story(tmp_path)
    has, said = WITH_TAG[way]
    living(story, "/ops/runner", allow("iam:*", Condition=TEAM), **has)
    assert refused_for(story.plan(said)) == (True, {"role/runner"}, True)


@pytest.mark.parametrize("way", OF_SSO)
def test_a_session_of_identity_center_is_not_locked_out(tmp_path, way):
    """Kills: a role that no spec manages, and that a policy of the spec decides about all the same."""
    story = Story(tmp_path)
    has, said = ways(allow("iam:*"))[way]
    living(story, f"{RESERVED}{SSO}", allow("iam:*"), **has)
    without = said.partition("roles:")[0]
    assert refused_for(story.plan(without)) == (True, {f"role/{SSO}"}, True)


def test_the_role_of_identity_center_is_in_no_spec(tmp_path):
    """Kills: a plan that takes a permission set apart, which Identity Center would put together again."""
    story = Story(tmp_path)
    living(story, f"{RESERVED}{SSO}", allow("iam:*"), policies=["own"])
    role = {"path": RESERVED, "trust": [{"service": "ec2.amazonaws.com"}]}
    with pytest.raises(InvalidSpec):
        story.plan(f"{ACCOUNT}roles: {yaml({SSO: role})}\n")
    kept = story.plan(f"{PRUNE_ROLES}policies: {{own: {{external: true}}}}\n")
    assert [str(step.address) for step in kept.steps if step.address.name in {SSO, "own"}] == []


@pytest.mark.parametrize("way", LOCKOUTS)
def test_root_is_refused_whatever_the_plan_takes(tmp_path, way):
    """Kills: a plan of the root user that is refused for some changes only."""
    story = Story(tmp_path)
    policies, more, said = LOCKOUTS[way]
    for name, one in (("own", allow("iam:*")), ("fence", allow()), ("no", deny())):
        story.policy(name, document=document(one))
    for name in ("name", "path", "tag"):
        story.policy(name, document=document(allow("sqs:*")))
    story.group("ops", policies=[f"{OWN}own"])
    ana(story, *policies, **more)
    story.iam.caller_arn = "arn:aws:iam::123456789012:root"
    made = story.plan(said.replace("users: {}\nusers:", "users:"))
    found = {one.guard for one in made.complaints if not one.allowed}
    assert (bool(made.changes), "root-caller" in found, made.refused) == (True, True, True)


@pytest.mark.parametrize(
    ("exist", "never"), [({*OF_ROLES, "tag"}, NEVER_OF_ROLES), (WITH_TAG, NEVER_OF_SESSIONS), (OF_SSO, NEVER_OF_SSO)]
)
def test_each_of_the_24_ways_exists_or_has_a_reason(exist, never):
    assert (set(exist) | set(never), set(exist) & set(never)) == (set(LOCKOUTS), set())


def test_a_role_is_never_moved(tmp_path):
    """Kills: a reason in the table that is not true."""
    story = Story(tmp_path)
    living(story, "/ops/runner", allow("iam:*"), policies=["own"])
    moved = OF_ROLES["inline Deny"][1].replace('"path": "/ops/"', '"path": "/moved/"')
    assert [step for step in story.plan(moved).steps if str(step.address) == "role/runner"] == []
