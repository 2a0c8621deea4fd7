"""A request, who makes it, and the condition keys that both bring along.

It follows "AWS global condition context keys" in the IAM User
Guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from iamspec.policy.document import Document
from iamspec.policy.evaluate.truth import Context

UNKNOWN_RESOURCE = "*"

PRINCIPAL_TAG = "aws:principaltag/"
_NEVER_OF_A_USER = ("aws:federatedprovider", "aws:principalservicename", "aws:principalservicenameslist")
_PERSONAL = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltype",
        "aws:username",
        *_NEVER_OF_A_USER,
    }
)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
# services with requests without aws:ResourceAccount, or with ARNs of another account than the owner's
_NO_RESOURCE_ACCOUNT = frozenset({"ebs", "ec2", "events", "guardduty", "route53", "securityhub", "workspaces"})


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


@dataclass(frozen=True, slots=True, weakref_slot=True)
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


class Personal(Exception):  # noqa: N818 - no error: the question is put to each principal
    """A statement asks for a key that principals decide about."""


class Impersonal(Context):
    """The keys that a request has whoever makes it.

    Whoever asks for another key gets no answer but `Personal`. So
    an answer that comes about is right for every principal.
    """

    __slots__ = ()

    def values(self, key: str) -> tuple[str, ...] | None:
        folded = key.lower()
        if _is_personal(folded):
            raise Personal
        return self.known.get(folded)


def _is_personal(folded: str) -> bool:
    return folded in _PERSONAL or folded.startswith(PRINCIPAL_TAG)


def impersonal(request: Request) -> Impersonal:
    """The keys of the request and of its resource."""
    return Impersonal(_given(request) | _of_resource(request))


def context(principal: Principal, request: Request) -> Context:
    """The keys of the request, of its resource and of the principal, who knows better than the request."""
    found = own(principal, request)
    given = {key: values for key, values in _given(request).items() if found.values(key) is None}
    return Context({**given, **found.known}, found.closed)


def _given(request: Request) -> dict[str, tuple[str, ...]]:
    return {key.lower(): tuple(values) for key, values in request.context.items()}


def own(principal: Principal, request: Request) -> Context:
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
    known |= {f"{PRINCIPAL_TAG}{key.lower()}": (value,) for key, value in principal.tags.items()}
    return Context(known, closed=(PRINCIPAL_TAG,))


def _of_resource(request: Request) -> dict[str, tuple[str, ...]]:
    parts = request.resource.split(":", 5)
    service = request.action.lower().partition(":")[0]
    if len(parts) < 6 or not _ACCOUNT.fullmatch(parts[4]) or service in _NO_RESOURCE_ACCOUNT:
        return {}
    return {"aws:resourceaccount": (parts[4],)}
