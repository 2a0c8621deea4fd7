"""Demands on the order of calls: no extra access and no lost access between two calls.

A statement is open to a user while any of its ways is open.
Restrictions are Deny statements and the boundary, which denies
everything that it does not allow.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from iamspec.plan.order.graph import Edge
from iamspec.plan.order.reach import Leg, Reach, Way
from iamspec.policy.meaning import Atom
from iamspec.policy.meaning.overlap import Atoms, any_meets, by_effect, covered, meet

Choices = tuple[frozenset[Edge], ...]  # one set of edges must hold


@dataclass(frozen=True, slots=True)
class Demand:
    """An ordering constraint: all edges of at least one choice hold.

    `safe` constraints prevent extra access.
    """

    safe: bool
    choices: Choices


@dataclass(frozen=True, slots=True)
class Said:
    """Statements that come to a user on the same ways."""

    legs: tuple[Leg, ...]
    parts: tuple[Atoms, ...]
    fence: bool = False  # what a boundary lets through, so that all else is denied

    @property
    def atoms(self) -> Atoms:
        return self.parts[0] if len(self.parts) == 1 else frozenset().union(*self.parts)

    @property
    def effect(self) -> str:
        return "Deny" if self.fence else next(iter(self.parts[0])).effect

    @property
    def before(self) -> bool:
        return any(leg.before for leg in self.legs)

    @property
    def after(self) -> bool:
        return any(leg.after for leg in self.legs)

    @property
    def steady(self) -> bool:
        return any(leg.before and leg.after for leg in self.legs)

    @property
    def opening(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.after and leg.opened]

    @property
    def closing(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.before and leg.closed]

    def restricts(self, other: "Said") -> bool:
        """Whether a request may be one that this denies and the other is about."""
        if self.fence:
            return not covered(other.atoms, self.atoms)
        return other.fence or any(meet(*pair) for pair in product(self.parts, other.parts))


@dataclass(frozen=True, slots=True)
class _View:
    """The statements for a user, sorted into allows and restrictions."""

    allows: Sequence[Said]
    denies: Sequence[Said]

    @property
    def come(self) -> list[Said]:
        """The restrictions that are new."""
        return [one for one in self.denies if one.after and not one.before]

    @property
    def go(self) -> list[Said]:
        return [one for one in self.denies if one.before and not one.after]


@dataclass(slots=True)
class Recurring:
    """The atoms that stand in several documents of a plan, as bits of an integer.

    `&`, `|` and `~` are the algebra of sets, as for actions.
    """

    atoms: Sequence[Atom]
    _bits: Mapping[Atom, int]
    _of: dict[int, int] = field(default_factory=dict)
    _parts: dict[tuple[int, int], Mapping[str, Atoms]] = field(default_factory=dict)
    _named: dict[int, Mapping[str, Atoms]] = field(default_factory=dict)

    @classmethod
    def among(cls, reaches: Iterable[Reach]) -> "Recurring":
        found = {id(atoms): atoms for one in reaches for _, atoms in one.policies}
        found |= {id(atoms): atoms for one in reaches for _, atoms in one.boundaries}
        atoms = list(_shared(found.values()))
        return cls(atoms, {atom: 1 << place for place, atom in enumerate(atoms)})

    def of(self, atoms: Atoms) -> int:
        """The atoms of a document that stand in another document, too."""
        if id(atoms) not in self._of:
            found = 0
            for atom in atoms & self._bits.keys():
                found |= self._bits[atom]
            self._of[id(atoms)] = found
        return self._of[id(atoms)]

    def alone(self, atoms: Atoms, shared: int) -> Mapping[str, Atoms]:
        """The atoms of a document by effect, without some recurring atoms."""
        key = id(atoms), shared & self.of(atoms)
        if key not in self._parts:
            others = self._set(key[1])
            parts = {effect: those - others if others else those for effect, those in by_effect(atoms).items()}
            self._parts[key] = {effect: those for effect, those in parts.items() if those}
        return self._parts[key]

    def by_effect(self, some: int) -> Mapping[str, Atoms]:
        """Recurring atoms by effect."""
        if some not in self._named:
            self._named[some] = by_effect(self._set(some))
        return self._named[some]

    def _set(self, some: int) -> Atoms:
        digits = f"{some:b}"[::-1]
        return frozenset(atom for atom, digit in zip(self.atoms, digits, strict=False) if digit == "1")


def demands(reach: Reach, recurring: Recurring) -> Iterator[Demand]:
    """The demands for a user, without demands that every order meets.

    `recurring` is of all users of the plan.
    """
    for one in _all(reach, recurring):
        if frozenset() not in one.choices:
            yield one


def _all(reach: Reach, recurring: Recurring) -> Iterator[Demand]:
    said = _together(reach.policies, recurring)
    fenced = _together(reach.boundaries, recurring)
    denies = [one for one in (*said, *fenced) if one.effect == "Deny"]
    view = _View([one for one in said if one.effect == "Allow"], [*denies, *_fences(reach.boundaries)])
    yield from _boundaries(reach.boundaries)
    yield from _ghosts(view)
    yield from _restricted(view)
    yield from _kept(view)


def _together(ways: Sequence[Way], recurring: Recurring) -> list[Said]:
    """The statements by their ways.

    Most documents share no statement. Their statements are not
    looked at singly.
    """
    found: dict[tuple[str, tuple[Leg, ...]], list[Atoms]] = {}
    documents: dict[int, tuple[Atoms, dict[Leg, None]]] = {}
    for leg, atoms in ways:
        documents.setdefault(id(atoms), (atoms, {}))[1][leg] = None
    seen = shared = 0
    for atoms, _ in documents.values():
        mine = recurring.of(atoms)
        shared |= seen & mine
        seen |= mine
    for atoms, its in documents.values():
        for effect, alone in recurring.alone(atoms, shared).items():
            found.setdefault((effect, tuple(its)), []).append(alone)
    for on, some in _by_legs(ways, shared, recurring):
        for effect, those in recurring.by_effect(some).items():
            found.setdefault((effect, on), []).append(those)
    return [Said(its, tuple(parts)) for (_, its), parts in found.items()]


def _by_legs(ways: Sequence[Way], shared: int, recurring: Recurring) -> list[tuple[tuple[Leg, ...], int]]:
    """The shared atoms, parted by the legs on which they come."""
    parts: list[tuple[tuple[Leg, ...], int]] = [((), shared)] if shared else []
    for leg, atoms in ways if shared else ():
        mine = recurring.of(atoms)
        split = [(its if leg in its else (*its, leg), some & mine) for its, some in parts if some & mine]
        parts = [*split, *((its, some & ~mine) for its, some in parts if some & ~mine)]
    together: dict[tuple[Leg, ...], int] = {}
    for its, some in parts:
        together[its] = together.get(its, 0) | some
    return list(together.items())


def _shared(found: Iterable[Atoms]) -> set[Atom]:
    """The atoms that stand in more than one of several sets."""
    seen: set[Atom] = set()
    twice: set[Atom] = set()
    for atoms in found:
        twice |= seen & atoms
        seen |= atoms
    return twice


# Boundaries


def _fences(boundaries: Sequence[Way]) -> list[Said]:
    """The requests that the old and the new boundary let through.

    Empty where a boundary covers the other boundary.
    """
    old = [(leg, _allowing(atoms)) for leg, atoms in boundaries if leg.before]
    new = [(leg, _allowing(atoms)) for leg, atoms in boundaries if leg.after]
    if old and new:
        [(leg, was), (other, becomes)] = [*old, *new]
        if was == becomes:
            return [Said((Leg(),), (was,), fence=True)]
        wider, narrower = covered(was, becomes), covered(becomes, was)
        return [
            *([] if narrower else [Said((leg,), (was,), fence=True)]),
            *([] if wider else [Said((other,), (becomes,), fence=True)]),
        ]
    return [Said((leg,), (atoms,), fence=True) for leg, atoms in (*old, *new)]


def _allowing(atoms: Atoms) -> Atoms:
    return frozenset(atom for atom in atoms if atom.effect == "Allow")


def _boundaries(boundaries: Sequence[Way]) -> Iterator[Demand]:
    """A boundary never holds a statement that is in neither the old nor the new boundary."""
    known = [atoms for leg, atoms in boundaries if not leg.ghost]
    for leg, atoms in boundaries:
        if leg.ghost and atoms not in known:
            yield Demand(True, _never(leg))


# Statements that are neither before nor after


def _never(leg: Leg) -> Choices:
    return tuple(frozenset({edge}) for edge in product(sorted(leg.closed), sorted(leg.opened)))


def _ghosts(view: _View) -> Iterator[Demand]:
    """Statements that would be open between two calls only.

    A statement that is open before or after does no harm, unless
    restrictions change.
    """
    ghosts = [one for one in (*view.allows, *view.denies) if not one.fence and any(leg.ghost for leg in one.legs)]
    if not ghosts:
        return
    changing = bool(view.come or view.go)
    known = [one for one in view.allows if (one.before and one.after if changing else one.before or one.after)]
    harmless = frozenset().union(*(one.atoms for one in known))
    for one in ghosts:
        if one.before and one.after:
            continue
        allows = one.effect == "Allow"
        if covered(one.atoms, harmless) if allows else one.before or one.after:
            continue
        for leg in one.legs:
            if leg.ghost:
                yield Demand(allows, _never(leg))


# What is allowed and denied


def _restricted(view: _View) -> Iterator[Demand]:
    """A new Deny precedes the grants that it covers.

    An old Deny stays until its replacement is there.
    """
    come, go = view.come, view.go
    for one in view.allows:
        for new in come if not one.before else ():
            if new.restricts(one):
                yield from (Demand(True, _gated(new, leg)) for leg in one.opening)
        for old in go if not one.after else ():
            if old.restricts(one):
                yield from (Demand(True, _broken(leg, old)) for leg in one.closing)
    kept = [one for one in view.allows if one.before and one.after]
    for new, old in product(come, go):
        shared = (True for one in kept if new.restricts(one) and old.restricts(one))
        if (new.restricts(old) or old.restricts(new)) and any(shared):
            yield Demand(True, _overlapping(new, old))


def _gated(first: Said, leg: Leg) -> Choices:
    """A way of the first is open before the other one is."""
    return tuple(_edges(other.opened, {gate}) for other in first.opening for gate in sorted(leg.opened))


def _broken(leg: Leg, last: Said) -> Choices:
    """The way is closed before the last one of the other is."""
    return tuple(_edges({gate}, other.closed) for other in last.closing for gate in sorted(leg.closed))


def _overlapping(new: Said, old: Said) -> Choices:
    """A way of the new is open before the last one of the old is closed."""
    return tuple(_edges(first.opened, last.closed) for first in new.opening for last in old.closing)


def _edges(before: Iterable[int], after: Iterable[int]) -> frozenset[Edge]:
    return frozenset((one, other) for one, other in product(before, after) if one != other)


def _kept(view: _View) -> Iterator[Demand]:
    """Statements before and after the plan stay present throughout.

    A replacement is granted before the old grant goes.
    """
    for safe, said in ((False, view.allows), (True, view.denies)):
        for one in said:
            if one.before and one.after and not one.steady:
                yield Demand(safe, _overlapping(one, one))
    steady = frozenset().union(*(one.atoms for one in view.allows if one.steady))
    come = [one for one in view.allows if one.after and not one.before]
    go = [one for one in view.allows if one.before and not one.after and not covered(one.atoms, steady)]
    for new, old in product(come, go):
        if any(any_meets(*pair) for pair in product(old.parts, new.parts)):
            yield Demand(False, _overlapping(new, old))
