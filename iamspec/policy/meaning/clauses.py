"""Policy documents taken apart into the least that they say, whatever statements that is spread over."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.meaning.wildcards import disjoint, head, subsumes
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACTIONS, RESOURCES, Statement

Named = (
    str | tuple[str, ...]
)  # a pattern of actions or resources. A tuple means all but these, and cannot be taken apart
_sorted = json.JSONEncoder(sort_keys=True).encode
TAKEN_APART = frozenset({"Sid", "Effect", *ACTIONS, *RESOURCES})


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause about actions: an effect on a pattern of resources, under `test`."""

    effect: str
    resource: Named
    test: str = ""

    def covers(self, other: "Clause") -> bool:
        """Whether this one certainly holds wherever the other does."""
        return (
            self.effect == other.effect
            and self.test in {"", other.test}
            and within(other.resource, self.resource, arn=True)
        )


Piece = tuple[Clause, Named]


@dataclass(frozen=True, slots=True, eq=False)
class Saying:
    """The clauses of a statement, for all its actions and resources."""

    effect: str
    resources: tuple[Named, ...]
    test: str
    actions: tuple[Named, ...]

    @property
    def pieces(self) -> Iterator[Piece]:
        return ((clause, named) for clause in self.clauses for named in self.actions)

    @property
    def clauses(self) -> Iterator[Clause]:
        return (Clause(self.effect, resource, self.test) for resource in self.resources)

    def holds(self, clause: Clause) -> bool:
        """Whether this clause certainly applies wherever the other clause does."""
        return (
            self.effect == clause.effect
            and self.test in {"", clause.test}
            and any(within(clause.resource, one, arn=True) for one in self.resources)
        )

    @property
    def is_everything(self) -> bool:
        return self.effect == "Allow" and not self.test and "*" in self.resources and "*" in self.actions


def said(document: Document) -> list[dict[str, Any]]:
    """The statements of a document without their labels, in an equal form for equal meanings.

    A variable is plain text in the old version of the language. It is
    written here as the new version writes such text.
    """
    form = document.unsorted
    if not isinstance(form, dict):
        return []
    found = [
        {key: value for key, value in one.items() if key != "Sid"} for one in form["Statement"] if isinstance(one, dict)
    ]
    return found if form["Version"] == "2012-10-17" else list(map(_without_variables, found))


def _without_variables(statement: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(statement)
    found: dict[str, Any] = json.loads(text.replace("${", "${$}{")) if "${" in text else statement
    return found


def saying(form: Mapping[str, Any]) -> Saying:
    """A statement of `said` taken apart."""
    statement = Statement(form)
    rest = {key: value for key, value in form.items() if key not in TAKEN_APART}
    return Saying(
        str(statement.effect),
        _named(statement, *RESOURCES),
        _sorted(rest) if rest else "",
        _named(statement, *ACTIONS),
    )


@Remembered
def sayings(document: Document) -> tuple[Saying, ...]:
    """The statements of a document, taken apart."""
    return tuple(map(saying, said(document)))


def _named(statement: Statement, name: str, exception: str) -> tuple[Named, ...]:
    found = _simple(statement.values(name))
    return (_simple(statement.values(exception)), *found) if statement.has(exception) else found


def _simple(patterns: Iterable[Any]) -> tuple[str, ...]:
    """Patterns as texts.

    `**` is `*`, and so is `*:*`, since every action and every ARN has
    a colon.
    """
    texts = map(str, patterns)
    return tuple("*" if one[:1] == "*" and not one.strip("*:") and one.count(":") <= 1 else one for one in texts)


def is_covered(piece: Piece, by: Iterable[Saying]) -> bool:
    """Whether statements certainly say the whole piece."""
    clause, named = piece
    return not list(_uncovered(clause, (named,), by))


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
    for clause, named in found:
        clauses.setdefault(clause, []).append(named)
    return [piece for clause, named in clauses.items() for piece in _uncovered(clause, named, by)]


def _uncovered(clause: Clause, named: Iterable[Named], by: Iterable[Saying]) -> Iterator[Piece]:
    cover = Cover(clause, by)
    return ((clause, each) for each in named if not cover.holds(each))


class Cover:
    """The actions of all statements that certainly say a clause, ready to be asked about many actions."""

    def __init__(self, clause: Clause, by: Iterable[Saying]) -> None:
        self._actions = {each for one in by if one.holds(clause) for each in one.actions}
        self._wider: _Wider | None = None

    def holds(self, named: Named) -> bool:
        """Whether the statements certainly say the clause of some actions."""
        if named in self._actions:
            return True
        if self._wider is None:
            self._wider = _Wider(one for one in self._actions if isinstance(one, tuple) or "*" in one or "?" in one)
        return self._wider.hold(named)


class _Wider:
    """Patterns of actions by what they begin with, so that a pattern is held only against those that may cover it."""

    def __init__(self, patterns: Iterable[Named]) -> None:
        self._all = list(patterns)
        self._exceptions = [one for one in self._all if isinstance(one, tuple)]
        self._by_head: dict[str, list[str]] = {}
        for one in self._all:
            if isinstance(one, str):
                self._by_head.setdefault(head(one), []).append(one)
        self._lengths = sorted({len(one) for one in self._by_head})

    def hold(self, each: Named) -> bool:
        """Whether one of the patterns certainly means all that another pattern means."""
        if isinstance(each, tuple):
            return any(within(each, one) for one in self._all)
        near = (one for length in self._lengths for one in self._by_head.get(each[:length], ()))
        return any(subsumes(one, each) for one in near) or any(within(each, one) for one in self._exceptions)


def within(inner: Named, outer: Named, *, arn: bool = False) -> bool:
    """Whether `outer` certainly covers `inner`. Smaller exceptions mean more."""
    if isinstance(inner, tuple) and isinstance(outer, tuple):
        return all(any(subsumes(wide, narrow, arn=arn) for wide in inner) for narrow in outer)
    if isinstance(outer, tuple):
        return not arn and disjoint(str(inner), outer)
    return outer == "*" if isinstance(inner, tuple) else subsumes(outer, inner, arn=arn)
