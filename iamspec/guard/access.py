"""Guards of access: of the caller's own, of the administrators', and of what must not come off or be given."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from iamspec.access import Book
from iamspec.evaluate import Answer, Request
from iamspec.grants import policy_address, reference
from iamspec.guard.view import View
from iamspec.kind import Address, Phase
from iamspec.limits import QUARANTINE
from iamspec.meaning import Verdict
from iamspec.plan import Complaint
from iamspec.principals import Powers

# Who may do these everywhere and always can repair everything else.
REPAIRS = (
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:PutUserPolicy",
    "sts:AssumeRole",
)
DENYING = ("AWSDenyAll", QUARANTINE)
HARMLESS = (Verdict.WIDENS, Verdict.COSMETIC)


def root_caller(view: View) -> Iterator[Complaint]:
    if view.plan.changes and view.live.caller.arn.endswith(":root"):
        message = "these are the credentials of the root user, which nothing can restrict; use a role or a user"
        yield Complaint("root-caller", None, message)


def self_lockout(view: View) -> Iterator[Complaint]:
    """Who applies must not take away what he applies with."""
    kind, name = caller_entity(view.live.caller.arn)
    if kind == "user":
        yield from _own_user(view, Address("user", name))
    elif kind == "role":
        yield from _own_role(view, Address("role", name))


def caller_entity(arn: str) -> tuple[str, str]:
    """What kind of entity a caller is, and its name; an assumed role loses its path in the ARN, not its name."""
    _, _, service, *_, resource = [*arn.split(":", 5), "", "", ""][:6]
    parts = resource.split("/")
    if service == "iam" and parts[0] == "user":
        return "user", parts[-1]
    if service == "sts" and parts[0] == "assumed-role" and len(parts) > 1:
        return "role", parts[1]
    return "", ""


def _own_user(view: View, caller: Address) -> Iterator[Complaint]:
    for effect in view.impact.principals if view.impact else ():
        if effect.address == caller and effect.verdict not in HARMLESS:
            causes = ", ".join(map(str, effect.causes))
            yield Complaint(
                "self-lockout", caller, f"these are your own credentials, and they would lose access ({causes})"
            )
    for change in view.plan.changes:
        before: Any = change.before
        is_caller = change.address.kind == "user" and before is not None and Address("user", before.name) == caller
        if is_caller and change.after is None:
            yield Complaint("self-lockout", caller, "these are your own credentials, and you would be deleted")


def unchecked(view: View) -> str | None:
    """Why nothing can be said of the caller's own access; None if something can."""
    arn = view.live.caller.arn
    kind, name = caller_entity(arn)
    if not kind:
        return f"{arn} is neither a user nor a role"
    known = kind == "user" or any(role.address == Address(kind, name) for role in view.live.roles)
    return None if known else f"role/{name} is not in the account"


def _own_role(view: View, caller: Address) -> Iterator[Complaint]:
    role = next((one for one in view.live.roles if one.address == caller), None)
    held = {policy_address(arn, view.plan.account) for arn in (*role.policies, role.boundary or "")} if role else set()
    for effect in view.impact.documents if view.impact else ():
        if effect.address in held and effect.verdict not in HARMLESS:
            message = f"your own role {caller.name} has {effect.address}, which would allow less"
            yield Complaint("self-lockout", effect.address, message)


def admin_quorum(view: View) -> Iterator[Complaint]:
    """Somebody must be left who can repair what a plan gets wrong."""
    wanted = {Address("user", name) for name in view.guards.administrators}
    touched = {effect.address for effect in view.impact.principals} if view.impact else set()
    candidates = (one for one in sorted(view.before) if one in touched or one not in view.after)
    lost = [one for one in candidates if administrates(view.before[one], view) and not _is(view, one)]
    for address in lost:
        if address in wanted:
            yield Complaint("admin-quorum", address, "is one of guards.administrators, and would be none any more")
    if lost:
        left = sum(administrates(powers, view) for powers in view.after.values())
        if left < view.guards.min_admins:
            users = "user" if left == 1 else "users"
            message = f"{left} {users} with full administrator access would be left, fewer than guards.min_admins: "
            yield Complaint("admin-quorum", None, f"{message}{view.guards.min_admins}")


def _is(view: View, address: Address) -> bool:
    """Whether an administrator is one afterwards, under whatever name."""
    return address in view.after and administrates(view.after[address], view)


def administrates(powers: Powers, view: View) -> bool:
    """Whether a user has administrator access whatever the circumstances, boundary and Deny taken into account."""
    known = tuple(held for held in powers.policies if held.document is not None)
    unread = [held.arn.rpartition("/")[2] for held in powers.policies if held.document is None]
    if not any(_may_administrate(held.document) for held in known) or any(one.startswith(DENYING) for one in unread):
        return False
    book = Book({}, view.plan.account.id)  # the other policies of AWS deny nothing, read or not
    alone = replace(powers, policies=known)
    return all(book.ask(alone, Request(action)).answer is Answer.ALLOWED for action in REPAIRS)


def _may_administrate(document: Any) -> bool:
    """A cheap look first: nearly nobody has a statement about all actions."""
    return '"Allow"' in document.text and '"*"' in document.text


def boundary(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        before: Any = change.before
        after: Any = change.after
        if change.address.kind != "user" or before is None or after is None or after.boundary_written:
            continue
        if before.permissions_boundary and after.permissions_boundary is None:
            name = reference(before.permissions_boundary, view.plan.account)
            message = (
                f"its boundary {name} would come off because the spec has no line for it; "
                f"write permissions_boundary: {name}, or null if it is meant to go"
            )
            yield Complaint("boundary", change.address, message)


def quarantine(view: View) -> Iterator[Complaint]:
    """A leaked key must be dealt with before its user is given more."""
    for change in view.plan.changes:
        facts: Any = getattr(change.before, "facts", None)
        if getattr(facts, "quarantine", None) and any(step.phase is Phase.GRANT for step in change.steps):
            message = "AWS has quarantined this user because a key leaked; it would be granted more"
            yield Complaint("quarantine", change.address, message)
