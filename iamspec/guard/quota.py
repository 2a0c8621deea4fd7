"""The guard of the account's own limits, as GetAccountSummary tells them."""

from collections.abc import Iterator
from typing import Any

from iamspec.guard.view import View
from iamspec.kinds import KINDS
from iamspec.plan import Action, Complaint

COUNTS = {"user": "Users", "group": "Groups", "policy": "Policies"}
ATTACHED = {"user": "AttachedPoliciesPerUserQuota", "group": "AttachedPoliciesPerGroupQuota"}
NEARLY = 0.8


def quota(view: View) -> Iterator[Complaint]:
    """What IAM would refuse half-way."""
    for kind, key in COUNTS.items():
        limit, after = view.quotas.get(f"{key}Quota"), _count_after(view, kind)
        if limit is not None and after > limit and view.changes(kind, Action.CREATE):
            yield Complaint(
                "quota", None, f"{after} {KINDS[kind].section} after this plan; this account may have {limit}"
            )
    for change in view.plan.changes:
        after_entity: Any = change.after
        limit = view.quotas.get(ATTACHED.get(change.address.kind, ""))
        if after_entity is not None and limit is not None and len(after_entity.policies) > limit:
            message = f"{len(after_entity.policies)} attached policies after this plan; this account allows {limit}"
            yield Complaint("quota", change.address, message)


def near(view: View) -> Iterator[str]:
    """What is worth a word: a kind of which four fifths of the quota are used after the plan."""
    for kind, key in COUNTS.items():
        limit, after = view.quotas.get(f"{key}Quota"), _count_after(view, kind)
        if limit and NEARLY * limit <= after <= limit and view.changes(kind, Action.CREATE):
            yield f"{after} of {limit} {KINDS[kind].section} that this account may have, after this plan"


def _count_after(view: View, kind: str) -> int:
    now = view.quotas.get(COUNTS[kind], 0)
    return now + len(view.changes(kind, Action.CREATE)) - len(view.changes(kind, Action.DELETE))
