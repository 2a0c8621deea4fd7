"""The statements of a document, prepared for many requests.

After "IAM JSON policy elements reference" and "Grammar of the IAM
JSON policy language" in the IAM User Guide.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.evaluate import patterns
from iamspec.policy.evaluate.conditions import Condition, conditions, holds
from iamspec.policy.evaluate.patterns import Pattern, Wildcard
from iamspec.policy.evaluate.truth import Context, Truth, Unread, all_of, any_of, negation
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import ACCOUNT_ID, ACTIONS, RESOURCES, Statement, statements, text

EFFECTS = ("Allow", "Deny")
WILDCARDS = frozenset("*?")
SOMETHING, LONG = "\ue000", 300  # a sign that only wildcards match, more often than a policy has room for `?`
RESOURCE = "Resource"  # the name in an answer that depends on an unknown resource
_WITH_VARIABLES = "2012-10-17"
_ROOT = re.compile(r"arn:([^:]*):iam::(\d{12}):root", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """The resource of a request, or with `wild` all that its wildcards stand for."""

    text: str
    wild: bool = False

    @property
    def samples(self) -> tuple[str, ...]:
        """Samples of the text.

        For wildcards these are the shortest text and a long text.
        A pattern that matches both samples matches all texts.
        """
        if not self.wild:
            return (self.text,)
        return tuple(self.text.replace("?", SOMETHING).replace("*", SOMETHING * length) for length in (0, LONG))

    @property
    def parts(self) -> tuple[patterns.Part, ...]:
        return patterns.parse(self.text, variables=False)


@dataclass(frozen=True, slots=True)
class Actions:
    """Names of actions, in lower case: whole ones, beginnings, and all other patterns."""

    names: frozenset[str]
    beginnings: tuple[str, ...]
    others: tuple[Callable[[str], Any], ...]

    def match(self, action: str) -> bool:
        return action in self.names or action.startswith(self.beginnings) or any(one(action) for one in self.others)


@dataclass(frozen=True)
class Rule:
    """A statement compiled for evaluation.

    A missing element is None. Elements beside the actions are
    compiled at the first question about one of the actions: most
    statements are about other actions.
    """

    statement: Statement
    actions: Actions | None
    not_actions: Actions | None
    variables: bool

    @property
    def index(self) -> int:
        """The number of the statement, counted from 0."""
        return self.statement.index

    @property
    def effect(self) -> str:
        return str(self.statement.effect)

    @cached_property
    def resources(self) -> tuple[Pattern, ...] | None:
        return _resources(self.statement.stored("Resource"), variables=self.variables)

    @cached_property
    def not_resources(self) -> tuple[Pattern, ...] | None:
        return _resources(self.statement.stored("NotResource"), variables=self.variables)

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """Each resource that the statement may be about begins with one of these, as `""` for any."""
        return ("",) if self.resources is None else tuple(one.beginning for one in self.resources)

    @cached_property
    def principals(self) -> Callable[[Context], Truth] | None:
        return _principals(self.statement)

    @cached_property
    def tests(self) -> tuple[Condition, ...]:
        return conditions(self.statement, variables=self.variables)

    def applies(self, resource: Asked | None, context: Context) -> Truth:
        """Whether the statement applies to an action that it names, on a resource.

        None is an unknown resource.
        """
        if resource is not None and not resource.wild and not resource.text.startswith(self.beginnings):
            return False
        return all_of(self._other_elements(resource, context))

    def names(self, action: str) -> bool:
        """Whether the statement is about an action, in lower case, on some resource."""
        if self.actions is not None and not self.actions.match(action):
            return False
        return self.not_actions is None or not self.not_actions.match(action)

    def _other_elements(self, resource: Asked | None, context: Context) -> Iterator[Truth]:
        if self.resources is not None:
            yield any_of(_covers(one, resource, context) for one in self.resources)
        if self.not_resources is not None:
            yield negation(any_of(_covers(one, resource, context) for one in self.not_resources))
        if self.principals is not None:
            yield self.principals(context)
        yield holds(self.tests, context)


def _covers(pattern: Pattern, resource: Asked | None, context: Context) -> Truth:
    """Whether the pattern matches the whole question.

    If it may match a part only, the answer depends on the
    resource.
    """
    if resource is None:
        everything = bool(pattern.parts) and all(part is Wildcard.ANY for part in pattern.parts)
        return everything or frozenset({RESOURCE})
    matches = (pattern.matches(text, context) for text in resource.samples)
    found = all_of(one for one in matches if not isinstance(one, Unread))
    if found is False and resource.wild and patterns.may_meet(pattern.parts, resource.parts):
        return frozenset({RESOURCE})
    return found


class Rules(tuple[Rule, ...]):  # noqa: SLOT001 - a tuple takes no slots
    """The statements of a document, made ready.

    The last answer is kept, as the same question is often asked
    about many users who hold the same documents.
    """

    last: tuple[str, tuple[Rule, ...]] = ("", ())

    def naming(self, action: str) -> tuple[Rule, ...]:
        """The statements about an action, in lower case, on some resource."""
        last = self.last
        if last[0] != action:
            last = self.last = action, tuple(one for one in self if one.names(action))
        return last[1]


@Remembered
def compiled(document: Document) -> Rules:
    """The statements of a document, made ready."""
    return Rules(tuple(_rules(document.data)))


def _rules(data: Any) -> Iterator[Rule]:
    """The statements that IAM would have accepted, as far as evaluation needs it."""
    variables = isinstance(data, Mapping) and data.get("Version") == _WITH_VARIABLES
    for statement in statements(data):
        if statement.effect in EFFECTS:
            actions, not_actions = (_actions(statement.stored(element)) for element in ACTIONS)
            if (actions or not_actions) and any(statement.stored(element) for element in RESOURCES):
                yield Rule(statement, actions, not_actions, variables)


def _actions(written: Iterable[str]) -> Actions | None:
    found = [action_pattern(one) for one in written]
    if not found:
        return None
    return Actions(
        frozenset([name for one in found for name in one.names]),
        tuple([text for one in found for text in one.beginnings]),
        tuple([matcher for one in found for matcher in one.others]),
    )


@lru_cache(maxsize=65536)
def action_pattern(written: str) -> Actions:
    """An action or a pattern. The documents of an account repeat a few of them thousands of times."""
    folded = written.lower()
    if WILDCARDS.isdisjoint(folded):
        return Actions(frozenset({folded}), (), ())
    if folded.endswith("*") and WILDCARDS.isdisjoint(folded[:-1]):
        return Actions(frozenset(), (folded[:-1],), ())
    return Actions(frozenset(), (), (patterns.like(patterns.parse(folded, variables=False)),))


def _resources(texts: Iterable[str], *, variables: bool) -> tuple[Pattern, ...] | None:
    return tuple(patterns.resource_pattern(one, variables=variables) for one in texts) or None


def _principals(statement: Statement) -> Callable[[Context], Truth] | None:
    """The Principal of an identity policy, which should have none.

    Only the kind AWS can mean a user or a role.
    """
    if statement.has("Principal"):
        wanted = _of_aws(statement, "Principal")
        return lambda context: any_of(_is(one, context) for one in wanted)
    if statement.has("NotPrincipal"):
        excepted = _of_aws(statement, "NotPrincipal")
        return lambda context: negation(any_of(_is(one, context) for one in excepted))
    return None


def _of_aws(statement: Statement, element: str) -> tuple[str, ...]:
    found = [one for part in statement.parts() if part.steps == (element, "AWS") for one in part.values]
    return tuple(one for one in map(text, found) if one is not None)


def _is(wanted: str, context: Context) -> Truth:
    arn, account = (context.values(f"aws:Principal{name}") for name in ("Arn", "Account"))
    if wanted == "*":
        return True
    if not arn or not account:
        return frozenset({"aws:PrincipalArn"})
    if wanted in arn:
        return True
    if ACCOUNT_ID.fullmatch(wanted):
        return wanted in account
    if root := _ROOT.fullmatch(wanted):
        return root[2] in account and arn[0].split(":")[1:2] == [root[1]]
    if _UNIQUE_ID.fullmatch(wanted):
        ids = context.values("aws:userid")
        return frozenset({"aws:userid"}) if ids is None else wanted in ids
    return False
