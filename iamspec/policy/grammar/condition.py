"""Condition operators and the form of their values.

After "IAM JSON policy elements: Condition operators" in the IAM
User Guide, and recorded answers of PutUserPolicy. IAM takes any
text for Bool and Null. It takes IPv4 ranges with host bits and
leading zeroes. It takes no IPv6 ranges with host bits or dots.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from ipaddress import ip_network

from iamspec.policy.evaluate.addresses import network
from iamspec.policy.grammar.quoting import nearest

Scalar = str | int | float | bool

MAX_EPOCH = 2**63 - 1
SETS = ("ForAllValues", "ForAnyValue")
IF_EXISTS = "IfExists"
NULL = "Null"
FAMILIES = {
    "string": (
        *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        *("StringLike", "StringNotLike"),
    ),
    "number": (
        *("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"),
        *("NumericGreaterThan", "NumericGreaterThanEquals"),
    ),
    "date": (
        *("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals"),
        *("DateGreaterThan", "DateGreaterThanEquals"),
    ),
    "boolean": ("Bool", NULL),
    "binary": ("BinaryEquals",),
    "address": ("IpAddress", "NotIpAddress"),
    "arn": ("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"),
}
OPERATORS = tuple(name for names in FAMILIES.values() for name in names)

_FAMILY = {
    f"{quantifier}{name}{suffix}".lower(): family
    for family, names in FAMILIES.items()
    for name in names
    for quantifier in ("", *(f"{word}:" for word in SETS))
    for suffix in (("",) if name == NULL else ("", IF_EXISTS))
}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EPOCH = re.compile(r"\d{1,19}", re.ASCII)
_TIME = r"([01]?\d|2[0-3])(:[0-5]?\d(:[0-5]?\d(\.\d{1,9})?)?)?([Zz]|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?"
_ISO = re.compile(rf"-?\d{{1,9}}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12]\d|3[01]))?)?([Tt]({_TIME})?)?", re.ASCII)


def operator_error(operator: str) -> str | None:
    """The reason why IAM would refuse an operator, as the end of a sentence.

    Or None. Case does not matter.
    """
    if operator.lower() in _FAMILY:
        return None
    if operator.lower().rpartition(":")[2] == f"{NULL}{IF_EXISTS}".lower():
        return f'is no condition operator: "{NULL}" itself asks whether a key exists; write "{NULL}"'
    near = _meant(operator)
    return "is no condition operator; " + (f'did you mean "{near}"?' if near else 'write "StringEquals" or another one')


def value_error(operator: str, value: Scalar) -> str | None:
    """The reason why a value does not suit its operator, as the end of a sentence.

    None for a right value or a variable.
    """
    family = _FAMILY.get(operator.lower())
    if family not in _SHAPES or (isinstance(value, str) and "${" in value):
        return None
    suits, wanted = _SHAPES[family]
    if suits(value):
        return None
    return (_ipv6_error(value) if family == "address" else None) or wanted


def _ipv6_error(value: Scalar) -> str | None:
    """What IAM refuses though it is an IPv6 range elsewhere."""
    if not isinstance(value, str) or ":" not in value or "%" in value:  # a zone makes it no address at all
        return None
    if "." in value:
        return (
            'is an IPv6 address with dots, which IAM refuses; write it with colons only, such as "2001:db8::c000:201"'
        )
    try:
        meant = ip_network(value, strict=False)
    except ValueError:
        return None
    return f'is an IPv6 range with bits beyond its prefix, which IAM refuses; write "{meant}"'


def _meant(operator: str) -> str | None:
    quantifier, colon, name = operator.rpartition(":")
    suffix = IF_EXISTS if name.lower().endswith(IF_EXISTS.lower()) else ""
    base = nearest(name[: -len(suffix)] if suffix else name, OPERATORS)
    word = nearest(quantifier.rstrip(":"), SETS) if colon else ""
    if base is None or word is None or (suffix and base == NULL):
        return None
    return f"{word}{colon}{base}{suffix}"


def _is_number(value: Scalar) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value))
    return not isinstance(value, bool)


def _is_date(value: Scalar) -> bool:
    if isinstance(value, str):
        if _EPOCH.fullmatch(value):
            return int(value) <= MAX_EPOCH
        return bool(_ISO.fullmatch(value))
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_EPOCH


def _is_base64(value: Scalar) -> bool:
    try:
        return isinstance(value, str) and b64decode(value, validate=True) is not None
    except ValueError:
        return False


def _is_address(value: Scalar) -> bool:
    return isinstance(value, str) and network(value) is not None


def _is_arn(value: Scalar) -> bool:
    if not isinstance(value, str):
        return False
    return "*" in value or "?" in value or (value.startswith("arn:") and value.count(":") >= 5)


_SHAPES: dict[str | None, tuple[Callable[[Scalar], bool], str]] = {
    "number": (_is_number, 'is no number; write one, such as "10"'),
    "date": (_is_date, 'is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
    "binary": (_is_base64, "is not base64; write the bytes in base64, padded with ="),
    "address": (_is_address, 'is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
    "arn": (_is_arn, 'is no ARN; write all six parts, such as "arn:aws:iam::123456789012:role/deploy"'),
}
