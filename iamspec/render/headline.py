"""The headline of a plan or a drift, and words for its dangers, for Markdown, HTML and titles."""

from collections.abc import Iterator

from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.plan.model import Plan
from iamspec.render.lines import count
from iamspec.review.dangers import DRIFT, Danger
from iamspec.review.model import Review


def account_name(account: Account) -> str:
    """`acme-prod (123456789012)`, or `account 123456789012`."""
    return f"{account.alias} ({account.id})" if account.alias else f"account {account.id}"


def headline(review: Review, mode: str) -> str:
    """`3 to create, 4 to change, 1 to delete in acme-prod (123456789012)`, `no drift in acme-prod (123456789012)`."""
    where = account_name(review.account)
    where = f"{where}; {review.plan.sign_in}" if review.plan.sign_in else where
    if mode == DRIFT:
        found = ", ".join(_drift(review.plan))
        told = f"; {review.plan.sign_in}" if review.plan.sign_in else ""
        where = account_name(review.account)
        return f"drift in {where}: {found}{told}" if found else f"no drift in {where}{_held(review)}{told}"
    found = ", ".join(_plan(review.plan))
    return f"{found} in {where}{_held(review)}" if found else f"nothing to do in {where}{_held(review)}"


def _held(review: Review) -> str:
    return f"; {len(review.held_back)} held back" if review.held_back else ""


def _plan(plan: Plan) -> Iterator[str]:
    summary = plan.summary
    words = {"create": "to create", "update": "to change", "delete": "to delete", "blocked": "blocked"}
    if plan.changes:
        for name, word in words.items():
            if summary[name] or name != "blocked":
                yield f"{summary[name]} {word}"


def _drift(plan: Plan) -> Iterator[str]:
    summary = plan.summary
    found = (
        (len(plan.undeclared), "undeclared"),
        (summary["update"] + summary["blocked"], "changed"),
        (summary["create"], "missing"),
        (summary["delete"], "that should be gone"),
    )
    yield from (f"{number} {word}" for number, word in found if number)
    if plan.excess:
        yield count(len(plan.excess), "credential") + " too many"
    if plan.exposed:
        yield f"{count(len(plan.exposed), 'role')} out of scope and exposed"
    if plan.alarms:
        yield count(len(plan.alarms), "alarm")
    if plan.unasked:
        yield f"{len(plan.unasked)} without a known owner"


def power_label(one: Danger, mode: str) -> str:
    """The first words about new power."""
    if mode == DRIFT:
        return "Administrator against the spec" if one.administrator else "Can become administrator against the spec"
    return "New administrator" if one.administrator else "Can become administrator"


def power_reason(one: Danger) -> str:
    """`by iam:AttachUserPolicy, from policy/aws:IAMFullAccess through group/admins`."""
    by = f"by {' and '.join(one.actions)}, " if one.actions else ""
    return f"{by}from {', '.join(one.through)}" if one.through else by.rstrip(", ")


def plural(kind: str) -> str:
    """Text such as `users`: the section of a kind."""
    return KINDS[kind].section
