"""The Condition of a statement as a question to a request.

After "IAM JSON policy elements: Condition", "Condition operators"
and "Multivalued context keys" in the IAM User Guide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from iamspec.policy import statement as written
from iamspec.policy.evaluate.comparisons import OPERATORS, Compare, Operator, boolean
from iamspec.policy.evaluate.keys import TAG_KEYS, is_multivalued, is_of_tags
from iamspec.policy.evaluate.patterns import UNDOCUMENTED
from iamspec.policy.evaluate.truth import Context, Truth, Unread, all_of, any_of, negation
from iamspec.policy.statement import Statement, text

ALL, ANY = "forallvalues", "foranyvalue"
NULL = "null"
_IF_EXISTS = "ifexists"
_OPERATORS = {name.lower(): operator for name, operator in OPERATORS.items()}


@dataclass(frozen=True, slots=True)
class Test:
    """A key under an operator.

    At least a value must match, or no value with a negated
    operator. `differs` is the answer of a negated operator to a
    value of the wrong type. `closed` is the answer to a policy
    value that is no ARN: then an Allow grants nothing, and a Deny
    denies.
    """

    key: str
    compares: tuple[Compare, ...]
    operator: Operator
    quantifier: str = ""
    if_exists: bool = False
    closed: bool = False

    def holds(self, context: Context) -> Truth:
        values = context.values(self.key)
        if values is None:
            return frozenset({self.key})
        if self.quantifier and not any(values) and not is_of_tags(self.key):
            values = ()  # to a quantifier an empty text is no value, unless it is a tag
        if not values:
            return self._absent()
        if self.quantifier:
            truths = [self._named(self._holds_for(value, context)) for value in values]
            return all_of(truths) if self.quantifier == ALL else any_of(truths)
        if is_multivalued(self.key):  # a comparison without quantifier: IAM is known for one key only
            return False if self.key.lower() == TAG_KEYS else frozenset({self.key})
        return self._of_one([self._named(self._holds_for(value, context)) for value in values])

    def _absent(self) -> Truth:
        if self.quantifier == ALL:
            return True
        if self.quantifier == ANY:
            # nothing documents whether ForAnyValue or IfExists wins
            return frozenset({self.key}) if self.if_exists else False
        return self.if_exists or self.operator.negated

    def _of_one(self, truths: Sequence[Truth]) -> Truth:
        """The truth for a single-valued key.

        With several values IAM leaves the choice open, unless all
        agree.
        """
        every, some = all_of(truths), any_of(truths)
        return (
            every
            if every == some
            else frozenset({self.key}).union(*(one for one in truths if isinstance(one, frozenset)))
        )

    def _holds_for(self, value: str, context: Context) -> Truth:
        """The truth for a request.

        The values of the policy are compared in order. A value
        that is no ARN ends the list.
        """
        negated = self.operator.negated
        truths: list[Truth] = []
        for compare in self.compares:
            one = compare(value, context)
            if one is Unread.VALUE:
                return negated and self.operator.differs
            if one is Unread.PATTERN:
                truths.append(self.closed)
                break
            truths.append(negation(one) if negated else one)
        return all_of(truths) if negated else any_of(truths)

    def _named(self, truth: Truth) -> Truth:
        return frozenset(name or self.key for name in truth) if isinstance(truth, frozenset) else truth


@dataclass(frozen=True, slots=True)
class Existence:
    """The test of `Null`: true asks for an absent key, false for a present key."""

    key: str
    absent: frozenset[bool]

    def holds(self, context: Context) -> Truth:
        values = context.values(self.key)
        if values is None or (values and not any(values) and not is_of_tags(self.key)):
            return frozenset({self.key})  # whether an empty text is a value is open, unless it is a tag
        return (not values) in self.absent


@dataclass(frozen=True, slots=True)
class Unclear:
    """A condition that is unsupported or undocumented. The answer depends on it."""

    name: str

    def holds(self, _context: Context) -> Truth:
        return frozenset({self.name})


Condition = Test | Existence | Unclear


def conditions(statement: Statement, *, variables: bool) -> tuple[Condition, ...]:
    """The tests of the Condition.

    `variables` says whether the policy has the version that reads
    variables.
    """
    if not isinstance(statement.data.get("Condition", {}), Mapping):
        return (Unclear("Condition"),)
    return tuple(_condition(test, variables=variables, denies=statement.denies) for test in statement.tests())


def _condition(test: written.Test, *, variables: bool, denies: bool) -> Condition:
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
    odd = _open if found.negated else _never
    compares = tuple(odd if one is None else found.prepare(one, variables) for one in texts)
    return Test(test.key, compares, found, quantifier, if_exists=base != name, closed=denies)


def _never(_text: str, _context: Context) -> Truth | Unread:
    """The comparison with a policy value that is no text, which IAM would not store."""
    return False


def _open(_text: str, _context: Context) -> Truth | Unread:
    """The same under a negated operator."""
    return UNDOCUMENTED


def holds(tests: Iterable[Condition], context: Context) -> Truth:
    return all_of(test.holds(context) for test in tests)
