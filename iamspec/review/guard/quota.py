"""The guard `quota`: the limits of the account, out of GetAccountSummary."""

from collections.abc import Iterator
from dataclasses import dataclass

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Limit, Resource
from iamspec.plan.model import Action, Change
from iamspec.policy.document import Document
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint

NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class _Use:
    """The use of a limit after the plan, by an entity, or by a kind (then there is no address)."""

    address: Address | None
    what: str
    after: int
    limit: int


def quota(view: View) -> Iterator[Complaint]:
    """Complaints about limits that the plan exceeds. IAM would refuse a call in the middle of the apply."""
    for one in _uses(view):
        if one.after > one.limit:
            allows = "allows" if one.address else "may have"
            message = f"{one.after} {one.what} after this plan; this account {allows} {one.limit}"
            yield Complaint("quota", one.address, message)


def near(view: View) -> Iterator[str]:
    """Notes about limits that are four fifths used after the plan."""
    for one in _uses(view):
        if NEARLY * one.limit <= one.after <= one.limit:
            who = f"{one.address}: " if one.address else ""
            yield f"{who}{one.after} of {one.limit} {one.what} that this account may have, after this plan"


def _uses(view: View) -> Iterator[_Use]:
    """The limits of which the plan uses more than is used now."""
    for kind in reversed(KINDS.values()):
        for limit in (one for one in kind.limits if not one.field):
            allowed = view.quotas.get(limit.quota_key)
            if allowed is not None and view.changes(kind.name, Action.CREATE):
                yield _Use(None, kind.section, _count_after(view, kind.name, limit), allowed)
    for change in view.plan.changes:
        yield from _sizes(view, change)
        for limit in (one for one in KINDS[change.address.kind].limits if one.field):
            allowed = view.quotas.get(limit.quota_key)
            before, after = (_count(one, limit.field) for one in (change.before, change.after))
            if allowed is not None and after > before:
                yield _Use(change.address, limit.noun, after, allowed)


def _sizes(view: View, change: Change) -> Iterator[_Use]:
    """The documents whose size the account limits, such as the trust of a role."""
    for place in KINDS[change.address.kind].places:
        name, allowed = place.path[0], view.quotas.get(place.size_key)
        before, after = (_size(one, name) for one in (change.before, change.after))
        if allowed is not None and after > before:
            yield _Use(change.address, f"characters in {name}", after, allowed)


def _size(entity: Resource | None, field: str) -> int:
    found = getattr(entity, field, None)
    return found.size if isinstance(found, Document) else 0


def _count(entity: Resource | None, field: str) -> int:
    return len(getattr(entity, field, ()))


def _count_after(view: View, kind: str, limit: Limit) -> int:
    now = view.quotas.get(limit.key, 0)
    return now + len(view.changes(kind, Action.CREATE)) - len(view.changes(kind, Action.DELETE))
