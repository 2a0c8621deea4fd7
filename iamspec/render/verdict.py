"""The last sentence of a report: the work of a plan, or the drift, and the open questions."""

from collections import Counter
from collections.abc import Iterator

from iamspec.iam import Account
from iamspec.plan.model import Action, Plan
from iamspec.render.lines import count
from iamspec.review.model import Review


def named(account: Account) -> str:
    return f"{account.id} ({account.alias})" if account.alias else account.id


def title(plan: Plan, mode: str) -> str:
    head = _drift(plan) if mode == "drift" else f"Plan for account {named(plan.account)}"
    return f"{head}; {plan.sign_in}" if plan.sign_in else head


def is_clean(plan: Plan, mode: str) -> bool:
    """Whether there is nothing to do, or no drift."""
    return not (plan.drifted or plan.unasked) if mode == "drift" else not plan.changes


def verdict(review: Review, mode: str) -> str:
    """The sentence.

    It says that the account is what the spec says only where
    nothing else is live, and nothing is held back.
    """
    plan = review.plan
    if is_clean(plan, mode):
        return _undone(plan) if mode == "undo" else _clean(review, mode)
    if mode == "drift":
        return _drift(plan)
    number = plan.summary
    return (
        f"{number['create']} to create, {number['update']} to update, {number['delete']} to delete, "
        f"{number['blocked']} blocked; {count(len(plan.steps), 'call')}"
    )


def _undone(plan: Plan) -> str:
    return f"Nothing to undo: account {named(plan.account)} has nothing of that apply that can be taken back."


def _clean(review: Review, mode: str) -> str:
    plan = review.plan
    told = f"; {plan.sign_in}" if plan.sign_in else ""
    what = "No drift" if mode == "drift" else "Nothing to do"
    if found := ", ".join(_left_alone(review)):
        part = "of what was asked for in account" if plan.skipped else "in account"
        return f"{what} {part} {named(plan.account)}; left alone: {found}{told}."
    part = "all that was asked for in account" if plan.skipped else "account"
    return f"{what}: {part} {named(plan.account)} is what the spec says{told}."


def _left_alone(review: Review) -> Iterator[str]:
    """How live differs from the spec though the plan has no change: `1 undeclared, 2 held back`."""
    yield from _beside(review.plan)
    if review.held_back:
        yield f"{len(review.held_back)} held back"


def _drift(plan: Plan) -> str:
    return f"Drift in account {named(plan.account)}: {', '.join(_counts(plan)) or 'none seen'}{_unasked(plan)}"


def _counts(plan: Plan) -> Iterator[str]:
    """All drift by its kind: `1 undeclared, 2 changed, 1 credential beyond the spec`."""
    found = Counter(one.action for one in plan.changes)
    yield from _beside(plan, found[Action.DELETE])
    told = (
        (found[Action.UPDATE], f"{found[Action.UPDATE]} changed"),
        (found[Action.CREATE], f"{found[Action.CREATE]} missing"),
        (len(plan.exposed), f"{count(len(plan.exposed), 'role')} out of scope and exposed"),
    )
    yield from (words for number, words in told if number)


def _beside(plan: Plan, pruned: int = 0) -> Iterator[str]:
    """What is live beside the spec."""
    told = (
        (len(plan.alarms), count(len(plan.alarms), "alarm")),
        (len(plan.undeclared) + pruned, f"{len(plan.undeclared) + pruned} undeclared"),
        (len(plan.excess), f"{count(len(plan.excess), 'credential')} beyond the spec"),
    )
    yield from (words for number, words in told if number)


def _unasked(plan: Plan) -> str:
    return f"; {unasked_sentence(plan)}" if plan.unasked else ""


def unasked_sentence(plan: Plan) -> str:
    entities = f"{len(plan.unasked)} {'entity' if len(plan.unasked) == 1 else 'entities'}"
    return f"CloudFormation could not be asked whether a stack owns {entities}"
