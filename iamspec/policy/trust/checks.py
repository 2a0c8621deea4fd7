"""The tests of a Condition as values that can be compared: whether to pass one is certainly to pass another."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from iamspec.policy.statement import Statement, text
from iamspec.policy.wildcards import WILD, subsumes

IF_EXISTS = "ifexists"
LIKE = {"stringlike": "stringequals", "arnlike": "arnequals"}  # the operators that take wildcards, and their plain ones
SPLIT = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
MOST = 64  # alternatives that conditions are taken apart into


@dataclass(frozen=True, slots=True)
class Check:
    """A test of a Condition: operator and key in lower case, the values as a set.

    All tests of a statement must hold.
    """

    operator: str
    key: str
    values: frozenset[str]

    @property
    def order(self) -> tuple[str, str, tuple[str, ...]]:
        return (self.key, self.operator, tuple(sorted(self.values)))

    @property
    def base(self) -> str:
        """The operator without IfExists."""
        return self.operator.removesuffix(IF_EXISTS)

    @property
    def is_optional(self) -> bool:
        """Whether a request without the key passes."""
        return self.operator.endswith(IF_EXISTS)

    @property
    def is_negated(self) -> bool:
        return "not" in self.base.rpartition(":")[2]

    @property
    def is_plain(self) -> bool:
        """Whether the key must be there and match a value."""
        return self.operator in SPLIT

    def implies(self, other: "Check") -> bool:
        """Whether a request that passes this test certainly passes the other test."""
        if self.key != other.key or (self.is_optional and not other.is_optional):
            return False
        if self.base == other.base and self.values == other.values:
            return True
        if _plain(self.base) != _plain(other.base):
            return False
        if self.is_negated:
            return all(any(self.matches(mine, other, theirs) for mine in self.values) for theirs in other.values)
        return self.base in SPLIT and all(
            any(other.matches(theirs, self, mine) for theirs in other.values) for mine in self.values
        )

    @property
    def takes_wildcards(self) -> bool:
        return self.base.endswith("like") or "arn" in self.base

    def matches(self, pattern: str, other: "Check", value: str) -> bool:
        """Whether a value of this test certainly matches everything that a value of another test matches."""
        if self.takes_wildcards:
            return subsumes(pattern, value, arn="arn" in self.base)
        if other.takes_wildcards and WILD.search(value):
            return False
        return pattern.casefold() == value.casefold() if "ignorecase" in self.base else pattern == value


def checks(statement: Statement) -> frozenset[Check]:
    """The tests of a statement.

    A test without a mapping of keys stands under the empty key.
    """
    return frozenset(
        Check(test.operator.lower(), (test.key or "").lower(), frozenset(map(_text, test.values)))
        for test in statement.tests()
    )


def _text(value: object) -> str:
    found = text(value)
    return str(value) if found is None else found


def alternatives(found: Iterable[Check]) -> Iterator[frozenset[Check]]:
    """The tests taken apart: a test that takes any of several values becomes a test for each value.

    Beyond a number of alternatives the tests stay whole. A test
    that takes no value at all leaves no alternative.
    """
    whole = frozenset(found)
    count = 1
    for one in whole:
        count *= len(one.values) if one.is_plain else 1
    if count > MOST:
        yield whole
        return
    parts = [
        [replace(one, values=frozenset({value})) for value in sorted(one.values)] if one.is_plain else [one]
        for one in sorted(whole, key=lambda one: one.order)
    ]
    yield from map(frozenset, product(*parts))


def _plain(operator: str) -> str:
    """The operator that takes no wildcards."""
    quantifier, colon, name = operator.rpartition(":")
    negation = "not" if "not" in name else ""
    name = name.replace("not", "", 1)
    return f"{quantifier}{colon}{negation}{LIKE.get(name, name)}"
