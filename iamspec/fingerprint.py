"""Hashes: of any value, and of a live entity with who holds it, which tell whether it has moved."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from iamspec.document import Document
from iamspec.kind import Address
from iamspec.kinds import KINDS
from iamspec.observe import Live

ABSENT = "absent"


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_jsonable)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, Document):
        return value.canonical
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def fingerprints(addresses: Iterable[Address], live: Live) -> dict[str, str]:
    """A hash of each live entity, with who holds it; ABSENT for what is not live."""
    if not (asked := sorted(addresses)):
        return {}
    holders, members = live.holders(), live.members()
    return {str(address): _entity_hash(address, live, holders, members) for address in asked}


def _entity_hash(
    address: Address, live: Live, holders: Mapping[str, Mapping[Address, str]], members: Mapping[Address, list[Address]]
) -> str:
    resource: Any = live.resources.get(address)
    if resource is None:
        return ABSENT
    whole: Any = KINDS[address.kind].whole(resource)
    held = sorted(f"{holder} {how}" for holder, how in holders.get(whole.facts.arn, {}).items())
    fields = KINDS[address.kind].compared(whole)
    return digest([str(address), fields, whole.facts.id, held, sorted(map(str, members.get(address, ())))])
