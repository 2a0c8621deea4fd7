"""Policy documents for people: a normal form, and the difference between two documents.

Elements stand in a fixed order and members sorted, so that a
difference is never one of writing. `==` of documents decides whether
there is a difference. This module only shows it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import groupby
from typing import Any

from iamspec.policy.document import Document
from iamspec.policy.statement import ACTIONS, PRINCIPALS, RESOURCES
from iamspec.render.flat import Flat, Names, Path, flat
from iamspec.render.lines import count, scalar

ELEMENTS = ("Version", "Id", "Sid", "Effect", *PRINCIPALS, *ACTIONS, *RESOURCES)
FOLDED = "…"  # the sign of a line that stands for lines that are not shown
CONTEXT = 3  # unchanged lines that are shown around changed ones
ALIKE = 0.3  # the share of common members from which on one statement is taken for another's earlier form


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
        return [Signed(sign, scalar(data))]
    head, statements = flat(data, partition, {})
    lines = list(_compared(*_beside_nothing(head, sign), indent=""))
    for one in statements:
        lines += [Signed(sign, "Statement:"), *_compared(*_beside_nothing(one, sign))]
    return lines


def _beside_nothing(one: Flat, sign: str) -> tuple[Flat, Flat]:
    return (Flat(), one) if sign == "+" else (one, Flat())


def _difference(before: Mapping[str, Any], after: Mapping[str, Any], partition: str) -> Iterator[Signed]:
    names: Names = {}
    new_head, new = flat(after, partition, names)
    old_head, old = flat(before, partition, names)
    yield from (line for line in _compared(old_head, new_head, indent="") if line.sign != " ")
    partners = _paired(old, new)
    for index, one in enumerate(old):
        if index not in partners.values():
            yield from (Signed("-", "Statement:"), *_compared(one, Flat()))
    unchanged = 0
    for index, one in enumerate(new):
        partner = old[partners[index]] if index in partners else Flat()
        if partner.pairs == one.pairs:
            unchanged += 1
            continue
        yield from _fold(unchanged, "unchanged statement")
        unchanged = 0
        yield Signed(" " if index in partners else "+", "Statement:")
        yield from _shortened(list(_compared(partner, one)))
    yield from _fold(unchanged, "unchanged statement")


def _canonical_difference(before: Any, after: Any, partition: str) -> Iterator[Signed]:
    """For documents so odd that their flat forms are one."""
    old, new = (
        json.dumps(Document(one, partition).canonical, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
        for one in (before, after)
    )
    yield from (Signed(line[0], line[2:]) for line in ndiff(old, new) if line[0] in "+- ")


def _fold(number: int, noun: str) -> Iterator[Signed]:
    if number:
        yield Signed(FOLDED, count(number, noun))


def _shortened(lines: Sequence[Signed]) -> Iterator[Signed]:
    """The lines with long runs of unchanged lines folded.

    A fold saves more than two lines.
    """
    changed = [index for index, line in enumerate(lines) if line.sign != " "]
    near = {0} | {number for index in changed for number in range(index - CONTEXT, index + CONTEXT + 1)}
    for hidden, run in groupby(enumerate(lines), key=lambda numbered: numbered[0] not in near):
        found = [line for _, line in run]
        if hidden and len(found) > 2:
            yield from _fold(len(found), "unchanged line")
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


def _compared(old: Flat, new: Flat, *, indent: str = "  ") -> Iterator[Signed]:
    """The merged lines of two flat forms, each with a sign."""
    in_condition = False
    for path in sorted({*old.parts, *new.parts}, key=_rank):
        if path[0] == "Condition" and not in_condition:
            in_condition = True
            yield Signed(_sign(old=old.has("Condition"), new=new.has("Condition")), f"{indent}Condition:")
        label, deeper = (path[1:], f"{indent}  ") if path[0] == "Condition" and path[1:] else (path, indent)
        yield from _part(old.parts.get(path), new.parts.get(path), f"{deeper}{' '.join(label)}", f"{deeper}  ")


def _rank(path: Path) -> tuple[bool, int, Path]:
    known = path[0] in ELEMENTS
    return (path[0] == "Condition", ELEMENTS.index(path[0]) if known else len(ELEMENTS), path)


def _part(old: Mapping[str, str] | None, new: Mapping[str, str] | None, label: str, indent: str) -> Iterator[Signed]:
    """A single member stands beside the label, several members stand below it."""
    if max(len(old or ()), len(new or ())) > 1:
        yield Signed(_sign(old=old is not None, new=new is not None), f"{label}:")
        members = {**(old or {}), **(new or {})}
        for key in sorted(members):
            yield Signed(_sign(old=key in (old or {}), new=key in (new or {})), f"{indent}{members[key]}")
    elif old is not None and new is not None and old.keys() == new.keys():
        yield Signed(" ", f"{label}: {_only(new.values())}")
    else:
        yield from (
            Signed(sign, f"{label}: {_only(side.values())}")
            for sign, side in (("-", old), ("+", new))
            if side is not None
        )


def _only(values: Iterable[str]) -> str:
    return next(iter(values), "[]")


def _sign(*, old: bool, new: bool) -> str:
    return " " if old and new else "+" if new else "-"
