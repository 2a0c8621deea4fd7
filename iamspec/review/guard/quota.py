"""The guard of the account's own limits, as GetAccountSummary tells them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address
from iamspec.plan.model import Action
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint

COUNTS = {"user": "Users", "group": "Groups", "policy": "Policies"}
HELD = {  # what one entity may have, by its kind and field
    ("user", "policies"): ("AttachedPoliciesPerUserQuota", "attached policies"),
    ("user", "groups"): ("GroupsPerUserQuota", "groups"),
    ("group", "policies"): ("AttachedPoliciesPerGroupQuota", "attached policies"),
}
NEARLY = 0.8


@dataclass(frozen=True, slots=True)
class _Use:
    """How much of a limit is used after the plan, by a kind (then there is no address) or by one entity."""

    address: Address | None
    what: str
    after: int
    limit: int


def quota(view: View) -> Iterator[Complaint]:
    """What IAM would refuse half-way."""
    for one in _uses(view):
        if one.after > one.limit:
            allows = "allows" if one.address else "may have"
            message = f"{one.after} {one.what} after this plan; this account {allows} {one.limit}"
            yield Complaint("quota", one.address, message)


def near(view: View) -> Iterator[str]:
    """What is worth a word: a limit of which four fifths are used after the plan."""
    for one in _uses(view):
        if NEARLY * one.limit <= one.after <= one.limit:
            who = f"{one.address}: " if one.address else ""
            yield f"{who}{one.after} of {one.limit} {one.what} that this account may have, after this plan"


def _uses(view: View) -> Iterator[_Use]:
    """The limits of which the plan uses more than is used now."""
    for kind, key in COUNTS.items():
        limit = view.quotas.get(f"{key}Quota")
        if limit is not None and view.changes(kind, Action.CREATE):
            yield _Use(None, KINDS[kind].section, _count_after(view, kind), limit)
    for change in view.plan.changes:
        for (kind, field), (key, what) in HELD.items():
            limit = view.quotas.get(key)
            if kind != change.address.kind or limit is None:
                continue
            before, after = (_count(one, field) for one in (change.before, change.after))
            if after > before:
                yield _Use(change.address, what, after, limit)


def _count(entity: Any, field: str) -> int:
    return len(getattr(entity, field, ()))


def _count_after(view: View, kind: str) -> int:
    now = view.quotas.get(COUNTS[kind], 0)
    return now + len(view.changes(kind, Action.CREATE)) - len(view.changes(kind, Action.DELETE))
