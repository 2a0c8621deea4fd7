"""What a plan does to access: what each changed document grants more or less, and which users gain or lose what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.access.principals import all_powers
from iamspec.kinds.contract import Address
from iamspec.plan.model import Plan
from iamspec.policy.document import Document
from iamspec.review.impact.documents import attached, attachments, documents, effects
from iamspec.review.impact.effect import Actions, Effect
from iamspec.review.impact.users import concerns, principals

__all__ = ["Actions", "Effect", "Impact", "State", "assess", "needed"]

State = Mapping[Address, Any]


@dataclass(frozen=True, slots=True)
class Impact:
    """The access change of a plan: by document, and by user."""

    documents: tuple[Effect, ...]
    principals: tuple[Effect, ...]


def needed(plan: Plan, before: State, after: State) -> set[str]:
    """The ARNs of the AWS-managed policies whose documents it takes to say what the plan does, and to whom."""
    old, new = all_powers(before, plan.account, {}), all_powers(after, plan.account, {})
    pairs = concerns(plan, old, new).values()
    of_users = {arn for pair in pairs for one in pair if one is not None for arn in one.unknown_arns}
    return of_users | {one.arn for one in attachments(plan.changes) if one.arn.split(":")[4:5] == ["aws"]}


def assess(plan: Plan, before: State, after: State, aws: Mapping[str, Document]) -> Impact:
    """What the plan does to an account; `aws` are the documents of AWS-managed policies by ARN, as far as known."""
    old, new = all_powers(before, plan.account, aws), all_powers(after, plan.account, aws)
    changed = [*documents(plan.changes), *attached(plan, before, after, aws)]
    concerned = concerns(plan, old, new)
    if not changed and not concerned:
        return Impact((), ())
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only changes of access need to wait for

    known = catalogue()
    return Impact(tuple(effects(changed, known)), tuple(principals(plan, concerned, known)))
