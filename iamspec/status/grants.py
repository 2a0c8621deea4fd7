"""What the policies of an account allow, and who holds them."""

import re
from collections.abc import Iterator
from typing import Any

from iamspec.kinds.contract import Address
from iamspec.kinds.policy.shape import Policy
from iamspec.policy.document import Document
from iamspec.policy.statement import Statement, statements
from iamspec.status.evidence import Entities, Evidence

EVERYTHING = re.compile(r"\*+(:\*+)?")
SERVICE = re.compile(r"[^*?:]+:\*+")
ATTACHES = "attaches it"


def allows_everything(document: Document) -> bool:
    """Whether a statement allows every action on every resource, under conditions or not."""
    return any(
        _has(statement, "Action", EVERYTHING) and _has(statement, "Resource", EVERYTHING)
        for statement in allowing(document)
    )


def whole_services(document: Document) -> list[str]:
    """The services of which a statement allows every action, or every action but a whole service."""
    found = {
        text
        for statement in allowing(document)
        for element in ("Action", "NotAction")
        for _, text in statement.texts(element)
        if SERVICE.fullmatch(text)
    }
    return sorted(found)


def allowing(document: Document) -> Iterator[Statement]:
    return (one for one in statements(document.data) if one.allows)


def _has(statement: Statement, element: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(text) for _, text in statement.texts(element))


def attached(entities: Entities) -> dict[str, list[Address]]:
    """Who attaches each managed policy, by its ARN."""
    return {
        arn: sorted(address for address, how in holders.items() if how == ATTACHES)
        for arn, holders in entities.holders.items()
    }


def bounds_only(entities: Entities, policy: Policy) -> bool:
    """Whether a policy is used only as a boundary."""
    holders = entities.holders.get(policy.facts.arn, {})
    return bool(holders) and ATTACHES not in holders.values()


def policies(entities: Entities) -> Iterator[tuple[Address, Policy]]:
    for address, one in entities.live.resources.items():
        if isinstance(one, Policy):
            yield address, one


def inline(entities: Entities) -> Iterator[tuple[Address, str, Document]]:
    """Every inline policy of the account, with holder and name."""
    found: Any
    for address, found in entities.live.resources.items():
        if address.kind in {"user", "group"}:
            yield from ((address, name, one) for name, one in found.facts.inline.items())
    for role in entities.roles:
        yield from ((role.address, name, one) for name, one in role.inline.items())


def aws(found: Evidence, name: str) -> str:
    return f"arn:{found.account.partition}:iam::aws:policy/{name}"
