"""The decision about a request: allowed, denied, or depends.

It follows "Policy evaluation logic" and "Permissions boundaries
for IAM entities" in the IAM User Guide. It looks at identity
policies and the permissions boundary. It ignores resource
policies, session policies and the policies of an organization.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from iamspec.policy.evaluate.inquiry import Verdict, inquiry
from iamspec.policy.evaluate.request import Principal, Request, Source, own
from iamspec.policy.evaluate.truth import Truth, any_of

EXPLICIT_DENY = "explicit deny"
IMPLICIT_DENY = "implicit deny"
OUTSIDE_BOUNDARY = "the permissions boundary does not allow it"
UNDENIABLE = "nobody can be denied this"

_ALWAYS_ALLOWED = "sts:getcalleridentity"


class Answer(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Reason:
    """A statement, counted from 0, that decides or may decide.

    `missing` are the unknown condition keys, and `Resource`.
    """

    source: Source
    statement: int
    effect: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its statements. An implicit deny has no statement."""

    answer: Answer
    reasons: tuple[Reason, ...] = ()
    note: str = ""


def evaluate(principal: Principal, request: Request) -> Decision:
    """The decision of IAM.

    DEPENDS means that more knowledge may lead to either answer.
    """
    if request.action.lower() == _ALWAYS_ALLOWED:
        return Decision(Answer.ALLOWED, (), UNDENIABLE)
    asked = inquiry(request)
    given = asked.verdicts(principal, principal.policies)
    fence = asked.verdicts(principal, (principal.boundary,)) if principal.boundary else []
    denies = [one for one in (*given, *fence) if one.rule.effect == "Deny"]
    allows = [one for one in given if one.rule.effect == "Allow"]
    bounds = [one for one in fence if one.rule.effect == "Allow"]
    denied, allowed = _any(denies), _any(allows)
    bounded = _any(bounds) if principal.boundary else True
    if denied is True:
        return Decision(Answer.DENIED, _reasons(_certain(denies)), EXPLICIT_DENY)
    if allowed is False:
        return Decision(Answer.DENIED, (), IMPLICIT_DENY)
    if bounded is False:
        return Decision(Answer.DENIED, _reasons(allows), OUTSIDE_BOUNDARY)
    deciding = [*denies, *_deciding(allows, allowed), *_deciding(bounds, bounded)]
    reasons = _reasons(deciding)
    if denied is False and allowed is True and bounded is True:
        return Decision(Answer.ALLOWED, reasons)
    missing = _names(name for reason in reasons for name in reason.missing)
    return Decision(Answer.DEPENDS, reasons, f"depends on {', '.join(missing)}")


def _any(verdicts: Iterable[Verdict]) -> Truth:
    return any_of(one.truth for one in verdicts)


def _certain(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.truth is True]


def _deciding(verdicts: Sequence[Verdict], truth: Truth) -> Sequence[Verdict]:
    """The certain ones where there are any: then the others change nothing."""
    return _certain(verdicts) if truth is True else verdicts


def _reasons(verdicts: Iterable[Verdict]) -> tuple[Reason, ...]:
    found = [_reason(one) for one in verdicts]
    return tuple(sorted(found, key=lambda one: (one.effect != "Deny", one.source.label, one.statement, one.missing)))


def _reason(verdict: Verdict) -> Reason:
    missing = verdict.truth if isinstance(verdict.truth, frozenset) else ()
    return Reason(verdict.source, verdict.rule.index, verdict.rule.effect, _names(missing))


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Names once each, whatever case they are written in."""
    once = {name.lower(): name for name in sorted(names, reverse=True)}
    return tuple(once[folded] for folded in sorted(once))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A key of a request's context with other values than the principal or the resource has."""

    key: str
    given: tuple[str, ...]
    actual: tuple[str, ...]


def contradictions(principal: Principal, request: Request) -> list[Contradiction]:
    """The keys of the request's context that evaluation would ignore."""
    known = own(principal, request)
    found = ((key, tuple(values), known.values(key)) for key, values in sorted(request.context.items()))
    return [
        Contradiction(key, given, actual)
        for key, given, actual in found
        if actual is not None and set(given) != set(actual)
    ]
