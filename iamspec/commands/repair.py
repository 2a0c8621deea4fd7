"""Repairs of what a user signs in with: a forgotten password, a leaked key, a lost phone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from iamspec.commands.repairing import DEVICES, Order, Repair, opened, owner_of_key, review
from iamspec.desired.resources import live_names
from iamspec.iam import Reader
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Phase, Step
from iamspec.kinds.user.credentials import INACTIVE, MFA_REMOVED, PASSWORD_RESET, Key, Keys
from iamspec.kinds.user.operations import DROP_DEVICE, REMOVE_UNMANAGED, RESET_PASSWORD
from iamspec.kinds.user.rotation import MOST, KeyOrder
from iamspec.plan.diff import Difference, differences
from iamspec.review.model import Review

KIND = KINDS["user"]


def resetting(order: Order, name: str, reader: Reader) -> Review:
    """The plan that gives a user with a password a new one."""
    repair = opened(order, name, reader)
    if repair.shape.console is False:
        raise repair.refused("has `console: false` in the spec")
    if not repair.user.console:
        raise repair.refused("has no password; an apply makes one if the spec says `console: true`")
    required = getattr(repair.shape.console, "password_reset_required", True)
    steps = (
        repair.tagged(PASSWORD_RESET),
        repair.step(Phase.GRANT, RESET_PASSWORD, PasswordResetRequired=required),
    )
    note = "sessions that are open now go on; if an intruder may have one, lock the user out first: "
    told = Difference("console", "a password", "a new password")
    return review(repair, steps, [told], [f"{note}iamspec suspend {repair.user.name}"], reader)


def replacing(order: Order, name: str, reader: Reader, *, leaked: bool) -> Review:
    """The plan that makes a second access key, and with `leaked` puts the first to sleep before."""
    repair = opened(order, name, reader)
    wanted, keys = _wanted(repair), repair.user.access_keys or ()
    if wanted and wanted.active != 1:
        raise repair.refused(f"has `access_keys: {wanted.active}` in the spec; a replacement needs `active: 1`")
    if not keys:
        raise repair.refused("has no access key; an apply makes one if the spec says `access_keys: 1`")
    if len(keys) == MOST:
        both = " and ".join(key.id for key in keys)
        advice = f"delete the key that is not needed, or lock a leaked key at once: iamspec deactivate-key {keys[0].id}"
        raise repair.refused(f"has two access keys, {both}, and IAM has no room for a third; {advice}")
    kept = tuple(replace(key, status=INACTIVE) for key in keys) if leaked else keys
    return _with_keys(repair, (*kept, Key(replaces=True)), list(_of_old_key(keys[0], wanted, leaked=leaked)), reader)


def _of_old_key(old: Key, wanted: KeyOrder | None, *, leaked: bool) -> Iterator[str]:
    """A note on the old key after the repair."""
    if leaked:
        yield f"access key {old.id} becomes inactive before the new one is made"
    elif wanted is None:
        yield f"access key {old.id} stays active, as the spec does not manage keys: iamspec deactivate-key {old.id}"
    else:
        days = wanted.overlap.days
        yield f"access key {old.id} works for up to {days} days more; an apply then makes it inactive, and later deletes it"


def deactivating(order: Order, key_id: str, reader: Reader) -> Review:
    """The plan that makes an access key inactive, found by its id."""
    repair = opened(order, owner_of_key(reader, key_id), reader)
    wanted, keys = _wanted(repair), repair.user.access_keys or ()
    if all(key.id != key_id or not key.active for key in keys):
        raise repair.refused(f"has no active access key {key_id}")
    left = [key for key in keys if key.active and key.id != key_id]
    if wanted and len(left) < wanted.active:
        cure = f"iamspec replace-key {repair.user.name} --leaked"
        why = f"needs {wanted.active} active access keys by the spec, so the next apply would wake {key_id} again"
        raise repair.refused(f"{why}; {cure}")
    after = tuple(replace(key, status=INACTIVE) if key.id == key_id else key for key in keys)
    return _with_keys(repair, after, [], reader)


def _wanted(repair: Repair) -> KeyOrder | None:
    return repair.shape.access_keys.order if repair.shape.access_keys else None


def _with_keys(repair: Repair, keys: Keys, notes: Sequence[str], reader: Reader) -> Review:
    """The plan that gives a user these access keys."""
    live, after = repair.live, replace(repair.user, access_keys=keys)
    steps = tuple(KIND.update(repair.user, after, live_names(live.account, live.resources)))
    if any(key.replaces for key in keys):
        asleep = [replace(step, phase=Phase.LOCK_OUT) if step.phase is Phase.REVOKE else step for step in steps]
        steps = tuple(sorted(asleep, key=lambda one: one.phase))
    return review(repair, steps, differences(KIND, repair.user, after, live.account), notes, reader)


def removing_mfa(order: Order, name: str, reader: Reader, devices: Sequence[str] = ()) -> Review:
    """The plan that takes MFA devices away from a user: the only one, or those that are named."""
    repair = opened(order, name, reader)
    held = repair.user.facts.credentials.mfa_devices
    if not held:
        raise repair.refused("has no MFA device")
    if unknown := sorted(set(devices) - set(held)):
        raise repair.refused(f"has no MFA device {unknown[0]}; there is {', '.join(held)}")
    if len(held) > 1 and not devices:
        raise repair.refused(f"has {len(held)} MFA devices; name the lost device with --device: {', '.join(held)}")
    gone = sorted(set(devices or held))
    steps = [repair.tagged(MFA_REMOVED), *(step for serial in gone for step in _removal(repair, serial))]
    left = sorted(set(held) - set(gone))
    note = "from now on the password alone is enough to sign in, until a new device is enrolled"
    told = Difference("mfa devices", list(held), left or None)
    return review(repair, steps, [told], [] if left else [note], reader)


def _removal(repair: Repair, serial: str) -> Iterator[Step]:
    yield repair.step(Phase.REVOKE, REMOVE_UNMANAGED[DEVICES.field], SerialNumber=serial)
    if ":mfa/" in serial:  # a virtual device: its name would block enrolling again
        yield Step(repair.address, Phase.REVOKE, DROP_DEVICE.call(SerialNumber=serial))
