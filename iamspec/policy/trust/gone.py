"""Principals of a trust policy that were deleted.

IAM shows their unique ids, and does not trust a new one of the
name.
"""

from collections.abc import Mapping
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.statement import PRINCIPALS, Statement, listed, statements
from iamspec.policy.trust.trusted import ENTITY, UNIQUE_ID


def gone(document: Document) -> tuple[str, ...]:
    """The unique ids of the deleted users and roles that a trust policy names, sorted."""
    return tuple(sorted(one for one in _names(document) if UNIQUE_ID.fullmatch(one)))


def replaced(live: Document, desired: Document) -> tuple[str, ...]:
    """The ARNs that the desired document has where the live one has ids of deleted principals, sorted.

    A place is an Allow statement with the same actions and the
    same principals apart from these. The rest of the document may
    differ, so that no other edit hides the exchange.
    """
    ids = frozenset(gone(live))
    fresh = frozenset(one for one in _names(desired) - _names(live) if ENTITY.fullmatch(one))
    places = [_place(one, ids) for one in statements(live.data) if one.allows and ids & _principals(one)]
    found = [one for one in statements(desired.data) if one.allows and fresh & _principals(one)]
    return tuple(sorted({arn for one in found if _place(one, fresh) in places for arn in fresh & _principals(one)}))


def _place(statement: Statement, names: frozenset[str]) -> tuple[object, ...]:
    """The actions of a statement, and its principals without some."""
    actions = sorted({one.lower() for _, one in statement.texts("Action")})
    rest = {element: statement.data[element] for element in PRINCIPALS if statement.has(element)}
    one = Document({"Statement": _less({**rest, "Effect": "Allow"}, names)})
    return (actions, one)


def _names(document: Document) -> set[str]:
    return {name for one in statements(document.data) for name in _principals(one)}


def _principals(statement: Statement) -> set[str]:
    """The texts of a statement that stand for principals of AWS."""
    found: set[str] = set()
    for element in PRINCIPALS:
        value = statement.data.get(element)
        found |= set(map(str, listed(value.get("AWS")))) if isinstance(value, Mapping) else set()
    return found


def _less(statement: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    one = dict(statement)
    for element in PRINCIPALS:
        value = one.get(element)
        if isinstance(value, Mapping) and "AWS" in value:
            one[element] = {**value, "AWS": [name for name in listed(value["AWS"]) if str(name) not in names]}
    return one
