"""The guard `takeover`: with a new password and without an MFA device, an attacker has the user."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from iamspec.kinds.contract import Address, moment
from iamspec.kinds.user.credentials import MFA_REMOVED, OTHERS, PASSWORD_RESET
from iamspec.kinds.user.operations import MAKE_PASSWORD, RESET_PASSWORD
from iamspec.kinds.user.shape import User
from iamspec.plan.model import Change
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint

WITHIN = timedelta(hours=24)
GIVING = frozenset({MAKE_PASSWORD.name, RESET_PASSWORD.name})
REMOVING = OTHERS["ListMFADevices"].remove
ADVICE = "make sure by another way that it is really this person who asks"


def takeover(view: View) -> Iterator[Complaint]:
    """A complaint for each user who loses an MFA device and gets a password within a day, in any order."""
    for change in view.changes("user"):
        live = view.live.resources.get(Address("user", change.before.name)) if change.before else None
        if not isinstance(live, User) or change.after is None:
            continue
        calls = {step.call.operation for step in change.steps}
        if calls & GIVING and (when := _recent(view, _tagged(live, MFA_REMOVED))):
            yield _complaint(change, f"an MFA device was removed at {_time(when)}, and a password would be given")
        elif REMOVING in calls and (when := _recent(view, _given(live))):
            yield _complaint(change, f"a password was given at {_time(when)}, and an MFA device would be removed")
        elif REMOVING in calls and calls & GIVING:
            yield _complaint(change, "an MFA device would be removed, and a password given")


def _given(user: User) -> datetime | None:
    """The time of the last new password of a user, as far as IAM and the tag know."""
    times = (user.facts.credentials.password_made, _tagged(user, PASSWORD_RESET))
    return max(filter(None, times), default=None)


def _tagged(user: User, tag: str) -> datetime | None:
    return moment(user.facts.reserved_tags.get(tag))


def _recent(view: View, when: datetime | None) -> datetime | None:
    return when if when is not None and when > view.live.now - WITHIN else None


def _complaint(change: Change, what: str) -> Complaint:
    return Complaint("takeover", change.address, f"{what}: together they hand the user over; {ADVICE}")


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
