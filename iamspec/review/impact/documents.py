"""What each changed document grants more or less, and each policy that a group is given or loses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from iamspec.access.principals import Documents
from iamspec.kinds.contract import Address
from iamspec.plan.model import Change, Plan
from iamspec.policy.document import Document
from iamspec.policy.meaning import Grants
from iamspec.review.impact.effect import Effect, effect

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


@dataclass(frozen=True, slots=True)
class Changed:
    """A document in the place of another one; None where there is none. `unknown` are policies that nobody could read."""

    address: Address
    field: str
    before: Document | None
    after: Document | None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A managed policy that comes to a group, or goes."""

    group: Address
    arn: str
    comes: bool


def effects(changed: Iterable[Changed], catalogue: "Catalogue") -> Iterator[Effect]:
    for one in changed:
        grants = Grants(_known(one.before)), Grants(_known(one.after))
        yield replace(effect(one.address, one.field, grants, catalogue), unknown=one.unknown)


def _known(document: Document | None) -> tuple[Document, ...]:
    return () if document is None else (document,)


def documents(changes: Iterable[Change]) -> Iterator[Changed]:
    """The documents of entities that are new, gone or other."""
    for change in changes:
        before: Any = change.before
        after: Any = change.after
        if change.address.kind == "policy":
            pair = (getattr(before, "document", None), getattr(after, "document", None))
            if pair[0] != pair[1]:
                yield Changed(change.address, "document", *pair)
            continue
        old, new = getattr(before, "inline_policies", {}), getattr(after, "inline_policies", {})
        for name in sorted({*old, *new}):
            if old.get(name) != new.get(name):
                yield Changed(change.address, f"inline_policies.{name}", old.get(name), new.get(name))


def attachments(changes: Iterable[Change]) -> Iterator[Attachment]:
    """Those of groups: what users attach themselves is told of each of them."""
    for change in changes:
        if change.address.kind == "group" and change.blocked is None:
            old: frozenset[str] = getattr(change.before, "policies", frozenset())
            new: frozenset[str] = getattr(change.after, "policies", frozenset())
            for arn in sorted(old ^ new):
                yield Attachment(change.address, arn, arn in new)


def attached(plan: Plan, before: Documents, after: Documents) -> Iterator[Changed]:
    """The documents of these policies: after the plan for a new attachment, before it for one that goes."""
    for one in attachments(plan.changes):
        held = (after if one.comes else before).held(one.arn, None)
        old, new = (None, held.document) if one.comes else (held.document, None)
        unread = () if held.document is not None else (held.label,)
        yield Changed(one.group, f"policies.{held.owner.name}", old, new, unread)
