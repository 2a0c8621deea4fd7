"""Suggestions for a mistyped name, among known names in lower case."""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from itertools import pairwise

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"
CUTOFF = 0.85  # of difflib's ratio. Guesses below it are noise


def one_slip(typed: str) -> Iterator[str]:
    """The texts a single slip away from `typed`, likelier slips first."""
    # a letter can be dropped in a single way, but replaced in many ways: hence the order
    spaces = range(len(typed) + 1)
    yield from (typed[:at] + letter + typed[at:] for at in spaces for letter in LETTERS)
    yield from (
        typed[:at] + right + left + typed[at + 2 :] for at, (left, right) in enumerate(pairwise(typed)) if left != right
    )
    yield from (typed[:at] + typed[at + 1 :] for at in range(len(typed)))
    yield from (typed[:at] + letter + typed[at + 1 :] for at in range(len(typed)) for letter in LETTERS)


def nearest(typed: str, known: Collection[str], limit: int = 3) -> list[str]:
    """The known names most like `typed`: those one slip away, else those that look alike."""
    slips = list(dict.fromkeys(one for one in one_slip(typed) if one in known))
    return slips[:limit] if slips else get_close_matches(typed, known, limit, CUTOFF)


class ActionSpelling:
    """Suggestions for actions, from which the service, the name or both may differ."""

    def __init__(self, actions: Collection[str]) -> None:
        """`actions` are known ones in lower case, sorted."""
        self.names: dict[str, set[str]] = {}
        self.services: dict[str, list[str]] = {}
        for action in actions:
            service, _, name = action.partition(":")
            self.names.setdefault(service, set()).add(name)
            self.services.setdefault(name, []).append(service)

    def suggest(self, typed: str, limit: int = 3) -> list[str]:
        """The known actions that `typed` may have been meant to be, the likeliest first."""
        service, _, name = typed.partition(":")
        return (self._one_slip(service, name) or self._alike(service, name, limit))[:limit]

    def _one_slip(self, service: str, name: str) -> list[str]:
        names = self.names.get(service, set())
        in_name = (f"{service}:{one}" for one in one_slip(name) if one in names)
        elsewhere = self.services.get(name, ())
        in_service = (f"{one}:{name}" for one in one_slip(service) if one in elsewhere)
        return list(dict.fromkeys([*in_name, *in_service]))

    def _alike(self, service: str, name: str, limit: int) -> list[str]:
        meant = [service] if service in self.names else nearest(service, self.names, 1)
        for one in meant:
            names = self.names[one]
            if found := [name] if name in names else nearest(name, sorted(names), limit):
                return [f"{one}:{other}" for other in found]
        elsewhere = self.services.get(name, ()) if service in self.names else ()
        return [f"{one}:{name}" for one in elsewhere] if len(elsewhere) <= limit else []
