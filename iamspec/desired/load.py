"""The spec: files read, held against the shapes of the kinds, and merged into one value."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, create_model

from iamspec.desired.files import MAX_DOCUMENT_BYTES, MAX_SPEC_BYTES, Root
from iamspec.desired.settings import ENTITIES, Settings
from iamspec.desired.source import MAX_VALUES, Block, Plain, Tree, Unread, count_values, parse_document, parse_yaml
from iamspec.desired.validation import did_you_mean, salvaged, validated, where
from iamspec.errors import InvalidSpec, Issue, Location
from iamspec.kinds import KINDS, SECTIONS
from iamspec.kinds.account import ADDRESS as ALIAS, PASSWORD_POLICY
from iamspec.kinds.contract import Address, Declared, Shape, dotted
from iamspec.kinds.fields import WRAPPING, Text

DECIDING = frozenset({"external"})  # without it, whatever else is said about an entity may be wrong
SETTINGS = tuple(name for name in Settings.model_fields if name != "version")
KNOWN = ("version", *SETTINGS, *ENTITIES)


@dataclass(frozen=True, slots=True)
class Spec:
    """The files of a spec as one value. Whether its parts fit together is for `references` to say."""

    settings: Settings
    entities: Mapping[Address, Declared[Any]]
    broken: Mapping[Address, Location] = field(default_factory=dict)  # not in their right shape; what is left, if any
    whole: bool = True  # whether every file could be read, so that what is not here is not declared
    source: Tree | None = field(default=None, compare=False)  # of the settings

    def of(self, kind: str) -> Iterator[Declared[Any]]:
        return (one for address, one in self.entities.items() if address.kind == kind)

    def issue(self, message: str, *path: str | int) -> Issue:
        """What is wrong in the settings, with its place."""
        return Issue(message, self.source.location(path) if self.source else None, dotted(path))

    @property
    def absent(self) -> dict[Address, date]:
        """The tombstones: an address, and the day before which it must have been created."""
        return {
            Address(SECTIONS[section].name, name): day
            for section, names in self.settings.absent.items()
            for name, day in names.items()
        }

    @property
    def digest(self) -> str:
        """A hash of all that the spec says, whatever files it is spread over and in whatever order."""
        said = {str(address): one.shape.model_dump(mode="json") for address, one in self.entities.items()}
        value = {"settings": self.settings.model_dump(mode="json"), "entities": said}
        return "sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a PATH, parsed."""

    root: Root
    path: Path
    tree: Tree

    @property
    def may_hold_settings(self) -> bool:
        return self.root.only is not None or self.path.parent == self.root.folder


@cache
def file_shape() -> type[Shape]:
    """The model of one spec file: the settings, and a section for each kind."""
    fields: dict[str, Any] = {name: (one.annotation, one) for name, one in Settings.model_fields.items()}
    for section in ENTITIES:
        shape: Any = SECTIONS[section].shape
        fields[section] = (dict[Text, shape], Field(default_factory=dict))
    return create_model("SpecFile", __base__=Shape, **fields)


def load(paths: Sequence[str]) -> tuple[Spec, list[Issue]]:
    """The spec in the PATHs, merged, and all that is wrong with its files; what is well formed is in it all the same."""
    issues: list[Issue] = []
    entities: dict[Address, Declared[Any]] = {}
    broken: dict[Address, Location] = {}
    settings: list[_File] = []
    unread: dict[Path, list[Issue]] = {}
    files = _read(paths, issues, unread)
    read = {_real(file.path) for file in files}
    for file in _with_documents(files, issues, unread):
        if not _has_sections(file, issues):
            continue
        if any(key in file.tree.data for key in SETTINGS):
            settings.append(file)
        for address, declared, whole in _entities(file.tree, issues):
            if address in entities or address in broken:
                first = entities[address].locate(()) if address in entities else broken[address]
                place = file.tree.location(_base(address), key=True)
                issues.append(Issue(f"declared twice; first at {first}", place, str(address)))
                continue
            if not whole:
                broken[address] = file.tree.location(_base(address), key=True)
            if declared is not None:
                entities[address] = declared
    issues += [issue for found in unread.values() for issue in found]
    return replace(_with_settings(entities, broken, settings, issues), whole=unread.keys() <= read), issues


def _base(address: Address) -> tuple[str, str]:
    return KINDS[address.kind].section, address.name


def _read(paths: Sequence[str], issues: list[Issue], unread: dict[Path, list[Issue]]) -> list[_File]:
    files: dict[Path, _File] = {}
    for typed in paths:
        try:
            root = Root.of(typed)
            found = list(root.files(issues))
        except InvalidSpec as error:
            issues += error.issues
            continue
        if not found:
            issues.append(Issue("no spec file (*.yaml or *.yml) in this folder", Location(typed)))
        for path in found:
            try:
                doubled: list[Issue] = []
                tree = parse_yaml(root.read(path, MAX_SPEC_BYTES), root.shown(path), doubled=doubled)
                files.setdefault(_real(path), _File(root, path, tree))
            except InvalidSpec as error:
                unread[_real(path)] = list(error.issues)
            else:
                if doubled:
                    unread[_real(path)] = doubled
    return list(files.values())


# Documents in files of their own


def _with_documents(files: Sequence[_File], issues: list[Issue], unread: dict[Path, list[Issue]]) -> list[_File]:
    """The spec files among the files, each `{file: …}` in them replaced by the document that it names.

    A document that cannot be read is complained about as such, not as the spec file that it was first taken for.
    """
    loaded: dict[Path, Tree | None] = {}
    sizes: dict[Path, int] = {}
    found, values = [], 0
    for file in files:
        for path, holder, key in _references(file.tree.data):
            written = str(holder[key]["file"])
            target = _target(file, written)
            if target not in loaded:
                loaded[target] = _document(file, written, path, issues)
                sizes[target] = count_values(loaded[target])
            tree = loaded[target]
            unread.pop(target, None)
            values += sizes[target]
            if tree and values > MAX_VALUES:
                message = f"more than {MAX_VALUES:,} values in documents, each counted as often as a file names it"
                issues.append(Issue(message, file.tree.location((*path, "file")), where((*path, "file"))))
                tree = None
            found.append((holder, key, tree.data if tree else Unread()))
            if tree:
                file.tree.included[path] = tree
    for holder, key, data in found:  # not before all are found: an alias may show one holder in two places
        holder[key] = data
    return [file for file in files if not _is_document(file, loaded, issues)]


def _references(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any, str]]:
    """Each `{file: …}` in the place of a document: its path, and the mapping and the key that hold it."""
    for section, kind in SECTIONS.items():
        entities = data.get(section) if isinstance(data, Block) else None
        for name, entity in entities.items() if isinstance(entities, Block) else ():
            for pattern in kind.documents:
                holder: Any = entity.get(pattern[0]) if len(pattern) > 1 and isinstance(entity, Block) else entity
                keys = list(holder) if len(pattern) > 1 and isinstance(holder, Block) else [pattern[-1]]
                for key in keys if isinstance(holder, Block) else ():
                    for inner, one, last in _named_files(holder, key):
                        yield (section, name, *pattern[:-1], *inner), one, last


def _named_files(holder: Block, key: str) -> Iterator[tuple[tuple[str, ...], Block, str]]:
    """A `{file: …}` at a key, or as the document of what ends there."""
    value = holder.get(key)
    if not isinstance(value, Block):
        return
    if list(value) == ["file"] and isinstance(value["file"], str):
        yield (key,), holder, key
    elif WRAPPING & value.keys() and "Statement" not in value:
        yield from (((key, *inner), one, last) for inner, one, last in _named_files(value, "document"))


def _target(file: _File, written: str) -> Path:
    """The file that is meant, its links resolved; a name that no file can have stays as it is, to be refused when read."""
    path = file.path.parent / written
    return path if "\0" in written else _real(path)


def _real(path: Path) -> Path:
    """A path with its links resolved, as far as they lead anywhere."""
    return Path(os.path.realpath(path))


def _document(file: _File, written: str, path: tuple[str | int, ...], issues: list[Issue]) -> Tree | None:
    target = file.path.parent / written
    if "\0" in written:
        issues.append(Issue("no file can have this name", file.tree.location((*path, "file")), where((*path, "file"))))
        return None
    try:
        text = file.root.read(target, MAX_DOCUMENT_BYTES)
    except InvalidSpec as error:
        reason = f'"{written}": {error.issues[0].message}'
        issues.append(Issue(reason, file.tree.location((*path, "file")), where((*path, "file"))))
        return None
    try:
        return parse_document(text, file.root.shown(Path(os.path.normpath(target))))
    except InvalidSpec as error:
        issues += [Issue(one.message, one.location, where(path)) for one in error.issues]
        return None


def _is_document(file: _File, documents: Mapping[Path, Any], issues: list[Issue]) -> bool:
    if _real(file.path) not in documents:
        return False
    if isinstance(file.tree.data, Block) and any(key in file.tree.data for key in KNOWN):
        issues.append(
            Issue("a `{file: …}` names this as a policy document, but it is a spec file", Location(file.tree.file))
        )
    return True


# One file


def _has_sections(file: _File, issues: list[Issue]) -> bool:
    """Whether a file is a spec file at all; all that is wrong with its top level is told."""
    tree = file.tree
    if not isinstance(tree.data, Block):
        issues.append(Issue(f"a spec file is a mapping of sections: {', '.join(KNOWN)}", Location(tree.file)))
        return False
    if not any(key in KNOWN for key in tree.data):
        near = next((hint for key in tree.data if (hint := did_you_mean(key, list(KNOWN)))), "")
        issues.append(Issue(f"no known top-level key ({', '.join(KNOWN)}){near}", Location(tree.file)))
        return False
    for key, value in tree.data.items():
        place = tree.location((key,), key=True)
        if key not in KNOWN and not key.startswith("x-"):
            hint = did_you_mean(key, list(KNOWN)) or f"; known are {', '.join(KNOWN)}, and x-… is ignored"
            issues.append(Issue(f'unknown key "{key}"{hint}', place))
        elif key in KNOWN and _is_nothing(value):
            issues.append(Issue("no value; write {} if it is meant to be empty", place, key))
        elif key in ENTITIES and not isinstance(value, Block):
            issues.append(Issue("must be a mapping of names to their descriptions", place, key))
        elif key == "version" and value != "1":
            issues.append(Issue("must be 1, the only version there is", tree.location((key,)), key))
        elif key in SETTINGS and not file.may_hold_settings:
            message = f"settings stand in one file directly in the PATH {file.root.typed}, and nowhere else"
            issues.append(Issue(message, place, key))
    return True


def _is_nothing(value: Any) -> bool:
    return isinstance(value, Plain) and value in {"", "null", "~"}


def _entities(tree: Tree, issues: list[Issue]) -> Iterator[tuple[Address, Declared[Any] | None, bool]]:
    """Each entity of a file, and whether it is all that was written: of one whose shape is wrong, what is left, if any."""
    for section in ENTITIES:
        found = tree.data.get(section)
        for name, data in found.items() if isinstance(found, Block) else ():
            address = Address(SECTIONS[section].name, name)
            if _is_nothing(data):
                place = tree.location((section, name), key=True)
                issues.append(Issue("no value; write {} for one without anything", place, str(address)))
                yield address, None, False
                continue
            shape = validated(SECTIONS[section].shape, data, tree, issues, (section, name))
            left = shape or _salvaged(section, data)
            yield address, left and Declared(address, left, _Place(tree, (section, name))), shape is not None


def _salvaged(section: str, data: Any) -> Any:
    """A document that may be the one behind a faulty key is not missed, too."""
    patterns = [pattern for pattern in SECTIONS[section].documents if len(pattern) == 1]
    absent = {pattern[0]: Unread() for pattern in patterns if isinstance(data, Block) and pattern[0] not in data}
    return salvaged(SECTIONS[section].shape, {**data, **absent} if absent else data, needed=DECIDING)


@dataclass(frozen=True, slots=True)
class _Place:
    """Finds the parts of one entity in its file."""

    tree: Tree
    base: tuple[str | int, ...]

    def __call__(self, path: Sequence[str | int]) -> Location:
        return self.tree.location((*self.base, *path), key=not path)


# The settings


def _with_settings(
    entities: dict[Address, Declared[Any]], broken: Mapping[Address, Location], files: list[_File], issues: list[Issue]
) -> Spec:
    if not files:
        return Spec(Settings(), entities, broken)
    first = files[0].tree
    for other in files[1:]:
        key = next(key for key in SETTINGS if key in other.tree.data)
        place = other.tree.location((key,), key=True)
        issues.append(Issue(f"settings stand in one file; {first.file} has them already", place, key))
    data = {key: value for key, value in first.data.items() if key in Settings.model_fields and not _is_nothing(value)}
    settings = validated(Settings, data, first, issues) or _salvaged_settings(data)
    spec = Spec(settings, entities, broken, source=first)
    if settings.account is not None:
        for address in (ALIAS, PASSWORD_POLICY):
            entities[address] = Declared(address, settings.account, _Place(first, ("account",)))
        if isinstance(first.data["account"].get("id"), Plain):
            issues.append(
                spec.issue('an account id is text: write it with quotes, as in "123456789012"', "account", "id")
            )
    return spec


def _salvaged_settings(data: Mapping[str, Any]) -> Settings:
    left = salvaged(Settings, data) or Settings()
    return left if left.account else left.model_copy(update={"prune": False})  # the account's id may be what is faulty
