"""The policies of somebody, as sets of actions."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from iamspec.policy.document import Document
from iamspec.policy.meaning.clauses import Saying, sayings
from iamspec.policy.remembered import Remembered

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue

MOST_DECIDED = 2_000  # answers about statements that are kept, each of up to 2 KiB


@dataclass(frozen=True, slots=True)
class Grants:
    """Policies and a permissions boundary, if there is one: both must allow.

    `is_open` says that there may be further policies, which are
    not known here.
    """

    policies: tuple[Document, ...] = ()
    boundary: Document | None = None
    is_open: bool = False

    def allowed(self, catalogue: "Catalogue") -> int:
        """The actions that both let through, on some resource or under some condition."""
        found = allowed(self.policies, catalogue)
        return found if self.boundary is None else found & allowed([self.boundary], catalogue)

    def denied(self, catalogue: "Catalogue") -> int:
        """The actions that a policy or the boundary denies on every resource without a condition."""
        found = 0
        for document in self.documents:
            found |= _masks(catalogue)(document)[1]
        return found

    def is_everything(self, catalogue: "Catalogue") -> bool:
        """Whether this is administrator access: everything, on everything, without a condition and without a Deny."""
        bounds = (self.boundary,) if self.boundary is not None else ()
        return (
            self.allowed(catalogue) == catalogue.all
            and any(map(_says_all, self.policies))
            and all(map(_says_all, bounds))
        )

    @property
    def documents(self) -> tuple[Document, ...]:
        return self.policies if self.boundary is None else (*self.policies, self.boundary)


def _says_all(document: Document) -> bool:
    return any(one.is_everything for one in sayings(document))


def allowed(documents: Iterable[Document], catalogue: "Catalogue") -> int:
    """The actions that a document allows, on some resource or under some condition.

    Actions that a document always denies are left out.
    """
    found = denied = 0
    for document in documents:
        allows, denies = _masks(catalogue)(document)
        found |= allows
        denied |= denies
    return found & ~denied


def decided(sayings: Iterable[Saying], catalogue: "Catalogue") -> tuple[int, int]:
    """The actions that some statements allow, and those that they always deny."""
    found = denied = 0
    for one in sayings:
        allows, denies = _decides(one, catalogue)
        found |= allows
        denied |= denies
    return found & ~denied, denied


@lru_cache(maxsize=MOST_DECIDED)
def _decides(saying: Saying, catalogue: "Catalogue") -> tuple[int, int]:
    return catalogue.decides(saying.statement)


@cache
def _masks(catalogue: "Catalogue") -> Remembered[Document, tuple[int, int]]:
    """The actions that a document allows, and those that it always denies."""
    return Remembered(catalogue.decided)
