"""Policy documents taken apart into the least that they say, whatever statements that is spread over."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACTIONS, RESOURCES, Statement, listed
from iamspec.policy.wildcards import disjoint, subsumes

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
Lot = tuple[Clause, tuple[Named, ...]]  # the pieces of one clause


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
    def size(self) -> int:
        """How many pieces the statement has."""
        return len(self.resources) * len(self.actions)

    @property
    def clauses(self) -> Iterator[Clause]:
        return (Clause(self.effect, resource, self.test) for resource in self.resources)

    def holds(self, clause: Clause) -> bool:
        """Whether this clause certainly applies wherever the other clause does."""
        return (
            self.effect == clause.effect and self.test in {"", clause.test} and _hold(self.resources, clause.resource)
        )

    @property
    def statement(self) -> Statement:
        """The same as a statement. Exceptions stand alone, as in IAM."""
        pairs = ((ACTIONS, self.actions), (RESOURCES, self.resources))
        about = dict(_written(*names, patterns) for names, patterns in pairs)
        return Statement({"Effect": self.effect, **about, **(json.loads(self.test) if self.test else {})})

    @property
    def is_everything(self) -> bool:
        return self.effect == "Allow" and not self.test and "*" in self.resources and "*" in self.actions


def _written(name: str, exception: str, patterns: tuple[Named, ...]) -> tuple[str, tuple[Named, ...]]:
    first = patterns[0] if patterns else ""
    return (exception, first) if isinstance(first, tuple) else (name, patterns)


class Form(dict[str, Any]):
    """A statement without its labels.

    `apart` has it taken apart, once it is asked for.
    """

    __slots__ = ("apart",)
    apart: Saying


@Remembered
def said(document: Document) -> list["Form"]:
    """The statements of a document without their labels, in an equal form for equal meanings.

    A variable is plain text in the old version of the language. It
    is written here as the new version writes such text.
    """
    form = document.unsorted
    if not isinstance(form, dict):
        return []
    found = [Form(one) for one in form["Statement"] if isinstance(one, dict)]
    for one in found:
        one.pop("Sid", None)
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
    rest = {key: form[key] for key in form.keys() - TAKEN_APART}
    return Saying(
        str(form.get("Effect")),
        _named(form, *RESOURCES),
        _sorted(rest) if rest else "",
        _named(form, *ACTIONS),
    )


@Remembered
def sayings(document: Document) -> tuple[Saying, ...]:
    """The statements of a document, taken apart."""
    return tuple(map(saying, said(document)))


def _named(form: Mapping[str, Any], name: str, exception: str) -> tuple[Named, ...]:
    found = _simple(listed(form.get(name)))
    return (_simple(listed(form[exception])), *found) if exception in form else found


def _simple(patterns: Iterable[Any]) -> tuple[str, ...]:
    """Patterns as texts.

    `**` is `*`, and so is `*:*`, since every action and every ARN
    has a colon.
    """
    texts = list(map(str, patterns))
    if "\n*" not in "\n" + "\n".join(texts):  # as nearly always, and quick to see
        return tuple(texts)
    return tuple("*" if one[:1] == "*" and not one.strip("*:") and one.count(":") <= 1 else one for one in texts)


@lru_cache(maxsize=65536)
def _hold(resources: tuple[Named, ...], resource: Named) -> bool:
    return any(within(resource, one, arn=True) for one in resources)


def within(inner: Named, outer: Named, *, arn: bool = False) -> bool:
    """Whether `outer` certainly covers `inner`. Smaller exceptions mean more."""
    if isinstance(inner, tuple) and isinstance(outer, tuple):
        return all(any(subsumes(wide, narrow, arn=arn) for wide in inner) for narrow in outer)
    if isinstance(outer, tuple):
        return not arn and disjoint(str(inner), outer)
    return outer == "*" if isinstance(inner, tuple) else subsumes(outer, inner, arn=arn)
