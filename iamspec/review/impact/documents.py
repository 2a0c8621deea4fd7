"""The effect of each changed document, and each policy that a group gains or loses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iamspec.access.principals import Documents
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, Resource
from iamspec.plan.model import Change, Plan
from iamspec.policy.document import Document
from iamspec.policy.meaning import Grants
from iamspec.review.impact.effect import Effect, effect

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


@dataclass(frozen=True, slots=True)
class Changed:
    """A document that replaces another document. None for no document.

    `unknown` are unread policies.
    """

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
        grants = Grants(_known(one.before), is_open=True), Grants(_known(one.after), is_open=True)
        yield replace(effect(one.address, one.field, grants, catalogue), unknown=one.unknown)


def _known(document: Document | None) -> tuple[Document, ...]:
    return () if document is None else (document,)


def documents(changes: Iterable[Change]) -> Iterator[Changed]:
    """The documents of entities that are new, gone or other."""
    for change in changes:
        kind = KINDS[change.address.kind]
        old, new = (kind.documents(one, granting=True) if one else {} for one in (change.before, change.after))
        for place in sorted({*old, *new}):
            if old.get(place) != new.get(place):
                yield Changed(change.address, place, old.get(place), new.get(place))


def attachments(changes: Iterable[Change]) -> Iterator[Attachment]:
    """The attachments of groups.

    Those of principals are part of what each principal gains and
    loses.
    """
    for change in changes:
        if change.blocked is None and not KINDS[change.address.kind].is_principal:
            old, new = _attached(change.before), _attached(change.after)
            for arn in sorted(old ^ new):
                yield Attachment(change.address, arn, arn in new)


def _attached(entity: Resource | None) -> frozenset[str]:
    return entity.policies if isinstance(entity, Holding) else frozenset()


def attached(plan: Plan, before: Documents, after: Documents) -> Iterator[Changed]:
    """The documents of these policies: after the plan for a new attachment, before it for a lost one."""
    for one in attachments(plan.changes):
        held = (after if one.comes else before).held(one.arn, None)
        old, new = (None, held.document) if one.comes else (held.document, None)
        unread = () if held.document is not None else (held.label,)
        yield Changed(one.group, f"policies.{held.owner.name}", old, new, unread)
