"""Suspends users and resumes them without a spec, by plans that are guarded, shown, journalled and proved."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from iamspec.commands.options import Options
from iamspec.commands.reviewing import reviewed
from iamspec.desired.resources import live_names
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamspecError
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Purpose
from iamspec.kinds.role.shape import Role
from iamspec.kinds.user.credentials import ACTIVE, INACTIVE, Keys
from iamspec.live import observe
from iamspec.live.observe import Live
from iamspec.plan.complete import ordered
from iamspec.plan.diff import differences
from iamspec.plan.fingerprint import digest
from iamspec.plan.model import Action, Change, Plan
from iamspec.policy import trust
from iamspec.policy.limits import belongs_to_aws
from iamspec.policy.suspension import sessions
from iamspec.review import guard
from iamspec.review.model import Review

ROLE = "role/"


def suspending(names: Sequence[str], reader: Reader, allow: Sequence[str] = ()) -> Review:
    """The plan that suspends users: a Deny of everything, no active key, no password.

    All else stays.
    """
    return _planned("suspend", names, reader, allow, keys=False)


def resuming(names: Sequence[str], reader: Reader, allow: Sequence[str] = (), *, keys: bool = False) -> Review:
    """The plan that lifts the Deny.

    With `keys` it makes inactive access keys active, too.
    """
    lifted = [f"reissue:user/{name}" for name in names] if keys else []
    return _planned("resume", names, reader, [*allow, *lifted], keys=keys)


def _planned(verb: str, names: Sequence[str], reader: Reader, allow: Sequence[str], *, keys: bool) -> Review:
    guard.check_names(allow)
    live = observe.read_live(reader)
    users = _known(names, live)
    live = observe.fill(reader, live, dict.fromkeys(users, Purpose.COMPARE))
    changes, notes = [], []
    for address in users:
        before: Any = live.resources[address]
        after = _asleep(before) if verb == "suspend" else _awake(before, keys=keys)
        notes += [f"{address}: {note}" for note in (_told(before, after, live.now))]
        if before != after:
            kind = KINDS[address.kind]
            steps = tuple(kind.update(before, after, live_names(live.account, live.resources)))
            told = differences(kind, before, after, live.account)
            changes.append(Change(address, Action.UPDATE, told, steps, reason=verb, before=before, after=after))
    named = sorted(str(address) for address in users)
    plan = Plan(live.account, digest([verb, named, keys]), tuple(changes), notes=tuple(notes))
    return reviewed(ordered(plan, live), live, reader, Options(allow=tuple(allow)))


def _known(names: Sequence[str], live: Live) -> list[Address]:
    """The live users and roles of some names. Roles are written as addresses."""
    spelled = {address: address for address in live.resources}
    found = set()
    for name in names:
        kind, bare = ("role", name.removeprefix(ROLE)) if name.startswith(ROLE) else ("user", name)
        address = Address(kind, bare)
        if address not in spelled:
            there = [one.name for one in live.resources if one.kind == kind]
            raise IamspecError(f'no {kind} "{bare}" is live in account {live.account.id}{did_you_mean(bare, there)}')
        if belongs_to_aws(kind, live.resources[address].path):
            raise IamspecError(f"{address} is AWS's own, at {live.resources[address].path}; IAM refuses to change it")
        found.add(spelled[address])
    return sorted(found)


def serving(review: Review) -> str:
    """The name of a role in a plan that would lose access and that an AWS service may be at work with.

    Empty if none.
    """
    for change in review.changes:
        role = change.after
        if isinstance(role, Role) and role.suspended and trust.services(role.trust):
            return role.name
    return ""


def _asleep(user: Any) -> Any:
    if isinstance(user, Role):
        return replace(user, suspended=True)
    return replace(user, suspended=True, console=False, access_keys=_all(user.access_keys, ACTIVE, INACTIVE))


def _awake(user: Any, *, keys: bool) -> Any:
    if isinstance(user, Role):
        return replace(user, suspended=False)
    return replace(
        user, suspended=False, access_keys=_all(user.access_keys, INACTIVE, ACTIVE) if keys else user.access_keys
    )


def _all(keys: Keys | None, old: str, new: str) -> Keys | None:
    return None if keys is None else tuple(replace(key, status=new) if key.status == old else key for key in keys)


def _told(before: Any, after: Any, now: datetime) -> Iterator[str]:
    if after.suspended:
        yield from _told_asleep(before, after, now)
        return
    if not before.suspended:
        yield "is not suspended"
        return
    if isinstance(before, Role):
        return
    if before.console is False:
        yield "has no password"
    idle = [key.id for key in after.access_keys or () if not key.active]
    if idle:
        yield f"inactive access keys stay so: {', '.join(idle)}; --activate-keys makes them active"


def _told_asleep(before: Any, after: Any, now: datetime) -> Iterator[str]:
    if before == after:
        yield "is suspended already"
    elif not isinstance(before, Role):
        yield sessions(now)
    elif found := trust.services(before.trust):
        yield f"trusts {', '.join(found)}: what runs there with this role stops"
