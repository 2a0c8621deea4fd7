"""The Condition of a statement as a question to a request.

After "IAM JSON policy elements: Condition", "Condition operators" and "Multivalued context keys" in the IAM User Guide.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iamspec.policy import statement as written
from iamspec.policy.evaluate.comparisons import OPERATORS, Compare, boolean
from iamspec.policy.evaluate.truth import Context, Truth, all_of, any_of, negation
from iamspec.policy.statement import Statement, text

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


def conditions(statement: Statement, *, variables: bool) -> tuple[Condition, ...]:
    """The tests of the Condition. `variables` says whether the policy has the version that reads variables."""
    if not isinstance(statement.data.get("Condition", {}), Mapping):
        return (Unclear("Condition"),)
    return tuple(_condition(test, variables=variables) for test in statement.tests())


def _condition(test: written.Test, *, variables: bool) -> Condition:
    if test.key is None:
        return Unclear(test.operator)
    quantifier, colon, name = test.operator.lower().rpartition(":")
    texts = [text(value) for value in test.values]
    if name == NULL and not colon:
        return Existence(test.key, frozenset(boolean(one) for one in texts if one is not None))
    base = name.removesuffix(_IF_EXISTS)
    found = _OPERATORS.get(base)
    if found is None or (colon and quantifier not in {ALL, ANY}):
        return Unclear(test.key)
    compares = tuple(_never if one is None else found.prepare(one, variables) for one in texts)
    return Test(test.key, compares, found.negated, quantifier, if_exists=base != name)


def _never(_text: str, _context: Context) -> Truth | None:
    return None


def holds(tests: Iterable[Condition], context: Context) -> Truth:
    return all_of(test.holds(context) for test in tests)
