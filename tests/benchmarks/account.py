"""An account of the size that IAM allows by default, as its spec has it: the same one every time."""

from dataclasses import dataclass
from random import Random
from typing import Any

ACCOUNT_ID = "123456789012"
ALIAS = "acme-prod"
USERS, GROUPS, POLICIES, TAGGED_POLICIES = 5000, 300, 1500, 20
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
class Declared:
    """The three sections of a spec, by name and as people write them; documents stand in their places."""

    users: dict[str, Any]
    groups: dict[str, Any]
    policies: dict[str, Any]


def declared() -> Declared:
    """Users in two or three groups each, some with policies or an inline policy of their own, all with tags."""
    chance = Random(5000)
    policies = {f"{_team(number)}-app-{number:04d}": _policy(chance, number) for number in range(POLICIES)}
    groups = {f"{_team(number)}-{number:03d}": _group(chance, number, list(policies)) for number in range(GROUPS)}
    names = {"groups": list(groups), "policies": list(policies)}
    users = {f"{_team(number)}.person{number:04d}": _user(chance, number, names) for number in range(USERS)}
    return Declared(users, groups, policies)


def _team(number: int) -> str:
    return TEAMS[number % len(TEAMS)]


def _policy(chance: Random, number: int) -> dict[str, Any]:
    policy: dict[str, Any] = {"path": f"/{_team(number)}/"} if number % 5 == 0 else {}
    if number < TAGGED_POLICIES:
        policy["tags"] = {"owner": _team(number), "service": f"app-{number:04d}"}
    return policy | {"document": _document(chance, f"{_team(number)}-{number:04d}", chance.randint(1, 4))}


def _group(chance: Random, number: int, policies: list[str]) -> dict[str, Any]:
    group: dict[str, Any] = {"path": f"/{_team(number)}/"}
    group["policies"] = [*chance.sample(policies, 3), f"aws:{chance.choice(AWS_POLICIES)}"]
    if number % 4 == 0:
        group["inline_policies"] = {"own": _document(chance, f"group-{number}", 2)}
    return group


def _user(chance: Random, number: int, names: dict[str, list[str]]) -> dict[str, Any]:
    user: dict[str, Any] = {
        "path": f"/{_team(number)}/",
        "tags": {"team": _team(number), "cost-center": f"{number:04d}"},
    }
    user["groups"] = chance.sample(names["groups"], chance.randint(2, 3))
    if number % 5 == 0:
        user["policies"] = [*chance.sample(names["policies"], chance.randint(1, 2)), "aws:IAMUserChangePassword"]
    if number % 8 == 0:
        user["inline_policies"] = {"own": _document(chance, f"user-{number}", 1)}
    if number % 10 == 0:
        user["permissions_boundary"] = chance.choice(names["policies"])
    return user


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
