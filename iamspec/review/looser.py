"""Limits of the settings that are looser than the limits of iamspec itself: the first line of a plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from iamspec.desired.guards import Guards

SMALLER_IS_STRICTER = ("max_deletes", "max_revokes")
LARGER_IS_STRICTER = ("min_admins", "recent_days")


@dataclass(frozen=True, slots=True)
class Looser:
    """A limit, its value in the settings, and iamspec's own value."""

    name: str
    value: int
    own: int


def looser(guards: Guards, own: Guards | None = None) -> Iterator[Looser]:
    """The limits that are looser than `own`, which are by default those of iamspec."""
    own = own or Guards()
    for name in sorted((*SMALLER_IS_STRICTER, *LARGER_IS_STRICTER)):
        value, limit = getattr(guards, name), getattr(own, name)
        if value > limit if name in SMALLER_IS_STRICTER else value < limit:
            yield Looser(name, value, limit)
