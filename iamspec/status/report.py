"""IAM's credential report, read strictly: an unknown value or column never passes for good.

The columns are those of "Getting credential reports for your AWS
account" in the IAM User Guide.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from iamspec.errors import Unreadable
from iamspec.kinds.contract import Address, moment

ROOT = "<root_account>"
NOTHING = frozenset({"", "n/a", "no_information", "not_supported"})
MORE = "additional_credentials_info"  # says that a user has more keys or certificates than the columns hold
NUMBERS = ("1", "2")
NEEDED = (
    "user",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    *(f"access_key_{one}_{name}" for one in NUMBERS for name in ("active", "last_rotated", "last_used_date")),
)
DATES = tuple(name for name in NEEDED if name.endswith(("_used", "_changed", "_rotated", "_date")))
CERTIFICATES = tuple(f"cert_{one}_active" for one in NUMBERS)
UNUSED = (
    "arn",
    "user_creation_time",
    "password_next_rotation",
    *(f"access_key_{one}_last_used_{name}" for one in NUMBERS for name in ("region", "service")),
    *(f"cert_{one}_last_rotated" for one in NUMBERS),
)
KNOWN = frozenset({*NEEDED, *CERTIFICATES, *UNUSED, MORE})


@dataclass(frozen=True, slots=True)
class ReportedKey:
    """An access key in the report.

    A date is None where the report has no readable date.
    """

    active: bool | None
    rotated: datetime | None
    used: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One user, or root.

    A flag is None where the report says neither true nor false.
    """

    user: str
    password: bool | None
    password_used: datetime | None
    password_changed: datetime | None
    mfa: bool | None
    keys: tuple[ReportedKey, ...]
    certificates: tuple[bool | None, ...] = ()  # whether each is active. Empty where the report lacks such columns
    more: str = ""
    unread: tuple[str, ...] = ()  # the columns whose date cannot be read

    @property
    def address(self) -> Address:
        return Address("user", self.user)

    @property
    def may_sign_in(self) -> bool:
        """Whether the user has a password, or may have one for all that the report says."""
        return self.password is not False

    @property
    def active_keys(self) -> tuple[ReportedKey, ...]:
        """The keys that are not certainly inactive."""
        return tuple(key for key in self.keys if key.active is not False)


@dataclass(frozen=True, slots=True)
class Report:
    """The report of `made`: the users by name, root if the report has it, and unknown columns."""

    made: datetime
    users: tuple[Row, ...]
    root: Row | None = None
    unknown_columns: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Root, if the report has it, and the users."""
        return self.users if self.root is None else (self.root, *self.users)


def read_report(text: str, made: datetime) -> Report:
    """The report in a text.

    Raises Unreadable if a column is missing or a row is damaged.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        columns = tuple(reader.fieldnames or ())
        if lacking := [name for name in NEEDED if name not in columns]:
            raise Unreadable(f"the credential report has no column {', '.join(lacking)}")
        rows = list(_rows(reader))
    except csv.Error as error:
        raise Unreadable(f"the credential report is damaged: {error}") from error
    users = tuple(sorted((row for row in rows if row.user != ROOT), key=lambda row: row.address))
    unknown = tuple(sorted(name for name in columns if name not in KNOWN))
    return Report(made, users, next((row for row in rows if row.user == ROOT), None), unknown)


def _rows(reader: "csv.DictReader[str]") -> Iterator[Row]:
    for one in reader:
        if None in one or None in one.values():
            raise Unreadable(f"the credential report is damaged: line {reader.line_num} does not fit its columns")
        yield Row(
            user=one["user"],
            password=_flag(one["password_enabled"]),
            password_used=_when(one["password_last_used"]),
            password_changed=_when(one["password_last_changed"]),
            mfa=_flag(one["mfa_active"]),
            keys=tuple(_key(one, number) for number in NUMBERS),
            certificates=tuple(_flag(one[name]) for name in CERTIFICATES if name in one),
            unread=tuple(name for name in DATES if _is_unread(one[name])),
            more="" if one.get(MORE, "").strip().lower() in NOTHING else one[MORE],
        )


def _key(row: Mapping[str, str], number: str) -> ReportedKey:
    names = ("active", "last_rotated", "last_used_date")
    active, rotated, used = (row[f"access_key_{number}_{name}"] for name in names)
    return ReportedKey(_flag(active), _when(rotated), _when(used))


def _flag(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.strip().lower())


def _is_unread(text: str) -> bool:
    return text.strip().lower() not in NOTHING and moment(text) is None


def _when(text: str) -> datetime | None:
    return None if text.strip().lower() in NOTHING else moment(text)
