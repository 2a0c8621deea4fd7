"""A journal as read: the account before the apply, and the outcome of each call."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from iamspec.desired.guards import Guards
from iamspec.errors import IamspecError
from iamspec.iam import Account, Call
from iamspec.kinds import KINDS, calls
from iamspec.kinds.contract import Address, Resource, dotted
from iamspec.live.details import POLICY_ARN, odd
from iamspec.saved.entities import restored
from iamspec.saved.labels import LabelShape, labels_of

FORMAT_VERSION = 1
M = TypeVar("M", bound=BaseModel)
BEGINNING = re.compile(r'\s*\{\s*"format_version"')  # of a saved plan


class InvalidJournal(IamspecError):  # noqa: N818 - a journal is invalid; "InvalidJournalError" says nothing more
    """A file that is no journal, or is damaged elsewhere than at its end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that was made, or perhaps made if not `certain`.

    `made` is the unique id of the new entity.
    """

    address: Address
    call: Call
    certain: bool
    made: str = ""
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Journal:
    """An apply of the past.

    `before` are the entities that it was to touch, `entries` its
    calls, in order.

    `sink` is the sink of its secrets, as written on the command
    line.
    """

    name: str
    account: Account
    fingerprint: str
    started: datetime
    before: Mapping[Address, Resource]
    entries: tuple[Entry, ...]
    guards: Guards = field(default=Guards())
    finished: bool = False
    sink: str = ""

    @property
    def touched(self) -> frozenset[Address]:
        """The entities that the run was to touch."""
        return frozenset({*self.before, *(one.address for one in self.entries)})

    @property
    def named(self) -> frozenset[Address]:
        """The entities that an undo may name: those that the run was to touch, and those that they referred to."""
        references = (KINDS[address.kind].references(one) for address, one in self.before.items())
        targets = {target for found in references for one in found if (target := one.within(self.account))}
        return self.touched | targets


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Line):
    id: str = Field(pattern="^[0-9]{12}$")
    partition: str
    alias: str | None


class _Start(_Line):
    record: Literal["start"]
    format_version: int
    account: _Account
    fingerprint: str
    started: AwareDatetime
    guards: Guards
    before: dict[str, dict[str, Any]]
    sink: str = ""
    endpoint: str | None = None
    labels: dict[str, LabelShape] = Field(default_factory=dict)  # journals of earlier versions lack them


class _Call(_Line):
    record: Literal["trying", "call"]
    address: str
    operation: str
    params: dict[str, Any]
    outcome: Literal["done", "failed", "not tried"] | None = None
    unclear: bool = False
    id: str = ""
    time: AwareDatetime | None = None


def read_journal(text: str, name: str) -> Journal:
    """The journal in the text of a file, up to its last whole line.

    `name` is for messages.
    """
    if BEGINNING.match(text):
        raise InvalidJournal(f"{name}: this is a saved plan: iamspec apply {name}")
    first, *rest = _lines(text, name)
    start = _shaped(_Start, first, f"{name}: line 1")
    if start.format_version != FORMAT_VERSION:
        raise InvalidJournal(f"{name}: format_version is {start.format_version}; this iamspec reads {FORMAT_VERSION}")
    account = Account(start.account.id, start.account.partition, start.account.alias, start.endpoint)
    lines = [
        _shaped(_Call, line, f"{name}: line {number}")
        for number, line in enumerate(rest, 2)
        if line.get("record") != "end"
    ]
    named = [(_address(one.address, name), Call(one.operation, one.params)) for one in lines]
    account = replace(account, labels={**calls.labels(named, account), **labels_of(start.labels)})
    return Journal(
        name=name,
        account=account,
        fingerprint=start.fingerprint,
        started=start.started,
        before=dict(_before(start, name)),
        entries=tuple(_entries(lines, account, name)),
        guards=start.guards,
        finished=bool(rest) and rest[-1].get("record") == "end",
        sink=start.sink,
    )


def _lines(text: str, name: str) -> list[dict[str, Any]]:
    """The whole lines as JSON.

    A torn last line is left out: the program was killed while
    writing it.
    """
    found = []
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InvalidJournal(f"{name}: line {number} is no JSON") from error
        if not isinstance(value, dict):
            raise InvalidJournal(f"{name}: line {number} is no JSON object")
        if wrong := odd(value):
            raise InvalidJournal(f"{name}: line {number}: {wrong}")
        found.append(value)
    if not found:
        raise InvalidJournal(f"{name}: no whole line: nothing was run, or this is no journal")
    return found


def _shaped(shape: type[M], line: Mapping[str, Any], where: str) -> M:
    try:
        return shape.model_validate(line)
    except ValidationError as error:
        wrong = (f"{dotted(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False))
        raise InvalidJournal(f"{where}: {'; '.join(sorted(wrong))}") from error


def _before(start: _Start, name: str) -> Iterator[tuple[Address, Resource]]:
    for text, data in start.before.items():
        address = _address(text, name)
        try:
            entity = restored(address.kind, data, start.account.partition)
        except ValueError as error:
            raise InvalidJournal(f"{name}: line 1: before.{text}: {error}") from error
        if wrong := [arn for arn in _held(data) if not POLICY_ARN.fullmatch(arn)]:
            raise InvalidJournal(f"{name}: line 1: before.{text}: {wrong[0]!r} is no ARN of a policy")
        yield address, entity


def _held(data: Mapping[str, Any]) -> list[str]:
    """The ARNs of the policies that an entity holds, which has been restored from these data."""
    boundary = data.get("permissions_boundary")
    attached = data.get("facts", {}).get("attached") or ()
    return [*data.get("policies", ()), *attached, *([boundary] if boundary else [])]


def _address(text: str, name: str) -> Address:
    kind, _, rest = text.partition("/")
    if kind not in KINDS or not rest:
        raise InvalidJournal(f"{name}: {text} is no address")
    return Address(kind, rest)


def _entries(lines: list[_Call], account: Account, name: str) -> Iterator[Entry]:
    """Calls that were carried out, and calls in doubt: unanswered, or in flight at the end."""
    answered = {_key(line) for line in lines if line.outcome is not None}
    for line in lines:
        call, address = Call(line.operation, line.params), _address(line.address, name)
        if problems := list(calls.problems(call, address, account)):
            raise InvalidJournal(f"{name}: {'; '.join(problems)}")
        if line.outcome == "done":
            yield Entry(address, call, certain=True, made=line.id, time=line.time)
        elif line.unclear or (line.outcome is None and _key(line) not in answered):
            yield Entry(address, call, certain=False, time=line.time)


def _key(line: _Call) -> str:
    return json.dumps([line.address, line.operation, line.params], sort_keys=True)
