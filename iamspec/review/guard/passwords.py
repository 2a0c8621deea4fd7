"""The guard `password-policy`: HardExpiry locks out the owners of old passwords at once.

It complains of HardExpiry with a new or lower MaxPasswordAge.
After UpdateAccountPasswordPolicy in the IAM API Reference: their
owners cannot change expired passwords themselves.
"""

from collections.abc import Iterator

from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.password_policy import PASSWORD_POLICY, PasswordPolicy
from iamspec.kinds.user.shape import User
from iamspec.review.guard.administrators import Administrators
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint


def password_policy(view: View) -> Iterator[Complaint]:
    for change in view.plan.changes:
        if change.address == PASSWORD_POLICY and change.after is not None:
            found = _stricter(change.before, change.after)
            if found and _with_password(view):
                yield Complaint("password-policy", change.address, f"{found}; {_who(view)}")


def _stricter(before: Resource | None, after: Resource) -> str | None:
    """The way in which a new policy locks people out at once.

    None if it does not.
    """
    if not isinstance(after, PasswordPolicy):
        return None
    old = before.max_password_age if isinstance(before, PasswordPolicy) and before.hard_expiry else None
    new = after.max_password_age
    if not after.hard_expiry or new is None or (old is not None and new >= old):
        return None
    return f"hard_expiry locks out everybody whose password is older than {new} days, at once"


def _who(view: View) -> str:
    """The users whose passwords are known to exist, and how many of them are administrators."""
    with_password = _with_password(view)
    admins = with_password & set(Administrators(view.before).candidates)
    return f"up to {len(with_password)} users, {len(admins)} of them administrators"


def _with_password(view: View) -> set[Address]:
    """The users who have a password, or may have."""
    users = view.live.resources.items()
    return {address for address, one in users if isinstance(one, User) and one.console is not False}
