"""Reads a usual file of YAML in half the time that places take. Anything unusual is left to `source`."""

from collections.abc import Callable
from typing import Any

from yaml import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, StreamEndEvent, YAMLError
from yaml.cyaml import CParser  # type: ignore[attr-defined] # the stubs do not export it

from iamspec.desired.tree import MAX_DEPTH, MAX_VALUES, Block, Plain


class _Unusual(Exception):  # noqa: N818 - never leaves this module
    """Something in a file that is left to the builder with places."""


def usual(text: str) -> Any:
    """The data of a file, read in half the time that places take.

    None for a file with anything unusual: an error, an anchor, a
    tag, a key that stands twice. The builder reads that. A law
    holds the two to each other.
    """
    parser = CParser(text)
    following = parser.get_event
    try:
        following()  # the start of the stream
        if isinstance(following(), StreamEndEvent):
            return Block()
        reader = _Reader(following)
        value = reader.value(following(), 0)
        following()  # the end of the document
        is_whole = reader.count <= MAX_VALUES and isinstance(following(), StreamEndEvent)
    except (YAMLError, _Unusual):
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
        if kind is ScalarEvent:
            text = event.value
            if event.implicit[0]:
                return self.plain.get(text) or self.plain.setdefault(text, Plain(text))
            return self.quoted.setdefault(text, text)
        return self._block(depth + 1) if kind is MappingStartEvent else self._items(depth + 1)

    def _block(self, depth: int) -> Block:
        following, quoted, value = self.following, self.quoted, self.value
        block, pairs = Block(), 0
        while (event := following()).__class__ is ScalarEvent:
            if event.anchor is not None:
                raise _Unusual
            key = event.value
            block[quoted.setdefault(key, key)] = value(following(), depth)
            pairs += 1
        if event.__class__ is not MappingEndEvent or len(block) != pairs or "<<" in block:
            raise _Unusual
        self.count += pairs
        return block

    def _items(self, depth: int) -> list[Any]:
        following, value = self.following, self.value
        items = []
        while (event := following()).__class__ is not SequenceEndEvent:
            items.append(value(event, depth))
        self.count += len(items)
        return items
