"""XML answers decoded straight into records.

botocore decodes any answer of any service, shape by shape at every
node. Here each shape of an answer becomes a function once, and the
functions read all records. An answer with anything unusual in it
is left to botocore. A law holds the two to each other.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLParser

Read = Callable[[Element], Any]
Fields = Mapping[str, tuple[str, Read | None]]  # by the tag: the member, and how to read it; None for text
LEFT = ("flattened", "xmlAttribute", "location", "eventheader", "eventstream")  # left to botocore


class _Unusual(Exception):  # noqa: N818 - never leaves this module
    """An answer, or a shape of one, that is left to botocore."""


class Decoder:
    """Decodes answers by the shapes of botocore's model. `moment` reads a time."""

    def __init__(self, moment: Callable[[str], Any]) -> None:
        self._moment = moment
        self._readers: dict[tuple[str, str], Read] = {}

    def decoded(self, response: Mapping[str, Any], shape: Any) -> dict[str, Any] | None:
        """The answer in a response of status 200.

        None if botocore has to look at it.
        """
        try:
            root = _root(response["body"])
            result, metadata = _parts(root, shape.serialization["resultWrapper"])
            answer: dict[str, Any] = self._reader(shape, _namespace(root))(result)
        except (KeyError, ParseError, RecursionError, TypeError, ValueError, _Unusual):
            return None
        about = {child.tag.rpartition("}")[2]: child.text for child in metadata}
        headers = {name.lower(): value for name, value in response["headers"].items()}
        return {
            **answer,
            "ResponseMetadata": {**about, "HTTPStatusCode": response["status_code"], "HTTPHeaders": headers},
        }

    def _reader(self, shape: Any, namespace: str) -> Read:
        key = shape.name, namespace
        if key not in self._readers:
            self._readers[key] = self._made(shape, namespace)
        return self._readers[key]

    def _made(self, shape: Any, namespace: str) -> Read:
        if any(shape.serialization.get(one) for one in LEFT):
            raise _Unusual(shape.name)
        if shape.type_name == "structure":
            return self._structure(shape, namespace)
        if shape.type_name == "list":
            inner = self._reader(shape.member, namespace)
            return lambda node: [inner(child) for child in node]
        if shape.type_name == "timestamp":
            moment = self._moment
            return lambda node: moment(node.text or "")
        simple: dict[str, Read] = {"string": _text, "boolean": _truth, "integer": _number, "long": _number}
        if shape.type_name not in simple:
            raise _Unusual(shape.name)
        return simple[shape.type_name]

    def _structure(self, shape: Any, namespace: str) -> Read:
        if shape.metadata.get("exception") or getattr(shape, "is_tagged_union", False):
            raise _Unusual(shape.name)
        fields: dict[str, tuple[str, Read | None]] = {}
        for name, member in shape.members.items():
            read = self._reader(member, namespace)
            tag = member.serialization.get("name") or name
            fields[f"{namespace}{tag}"] = name, None if read is _text else read
        known = frozenset(tag.removeprefix(namespace) for tag in fields)
        return lambda node: _record(node, fields, known)


def _record(node: Element, fields: Fields, known: frozenset[str]) -> dict[str, Any]:
    """The members of a structure.

    A member that stands twice is unusual, and so is a foreign
    namespace.
    """
    found: dict[str, Any] = {}
    for child in node:
        tag = child.tag
        if tag not in fields:
            if tag.rpartition("}")[2] in known:
                raise _Unusual(tag)
            continue
        name, read = fields[tag]
        if name in found:
            raise _Unusual(tag)
        found[name] = (child.text or "") if read is None else read(child)
    return found


def _text(node: Element) -> str:
    return node.text or ""


def _truth(node: Element) -> bool:
    return node.text == "true"


def _number(node: Element) -> int:
    return int(node.text or "")


def _root(body: bytes) -> Element:
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - as botocore does; expat bounds what entities may become
    parser.feed(body)
    root: Element = parser.close()
    return root


def _parts(root: Element, wrapper: str) -> tuple[Element, Element]:
    """The result and the metadata of an answer, which has nothing else."""
    names = [child.tag.rpartition("}")[2] for child in root]
    if names != [wrapper, "ResponseMetadata"] or any(len(child) for child in root[1]):
        raise _Unusual(root.tag)
    return root[0], root[1]


def _namespace(root: Element) -> str:
    """`{https://iam.amazonaws.com/doc/2010-05-08/}`, or nothing."""
    first, brace, _ = root.tag.partition("}")
    return f"{first}}}" if brace else ""
