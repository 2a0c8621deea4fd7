"""The document of an account as items that can be equal in many accounts.

Items are equal if their texts are equal. `${iamspec:account_id}`
stands in a text for the id of the account.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from iamspec.errors import Location
from iamspec.iam import Call
from iamspec.kinds.contract import Address, Step
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Uncompared
from iamspec.plan.model import Action, Change
from iamspec.render.changes import change_lines
from iamspec.render.lines import Line, Span
from iamspec.render.uncompared import exposure
from iamspec.render.undeclared import brief, power
from iamspec.review.direction import turned
from iamspec.review.undeclared import Undeclared
from iamspec.saved.plan_file import PHASES

ACCOUNT_ID = "${iamspec:account_id}"
DIGESTS = frozenset({"change", "state"})  # of `guards.allow` and `drift.accept`; the file of an account has them


class Order(IntEnum):
    """The order of a report: dangers, complaints, unknown entities, then ordinary changes."""

    ALARM = 0
    REFUSED = 1
    FAILED = 2
    UNKNOWN = 3
    UNDECLARED = 4
    EXPOSED = 5
    EXCESS = 6
    CHANGE = 7


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a report: order, subject, data as JSON text, and the number of calls."""

    order: Order
    about: str
    said: str
    calls: int = 0
    source: str = ""
    rank: int = 0  # within its order; smaller is more dangerous

    @property
    def key(self) -> tuple[Order, str, str]:
        return self.order, self.about, self.said


@dataclass(frozen=True, slots=True)
class Verdict:
    """The numbers that an account adds to the totals."""

    changes: int = 0
    calls: int = 0
    refused: bool = False
    drifted: bool = False
    failing: frozenset[str] = frozenset()  # severities of failing checks
    unknown: frozenset[str] = frozenset()  # severities of checks without an answer


def read(command: str, account: str, document: Mapping[str, Any]) -> tuple[list[Item], Verdict]:
    """The items of an account, and what it adds to the totals."""
    return _status(account, document) if command == "status" else _plan(command, account, document)


def _item(order: Order, about: str, data: Any, account: str, **more: Any) -> Item:
    """An item without the digests that settings take: they are other ones in each account."""
    data = {key: one for key, one in data.items() if key not in DIGESTS} if isinstance(data, Mapping) else data
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return Item(order, about, text.replace(account, ACCOUNT_ID), **more)


def _plan(command: str, account: str, document: Mapping[str, Any]) -> tuple[list[Item], Verdict]:
    steps: dict[str, list[Any]] = {}
    for step in document["steps"]:
        steps.setdefault(step["address"], []).append({name: step[name] for name in ("operation", "phase", "params")})
    changes, undeclared = document["changes"], document["undeclared"]
    standing = [one for one in document["complaints"] if not one["allowed"]]
    items = [_item(Order.ALARM, "", one, account) for one in document["alarms"]]
    items += [_item(Order.REFUSED, one["address"] or "", one, account) for one in standing]
    facts = {one["address"]: one for one in document["undeclared_details"]}
    items += [_undeclared(one, facts.get(one), account) for one in undeclared]
    exposed = [one for one in document["out_of_scope"] if _is_exposed(one)] if command == "drift" else []
    items += [_item(Order.EXPOSED, one["address"], one, account, rank=0) for one in exposed]
    items += [_item(Order.EXCESS, one["address"], one, account) for one in document["excess"]]
    for one in changes:
        data = {**one, "source": None, "steps": steps.get(one["address"], [])}
        source = f"{one['source']['file']}:{one['source']['line']}" if one["source"] else ""
        more = {"calls": len(data["steps"]), "source": source}
        items.append(_item(Order.CHANGE, one["address"], data, account, **more))
    refused = bool(standing) or any(one["blocked"] for one in changes)
    drifted = bool(changes or undeclared or document["excess"] or document["alarms"] or exposed)
    return items, Verdict(len(changes), len(document["steps"]), refused, drifted)


def _undeclared(address: str, facts: Any, account: str) -> Item:
    """When it was made and used differs from account to account, and is left to the report of the account."""
    data = {"address": address} if facts is None else {**facts, "created": None, "last_used": None}
    danger = _entity(data).danger if facts is not None else 9
    return _item(Order.UNDECLARED, address, data, account, rank=danger)


def _status(account: str, document: Mapping[str, Any]) -> tuple[list[Item], Verdict]:
    failing = [one for one in document["checks"] if one["verdict"] == "fail" and one["accepted"] is None]
    unknown = [one for one in document["checks"] if one["verdict"] == "cannot tell"]
    items = []
    for order, found in ((Order.FAILED, failing), (Order.UNKNOWN, unknown)):
        for one in found:
            data = {name: one[name] for name in ("key", "title", "severity")}
            rank = SEVERITIES.index(one["severity"]) if one["severity"] in SEVERITIES else len(SEVERITIES)
            items.append(_item(order, one["key"], data, account, rank=rank))
    levels = [frozenset(str(one["severity"]) for one in found) for found in (failing, unknown)]
    return items, Verdict(failing=levels[0], unknown=levels[1])


SEVERITIES = ("critical", "high", "medium", "low")


def lines(item: Item, mode: str, account: str | None) -> list[Line]:
    """An item as lines.

    `account` is the id to show where the item is of one account
    only.
    """
    data = json.loads(item.said if account is None else item.said.replace(ACCOUNT_ID, account))
    return list(SHOWN[item.order](data, item, mode))


def _alarm(data: Any, _: Item, __: str) -> Iterator[Line]:
    yield [Span("ALARM ", "bold white on red"), Span(f" {data}", "bold red")]


def _complaint(data: Any, _: Item, __: str) -> Iterator[Line]:
    about = f"{data['address']}: " if data["address"] else ""
    yield [Span("refused  ", "bold red"), Span(data["guard"], "bold"), Span(f"  {about}{data['message']}")]


def _unknown_entity(data: Any, _: Item, __: str) -> Iterator[Line]:
    if "administrator" not in data:
        yield [Span("undeclared  "), Span(data["address"], "bold")]
        return
    one = _entity(data)
    style = "bold red" if one.administrator or one.escalates else "yellow"
    facts = brief(one).removeprefix(power(one)).replace("; created not known when", "").lstrip("; ")
    yield [
        Span("undeclared  "),
        Span(data["address"], "bold"),
        Span(f"  {power(one)}", style),
        Span(f"; {facts}" if facts else ""),
    ]


def _entity(data: Any) -> Undeclared:
    kind, _, name = data["address"].partition("/")
    created = datetime.fromisoformat(data["created"]) if data["created"] else None
    used = datetime.fromisoformat(data["last_used"]) if data["last_used"] else None
    return Undeclared(
        Address(kind, name),
        data["administrator"],
        data["escalates"],
        data["console"],
        data["active_keys"],
        created,
        used,
        tuple(data["groups"]),
        data["kept"],
    )


def _is_exposed(data: Any) -> bool:
    risky = data["administrator"] or data["escalates"] or data["outside"]
    return bool(risky) and not data["accepted"]


def _exposed(data: Any, _: Item, __: str) -> Iterator[Line]:
    kind, _slash, name = data["address"].partition("/")
    one = Uncompared(Address(kind, name), data["administrator"], data["escalates"], tuple(data["outside"]))
    yield [Span("out of scope  "), Span(data["address"], "bold"), Span(f"  {exposure(one)}", "bold red")]


def _excess(data: Any, _: Item, __: str) -> Iterator[Line]:
    yield [Span("beyond the spec  "), Span(data["address"], "bold"), Span(f"  {data['credential']}")]


def _change(data: Any, item: Item, mode: str) -> Iterator[Line]:
    kind, _, name = data["address"].partition("/")
    address = Address(kind, name)
    file, _, line = item.source.rpartition(":")
    change = Change(
        address,
        Action(data["action"]),
        tuple(_difference(one) for one in data["differences"]),
        tuple(Step(address, PHASES[one["phase"]], Call(one["operation"], one["params"])) for one in data["steps"]),
        Location(file, int(line)) if file else None,
        data["blocked"],
        data["reason"],
    )
    yield from change_lines(turned(change) if mode == "drift" else change, mode, "aws", {})


def _difference(data: Any) -> Difference:
    via = {item: Address(*source.split("/", 1)) for item, source in data["via"].items()}
    return Difference(data["field"], data["before"], data["after"], data["cosmetic"], via)


def _check(data: Any, item: Item, _: str) -> Iterator[Line]:
    word, style = ("FAIL", "bold red") if item.order is Order.FAILED else ("?   ", "yellow")
    severity = data["severity"] or ""
    yield [Span(f"{severity:<9}"), Span(f"{word}  ", style), Span(data["key"], "bold"), Span(f"  {data['title']}")]


SHOWN: Mapping[Order, Callable[[Any, Item, str], Iterator[Line]]] = {
    Order.ALARM: _alarm,
    Order.REFUSED: _complaint,
    Order.FAILED: _check,
    Order.UNKNOWN: _check,
    Order.UNDECLARED: _unknown_entity,
    Order.EXPOSED: _exposed,
    Order.EXCESS: _excess,
    Order.CHANGE: _change,
}
