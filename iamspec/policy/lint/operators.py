"""The tests of a Condition, with their operators taken apart: `ForAnyValue:StringNotEqualsIfExists`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from iamspec.policy.statement import LISTS, Path, Statement, listed

ALL, ANY = "ForAllValues", "ForAnyValue"
IF_EXISTS = "IfExists"
NULL = "null"


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator.

    `name` and `quantifier` are in lower case. `written` is the
    text of the author.
    """

    written: str
    name: str
    quantifier: str
    if_exists: bool

    @property
    def negated(self) -> bool:
        return "not" in self.name

    @property
    def holds_without_key(self) -> bool:
        """Whether the test may hold for a request that lacks the key."""
        return self.if_exists or self.negated or self.quantifier == ALL.lower() or self.name == NULL

    def is_of(self, *families: str) -> bool:
        """Whether the name begins with one of the texts, as in `string` or `numeric`."""
        return self.name.removeprefix("not").startswith(families)


@lru_cache(maxsize=1024)
def operator(written: str) -> Operator:
    quantifier, _, rest = written.lower().rpartition(":")
    suffix = IF_EXISTS.lower()
    return Operator(written, rest.removesuffix(suffix), quantifier, rest.endswith(suffix))


@dataclass(frozen=True, slots=True)
class Tested:
    """A key under an operator of a statement, with its place."""

    statement: Statement
    how: Operator
    key: str
    written: Any
    path: Path

    @property
    def folded(self) -> str:
        return self.key.lower()

    @property
    def values(self) -> Sequence[Any]:
        return listed(self.written)

    def texts(self) -> Iterator[tuple[Path, str]]:
        """The texts that the key is compared with, with their places."""
        for at, value in enumerate(self.values):
            if isinstance(value, str):
                yield ((*self.path, at) if isinstance(self.written, LISTS) else self.path), value

    def is_only(self, text: str) -> bool:
        """Whether the key is compared with nothing but a text, in whatever case."""
        return bool(self.values) and all(str(value).lower() == text for value in self.values)


def tested(statement: Statement) -> Iterator[Tested]:
    """Every key that a statement tests."""
    for test in statement.tests():
        if test.key is not None:
            path = (*statement.path, "Condition", test.operator, test.key)
            yield Tested(statement, operator(test.operator), test.key, test.written, path)
