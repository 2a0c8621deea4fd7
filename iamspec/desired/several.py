"""The settings of several PATHs as a single value.

A later PATH may add or tighten. A looser value is an issue.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from iamspec.desired.sections import PRUNED
from iamspec.desired.tree import Tree, plain
from iamspec.errors import Issue, Location
from iamspec.kinds.contract import dotted

Path = tuple[str | int, ...]
Rule = Callable[[Any, Any], Any]  # the earlier value and the later one, as written, to the value that counts


class Refused(Exception):  # noqa: N818 - never leaves this module
    """Two values that contradict each other.

    The text ends in the place of the earlier value.
    """


LOOSER = "loosens what an earlier PATH says at"
OTHER = "is not what an earlier PATH says at"


def same(earlier: Any, later: Any) -> Any:
    if plain(earlier) != plain(later):
        raise Refused(OTHER)
    return earlier


def smaller(earlier: Any, later: Any) -> Any:
    return earlier if int(earlier) <= int(later) else later


def larger(earlier: Any, later: Any) -> Any:
    return earlier if int(earlier) >= int(later) else later


def either(earlier: Any, later: Any) -> Any:
    """A switch that is on where one PATH turns it on."""
    return earlier if plain(earlier) == "true" else later


def both(earlier: Any, later: Any) -> Any:
    """A switch that is on where each PATH turns it on.

    A list of kinds is on for these, true for PRUNED.
    """
    if not isinstance(earlier, list) and not isinstance(later, list):
        return earlier if plain(earlier) == "false" else later
    if "false" in (earlier, later):
        return earlier if earlier == "false" else later
    listed, other = (later, earlier) if isinstance(later, list) else (earlier, later)
    allowed = plain(other) if isinstance(other, list) else PRUNED
    found = [one for one in listed if plain(one) in allowed]
    return listed if len(found) == len(listed) else found


def joined(earlier: Any, later: Any) -> Any:
    known = plain(earlier)
    return [*earlier, *(one for one in later if plain(one) not in known)]


def among(earlier: Any, later: Any) -> Any:
    """A list of which a later PATH may take a part."""
    if any(one not in plain(earlier) for one in plain(later)):
        raise Refused(LOOSER)
    return later


RULES: tuple[tuple[str, Rule], ...] = (  # by the path of a value. The first fitting pattern counts
    ("prune", both),
    ("scope.exclude.*", joined),
    ("scope.*", among),
    ("account.password_policy.minimum_password_length", larger),
    ("account.password_policy.password_reuse_prevention", larger),
    ("account.password_policy.max_password_age", smaller),
    ("account.password_policy.require_*", either),
    ("guards.max_*", smaller),
    ("guards.min_*", larger),
    ("guards.recent_days", larger),
    ("status.root_unused_days", smaller),
)
WHOLE = ("tests.*", "status.accept.*")  # mappings that must be the same as a whole
CLOSED: Mapping[str, frozenset[str]] = {  # mappings that a later PATH adds nothing to, but for these keys
    "scope": frozenset({"exclude"}),
    "lint.ignore": frozenset(),
    "status.accept": frozenset(),
}


def rule_of(path: Path, earlier: Any, later: Any) -> Rule:
    """The rule for a value.

    Lists are joined and other values must be the same, unless
    RULES say otherwise.
    """
    found = next((rule for pattern, rule in RULES if fnmatchcase(dotted(path), pattern)), None)
    lists = isinstance(earlier, list) and isinstance(later, list)
    return found or (joined if lists else same)


@dataclass(slots=True)
class Sources:
    """Settings out of one or more files, and the file of each part."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, tuple[Tree, Path]] = field(default_factory=dict)

    def location(self, path: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at `path`, or of its key, in the file that has it."""
        cuts = range(len(path), -1, -1)
        cut = next(cut for cut in cuts if tuple(path[:cut]) in self.places)
        tree, base = self.places[tuple(path[:cut])]
        return tree.location((*base, *path[cut:]), key=key)

    def add(self, tree: Tree, data: Mapping[str, Any]) -> Iterator[Issue]:
        """Adds the settings of the next PATH.

        The issues are the values that would loosen them. Such
        values do not count.
        """
        if not self.places:
            self.places[()] = (tree, ())
            self.data = dict(data)
        else:
            issues: list[Issue] = []
            self.data = self._mapping((), self.data, data, tree, issues)
            yield from issues

    def _mapping(
        self, path: Path, earlier: Mapping[str, Any], later: Mapping[str, Any], tree: Tree, issues: list[Issue]
    ) -> dict[str, Any]:
        found = dict(earlier)
        free = CLOSED.get(dotted(path))
        is_closed = free is not None and any(key not in free for key in earlier)
        for key, value in later.items():
            inner = (*path, key)
            if key in earlier:
                found[key] = self._value(inner, earlier[key], value, tree, issues)
            elif is_closed and free is not None and key not in free:
                issues.append(self._issue(LOOSER, inner, path, tree))
            else:
                found[key] = value
                self.places[inner] = (tree, inner)
        return found

    def _value(self, path: Path, earlier: Any, later: Any, tree: Tree, issues: list[Issue]) -> Any:
        is_whole = any(fnmatchcase(dotted(path), pattern) for pattern in WHOLE)
        if isinstance(earlier, Mapping) and isinstance(later, Mapping) and not is_whole:
            return self._mapping(path, earlier, later, tree, issues)
        try:
            value = rule_of(path, earlier, later)(earlier, later)
        except Refused as error:
            issues.append(self._issue(str(error), path, path, tree))
            return earlier
        if value is later:
            self.places[path] = (tree, path)
        elif isinstance(value, list):
            self._place_items(path, value[len(earlier) :], later, len(earlier), tree)
        return value

    def _place_items(self, path: Path, new: list[Any], later: list[Any], start: int, tree: Tree) -> None:
        for index, item in enumerate(new, start):
            at = next(number for number, one in enumerate(later) if one is item)
            self.places[(*path, index)] = (tree, (*path, at))

    def _issue(self, problem: str, path: Path, earlier: Path, tree: Tree) -> Issue:
        place = self.location(earlier, key=True)
        return Issue(f"{problem} {place}; a later PATH may add or tighten", tree.location(path, key=True), dotted(path))
