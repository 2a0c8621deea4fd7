"""Guards of access: of the administrators', and of what must not come off or be given."""

from collections.abc import Iterator
from dataclasses import replace

from iamspec.access.account import AccountAccess
from iamspec.access.principals import Powers
from iamspec.access.questions import Book
from iamspec.iam import Call
from iamspec.kinds.contract import Address, Phase, Principal, Resource
from iamspec.kinds.holdings import reference
from iamspec.kinds.user.credentials import ACTIVE
from iamspec.kinds.user.operations import MAKE_KEY, MAKE_PASSWORD
from iamspec.kinds.user.shape import User
from iamspec.limits import QUARANTINE
from iamspec.plan.model import Action, Change
from iamspec.policy.document import Document
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
USER = "user"  # the kind that guards.administrators are of
TAKEN = "somebody may have taken it away on purpose"


def loses(effect: Effect) -> bool:
    """Whether something is lost, or may be, because a policy could not be read."""
    return effect.verdict not in {Verdict.WIDENS, Verdict.COSMETIC} or bool(effect.unknown)


def gains(effect: Effect) -> bool:
    return effect.verdict not in {Verdict.NARROWS, Verdict.COSMETIC} or bool(effect.unknown)


def admin_quorum(view: View) -> Iterator[Complaint]:
    """Somebody must be left who can repair what a plan gets wrong."""
    if not view.plan.steps:
        return
    had, has = _users(view.before), _users(view.after)
    wanted = {Address(USER, name) for name in view.guards.administrators}
    touched = {effect.address for effect in view.impact.principals}
    shut = {one.address for one in view.changes(USER) if _is_shut_out(one)}
    before = {Address(USER, one.before.name) for one in view.changes(USER) if one.address in shut and one.before}
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
    was_able = change.before is None or _signs_in(change.before)
    return change.after is not None and was_able and not _signs_in(change.after)


def _signs_in(entity: Resource) -> bool:
    return isinstance(entity, User) and (bool(entity.console) or any(key.active for key in entity.access_keys or ()))


def _users(access: AccountAccess) -> dict[Address, Powers]:
    """Users alone: an administrator is a person."""
    return {address: powers for address, powers in access.powers.items() if address.kind == USER}


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


def _may_administrate(document: Document | None) -> bool:
    """A cheap look first: nearly nobody has a statement about all actions."""
    return document is not None and '"Allow"' in document.text and '"*"' in document.text


def boundary(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        before, after = change.before, change.after
        if not isinstance(before, Principal) or not isinstance(after, Principal) or after.boundary_written:
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
        before, after = change.before, change.after
        if not isinstance(before, User) or not isinstance(after, User):
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
        is_quarantined = change.before is not None and change.before.facts.quarantine
        if is_quarantined and any(step.phase is Phase.GRANT for step in change.steps):
            granted.add(change.address)
    leaving = {change.address for change in view.plan.changes if change.action is Action.DELETE}
    for address, live, effect in view.effects:
        if live is not None and live.facts.quarantine and address not in leaving and gains(effect):
            granted.add(address)
    message = "AWS has quarantined this user because a key leaked; it would be granted more"
    yield from (Complaint("quarantine", address, message) for address in sorted(granted))
