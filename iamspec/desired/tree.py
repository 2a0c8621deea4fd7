"""A file of the spec as data, with the place of every value."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.errors import Location

MAX_DEPTH = 40
MAX_VALUES = 1_000_000


class Plain(str):
    """A scalar without quotes.

    Only such a scalar may become true, false, null or an integer.
    """

    __slots__ = ()


class Block(dict[str, Any]):
    """A mapping of a file."""

    __slots__ = ()


class PlacedBlock(Block):
    """A mapping with the places of its keys and values, each (line, column, line, column) from 0."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, tuple[int, int, int, int]] = {}


class Unread(Block):
    """Stands for an unreadable file of `{file: …}`, so that the error appears once."""

    __slots__ = ()


class Items(list[Any]):
    """A list that knows the places of its items, each (line, column) from 0."""

    __slots__ = ("places",)

    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[int, int]] = []


@dataclass(frozen=True, slots=True)
class Part:
    """The name and data of an entity, with places, and the number of the first line, counted from 0."""

    first: int
    value: PlacedBlock


@dataclass(slots=True)
class Tree:
    """A file as data.

    `included` holds the documents of other files, by their path in
    this file. `reread` gives the data with places, and `excerpt`
    one entity with them. `placed` has the whole once it was read
    again.
    """

    file: str
    data: Any
    text: str = ""
    included: dict[tuple[str | int, ...], "Tree"] = field(default_factory=dict)
    reread: Callable[[], Any] | None = field(default=None, compare=False, repr=False)
    excerpt: Callable[[str, str], "Part | None"] | None = field(default=None, compare=False, repr=False)
    placed: Any = field(default=None, compare=False, repr=False)

    def location(self, path: Sequence[str | int], *, key: bool = False) -> Location:
        """The place of the value at `path`, or of its key.

        If it has no place, the place of the nearest thing around
        it.
        """
        steps = tuple(path)
        for cut in range(len(steps), 0, -1) if self.included else ():
            if inner := self.included.get(steps[:cut]):
                return inner.location(steps[cut:], key=key)
        if not steps:
            return Location(self.file, 1, 1)
        part = self._part(steps)
        value, found, first = self._placed() if part is None else part.value, (0, 0), part.first if part else 0
        steps = steps if part is None else steps[1:]
        for index, step in enumerate(steps):
            at_end = index == len(steps) - 1
            if isinstance(value, PlacedBlock) and step in value.places:
                places = value.places[str(step)]
                found = places[:2] if at_end and key else places[2:]
                value = value[str(step)]
            elif isinstance(value, Items) and isinstance(step, int) and step < len(value):
                found, value = value.places[step], value[step]
            else:
                break
        return Location(self.file, first + found[0] + 1, found[1] + 1)

    def _part(self, steps: Sequence[str | int]) -> "Part | None":
        """The entity that a path leads to, if it can be read by itself."""
        if self.placed is not None or self.excerpt is None or len(steps) < 2:
            return None
        return self.excerpt(str(steps[0]), str(steps[1]))

    def _placed(self) -> Any:
        """The data with places, read again when a place is asked for the first time."""
        if self.placed is None and self.reread is not None:
            self.placed = self.reread()
        return self.placed


def plain(value: Any) -> Any:
    """Data without places, as ordinary dicts, lists and strings."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def count_values(tree: Tree | None) -> int:
    """The number of values of a document, with aliases, computed without recursion."""
    number, found = 0, [tree.data] if tree else []
    while found:
        number += len(found)
        found = [inner for one in found for inner in inside(one)]
    return number


def inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
