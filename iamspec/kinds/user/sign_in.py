"""Passwords, access keys and suspension of users.

The module has the desired state, the notes, and the calls that
change them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from iamspec.errors import Issue
from iamspec.iam import Call
from iamspec.kinds import suspending
from iamspec.kinds.contract import Declared, Phase, Step, moment
from iamspec.kinds.holdings import Holder
from iamspec.kinds.spelling import spelling_notes
from iamspec.kinds.user.credentials import INACTIVE, KEY_USE, OTHERS, ROTATION, UNMANAGED, has_password, ids, keys_of
from iamspec.kinds.user.operations import (
    DROP_DEVICE,
    DROP_KEY,
    DROP_PASSWORD,
    MAKE_KEY,
    MAKE_PASSWORD,
    MARK,
    REMOVE_UNMANAGED,
    SWITCH_KEY,
    TAGGING,
)
from iamspec.kinds.user.recipients import recipient_error
from iamspec.kinds.user.rotation import turn
from iamspec.kinds.user.shape import User, UserSpec
from iamspec.policy.suspension import sessions


def check(declared: Declared[UserSpec]) -> Iterator[Issue]:
    keys = declared.shape.access_keys
    if keys is not None and keys.rotate_after_days is not None and keys.active != 1:
        message = "IAM has room for two keys, so a rotation needs `active: 1`"
        yield declared.issue(message, "access_keys", "rotate_after_days")
    if declared.shape.deliver_to is not None and (error := recipient_error(declared.shape.deliver_to)):
        yield declared.issue(error, "deliver_to")


def compares(desired: User) -> bool:
    """Whether credentials are compared. The sweep does not list them."""
    manages = desired.console is not None or desired.access_keys is not None
    return manages or bool(desired.suspended) or desired.orders.expires is not None


def fill_desired(desired: User, live: User | None, now: datetime) -> User:
    """Fills unset fields from the live user, applies the end of the user, and withholds new grants while suspended.

    Inline policies get the spellings that IAM keeps.
    """
    if suspending.is_over(desired, now):
        desired = replace(desired, suspended=True)
    if live is None:
        return _withheld(desired, User(desired.name)) if desired.suspended else desired
    desired, keys = suspending.spelled(desired, live), live.access_keys
    if desired.orders.keys is not None and keys is not None:
        keys = turn(keys, desired.orders.keys, now, live.facts.rotation).keys
    settled = replace(
        desired,
        tags=live.tags if desired.tags is None else desired.tags,
        policies=desired.policies | live.facts.quarantine,
        console=live.console if desired.console is None or live.console is None else desired.console,
        access_keys=keys,
        suspended=live.suspended if desired.suspended is None else desired.suspended,
    )
    return _withheld(settled, live, asleep=bool(desired.suspended)) if settled.suspended else settled


def notes(desired: User, live: User | None, now: datetime) -> Iterator[str]:
    yield from suspending.due(desired.expires, now)
    if live is None:
        return
    yield from spelling_notes(desired.inline_policies, live.inline_policies)
    desired, over = suspending.spelled(desired, live), suspending.is_over(desired, now)
    if over or desired.suspended or (desired.suspended is None and live.suspended):
        yield from suspending.waiting(desired, live, fill_desired(desired, live, now), over=over)
        if not live.suspended:
            yield sessions(now)
    elif desired.orders.keys is not None and live.access_keys is not None:
        yield from turn(live.access_keys, desired.orders.keys, now, live.facts.rotation).notes
    if compares(desired) and live.console is None:
        yield "its password and keys are not known here, so they are not compared"


def excess(desired: User, live: User, now: datetime) -> Iterator[str]:
    """The active keys beyond the spec that apply leaves alone, as `access key AKIA…`."""
    if desired.orders.keys is None or live.access_keys is None or desired.suspended or suspending.is_over(desired, now):
        return  # an apply makes every key of a suspended user inactive
    found = turn(live.access_keys, desired.orders.keys, now, live.facts.rotation)
    yield from (f"access key {key.id}" for key in found.spare)


# What IAM answers


def hearing(user: User, call: Call, answer: Mapping[str, Any] | None) -> User:
    """The user with an answer about credentials filled in."""
    if call.operation == KEY_USE:
        used = moment(((answer or {}).get("AccessKeyLastUsed") or {}).get("LastUsedDate"))
        keys = tuple(
            replace(key, used=used, asked=True) if key.id == call.params["AccessKeyId"] else key
            for key in user.access_keys or ()
        )
        return replace(user, access_keys=keys)
    held = user.facts.credentials
    held = replace(held, asked=held.asked | {call.operation})
    if call.operation == "GetUser":
        held = replace(held, password_used=moment(((answer or {}).get("User") or {}).get("PasswordLastUsed")))
    elif call.operation in OTHERS:
        others: dict[str, Any] = {OTHERS[call.operation].field: ids(call.operation, answer)}
        held = replace(held, **others)
    elif call.operation == "GetLoginProfile":
        held = replace(held, password_made=moment(((answer or {}).get("LoginProfile") or {}).get("CreateDate")))
    user = replace(user, facts=replace(user.facts, credentials=held))
    if call.operation == "GetLoginProfile":
        return replace(user, console=has_password(answer))
    return replace(user, access_keys=keys_of(answer)) if call.operation == "ListAccessKeys" else user


# The calls


def credential_steps(holder: Holder, before: User, after: User) -> Iterator[Step]:
    """The calls for passwords and keys.

    Removals run first (LOCK_OUT), under the old name, when the
    user is suspended. New credentials are made last.
    """
    phase = Phase.LOCK_OUT if after.suspended else Phase.REVOKE
    ending = replace(holder, name=before.name) if after.suspended else holder
    yield from _key_steps(holder, ending, phase, before, after)
    if before.console and after.console is False:
        yield ending.step(phase, DROP_PASSWORD)
    if after.console and not before.console:
        required = after.orders.password_reset_required
        yield holder.step(Phase.GRANT, MAKE_PASSWORD, PasswordResetRequired=required)


def _key_steps(holder: Holder, ending: Holder, phase: Phase, before: User, after: User) -> Iterator[Step]:
    old = {key.id: key for key in before.access_keys or ()}
    new = [key for key in after.access_keys or () if key.id]
    for key in new:
        if key.id in old and key != old[key.id]:
            one, when = (holder, Phase.GRANT) if key.active else (ending, phase)
            yield one.step(when, SWITCH_KEY, AccessKeyId=key.id, Status=key.status)
    dropped = sorted(old.keys() - {key.id for key in new}) if after.access_keys is not None else []
    for gone in dropped:
        yield ending.step(phase, DROP_KEY, AccessKeyId=gone)
    if before.facts.rotation in dropped:
        yield ending.step(phase, TAGGING.untag, TagKeys=[ROTATION])
    for key in (one for one in after.access_keys or () if not one.id):
        yield holder.step(Phase.GRANT, MAKE_KEY)
        if key.replaces:
            yield holder.step(Phase.GRANT, TAGGING.tag, Tags=[MARK])


def removal(user: User) -> Iterator[Call]:
    """The calls that lock a user out and clear the way for DeleteUser.

    Keys and password go first.
    """
    for key in user.access_keys or ():
        yield DROP_KEY.call(UserName=user.name, AccessKeyId=key.id)
    if user.console:
        yield DROP_PASSWORD.call(UserName=user.name)
    for kind in UNMANAGED:
        for one in getattr(user.facts.credentials, kind.field):
            yield REMOVE_UNMANAGED[kind.field].call(UserName=user.name, **{kind.id: one})
            if ":mfa/" in one:  # a virtual device: its name would block enrolling again
                yield DROP_DEVICE.call(SerialNumber=one)


# Suspension


def _withheld(desired: User, live: User, *, asleep: bool = True) -> User:
    """The part of the spec that a suspended user keeps.

    No grant and no credential is new. Users who are `asleep` have
    no usable credential.
    """
    keys = live.access_keys
    if keys is not None and asleep:
        keys = tuple(replace(key, status=INACTIVE) if key.active else key for key in keys)
    elif keys is not None and desired.access_keys is not None:
        wanted = {key.id: key for key in desired.access_keys}
        keys = tuple(
            replace(key, status=INACTIVE) if key.active and not wanted[key.id].active else key
            for key in keys
            if key.id in wanted
        )
    console = live.console and (False if asleep else bool(desired.console is not False))
    keeps = suspending.keeping(desired, live)
    return replace(desired, groups=desired.groups & live.groups, console=console, access_keys=keys, **keeps)
