"""Ends of access: dates as people write them, and documents whose Allow statements end by themselves.

The condition key `aws:CurrentTime` is in every request ("AWS
global condition context keys", IAM User Guide).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from iamspec.policy.statement import listed

SOON = timedelta(days=7)
KEYS = ("aws:CurrentTime", "aws:EpochTime")  # the date operators take both
OPERATORS = ("DateLessThan", "DateLessThanEquals", "DateLessThanIfExists", "DateLessThanEqualsIfExists")


def end(written: Any) -> datetime:
    """The moment of an end.

    A whole day ends with itself. A time without a zone is UTC.
    """
    text = str(written).strip() if isinstance(written, str) else ""
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= len("2026-12-31"):
            found = datetime.combine(found.date(), time()) + timedelta(days=1)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is beyond the years that can be counted; leave it out for no end") from error
    except ValueError as error:
        raise ValueError("must be a day, as in 2026-12-31, or a time, as in 2026-12-31T18:00:00Z") from error


def timestamp(when: datetime) -> str:
    """A moment as IAM's date conditions have it: `2026-12-31T18:00:00Z`."""
    return f"{when.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


End = Annotated[
    datetime,
    BeforeValidator(end),
    PlainSerializer(timestamp),
    WithJsonSchema(
        {"type": "string", "description": "a day, to its end, as in 2026-12-31; or a time, 2026-12-31T18:00:00Z (UTC)"}
    ),
]


def ending(document: Any, when: datetime) -> Any:
    """A document with Allow statements that hold until a moment.

    Deny statements do not change.
    """
    if not isinstance(document, Mapping) or "Statement" not in document:
        return document
    found = [_ending(one, when) for one in listed(document["Statement"])]
    return {**document, "Statement": found if isinstance(document["Statement"], list | tuple) else found[0]}


def _ending(statement: Any, when: datetime) -> Any:
    """The statement with a test of the end.

    All tests of a condition must hold, so a test under a free
    operator narrows every statement. If no operator is free, the
    statement allows nothing: the end must not be lost.
    """
    if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
        return statement
    condition = statement.get("Condition") or {}
    if not isinstance(condition, Mapping):
        return statement
    spelled = {str(name).lower(): name for name in condition}
    for key, operator in product(KEYS, OPERATORS):
        name = spelled.get(operator.lower(), operator)
        tests = condition.get(name) or {}
        if isinstance(tests, Mapping) and key.lower() not in {str(one).lower() for one in tests}:
            return {**statement, "Condition": {**condition, name: {**tests, key: timestamp(when)}}}
    return {**statement, "Condition": {**condition, "Null": {KEYS[0]: "true"}}}  # which every request has


def ended(document: Any) -> Any:
    """The Deny statements of an ended document. None if there are none."""
    if not isinstance(document, Mapping):
        return None
    left = [
        one for one in listed(document.get("Statement")) if isinstance(one, Mapping) and one.get("Effect") == "Deny"
    ]
    return {**document, "Statement": left} if left else None
