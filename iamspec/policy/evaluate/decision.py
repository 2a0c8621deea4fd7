"""The decision about a request: allowed, denied, or depends.

It follows "Policy evaluation logic" and "Permissions boundaries
for IAM entities" in the IAM User Guide. It looks at identity
policies and the permissions boundary. It ignores resource
policies, session policies and the policies of an organization.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from iamspec.policy.document import Document
from iamspec.policy.evaluate.statements import Asked, Rule, compiled
from iamspec.policy.evaluate.truth import Context, Truth, any_of

UNKNOWN_RESOURCE = "*"
WILDCARDS = frozenset("*?")
EXPLICIT_DENY = "explicit deny"
IMPLICIT_DENY = "implicit deny"
OUTSIDE_BOUNDARY = "the permissions boundary does not allow it"
UNDENIABLE = "nobody can be denied this"

_ALWAYS_ALLOWED = "sts:getcalleridentity"
_PRINCIPAL_TAG = "aws:principaltag/"
_NEVER_OF_A_USER = ("aws:federatedprovider", "aws:principalservicename", "aws:principalservicenameslist")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
# services with requests without aws:ResourceAccount, or with ARNs of another account than the owner's
_NO_RESOURCE_ACCOUNT = frozenset({"ebs", "ec2", "events", "guardduty", "route53", "securityhub", "workspaces"})


class Answer(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Source:
    """A policy and the way it comes to the principal: `policy/deploy through group/developers`."""

    label: str
    document: Document


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, with every policy that it has, those of its groups included.

    Nobody knows the `tags` if they are None, nor ARN and account
    if `account` is empty.
    """

    arn: str
    account: str
    name: str
    tags: Mapping[str, str] | None = field(default_factory=dict)
    policies: tuple[Source, ...] = ()
    boundary: Source | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An action on a resource. `*` stands for an unknown resource.

    With `wild`, `*` and `?` in the resource are wildcards: the
    question is about all matching resources. `context` has the
    known condition keys, in any case. () means that the request
    lacks the key. A missing key is unknown. The principal and the
    resource decide about their own keys: `contradictions` finds
    other values.
    """

    action: str
    resource: str = UNKNOWN_RESOURCE
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    wild: bool = False


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


@dataclass(frozen=True, slots=True)
class _Verdict:
    source: Source
    rule: Rule
    truth: Truth

    @property
    def reason(self) -> Reason:
        missing = self.truth if isinstance(self.truth, frozenset) else ()
        return Reason(self.source, self.rule.index, self.rule.effect, _names(missing))


def evaluate(principal: Principal, request: Request) -> Decision:
    """The decision of IAM.

    DEPENDS means that more knowledge may lead to either answer.
    """
    if request.action.lower() == _ALWAYS_ALLOWED:
        return Decision(Answer.ALLOWED, (), UNDENIABLE)
    context = _context(principal, request)
    own = list(_verdicts(principal.policies, request, context))
    fence = list(_verdicts((principal.boundary,), request, context)) if principal.boundary else []
    denies = [one for one in (*own, *fence) if one.rule.effect == "Deny"]
    allows = [one for one in own if one.rule.effect == "Allow"]
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


def _verdicts(sources: Iterable[Source], request: Request, context: Context) -> Iterator[_Verdict]:
    """The statements that apply, or may."""
    action = request.action.lower()
    wild = request.wild and not WILDCARDS.isdisjoint(request.resource)  # a concrete resource is one, so it is certain
    resource = None if request.resource == UNKNOWN_RESOURCE else Asked(request.resource, wild)
    for source in sources:
        for rule in compiled(source.document).naming(action):
            truth = rule.applies(resource, context)
            if truth is not False:
                yield _Verdict(source, rule, truth)


def _any(verdicts: Iterable[_Verdict]) -> Truth:
    return any_of(one.truth for one in verdicts)


def _certain(verdicts: Iterable[_Verdict]) -> list[_Verdict]:
    return [one for one in verdicts if one.truth is True]


def _deciding(verdicts: Sequence[_Verdict], truth: Truth) -> Sequence[_Verdict]:
    """The certain ones where there are any: then the others change nothing."""
    return _certain(verdicts) if truth is True else verdicts


def _reasons(verdicts: Iterable[_Verdict]) -> tuple[Reason, ...]:
    found = [one.reason for one in verdicts]
    return tuple(sorted(found, key=lambda one: (one.effect != "Deny", one.source.label, one.statement, one.missing)))


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
    own = _own(principal, request)
    found = ((key, tuple(values), own.values(key)) for key, values in sorted(request.context.items()))
    return [
        Contradiction(key, given, actual)
        for key, given, actual in found
        if actual is not None and set(given) != set(actual)
    ]


def _context(principal: Principal, request: Request) -> Context:
    own = _own(principal, request)
    given = {key.lower(): tuple(values) for key, values in request.context.items()}
    return Context(
        {**{key: values for key, values in given.items() if own.values(key) is None}, **own.known}, own.closed
    )


def _own(principal: Principal, request: Request) -> Context:
    """The keys that the principal and the resource decide about."""
    known = _of_resource(request)
    if principal.account:
        known["aws:principalarn"] = (principal.arn,)
        known["aws:principalaccount"] = (principal.account,)
    known["aws:principalisawsservice"] = ("false",)
    if ":user/" not in principal.arn:
        return Context(known)  # a session may bring tags and a name of its own
    known["aws:username"] = (principal.name,)
    known["aws:principaltype"] = ("User",)
    known |= dict.fromkeys(_NEVER_OF_A_USER, ())
    if principal.tags is None:
        return Context(known)
    known |= {f"{_PRINCIPAL_TAG}{key.lower()}": (value,) for key, value in principal.tags.items()}
    return Context(known, closed=(_PRINCIPAL_TAG,))


def _of_resource(request: Request) -> dict[str, tuple[str, ...]]:
    parts = request.resource.split(":", 5)
    service = request.action.lower().partition(":")[0]
    if len(parts) < 6 or not _ACCOUNT.fullmatch(parts[4]) or service in _NO_RESOURCE_ACCOUNT:
        return {}
    return {"aws:resourceaccount": (parts[4],)}
