"""Every way in which a caller who is a user loses access, and in which the last administrator goes, is refused by name."""

import json

import pytest
from story import ACCOUNT, OWN, PRUNE, Story


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def deny(action="*"):
    return {"Effect": "Deny", "Action": action, "Resource": "*"}


def yaml(value):
    return json.dumps(value)


BY_NAME = allow(Condition={"StringEquals": {"aws:username": "ana"}})
BY_PATH = allow(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ops/*"}})
BY_TAG = allow(Condition={"StringEquals": {"aws:PrincipalTag/team": "ops"}})


@pytest.fixture
def story(tmp_path):
    """The user ana holds everything in as many ways as there are; who calls is ana."""
    story = Story(tmp_path)
    story.iam.caller_arn = "arn:aws:iam::123456789012:user/ops/ana"
    for name, statement in (("own", allow("iam:*")), ("fence", allow()), ("name", BY_NAME), ("path", BY_PATH)):
        story.policy(name, document=document(statement))
    story.policy("tag", document=document(BY_TAG))
    story.policy("no", document=document(deny()))
    story.group("ops", policies=[f"{OWN}own"])
    write(story, "PutGroupPolicy", GroupName="ops", PolicyName="in", PolicyDocument=yaml(document(allow("s3:*"))))
    return story


def write(story, operation, **params):
    story.iam.given(operation, **params)


def ana(story, *policies, groups=(), inline=None, boundary=None, key=True):
    story.user("ana", "/ops/", groups=groups, policies=[f"{OWN}{one}" for one in policies])
    write(story, "TagUser", UserName="ana", Tags=[{"Key": "team", "Value": "ops"}])
    if inline:
        write(story, "PutUserPolicy", UserName="ana", PolicyName="in", PolicyDocument=yaml(inline))
    if boundary:
        write(story, "PutUserPermissionsBoundary", UserName="ana", PermissionsBoundary=f"{OWN}{boundary}")
    if key:
        made = story.iam.given("CreateAccessKey", UserName="ana")["AccessKey"]["AccessKeyId"]
        story.iam.state.user("ana").keys[made].used = story.iam.state.clock
    else:
        write(story, "CreateLoginProfile", UserName="ana", Password="Secret-1234567")


POLICIES = {
    "own": document(allow("iam:*")),
    "fence": document(allow()),
    "name": document(BY_NAME),
    "path": document(BY_PATH),
    "tag": document(BY_TAG),
    "no": document(deny()),
}
OPS = {"policies": ["own"], "inline_policies": {"in": document(allow("s3:*"))}}


def spec(user, *, policies=None, ops=OPS, base=ACCOUNT):
    """A spec in which everything is as it is live, but for what the arguments say."""
    said = {name: {"document": one} for name, one in {**POLICIES, **(policies or {})}.items()}
    users = f"users: {yaml({'ana': user})}\n" if user is not None else "users: {}\n"
    return f"{base}policies: {yaml(said)}\ngroups: {yaml({'ops': ops} if ops is not None else {})}\n{users}"


ME = {"path": "/ops/"}
PAST = {"expires": "2020-01-01"}
LOCKOUTS = {  # what ana has, and the spec that takes it
    "attached policy": (("own",), {}, spec(ME)),
    "document of an attached policy": (
        ("own",),
        {},
        spec({**ME, "policies": ["own"]}, policies={"own": document(allow("iam:Get*"))}),
    ),
    "inline policy": ((), {"inline": document(allow())}, spec(ME)),
    "document of an inline policy": (
        (),
        {"inline": document(allow())},
        spec({**ME, "inline_policies": {"in": document(allow("s3:*"))}}),
    ),
    "membership": ((), {"groups": ["ops"]}, spec(ME)),
    "policy of a group": ((), {"groups": ["ops"]}, spec({**ME, "groups": ["ops"]}, ops={**OPS, "policies": []})),
    "inline policy of a group": ((), {"groups": ["ops"]}, spec({**ME, "groups": ["ops"]}, ops={"policies": ["own"]})),
    "group that goes": ((), {"groups": ["ops"]}, spec(ME, ops=None, base=PRUNE)),
    "boundary": (("own",), {}, spec({**ME, "policies": ["own"], "permissions_boundary": "no"})),
    "document of the boundary": (
        ("own",),
        {"boundary": "fence"},
        spec(
            {**ME, "policies": ["own"], "permissions_boundary": "fence"},
            policies={"fence": document(allow("s3:*"))},
        ),
    ),
    "attached Deny": (("own",), {}, spec({**ME, "policies": ["own", "no"]})),
    "inline Deny": (
        ("own",),
        {},
        spec({**ME, "policies": ["own"], "inline_policies": {"x": document(deny("iam:*"))}}),
    ),
    "Deny of a group": (
        (),
        {"groups": ["ops"]},
        spec({**ME, "groups": ["ops"]}, ops={**OPS, "policies": ["own", "no"]}),
    ),
    "Deny in a document": (
        ("own",),
        {},
        spec({**ME, "policies": ["own"]}, policies={"own": document(allow("iam:*"), deny("iam:Delete*"))}),
    ),
    "prune": (("own",), {}, spec(None, base=PRUNE)),
    "tombstone": (("own",), {}, spec(None, base=f"{ACCOUNT}absent: {{users: {{ana: 2027-01-01}}}}\n")),
    "suspension": (("own",), {}, spec({**ME, "policies": ["own"], "suspended": True})),
    "end of the user": (("own",), {}, spec({**ME, "policies": ["own"], **PAST})),
    "end of an attachment": (("own",), {}, spec({**ME, "policies": [{"name": "own", **PAST}]})),
    "end of a membership": ((), {"groups": ["ops"]}, spec({**ME, "groups": [{"name": "ops", **PAST}]})),
    "password": (("own",), {"key": False}, spec({**ME, "policies": ["own"], "console": False})),
    "name": (
        ("name",),
        {},
        spec(None) + f"users: {yaml({'eve': {**ME, 'policies': ['name'], 'renamed_from': 'ana'}})}\n",
    ),
    "path": (("path",), {}, spec({"policies": ["path"]})),
    "tag": (("tag",), {}, spec({**ME, "policies": ["tag"], "tags": {"team": "none"}})),
}


@pytest.mark.parametrize("way", LOCKOUTS)
def test_a_caller_who_is_a_user_is_not_locked_out(story, way):
    """Kills: an apply that takes the access away with which it runs."""
    policies, more, said = LOCKOUTS[way]
    ana(story, *policies, **more)
    made = story.plan(said.replace("users: {}\nusers:", "users:"))
    assert made.changes
    guards = {one.guard for one in made.complaints if not one.allowed}
    assert ("self-lockout" in guards, made.refused) == (True, True)


def test_a_change_that_takes_nothing_is_no_lockout(story):
    """Kills: a guard that complains of everything, so that nobody reads it."""
    ana(story, "own")
    made = story.plan(spec({**ME, "policies": ["own"], "tags": {"team": "ops", "more": "x"}}))
    assert (bool(made.changes), made.complaints) == (True, ())


def test_there_are_24_ways_to_lose_access():
    assert len(LOCKOUTS) == 24


def test_root_is_refused_by_name(story):
    ana(story)
    story.iam.caller_arn = "arn:aws:iam::123456789012:root"
    made = story.plan(spec({**ME, "tags": {"team": "x"}}))
    assert ([one.guard for one in made.complaints], made.refused) == (["root-caller"], True)


ADMINISTRATORS = document(allow())
LAST = {
    "detached": ("own", {}, {}),
    "of a document": ("own", {"policies": ["own"]}, {"policies": {"own": document(allow("s3:*"))}}),
    "prune": ("own", None, {"base": PRUNE}),
    "tombstone": ("own", None, {"base": f"{ACCOUNT}absent: {{users: {{ana: 2027-01-01}}}}\n"}),
    "suspended": ("own", {"policies": ["own"], "suspended": True}, {}),
    "ended": ("own", {"policies": ["own"], **PAST}, {}),
    "boundary": ("own", {"policies": ["own"], "permissions_boundary": "no"}, {}),
    "Deny": ("own", {"policies": ["own", "no"]}, {}),
    "password": ("own", {"policies": ["own"], "console": False}, {}),
    "left the group": ("group", {}, {}),
    "group without the policy": ("group", {"groups": ["ops"]}, {"ops": {}}),
    "Deny of the group": ("group", {"groups": ["ops"]}, {"ops": {"policies": ["own", "no"]}}),
}


@pytest.mark.parametrize("way", LAST)
def test_the_last_administrator_does_not_go(tmp_path, way):
    """Kills: an account that nobody can repair."""
    story = Story(tmp_path)
    through, user, more = LAST[way]
    documents = {**POLICIES, "own": ADMINISTRATORS}
    for name in ("fence", "name", "path", "tag", "no", "own"):
        story.policy(name, document=documents[name])
    story.group("ops", policies=[f"{OWN}own"] if through == "group" else [])
    story.user("ana", "/ops/", groups=["ops"] if through == "group" else [])
    if through == "own":
        write(story, "AttachUserPolicy", UserName="ana", PolicyArn=f"{OWN}own")
    write(story, "CreateLoginProfile", UserName="ana", Password="Secret-1234567")
    ops = more.get("ops", {"policies": ["own"]} if through == "group" else {})
    policies = {"own": ADMINISTRATORS, **more.get("policies", {})}
    said = {**ME, **user} if user is not None else None
    made = story.plan(spec(said, policies=policies, ops=ops, base=more.get("base", ACCOUNT)))
    guards = {one.guard for one in made.complaints if not one.allowed}
    assert ("admin-quorum" in guards, made.refused, bool(made.changes)) == (True, True, True)
