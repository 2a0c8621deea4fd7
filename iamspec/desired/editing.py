"""Edits of spec files that keep comments, order and writing.

Everything is text to this editor, as it is to the reader of specs.
Lines that an edit does not concern stay as their author wrote
them.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from ruamel.yaml.tag import Tag
from ruamel.yaml.util import load_yaml_guess_indent

from iamspec.errors import IamspecError
from iamspec.kinds.contract import dotted

TEXT, MERGE = Tag(suffix="tag:yaml.org,2002:str"), Tag(suffix="tag:yaml.org,2002:merge")
TYPED = re.compile(r"(true|false|null|yes|no|on|off|~|[-+.0-9].*|)", re.IGNORECASE | re.DOTALL)
WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}
WHOLE = re.compile(r"0|[1-9][0-9]*")
CRLF = "\r\n"  # as editors on Windows write it
Path = tuple[str, ...]


class NotEdited(IamspecError):  # noqa: N818 - a file was not edited; "NotEditedError" says nothing more
    """An edit that would break something else in the file."""


class _Untyped(VersionedResolver):
    """Takes every plain scalar for text. Only `<<` keeps its meaning."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return MERGE if value == "<<" else TEXT
        return super().resolve(kind, value, implicit)


class Editor:
    """The text of a spec file, while it is edited."""

    def __init__(self, text: str) -> None:
        self._newline = CRLF if CRLF in text and "\n" not in text.replace(CRLF, "") else "\n"
        self._text = text = text.replace(CRLF, "\n")
        self._yaml = _reader(text)
        self._data = self._yaml.load(text)
        if self._data is None:
            self._data = CommentedMap()
        self._plain = self._dumped(_reader(text).load(text)) if text.strip() else ""

    def get(self, path: Path) -> Any:
        """The value at a path, or None."""
        node = self._data
        for step in path:
            if not isinstance(node, Mapping) or step not in node:
                return None
            node = node[step]
        return node

    def plain(self, path: Path) -> Any:
        """The value at a path as data, as the reader of specs understands it."""
        return _plain(self.get(path))

    def put(self, path: Path, value: Any) -> None:
        """Sets the value at a path. Missing mappings on the way are made."""
        node = self._data
        for depth, step in enumerate(path[:-1]):
            self._refuse_shared(node, path[:depth])
            if not isinstance(node.get(step), Mapping):
                node[step] = CommentedMap()
            node = node[step]
        self._refuse_shared(node, path[:-1])
        self._refuse_shared(node.get(path[-1]), path)
        node[path[-1]] = _written(value)

    def drop(self, path: Path) -> None:
        """Takes the value at a path out, if there is one."""
        node = self._parent(path)
        if node is not None and path[-1] in node:
            del node[path[-1]]

    def append(self, path: Path, item: Any) -> None:
        """Adds an item to the list at a path."""
        found = self.get(path)
        if found is None:
            self.put(path, [item])
            return
        self._parent(path)
        self._refuse_shared(found, path)
        found.append(_written(item))

    def take(self, path: Path, is_it: Callable[[Any], bool]) -> bool:
        """Takes the first item that fits out of the list at a path.

        False if none fits.
        """
        found = self.get(path)
        number = next((number for number, item in enumerate(found or ()) if is_it(item)), None)
        if number is None:
            return False
        self._parent(path)
        self._refuse_shared(found, path)
        del found[number]
        return True

    @property
    def text(self) -> str:
        """The file with the edits.

        Lines that no edit concerns are as they were.
        """
        edited = self._dumped(self._data)
        merged = _merged(self._text, self._plain, edited)
        return (merged if _same(merged, edited) else edited).replace("\n", self._newline)

    def _dumped(self, data: Any) -> str:
        stream = io.StringIO()
        self._yaml.dump(data, stream)
        return stream.getvalue()

    def _parent(self, path: Path) -> Any:
        """The mapping that holds a path.

        An anchor on the way is refused: the edit would change
        other places, too.
        """
        node = self._data
        for depth, step in enumerate(path[:-1]):
            self._refuse_shared(node, path[:depth])
            node = node.get(step) if isinstance(node, Mapping) else None
        self._refuse_shared(node, path[:-1])
        return node

    def _refuse_shared(self, node: Any, path: Path) -> None:
        if isinstance(node, CommentedMap | CommentedSeq) and node.yaml_anchor() is not None:
            raise NotEdited(f"{dotted(path)} has the anchor &{node.anchor.value}, which other places may use")
        if isinstance(node, CommentedMap) and node.merge:
            raise NotEdited(f"{dotted(path)} takes keys from elsewhere with <<")


def _reader(text: str) -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = _Untyped
    yaml.preserve_quotes = True
    yaml.width = 100_000
    _, indent, offset = load_yaml_guess_indent(text)
    nested = re.search(r"^[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*#[^\n]*\n|[ \t]*\n)*( +)[^\s#-]", text, re.MULTILINE)
    mapping = len(nested[1]) if nested else 2
    if offset is None:  # the text has no list in a block
        yaml.indent(mapping=mapping, sequence=mapping + 2, offset=mapping)
    else:
        yaml.indent(mapping=mapping, sequence=max(indent or 0, offset + 2), offset=offset)
    return yaml


def _written(value: Any) -> Any:
    """A value as the reader of specs understands it: only true, false, null and integers stand without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return CommentedMap({_written(str(key)): _written(one) for key, one in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return CommentedSeq([_written(one) for one in value])
    return DoubleQuotedScalarString(value) if TYPED.fullmatch(value) else str(value)


def _plain(node: Any) -> Any:
    """The inverse of `_written`."""
    if isinstance(node, Mapping):
        return {str(key): _plain(one) for key, one in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_plain(one) for one in node]
    if type(node) is str:  # without quotes
        return int(node) if WHOLE.fullmatch(node) else WORDS.get(node, node)
    return node if node is None else str(node)


def _merged(text: str, plain: str, edited: str) -> str:
    """The edited text, with the author's own lines wherever the edit changes nothing."""
    own, before, after = (one.splitlines(keepends=True) for one in (text, plain, edited))
    if len(own) != len(before):
        return edited
    lines: list[str] = []
    for tag, start, end, begin, stop in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += own[start:end]
        else:
            lines += [line for line in own[start:end] if _is_comment(line) and line not in after[begin:stop]]
            lines += after[begin:stop]
    return "".join(lines)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _same(one: str, other: str) -> bool:
    """Whether two texts say the same.

    Lines of two indentations may not fit together.
    """
    try:
        return bool(_reader(one).load(one) == _reader(other).load(other))
    except YAMLError:
        return False
