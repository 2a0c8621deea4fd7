"""Hashes of values, and of live entities with their holders.

A changed hash shows that an entity has moved.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamspec.iam import Call
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, Resource
from iamspec.kinds.operations import SIGNING
from iamspec.kinds.policy.shape import Policy
from iamspec.kinds.resource import policy_address
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
    """A hash of each live entity with the holders, and with the documents and members behind grants.

    ABSENT for an entity that is not live. Credentials count for
    users whose credentials the calls change. The credentials of
    other users may be unread.
    """
    if not (asked := sorted(addresses)):
        return {}
    signing = signing_in(calls)
    resources = {one: _seen(live.resources.get(one), known=one in signing) for one in asked}
    around = Around(live)
    return {str(address): _entity_hash(address, resources[address], around) for address in asked}


@dataclass(slots=True)
class Around:
    """What stands around the entities of an account.

    A membership means the documents of the group, and a grant
    means what the boundary lets through. A document means more
    the more users its holders have.
    """

    live: Live
    holders: Mapping[str, Mapping[Address, str]] = field(init=False)
    members: Mapping[Address, list[Address]] = field(init=False)
    _groups: dict[str, Mapping[str, object]] = field(default_factory=dict)
    _documents: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.holders, self.members = self.live.holders, self.live.members

    def documents(self, resource: Resource) -> Mapping[str, object]:
        """The documents that an entity holds and that stand elsewhere: policies of the account, and those of its groups."""
        if not isinstance(resource, Holding):
            return {}
        found: dict[str, object] = dict(self._managed(resource))
        for name in sorted(resource.groups):
            if of_group := self._of_group(name):
                found[f"group/{name}"] = of_group
        return found

    def _of_group(self, name: str) -> Mapping[str, object]:
        if name not in self._groups:
            group = self.live.resources.get(Address("group", name))
            found: dict[str, object] = {}
            if isinstance(group, Holding):
                inline = KINDS["group"].with_hidden(group).inline_policies
                found = {**dict(self._managed(group)), **{one: digest(inline[one]) for one in sorted(inline)}}
            self._groups[name] = found
        return self._groups[name]

    def _managed(self, holder: Holding) -> Iterator[tuple[str, str]]:
        boundary = holder.permissions_boundary
        for arn in sorted({*holder.policies, *([boundary] if boundary else [])}):
            if document := self._document(arn):
                yield arn, document

    def _document(self, arn: str) -> str:
        if arn not in self._documents:
            address = policy_address(arn, self.live.account)
            policy = self.live.resources.get(address) if address else None
            self._documents[arn] = digest(policy.document) if isinstance(policy, Policy) else ""
        return self._documents[arn]

    def users(self, arn: str) -> list[str]:
        """The users who have a policy by a group."""
        groups = [one for one in self.holders.get(arn, {}) if one.kind == "group"]
        return sorted({str(user) for one in groups for user in self.members.get(one, ())})


def signing_in(calls: Iterable[Call]) -> set[Address]:
    """The users whose credentials some calls change."""
    return {Address("user", call.params["UserName"]) for call in calls if call.operation in SIGNING}


def _seen(resource: Any, *, known: bool) -> Any:
    return replace(resource, console=None, access_keys=None) if isinstance(resource, User) and not known else resource


def _entity_hash(address: Address, resource: Any, around: Around) -> str:
    if resource is None:
        return ABSENT
    whole: Any = KINDS[address.kind].with_hidden(resource)
    held = sorted(f"{holder} {how}" for holder, how in around.holders.get(whole.facts.arn, {}).items())
    fields = KINDS[address.kind].compared(whole)
    members = sorted(map(str, around.members.get(address, ())))
    further = [one for one in (around.documents(whole), around.users(whole.facts.arn)) if one]
    return digest([str(address), fields, whole.facts.id, held, members, *further])
