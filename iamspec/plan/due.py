"""The part of a plan that time asks for: ends of access, and steps of rotations.

It only takes away and replaces.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from iamspec.errors import IamspecError
from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Resource, World
from iamspec.kinds.group import Group
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.shape import User
from iamspec.plan.accepting import former
from iamspec.plan.diff import differences
from iamspec.plan.findings import Ended
from iamspec.plan.model import Action, Change, Plan
from iamspec.plan.steps import transition

EXPIRY, ROTATION = "expiry", "rotation"
REASONS = (EXPIRY, ROTATION)


def reasons(text: str) -> tuple[str, ...]:
    """The reasons in a list such as `expiry,rotation`. IamspecError for any other."""
    found = tuple(dict.fromkeys(one.strip() for one in text.split(",")))
    for one in found:
        if one not in REASONS:
            raise IamspecError(f'--only: "{one}" is nothing that time asks for; there are {", ".join(REASONS)}')
    return found


def due(plan: Plan, only: Collection[str], world: World, now: datetime) -> Plan:
    """The plan without everything that time does not ask for.

    Nothing is made, renamed or deleted but keys. Entities with
    further changes are among the skipped.
    """
    changes = (_due(one, plan.ended, only, now) for one in plan.changes)
    made = tuple(_change(change, target, world, plan.account) for change, target in changes if target is not None)
    asked = tuple(one for one in made if one.steps)
    found = {one.address: one.differences for one in asked}
    rest = (one.address for one in plan.changes if found.get(former(one)) != one.differences)
    return replace(plan, changes=asked, copiers=(), skipped=tuple(sorted({*plan.skipped, *rest})))


def _due(
    change: Change, ended: Iterable[Ended], only: Collection[str], now: datetime
) -> tuple[Change, Resource | None]:
    """The live entity with the due ends and rotation alone.

    None if nothing is due.
    """
    before, after = change.before, change.after
    if change.action is not Action.UPDATE or change.blocked or before is None or after is None:
        return change, None
    target = before
    if EXPIRY in only:
        target = _without_ended(target, after, [one for one in ended if one.address == change.address])
        target = _suspended(target, after, now)
    if ROTATION in only and not getattr(target, "suspended", None):
        target = _rotated(target, after)
    return change, None if target is before else target


def _without_ended(target: Resource, after: Resource, ended: Iterable[Ended]) -> Resource:
    """The entity without the memberships and attachments that are over, and that it has by no other line."""
    for one in ended:
        if one.item in getattr(after, one.field, ()):
            continue
        if one.field == "policies" and isinstance(target, User | Group | Role) and one.item in target.policies:
            target = replace(target, policies=target.policies - {one.item})
        elif one.field == "groups" and isinstance(target, User) and one.item in target.groups:
            target = replace(target, groups=target.groups - {one.item})
        elif one.field == "members" and isinstance(target, Group) and one.item in target.members:
            target = replace(target, members=target.members - {one.item})
    return target


def _suspended(target: Resource, after: Resource, now: datetime) -> Resource:
    """The entity locked out, if its own end has come."""
    end = after.orders.expires if isinstance(after, User) else after.expires if isinstance(after, Role) else None
    if end is None or end > now or getattr(target, "suspended", None):
        return target
    kind = KINDS["user" if isinstance(after, User) else "role"]
    locked: Resource = kind.fill_desired(kind.only_restricted(after, target), target, now)
    return locked


def _rotated(target: Resource, after: Resource) -> Resource:
    """The user with the next step of a rotation: a key that replaces another, or the end of the key that was replaced."""
    if not isinstance(target, User) or not isinstance(after, User) or after.orders.keys is None:
        return target
    if after.orders.keys.rotate_after is None or after.access_keys == target.access_keys or after.access_keys is None:
        return target
    was = {key.id: key.active for key in target.access_keys or ()}
    gives = any(not key.replaces if not key.id else key.active and not was.get(key.id) for key in after.access_keys)
    works = any(key.active and key.id for key in after.access_keys)
    return target if gives or not works else replace(target, access_keys=after.access_keys, orders=after.orders)


def _change(change: Change, target: Resource, world: World, account: Account) -> Change:
    address = former(change)
    kind = KINDS[address.kind]
    return replace(
        change,
        address=address,
        differences=differences(kind, change.before, target, account),
        steps=tuple(transition(kind, change.before, target, world)),
        after=target,
    )


def without(plan: Plan, withheld: Collection[Change]) -> Plan:
    """The plan without some changes."""
    addresses = {one.address for one in withheld}
    return replace(plan, changes=tuple(one for one in plan.changes if one.address not in addresses))


def suspensions(plan: Plan) -> Iterator[Change]:
    """The changes that lock a user or role out."""
    yield from (
        one
        for one in plan.changes
        if getattr(one.after, "suspended", None) and not getattr(one.before, "suspended", None)
    )
