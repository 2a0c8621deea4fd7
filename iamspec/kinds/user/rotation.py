"""The rotation of access keys: a step for each run, decided by the dates that IAM keeps.

The only state is the tag `iamspec:rotation` of the user, with the
id of the key that iamspec made. A second key without the tag stops
the rotation, because an intruder may have made it. No step leaves
a user without an active key, and none takes away one that was used
within the last day.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from iamspec.kinds.user.credentials import INACTIVE, ROTATION, Key, Keys
from iamspec.policy.expiry import SOON

QUIET = timedelta(days=1)
MOST = 2  # keys that IAM lets a user have
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """The number of keys of a user, and when each is replaced.

    Days count since the key was made.
    """

    active: int = 1
    rotate_after: timedelta | None = None
    overlap: timedelta = timedelta(days=7)
    force: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """The keys as the next step leaves them, and sentences about it and the one after it.

    `spare` are the active keys among them that the spec does not
    want, and that iamspec did not make.
    """

    keys: Keys
    notes: tuple[str, ...] = ()
    spare: Keys = ()


def turn(keys: Keys, order: KeyOrder, now: datetime, own: str = "") -> Turn:
    """The next step for the keys of a user, oldest first.

    Only notes where no step is due. `own` is the id of the key
    that iamspec made to replace another.
    """
    if order.active == 0:
        return _none(keys, order, now)
    active = [key for key in keys if key.active]
    if len(active) < order.active:
        return _more(keys, order.active - len(active))
    if order.active == 1 and (pair := _pair(keys, own)):
        return _replaced(*pair, order, now)
    if order.rotate_after is not None and keys:
        return _rotated(keys, order, order.rotate_after, now)
    return Turn(keys, tuple(_beyond(keys, order)), _spare(keys, order))


def _none(keys: Keys, order: KeyOrder, now: datetime) -> Turn:
    """Deletes every key that is not in use."""
    kept = tuple(key for key in keys if key.active and _in_use(key, order, now))
    notes = tuple(f"access key {key.id} stays: {_used(key)}; `force: true` does not wait" for key in kept)
    return Turn(kept, notes, kept)


def _more(keys: Keys, lacking: int) -> Turn:
    """Switches on existing keys before it makes new keys.

    IAM has room for two.
    """
    idle = [key for key in reversed(keys) if key.status == INACTIVE][:lacking]
    room = max(0, MOST - len(keys))
    new = (Key(),) * min(lacking - len(idle), room)
    notes = [f"access key {key.id} is made active again" for key in idle]
    if len(idle) + len(new) < lacking:
        notes.append(f"IAM has no room for a further access key: {', '.join(key.id for key in keys)} are there")
    return Turn((*(replace(key, status="Active") if key in idle else key for key in keys), *new), tuple(notes))


def _beyond(keys: Keys, order: KeyOrder) -> list[str]:
    """Notes about keys beyond the spec.

    They are left alone, because iamspec does not know their
    purpose.
    """
    spare = _spare(keys, order)
    notes = [f"access key {key.id} is one more than the spec says; it is left alone" for key in spare]
    idle = [key for key in keys if not key.active]
    return [*notes, *(f"access key {key.id} is {key.status} and left alone" for key in idle)]


def _spare(keys: Keys, order: KeyOrder) -> Keys:
    return tuple(key for key in keys if key.active)[order.active :]


def _pair(keys: Keys, own: str) -> tuple[Key, Key] | None:
    """The old key and the key that iamspec made to replace it."""
    new = next((key for key in keys if key.id == own and key.active), None)
    old = next((key for key in keys if key.id != own), None)
    found = new and old and _made(old) <= _made(new)
    return (old, new) if found and old and new else None


def _replaced(old: Key, new: Key, order: KeyOrder, now: datetime) -> Turn:
    """The next step after iamspec has made the second key."""
    return _retired(old, new, order, now) if old.active else _deleted(old, new, order, now)


def _rotated(keys: Keys, order: KeyOrder, rotate_after: timedelta, now: datetime) -> Turn:
    if len(keys) == 1:
        return _begun(keys[0], rotate_after, order, now)
    spare = tuple(key for key in keys[1:] if key.active)
    return Turn(keys, (*_stopped(keys), *_beyond(keys, order), *_no_room(keys, rotate_after, now)), spare)


def _begun(key: Key, rotate_after: timedelta, order: KeyOrder, now: datetime) -> Turn:
    """The second key, once the first is old enough."""
    due = _made(key) + rotate_after
    if now < due:
        soon = due <= now + SOON
        return Turn((key,), (f"access key {key.id} is rotated on {_day(due)}",) if soon else ())
    age = f"{(now - _made(key)).days} days old, to be rotated after {rotate_after.days}"
    then = f"it becomes inactive once the new one is in use, or on {_day(now + order.overlap)}"
    return Turn((key, Key(replaces=True)), (f"access key {key.id} is {age}: a second one is made; {then}",))


def _stopped(keys: Keys) -> list[str]:
    """A rotation that stops at a second active key, because iamspec did not make it."""
    if not keys[-1].active:
        return []
    both = "are both active" if all(key.active for key in keys) else "are there"
    cure = f"delete the key without an owner, or set the tag {ROTATION} of the user to the id of the newer key"
    return [f"the rotation stops: {' and '.join(map(_told, keys))} {both}, and no rotation made the second; {cure}"]


def _told(key: Key) -> str:
    status = "" if key.active else f"{key.status}, "
    made = f"{status}made on {_day(key.created)}" if key.created else f"{status}made on a day that is not known"
    used = f"last used on {_day(key.used)}" if key.used else "never used" if key.asked else "last use not known"
    return f"{key.id} ({made}, {used})"


def _no_room(keys: Keys, rotate_after: timedelta, now: datetime) -> list[str]:
    """A rotation that cannot begin, because there are two keys already and not through one."""
    due = [key for key in keys if key.active and now >= _made(key) + rotate_after]
    return [f"access key {key.id} is to be rotated, but IAM has no room for another: delete one" for key in due]


def _retired(old: Key, new: Key, order: KeyOrder, now: datetime) -> Turn:
    """Deactivates the old key when the new key is in use or the overlap is over.

    The old key must not have been used within the last day.
    """
    over = _made(new) + order.overlap
    if new.used is None and now < over:
        note = f"access key {old.id} becomes inactive once {new.id} is in use, or on {_day(over)}"
        return Turn((old, new), (note,))
    if _in_use(old, order, now):
        note = f"access key {old.id} stays active: {_used(old)}; `force: true` does not wait"
        return Turn((old, new), (note,))
    why = f"{new.id} is in use" if new.used is not None else f"the overlap of {order.overlap.days} days is over"
    then = f"it is deleted after {_day(_quiet_since(old, new, order, now) + order.overlap)}"
    return Turn((replace(old, status=INACTIVE), new), (f"access key {old.id} becomes inactive, as {why}; {then}",))


def _deleted(old: Key, new: Key, order: KeyOrder, now: datetime) -> Turn:
    """The deletion of the old key.

    IAM does not say since when a key is inactive. So the latest
    possible day counts.
    """
    due = _quiet_since(old, new, order, now) + order.overlap
    if now < due:
        return Turn((old, new), (f"access key {old.id} is inactive, and deleted on {_day(due)}",))
    return Turn((new,), (f"access key {old.id} is deleted: {new.id} has taken its place",))


def _quiet_since(old: Key, new: Key, order: KeyOrder, now: datetime) -> datetime:
    last = old.used + QUIET if old.used is not None else BEGINNING
    return max(_made(new) + order.overlap, last) if not old.active else max(now, _made(new) + order.overlap, last)


def _in_use(key: Key, order: KeyOrder, now: datetime) -> bool:
    return not order.force and key.used is not None and key.used > now - QUIET


def _used(key: Key) -> str:
    return f"it was used on {key.used:%Y-%m-%d at %H:%M} UTC, within the last day" if key.used else "it was never used"


def _made(key: Key) -> datetime:
    return key.created or BEGINNING


def _day(when: datetime) -> str:
    return when.astimezone(UTC).date().isoformat()
