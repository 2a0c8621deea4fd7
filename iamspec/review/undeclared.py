"""Facts about the live entities that a spec does not declare, above all how dangerous they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from iamspec.access.account import AccountAccess
from iamspec.access.administrators import rights
from iamspec.access.book import Book
from iamspec.access.principals import Documents, Held, Powers, held_by
from iamspec.kinds.contract import Address, Holding, Purpose, Resource
from iamspec.kinds.policy.shape import Policy
from iamspec.kinds.user.shape import User
from iamspec.live.observe import Live
from iamspec.plan.findings import Kept
from iamspec.plan.model import Plan
from iamspec.policy.actions.escalation import Holder
from iamspec.review.lookalike import lookalikes


@dataclass(frozen=True, slots=True)
class Undeclared:
    """Facts about an undeclared entity. None stands for an unknown fact.

    For a group or a policy, `administrator` and `escalates` are
    about the users who have it. `escalates` is False for an
    administrator.
    """

    address: Address
    administrator: bool | None
    escalates: bool | None
    console: bool | None = None
    active_keys: int | None = None
    created: datetime | None = None
    last_used: datetime | None = None
    groups: tuple[str, ...] = ()
    kept: str | None = None
    looks_like: Address | None = None  # a declared entity whose name a reader may take for this one

    @property
    def danger(self) -> int:
        """Smaller for more dangerous entities: first by power, then by the ways to sign in."""
        power = 0 if self.administrator else 1 if self.escalates else 2 if self.administrator is None else 3
        return 2 * power + (0 if self.console or self.active_keys else 1)


def first_reads(plan: Plan, live: Live) -> dict[Address, Purpose]:
    """The undeclared users, whose passwords and keys the sweep lacks."""
    return {one: Purpose.EXPORT for one in plan.undeclared if isinstance(live.resources.get(one), User)}


def later_reads(wanted: Iterable[Address], live: Live) -> dict[Address, Purpose]:
    """The users who have a password or a key.

    The last use needs a read for each of them.
    """
    users = {one: live.resources[one] for one in wanted if one in live.resources}
    found = {address: Purpose.COMPARE for address, one in users.items() if isinstance(one, User) and one.access_keys}
    return found | {address: Purpose.SIGN_IN for address, one in users.items() if isinstance(one, User) and one.console}


def unread_policies(plan: Plan, access: AccountAccess) -> set[str]:
    """The ARNs of the AWS-managed policies of undeclared entities whose documents are not known."""
    return {arn for one in plan.undeclared if one in access.live.resources for arn in _powers(one, access).unknown_arns}


def undeclared(plan: Plan, live: Live, access: AccountAccess) -> tuple[Undeclared, ...]:
    """The facts, the most dangerous entity first.

    `live` has the credentials that were read for this.
    """
    kept: dict[Address, list[Kept]] = {}
    for one in plan.kept:
        kept.setdefault(one.address, []).append(one)
    alike = lookalikes(
        plan.undeclared, {*live.resources, *(change.address for change in plan.changes)} - set(plan.undeclared)
    )
    found = (
        replace(_facts(one, live, access, kept.get(one, [])), looks_like=alike.get(one))
        for one in plan.undeclared
        if one in live.resources
    )
    return tuple(sorted(found, key=lambda one: (one.danger, one.address)))


def _facts(address: Address, live: Live, access: AccountAccess, kept: Iterable[Kept]) -> Undeclared:
    resource = live.resources[address]
    administrator, escalates = power(_powers(address, access), access)
    facts = Undeclared(
        address,
        administrator,
        escalates,
        created=resource.facts.created,
        kept="; ".join(sorted(one.reason for one in kept)) or None,
    )
    return _with_sign_in(facts, resource) if isinstance(resource, User) else facts


def _with_sign_in(facts: Undeclared, user: User) -> Undeclared:
    keys = user.access_keys
    return replace(
        facts,
        console=user.console,
        active_keys=None if keys is None else sum(key.active for key in keys),
        last_used=user.last_used,
        groups=tuple(sorted(user.groups)),
    )


def _powers(address: Address, access: AccountAccess) -> Powers:
    """The policies of a principal.

    For a group or a policy these are the policies of a user who
    has it and nothing else.
    """
    if address in access.powers:
        return access.powers[address]
    resource = access.live.resources[address]
    return Powers(address, resource.facts.arn, policies=tuple(_held(address, resource, access.documents)))


def _held(address: Address, resource: Resource, documents: Documents) -> Iterator[Held]:
    if isinstance(resource, Policy):
        yield documents.held(resource.facts.arn, None)
    elif isinstance(resource, Holding):
        yield from held_by(documents, address, resource)


def power(powers: Powers, access: AccountAccess) -> tuple[bool | None, bool | None]:
    """Whether a principal is an administrator, and whether it can become one.

    A condition counts as met.
    """
    if rights(powers, Book({}, access.live.account.id)) is not None:
        return True, False
    unknown = None if powers.unknown else False
    return unknown, bool(escalations(powers, access)) or unknown


def escalations(powers: Powers, access: AccountAccess) -> list[str]:
    """The ways in which a principal can become administrator, by id."""
    from iamspec.policy.actions import catalogue  # noqa: PLC0415 - 100 ms that only undeclared entities need

    known = tuple(held.document for held in powers.policies if held.document is not None)
    boundary = powers.boundary.document if powers.boundary else None
    if not known or (powers.boundary and boundary is None):
        return []
    groups = (access.live.resources.get(Address("group", name)) for name in powers.groups)
    arns = (powers.arn, *(one.facts.arn for one in groups if one), *(held.arn for held in powers.policies if held.arn))
    return Holder(known, boundary, powers.address.name, arns).escalations(catalogue())
