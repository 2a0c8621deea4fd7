"""Comparisons of atoms: whether some cover others, and whether some may concern the same request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from iamspec.policy.actions import catalogue
from iamspec.policy.globs import WILD
from iamspec.policy.meaning import Atom
from iamspec.policy.meaning.meeting import VARIABLE, patterns_meet, resources_meet
from iamspec.policy.statement import Statement
from iamspec.policy.wildcards import OPEN

Atoms = frozenset[Atom]

MOST_PAIRS = 20_000  # pairs of atoms that are compared. With more pairs the answer is the cautious answer
MOST_SETS = 2_000  # of actions that are kept, of which each takes 2 KB
MOST_SIGNS = 200_000  # of patterns that are gone through for that


def unknown(effect: str, label: str) -> Atoms:
    """A placeholder for the atoms of an unread document, under a label of its own."""
    return frozenset({Atom(effect, ("*",), ("*",), label)})


def covered(inner: Atoms, outer: Atoms) -> bool:
    """Whether each inner atom is certainly covered by an outer atom.

    False for too many atoms.
    """
    rest = inner - outer
    if not rest:
        return True
    if len(rest) * len(outer) > MOST_PAIRS:
        return False
    wide, exact = _outer(outer)
    return all(
        any(one.covers(each) for one in (*(() if each.except_actions else exact.get(each.actions[0], ())), *wide))
        for each in rest
    )


@lru_cache(maxsize=10_000)
def _outer(outer: Atoms) -> tuple[Sequence[Atom], Mapping[str, Sequence[Atom]]]:
    """The atoms that may cover any action, and the atoms that name an action, by this action."""
    wide = [one for one in outer if one.except_actions or one.except_resources or OPEN.search(one.actions[0])]
    exact: dict[str, list[Atom]] = {}
    for one in outer:
        if not one.except_actions:
            exact.setdefault(one.actions[0], []).append(one)
    return wide, exact


@lru_cache(maxsize=100_000)
def meet(some: Atoms, others: Atoms) -> bool:
    """Whether both may be about one request.

    Of too many or too long atoms: True.
    """
    few, many = sorted((some, others), key=len)
    if len(few) * len(many) > MOST_PAIRS or len(few) * _signs(many) + len(many) * _signs(few) > MOST_SIGNS:
        return True
    return _some_meet(few, many)


@lru_cache(maxsize=100_000)
def any_meets(some: Atoms, others: Atoms) -> bool:
    """Whether an atom of `some` may concern a request of the other side.

    Too many or too long atoms count as meeting.
    """
    if not some:
        return False
    if len(others) > MOST_PAIRS or _signs(others) + len(others) * _longest(some) > MOST_SIGNS:
        return True
    return _some_meet(some, others)


def _some_meet(some: Atoms, others: Atoms) -> bool:
    here, there = _services(some), _services(others)
    if here.isdisjoint(there) and "" not in here and "" not in there:
        return False
    few, many = sorted((some, others), key=len)
    index = _index(many)
    return any(_meet(one, other) for one, action, service in _all_named(few) for other in index.near(action, service))


@lru_cache(maxsize=10_000)
def by_effect(atoms: Atoms) -> Mapping[str, Atoms]:
    """The atoms by their effect."""
    return {effect: frozenset(one for one in atoms if one.effect == effect) for effect in {one.effect for one in atoms}}


@lru_cache(maxsize=10_000)
def _signs(atoms: Atoms) -> int:
    return sum(map(_signs_of, atoms))


@lru_cache(maxsize=10_000)
def _longest(atoms: Atoms) -> int:
    return max(map(_signs_of, atoms))


def _signs_of(atom: Atom) -> int:
    return len(atom.actions[0]) + len(atom.resources[0])


@dataclass(frozen=True, slots=True)
class _Index:
    """Atoms by the actions that they name, so that an atom is held only against atoms whose actions may be the same."""

    all: Atoms
    by_action: Mapping[str, Sequence[Atom]]  # atoms that name an action without wildcards
    patterns: Mapping[str, Sequence[Atom]]  # atoms that name several actions of a service
    by_service: Mapping[str, Sequence[Atom]]  # both
    loose: Sequence[Atom]  # atoms about any service

    def near(self, action: str, service: str) -> Iterable[Atom]:
        """The atoms that an atom with these names may meet, and some others."""
        if not service:
            return self.all
        if action:
            return chain(self.by_action.get(action, ()), self.patterns.get(service, ()), self.loose)
        return chain(self.by_service.get(service, ()), self.loose)


@lru_cache(maxsize=10_000)
def _index(atoms: Atoms) -> _Index:
    by_action: dict[str, list[Atom]] = {}
    patterns: dict[str, list[Atom]] = {}
    by_service: dict[str, list[Atom]] = {}
    loose = []
    for one, action, service in _all_named(atoms):
        if not service:
            loose.append(one)
            continue
        by_service.setdefault(service, []).append(one)
        found = by_action.setdefault(action, []) if action else patterns.setdefault(service, [])
        found.append(one)
    return _Index(atoms, by_action, patterns, by_service, loose)


@lru_cache(maxsize=10_000)
def _all_named(atoms: Atoms) -> tuple[tuple[Atom, str, str], ...]:
    return tuple((one, *_named(one)) for one in atoms)


@lru_cache(maxsize=10_000)
def _services(atoms: Atoms) -> frozenset[str]:
    """The services that some atoms name. An empty name stands for any service."""
    return frozenset(service for _, _, service in _all_named(atoms))


def _named(one: Atom) -> tuple[str, str]:
    """The action of an atom, if it names a single action, and the service, if it is one service."""
    return ("", "") if one.except_actions else _names(one.actions[0])


@lru_cache(maxsize=10_000)
def _names(action: str) -> tuple[str, str]:
    pattern = VARIABLE.sub("*", action)
    service, colon, _ = pattern.partition(":")
    if not colon or not WILD.isdisjoint(service):
        return "", ""
    return (pattern if WILD.isdisjoint(pattern) else ""), service


def _meet(one: Atom, other: Atom) -> bool:
    """Whether two atoms may concern the same request.

    A NotAction or NotResource may mean any other action or
    resource. Known actions must be able to apply to a resource of
    both: nobody can send s3:GetObject for a queue.
    """
    if not (one.except_actions or other.except_actions or patterns_meet(one.actions[0], other.actions[0])):
        return False
    if not (one.except_resources or other.except_resources or resources_meet(one.resources[0], other.resources[0])):
        return False
    return not _named_actions(one) & _named_actions(other) or bool(_reached_actions(one) & _reached_actions(other))


@lru_cache(maxsize=MOST_SETS)
def _named_actions(one: Atom) -> int:
    return catalogue().named(_statement(one))


@lru_cache(maxsize=MOST_SETS)
def _reached_actions(one: Atom) -> int:
    return catalogue().reached(_statement(one))


def _statement(one: Atom) -> Statement:
    actions = "NotAction" if one.except_actions else "Action"
    resources = "NotResource" if one.except_resources else "Resource"
    return Statement({actions: one.actions, resources: one.resources})
