"""What a plan does to access: what each changed document grants more or less, and which users gain or lose what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.document import Document
from iamspec.impact.documents import documents
from iamspec.impact.effect import Actions, Effect
from iamspec.impact.outcome import outcome
from iamspec.impact.users import needed, principals
from iamspec.kind import Address
from iamspec.plan import Plan
from iamspec.principals import all_powers

__all__ = ["Actions", "Effect", "Impact", "assess", "needed", "outcome"]


@dataclass(frozen=True, slots=True)
class Impact:
    """The access change of a plan: by document, and by user."""

    documents: tuple[Effect, ...]
    principals: tuple[Effect, ...]


def assess(plan: Plan, before: Mapping[Address, Any], aws: Mapping[str, Document]) -> Impact:
    """What the plan does to an account; `aws` are the documents of AWS-managed policies by ARN, as far as known."""
    from iamspec.actions import catalogue  # noqa: PLC0415 - 100 ms that a plan without changes need not wait for

    known = catalogue()
    old, new = all_powers(before, plan.account, aws), all_powers(outcome(plan, before), plan.account, aws)
    return Impact(tuple(documents(plan.changes, known)), tuple(principals(plan, old, new, known)))
