"""Policy documents as values.

Two documents with the same meaning are equal, however they are
written.

Nothing here raises on the content of live IAM: `grammar` checks
documents.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from iamspec.policy import canonical
from iamspec.policy.statement import MAPPINGS, statements

BEGINNING = "${iamspec:"
VARIABLE = re.compile(r"\$\{iamspec:([^}]*)\}")
_parsed = json.JSONDecoder(parse_float=str).decode  # a float forgets digits, and IAM keeps the text
_USUAL = tuple((f"%{ord(sign):02X}", sign) for sign in ' ":,{}[]/*\n')
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
FEW = 64  # statements: up to here, comparing each with each is faster than sorting


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document. Equal documents have the same meaning and the same labels.

    `data` is as the author wrote it. `partition` is the partition
    of the account: an account id means the root ARN of that
    partition only.
    """

    data: Any
    partition: str = field(default="aws", repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return _same(self.data, other.data) or _alike(self, other)

    def __hash__(self) -> int:
        return hash(self.signature)

    @cached_property
    def canonical(self) -> Any:
        """One JSON value for all ways of writing the same document, Sid and Id included."""
        form = self.unsorted
        return {**form, "Statement": canonical.unique(form["Statement"])} if isinstance(form, dict) else form

    @cached_property
    def unsorted(self) -> Any:
        """The canonical form, except that statements keep the author's order and may stand twice."""
        return canonical.unsorted(self.data, self.partition)

    @cached_property
    def signature(self) -> str:
        """A text that is the same exactly for equal documents."""
        return canonical.encoded(self.canonical)

    def grants_as(self, other: "Document") -> bool:
        """Whether both allow and deny the same. Sid and Id may differ."""
        return bool(canonical.access_form(self.canonical) == canonical.access_form(other.canonical))

    @cached_property
    def text(self) -> str:
        """The document as it is sent to IAM: JSON without white space, in the order of the author."""
        return _compact(self.data)

    @cached_property
    def size(self) -> int:
        """Characters as IAM counts them against its quotas: white space does not count."""
        return len("".join(self.text.split()))

    @cached_property
    def only_denies(self) -> bool:
        """Whether the document can only take access away."""
        found = list(statements(self.data))
        return bool(found) and all(one.denies for one in found)


def decode(raw: Any) -> Any:
    """The document in an answer of IAM: parsed data, JSON text, or percent-encoded JSON (RFC 3986)."""
    if not isinstance(raw, str):
        return raw
    encoded = raw.startswith("%")  # as every document from IAM, and no JSON
    for read in (unquoted,) if encoded else (str, unquoted):
        try:
            return _parsed(read(raw))
        except (ValueError, RecursionError):
            continue
    return raw


def unquoted(text: str) -> str:
    """The text without percent-encoding.

    It is `unquote` of the standard library, which is slow where
    many signs are encoded. So the usual signs of JSON are replaced
    before: none of them can become part of another code.
    """
    for code, sign in _USUAL:
        text = text.replace(code, sign)
    return unquote(text)


def _same(one: Any, other: Any) -> bool:
    """Whether two documents are written alike, which is quick to see.

    False if they are too deep to compare.
    """
    try:
        return bool(one == other)
    except RecursionError:
        return False


def _alike(one: Document, other: Document) -> bool:
    """Whether the canonical forms are equal.

    Looking up each statement in the other form is faster than
    sorting.
    """
    mine, theirs = one.unsorted, other.unsorted
    if not isinstance(mine, dict) or not isinstance(theirs, dict):
        return bool(mine == theirs)
    if mine.keys() != theirs.keys() or any(mine[key] != theirs[key] for key in mine if key != "Statement"):
        return False
    here, there = mine["Statement"], theirs["Statement"]
    if len(here) > FEW or len(there) > FEW:
        return bool(one.canonical == other.canonical)
    return all(each in there for each in here) and all(each in here for each in there)


def substitute(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with each `${iamspec:NAME}` replaced in texts and keys.

    Unknown names stay for a check. It is a copy, of ordinary
    texts, lists and mappings.
    """
    if isinstance(value, str):
        return (
            VARIABLE.sub(lambda found: variables.get(found[1], found[0]), value) if BEGINNING in value else str(value)
        )
    if isinstance(value, list):
        return [substitute(one, variables) for one in value]
    if isinstance(value, MAPPINGS):
        return {
            (substitute(key, variables) if BEGINNING in key else key): substitute(one, variables)
            for key, one in value.items()
        }
    return value


def unknown_variables(value: Any, known: Iterable[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each `${iamspec:NAME}` that nothing replaces, with the path of the text or key that holds it."""
    if isinstance(value, str):
        if BEGINNING in value:
            yield from (((), found[1]) for found in VARIABLE.finditer(value) if found[1] not in known)
        return
    parts: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
        for key in value:
            if BEGINNING in key:  # hardly ever, and there are many keys
                yield from (((key,), name) for _, name in unknown_variables(key, known))
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, one in parts:
        yield from (((key, *path), name) for path, name in unknown_variables(one, known))
