"""Small accounts and an evaluator of their own: what the order of calls is judged by without the program's evaluator.

A world has two users, a role, two groups and two policies, with tags, suspension, boundaries, credentials and AWS policies
that deny. The role is managed in some of the worlds; in the others it was made by hand. Everything is drawn from a seeded generator, so a world is known by its number.
"""

import json
import random
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from fake import FakeIam

from iamspec.policy.managed import managed_documents

ACCOUNT = "123456789012"
AWS = ("ReadOnlyAccess", "AdministratorAccess", "AWSDenyAll", "AWSLakeFormationDataAdmin")
ACTIONS = ("s3:*", "s3:Get*", "s3:GetObject", "iam:*", "iam:CreateUser", "lakeformation:*", "*")
TAG, MFA = "aws:PrincipalTag/team", "aws:MultiFactorAuthPresent"
CONDITIONS = ({"StringEquals": {TAG: "a"}}, {"StringEquals": {TAG: "b"}}, {"Bool": {MFA: "true"}})
REQUESTS = [
    (action, resource, mfa)
    for action in (
        "s3:GetObject",
        "s3:PutObject",
        "iam:CreateUser",
        "lakeformation:AddTagsToResource",
        "ec2:RunInstances",
    )
    for resource in ("arn:aws:s3:::b/x", "arn:aws:s3:::c/x")
    for mfa in (None, "true")
]


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


# What somebody may do


def allowed(iam: FakeIam) -> dict[str, frozenset[int]]:
    """The requests that each user and role of an account may make, by their number in REQUESTS."""
    account = iam.dump()
    names = [(kind, name) for kind in ("users", "roles") for name in account[kind]]
    return {f"{kind[:-1]}/{name}": _allowed(account, kind, name) for kind, name in names}


def _allowed(account: Mapping[str, Any], kind: str, name: str) -> frozenset[int]:
    one = account[kind][name]
    if kind == "users" and not (one["password"] or any(key["status"] == "Active" for key in one["keys"])):
        return frozenset()
    holders = [one, *(account["groups"][group] for group in one.get("groups", ()))]
    documents = [text for holder in holders for text in _documents(account, holder)]
    fence = _managed(account, one["boundary"]) if one["boundary"] else None
    tags = {key.lower(): value for key, value in one["tags"].items()}
    return frozenset(number for number in range(len(REQUESTS)) if _answer(documents, fence, number, tags.get("team")))


def _documents(account: Mapping[str, Any], holder: Mapping[str, Any]) -> list[str]:
    inline = [json.dumps(one) for one in holder["inline"].values()]
    return [*inline, *(_managed(account, arn) for arn in holder["attached"])]


def _managed(account: Mapping[str, Any], arn: str) -> str:
    if ":aws:policy/" in arn:
        return managed_documents()[arn].text
    return json.dumps(next(one["document"] for one in account["policies"].values() if one["arn"] == arn))


def _answer(documents: Iterable[str], fence: str | None, number: int, team: str | None) -> bool:
    said = {effect for text in documents for effect in _effects(text, number, team)}
    fenced = _effects(fence, number, team) if fence else {"Allow"}
    return "Allow" in said and "Allow" in fenced and "Deny" not in said | fenced


@cache
def _effects(text: str, number: int, team: str | None) -> frozenset[str]:
    action, resource, mfa = REQUESTS[number]
    found = json.loads(text)["Statement"]
    values = {TAG: team, MFA: mfa}
    return frozenset(
        one["Effect"]
        for one in (found if isinstance(found, list) else [found])
        if _any(one, "Action", action.lower()) and _any(one, "Resource", resource) and _holds(one, values)
    )


def _any(one: Mapping[str, Any], element: str, value: str) -> bool:
    wanted = one.get(element, one.get(f"Not{element}"))
    patterns = wanted if isinstance(wanted, list) else [wanted]
    found = any(fnmatchcase(value, text.lower() if element == "Action" else text) for text in patterns)
    return found if element in one else not found


def _holds(one: Mapping[str, Any], values: Mapping[str, str | None]) -> bool:
    """Whether a condition holds. A key that the worlds do not know is absent from every request."""
    for operator, keys in one.get("Condition", {}).items():
        for key, wanted in keys.items():
            value = values.get(key)
            expected = wanted if isinstance(wanted, list) else [wanted]
            if value is None:
                if not operator.startswith(("StringNot", "ArnNot")) and not operator.endswith("IfExists"):
                    return False
            elif (value in expected) == operator.startswith("StringNot"):
                return False
    return True
