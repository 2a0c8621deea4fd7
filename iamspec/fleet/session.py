"""The policy of a session in a role: it may do what the command needs, and nothing else that the role may do."""

import json
from typing import Any

from iamspec.errors import IamspecError
from iamspec.fleet.tasks import Task
from iamspec.iam import Account
from iamspec.review import permissions

SERVICE, READING = "iam:", ("Get", "List")
MOST = 2048  # characters of an inline session policy
SECRETS = "secretsmanager:"
SINK = ("CreateSecret", "DeleteSecret", "DescribeSecret", "PutSecretValue")  # what the sink calls


def session_policy(asked: Task) -> str:
    """The session policy of a task as JSON.

    The role has to allow the same: a session only narrows.
    """
    if asked.command == "status":
        return _fitting(_statements(permissions.watching().document))
    partition = (asked.reach.assume_role or "arn:aws:").split(":")[1]
    reading = permissions.reading(Account(permissions.EVERYWHERE.id, partition))
    return _fitting([*_statements(reading.document), *(_writes(asked) if asked.command == "apply" else ())])


def _statements(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["Statement"]
    return found


def _writes(asked: Task) -> list[dict[str, Any]]:
    """The operations of the saved plan, each on any entity: the plan itself names which."""
    from iamspec.kinds.operations import OPERATIONS  # noqa: PLC0415 - only an apply needs it

    steps = json.loads(asked.plan or "{}").get("steps", [])
    rows = [row for step in steps if (row := OPERATIONS.get(str(step.get("operation")))) is not None]
    wanted = {row.name for row in rows}
    wanted |= {row.back for row in rows if row.secret and row.back}  # what could not be delivered is taken back
    wanted |= {operation for row in rows for _, operation in row.authorised.also}
    actions = [f"iam:{name}" for name in sorted(wanted)]
    if (asked.asked.sink or "").startswith(SECRETS):
        actions += [f"{SECRETS}{name}" for name in SINK]
    return [{"Effect": "Allow", "Action": actions, "Resource": "*"}] if actions else []


def _fitting(statements: list[dict[str, Any]]) -> str:
    """The statements, as exact as there is room.

    If they are too long, their actions are allowed on any
    resource. After that, reads of IAM are given by their first
    word. Writes are never widened.
    """
    actions = sorted({one for statement in statements for one in _listed(statement["Action"])})
    reads = {f"{SERVICE}{word}*": f"{SERVICE}{word}" for word in READING}
    others = [one for one in actions if not one.startswith(tuple(reads.values()))]
    everywhere = ([{"Effect": "Allow", "Action": found, "Resource": "*"}] for found in (actions, [*reads, *others]))
    for one in (statements, *everywhere):
        if len(text := _text(one)) <= MOST:
            return text
    raise IamspecError(f"the session policy would have {len(text)} characters, and STS takes {MOST}")


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
