"""Ways to become an administrator: sets of actions that let their holder gain further access.

The sets are in `data/privilege-escalation-actions.json`, which
names its source.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

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
def actions() -> tuple[str, ...]:
    """All actions of these sets, in lower case."""
    paths = package_data("privilege-escalation-actions.json")["paths"]
    return tuple(sorted({action.lower() for path in paths for action in path["actions"]}))


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


def given(catalogue: Catalogue, free: Iterable[Statement]) -> int:
    """The actions of these sets that statements allow on everything that the actions apply to."""
    telling = 0
    for mask in sets(catalogue).values():
        telling |= mask
    found = 0
    for statement in free:
        named = catalogue.named(statement) & telling
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
class Holder:
    """The policies of a principal: documents, boundary, and the ARNs of the user, the groups and the policies."""

    documents: Sequence[Document]
    boundary: Document | None = None
    name: str = ""
    arns: tuple[str, ...] = ()

    def escalations(self, catalogue: Catalogue) -> list[str]:
        """The sets of actions with which the holder can become an administrator, by id, sorted."""
        denied = 0
        for document in (*self.documents, *((self.boundary,) if self.boundary else ())):
            denied |= catalogue.denied(document)
        free = [_free_parts(catalogue)(one) for one in self.documents]
        bounds = _free_parts(catalogue)(self.boundary) if self.boundary else None
        found = _escalating(sets(catalogue), _given(free, bounds) & ~denied)
        return sorted(found | _escalating(sets(catalogue, SELF), self._own(catalogue, free, bounds) & ~denied))

    def _own(self, catalogue: Catalogue, free: Iterable["_Free"], bounds: "_Free | None") -> int:
        """The actions that are allowed on the user, the groups or the policies of the holder."""
        found = self._on_own(catalogue, free)
        return found if bounds is None else found & self._on_own(catalogue, [bounds])

    def _on_own(self, catalogue: Catalogue, free: Iterable["_Free"]) -> int:
        named = (one for part in free for one in part.on_own)
        return catalogue.union([action for action, patterns in named if self._reaches(catalogue, patterns, action)])

    def _reaches(self, catalogue: Catalogue, patterns: Iterable[str], action: str) -> bool:
        """Whether some resources have an entity of the holder that the action changes."""
        kinds = {one.name for one in catalogue.resource_types(action)}
        arns = [arn for arn in self.arns if arn.split(":", 5)[-1].partition("/")[0] in kinds]
        named = [one.replace("${aws:username}", self.name) for one in patterns] if arns else []
        return any(covers(pattern, arn) for pattern in named for arn in arns)


@dataclass(frozen=True, slots=True)
class _Free:
    """The parts of a document that hold without a condition and give actions of these sets.

    `given` are the actions that it allows on everything. `on_own` has
    the actions of self-escalation, each with the resources of its
    statement.
    """

    given: int
    on_own: tuple[tuple[str, tuple[str, ...]], ...]


@cache
def _free_parts(catalogue: Catalogue) -> Remembered[Document, _Free]:
    """The parts of a document, taken once for all its holders."""
    telling = 0
    for mask in sets(catalogue, SELF).values():
        telling |= mask
    telling &= ~catalogue.mask(JOINING)

    def parts(document: Document) -> _Free:
        free = _free(document)
        on_own = [
            (action, tuple(one for _, one in statement.texts("Resource")))
            for statement in free
            for action in catalogue.names(catalogue.named(statement) & telling)
        ]
        return _Free(given(catalogue, free), tuple(on_own))

    return Remembered(parts)


def _given(free: Iterable[_Free], bounds: _Free | None) -> int:
    found = 0
    for one in free:
        found |= one.given
    return found if bounds is None else found & bounds.given


def _escalating(known: dict[str, int], actions: int) -> set[str]:
    return {name for name, mask in known.items() if mask & actions == mask}


def _free(document: Document) -> list[Statement]:
    """The statements that allow without a condition, or under conditions that everybody meets with MFA."""
    return [
        one
        for one in statements(document.data)
        if one.allows and all((test.key or "").casefold() in EASY for test in one.tests())
    ]
