"""Policy documents for people: a normal form, and the difference between two documents.

The form is YAML, as in a spec. Elements stand in a fixed order and
members sorted, so that a difference is never one of writing. `==`
of documents decides whether there is a difference. This module
only shows it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import groupby
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.statement import ACTIONS, PRINCIPALS, RESOURCES
from iamspec.render.flat import NO_STATEMENT, Flat, Names, Path, flat
from iamspec.render.lines import count
from iamspec.render.yaml_lines import yaml_text

ELEMENTS = ("Version", "Id", "Sid", "Effect", *PRINCIPALS, *ACTIONS, *RESOURCES)
STATEMENTS = "Statement:"
FOLDED = "…"  # the sign of a line that stands for lines that are not shown
CONTEXT = 3  # unchanged lines that are shown around changed ones
ALIKE = 0.3  # the share of common members above which a statement is an earlier form of another


@dataclass(frozen=True, slots=True)
class Signed:
    """A line of a document with `+`, `-`, a blank, or FOLDED."""

    sign: str
    text: str


def document_lines(data: Any) -> list[str]:
    """The whole document in normal form."""
    return [line.text for line in _whole(data, "aws", "+")]


def document_difference(before: Any, after: Any, partition: str = "aws") -> list[Signed]:
    """The difference, unchanged statements folded.

    Empty exactly when the documents are equal.

    None is no document.
    """
    if Document(before, partition) == Document(after, partition):
        return []
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        old = [] if before is None else _whole(before, partition, "-")
        return old + ([] if after is None else _whole(after, partition, "+"))
    found = list(_difference(before, after, partition))
    if any(line.sign in "+-" for line in found):
        return found
    return list(_canonical_difference(before, after, partition))


def _whole(data: Any, partition: str, sign: str) -> list[Signed]:
    if not isinstance(data, Mapping):
        return [Signed(sign, yaml_text(data))]
    head, statements = flat(data, partition, {})
    lines = list(_compared(*_beside_nothing(head, sign)))
    lines += [Signed(sign, STATEMENTS)] if statements else []
    for one in statements:
        lines += _listed(_compared(*_beside_nothing(one, sign)))
    return lines


def _beside_nothing(one: Flat, sign: str) -> tuple[Flat, Flat]:
    return (Flat(), one) if sign == "+" else (one, Flat())


def _difference(before: Mapping[str, Any], after: Mapping[str, Any], partition: str) -> Iterator[Signed]:
    names: Names = {}
    new_head, new = flat(after, partition, names)
    old_head, old = flat(before, partition, names)
    yield from (line for line in _compared(old_head, new_head) if line.sign != " ")
    lines = list(_statements(old, new))
    if lines:
        yield Signed(_sign(old=bool(old), new=bool(new)), STATEMENTS)
        yield from lines


def _statements(old: Sequence[Flat], new: Sequence[Flat]) -> Iterator[Signed]:
    partners = _paired(old, new)
    for index, one in enumerate(old):
        if index not in partners.values():
            yield from _listed(_compared(one, Flat()))
    unchanged = 0
    for index, one in enumerate(new):
        partner = old[partners[index]] if index in partners else Flat()
        if partner.pairs == one.pairs:
            unchanged += 1
            continue
        yield from _fold(unchanged, "unchanged statement", "  ")
        unchanged = 0
        yield from _shortened(list(_listed(_compared(partner, one))))
    yield from _fold(unchanged, "unchanged statement", "  ")


def _canonical_difference(before: Any, after: Any, partition: str) -> Iterator[Signed]:
    """For documents so odd that their flat forms are one."""
    old, new = (
        json.dumps(Document(one, partition).canonical, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
        for one in (before, after)
    )
    yield from (Signed(line[0], line[2:]) for line in ndiff(old, new) if line[0] in "+- ")


def _fold(number: int, noun: str, indent: str) -> Iterator[Signed]:
    """A comment in the place of lines that are not shown."""
    if number:
        yield Signed(FOLDED, f"{indent}# {count(number, noun)}")


def _shortened(lines: Sequence[Signed]) -> Iterator[Signed]:
    """The lines with long runs of unchanged lines folded.

    A fold saves more than two lines.
    """
    changed = [index for index, line in enumerate(lines) if line.sign != " "]
    near = {0, 1} | {number for index in changed for number in range(index - CONTEXT, index + CONTEXT + 1)}
    for hidden, run in groupby(enumerate(lines), key=lambda numbered: numbered[0] not in near):
        found = [line for _, line in run]
        if hidden and len(found) > 2:
            yield from _fold(len(found), "unchanged line", found[0].text[: -len(found[0].text.lstrip())])
        else:
            yield from found


def _paired(old: Sequence[Flat], new: Sequence[Flat]) -> dict[int, int]:
    """The old statement of each new statement.

    The most similar pairs are matched first.
    """
    likeness = sorted((-_likeness(before, after), i, j) for i, after in enumerate(new) for j, before in enumerate(old))
    partners: dict[int, int] = {}
    for unlike, i, j in likeness:
        if -unlike >= ALIKE and i not in partners and j not in partners.values():
            partners[i] = j
    return partners


def _likeness(one: Flat, other: Flat) -> float:
    """A Sid in common counts more than everything but sameness."""
    if one.pairs == other.pairs:
        return 3
    sid = one.parts.get(("Sid",))
    return (1 if sid and sid == other.parts.get(("Sid",)) else 0) + len(one.pairs & other.pairs) / len(
        one.pairs | other.pairs
    )


def _compared(old: Flat, new: Flat) -> Iterator[Signed]:
    """The merged lines of two flat forms, each with a sign.

    A heading stands above the paths that begin with it.
    """
    above: Path = ()
    for path in sorted({*old.parts, *new.parts}, key=_rank):
        for end in range(1, len(path)):
            if path[:end] != above[:end]:
                sign = _sign(old=path[:end] in old.headings, new=path[:end] in new.headings)
                yield Signed(sign, f"{'  ' * (end - 1)}{path[end - 1]}:")
        above = path[:-1]
        yield from _part(old.parts.get(path), new.parts.get(path), path)


def _listed(lines: Iterable[Signed]) -> Iterator[Signed]:
    """The lines of a statement as a member of a list.

    The first line of each side has the dash.
    """
    begun = {"-": False, "+": False}
    for line in lines:
        sides = "-+" if line.sign == " " else line.sign
        marks = {side: "    " if begun[side] else "  - " for side in sides}
        begun |= dict.fromkeys(sides, True)
        if len(set(marks.values())) == 1:
            yield Signed(line.sign, f"{marks[sides[0]]}{line.text}")
        else:
            yield from (Signed(side, f"{mark}{line.text}") for side, mark in marks.items())


def _rank(path: Path) -> tuple[bool, int, Path]:
    known = path[0] in ELEMENTS
    return (path[0] == "Condition", ELEMENTS.index(path[0]) if known else len(ELEMENTS), path)


def _part(old: Mapping[str, str] | None, new: Mapping[str, str] | None, path: Path) -> Iterator[Signed]:
    """A single member stands beside the label, several members stand below it as a list."""
    indent, label = "  " * (len(path) - 1), "" if path == NO_STATEMENT else f"{path[-1]}:"
    if max(len(old or ()), len(new or ())) > 1:
        yield Signed(_sign(old=old is not None, new=new is not None), f"{indent}{label}")
        members = {**(old or {}), **(new or {})}
        for key in sorted(members):
            yield Signed(_sign(old=key in (old or {}), new=key in (new or {})), f"{indent}  - {members[key]}")
    elif old is not None and new is not None and old.keys() == new.keys():
        yield Signed(" ", f"{indent}{label} {_only(new.values())}".rstrip(" "))
    else:
        for sign, side in (("-", old), ("+", new)):
            if side is not None:
                yield Signed(sign, f"{indent}{label} {_only(side.values())}" if label else _only(side.values()))


def _only(values: Iterable[str]) -> str:
    return next(iter(values), "[]")


def _sign(*, old: bool, new: bool) -> str:
    return " " if old and new else "+" if new else "-"
