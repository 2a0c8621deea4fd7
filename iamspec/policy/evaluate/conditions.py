"""The Condition of a statement as a question to a request.

After "IAM JSON policy elements: Condition", "Condition operators" and "Multivalued context keys" in the IAM User Guide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from iamspec.policy.document import listed
from iamspec.policy.evaluate.comparisons import OPERATORS, Compare, boolean
from iamspec.policy.evaluate.truth import Context, Truth, all_of, any_of, negation

ALL, ANY = "forallvalues", "foranyvalue"
NULL = "null"
_IF_EXISTS = "ifexists"
_OPERATORS = {name.lower(): operator for name, operator in OPERATORS.items()}


@dataclass(frozen=True, slots=True)
class Test:
    """One key under one operator: it holds if one of the values does, or with a negated operator all of them."""

    key: str
    compares: tuple[Compare, ...]
    negated: bool = False
    quantifier: str = ""
    if_exists: bool = False

    def holds(self, context: Context) -> Truth:
        values = context.values(self.key)
        if values is None:
            return frozenset({self.key})
        if self.quantifier and not any(values):
            values = ()  # to a quantifier empty texts are no values
        if not values:
            return self._absent()
        if len(values) == 1:
            return self._named(self._holds_for(values[0], context))
        truths = [self._named(self._holds_for(value, context)) for value in values]
        if self.quantifier:
            return all_of(truths) if self.quantifier == ALL else any_of(truths)
        every, some = all_of(truths), any_of(truths)
        # several values without a quantifier: IAM leaves open which of them counts, unless all agree
        return (
            every
            if every == some
            else all_of(frozenset({self.key}) if isinstance(one, bool) else one for one in truths)
        )

    def _absent(self) -> Truth:
        if self.quantifier == ALL:
            return True
        if self.quantifier == ANY:
            # nothing documents which of ForAnyValue and IfExists wins
            return frozenset({self.key}) if self.if_exists else False
        return self.if_exists or self.negated

    def _holds_for(self, value: str, context: Context) -> Truth:
        """A value that is not of the operator's type equals nothing; nobody documents whether it differs."""
        results = (compare(value, context) for compare in self.compares)
        if self.negated:
            return all_of(frozenset({self.key}) if one is None else negation(one) for one in results)
        return any_of(False if one is None else one for one in results)

    def _named(self, truth: Truth) -> Truth:
        return frozenset(name or self.key for name in truth) if isinstance(truth, frozenset) else truth


@dataclass(frozen=True, slots=True)
class Existence:
    """The test of `Null`: true asks that the key is absent, false that it is there."""

    key: str
    absent: frozenset[bool | None]

    def holds(self, context: Context) -> Truth:
        values = context.values(self.key)
        if values is None or (values and not any(values)):
            return frozenset({self.key})  # whether an empty text is a value is left open
        return (not values) in self.absent


@dataclass(frozen=True, slots=True)
class Unclear:
    """What IAM would not have accepted, or what nobody documents: it depends on itself."""

    name: str

    def holds(self, _context: Context) -> Truth:
        return frozenset({self.name})


Condition = Test | Existence | Unclear


def conditions(block: Any, *, variables: bool) -> tuple[Condition, ...]:
    """The tests of a Condition element, all of which must hold; `variables`: whether its policy reads variables."""
    if not isinstance(block, Mapping):
        return (Unclear("Condition"),)
    found: list[Condition] = []
    for operator, keys in block.items():
        if isinstance(keys, Mapping):
            found += [_condition(str(operator), str(key), listed(values), variables) for key, values in keys.items()]
        else:
            found.append(Unclear(str(operator)))
    return tuple(found)


def _condition(operator: str, key: str, values: Iterable[Any], variables: bool) -> Condition:
    quantifier, colon, name = operator.lower().rpartition(":")
    if name == NULL and not colon:
        return Existence(key, frozenset(boolean(text) for text in map(scalar, values) if text is not None))
    base = name.removesuffix(_IF_EXISTS)
    found = _OPERATORS.get(base)
    if found is None or (colon and quantifier not in {ALL, ANY}):
        return Unclear(key)
    texts = [scalar(value) for value in values]
    compares = tuple(_never if text is None else found.prepare(text, variables) for text in texts)
    return Test(key, compares, found.negated, quantifier, if_exists=base != name)


def scalar(value: Any) -> str | None:
    """A value as the text that IAM keeps of it; None for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _never(_text: str, _context: Context) -> Truth | None:
    return None


def holds(tests: Iterable[Condition], context: Context) -> Truth:
    return all_of(test.holds(context) for test in tests)
