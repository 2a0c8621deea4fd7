"""The effect of a plan on access: of each changed document, and on each principal."""

from dataclasses import dataclass

from iamspec.access.account import AccountAccess
from iamspec.plan.model import Plan
from iamspec.review.impact.documents import attached, attachments, documents, effects
from iamspec.review.impact.effect import Effect
from iamspec.review.impact.trusts import TrustEffect, trusts
from iamspec.review.impact.users import concerns, grants_otherwise, principals

__all__ = ["Effect", "Impact", "TrustEffect", "assess", "grants_otherwise", "needed"]


@dataclass(frozen=True, slots=True)
class Impact:
    """The access change of a plan: by document, by user or role, and by who can become a role."""

    documents: tuple[Effect, ...] = ()
    principals: tuple[Effect, ...] = ()
    trusts: tuple[TrustEffect, ...] = ()


def needed(plan: Plan, before: AccountAccess, after: AccountAccess) -> set[str]:
    """The ARNs of the AWS-managed policies whose documents the assessment of a plan needs."""
    pairs = concerns(plan, before.powers, after.powers).values()
    of_users = {arn for pair in pairs for one in pair if one is not None for arn in one.unknown_arns}
    return of_users | {one.arn for one in attachments(plan.changes) if one.arn.split(":")[4:5] == ["aws"]}


def assess(plan: Plan, before: AccountAccess, after: AccountAccess) -> Impact:
    """The effect of a plan on access, as far as the documents of AWS-managed policies are known."""
    changed = [*documents(plan.changes), *attached(plan, before.documents, after.documents)]
    concerned = concerns(plan, before.powers, after.powers)
    if not changed and not concerned:
        return Impact(trusts=tuple(trusts(plan, after, ())))
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only changes of access need to wait for

    known = catalogue()
    found = tuple(principals(plan, concerned, known))
    return Impact(tuple(effects(changed, known)), found, tuple(trusts(plan, after, found)))
