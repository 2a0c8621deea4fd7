"""Condition operators: how the value of a key compares with one value in a policy.

After "IAM JSON policy elements: Condition operators" in the IAM
User Guide.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import TypeVar

from iamspec.policy.evaluate import patterns
from iamspec.policy.evaluate.addresses import address, network, within
from iamspec.policy.evaluate.patterns import Matcher, Part
from iamspec.policy.evaluate.truth import Context, Truth, Unread

Compare = Callable[[str, Context], Truth | Unread]
T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator.

    `prepare` makes the comparison with a value of a policy, with
    or without variables. `differs` is the answer of a negated
    operator to a request value of the wrong type.
    """

    prepare: Callable[[str, bool], Compare]
    negated: bool = False
    differs: bool = False


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


def number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Seconds since 1970, to the millisecond, of an ISO 8601 date or of such seconds.

    UTC is the default zone.
    """
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
    return Decimal(seconds) + Decimal(f"0.{(found['fraction'] or '0')[:3]}")


def _zone(found: re.Match[str]) -> timezone:
    if not found["sign"]:
        return UTC
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(-offset if found["sign"] == "-" else offset)


def boolean(text: str) -> bool:
    """IAM reads every text but "true" as false."""
    return text.lower() == "true"


def binary(text: str) -> bytes | None:
    """The bytes of base64 text in its canonical spelling."""
    try:
        found = b64decode(text, validate=True)
    except ValueError:
        return None
    return found if b64encode(found).decode() == text else None


def _typed(
    read: Callable[[str], T | None], wanted: Callable[[str], W | None], holds: Callable[[T, W], bool]
) -> Callable[[str, bool], Compare]:
    """A comparison of values that are more than text.

    IAM reads no variables there.
    """

    def prepare(value: str, _variables: bool) -> Compare:
        policy = wanted(value)

        def compare(text: str, _context: Context) -> Truth | Unread:
            found = read(text)
            if found is None:
                return Unread.VALUE
            return policy is not None and holds(found, policy)

        return compare

    return prepare


def _pattern(way: Callable[[tuple[Part, ...]], Matcher], *, wildcards: bool) -> Callable[[str, bool], Compare]:
    def prepare(value: str, variables: bool) -> Compare:
        return patterns.pattern(patterns.parse(value, variables=variables, wildcards=wildcards), way).matches

    return prepare


def _arn(prepare: Callable[[str, bool], Compare]) -> Callable[[str, bool], Compare]:
    """The comparison of ARNs.

    A request value that is no ARN is not compared.
    """

    def prepared(value: str, variables: bool) -> Compare:
        compare = prepare(value, variables)
        return lambda text, context: compare(text, context) if patterns.is_arn(text) else Unread.VALUE

    return prepared


def _ordered(kind: str, read: Callable[[str], Decimal | None]) -> dict[str, Operator]:
    order = {"LessThan": lt, "LessThanEquals": le, "GreaterThan": gt, "GreaterThanEquals": ge}
    same = _typed(read, read, eq)
    return {
        f"{kind}Equals": Operator(same),
        f"{kind}NotEquals": Operator(same, negated=True, differs=True),
        **{f"{kind}{name}": Operator(_typed(read, read, holds)) for name, holds in order.items()},
    }


def _both(
    prepare: Callable[[str, bool], Compare], positive: tuple[str, ...], negative: tuple[str, ...]
) -> dict[str, Operator]:
    return {name: Operator(prepare, negated=name in negative) for name in (*positive, *negative)}


_EQUAL = _pattern(patterns.equal, wildcards=False)
_EQUAL_IN_ANY_CASE = _pattern(patterns.equal_in_any_case, wildcards=False)
_LIKE = _pattern(patterns.like, wildcards=True)
_ARN = _arn(_pattern(patterns.arn, wildcards=True))
_WITHIN = _typed(address, network, within)

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
