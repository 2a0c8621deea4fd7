"""The guard `password-policy`: a stricter age of passwords acts at once on everybody who has a password.

UpdateAccountPasswordPolicy says so of MaxPasswordAge. With HardExpiry an expired password cannot be changed by its owner.
"""

from collections.abc import Iterator
from typing import Any

from iamspec.kinds.account import PASSWORD_POLICY
from iamspec.review.guard.administrators import Administrators
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint


def password_policy(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        if change.address == PASSWORD_POLICY and change.after is not None:
            before: Any = change.before
            after: Any = change.after
            if found := _stricter(before, after):
                yield Complaint("password-policy", change.address, f"{found}; {_who(view)}")


def _stricter(before: Any, after: Any) -> str | None:
    old, new = (before.max_password_age if before else None), after.max_password_age
    if new is None:
        return None
    hard = bool(after.hard_expiry)
    if hard and not (before and before.hard_expiry and old):
        return f"hard_expiry locks out everybody whose password is older than {new} days, at once"
    if old is None or new < old:
        end = "is locked out" if hard else "must change it at the next sign-in"
        return f"everybody whose password is older than {new} days {end}, at once"
    return None


def _who(view: View) -> str:
    """The users whose passwords are known to exist, and how many of them are administrators."""
    users = {address: one for address, one in view.live.resources.items() if address.kind == "user"}
    with_password = {address for address, one in users.items() if getattr(one, "console", None) is not False}
    admins = with_password & set(Administrators(view.before).candidates)
    return f"up to {len(with_password)} users, {len(admins)} of them administrators"
