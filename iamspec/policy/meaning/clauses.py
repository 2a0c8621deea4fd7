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


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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


class Form(dict[str, Any]):
    """A statement without its labels. `apart` has it taken apart, once it is asked for."""

    __slots__ = ("apart",)
    apart: Saying


@Remembered
def said(document: Document) -> list["Form"]:
    """The statements of a document without their labels, in an equal form for equal meanings.

    A variable is plain text in the old version of the language. It is
    written here as the new version writes such text.
    """
    form = document.unsorted
    if not isinstance(form, dict):
        return []
    found = [
        Form({key: value for key, value in one.items() if key != "Sid"})
        for one in form["Statement"]
        if isinstance(one, dict)
    ]
    return found if form["Version"] == "2012-10-17" else [Form(_without_variables(one)) for one in found]


def _without_variables(statement: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(statement)
    found: dict[str, Any] = json.loads(text.replace("${", "${$}{")) if "${" in text else statement
    return found


def saying(form: Form) -> Saying:
    """A statement of `said` taken apart, once."""
    if not hasattr(form, "apart"):
        form.apart = _taken_apart(form)
    return form.apart


def _taken_apart(form: Mapping[str, Any]) -> Saying:
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
        self._held = [_actions(one) for one in by if one.holds(clause)]

    def holds(self, named: Named) -> bool:
        """Whether a statement certainly says the clause of some actions."""
        return any(one.hold(named) for one in self._held)


START = 5  # signs of a pattern that tell most services apart


class _Actions:
    """The actions of a statement by what they begin with.

    So a pattern is held only against patterns that may cover it.
    """

    def __init__(self, saying: Saying) -> None:
        self._all = frozenset(saying.actions)
        self._exceptions = [one for one in self._all if isinstance(one, tuple)]
        self._by_head: dict[str, list[str]] = {}
        for one in self._all:
            if isinstance(one, str) and ("*" in one or "?" in one):
                self._by_head.setdefault(head(one), []).append(one)
        self._lengths = sorted({len(one) for one in self._by_head})
        self._starts = frozenset(one[:START] for one in self._by_head)
        self._is_short = any(len(one) < START for one in self._by_head)

    def hold(self, each: Named) -> bool:
        """Whether an action of the statement certainly means all that a pattern means."""
        if each in self._all:
            return True
        if isinstance(each, tuple):
            return any(within(each, one) for one in self._all)
        if each[:START] in self._starts or self._is_short:
            for length in self._lengths:
                for one in self._by_head.get(each[:length], ()):
                    if subsumes(one, each):
                        return True
        return any(within(each, one) for one in self._exceptions)


_actions: Remembered[Saying, _Actions] = Remembered(_Actions)


def names(saying: Saying, named: Named) -> bool:
    """Whether an action of a statement certainly means all that a pattern of actions means."""
    return _actions(saying).hold(named)


def within(inner: Named, outer: Named, *, arn: bool = False) -> bool:
    """Whether `outer` certainly covers `inner`. Smaller exceptions mean more."""
    if isinstance(inner, tuple) and isinstance(outer, tuple):
        return all(any(subsumes(wide, narrow, arn=arn) for wide in inner) for narrow in outer)
    if isinstance(outer, tuple):
        return not arn and disjoint(str(inner), outer)
    return outer == "*" if isinstance(inner, tuple) else subsumes(outer, inner, arn=arn)
