"""Who changed a drifted entity, in words.

The identity is certain, the rest of a sentence is as the caller
said.
"""

from collections.abc import Iterator

from iamspec.live.trail import Event
from iamspec.render.undeclared import moment
from iamspec.review.model import Blamed

MOST = 6  # calls that are told of one entity
LONGEST = 60  # characters of a user agent


def sentences(one: Blamed) -> Iterator[str]:
    """A sentence for each call, the newest first."""
    if not one.events:
        older = "older events were not read" if one.more else "it keeps 90 days, and an event arrives minutes late"
        yield f"not known who changed it: no event of CloudTrail fits; {older}"
        return
    yield from map(_sentence, one.events[:MOST])
    if len(one.events) > MOST:
        yield f"and {len(one.events) - MOST} earlier calls"


def _sentence(event: Event) -> str:
    said = [f'session "{event.session}"'] if event.session else []
    said += [f"from {event.address}"] if event.address else []
    said += [f"with {_cut(event.agent)}"] if event.agent else []
    aside = f"; {', '.join(said)}" if said else ""
    return f"{event.name} on {moment(event.time)} by {event.identity}{aside} (event {event.id})"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
