"""What policy documents say, taken apart, and whether some of it says as much as other parts, or something of the same."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from iamspec.policy.meaning import Atom

Atoms = frozenset[Atom]

MOST_PAIRS = 20_000  # of atoms that are held against each other; of more the cautious answer is taken
VARIABLE = re.compile(r"\$\{[^}]*\}?")


def unknown(effect: str, label: str) -> Atoms:
    """A placeholder atom for a document that could not be read."""
    return frozenset({Atom(effect, ("*",), ("*",), label)})


def covered(inner: Atoms, outer: Atoms) -> bool:
    """Whether each inner atom is certainly covered by an outer atom."""
    rest = inner - outer
    if len(rest) * len(outer) > MOST_PAIRS:
        return False
    return all(any(wide.covers(one) for wide in outer) for one in rest)


def meet(some: Atoms, others: Atoms) -> bool:
    """Whether a request may be one that both are about."""
    if len(some) * len(others) > MOST_PAIRS:
        return True
    return any(_meet(one, other) for one, other in product(some, others))


def _meet(one: Atom, other: Atom) -> bool:
    """What is all but something has something in common with everything."""
    if not (one.except_actions or other.except_actions or _common(one.actions[0], other.actions[0])):
        return False
    return one.except_resources or other.except_resources or _common(one.resources[0], other.resources[0])


def _common(one: str, other: str) -> bool:
    return common(VARIABLE.sub("*", one), VARIABLE.sub("*", other))


@lru_cache(maxsize=10_000)
def common(one: str, other: str) -> bool:
    """Whether two patterns have a text in common that both match."""
    if "*" not in one + other and "?" not in one + other:
        return one == other
    ends = _after_stars(other, {0})  # how much of `other` may be matched so far
    for sign in one:
        if sign == "*":
            ends = set(range(min(ends, default=len(other) + 1), len(other) + 1))
        else:
            ends = set(_matched(sign, other, ends))
        ends = _after_stars(other, ends)
    return len(other) in ends


def _matched(sign: str, other: str, ends: set[int]) -> Iterator[int]:
    for end in ends:
        if end < len(other):
            if other[end] == "*":
                yield end
            elif sign in {"?", other[end]} or other[end] == "?":
                yield end + 1


def _after_stars(other: str, ends: set[int]) -> set[int]:
    found, todo = set(ends), list(ends)
    while todo:
        end = todo.pop()
        if end < len(other) and other[end] == "*" and end + 1 not in found:
            found.add(end + 1)
            todo.append(end + 1)
    return found
