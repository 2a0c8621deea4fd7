"""The credentials of all users and their age, from the credential report or from reads of each user.

The report's columns are those of "Getting credential reports for
your AWS account" in the IAM User Guide. IAM makes a report every
four hours at most.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from iamspec.desired.load import Spec
from iamspec.desired.validation import did_you_mean
from iamspec.errors import IamError, IamspecError, Unreadable
from iamspec.iam import Account, Call, Reader
from iamspec.kinds.contract import Address, Purpose, moment
from iamspec.live import observe
from iamspec.live.observe import Live

ROOT = "<root_account>"
MOST_NAMES = 10
NOT_THERE = frozenset({"ReportNotPresent", "ReportExpired", "ReportInProgress"})  # not, or not yet
WITHOUT_REPORT = "no credential report is fresh enough, so each user was asked about"
NOT_OF_ROOT = "cannot tell how root signs in: only a credential report says so; `iamspec status` knows the MFA of root"
NOTHING = frozenset({"", "N/A", "no_information", "not_supported"})


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An access key. The report does not have its id."""

    active: bool
    created: datetime | None
    used: datetime | None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A user, or the root user.

    A field is None where the value is unknown.
    """

    user: str
    console: bool | None
    mfa: bool | None
    password_changed: datetime | None = None
    password_used: datetime | None = None
    next_rotation: datetime | None = None
    keys: tuple[KeyRow, ...] = ()
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class CredentialReport:
    """The credentials of all users at `made`.

    `reported` says that IAM's report gave them.
    """

    account: Account
    made: datetime
    now: datetime
    rows: tuple[Row, ...]
    reported: bool
    notes: tuple[str, ...] = field(default=())


def take(reader: Reader, names: Sequence[str], fresh: timedelta, spec: Spec | None = None) -> CredentialReport:
    """The credentials of some users, or of all.

    For all users, IAM's report answers if it is not older than
    `fresh`.
    """
    live = observe.read_live(reader)
    orders = _rotations(spec)
    if not names and (found := _reported(reader, live, fresh)) is not None:
        text, made = found
        rows = tuple(sorted(_rows(text, live, orders), key=lambda one: (one.user != ROOT, one.user.casefold())))
        return CredentialReport(live.account, made, live.now, rows, reported=True, notes=tuple(_since(rows, live)))
    users = _users(names, live)
    live = observe.fill(reader, live, dict.fromkeys(users, Purpose.DELETE))
    rows = tuple(_row(live, address, orders) for address in users)
    if names:
        return CredentialReport(live.account, live.now, live.now, rows, reported=False)
    rows, notes = (Row(ROOT, console=None, mfa=None), *rows), (WITHOUT_REPORT, NOT_OF_ROOT)
    return CredentialReport(live.account, live.now, live.now, rows, reported=False, notes=notes)


def _since(rows: Sequence[Row], live: Live) -> Iterator[str]:
    """Users that a report shows wrongly: those who came, went or were suspended after it was made."""
    told = {Address("user", row.user): row for row in rows if row.user != ROOT}
    users = {address for address in live.resources if address.kind == "user"}
    suspended = {address for address, row in told.items() if row.suspended}
    if others := sorted((told.keys() ^ users) | suspended):
        names = ", ".join(one.name for one in others[:MOST_NAMES]) + (" and more" if len(others) > MOST_NAMES else "")
        yield f"of these IAM's report may be out of date: {names}; --fresh 0 asks about each user as it is now"


def _users(names: Sequence[str], live: Live) -> list[Address]:
    known = {address: address for address in live.resources if address.kind == "user"}
    for name in names:
        if Address("user", name) not in known:
            hint = did_you_mean(name, [one.name for one in known])
            raise IamspecError(f'no user "{name}" is live in account {live.account.id}{hint}')
    return sorted({known[Address("user", name)] for name in names} if names else known)


def _rotations(spec: Spec | None) -> dict[Address, timedelta]:
    """After how long the keys of whom are rotated, by the spec."""
    shapes: dict[Address, Any] = {one.address: one.shape.access_keys for one in spec.of("user")} if spec else {}
    return {
        address: timedelta(days=one.rotate_after_days)
        for address, one in shapes.items()
        if one is not None and one.rotate_after_days is not None
    }


# IAM's report


def _reported(reader: Reader, live: Live, fresh: timedelta) -> tuple[str, datetime] | None:
    """The text of a fresh report, and when it was made.

    IAM makes a new report if there is none.
    """
    found = _got(reader)
    if found is None or live.now - found[1] > fresh:
        (asked,) = reader.attempt_each([Call("GenerateCredentialReport")])
        if isinstance(asked, IamError):
            raise Unreadable(f"a credential report cannot be made: {asked}") from asked
        found = _got(reader)
    return found if found is not None and live.now - found[1] <= fresh else None


def _got(reader: Reader) -> tuple[str, datetime] | None:
    (answer,) = reader.attempt_each([Call("GetCredentialReport")])
    if isinstance(answer, IamError):
        if answer.code in NOT_THERE:
            return None
        raise Unreadable(f"the credential report cannot be read: {answer}") from answer
    made = moment(answer.get("GeneratedTime"))
    content = answer.get("Content", b"")
    text = content.decode("utf-8") if isinstance(content, bytes) else str(content)
    return (text, made) if made is not None else None


def _rows(text: str, live: Live, orders: Mapping[Address, timedelta]) -> Iterator[Row]:
    for one in csv.DictReader(io.StringIO(text)):
        address = Address("user", one.get("user", ""))
        user: Any = live.resources.get(address)
        keys = tuple(_keys(one))
        yield Row(
            user=one.get("user", ""),
            console=_flag(one.get("password_enabled")),
            mfa=_flag(one.get("mfa_active")),
            password_changed=_when(one.get("password_last_changed")),
            password_used=_when(one.get("password_last_used")),
            next_rotation=_next(_when(one.get("password_next_rotation")), keys, orders.get(address)),
            keys=keys,
            suspended=bool(user and user.suspended),
        )


def _keys(row: Mapping[str, str]) -> Iterator[KeyRow]:
    """A key that was never there has no date."""
    for number in ("1", "2"):
        active, created = (
            _flag(row.get(f"access_key_{number}_active")),
            _when(row.get(f"access_key_{number}_last_rotated")),
        )
        if active or created:
            yield KeyRow(bool(active), created, _when(row.get(f"access_key_{number}_last_used_date")))


def _flag(text: str | None) -> bool | None:
    return {"true": True, "false": False}.get((text or "").lower())


def _when(text: str | None) -> datetime | None:
    return None if (text or "") in NOTHING else moment(text)


def _next(password: datetime | None, keys: Sequence[KeyRow], rotate_after: timedelta | None) -> datetime | None:
    """The first due date: of a password that ends, or of a key that the spec has rotated."""
    due = [one.created + rotate_after for one in keys if rotate_after is not None and one.active and one.created]
    return min([*due, *([password] if password is not None else [])], default=None)


# Asking about each user


def _row(live: Live, address: Address, orders: Mapping[Address, timedelta]) -> Row:
    user: Any = live.resources[address]
    held = user.facts.credentials
    keys = tuple(KeyRow(key.active, key.created, key.used, key.id) for key in user.access_keys or ())
    return Row(
        user=user.name,
        console=user.console,
        mfa=bool(held.mfa_devices),
        password_used=held.password_used,
        next_rotation=_next(None, keys, orders.get(address)),
        keys=keys,
        suspended=bool(user.suspended),
    )
