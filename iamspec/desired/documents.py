"""Documents in files of their own.

Each `{file: …}` of a spec is replaced by the document in that
file.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from iamspec.desired.files import MAX_DOCUMENT_BYTES
from iamspec.desired.source import parse_document
from iamspec.desired.spec_file import KNOWN, SpecFile
from iamspec.desired.tree import MAX_VALUES, Block, Tree, Unread, count_values
from iamspec.desired.validation import where
from iamspec.errors import InvalidSpec, Issue, Location
from iamspec.kinds import SECTIONS
from iamspec.kinds.fields import WRAPPING, UnreadText

DOCUMENT = "document"


def with_documents(files: Sequence[SpecFile], issues: list[Issue], unread: dict[Path, list[Issue]]) -> list[SpecFile]:
    """The spec files among the files, with the document in place of each `{file: …}`.

    An unreadable document is an issue of the document, not of the
    spec file that it was first taken for.
    """
    loaded: dict[Path, Tree | None] = {}
    sizes: dict[Path, int] = {}
    found, values = [], 0
    for file in files:
        _with_texts(file, issues)
        for path, holder, key, wrapped in _references(file.tree.data):
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
            found.append((holder, key, tree.data if tree else Unread(), wrapped))
            if tree:
                file.tree.included[(*path, DOCUMENT) if wrapped else path] = tree
    for holder, key, data, wrapped in found:  # not before all are found: an alias may show one holder in two places
        holder[key] = {DOCUMENT: data} if wrapped else data
    return [file for file in files if not _is_document(file, loaded, issues)]


def _with_texts(file: SpecFile, issues: list[Issue]) -> None:
    """Replaces each `{file: …}` in the place of a text by the text of the file."""
    data = file.tree.data
    for section, kind in SECTIONS.items():
        entities = data.get(section) if isinstance(data, Block) else None
        for name, entity in entities.items() if isinstance(entities, Block) and kind.texts else ():
            for key in kind.texts if isinstance(entity, Block) else ():
                value = entity.get(key)
                if isinstance(value, Block) and list(value) == ["file"] and isinstance(value["file"], str):
                    path = (section, name, key)
                    text = _text(file, str(value["file"]), path, issues)
                    if text is not None:
                        file.tree.included[path] = Tree(file.root.shown(_shown(file, str(value["file"]))), text)
                    entity[key] = UnreadText() if text is None else text


def _shown(file: SpecFile, written: str) -> Path:
    return Path(os.path.normpath(file.path.parent / written))


def _references(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any, str, bool]]:
    """Each `{file: …}` in the place of a document: its path, and the mapping and the key that hold it."""
    for section, kind in SECTIONS.items():
        entities = data.get(section) if isinstance(data, Block) else None
        for name, entity in entities.items() if isinstance(entities, Block) else ():
            for place in kind.places:
                pattern = place.path
                holder: Any = entity.get(pattern[0]) if len(pattern) > 1 and isinstance(entity, Block) else entity
                keys = list(holder) if len(pattern) > 1 and isinstance(holder, Block) else [pattern[-1]]
                for key in keys if isinstance(holder, Block) else ():
                    for inner, one, last in _named_files(holder, key):
                        yield (section, name, *pattern[:-1], *inner), one, last, place.wrapped and last != DOCUMENT


def _named_files(holder: Block, key: str) -> Iterator[tuple[tuple[str, ...], Block, str]]:
    """A `{file: …}` at a key, or as the document of what ends there."""
    value = holder.get(key)
    if not isinstance(value, Block):
        return
    if list(value) == ["file"] and isinstance(value["file"], str):
        yield (key,), holder, key
    elif WRAPPING & value.keys() and "Statement" not in value:
        yield from (((key, *inner), one, last) for inner, one, last in _named_files(value, "document"))


def _target(file: SpecFile, written: str) -> Path:
    """The file of a reference, with links resolved.

    An impossible file name stays as it is, and is refused when the
    file is read.
    """
    path = file.path.parent / written
    return path if "\0" in written else real(path)


def real(path: Path) -> Path:
    """A path with its links resolved, as far as they lead anywhere."""
    return Path(os.path.realpath(path))


def _document(file: SpecFile, written: str, path: tuple[str | int, ...], issues: list[Issue]) -> Tree | None:
    text = _text(file, written, path, issues)
    if text is None:
        return None
    try:
        return parse_document(text, file.root.shown(_shown(file, written)))
    except InvalidSpec as error:
        issues += [Issue(one.message, one.location, where(path)) for one in error.issues]
        return None


def _text(file: SpecFile, written: str, path: tuple[str | int, ...], issues: list[Issue]) -> str | None:
    place = (*path, "file")
    if "\0" in written:
        issues.append(Issue("no file can have this name", file.tree.location(place), where(place)))
        return None
    try:
        return file.root.read(file.path.parent / written, MAX_DOCUMENT_BYTES)
    except InvalidSpec as error:
        reason = f'"{written}": {error.issues[0].message}'
        issues.append(Issue(reason, file.tree.location(place), where(place)))
        return None


def _is_document(file: SpecFile, documents: Mapping[Path, Any], issues: list[Issue]) -> bool:
    if file.real not in documents:
        return False
    if isinstance(file.tree.data, Block) and any(key in file.tree.data for key in KNOWN):
        issues.append(
            Issue("a `{file: …}` names this as a policy document, but it is a spec file", Location(file.tree.file))
        )
    return True
