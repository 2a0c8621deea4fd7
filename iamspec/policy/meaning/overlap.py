"""Comparisons of atoms: whether some cover others, and whether some may concern the same request."""

from collections.abc import Iterable
from itertools import product

from iamspec.policy.meaning import Atom
from iamspec.policy.meaning.meeting import patterns_meet, resources_meet

Atoms = frozenset[Atom]

MOST_PAIRS = 20_000  # of atoms that are held against each other; of more the cautious answer is taken
MOST_SIGNS = 200_000  # of patterns that are gone through for that


def unknown(effect: str, label: str) -> Atoms:
    """A placeholder for the atoms of an unread document, under a label of its own."""
    return frozenset({Atom(effect, ("*",), ("*",), label)})


def covered(inner: Atoms, outer: Atoms) -> bool:
    """Whether each inner atom is certainly covered by an outer atom.

    Of too many atoms: False.
    """
    rest = inner - outer
    if len(rest) * len(outer) > MOST_PAIRS:
        return False
    return all(any(wide.covers(one) for wide in outer) for one in rest)


def meet(some: Atoms, others: Atoms) -> bool:
    """Whether both may be about one request.

    Of too many or too long atoms: True.
    """
    few, many = sorted((some, others), key=len)
    if len(few) * len(many) > MOST_PAIRS or len(few) * _signs(many) + len(many) * _signs(few) > MOST_SIGNS:
        return True
    return any(_meet(one, other) for one, other in product(some, others))


def _signs(atoms: Iterable[Atom]) -> int:
    return sum(len(one.actions[0]) + len(one.resources[0]) for one in atoms)


def _meet(one: Atom, other: Atom) -> bool:
    """Whether two atoms may concern the same request.

    A NotAction or NotResource may mean any other action or resource.
    """
    if not (one.except_actions or other.except_actions or patterns_meet(one.actions[0], other.actions[0])):
        return False
    return one.except_resources or other.except_resources or resources_meet(one.resources[0], other.resources[0])
