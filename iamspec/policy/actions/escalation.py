"""Ways to become an administrator: sets of actions that let their holder gain further access.

The sets are in `data/privilege-escalation-actions.json`. The
source is named there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from iamspec.policy.actions.arns import covers
from iamspec.policy.actions.catalogue import Catalogue, everywhere
from iamspec.policy.actions.reference import package_data
from iamspec.policy.document import Document
from iamspec.policy.remembered import Remembered
from iamspec.policy.statement import Statement, statements

SELF = "self-escalation"  # the category of sets that change the permissions of their holder
JOINING = "iam:AddUserToGroup"  # who joins a group of their own gains nothing
EASY = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})  # conditions that a user meets at will


@cache
def ways() -> frozenset[frozenset[str]]:
    """All these sets, in lower case."""
    paths = package_data("privilege-escalation-actions.json")["paths"]
    return frozenset(frozenset(map(str.lower, path["actions"])) for path in paths)


@cache
def sets(catalogue: Catalogue, category: str = "") -> dict[str, int]:
    """The sets of actions that escalate, by id.

    A set with an unknown action is left out.
    """
    paths = package_data("privilege-escalation-actions.json")["paths"]
    return {
        path["id"]: catalogue.union(path["actions"])
        for path in paths
        if category in {"", path["category"]} and all(map(catalogue.spelled, path["actions"]))
    }


@cache
def telling(catalogue: Catalogue, category: str = "") -> int:
    """The actions of these sets."""
    found = 0
    for mask in sets(catalogue, category).values():
        found |= mask
    return found


def given(catalogue: Catalogue, free: Iterable[Statement]) -> int:
    """The actions of these sets that statements allow on everything that the actions apply to."""
    known, found = telling(catalogue), 0
    for statement in free:
        named = catalogue.named(statement) & known
        if everywhere(statement):
            found |= named
        elif named & ~found:
            found |= catalogue.union([one for one in catalogue.names(named) if unlimited(catalogue, statement, one)])
    return found


def unlimited(catalogue: Catalogue, statement: Statement, action: str) -> bool:
    """Whether the resources of a statement are all resources that the action applies to."""
    if everywhere(statement):
        return True
    types = catalogue.resource_types(action)
    needed = [one for one in types if one.required] or types
    resources = [resource for _, resource in statement.texts("Resource")]
    return bool(needed) and all(any(covers(resource, one.arn) for resource in resources) for one in needed)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a document says about the actions of these sets, whoever holds it.

    `given` are allowed on everything that they apply to. `own` are
    the statements that may allow them on entities of the holder,
    with these actions. `denied` are denied on every resource
    without a condition.
    """

    given: int = 0
    denied: int = 0
    own: tuple[tuple[Statement, tuple[str, ...]], ...] = ()


@cache
def _said(catalogue: Catalogue) -> Remembered[Document, _Said]:
    """Reads a document once for all holders: a large account has thousands of them."""
    return Remembered(partial(_read, catalogue))


def _read(catalogue: Catalogue, document: Document) -> _Said:
    free, on_own = list(_free(document)), telling(catalogue, SELF) & ~catalogue.mask(JOINING)
    own = ((one, tuple(catalogue.names(catalogue.named(one) & on_own))) for one in free)
    denied = catalogue.denied(document) & telling(catalogue)
    return _Said(given(catalogue, free), denied, tuple(found for found in own if found[1]))


def _given(said: Iterable[_Said]) -> int:
    found = 0
    for one in said:
        found |= one.given
    return found


@dataclass(frozen=True, slots=True)
class Holder:
    """The policies of a principal: documents, boundary, and the ARNs of the user, the groups and the policies."""

    documents: Sequence[Document]
    boundary: Document | None = None
    name: str = ""
    arns: tuple[str, ...] = ()

    def escalations(self, catalogue: Catalogue) -> list[str]:
        """The sets of actions with which the holder can become an administrator, by id, sorted."""
        read = _said(catalogue)
        said, bounds = [read(one) for one in self.documents], [read(self.boundary)] if self.boundary else None
        found, own = _given(said), self._own(catalogue, said)
        if bounds is not None:
            found, own = found & _given(bounds), own & self._own(catalogue, bounds)
        if not found and not own:
            return []
        denied = 0
        for one in (*said, *(bounds or ())):
            denied |= one.denied
        escalating = _escalating(sets(catalogue), found & ~denied)
        return sorted(escalating | _escalating(sets(catalogue, SELF), own & ~denied))

    def _own(self, catalogue: Catalogue, said: Iterable[_Said]) -> int:
        """The actions that documents allow on the user, the groups or the policies of the holder."""
        return catalogue.union(
            [
                action
                for one in said
                for statement, actions in one.own
                for action in actions
                if self._reaches(catalogue, statement, action)
            ]
        )

    def _reaches(self, catalogue: Catalogue, statement: Statement, action: str) -> bool:
        """Whether a statement applies to an entity of the holder that the action changes."""
        kinds = {one.name for one in catalogue.resource_types(action)}
        arns = [arn for arn in self.arns if arn.split(":", 5)[-1].partition("/")[0] in kinds]
        patterns = [one.replace("${aws:username}", self.name) for _, one in statement.texts("Resource")]
        return any(covers(pattern, arn) for pattern in patterns for arn in arns)


def _escalating(known: dict[str, int], actions: int) -> set[str]:
    return {name for name, mask in known.items() if mask & actions == mask}


def _free(document: Document) -> list[Statement]:
    """The statements that allow without a condition, or under conditions that everybody meets with MFA."""
    return [
        one
        for one in statements(document.data)
        if one.allows and all((test.key or "").casefold() in EASY for test in one.tests())
    ]
