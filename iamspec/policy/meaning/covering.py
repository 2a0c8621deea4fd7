"""What statements certainly say of the clauses of other statements."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from iamspec.policy.meaning.clauses import Clause, Named, Piece, Saying, within
from iamspec.policy.meaning.wildcards import head, subsumes
from iamspec.policy.remembered import Remembered

OPEN = frozenset("*?$")  # signs with which a pattern of actions may mean another pattern
START = 5  # signs of a pattern that tell most services apart
MOST_NAMED = 4_000  # answers about lists of actions that are kept


def is_covered(piece: Piece, by: Iterable[Saying]) -> bool:
    """Whether statements certainly say the whole piece."""
    clause, named = piece
    return Cover(clause, by).holds(named)


def beyond(some: Iterable[Saying], others: Sequence[Saying]) -> list[Piece]:
    """Clauses that other clauses neither repeat nor cover."""
    found: dict[Clause, dict[Named, None]] = {}
    for one in some:
        for clause in one.clauses:
            found.setdefault(clause, {}).update(dict.fromkeys(one.actions))
    return [piece for clause, named in found.items() for piece in _uncovered(clause, named, others)]


def uncovered(found: Iterable[Piece], by: Sequence[Saying]) -> list[Piece]:
    """What of all that is found nothing else certainly says, too."""
    clauses: dict[Clause, list[Named]] = {}
    for clause, same in groupby(found, key=itemgetter(0)):
        clauses.setdefault(clause, []).extend(named for _, named in same)
    return [piece for clause, named in clauses.items() for piece in _uncovered(clause, named, by)]


def _uncovered(clause: Clause, named: Iterable[Named], by: Iterable[Saying]) -> list[Piece]:
    names = Cover(clause, by).beyond(tuple(named))
    return [(clause, one) for one in names]


class Cover:
    """The actions of all statements that certainly say a clause, ready to be asked about many actions."""

    def __init__(self, clause: Clause, by: Iterable[Saying]) -> None:
        self._held = [one for one in by if one.holds(clause)]

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
        self.is_plain = all(isinstance(one, str) and OPEN.isdisjoint(one) for one in self.all)
        self._exceptions = [one for one in self.all if isinstance(one, tuple)]
        self._by_head: dict[str, list[str]] = {}
        for one in self.all:
            if isinstance(one, str) and ("*" in one or "?" in one):
                self._by_head.setdefault(head(one), []).append(one)
        self._lengths = sorted({len(one) for one in self._by_head})
        self._starts = frozenset(one[:START] for one in self._by_head)
        self._is_short = any(len(one) < START for one in self._by_head)

    def hold(self, each: Named) -> bool:
        """Whether an action of the statement certainly means all that a pattern means."""
        if each in self.all:
            return True
        if isinstance(each, tuple):
            return any(within(each, one) for one in self.all)
        if each[:START] in self._starts or self._is_short:
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
    hold = _actions(saying).hold
    return tuple(one for one in names if hold(one))
