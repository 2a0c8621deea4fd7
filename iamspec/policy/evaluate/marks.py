"""The answers of a document to many requests at once, as sets.

Bit n stands for the n-th request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from iamspec.policy.document import Document
from iamspec.policy.evaluate.statements import Asked, Rule, compiled
from iamspec.policy.evaluate.truth import Context


@dataclass(frozen=True, slots=True)
class Marks:
    """The requests that a document allows and denies for certain, and those that it may allow or deny."""

    allows: int = 0
    may_allow: int = 0
    denies: int = 0
    may_deny: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """A request with its bit: the resource, and the condition keys that it carries."""

    bit: int
    asked: Asked
    context: Context


Questions = Mapping[str, Sequence[Question]]  # by action, in lower case


Naming = Sequence[tuple[Rule, Sequence[str]]]  # the statements of a document, each with the asked actions that it names


def naming(document: Document, actions: Iterable[str]) -> Naming:
    """The statements of a document, each with those of some actions, in lower case, that it names."""
    asked = list(actions)
    return [(rule, [one for one in asked if rule.names(one)]) for rule in compiled(document)]


def marks(named: Naming, questions: Questions) -> Marks:
    """The marks of a document. `may_allow` and `may_deny` include the certain answers."""
    sets = {"Allow": [0, 0], "Deny": [0, 0]}
    for rule, actions in named:
        for action in actions:
            certain, possible = _applying(rule, questions[action])
            sets[rule.effect][0] |= certain
            sets[rule.effect][1] |= certain | possible
    (allows, may_allow), (denies, may_deny) = sets["Allow"], sets["Deny"]
    return Marks(allows, may_allow, denies, may_deny)


def _applying(rule: Rule, questions: Sequence[Question]) -> tuple[int, int]:
    certain = possible = 0
    for one in questions:
        truth = rule.applies(one.asked, one.context)
        if truth is True:
            certain |= one.bit
        elif truth:
            possible |= one.bit
    return certain, possible


@dataclass(frozen=True, slots=True)
class Allowed:
    """The requests that a principal may make for certain, and those that it may perhaps make."""

    certain: int = 0
    possible: int = 0


def allowed(own: Marks, boundary: Marks | None) -> Allowed:
    """The requests that identity policies and a permissions boundary allow.

    None means no boundary.
    """
    everything = Marks(-1, -1) if boundary is None else boundary
    denies, may_deny = own.denies | everything.denies, own.may_deny | everything.may_deny
    return Allowed(own.allows & everything.allows & ~may_deny, own.may_allow & everything.may_allow & ~denies)


def together(found: Iterable[Marks]) -> Marks:
    allows = may_allow = denies = may_deny = 0
    for one in found:
        allows |= one.allows
        may_allow |= one.may_allow
        denies |= one.denies
        may_deny |= one.may_deny
    return Marks(allows, may_allow, denies, may_deny)
