"""How rulings are made: short words for the five verdicts, and what several checks say alike."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from iamspec.status.evidence import Missing
from iamspec.status.model import Ruling, Subject, Verdict


def passed(text: str) -> Ruling:
    return Ruling(Verdict.PASS, text)


def failed(text: str, who: Iterable[Subject] = ()) -> Ruling:
    return Ruling(Verdict.FAIL, text, tuple(sorted(who, key=lambda one: (one.address, one.note))))


def not_applicable(text: str) -> Ruling:
    return Ruling(Verdict.NOT_APPLICABLE, text)


def cannot_tell(reason: str) -> Ruling:
    return Ruling(Verdict.CANNOT_TELL, f"Cannot tell: {reason}")


def missing(value: Missing) -> Ruling:
    return cannot_tell(value.reason)


def manual(text: str) -> Ruling:
    return Ruling(Verdict.MANUAL, text)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def days(since: datetime | None, now: datetime) -> str:
    """The age of something: `214 days`."""
    return "age unknown" if since is None else counted((now - since).days, "day")


def within(when: datetime | None, now: datetime, limit: int) -> bool:
    """Whether a moment is known and less than `limit` days ago."""
    return when is not None and now - when < timedelta(days=limit)
