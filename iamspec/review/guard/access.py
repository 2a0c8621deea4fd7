"""Guards of access: boundaries that would come off, credentials given anew, quarantined users."""

from collections.abc import Iterator

from iamspec.iam import Call
from iamspec.kinds.contract import Address, Phase, Principal
from iamspec.kinds.holdings import reference
from iamspec.kinds.user.credentials import ACTIVE
from iamspec.kinds.user.operations import MAKE_KEY, MAKE_PASSWORD
from iamspec.kinds.user.shape import User
from iamspec.plan.model import Action
from iamspec.review.guard.view import View
from iamspec.review.guard.widening import gains
from iamspec.review.model import Complaint

TAKEN = "somebody may have taken it away on purpose"


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
    """Complaints about new credentials of live users: a person may have taken the old credential away on purpose."""
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
    """Complaints about grants to users with a leaked key.

    The key must be dealt with first. A grant may come by a group
    or a document.
    """
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
