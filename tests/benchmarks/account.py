"""Accounts of any size as their specs have them: the same account every time. Two of them, `kind` and `full`.

The kind account has few tags and documents of a few shapes. The full account has what real accounts have: documents of
one to five statements of many shapes, tags on 60 % or all of its policies, and sign-in declared for every user.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

ACCOUNT_ID = "123456789012"
ALIAS = "acme-prod"
CREATED = "2026-01-01T00:00:00Z"  # everything there is
MOST_GROUPS = 500  # that AWS grants
TAGGED_POLICIES = 20  # of the kind account
POWERFUL = 250  # one user in so many has power over the sign-in of others, where sign-in is declared
TEAMS = ("billing", "data", "mobile", "network", "payments", "platform", "search", "security", "storefront", "support")
AWS_POLICIES = (
    "AmazonEC2ReadOnlyAccess",
    "AmazonS3ReadOnlyAccess",
    "CloudWatchReadOnlyAccess",
    "IAMUserChangePassword",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/Billing",
    "job-function/ViewOnlyAccess",
)
ACTIONS = {  # by service, with the resources that they are about
    "s3": (("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"), "arn:aws:s3:::{name}/*"),
    "dynamodb": (
        ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"),
        "arn:aws:dynamodb:eu-west-1:{account}:table/{name}",
    ),
    "sqs": (
        ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
        "arn:aws:sqs:eu-west-1:{account}:{name}",
    ),
    "sns": (("Publish", "GetTopicAttributes"), "arn:aws:sns:eu-west-1:{account}:{name}"),
    "logs": (
        ("GetLogEvents", "FilterLogEvents", "DescribeLogStreams"),
        "arn:aws:logs:eu-west-1:{account}:log-group:/apps/{name}:*",
    ),
    "secretsmanager": (
        ("GetSecretValue", "DescribeSecret"),
        "arn:aws:secretsmanager:eu-west-1:{account}:secret:{name}-*",
    ),
    "ecr": (("BatchGetImage", "GetDownloadUrlForLayer"), "arn:aws:ecr:eu-west-1:{account}:repository/{name}"),
}


@dataclass(frozen=True, slots=True)
class Size:
    """What is in an account. `tagged` is the share of policies with tags, None for the kind account."""

    users: int = 5000
    groups: int = 300
    policies: int = 1500
    tagged: float | None = 1.0
    sign_in: bool = False

    @property
    def is_kind(self) -> bool:
        return self.tagged is None

    @property
    def entities(self) -> int:
        return self.users + self.groups + self.policies

    def of(self, users: int) -> "Size":
        """An account of the same kind with another number of users; groups and policies in proportion."""
        groups, policies = (max(1, number * users // self.users) for number in (self.groups, self.policies))
        return Size(users, min(groups, MOST_GROUPS), policies, tagged=self.tagged, sign_in=self.sign_in)


FULL = Size()
KIND = Size(tagged=None)


@dataclass(frozen=True, slots=True)
class Declared:
    """The three sections of a spec, by name and as people write them; documents stand in their places."""

    users: dict[str, Any]
    groups: dict[str, Any]
    policies: dict[str, Any]


def declared(size: Size = FULL) -> Declared:
    """Users in two or three groups each, some with policies or an inline policy of their own, all with tags."""
    chance = Random(5000)
    written = _document if size.is_kind else _mixed_document
    policies = {f"{_team(n)}-app-{n:04d}": _policy(chance, n, size, written) for n in range(size.policies)}
    groups = {f"{_team(n)}-{n:03d}": _group(chance, n, list(policies), written) for n in range(size.groups)}
    names = {"groups": list(groups), "policies": list(policies)}
    users = {f"{_team(n)}.person{n:04d}": _user(chance, n, names, size) for n in range(size.users)}
    return Declared(users, groups, policies)


def _team(number: int) -> str:
    return TEAMS[number % len(TEAMS)]


Written = Callable[[Random, str, int], dict[str, Any]]


def _policy(chance: Random, number: int, size: Size, written: Written) -> dict[str, Any]:
    policy: dict[str, Any] = {"path": f"/{_team(number)}/"} if number % 5 == 0 else {}
    if number < TAGGED_POLICIES if size.tagged is None else number % 100 < size.tagged * 100:
        policy["tags"] = {"owner": _team(number), "service": f"app-{number:04d}"}
    most = 4 if size.is_kind else 5
    return policy | {"document": written(chance, f"{_team(number)}-{number:04d}", chance.randint(1, most))}


def _group(chance: Random, number: int, policies: list[str], written: Written) -> dict[str, Any]:
    group: dict[str, Any] = {"path": f"/{_team(number)}/"}
    chosen = chance.sample(policies, min(3, len(policies)))
    group["policies"] = [*chosen, f"aws:{chance.choice(AWS_POLICIES)}"]
    if number % 4 == 0:
        group["inline_policies"] = {"own": written(chance, f"group-{number}", 2)}
    return group


def _user(chance: Random, number: int, names: dict[str, list[str]], size: Size) -> dict[str, Any]:
    user: dict[str, Any] = {
        "path": f"/{_team(number)}/",
        "tags": {"team": _team(number), "cost-center": f"{number:04d}"},
    }
    user["groups"] = chance.sample(names["groups"], min(len(names["groups"]), chance.randint(2, 3)))
    if number % 5 == 0:
        user["policies"] = [*chance.sample(names["policies"], chance.randint(1, 2)), "aws:IAMUserChangePassword"]
    if number % 8 == 0:
        user["inline_policies"] = {"own": (_document if size.is_kind else _mixed_document)(chance, f"user-{number}", 1)}
    if number % 10 == 0:
        user["permissions_boundary"] = chance.choice(names["policies"])
    if size.sign_in:
        user |= {"console": number % 3 != 0, "access_keys": int(number % 4 == 0)}
        if number % POWERFUL == 0:
            user["policies"] = [*user.get("policies", ()), "aws:IAMFullAccess"]
    return user


def _mixed_document(chance: Random, name: str, statements: int) -> dict[str, Any]:
    """Statements as many hands write them: one text or a list, wildcards, exceptions, conditions, refusals."""
    services = chance.sample(sorted(ACTIONS), statements)
    shapes = chance.choices(SHAPES, k=statements)
    found = [shape(chance, _statement(chance, one, name)) for shape, one in zip(shapes, services, strict=True)]
    return {"Version": "2012-10-17", "Statement": found[0] if statements == 1 and chance.random() < 0.3 else found}


def _plain(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    return statement


def _single(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": statement["Action"][0], "Resource": statement["Resource"]}


def _wild(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    service = statement["Action"][0].partition(":")[0]
    return {**statement, "Action": [f"{service}:Get*", f"{service}:List*", f"{service}:Describe*"], "Resource": "*"}


def _several(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "Resource": [statement["Resource"], f"{statement['Resource']}-{chance.randint(1, 9)}"]}


def _refusal(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    bare = {key: one for key, one in statement.items() if key not in {"Action", "Condition"}}
    service = statement["Action"][0].partition(":")[0]
    unless = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    return {**bare, "Effect": "Deny", "NotAction": [f"{service}:Get*", "iam:ChangePassword"], "Condition": unless}


def _conditional(chance: Random, statement: dict[str, Any]) -> dict[str, Any]:
    tests = {
        "StringLike": {"aws:PrincipalTag/team": chance.sample(TEAMS, 2)},
        "IpAddress": {"aws:SourceIp": f"10.{chance.randint(0, 250)}.0.0/16"},
    }
    return {**statement, "Condition": tests}


SHAPES = (_plain, _plain, _single, _wild, _several, _refusal, _conditional)


def _document(chance: Random, name: str, statements: int) -> dict[str, Any]:
    services = chance.sample(sorted(ACTIONS), statements)
    return {"Version": "2012-10-17", "Statement": [_statement(chance, service, name) for service in services]}


def _statement(chance: Random, service: str, name: str) -> dict[str, Any]:
    actions, resource = ACTIONS[service]
    chosen = chance.sample(actions, chance.randint(1, len(actions)))
    statement: dict[str, Any] = {
        "Sid": f"Use{service.capitalize()}",
        "Effect": "Allow",
        "Action": [f"{service}:{one}" for one in chosen],
        "Resource": resource.format(name=name, account=ACCOUNT_ID),
    }
    if chance.random() < 0.2:
        statement["Condition"] = {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}
    return statement
