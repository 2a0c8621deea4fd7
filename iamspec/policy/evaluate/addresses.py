"""IP addresses and ranges, read as IAM reads them.

IAM is more lenient than the standards, but stricter with IPv6
ranges. The rules follow recorded decisions of IAM. The User Guide
names CIDR (RFC 4632) only.
"""

import re
from collections.abc import Sequence

Span = tuple[int, int, int]  # IP version, first address, last address

_BITS = {4: 32, 6: 128}
_GROUPS = 8
_V4 = re.compile(r"\d{1,3}(\.\d{1,3}){3}", re.ASCII)
_GROUP = re.compile(r"[0-9A-Fa-f]{1,4}", re.ASCII)
_LENGTH = re.compile(r"\+?\d{1,3}", re.ASCII)
_MAPPED = re.compile(r"::ffff:(?P<dotted>[0-9.]+)", re.ASCII | re.IGNORECASE)
_MAPPED_PREFIX = 0xFFFF << 32


def address(text: str) -> Span | None:
    """The address of a request.

    An IPv4 address in IPv6 form is that IPv4 address.
    """
    if mapped := _MAPPED.fullmatch(text):
        return address(mapped["dotted"])
    found = _number(text)
    if found is None:
        return None
    version, number = found
    if version == 6 and number & ~0xFFFFFFFF == _MAPPED_PREFIX:
        version, number = 4, number & 0xFFFFFFFF
    return version, number, number


def network(text: str) -> Span | None:
    """The range of a policy value.

    IAM ignores host bits of IPv4 ranges. IPv6 ranges with host
    bits match nothing.
    """
    head, slash, tail = text.partition("/")
    found = _number(head)
    if found is None:
        return None
    version, number = found
    bits = _BITS[version]
    if slash and not _LENGTH.fullmatch(tail):
        return None
    length = int(tail) if slash else bits
    if length > bits:
        return None
    hosts = (1 << (bits - length)) - 1
    return None if version == 6 and number & hosts else (version, number & ~hosts, number | hosts)


def within(inner: Span, outer: Span) -> bool:
    return inner[0] == outer[0] and outer[1] <= inner[1] <= inner[2] <= outer[2]


def _number(text: str) -> tuple[int, int] | None:
    """Version and value of an address, without prefix length and zone."""
    if _V4.fullmatch(text):
        octets = [int(one) for one in text.split(".")]
        return (4, int.from_bytes(octets)) if max(octets) <= 255 else None
    groups = _groups(text) if ":" in text else None
    if groups is None or not all(_GROUP.fullmatch(one) for one in groups):
        return None
    return 6, int("".join(one.rjust(4, "0") for one in groups), 16)


def _groups(text: str) -> Sequence[str] | None:
    """The eight groups of an IPv6 address.

    IAM ignores colons at the end, and reads a colon at the start
    as a zero.
    """
    parts = text.rstrip(":").split(":")
    if parts == [""]:
        return ["0"] * _GROUPS
    if parts[0] == "" and parts[1] != "":
        parts[0] = "0"
    gaps = [at for at, one in enumerate(parts) if not one]
    if text.endswith("::"):
        gaps, parts = [*gaps, len(parts)], [*parts, ""]
    if not gaps:
        return parts if len(parts) == _GROUPS else None
    if gaps != list(range(gaps[0], gaps[-1] + 1)) or len(parts) - len(gaps) >= _GROUPS:
        return None
    return [*parts[: gaps[0]], *["0"] * (_GROUPS - len(parts) + len(gaps)), *parts[gaps[-1] + 1 :]]
