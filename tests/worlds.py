"""Random specs and random accounts: what the laws are about."""

import json
from datetime import timedelta
from functools import cache
from typing import Any

import yaml
from fake import FakeIam
from fake.defaults import TRUST
from hypothesis import strategies as st
from saml import metadata

from iamspec.commands import importing
from iamspec.commands.imported import as_files
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.policy.suspension import DENY_ALL, NAME as SUSPENDED

ACCOUNT = "123456789012"
USERS = ("ann", "bob", "cid", "dan", "svc-x", "svc-y")
GROUPS = ("devs", "ops", "svc-g")
POLICIES = ("read", "write", "deny", "svc-p")
AWS = ("aws:ReadOnlyAccess", "aws:AdministratorAccess", "aws:job-function/Billing")
SECTIONS = ("users", "groups", "policies", "roles")
PATHS = ("/", "/team/", "/svc/")

ROLES = ("app", "job", "svc-r")
PROFILES = ("app", "by-hand", "old")  # of a role, of another one, and of nobody
HUB, MILL = "https://hub.example.com", "https://mill.example.com/ci"  # issuers of tokens
SAML = ("okta", "ping")
PRUNING = ["users", "groups", "policies", "roles", "instance_profiles", "identity_providers"]
TRUSTED = ({"service": "ec2.amazonaws.com"}, {"service": "lambda.amazonaws.com"}, {"account": "210987654321"})

STATEMENTS = (
    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": ["*"]},
    {"Effect": "Allow", "Action": ["ec2:*", "s3:Put*"], "Resource": "arn:aws:s3:::b/*"},
    {"Sid": "X", "Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}},
    {"Effect": "Deny", "NotAction": "sts:*", "Resource": "*"},
)


# Strategies are made once: making and checking them anew takes longer than a draw.


TAGS = st.dictionaries(st.sampled_from(["Team", "cost", "a"]), st.sampled_from(["", "1", "x y"]), max_size=2)
BOOLEANS = st.booleans()
FIFTHS = st.integers(0, 4)
PRUNED_WITH_ROLES = st.sampled_from([False, True, PRUNING])
PROVIDERS = st.none() | st.dictionaries(st.sampled_from(["hub", *SAML]), TAGS, max_size=3)
ORDERS_OF_PROFILES = st.permutations(PROFILES)
LONE_PROFILES = st.dictionaries(
    st.sampled_from(PROFILES),
    st.fixed_dictionaries({}, optional={"path": st.sampled_from(PATHS), "tags": TAGS}),
    max_size=2,
)


@cache
def any_of(values):
    return st.sampled_from(values)


@cache
def documents():
    statements = st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=3, unique_by=str)
    return statements.map(lambda found: {"Version": "2012-10-17", "Statement": found if len(found) != 1 else found[0]})


def subset(values, most=3):
    return _subset(tuple(values), most)


@cache
def _subset(values, most):
    return st.lists(st.sampled_from(values), max_size=most, unique=True) if values else st.just([])


def entity(**fields):
    """A mapping in which each field may be left out."""
    return st.fixed_dictionaries({}, optional=fields)


@st.composite
def specs(draw, *, scoped: bool = False, roles: bool = False) -> dict[str, Any]:
    """A spec without errors, as data."""
    policies = draw(subset(POLICIES, 4))
    groups = draw(subset(GROUPS))
    users = draw(subset(USERS, 5))
    managed = (*(name for name in POLICIES if name in policies), *AWS)
    spec: dict[str, Any] = {"account": {"id": ACCOUNT}, "policies": {}, "groups": {}, "users": {}}
    for name in policies:
        spec["policies"][name] = draw(policy()) | {"document": draw(documents())}
    for name in groups:
        spec["groups"][name] = draw(group(managed))
    closed = {name for name in groups if draw(BOOLEANS)}
    for name in closed:
        spec["groups"][name]["members"] = draw(subset(users, 5))
    opened = tuple(name for name in GROUPS if name in groups and name not in closed)
    for name in users:
        spec["users"][name] = draw(user(managed, opened))
    if roles and draw(BOOLEANS):
        federation(draw, spec, managed)
    if draw(BOOLEANS):
        spec["account"]["alias"] = draw(any_of(("acme", "acme-2", None)))
    spec["prune"] = draw(PRUNED_WITH_ROLES if roles else BOOLEANS)
    gone = [name for name in USERS if name not in users]
    if gone and draw(BOOLEANS):
        spec["absent"] = {"users": {draw(any_of(tuple(gone))): "2030-01-01"}}
    if scoped:
        spec["scope"] = {"exclude": {kind: ["svc-*", "/svc/*"] for kind in SECTIONS}}
        _drop_excluded(spec)
    return spec


def federation(draw, spec, managed) -> None:
    """Roles, the identity providers that they trust, and instance profiles, each in one role at most."""
    providers = draw(PROVIDERS)
    if providers is not None:
        spec["identity_providers"] = {name: _provider(draw, name, found) for name, found in providers.items()}
    trusting = role(managed, tuple(providers or ()))
    spec["roles"] = {name: draw(trusting) for name in draw(subset(ROLES))}
    free = [*draw(ORDERS_OF_PROFILES)]
    for one in spec["roles"].values():
        if draw(BOOLEANS) and free:
            one["instance_profile"] = free.pop()
    if draw(BOOLEANS):
        spec["instance_profiles"] = draw(LONE_PROFILES)


def _provider(draw, name, tags) -> dict[str, Any]:
    written = {"tags": tags} if draw(BOOLEANS) else {}
    if name != "hub":
        return {**written, "saml": metadata(number=draw(any_of((1, 2))))}
    return {**written, "oidc": HUB, "client_ids": draw(subset(("a", "b", "c")))}


def _trusting(name) -> dict[str, Any]:
    return {"oidc": name, "subject": "x"} if name == "hub" else {"saml": name}


@cache
def inline_policies():
    return st.dictionaries(st.sampled_from(["in1", "in2"]), documents(), max_size=2)


@cache
def policy():
    return entity(path=st.sampled_from(PATHS), tags=TAGS, description=st.just("text"))


@cache
def group(managed):
    return entity(path=st.sampled_from(PATHS), policies=subset(managed), inline_policies=inline_policies())


@cache
def user(managed, groups):
    return entity(
        path=st.sampled_from(PATHS),
        tags=TAGS,
        groups=subset(groups),
        policies=subset(managed),
        inline_policies=inline_policies(),
        permissions_boundary=st.sampled_from([None, *managed]),
    )


@cache
def role_fields(managed):
    return entity(
        path=st.sampled_from(PATHS),
        description=st.sampled_from(["", "works"]),
        policies=subset(managed),
        inline_policies=inline_policies(),
        permissions_boundary=st.sampled_from([None, *managed]),
        max_session_duration=st.sampled_from([3600, 7200]),
        tags=TAGS,
    )


@cache
def role(managed, providers):
    """A role, with all that a role may have."""
    trusted = [*TRUSTED, *map(_trusting, providers)]
    trusts = st.lists(st.sampled_from(trusted), min_size=1, max_size=2, unique_by=str)
    return st.builds(lambda found, trust: {**found, "trust": trust}, role_fields(managed), trusts)


def _drop_excluded(spec: dict[str, Any]) -> None:
    """No declaration of what is out of scope, nor a mention of it."""
    for section in SECTIONS if "roles" in spec else SECTIONS[:3]:
        spec[section] = {
            name: one
            for name, one in spec[section].items()
            if not name.startswith("svc-") and one.get("path") != "/svc/"
        }
    spec["absent"] = {"users": dict(spec.get("absent", {}).get("users", {}))}
    kept = {"groups": set(spec["groups"]), "policies": {*spec["policies"], *AWS}, "members": set(spec["users"])}
    for one in (*spec["users"].values(), *spec["groups"].values(), *spec.get("roles", {}).values()):
        for key, names in kept.items():
            if one.get(key) is not None:
                one[key] = [name for name in one[key] if name in names]
        if one.get("permissions_boundary") not in {None, *kept["policies"]}:
            del one["permissions_boundary"]


def written(folder, spec: dict[str, Any]) -> list[str]:
    """The spec as a file in a folder, as paths for a command."""
    (folder / "iamspec.yaml").write_text(yaml.dump(spec, Dumper=yaml.CSafeDumper, sort_keys=False), encoding="utf-8")
    return [str(folder)]


def imported(folder, iam) -> list[str]:
    """What import writes about an account, below a folder, as paths for a command."""
    for name, text in as_files(importing.take(iam)).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [str(folder)]


def arn(reference: str) -> str:
    if reference.startswith("aws:"):
        return f"arn:aws:iam::aws:policy/{reference[4:]}"
    return f"arn:aws:iam::{ACCOUNT}:policy/{reference}"


@cache
def chosen_of(count, most):
    return st.lists(st.sampled_from(range(count)), max_size=most)


@st.composite
def histories(draw, *, roles: bool = False) -> list[Call]:
    """Calls that people make by hand; some of them will be refused, as those of people are."""
    user, group = any_of(USERS), any_of(GROUPS)
    policy = any_of(tuple(map(arn, (*POLICIES, *AWS))))
    makers = [
        lambda: ("CreateUser", {"UserName": draw(user), "Path": draw(any_of(PATHS))}),
        lambda: ("CreateGroup", {"GroupName": draw(group), "Path": draw(any_of(PATHS))}),
        lambda: ("CreatePolicy", {"PolicyName": draw(any_of(POLICIES)), "PolicyDocument": _text(draw(documents()))}),
        lambda: ("CreatePolicyVersion", {"PolicyArn": draw(policy), "PolicyDocument": _text(draw(documents())), "SetAsDefault": draw(BOOLEANS)}),
        lambda: ("AddUserToGroup", {"UserName": draw(user), "GroupName": draw(group)}),
        lambda: ("AttachUserPolicy", {"UserName": draw(user), "PolicyArn": draw(policy)}),
        lambda: ("AttachGroupPolicy", {"GroupName": draw(group), "PolicyArn": draw(policy)}),
        lambda: ("PutUserPolicy", {"UserName": draw(user), "PolicyName": "by-hand", "PolicyDocument": _text(draw(documents()))}),
        lambda: ("PutGroupPolicy", {"GroupName": draw(group), "PolicyName": "in1", "PolicyDocument": _text(draw(documents()))}),
        lambda: ("PutUserPermissionsBoundary", {"UserName": draw(user), "PermissionsBoundary": draw(policy)}),
        lambda: ("TagUser", {"UserName": draw(user), "Tags": [{"Key": draw(any_of(("team", "Team", "z"))), "Value": "v"}]}),
        lambda: ("PutRolePermissionsBoundary", {"RoleName": draw(any_of(ROLES)), "PermissionsBoundary": draw(policy)}),
        lambda: ("CreateAccessKey", {"UserName": draw(user)}),
        lambda: ("CreateLoginProfile", {"UserName": draw(user), "Password": "correct-Horse-7"}),
        lambda: ("CreateAccountAlias", {"AccountAlias": draw(any_of(("acme", "by-hand")))}),
    ]  # fmt: skip
    of_roles = [
        lambda: ("CreateRole", {"RoleName": draw(any_of(ROLES)), "Path": draw(any_of(PATHS)), "AssumeRolePolicyDocument": _text(TRUST)}),
        lambda: ("AttachRolePolicy", {"RoleName": draw(any_of(ROLES)), "PolicyArn": draw(policy)}),
        lambda: ("PutRolePolicy", {"RoleName": draw(any_of(ROLES)), "PolicyName": "by-hand", "PolicyDocument": _text(draw(documents()))}),
        lambda: ("UpdateRole", {"RoleName": draw(any_of(ROLES)), "MaxSessionDuration": 7200}),
        lambda: ("CreateInstanceProfile", {"InstanceProfileName": draw(any_of(PROFILES)), "Path": draw(any_of(PATHS))}),
        lambda: ("AddRoleToInstanceProfile", {"InstanceProfileName": draw(any_of(PROFILES)), "RoleName": draw(any_of(ROLES))}),
        lambda: ("TagRole", {"RoleName": draw(any_of(ROLES)), "Tags": [{"Key": draw(any_of(("team", "Team", "z"))), "Value": "v"}]}),
        lambda: ("RemoveRoleFromInstanceProfile", {"InstanceProfileName": draw(any_of(PROFILES)), "RoleName": draw(any_of(ROLES))}),
        lambda: ("TagInstanceProfile", {"InstanceProfileName": draw(any_of(PROFILES)), "Tags": [{"Key": "a", "Value": "v"}]}),
        lambda: ("CreateOpenIDConnectProvider", {"Url": draw(any_of((HUB, MILL))), "ClientIDList": ["a", "z"]}),
        lambda: ("CreateSAMLProvider", {"Name": draw(any_of(SAML)), "SAMLMetadataDocument": metadata()}),
    ]  # fmt: skip
    makers += of_roles if roles else []
    chosen = draw(chosen_of(len(makers), 30))
    creations = [0] * 3 + [1] * 2 + [2] * 2
    if roles:  # two roles, a profile or two, and mostly somebody in one
        first = len(makers) - len(of_roles)
        creations += [first] * 2 + [first + 4] * 2 + [first + 5] * 2 + [len(makers) - 2, len(makers) - 1]
    return [Call(*makers[index]()) for index in (*creations, *chosen)]


def _text(document: Any) -> str:
    return json.dumps(document)


def lived(history: list[Call], *, roles: bool = True) -> FakeIam:
    """An account with a history."""
    iam = FakeIam()
    for call in history:
        try:
            iam.write(call)
        except IamError:
            continue
    if roles:
        held = [arn for arn in ("arn:aws:iam::123456789012:policy/write",) if _exists(iam, arn)]
        iam.add_role("worker", attached=held)
    iam.calls.clear()
    return iam


def _exists(iam: FakeIam, policy_arn: str) -> bool:
    return iam.read_each([Call("GetPolicy", {"PolicyArn": policy_arn})]) != [None]


# Changes in which much moves at once, between few entities


CROWD = ("ann", "bob")
TEAMS = ("devs", "ops")
SHARED = ("read", "write", "limit")
MOVING = (
    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"},
    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    {"Effect": "Allow", "Action": "iam:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}},
    {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}},
)


def moving_documents():
    statements = st.lists(st.sampled_from(MOVING), min_size=1, max_size=2, unique_by=str)
    return statements.map(lambda found: {"Version": "2012-10-17", "Statement": found})


@cache
def crowds(users=CROWD) -> st.SearchStrategy[dict[str, Any]]:
    """A spec in which some users, two groups and three policies are there, and all the rest is left to chance."""
    managed = [*SHARED, "aws:AdministratorAccess", "aws:ReadOnlyAccess", "aws:AWSDenyAll"]
    inline = st.dictionaries(st.just("in"), moving_documents(), max_size=1)
    user = entity(
        groups=subset(TEAMS, 2),
        policies=subset(managed, 2),
        inline_policies=inline,
        permissions_boundary=st.sampled_from([None, None, *managed]),
    )
    group = entity(policies=subset(managed, 2), inline_policies=inline)
    trust = st.fixed_dictionaries({"trust": st.sampled_from(TRUSTED).map(lambda one: [one])})
    limit = st.sampled_from([None, None, *managed])
    role = entity(policies=subset(managed, 2), inline_policies=inline, permissions_boundary=limit)
    roles = st.builds(lambda one, two: {**one, **two}, role, trust)
    return st.fixed_dictionaries(
        {
            "account": st.just({"id": ACCOUNT}),
            "prune": st.just(value=True),
            "policies": st.fixed_dictionaries(
                {name: st.fixed_dictionaries({"document": moving_documents()}) for name in SHARED}
            ),
            "groups": st.fixed_dictionaries(dict.fromkeys(TEAMS, group)),
            "users": st.fixed_dictionaries(dict.fromkeys(users, user)),
            "roles": st.fixed_dictionaries({"app": roles}),
        }
    )


@st.composite
def moves(draw) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two specs, for before and after a change: most entities stay, some move, and few go or come."""
    before, other = draw(crowds()), draw(crowds((*CROWD, "cid")))
    after: dict[str, Any] = {**before, "policies": {}, "groups": {}, "users": {}, "roles": {}}
    for section in ("policies", "groups", "users", "roles"):
        for name, one in other[section].items():
            kept = before[section].get(name, {})
            fields = {key: (one if draw(BOOLEANS) else kept).get(key) for key in sorted({*kept, *one})}
            after[section][name] = {key: value for key, value in fields.items() if value is not None}
    if draw(FIFTHS) == 0:
        del after["users"]["bob"]
    if draw(BOOLEANS):
        del after["users"]["cid"]
    if draw(FIFTHS) == 0:
        after["groups"]["ops"]["members"] = [
            name for name, one in after["users"].items() if "ops" in one.get("groups", ())
        ]
    return before, after


# What people sign in with


ENDS = ("2025-06-01", "2026-01-05", "2026-03-01", "2031-01-01")  # the account in memory begins in 2026


@cache
def _may_end(name: str) -> st.SearchStrategy[Any]:
    return st.sampled_from([name, name, *({"name": name, "expires": end} for end in ENDS)])


@cache
def signing_fields():
    rotated = st.fixed_dictionaries(
        {"active": st.just(1), "rotate_after_days": st.sampled_from([1, 30, 90])},
        optional={"overlap_days": st.sampled_from([0, 7]), "force": st.booleans()},
    )
    return entity(
        console=st.sampled_from([True, False, {"password_reset_required": False}]),
        access_keys=st.one_of(st.integers(0, 2), rotated, st.just({"active": 0, "force": True})),
        suspended=st.booleans(),
        expires=st.sampled_from(ENDS),
    )


@st.composite
def signing_specs(draw) -> dict[str, Any]:
    """A spec with passwords, keys, suspensions, and with ends of users, memberships, attachments and inline policies."""
    spec: dict[str, Any] = draw(specs())
    for one in spec["users"].values():
        one.update(draw(signing_fields()))
        for key in ("groups", "policies"):
            one[key] = [draw(_may_end(name)) for name in one.get(key, ())]
        for name, document in one.get("inline_policies", {}).items():
            if draw(BOOLEANS):
                one["inline_policies"][name] = {"expires": draw(any_of(ENDS)), "document": document}
    return spec


@st.composite
def signing_histories(draw) -> list[Any]:
    """A history in which people also make, use, switch off and take away credentials, suspend users, and time passes."""
    user = any_of(USERS)
    makers = [
        lambda: ("password", draw(user)),
        lambda: ("no password", draw(user)),
        lambda: ("key", draw(user)),
        lambda: ("key", draw(user)),
        lambda: ("asleep", draw(user)),
        lambda: ("use", draw(user)),
        lambda: ("no key", draw(user)),
        lambda: ("suspend", draw(user)),
        lambda: ("days", draw(any_of((0.5, 3, 40, 100)))),
    ]
    chosen = draw(chosen_of(len(makers), 15))
    return [*draw(histories()), *(makers[index]() for index in chosen)]


def signed(history: list[Any]) -> FakeIam:
    """An account with a history of credentials, too; what cannot be done is left."""
    iam = lived([one for one in history if isinstance(one, Call)])
    for what, value in (one for one in history if not isinstance(one, Call)):
        happened(iam, what, value)
    iam.calls.clear()
    return iam


def happened(iam: FakeIam, what: str, value: Any) -> None:
    """One thing that people do with credentials by hand, or the passing of days."""
    if what == "days":
        iam.state.clock += timedelta(days=value)
        return
    held = iam.state.users.get(value)
    if held is None:
        return
    if what == "password" and held.password is None:
        iam.given("CreateLoginProfile", UserName=value, Password="by-Hand-7-and-long")
    elif what == "no password":
        held.password = None
    elif what == "key" and len(held.keys) < 2:
        iam.given("CreateAccessKey", UserName=value)
    elif what == "suspend":
        iam.given("PutUserPolicy", UserName=value, PolicyName=SUSPENDED, PolicyDocument=DENY_ALL.text)
    elif held.keys:
        key = next(iter(held.keys.values()))
        if what == "use":
            key.used = iam.state.clock
        elif what == "asleep":
            key.status = "Inactive"
        elif what == "no key":
            del held.keys[key.id]
