"""Policy documents as values: what a document means, whatever way it is written.

The rules of equality follow the IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements".
Nothing here raises on what live IAM may hold: checking is the business of `grammar`.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any
from urllib.parse import unquote

ACTIONS = ("Action", "NotAction")
RESOURCES = ("Resource", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")
DEFAULT_VERSION = "2008-10-17"
BEGINNING = "${iamspec:"
VARIABLE = re.compile(r"\$\{iamspec:([^}]*)\}")
DEEPEST = 50  # levels; far more than any policy has
_key = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode  # made once: it is called for every statement
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)
MAPPINGS, LISTS = (dict, Mapping), (list, tuple)  # the usual type first: to ask an abstract one takes longer
FEW = 64  # statements: so many are sooner held against each other than sorted


@dataclass(frozen=True, eq=False)
class Document:
    """A policy document: `data` as its author wrote it; equal to another when both mean and label the same.

    `partition` is that of the account, in which alone `"AWS": "123456789012"` and that account's root ARN are one.
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
        return {**form, "Statement": _unique(form["Statement"])} if isinstance(form, dict) else form

    @cached_property
    def unsorted(self) -> Any:
        """The canonical form but for its statements, which stand in the author's order and may stand twice."""
        return unsorted(self.data, self.partition)

    @cached_property
    def signature(self) -> str:
        """A text that is the same for equal documents, and no others."""
        return _key(self.canonical)

    def grants_as(self, other: "Document") -> bool:
        """Whether both allow and deny the same: they may differ in Sid and Id."""
        return bool(access_form(self.canonical) == access_form(other.canonical))

    @cached_property
    def text(self) -> str:
        """The document as it is sent to IAM: JSON without insignificant white space, in the author's order."""
        return _compact(self.data)

    @cached_property
    def size(self) -> int:
        """Characters as IAM counts them against its quotas: white space does not count."""
        return len("".join(self.text.split()))

    @cached_property
    def only_denies(self) -> bool:
        """Whether the document can only take access away."""
        effects = [statement.get("Effect") for statement in statements(self.data)]
        return bool(effects) and all(effect == "Deny" for effect in effects)


def decode(raw: Any) -> Any:
    """The document in an answer of IAM: parsed, or JSON text, or the same percent-encoded (RFC 3986)."""
    if not isinstance(raw, str):
        return raw
    for text in (raw, unquote(raw)):
        try:
            return json.loads(text, parse_float=str)  # a float forgets digits, and IAM keeps the text
        except (ValueError, RecursionError):
            continue
    return raw


def statements(data: Any) -> Iterator[Mapping[str, Any]]:
    """The statements of a document, an object standing for a list of one; what is no statement is left out."""
    found = data.get("Statement") if isinstance(data, MAPPINGS) else None
    for statement in listed(found):
        if isinstance(statement, MAPPINGS):
            yield statement


def listed(value: Any) -> Sequence[Any]:
    """A scalar as the list of one that it stands for; nothing as the empty list."""
    if value is None:
        return ()
    return value if isinstance(value, LISTS) else (value,)


def _same(one: Any, other: Any) -> bool:
    """Whether two documents are written alike, which is quick to tell; False of what is too deep to compare."""
    try:
        return bool(one == other)
    except RecursionError:
        return False


def _alike(one: Document, other: Document) -> bool:
    """Whether the canonical forms are one; sorting takes much longer than to look for each statement in the other."""
    some, others = one.unsorted, other.unsorted
    if not isinstance(some, dict) or not isinstance(others, dict):
        return bool(some == others)
    if some.keys() != others.keys() or any(some[key] != others[key] for key in some if key != "Statement"):
        return False
    mine, its = some["Statement"], others["Statement"]
    if len(mine) > FEW or len(its) > FEW:
        return bool(one.canonical == other.canonical)
    return all(each in its for each in mine) and all(each in mine for each in its)


def unsorted(data: Any, partition: str = "aws") -> Any:
    if not isinstance(data, Mapping):
        return _frozen(data)
    form = {str(key): _frozen(value) for key, value in data.items() if key not in {"Version", "Id", "Statement"}}
    form["Version"] = _text(data.get("Version", DEFAULT_VERSION))
    form["Statement"] = [
        _statement(one, partition) if isinstance(one, MAPPINGS) else _frozen(one)
        for one in listed(data.get("Statement"))
    ]
    if data.get("Id"):
        form["Id"] = _text(data["Id"])
    return form


def access_form(form: Any) -> Any:
    """A canonical form without its labels."""
    if not isinstance(form, dict):
        return form
    bare = {key: value for key, value in form.items() if key != "Id"}
    bare["Statement"] = _unique(
        [
            {key: value for key, value in one.items() if key != "Sid"} if isinstance(one, dict) else one
            for one in form.get("Statement", ())
        ]
    )
    return bare


def _statement(statement: Mapping[str, Any], partition: str) -> dict[str, Any]:
    form: dict[str, Any] = {}
    for key, value in statement.items():
        if key in ACTIONS:
            form[key] = _actions(listed(value))
        elif key in RESOURCES:
            form[key] = _texts(value)
        elif key in PRINCIPALS:
            form[key] = _principal(value, partition)
        elif key == "Condition" and isinstance(value, MAPPINGS):
            if tests := _condition(value):
                form[key] = tests
        elif key == "Sid":
            if value:
                form[key] = _text(value)
        else:
            form[str(key)] = _frozen(value)
    return form


def _actions(values: Sequence[Any]) -> list[Any]:
    """Names of actions in lower case; texts only, as nearly always, take the quick way."""
    try:
        return sorted(set(map(str.lower, values)))
    except TypeError:
        return _unique([one.lower() if isinstance(one, str) else one for one in map(_text, values)])


def _principal(value: Any, partition: str) -> Any:
    if value == "*":
        value = {"AWS": "*"}
    if not isinstance(value, Mapping):
        return _frozen(value)
    return {
        kind: _unique([_account_root(one, partition) if kind == "AWS" else _text(one) for one in listed(members)])
        for kind, members in value.items()
    }


def _account_root(value: Any, partition: str) -> Any:
    text = _text(value)
    is_account = isinstance(text, str) and ACCOUNT_ID.fullmatch(text)
    return f"arn:{partition}:iam::{text}:root" if is_account else text


def _condition(condition: Mapping[str, Any]) -> list[Any]:
    """All tests must hold, so they are a set of (operator, key, values), whatever way they are nested."""
    tests = []
    for operator, keys in condition.items():
        name = str(operator).lower()
        if not isinstance(keys, MAPPINGS):
            tests.append([name, _frozen(keys)])
            continue
        for key, values in keys.items():
            texts = _texts(values)
            if "ignorecase" in name:
                texts = _unique([text.lower() if isinstance(text, str) else text for text in texts])
            tests.append([name, str(key).lower(), texts])
    return _unique(tests)


def _texts(value: Any) -> list[Any]:
    """A scalar or a list of them as the set of texts that IAM keeps."""
    return [str(value)] if isinstance(value, str) else _unique([_text(one) for one in listed(value)])


def _text(value: Any) -> Any:
    """A scalar as the text that IAM keeps of it; anything else frozen."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return _frozen(value)


def _frozen(value: Any, levels: int = DEEPEST) -> Any:
    """Data of ordinary types; what lies deeper than so many levels as a text, so that nothing is too deep."""
    if isinstance(value, str):  # nearly always
        return str(value)
    if isinstance(value, Mapping | list | tuple) and not levels:
        return "".join(_tokens(value))
    if isinstance(value, Mapping):
        return {str(key): _frozen(one, levels - 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_frozen(one, levels - 1) for one in value]
    if isinstance(value, float) and not isfinite(value):
        return str(value)  # two that are no number would never be equal
    return value


def _tokens(value: Any) -> Iterator[str]:
    """JSON with sorted keys and without recursion."""
    pending: list[Any] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, _Mark):
            yield one
        elif isinstance(one, Mapping):
            yield "{"
            pending.append(_Mark("}"))
            for key in sorted(one, key=str, reverse=True):
                pending += [_Mark(","), one[key], _Mark(f"{json.dumps(str(key))}:")]
        elif isinstance(one, list | tuple):
            yield "["
            pending.append(_Mark("]"))
            for member in reversed(one):
                pending += [_Mark(","), member]
        else:
            yield json.dumps(one)


class _Mark(str):
    """A piece of JSON between values."""

    __slots__ = ()


def _unique(found: list[Any]) -> list[Any]:
    """The values once each in one order; strings sort by themselves, which is by far the usual case."""
    if len(found) <= 1:
        return found
    try:
        "".join(found)  # the quickest way to tell whether all are texts
    except TypeError:
        return [one for _, one in sorted({_key(one): one for one in found}.items())]
    return sorted(set(found))


def substitute(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with each `${iamspec:NAME}` in its texts and keys replaced; an unknown one stays, for a check to find.

    It is a copy, of ordinary texts, lists and mappings.
    """
    if isinstance(value, str):
        return (
            VARIABLE.sub(lambda found: variables.get(found[1], found[0]), value) if BEGINNING in value else str(value)
        )
    if isinstance(value, Mapping):
        return {
            (substitute(key, variables) if BEGINNING in key else key): substitute(one, variables)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [substitute(one, variables) for one in value]
    return value


def unknown_variables(value: Any, known: Iterable[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The `${iamspec:NAME}` that nothing replaces, each with the path of the text, or the key, that holds it."""
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
