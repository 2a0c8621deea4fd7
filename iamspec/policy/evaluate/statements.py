"""The statements of a document, made ready to be asked many times whether they apply to a request.

After "IAM JSON policy elements reference" and "Grammar of the IAM JSON policy language" in the IAM User Guide.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ref

from iamspec.policy.document import Document, listed
from iamspec.policy.evaluate import patterns
from iamspec.policy.evaluate.conditions import Condition, conditions, holds, scalar
from iamspec.policy.evaluate.patterns import Pattern, Wildcard
from iamspec.policy.evaluate.truth import Context, Truth, all_of, any_of, negation

EFFECTS = ("Allow", "Deny")
SOMETHING, LONG = "\U000f0000", 300  # a sign that only wildcards match, more often than a policy has room for `?`
RESOURCE = "Resource"  # the name of what a statement depends on if the request does not say its resource
_WITH_VARIABLES = "2012-10-17"
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ROOT = re.compile(r"arn:([^:]*):iam::(\d{12}):root", re.ASCII)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """The resource of a request, or with `wild` all that its wildcards stand for."""

    text: str
    wild: bool = False

    @property
    def samples(self) -> tuple[str, ...]:
        """The text; of wildcards the least and something long, since a pattern that matches both matches all."""
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


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that could apply; an element that is left out is None, `index` counts from 0."""

    index: int
    effect: str
    actions: Actions | None
    not_actions: Actions | None
    resources: tuple[Pattern, ...] | None
    not_resources: tuple[Pattern, ...] | None
    principals: Callable[[Context], Truth] | None
    tests: tuple[Condition, ...]

    def applies(self, action: str, resource: Asked | None, context: Context) -> Truth:
        """Whether the statement applies to an action, given in lower case, on what is asked about, None if that is not known."""
        if self.actions is not None and not self.actions.match(action):
            return False
        if self.not_actions is not None and self.not_actions.match(action):
            return False
        return all_of(self._other_elements(resource, context))

    def _other_elements(self, resource: Asked | None, context: Context) -> Iterator[Truth]:
        if self.resources is not None:
            yield any_of(_covers(one, resource, context) for one in self.resources)
        if self.not_resources is not None:
            yield negation(any_of(_covers(one, resource, context) for one in self.not_resources))
        if self.principals is not None:
            yield self.principals(context)
        yield holds(self.tests, context)


def _covers(pattern: Pattern, resource: Asked | None, context: Context) -> Truth:
    """Whether the pattern matches all that is asked about; if that may be only some of it, it depends on the resource."""
    if resource is None:
        everything = bool(pattern.parts) and all(part is Wildcard.ANY for part in pattern.parts)
        return everything or frozenset({RESOURCE})
    found = all_of(pattern.matches(text, context) or False for text in resource.samples)
    if found is False and resource.wild and patterns.may_meet(pattern.parts, resource.parts):
        return frozenset({RESOURCE})
    return found


_compiled: dict[int, tuple[ref[Document], tuple[Statement, ...]]] = {}


def compiled(document: Document) -> tuple[Statement, ...]:
    """The statements of a document, which is looked into once for as long as it lives."""
    key = id(document)
    held = _compiled.get(key)
    if held is not None and held[0]() is document:
        return held[1]
    found = tuple(_statements(document.data))
    _compiled[key] = (ref(document, lambda _: _compiled.pop(key, None)), found)
    return found


def _statements(data: Any) -> Iterator[Statement]:
    """The statements that IAM would have accepted as far as it takes to say what they apply to."""
    if not isinstance(data, Mapping):
        return
    variables = data.get("Version") == _WITH_VARIABLES
    for index, raw in enumerate(listed(data.get("Statement"))):
        if isinstance(raw, Mapping) and raw.get("Effect") in EFFECTS:
            statement = _statement(index, raw, variables=variables)
            if (statement.actions or statement.not_actions) and (statement.resources or statement.not_resources):
                yield statement


def _statement(index: int, raw: Mapping[str, Any], *, variables: bool) -> Statement:
    return Statement(
        index=index,
        effect=raw["Effect"],
        actions=_actions(raw.get("Action")),
        not_actions=_actions(raw.get("NotAction")),
        resources=_resources(raw.get("Resource"), variables=variables),
        not_resources=_resources(raw.get("NotResource"), variables=variables),
        principals=_principals(raw),
        tests=conditions(raw["Condition"], variables=variables) if "Condition" in raw else (),
    )


def _actions(value: Any) -> Actions | None:
    texts = [text.lower() for text in map(scalar, listed(value)) if text is not None]
    parsed = {text: patterns.parse(text, variables=False) for text in texts}
    names = {text for text, parts in parsed.items() if not any(isinstance(part, Wildcard) for part in parts)}
    beginnings = {text[:-1] for text in parsed.keys() - names if text.endswith("*") and not set(text[:-1]) & set("*?")}
    others = sorted(text for text in parsed.keys() - names if text[:-1] not in beginnings or not text.endswith("*"))
    matchers = tuple(patterns.like(parsed[text]) for text in others)
    return Actions(frozenset(names), tuple(sorted(beginnings)), matchers) if texts else None


def _resources(value: Any, *, variables: bool) -> tuple[Pattern, ...] | None:
    texts = [text for text in map(scalar, listed(value)) if text is not None]
    return tuple(patterns.resource_pattern(text, variables=variables) for text in texts) or None


def _principals(raw: Mapping[str, Any]) -> Callable[[Context], Truth] | None:
    """The Principal that an identity policy should not have; of its kinds only AWS can mean a user or a role."""
    if "Principal" in raw:
        wanted = _principal_texts(raw["Principal"])
        return lambda context: any_of(_is(text, context) for text in wanted)
    if "NotPrincipal" in raw:
        wanted = _principal_texts(raw["NotPrincipal"])
        return lambda context: negation(any_of(_is(text, context) for text in wanted))
    return None


def _principal_texts(value: Any) -> tuple[str, ...]:
    members: Iterable[Any] = listed(value.get("AWS")) if isinstance(value, Mapping) else [value] if value == "*" else []
    return tuple(text for text in map(scalar, members) if text is not None)


def _is(text: str, context: Context) -> Truth:
    arn, account = (context.values(f"aws:Principal{name}") for name in ("Arn", "Account"))
    if text == "*":
        return True
    if not arn or not account:
        return frozenset({"aws:PrincipalArn"})
    if text in arn:
        return True
    if _ACCOUNT.fullmatch(text):
        return text in account
    if root := _ROOT.fullmatch(text):
        return root[2] in account and arn[0].split(":")[1:2] == [root[1]]
    if _UNIQUE_ID.fullmatch(text):
        ids = context.values("aws:userid")
        return frozenset({"aws:userid"}) if ids is None else text in ids
    return False
