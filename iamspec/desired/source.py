"""Reads files of the spec as data with places. `yaml_text` writes YAML.

Text stays text here. Nothing is typed until a field asks for it,
so `0042`, `NO` and `2012-10-17` are the texts that they look like.
"""

import json
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs do not export it

from iamspec.desired.excerpts import Span, excerpts
from iamspec.desired.tree import MAX_DEPTH, MAX_VALUES, Items, Part, PlacedBlock, Plain, Tree, inside
from iamspec.desired.usual import usual
from iamspec.errors import InvalidSpec, Issue, Location

MAX_DIGITS = 4000
MOST_PARTS = 300  # entities that are read one by one; the places of more of them take a whole reading
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))

if not hasattr(yaml, "cyaml"):  # pragma: no cover - every wheel of PyYAML has it
    raise ImportError(
        "PyYAML was built without libyaml; install the wheel of PyYAML, or libyaml-dev before building it"
    )

NO_TOKEN = "found character that cannot start any token"  # noqa: S105 - libyaml's words


def _sign(text: str, mark: Any) -> str:
    """The character at a mark of libyaml's."""
    lines = text.split("\n")
    return lines[mark.line][mark.column : mark.column + 1] if mark is not None and mark.line < len(lines) else ""


class _Builder:
    """Turns the events of a file into Blocks, Items and strings, and gives up on bombs.

    It uses events, because libyaml's composer recurses in C until
    the stack is full, and takes four times as long.
    """

    def __init__(self, file: str, *, quote: bool = True) -> None:
        self.file, self.quote, self.count = file, quote, 0
        self.issues: list[Issue] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.deepest = 0

    def build(self, text: str) -> Any:
        self.text = text
        parser = CParser(text)
        self.next: Callable[[], Any] = parser.get_event
        try:
            value = self._document()
        except yaml.MarkedYAMLError as error:
            raise InvalidSpec([*self.issues, self._syntax(error)]) from error
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            raise InvalidSpec([Issue("a character that YAML does not allow", Location(self.file, line))]) from error
        finally:
            parser.dispose()
        return value

    def _document(self) -> Any:
        self.next()  # the start of the stream
        if isinstance(self.next(), yaml.StreamEndEvent):
            return PlacedBlock()
        value = self._value(self.next(), 0)
        self.next()  # the end of the document
        after = self.next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fail(after, "a second document begins here; one file holds one")
        return value

    def _syntax(self, error: yaml.MarkedYAMLError) -> Issue:
        mark = error.problem_mark or error.context_mark
        place = Location(self.file, mark.line + 1, mark.column + 1) if mark else Location(self.file)
        problem = str(error.problem or error.context or "cannot be read")
        if problem == NO_TOKEN and _sign(self.text, mark) == "\t":
            problem = "a tab; YAML is indented with spaces"
        return Issue(f"not YAML: {problem}", place)

    def _fail(self, event: Any, message: str) -> InvalidSpec:
        return InvalidSpec([*self.issues, Issue(message, self._place(event))])

    def _place(self, event: Any) -> Location:
        return Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _value(self, event: Any, depth: int) -> Any:
        self.count += 1
        if event.__class__ is yaml.ScalarEvent and self._is_usual(event, depth):
            self.deepest = max(self.deepest, depth)
            return Plain(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if self.count > MAX_VALUES:
            raise self._fail(event, f"more than {MAX_VALUES:,} values, aliases counted; split the file")
        if depth > MAX_DEPTH:
            raise self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
        if event.tag is not None and event.tag not in PLAIN_TAGS:
            raise self._fail(event, "YAML tags (`!…`) are not supported; write the value plainly")
        before, deepest, self.deepest = self.count, self.deepest, depth
        if isinstance(event, yaml.ScalarEvent):
            value: Any = Plain(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._block(depth)
        else:
            value = self._items(depth)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.count - before + 1, self.deepest - depth)
        self.deepest = max(deepest, self.deepest)
        return value

    def _is_usual(self, event: Any, depth: int) -> bool:
        """Whether a scalar is text without anchor or tag, with room for it, as nearly always."""
        return event.tag is None and event.anchor is None and self.count <= MAX_VALUES and depth <= MAX_DEPTH

    def _alias(self, event: Any, depth: int) -> Any:
        if event.anchor not in self.anchors:
            raise self._fail(event, "an alias (`*…`) without its anchor (`&…`) before it")
        value, size, height = self.anchors[event.anchor]
        self.count += size
        self.deepest = max(self.deepest, depth + height)
        if self.deepest > MAX_DEPTH:
            raise self._fail(event, f"nested deeper than {MAX_DEPTH} levels, aliases counted")
        if self.count > MAX_VALUES:
            raise self._fail(event, f"more than {MAX_VALUES:,} values, aliases counted; split the file")
        return value

    def _items(self, depth: int) -> Items:
        items = Items()
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            items.places.append((event.start_mark.line, event.start_mark.column))
            items.append(self._value(event, depth + 1))
        return items

    def _block(self, depth: int) -> PlacedBlock:
        block, merged = PlacedBlock(), []
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fail(event, "a key must be text")
            key, start = event.value, self.next()
            at: Any = event.start_mark
            value = self._value(start, depth + 1)
            if key == "<<" and event.implicit[0]:
                merged.append((start, value))
                continue
            if key in block:
                name = f'"{key}" ' if self.quote else ""
                message = f"duplicate key {name}(first on line {block.places[key][0] + 1})"
                self.issues.append(Issue(message, self._place(event)))
            block[key] = value
            block.places[key] = (at.line, at.column, start.start_mark.line, start.start_mark.column)
        for start, value in merged:
            self._merge(block, start, value)
        return block

    def _merge(self, block: PlacedBlock, event: Any, value: Any) -> None:
        """YAML's `<<`: what a mapping says itself wins, then the earlier of several."""
        for source in value if isinstance(value, Items) else [value]:
            if not isinstance(source, PlacedBlock):
                raise self._fail(event, "`<<` takes a mapping or a list of mappings")
            for key, one in source.items():
                if key not in block:
                    block[key] = one
                    block.places[key] = source.places[key]


def parse_yaml(text: str, file: str, *, quote: bool = True, doubled: list[Issue] | None = None) -> Tree:
    """YAML text as a tree.

    Without `quote` no message repeats content of the file.
    Duplicate keys are added to `doubled`, and the last value
    counts. Without such a list they are an error.
    """
    if (data := usual(text)) is not None:
        return Tree(file, data, text, reread=partial(_with_places, text, file), excerpt=_Parts(text, file))
    builder = _Builder(file, quote=quote)
    placed = builder.build(text)
    tree = Tree(file, placed, text, placed=placed)
    if builder.issues and doubled is None:
        raise InvalidSpec(builder.issues)
    if doubled is not None:
        doubled += builder.issues
    return tree


def parse_document(text: str, file: str) -> Tree:
    """A policy document as JSON or YAML, by the name of its file.

    Messages give place and reason, never content.
    """
    if not file.endswith(".json"):
        return parse_yaml(text, file, quote=False)
    try:
        data = json.loads(text, object_pairs_hook=_no_duplicates, parse_float=str, parse_int=_integer)
        if _deeper(data, MAX_DEPTH):
            raise InvalidSpec([Issue(f"nested deeper than {MAX_DEPTH} levels", Location(file))])
        return Tree(file, data, text, reread=partial(_with_places, text, file))
    except json.JSONDecodeError as error:
        raise InvalidSpec([Issue(f"not JSON: {error.msg}", Location(file, error.lineno, error.colno))]) from error
    except RecursionError as error:
        raise InvalidSpec([Issue("nested too deep", Location(file))]) from error
    except _Duplicate as error:
        parse_yaml(text, file, quote=False)  # knows the place and raises
        raise InvalidSpec([Issue("a key stands twice in one object", Location(file))]) from error


def _with_places(text: str, file: str) -> Any:
    """The data of a text with their places.

    JSON is read as YAML. None for JSON that is no YAML: then the
    file is the place.
    """
    try:
        return _Builder(file, quote=False).build(text)
    except InvalidSpec:
        return None


class _Parts:
    """Single entities of a usual file with their places.

    Where many entities of a file are asked for, the file is read
    once.
    """

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file = text, file
        self._known: dict[tuple[str, str], Part | None] = {}

    @cached_property
    def _excerpts(self) -> Mapping[tuple[str, str], Span]:
        return excerpts(self._text)

    def __call__(self, section: str, name: str) -> Part | None:
        key = section, name
        if key not in self._known:
            if len(self._known) >= MOST_PARTS:
                return None
            self._known[key] = self._read(name, self._excerpts.get(key))
        return self._known[key]

    def _read(self, name: str, span: Span | None) -> Part | None:
        start, end = span or (0, 0)
        value = _with_places(self._text[start:end], self._file) if span else None
        if not isinstance(value, PlacedBlock) or list(value) != [name]:
            return None
        return Part(self._text.count("\n", 0, start), value)


def _integer(digits: str) -> int | str:
    """A JSON number.

    A number too long for Python stays text, as IAM stores it.
    """
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _deeper(value: Any, levels: int) -> bool:
    """Whether data nests deeper than so many levels, without recursion."""
    found = [value]
    for _ in range(levels + 1):
        found = [inner for one in found for inner in inside(one)]
        if not found:
            return False
    return True


class _Duplicate(Exception):  # noqa: N818 - never leaves this module
    pass


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Duplicate
    return found
