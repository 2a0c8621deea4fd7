"""Principals of a trust policy that were deleted.

IAM shows their unique ids, and does not trust a new one of the
name.
"""

from collections.abc import Mapping
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.statement import PRINCIPALS, listed, statements
from iamspec.policy.trust.trusted import ENTITY, UNIQUE_ID


def gone(document: Document) -> tuple[str, ...]:
    """The unique ids of the deleted users and roles that a trust policy names, sorted."""
    return tuple(sorted(one for one in _names(document) if UNIQUE_ID.fullmatch(one)))


def replaced(live: Document, desired: Document) -> tuple[str, ...]:
    """The ARNs that the desired document has where the live one has ids of deleted principals, sorted.

    Nothing if the documents are equal, or differ in something
    else.
    """
    ids = frozenset(gone(live))
    fresh = frozenset(one for one in _names(desired) - _names(live) if ENTITY.fullmatch(one))
    if not ids or not fresh:
        return ()
    same = _without(live, ids) == _without(desired, fresh)
    return tuple(sorted(fresh)) if same else ()


def _names(document: Document) -> set[str]:
    found: set[str] = set()
    for statement in statements(document.data):
        for element in PRINCIPALS:
            value = statement.data.get(element)
            found |= set(map(str, listed(value.get("AWS")))) if isinstance(value, Mapping) else set()
    return found


def _without(document: Document, names: frozenset[str]) -> Document:
    """The document without some principals of AWS.

    An emptied list stays, so that the statement still counts.
    """
    found = [_less(one.data, names) for one in statements(document.data)]
    return Document({**document.data, "Statement": found}, document.partition)


def _less(statement: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    one = dict(statement)
    for element in PRINCIPALS:
        value = one.get(element)
        if isinstance(value, Mapping) and "AWS" in value:
            one[element] = {**value, "AWS": [name for name in listed(value["AWS"]) if str(name) not in names]}
    return one
