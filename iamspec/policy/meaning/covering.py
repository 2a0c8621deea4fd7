"""What statements certainly say of the clauses of other statements."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from iamspec.policy.meaning.clauses import Clause, Lot, Named, Piece, Saying, within
from iamspec.policy.remembered import Remembered
from iamspec.policy.wildcards import head, subsumes

OPEN = frozenset("*?$")  # signs with which a pattern of actions may mean another pattern
SERVICE = 12  # signs of an ARN that tell most services apart
FEW = 4  # statements that are asked one by one sooner than sorted
START = 5  # signs of a pattern that tell most services apart
MOST_NAMED = 4_000  # answers about lists of actions that are kept


def is_covered(piece: Piece, by: Iterable[Saying]) -> bool:
    """Whether statements certainly say the whole piece."""
    clause, named = piece
    return Cover([one for one in by if one.holds(clause)]).holds(named)


def beyond(some: Iterable[Saying], others: Iterable[Saying]) -> list[Lot]:
    """Clauses that other clauses neither repeat nor cover.

    The lots of a clause stand together, one for each statement.
    Their lists of actions are those of the statements, so that
    answers about a list serve everybody with the same policy.
    """
    found: dict[Clause, list[tuple[Named, ...]]] = {}
    for one in some:
        for clause in one.clauses:
            found.setdefault(clause, []).append(one.actions)
    return uncovered(((clause, names) for clause, lists in found.items() for names in lists), others)


def uncovered(found: Iterable[Lot], by: Iterable[Saying]) -> list[Lot]:
    """What of all that is found nothing else certainly says, too."""
    lots, others = list(found), list(by)
    if not lots or not others:
        return lots
    holding = Holding(others)
    rest = ((clause, holding.cover(clause).beyond(names)) for clause, names in lots)
    return [(clause, names) for clause, names in rest if names]


def pieces(lots: Iterable[Lot]) -> Iterator[Piece]:
    return ((clause, named) for clause, names in lots for named in names)


class Holding:
    """Statements by what their resources begin with.

    So a clause is held only against statements that may hold it.
    """

    def __init__(self, sayings: Iterable[Saying]) -> None:
        self.all = list(sayings)

    @cached_property
    def _near(self) -> dict[str, list[Saying]]:
        found: dict[str, list[Saying]] = {}
        for one in self.all:
            for start in _starts(one):
                found.setdefault(start, []).append(one)
        return found

    def cover(self, clause: Clause) -> "Cover":
        return Cover(self.of(clause))

    def of(self, clause: Clause) -> list[Saying]:
        """The statements that certainly apply wherever a clause does."""
        resource = clause.resource
        if isinstance(resource, tuple) or len(self.all) <= FEW:
            return [one for one in self.all if one.holds(clause)]
        near = (*self._near.get("", ()), *self._near.get(resource[:SERVICE], ()))
        return [one for one in near if one.holds(clause)]


@Remembered
def _starts(saying: Saying) -> frozenset[str]:
    """The first signs of each resource of a statement.

    Nothing for a resource that begins with fewer signs.
    """
    heads = (head(one) if isinstance(one, str) else "" for one in saying.resources)
    return frozenset(one[:SERVICE] if len(one) >= SERVICE else "" for one in heads)


class Cover:
    """The actions of all statements that certainly say a clause, ready to be asked about many actions."""

    def __init__(self, held: Sequence[Saying]) -> None:
        self._held = held

    def holds(self, named: Named) -> bool:
        """Whether a statement certainly says the clause of some actions."""
        return any(_actions(one).hold(named) for one in self._held)

    def beyond(self, names: tuple[Named, ...]) -> tuple[Named, ...]:
        """The actions of which no statement certainly says the clause."""
        said: set[Named] = set()
        for one in self._held:
            said.update(named_by(one, names))
        return tuple(one for one in names if one not in said) if said else names


class _Actions:
    """The actions of a statement by what they begin with.

    So a pattern is held only against patterns that may cover it.
    """

    def __init__(self, saying: Saying) -> None:
        self.all = frozenset(saying.actions)
        self._exceptions = [one for one in saying.actions if isinstance(one, tuple)]
        self.is_plain = not self._exceptions and OPEN.isdisjoint("".join(map(str, saying.actions)))
        self._known: dict[Named, bool] = {}

    @cached_property
    def _by_head(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self.all:
            if isinstance(one, str) and ("*" in one or "?" in one):
                found.setdefault(head(one), []).append(one)
        return found

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(one) for one in self._by_head})

    @cached_property
    def _starts(self) -> frozenset[str]:
        return frozenset(one[:START] for one in self._by_head)

    @cached_property
    def _is_short(self) -> bool:
        return any(len(one) < START for one in self._by_head)

    def hold(self, each: Named) -> bool:
        """Whether an action of the statement certainly means all that a pattern means."""
        found = self._known.get(each)
        if found is None:
            found = self._known[each] = self._holds(each)
        return found

    def _holds(self, each: Named) -> bool:
        if each in self.all:
            return True
        if isinstance(each, tuple):
            return any(within(each, one) for one in self.all)
        if not self.is_plain and (each[:START] in self._starts or self._is_short):
            for length in self._lengths:
                for one in self._by_head.get(each[:length], ()):
                    if subsumes(one, each):
                        return True
        return any(within(each, one) for one in self._exceptions)


_actions: Remembered[Saying, _Actions] = Remembered(_Actions)


def is_plain(saying: Saying) -> bool:
    """Whether a statement means nothing but the actions that it names in the same words."""
    return _actions(saying).is_plain


def named_by(saying: Saying, names: tuple[Named, ...]) -> Iterable[Named]:
    """The actions that an action of a statement certainly means."""
    found = _actions(saying)
    return found.all.intersection(names) if found.is_plain else _meant(saying, names)


@lru_cache(maxsize=MOST_NAMED)
def _meant(saying: Saying, names: tuple[Named, ...]) -> tuple[Named, ...]:
    found = _actions(saying)
    return tuple(one for one in names if one in found.all or found.hold(one))
