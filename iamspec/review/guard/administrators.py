"""The guard `admin-quorum`: a plan must leave an administrator who can repair its damage.

An administrator has the rights of REPAIRS on every resource, after
boundary and Deny, and a password or an active key. Where no
administrator has them without conditions, conditions count as met:
AWS advises to deny everything without MFA. Where no administrator
can sign in, all of them count: credentials come from other hands,
too. What every request to IAM has in common (time, encryption,
region) is no condition that could be met or not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import REPAIRS, rights
from iamspec.access.book import Book
from iamspec.access.principals import Powers
from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.user.shape import User
from iamspec.policy.evaluate import Answer, Request
from iamspec.review.guard.view import View
from iamspec.review.model import Complaint

USER = "user"  # the kind that guards.administrators are of
MFA: tuple[tuple[str, ...], ...] = (("true",), ("false",), ())  # with a device, without one, and with an access key
REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}  # where IAM is


@dataclass(frozen=True, slots=True)
class Standard:
    """The standard of an administrator: only users who can sign in, and also users whose rights have conditions."""

    signs_in: bool
    conditions_met: bool


STANDARDS = tuple(Standard(signs_in, met) for signs_in in (True, False) for met in (False, True))  # the strictest first


@dataclass(frozen=True)
class Administrators:
    """The administrators among the users of one state of an account."""

    access: AccountAccess

    @cached_property
    def candidates(self) -> Mapping[Address, bool]:
        """The users with administrator rights if conditions are met, and whether they have them without conditions."""
        book = Book({}, self.access.live.account.id)
        found: dict[Address, bool] = {}
        for address, powers in self.access.powers.items():
            if address.kind != USER or (unconditional := rights(powers, book)) is None:
                continue
            if unconditional or self._is_ever_able(powers, book):
                found[address] = unconditional
        return found

    def _is_ever_able(self, powers: Powers, book: Book) -> bool:
        """Whether some requests with or without MFA could use all rights, if other conditions are met."""
        return any(
            all(book.by_policies(powers, self._request(action, mfa)).answer is not Answer.DENIED for action in REPAIRS)
            for mfa in MFA
        )

    def _request(self, action: str, mfa: tuple[str, ...]) -> Request:
        now, partition = self.access.live.now, self.access.live.account.partition
        facts = {
            "aws:CurrentTime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:EpochTime": (str(int(now.timestamp())),),
            "aws:SecureTransport": ("true",),
            "aws:MultiFactorAuthPresent": mfa,
        }
        region = REGIONS.get(partition)
        if region and action.startswith("iam:"):
            facts["aws:RequestedRegion"] = (region,)
        return Request(action, context=facts)

    def matching(self, standard: "Standard") -> set[Address]:
        """The administrators by a standard."""
        resources = self.access.live.resources
        return {
            one
            for one, unconditional in self.candidates.items()
            if (unconditional or standard.conditions_met) and _counts(resources[one], standard)
        }


def _counts(user: Resource, standard: Standard) -> bool:
    """Whether a user may count by a standard.

    A new user without credentials never counts.
    """
    if not isinstance(user, User) or user.can_sign_in:
        return True
    return user.is_live and not standard.signs_in


def admin_quorum(view: View) -> Iterator[Complaint]:
    if not view.plan.steps:
        return
    before, after = Administrators(view.before), Administrators(view.after)
    standard = next((one for one in STANDARDS if before.matching(one)), STANDARDS[0])
    had, has = before.matching(standard), after.matching(standard)
    new = {Address(USER, one.before.name): one.address for one in view.changes(USER) if one.before and one.after}
    lost = {one for one in had if new.get(one, one) not in has}
    yield from _named(view, before, had, has, new)
    if lost and len(has) < view.guards.min_admins:
        users = "user" if len(has) == 1 else "users"
        how = ", all conditions taken as met" if standard.conditions_met else ""
        message = (
            f"{len(has)} {users} with full administrator access would be left{how}, fewer than guards.min_admins: "
        )
        yield Complaint("admin-quorum", None, f"{message}{view.guards.min_admins}")


def _named(
    view: View, before: Administrators, had: set[Address], has: set[Address], new: Mapping[Address, Address]
) -> Iterator[Complaint]:
    """Complaints about `guards.administrators`: names that no user has, and users who are no administrators."""
    users = view.after.live.resources
    for address in (Address(USER, name.removeprefix("user/")) for name in view.guards.administrators):
        if address in has:
            continue
        if address in had or new.get(address, address) in had:
            yield Complaint("admin-quorum", address, "is one of guards.administrators, and would be none any more")
        elif address not in users and address not in before.access.live.resources:
            yield Complaint("admin-quorum", address, "is one of guards.administrators, but no user has this name")
        elif address not in has:
            why = "cannot sign in" if address in before.candidates else "has no administrator access"
            yield Complaint("admin-quorum", address, f"is one of guards.administrators, but {why}")
