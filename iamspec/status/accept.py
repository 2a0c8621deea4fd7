"""Failures that the settings accept: faults of the entries, and the entries for the assessment."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from iamspec.desired.load import Spec
from iamspec.desired.status import AcceptedSpec
from iamspec.desired.validation import did_you_mean
from iamspec.errors import Issue
from iamspec.kinds.contract import Address
from iamspec.status.checks import CHECKS
from iamspec.status.model import Accepted

LONGEST = timedelta(days=366)


def accepted(spec: Spec) -> dict[str, Accepted]:
    """The accepted failures by check, those that have ended included."""
    entries = spec.settings.status.accept
    return {key: Accepted(one.reason, one.until, tuple(map(address, one.who))) for key, one in entries.items()}


def address(written: str) -> Address:
    """`user/alice`, or a bare name, which is that of a user."""
    kind, slash, name = written.partition("/")
    return Address(kind, name) if slash else Address("user", written)


def issues(spec: Spec, today: date | None = None) -> Iterator[Issue]:
    """All faults of the entries.

    Ends are judged only where the day is known.
    """
    for key, one in spec.settings.status.accept.items():
        path = ("status", "accept", key)
        if key not in CHECKS:
            yield spec.issue(f'there is no check "{key}"{did_you_mean(key, list(CHECKS))}', *path)
            continue
        if not one.reason.strip():
            yield spec.issue("write why this is meant to be so", *path, "reason")
        if CHECKS[key].names and not one.who:
            yield spec.issue("this check names entities: say which, as in who: [user/alice]", *path)
        if not CHECKS[key].names and one.who:
            yield spec.issue("this check names nobody, so take this line out", *path, "who")
        if today is not None and one.until > today + LONGEST:
            latest = today + LONGEST
            yield spec.issue(f"a failure is accepted for a year at most: until {latest} today", *path, "until")


def ended(accept: Mapping[str, AcceptedSpec], today: date) -> list[str]:
    """The checks whose acceptance has ended, sorted."""
    return sorted(key for key, one in accept.items() if one.until < today)
