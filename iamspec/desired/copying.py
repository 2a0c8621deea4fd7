"""Users that copy permissions from a suspended or ended user.

Such a source has no permissions to follow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from iamspec.desired.granted import given
from iamspec.desired.load import Spec
from iamspec.errors import Issue
from iamspec.kinds.contract import Address, Declared
from iamspec.policy.expiry import timestamp

EARLY = timedelta(days=30)
FIELD = "copy_permissions_from"
CURE = f"name another user in {FIELD}"


@dataclass(frozen=True, slots=True)
class EndedSource:
    """The source that a copier follows, in any number of steps.

    `why` is a clause: the reason why there is nothing to follow.
    """

    source: Address
    why: str


def ended_sources(spec: Spec, now: datetime) -> dict[Address, EndedSource]:
    """The copiers whose source is suspended or has ended, by the copier."""
    sources = _sources(spec)
    found: dict[Address, EndedSource | None] = {}
    for copier in sources:
        chain = [copier]
        while chain[-1] in sources and chain[-1] not in found and sources[chain[-1]] not in chain:
            chain.append(sources[chain[-1]])
        for one in reversed(chain):
            found.setdefault(one, _ended(spec, sources.get(one), now) or found.get(sources.get(one, one)))
    return {copier: ended for copier, ended in found.items() if ended is not None}


def _sources(spec: Spec) -> dict[Address, Address]:
    """The declared source of each copier."""
    found = {}
    for declared in spec.entities.values():
        name = given(declared).copies
        source = spec.entities.get(Address(declared.address.kind, name)) if name is not None else None
        if source is not None:
            found[declared.address] = source.address
    return found


def _ended(spec: Spec, source: Address | None, now: datetime) -> EndedSource | None:
    if source is None:
        return None
    shape: Any = spec.entities[source].shape
    if shape.expires is not None and shape.expires <= now:
        return EndedSource(source, f"ended at {timestamp(shape.expires)}")
    return EndedSource(source, "is suspended") if shape.suspended else None


def copying_warnings(spec: Spec, today: date | None) -> Iterator[Issue]:
    """A warning at each copier whose source is suspended, has ended or ends within 30 days.

    Without a day nothing has ended.
    """
    now = datetime.combine(today, time(), UTC) if today else datetime.min.replace(tzinfo=UTC)
    ended = ended_sources(spec, now)
    for copier, source in _sources(spec).items():
        declared: Declared[Any] = spec.entities[copier]
        when = _expires(spec, source)
        if copier in ended:
            one = ended[copier]
            message = f"{one.source} {one.why}: plan holds back all changes of {copier} (copy-ended); {CURE}"
            yield declared.issue(message, FIELD)
        elif today is not None and when is not None and when <= now + EARLY:
            message = f"{source} ends at {timestamp(when)}: changes of {copier} are held back from then on; {CURE}"
            yield declared.issue(message, FIELD)


def _expires(spec: Spec, address: Address) -> datetime | None:
    found: datetime | None = getattr(spec.entities[address].shape, "expires", None)
    return found
