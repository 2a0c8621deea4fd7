"""Condition operators: how the value of a key compares with one value in a policy.

After "IAM JSON policy elements: Condition operators" in the IAM User Guide.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_network
from operator import eq, ge, gt, le, lt
from typing import TypeVar

from iamspec.policy.evaluate import patterns
from iamspec.policy.evaluate.patterns import Matcher, Part
from iamspec.policy.evaluate.truth import Context, Truth

Compare = Callable[[str, Context], Truth | None]  # None: one of the two is not of the operator's type
Span = tuple[int, int, int]
T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Operator:
    """`prepare` makes the comparison with one value of a policy, in which variables are read or not."""

    prepare: Callable[[str, bool], Compare]
    negated: bool = False


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?", re.ASCII)
_EPOCH = re.compile(r"\d{1,3}|\d{5,19}", re.ASCII)  # four digits are a year
_DATE = re.compile(
    r"(?P<year>-?\d{4,9})(-(?P<month>\d\d?)(-(?P<day>\d\d?)"
    r"([Tt]((?P<hour>\d\d?)(:(?P<minute>\d\d?)(:(?P<second>\d\d?)(\.(?P<fraction>\d{1,9}))?)?)?)?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>\d\d)(:?(?P<minutes>\d\d))?)?)?)?)?",
    re.ASCII,
)
_LEAST = (("month", 1), ("day", 1), ("hour", 0), ("minute", 0), ("second", 0))
_CYCLE = 400  # years after which the calendar repeats
_CYCLE_SECONDS = 146_097 * 86_400
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_BOOLEANS = {"true": True, "false": False}


def number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of a date in ISO 8601, in UTC unless it says otherwise; or such seconds themselves."""
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    cycles, year = divmod(int(found["year"]), _CYCLE)
    month, day, hour, minute, second = (int(found[name] or least) for name, least in _LEAST)
    try:
        date = datetime(year + _CYCLE, month, day, hour, minute, second, tzinfo=_zone(found))
    except ValueError:
        return None
    seconds = (date - _FIRST) // timedelta(seconds=1) + (cycles - 1) * _CYCLE_SECONDS
    return Decimal(seconds) + Decimal(f"0.{found['fraction'] or 0}")


def _zone(found: re.Match[str]) -> timezone:
    if not found["sign"]:
        return UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


def boolean(text: str) -> bool | None:
    return _BOOLEANS.get(text.lower())


def binary(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def address(text: str) -> Span | None:
    return network(text) if "/" not in text else None


def network(text: str) -> Span | None:
    """IP version, first and last address of a range, or of the one address that the text names."""
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    return found.version, int(found.network_address), int(found.broadcast_address)


def _within(inner: Span, outer: Span) -> bool:
    return inner[0] == outer[0] and outer[1] <= inner[1] <= inner[2] <= outer[2]


def _typed(
    read: Callable[[str], T | None], wanted: Callable[[str], W | None], holds: Callable[[T, W], bool]
) -> Callable[[str, bool], Compare]:
    """A comparison of values that are more than text, where IAM reads no variables."""

    def prepare(value: str, _variables: bool) -> Compare:
        policy = wanted(value)

        def compare(text: str, _context: Context) -> Truth | None:
            found = read(text)
            return None if found is None or policy is None else holds(found, policy)

        return compare

    return prepare


def _pattern(way: Callable[[tuple[Part, ...]], Matcher], *, wildcards: bool) -> Callable[[str, bool], Compare]:
    def prepare(value: str, variables: bool) -> Compare:
        return patterns.pattern(patterns.parse(value, variables=variables, wildcards=wildcards), way).matches

    return prepare


def _ordered(kind: str, read: Callable[[str], Decimal | None]) -> dict[str, Operator]:
    order = {"LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
    same = _typed(read, read, eq)
    return {
        f"{kind}Equals": Operator(same),
        f"{kind}NotEquals": Operator(same, negated=True),
        **{f"{kind}{name}": Operator(_typed(read, read, holds)) for name, holds in order.items()},
    }


def _both(
    prepare: Callable[[str, bool], Compare], positive: tuple[str, ...], negative: tuple[str, ...]
) -> dict[str, Operator]:
    return {name: Operator(prepare, negated=name in negative) for name in (*positive, *negative)}


_EQUAL = _pattern(patterns.equal, wildcards=False)
_EQUAL_IN_ANY_CASE = _pattern(patterns.equal_in_any_case, wildcards=False)
_LIKE = _pattern(patterns.like, wildcards=True)
_ARN = _pattern(patterns.arn, wildcards=True)
_WITHIN = _typed(address, network, _within)

OPERATORS = {
    **_both(_EQUAL, ("StringEquals",), ("StringNotEquals",)),
    **_both(_EQUAL_IN_ANY_CASE, ("StringEqualsIgnoreCase",), ("StringNotEqualsIgnoreCase",)),
    **_both(_LIKE, ("StringLike",), ("StringNotLike",)),
    **_ordered("Numeric", number),
    **_ordered("Date", moment),
    "Bool": Operator(_typed(boolean, boolean, eq)),
    "BinaryEquals": Operator(_typed(binary, binary, eq)),
    **_both(_WITHIN, ("IpAddress",), ("NotIpAddress",)),
    **_both(_ARN, ("ArnEquals", "ArnLike"), ("ArnNotEquals", "ArnNotLike")),
}
