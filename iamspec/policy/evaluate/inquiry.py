"""A request that is put to the documents of many principals."""

from collections.abc import Iterable
from dataclasses import dataclass

from iamspec.policy.document import Document
from iamspec.policy.evaluate.request import (
    UNKNOWN_RESOURCE,
    Personal,
    Principal,
    Request,
    Source,
    context,
    impersonal,
)
from iamspec.policy.evaluate.statements import WILDCARDS, Asked, Rule, compiled
from iamspec.policy.evaluate.truth import Context, Truth
from iamspec.policy.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statement that applies, or may."""

    source: Source
    rule: Rule
    truth: Truth


Said = tuple[tuple[Rule, Truth | None], ...]


class Inquiry:
    """A request, and what each document says to it whoever asks.

    Thousands of users hold the same documents. So a statement is
    judged once, unless it asks for a key of the principal.
    """

    def __init__(self, request: Request) -> None:
        self.action = request.action.lower()
        wild = request.wild and not WILDCARDS.isdisjoint(request.resource)  # a concrete resource is certain
        self.resource = None if request.resource == UNKNOWN_RESOURCE else Asked(request.resource, wild)
        self._request, self._keys = request, impersonal(request)
        self._said: dict[int, tuple[Said, Document]] = {}  # the document stays, and so does its identity

    def verdicts(self, principal: Principal, sources: Iterable[Source]) -> list[Verdict]:
        """The statements of sources that apply to a principal, or may, in order."""
        found: list[Verdict] = []
        keys: Context | None = None
        for source in sources:
            said = self._said.get(id(source.document)) or self._hear(source.document)
            for rule, known in said[0]:
                truth = known
                if truth is None:
                    keys = keys or context(principal, self._request)
                    truth = rule.applies(self.resource, keys)
                if truth is not False:
                    found.append(Verdict(source, rule, truth))
        return found

    def _hear(self, document: Document) -> tuple[Said, Document]:
        judged = ((rule, self._judged(rule)) for rule in compiled(document).naming(self.action))
        found = tuple((rule, truth) for rule, truth in judged if truth is not False), document
        self._said[id(document)] = found
        return found

    def _judged(self, rule: Rule) -> Truth | None:
        """Whether a statement applies. None where that is different for each principal."""
        try:
            return rule.applies(self.resource, self._keys)
        except Personal:
            return None


@Remembered
def inquiry(request: Request) -> Inquiry:
    """The answers of documents to a request, kept as long as the request."""
    return Inquiry(request)
