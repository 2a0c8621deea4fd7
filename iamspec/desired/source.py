"""Files of the spec as data with places: the only module that knows YAML.

Text stays text here. Nothing is typed until a field asks for it,
so `0042`, `NO` and `2012-10-17` are the texts that they look like.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs do not export it

from iamspec.errors import InvalidSpec, Issue, Location, uncommanded

MAX_DEPTH = 40
MAX_DIGITS = 4000
MAX_VALUES = 1_000_000
SHORT_LIST = 70
PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))

if not hasattr(yaml, "cyaml"):  # pragma: no cover - every wheel of PyYAML has it
    raise ImportError(
        "PyYAML was built without libyaml; install the wheel of PyYAML, or libyaml-dev before building it"
    )


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


@dataclass(slots=True)
class Tree:
    """A file as data.

    `included` holds the documents of other files, by their path in
    this file.
    """

    file: str
    data: Any
    text: str = ""
    included: dict[tuple[str | int, ...], "Tree"] = field(default_factory=dict)
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
        value, found = self._placed(), (0, 0)
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
        return Location(self.file, found[0] + 1, found[1] + 1)

    def _placed(self) -> Any:
        """The data with places.

        The text is read again, as YAML, when a place is asked for
        the first time. Most files have no fault, and places take
        as much memory as the data.
        """
        if self.placed is None:
            try:
                self.placed = _Builder(self.file, quote=False).build(self.text)
            except InvalidSpec:  # JSON that is no YAML: the file is the place
                self.placed = self.data
        return self.placed


def plain(value: Any) -> Any:
    """Data without places, as ordinary dicts, lists and strings."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


LIKE_NUMBER = re.compile(r"[-+.]?[0-9]", re.ASCII)  # or like a date, or a version
HASHES = re.compile(r"#(?=#\w*\[)", re.ASCII)  # of a command to a CI job, in a text that stands in quotes
LIKE_FLAGS = frozenset("yYnN")  # to readers of YAML 1.1 that libyaml does not know
NO_TOKEN = "found character that cannot start any token"  # noqa: S105 - libyaml's words


def _sign(text: str, mark: Any) -> str:
    """The character at a mark of libyaml's."""
    lines = text.split("\n")
    return lines[mark.line][mark.column : mark.column + 1] if mark is not None and mark.line < len(lines) else ""


class _Unusual(Exception):  # noqa: N818 - never leaves this module
    """Something in a file that is left to the builder with places."""


def _usual(text: str) -> Any:
    """The data of a file, read in half the time that places take.

    None for a file with anything unusual: an error, an anchor, a
    tag, a key that stands twice. The builder reads that. A law
    holds the two to each other.
    """
    parser = CParser(text)
    following = parser.get_event
    try:
        following()  # the start of the stream
        if isinstance(following(), yaml.StreamEndEvent):
            return Block()
        reader = _Reader(following)
        value = reader.value(following(), 0)
        following()  # the end of the document
        is_whole = reader.count <= MAX_VALUES and isinstance(following(), yaml.StreamEndEvent)
    except (yaml.YAMLError, _Unusual):
        return None
    finally:
        parser.dispose()
    return value if is_whole else None


class _Reader:
    """Turns the events of a usual file into Blocks, lists and strings. `count` counts all of these.

    Texts that are equal are one text, since names stand many times
    in a file.
    """

    __slots__ = ("count", "following", "plain", "quoted")

    def __init__(self, following: Callable[[], Any]) -> None:
        self.following, self.count = following, 1
        self.plain: dict[str, Plain] = {}
        self.quoted: dict[str, str] = {}

    def value(self, event: Any, depth: int) -> Any:
        if event.anchor is not None or depth > MAX_DEPTH or event.tag is not None:
            raise _Unusual
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            text = event.value
            if event.implicit[0]:
                return self.plain.get(text) or self.plain.setdefault(text, Plain(text))
            return self.quoted.setdefault(text, text)
        return self._block(depth + 1) if kind is yaml.MappingStartEvent else self._items(depth + 1)

    def _block(self, depth: int) -> Block:
        following, quoted, value = self.following, self.quoted, self.value
        block, pairs = Block(), 0
        while (event := following()).__class__ is yaml.ScalarEvent:
            if event.anchor is not None:
                raise _Unusual
            key = event.value
            block[quoted.setdefault(key, key)] = value(following(), depth)
            pairs += 1
        if event.__class__ is not yaml.MappingEndEvent or len(block) != pairs or "<<" in block:
            raise _Unusual
        self.count += pairs
        return block

    def _items(self, depth: int) -> list[Any]:
        following, value = self.following, self.value
        items = []
        while (event := following()).__class__ is not yaml.SequenceEndEvent:
            items.append(value(event, depth))
        self.count += len(items)
        return items


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
    if (data := _usual(text)) is not None:
        return Tree(file, data, text)
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
        return Tree(file, data, text)
    except json.JSONDecodeError as error:
        raise InvalidSpec([Issue(f"not JSON: {error.msg}", Location(file, error.lineno, error.colno))]) from error
    except RecursionError as error:
        raise InvalidSpec([Issue("nested too deep", Location(file))]) from error
    except _Duplicate as error:
        parse_yaml(text, file, quote=False)  # knows the place and raises
        raise InvalidSpec([Issue("a key stands twice in one object", Location(file))]) from error


def count_values(tree: Tree | None) -> int:
    """The number of values of a document, with aliases, computed without recursion."""
    number, found = 0, [tree.data] if tree else []
    while found:
        number += len(found)
        found = [inner for one in found for inner in _inside(one)]
    return number


def _integer(digits: str) -> int | str:
    """A JSON number.

    A number too long for Python stays text, as IAM stores it.
    """
    return int(digits) if len(digits) <= MAX_DIGITS else digits


def _deeper(value: Any, levels: int) -> bool:
    """Whether data nests deeper than so many levels, without recursion."""
    found = [value]
    for _ in range(levels + 1):
        found = [inner for one in found for inner in _inside(one)]
        if not found:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class _Duplicate(Exception):  # noqa: N818 - never leaves this module
    pass


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Duplicate
    return found


class _Dumper(yaml.CSafeDumper):
    """Writes YAML as a person would: short lists on a line, long texts as blocks, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text_node(dumper: _Dumper, text: str) -> Any:
    style = None
    if uncommanded(text) != text:
        style = '"'  # in which `dump` can escape what a CI job would obey
    elif LIKE_NUMBER.match(text) or text in LIKE_FLAGS:
        style = "'"
    elif "\n" in text.strip("\n") and not any(line.endswith(" ") for line in text.split("\n")):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list_node(dumper: _Dumper, items: list[Any]) -> Any:
    short = all(isinstance(item, str) and "\n" not in item for item in items) and sum(map(len, items)) < SHORT_LIST
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=short)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(list, _list_node)


def dump(value: Any) -> str:
    """Data as YAML in its own order.

    Text that a reader of YAML could take for something else is
    quoted.
    """
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=110)
    return HASHES.sub(r"\\x23", text)
