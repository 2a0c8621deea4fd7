"""A change as YAML with signs: the fields that differ, as the spec would have them.

A plan is a difference from live IAM to the spec. Drift is one from
the spec to live IAM: `+` is only live, `-` is missing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from iamspec.plan.diff import Difference
from iamspec.plan.model import Action, Change
from iamspec.render.documents import FOLDED, Signed, document_difference
from iamspec.render.keys import spoken
from iamspec.render.lines import count, visible
from iamspec.render.parts import Form, bare, form_of
from iamspec.render.yaml_lines import yaml_block, yaml_text

CONTEXT = 3  # unchanged items of a list that are shown around changed ones
HIDDEN = frozenset({"access_keys", "console"})  # fields of a deleted entity that are counted instead


def entity_lines(change: Change, partition: str, mode: str, meanings: Mapping[str, str]) -> list[Signed]:
    """The differing fields of an entity, each under its key.

    `meanings` are remarks, by `field` or `field.member`.
    """
    gone = change.action is Action.DELETE
    found = (_turned(one, mode) for one in change.differences if not (gone and one.field in HIDDEN))
    return [line for one in found for line in _field(one, change.address.kind, partition, meanings)]


def _turned(difference: Difference, mode: str) -> Difference:
    if mode != "drift":
        return difference
    return replace(difference, before=difference.after, after=difference.before)


def _field(difference: Difference, kind: str, partition: str, meanings: Mapping[str, str]) -> Iterator[Signed]:
    before, after, label = difference.before, difference.after, f"{difference.field}:"
    form = form_of(kind, difference)
    if form is Form.SCALAR:
        yield from _scalar(label, before, after, _remarks(difference, meanings))
        return
    if form is Form.DOCUMENT:
        lines = document_difference(bare(before), bare(after), partition)
    elif form is Form.LIST:
        lines = list(_items(before or (), after or (), _remarks(difference, meanings)))
    else:
        of_documents = partition if form is Form.DOCUMENTS else None
        lines = list(_members(before or {}, after or {}, of_documents, _remarks(difference, meanings)))
    if lines:
        yield Signed(_heading(lines), label)
        yield from _indented(lines)


def _heading(lines: Sequence[Signed]) -> str:
    """The sign of a key: that of all lines below it, if they have the same."""
    signs = {line.sign for line in lines}
    return signs.pop() if len(signs) == 1 and FOLDED not in signs else " "


def _remarks(difference: Difference, meanings: Mapping[str, str]) -> dict[str, str]:
    """The comments beside the members of a field: where they come from, and their effect on access."""
    found = {item.casefold(): f"via {source}" for item, source in difference.via.items()}
    for place, meaning in meanings.items():
        field, _, member = place.partition(".")
        if field == difference.field and member:
            known = found.get(member.casefold())
            found[member.casefold()] = f"{known}; {meaning}" if known else meaning
    return found


def _scalar(label: str, before: Any, after: Any, remarks: Mapping[str, str]) -> Iterator[Signed]:
    for sign, value in (("-", before), ("+", after)):
        if value is not None:
            first, *rest = yaml_block(value)
            nested = bool(rest) or first.startswith("- ")
            yield Signed(sign, label if nested else f"{label} {first}{_remark(value, remarks)}")
            yield from (Signed(sign, f"  {line}") for line in ((first, *rest) if nested else rest))


def _items(before: Sequence[Any], after: Sequence[Any], remarks: Mapping[str, str]) -> Iterator[Signed]:
    """The items of both lists, sorted. Many unchanged items are counted."""
    both = {_key(one): one for one in (*before, *after)}
    old, new = (set(map(_key, side)) for side in (before, after))
    lines = [
        Signed(
            " " if key in old and key in new else "+" if key in new else "-",
            f"- {yaml_text(spoken(one))}{_remark(one, remarks)}",
        )
        for key, one in sorted(both.items())
        for _ in range(max(before.count(one), after.count(one)))  # two new keys look alike
    ]
    yield from _shortened(lines)


def _key(value: Any) -> str:
    return yaml_text(value) if not isinstance(value, str) else value


def _remark(value: Any, remarks: Mapping[str, str]) -> str:
    found = remarks.get(str(value).casefold())
    return f"  # {visible(found)}" if found else ""


def _members(
    before: Mapping[str, Any], after: Mapping[str, Any], partition: str | None, remarks: Mapping[str, str]
) -> Iterator[Signed]:
    """The members of both mappings that differ. With a `partition` they are documents."""
    for key in sorted({*before, *after}, key=str):
        old, new, label = before.get(key), after.get(key), f"{yaml_text(str(key))}:"
        if partition is None:
            yield from _scalar(label, old, new, {}) if old != new else ()
        elif lines := document_difference(old, new, partition):
            yield Signed(_heading(lines), f"{label}{_remark(key, remarks)}")
            yield from _indented(lines)


def _indented(lines: Iterable[Signed]) -> Iterator[Signed]:
    yield from (Signed(line.sign, f"  {line.text}") for line in lines)


def _shortened(lines: Sequence[Signed]) -> Iterator[Signed]:
    changed = [index for index, line in enumerate(lines) if line.sign != " "]
    near = {number for index in changed for number in range(index - CONTEXT, index + CONTEXT + 1)}
    for hidden, run in groupby(enumerate(lines), key=lambda numbered: numbered[0] not in near):
        found = [line for _, line in run]
        if hidden and len(found) > 2:
            yield Signed(FOLDED, f"# {count(len(found), 'unchanged item')}")
        else:
            yield from found
