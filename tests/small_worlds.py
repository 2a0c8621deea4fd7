"""Small accounts before and after a change: what the order of calls is tried on.

A world has two users, a role, two groups and two policies, with tags, suspension, boundaries, credentials and AWS policies
that deny. The role is managed in some of the worlds; in the others it was made by hand. Everything is drawn from a seeded generator, so a world is known by its number.
"""

import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

from fake import FakeIam

from iamspec.policy.suspension import DENY_ALL, NAME as SUSPENSION

ACCOUNT = "123456789012"
AWS = ("ReadOnlyAccess", "AdministratorAccess", "AWSDenyAll", "AWSLakeFormationDataAdmin")
ACTIONS = ("s3:*", "s3:Get*", "s3:GetObject", "iam:*", "iam:CreateUser", "lakeformation:*", "*")
TAG, MFA = "aws:PrincipalTag/team", "aws:MultiFactorAuthPresent"
CONDITIONS = ({"StringEquals": {TAG: "a"}}, {"StringEquals": {TAG: "b"}}, {"Bool": {MFA: "true"}})
PASSWORD = "Correct-horse-7-battery-staple"


def statement(chance: random.Random) -> dict[str, Any]:
    named = "NotAction" if chance.random() < 0.15 else "Action"
    found: dict[str, Any] = {
        "Effect": "Deny" if chance.random() < 0.35 else "Allow",
        named: chance.sample(ACTIONS, chance.choice((1, 1, 2))),
        "Resource": chance.choice(("*", "*", "arn:aws:s3:::b/*")),
    }
    if chance.random() < 0.25:
        found["Condition"] = chance.choice(CONDITIONS)
    return found


def document(chance: random.Random) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement(chance) for _ in range(chance.choice((1, 1, 2)))]}


def some(chance: random.Random, values: Iterable[str], most: int = 2) -> list[str]:
    pool = list(values)
    return chance.sample(pool, chance.randint(0, min(most, len(pool))))


def spec(chance: random.Random, policies: Mapping[str, Any], *, credentials: bool) -> dict[str, Any]:
    managed = [*policies, *(f"aws:{name}" for name in AWS)]

    def holder() -> dict[str, Any]:
        inline = {"in": document(chance)} if chance.random() < 0.3 else {}
        return {"policies": some(chance, managed), "inline_policies": inline}

    groups = {name: holder() for name in ("g", "h")}
    users = {}
    for name in ("ann", "bob"):
        users[name] = holder() | {"groups": some(chance, groups), "suspended": chance.random() < 0.2}
        users[name]["permissions_boundary"] = chance.choice([None, None, *policies, "aws:ReadOnlyAccess"])
        users[name]["tags"] = chance.choice(({}, {"team": "a"}, {"team": "b"}, {"Team": "b"}))
        if credentials and not users[name]["suspended"]:
            users[name] |= {"access_keys": chance.choice((0, 1)), "console": chance.random() < 0.2}
    return {
        "account": {"id": ACCOUNT},
        "policies": {name: {"document": one} for name, one in policies.items()},
        "groups": groups,
        "users": users,
    }


def world(number: int) -> tuple[dict[str, Any], dict[str, Any], FakeIam]:
    """A spec, the spec that follows it, and an empty account with a role that the first one is to be applied to."""
    chance = random.Random(number)
    credentials = chance.random() < 0.5
    before = spec(chance, {name: document(chance) for name in ("p", "q")}, credentials=credentials)
    after = spec(chance, {name: document(chance) for name in ("p", "q")}, credentials=credentials)
    for section in ("policies", "groups", "users"):  # most of a spec stays as it is
        for name in before[section]:
            if chance.random() < 0.4:
                after[section][name] = before[section][name]
    if has_managed_role(number):
        own = random.Random(f"role {number}")
        before["roles"], after["roles"] = ({"worker": role(own, before)} for _ in range(2))
    return before, after, FakeIam(aws_managed=AWS)


def has_managed_role(number: int) -> bool:
    return number % 2 == 1


def role(chance: random.Random, given: Mapping[str, Any]) -> dict[str, Any]:
    managed = [*given["policies"], *(f"aws:{name}" for name in AWS)]
    return {
        "trust": [{"service": chance.choice(("ec2.amazonaws.com", "lambda.amazonaws.com"))}],
        "policies": some(chance, managed),
        "inline_policies": {"in": document(chance)} if chance.random() < 0.5 else {},
        "permissions_boundary": chance.choice([None, None, *managed]),
        "tags": chance.choice(({}, {"team": "a"}, {"team": "b"}, {"Team": "b"})),
        "suspended": chance.random() < 0.2,
    }


def add_role(iam: FakeIam, number: int) -> None:
    """A role that holds some of the policies, as people make one by hand, where no spec manages it."""
    if has_managed_role(number):
        return
    chance = random.Random(-number)
    arns = [f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in ("p", "q")]
    inline = {"own": document(chance)} if chance.random() < 0.3 else {}
    iam.add_role("worker", attached=some(chance, arns), inline=inline, boundary=chance.choice([None, *arns]))


# The account before


def started(iam: FakeIam, spec: Mapping[str, Any]) -> None:
    """Puts all that a spec says into an empty account, with calls that no plan has ordered."""
    for name, one in spec["policies"].items():
        iam.given("CreatePolicy", PolicyName=name, Path="/", PolicyDocument=json.dumps(one["document"]))
    for name, one in spec["groups"].items():
        iam.given("CreateGroup", GroupName=name)
        _hold(iam, "Group", name, one)
    for name, one in spec.get("roles", {}).items():
        iam.given("CreateRole", RoleName=name, AssumeRolePolicyDocument=json.dumps(_trust(one["trust"])))
        _hold(iam, "Role", name, one)
    for name, one in spec["users"].items():
        iam.given("CreateUser", UserName=name)
        _hold(iam, "User", name, one)
        for group in one["groups"]:
            iam.given("AddUserToGroup", UserName=name, GroupName=group)
        for _ in range(one.get("access_keys", 0)):
            iam.given("CreateAccessKey", UserName=name)
        if one.get("console"):
            iam.given("CreateLoginProfile", UserName=name, Password=PASSWORD, PasswordResetRequired=True)


def _hold(iam: FakeIam, kind: str, name: str, one: Mapping[str, Any]) -> None:
    who = {f"{kind}Name": name}
    inline = {key: json.dumps(value) for key, value in one["inline_policies"].items()}
    for key, text in (inline | ({SUSPENSION: DENY_ALL.text} if one.get("suspended") else {})).items():
        iam.given(f"Put{kind}Policy", **who, PolicyName=key, PolicyDocument=text)
    for policy in one["policies"]:
        iam.given(f"Attach{kind}Policy", **who, PolicyArn=_arn(policy))
    if one.get("permissions_boundary"):
        iam.given(f"Put{kind}PermissionsBoundary", **who, PermissionsBoundary=_arn(one["permissions_boundary"]))
    if one.get("tags"):
        iam.given(f"Tag{kind}", **who, Tags=[{"Key": key, "Value": value} for key, value in one["tags"].items()])


def _trust(entries: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    said = [
        {"Effect": "Allow", "Principal": {"Service": one["service"]}, "Action": "sts:AssumeRole"} for one in entries
    ]
    return {"Version": "2012-10-17", "Statement": said}


def _arn(policy: str) -> str:
    owner, _, name = policy.rpartition(":")
    return f"arn:aws:iam::{owner or ACCOUNT}:policy/{name}"
