"""Three-valued logic, after Kleene, and the known keys of a request.

A truth is True, False, or the names that it depends on. A certain
part decides, whatever the other parts turn out to be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

Truth = bool | frozenset[str]  # a set is never empty


class Unread(Enum):
    """Why a comparison is not possible."""

    VALUE = "the request's value is not of the operator's type"
    PATTERN = "the policy's value is no ARN"


def all_of(truths: Iterable[Truth]) -> Truth:
    missing: frozenset[str] = frozenset()
    for truth in truths:
        if truth is False:
            return False
        if isinstance(truth, frozenset):
            missing |= truth
    return missing or True


def any_of(truths: Iterable[Truth]) -> Truth:
    missing: frozenset[str] = frozenset()
    for truth in truths:
        if truth is True:
            return True
        if isinstance(truth, frozenset):
            missing |= truth
    return missing or False


def negation(truth: Truth) -> Truth:
    return truth if isinstance(truth, frozenset) else not truth


@dataclass(frozen=True, slots=True)
class Context:
    """The condition keys of a request, in lower case.

    All keys with a prefix in `closed` are known.
    """

    known: Mapping[str, tuple[str, ...]]
    closed: tuple[str, ...] = ()

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a key in any case.

        The result is () if the request lacks the key, and None if
        the key is unknown.
        """
        folded = key.lower()
        return self.known.get(folded, () if folded.startswith(self.closed) else None)
