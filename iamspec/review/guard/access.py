"""Guards of access: of the caller's own, of the administrators', and of what must not come off or be given."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from iamspec.access.principals import Held, Powers
from iamspec.access.questions import Book
from iamspec.iam import Account, Call
from iamspec.kinds.contract import Address, Phase
from iamspec.kinds.holdings import reference
from iamspec.kinds.resource import policy_address
from iamspec.kinds.user.credentials import ACTIVE
from iamspec.kinds.user.operations import MAKE_KEY, MAKE_PASSWORD
from iamspec.kinds.user.rotation import QUIET
from iamspec.limits import QUARANTINE
from iamspec.plan.model import Action, Change
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.meaning import Verdict
from iamspec.review.guard.view import View
from iamspec.review.impact import Effect
from iamspec.review.model import Complaint

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
TAKEN = "somebody may have taken it away on purpose"


def loses(effect: Effect) -> bool:
    """Whether something is lost, or may be, because a policy could not be read."""
    return effect.verdict not in {Verdict.WIDENS, Verdict.COSMETIC} or bool(effect.unknown)


def gains(effect: Effect) -> bool:
    return effect.verdict not in {Verdict.NARROWS, Verdict.COSMETIC} or bool(effect.unknown)


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
    own = "these are your own credentials, and"
    lost = [one for _, live, one in view.effects if live is not None and _is_user(live, caller) and loses(one)]
    for effect in lost:
        yield Complaint("self-lockout", caller, f"{own} they would lose access ({', '.join(map(str, effect.causes))})")
    for change in view.changes("user"):
        if change.before is None or not _is_user(change.before, caller):
            continue
        if change.after is None:
            yield Complaint("self-lockout", caller, f"{own} you would be deleted")
        elif not lost and (gone := [*_taken(change.before, change.after, view.plan.account), *_cut(view, change)]):
            yield Complaint("self-lockout", caller, f"{own} they would lose {', '.join(gone)}")


def _is_user(user: Any, address: Address) -> bool:
    return Address("user", user.name) == address


def _taken(before: Any, after: Any, account: Account) -> Iterator[str]:
    """What a user does not hold any more, even if something else gives him the same."""
    yield from (f"group/{name}" for name in sorted(before.groups - after.groups))
    yield from sorted(reference(arn, account) for arn in before.policies - after.policies)
    yield from (f"inline policy {name}" for name in sorted(before.inline_policies.keys() - after.inline_policies))


def _cut(view: View, change: Change) -> Iterator[str]:
    """What of keys, password and tags the caller may be at work with, who is not told to be suspended."""
    before: Any = change.before
    after: Any = change.after
    left = {key.id for key in after.access_keys or () if key.active}
    keys = [key for key in before.access_keys or () if key.active and key.id not in left]
    in_use = [key for key in keys if key.used is not None and key.used > view.live.now - QUIET]
    yield from (f"access key {key.id}" for key in (in_use if left else keys))
    if before.console and after.console is False and not left:
        yield "the password"
    if before.tags != after.tags and any(
        _asks_for_tags(held) for held in view.before.powers[Address("user", before.name)].policies
    ):
        yield "tags that a policy asks for"


def _asks_for_tags(held: Held) -> bool:
    return held.document is not None and "aws:principaltag/" in held.document.text.casefold()


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
    held = (
        {policy_address(arn, view.plan.account) for arn in (*role.policies, role.permissions_boundary or "")}
        if role
        else set()
    )
    for effect in view.impact.documents:
        if effect.address in held and loses(effect):
            message = f"your own role {caller.name} has {effect.address}, which would allow less"
            yield Complaint("self-lockout", effect.address, message)


def admin_quorum(view: View) -> Iterator[Complaint]:
    """Somebody must be left who can repair what a plan gets wrong."""
    if not view.plan.steps:
        return
    had, has = view.before.powers, view.after.powers
    wanted = {Address("user", name) for name in view.guards.administrators}
    touched = {effect.address for effect in view.impact.principals}
    shut = {Address("user", one.address.name) for one in view.changes("user") if _is_shut_out(one)}
    before = {Address("user", one.before.name) for one in view.changes("user") if one.address in shut and one.before}
    candidates = (one for one in sorted(had) if one in touched | before or one not in has)
    lost = [one for one in candidates if administrates(had[one], view) and (one in before or not _is(view, one))]
    for address in lost:
        if address in wanted:
            yield Complaint("admin-quorum", address, "is one of guards.administrators, and would be none any more")
    if lost:
        left = sum(administrates(powers, view) for one, powers in has.items() if one not in shut)
        if left < view.guards.min_admins:
            users = "user" if left == 1 else "users"
            message = f"{left} {users} with full administrator access would be left, fewer than guards.min_admins: "
            yield Complaint("admin-quorum", None, f"{message}{view.guards.min_admins}")


def _is_shut_out(change: Change) -> bool:
    """Whether nobody can be this user, because it is new and has neither password nor key, or loses the last of both."""
    before: Any = change.before
    after: Any = change.after
    return after is not None and not _signs_in(after) and (before is None or _signs_in(before))


def _signs_in(user: Any) -> bool:
    return bool(user.console) or any(key.active for key in user.access_keys or ())


def _is(view: View, address: Address) -> bool:
    """Whether an administrator is one afterwards, under whatever name."""
    has = view.after.powers
    return address in has and administrates(has[address], view)


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


def reissue(view: View) -> Iterator[Complaint]:
    """Who exists without a credential may have had it taken away on purpose, an hour ago."""
    for change in view.plan.changes:
        before: Any = change.before
        after: Any = change.after
        if change.address.kind != "user" or before is None or after is None:
            continue
        calls = [step.call for step in change.steps]
        if before.console is False and any(call.operation == MAKE_PASSWORD.name for call in calls):
            yield Complaint("reissue", change.address, f"exists without a password, and would be given one; {TAKEN}")
        new = [call.params.get("AccessKeyId", "") for call in calls if _gives_key(call)]
        if new and not any(key.active for key in before.access_keys or ()):
            what = f"{new[0]} again" if all(new) else "an access key"
            yield Complaint(
                "reissue", change.address, f"exists without an active access key, and would be given {what}; {TAKEN}"
            )


def _gives_key(call: Call) -> bool:
    return call.operation == MAKE_KEY.name or call.params.get("Status") == ACTIVE


def quarantine(view: View) -> Iterator[Complaint]:
    """A leaked key must be dealt with before its user is given more, be it by a group or a document."""
    granted: set[Address] = set()
    for change in view.plan.changes:
        facts: Any = getattr(change.before, "facts", None)
        if getattr(facts, "quarantine", None) and any(step.phase is Phase.GRANT for step in change.steps):
            granted.add(change.address)
    leaving = {change.address for change in view.changes("user", Action.DELETE)}
    for address, live, effect in view.effects:
        if live is not None and live.facts.quarantine and address not in leaving and gains(effect):
            granted.add(address)
    message = "AWS has quarantined this user because a key leaked; it would be granted more"
    yield from (Complaint("quarantine", address, message) for address in sorted(granted))
