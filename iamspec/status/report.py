"""IAM's credential report, read strictly: an unknown value or column never passes for good.

The columns are those of "Getting credential reports for your AWS
account" in the IAM User Guide.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from iamspec.errors import Unreadable
from iamspec.kinds.contract import Address, moment

ROOT = "<root_account>"
NOTHING = frozenset({"", "n/a", "no_information", "not_supported"})
MORE = "additional_credentials_info"  # says that a user has more keys or certificates than the columns hold
NUMBERS = ("1", "2")
KEYS = tuple(
    tuple(f"access_key_{one}_{name}" for name in ("active", "last_rotated", "last_used_date")) for one in NUMBERS
)
FLAGS = {"true": True, "false": False}
NEEDED = (
    "user",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    *(name for names in KEYS for name in names),
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
    try:
        (_, columns), *lines = _lines(text) or [(1, [])]
        if lacking := [name for name in NEEDED if name not in columns]:
            raise Unreadable(f"the credential report has no column {', '.join(lacking)}")
        rows = list(_rows(lines, columns))
    except csv.Error as error:
        raise Unreadable(f"the credential report is damaged: {error}") from error
    users = tuple(sorted((row for row in rows if row.user != ROOT), key=lambda row: row.user.casefold()))
    unknown = tuple(sorted(name for name in columns if name not in KNOWN))
    return Report(made, users, next((row for row in rows if row.user == ROOT), None), unknown)


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """The cells of each row, with the number of its last line."""
    reader = csv.reader(io.StringIO(text), strict=True)
    return [(reader.line_num, cells) for cells in reader]


def _rows(lines: Iterable[tuple[int, list[str]]], columns: Sequence[str]) -> Iterator[Row]:
    for number, cells in lines:
        if not cells:
            continue
        if len(cells) != len(columns):
            raise Unreadable(f"the credential report is damaged: line {number} does not fit its columns")
        one = dict(zip(columns, cells, strict=True))
        yield Row(
            user=one["user"],
            password=_flag(one["password_enabled"]),
            password_used=_date(one["password_last_used"])[0],
            password_changed=_date(one["password_last_changed"])[0],
            mfa=_flag(one["mfa_active"]),
            keys=tuple([_key(*(one[name] for name in names)) for names in KEYS]),
            certificates=tuple([_flag(one[name]) for name in CERTIFICATES if name in one]),
            unread=tuple([name for name in DATES if _date(one[name])[1]]),
            more="" if one.get(MORE, "").strip().lower() in NOTHING else one[MORE],
        )


@lru_cache(maxsize=4096)
def _key(active: str, rotated: str, used: str) -> ReportedKey:
    return ReportedKey(_flag(active), _date(rotated)[0], _date(used)[0])


def _flag(text: str) -> bool | None:
    return FLAGS.get(text) if text in FLAGS else FLAGS.get(text.strip().lower())


@lru_cache(maxsize=4096)
def _date(text: str) -> tuple[datetime | None, bool]:
    """The date in a cell, and whether the cell has one that cannot be read. Most cells repeat another."""
    if text.strip().lower() in NOTHING:
        return None, False
    found = moment(text)
    return found, found is None
