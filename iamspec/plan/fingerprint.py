"""Hashes of values, and of live entities with their holders.

A changed hash shows that an entity has moved.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamspec.iam import Call
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.kinds.operations import SIGNING
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.policy.document import Document

ABSENT = "absent"


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_jsonable)
    # IAM keeps a document with half of a surrogate pair in it
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def short(value: object) -> str:
    """A digest that people copy into the settings: 160 bits, as in git."""
    return digest(value).removeprefix("sha256:")[:40]


def _jsonable(value: Any) -> Any:
    if isinstance(value, Document):
        return value.canonical
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def fingerprints(addresses: Iterable[Address], live: Live, calls: Iterable[Call]) -> dict[str, str]:
    """A hash of each live entity with its holders.

    ABSENT for an entity that is not live. Credentials count for
    users whose credentials the calls change. The credentials of
    other users may be unread.
    """
    if not (asked := sorted(addresses)):
        return {}
    signing = signing_in(calls)
    resources = {one: _seen(live.resources.get(one), known=one in signing) for one in asked}
    holders, members = live.holders, live.members
    return {str(address): _entity_hash(address, resources[address], holders, members) for address in asked}


def signing_in(calls: Iterable[Call]) -> set[Address]:
    """The users whose credentials some calls change."""
    return {Address("user", call.params["UserName"]) for call in calls if call.operation in SIGNING}


def _seen(resource: Any, *, known: bool) -> Any:
    return replace(resource, console=None, access_keys=None) if isinstance(resource, User) and not known else resource


def _entity_hash(
    address: Address,
    resource: Any,
    holders: Mapping[str, Mapping[Address, str]],
    members: Mapping[Address, list[Address]],
) -> str:
    if resource is None:
        return ABSENT
    whole: Any = KINDS[address.kind].with_hidden(resource)
    held = sorted(f"{holder} {how}" for holder, how in holders.get(whole.facts.arn, {}).items())
    fields = KINDS[address.kind].compared(whole)
    return digest([str(address), fields, whole.facts.id, held, sorted(map(str, members.get(address, ())))])
