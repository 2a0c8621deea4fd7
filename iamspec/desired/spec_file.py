"""A file of a spec: the top level, and the entities in the sections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from iamspec.desired.files import Root
from iamspec.desired.sections import ENTITIES
from iamspec.desired.settings import KEYS
from iamspec.desired.tree import Block, Plain, Tree, Unread
from iamspec.desired.validation import did_you_mean, salvaged, validated
from iamspec.errors import Issue, Location
from iamspec.kinds import SECTIONS
from iamspec.kinds.contract import Address, Declared

DECIDING = frozenset({"external"})  # without it, whatever else is said about an entity may be wrong
KNOWN = ("version", *KEYS, *ENTITIES)


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A file of a PATH, parsed."""

    root: Root
    path: Path
    tree: Tree
    real: Path  # the path with its links resolved

    @property
    def has_settings(self) -> bool:
        return any(key in KEYS for key in self.tree.data)

    @property
    def may_hold_settings(self) -> bool:
        return self.root.only is not None or self.path.parent == self.root.folder


def has_sections(file: SpecFile, issues: list[Issue]) -> bool:
    """Whether a file is a spec file.

    All faults of its top level are reported.
    """
    tree = file.tree
    if not isinstance(tree.data, Block):
        issues.append(Issue(f"a spec file is a mapping of sections: {', '.join(KNOWN)}", Location(tree.file)))
        return False
    if not any(key in KNOWN for key in tree.data):
        near = next((hint for key in tree.data if (hint := did_you_mean(key, list(KNOWN)))), "")
        issues.append(Issue(f"no known top-level key ({', '.join(KNOWN)}){near}", Location(tree.file)))
        return False
    for key, value in tree.data.items():
        if key not in KNOWN and not key.startswith("x-"):
            hint = did_you_mean(key, list(KNOWN)) or f"; known are {', '.join(KNOWN)}, and x-… is ignored"
            issues.append(Issue(f'unknown key "{key}"{hint}', tree.location((key,), key=True)))
        elif key in KNOWN and is_nothing(value):
            message = "no value; write {} if it is meant to be empty"
            issues.append(Issue(message, tree.location((key,), key=True), key))
        elif key in ENTITIES and not isinstance(value, Block):
            message = "must be a mapping of names to their descriptions"
            issues.append(Issue(message, tree.location((key,), key=True), key))
        elif key == "version" and value != "1":
            issues.append(Issue("must be 1, the only version there is", tree.location((key,)), key))
        elif key in KEYS and not file.may_hold_settings:
            message = f"settings stand in one file directly in the PATH {file.root.typed}, and nowhere else"
            folder, _, name = tree.file.rpartition("/")
            if name in {"iamspec.yaml", "iamspec.yml"}:  # the command was run in a folder above
                message += f"; if {folder} is meant, write it as the PATH"
            issues.append(Issue(message, tree.location((key,), key=True), key))
    return True


def is_nothing(value: Any) -> bool:
    return isinstance(value, Plain) and value in {"", "null", "~"}


def entities(tree: Tree, issues: list[Issue]) -> Iterator[tuple[Address, Declared[Any] | None, bool]]:
    """Each entity of a file, and whether it is complete.

    An entity with a wrong shape keeps its right fields.
    """
    for section in ENTITIES:
        found = tree.data.get(section)
        for name, data in found.items() if isinstance(found, Block) else ():
            address = Address(SECTIONS[section].name, name)
            if is_nothing(data):
                place = tree.location((section, name), key=True)
                issues.append(Issue("no value; write {} for one without anything", place, str(address)))
                yield address, None, False
                continue
            shape = validated(SECTIONS[section].shape, data, tree, issues, (section, name))
            left = shape or _salvaged(section, data)
            yield address, left and Declared(address, left, Place(tree, (section, name))), shape is not None


def _salvaged(section: str, data: Any) -> Any:
    """A document that is faulty, or may be the one behind a faulty key, is not missed, too."""
    shape, places = SECTIONS[section].shape, [one for one in SECTIONS[section].places if len(one.path) == 1]
    absent = {one.path[0]: Unread() for one in places if isinstance(data, Block) and one.path[0] not in data}
    left = salvaged(shape, {**data, **absent} if absent else data, needed=DECIDING)
    faulty = {
        one.path[0]: {"document": Unread()}
        for one in places
        if left is not None and one.wrapped and one.path[0] in data and one.path[0] not in left.model_fields_set
    }
    return salvaged(shape, {**data, **faulty}, needed=DECIDING) if faulty else left


class Located(Protocol):
    """Data with their places: a file, or the settings out of several files."""

    def location(self, path: Sequence[str | int], *, key: bool = False) -> Location: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Finds the places of an entity's parts in the file."""

    source: Located
    base: tuple[str | int, ...]

    def __call__(self, path: Sequence[str | int]) -> Location:
        return self.source.location((*self.base, *path), key=not path)
