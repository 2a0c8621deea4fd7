"""The file of a saved plan: shape, checksum and calls.

iamspec must be able to plan each call.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iamspec.desired.guards import Guards
from iamspec.errors import IamspecError, Location
from iamspec.iam import Account, Call
from iamspec.kinds import KINDS, calls
from iamspec.kinds.contract import Address, Phase, Step, dotted, moment
from iamspec.live.details import odd
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Ended, Excess, Kept, Uncompared
from iamspec.plan.fingerprint import digest
from iamspec.plan.model import Action, Change, Plan
from iamspec.policy.expiry import end
from iamspec.saved.labels import LabelShape, labels_of, problems as faults_of_labels

FORMAT_VERSION = 1
ADDRESS = re.compile(rf"({'|'.join(KINDS)})/.+", re.DOTALL)
PHASES = {phase.label: phase for phase in Phase}
MOST_TOLD = 20  # problems of one file


class InvalidPlan(IamspecError):  # noqa: N818 - a plan is invalid; "InvalidPlanError" says nothing more
    """A file that is no plan, or not as it was written.

    Nothing was compared, and nothing run.
    """


# The file


class _Strict(BaseModel):
    """The base of shapes that decide about calls: unknown keys are errors, values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Open(BaseModel):
    """Parts of the file for readers.

    They are worked out anew, and ignored here.
    """

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class _Account(_Strict):
    id: str = Field(pattern="^[0-9]{12}$")
    partition: str
    alias: str | None


class _Source(_Strict):
    file: str
    line: int


class _Difference(_Open):
    field: str
    via: dict[str, str] = Field(default_factory=dict)


class _Change(_Open):
    address: str
    action: Literal["create", "update", "delete"]
    source: _Source | None
    reason: str
    differences: list[_Difference]
    blocked: str | None
    boundary_written: bool
    deliver_to: str | None


class _Step(_Strict):
    address: str
    phase: str
    operation: str
    params: dict[str, Any]
    others: list[str]
    wave: int = Field(ge=0)
    after: list[str]


class _Kept(_Strict):
    address: str
    reason: str


class _Ended(_Strict):
    address: str
    field: str
    item: str
    at: str


class _Excess(_Open):
    address: str
    credential: str


class _OutOfScope(_Open):
    address: str
    administrator: bool | None
    escalates: bool | None
    outside: list[str]
    trusted_by_other_accounts: bool
    accepted: bool

    def read(self) -> Uncompared:
        return Uncompared(
            address(self.address),
            self.administrator,
            self.escalates,
            tuple(self.outside),
            self.trusted_by_other_accounts,
            self.accepted,
        )


class _Stray(_Strict):
    user: str
    group: str


class File(_Open):
    format_version: int
    account: _Account
    labels: dict[str, LabelShape] = Field(default_factory=dict)
    spec_digest: str
    fingerprint: str
    checksum: str
    fingerprints: dict[str, str]
    changes: list[_Change]
    steps: list[_Step]
    connections: dict[str, list[str]]
    undeclared: list[str]
    strays: list[_Stray]
    kept: list[_Kept]
    held: list[_Kept]
    ended: list[_Ended]
    excess: list[_Excess]
    out_of_scope: list[_OutOfScope]
    guards: dict[str, Any]
    skipped: list[str]
    notes: list[str]


def read(text: str, name: str) -> File:
    """The file, as it was written.

    `name` is for messages. InvalidPlan lists all faults of its
    shape.
    """
    raw = _parsed(text, name)
    try:
        file = File.model_validate(raw)
        Guards.model_validate(file.guards)
    except ValidationError as error:
        wrong = (f"{dotted(one['loc'])}: {one['msg']}" for one in error.errors(include_url=False))
        raise _invalid(name, wrong) from error
    if digest({key: value for key, value in raw.items() if key != "checksum"}) != file.checksum:
        raise _invalid(name, ["the checksum does not fit the content: the file was changed after it was written"])
    unknown = [
        f"{one} is no address of what iamspec plans for" for one in _addresses(file) if not ADDRESS.fullmatch(one)
    ]
    unknown += [f"{one.phase} is no phase" for one in file.steps if one.phase not in PHASES]
    unknown += [f"{one.at} is no time" for one in file.ended if moment(one.at) is None]
    if unknown:
        raise _invalid(name, unknown)
    return file


def plan(file: File, name: str) -> Plan:
    """The plan in the file, without the changed entities.

    InvalidPlan if iamspec cannot have written it.
    """
    told = _plan(file)
    if found := list(_problems(told, file)):
        raise _invalid(name, found)
    return told


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        raw = json.loads(text, parse_constant=_no_number)
        digest(raw)  # what cannot be hashed cannot have been written by iamspec
        wrong = odd(raw)
    except json.JSONDecodeError as error:
        raise _invalid(name, [f"not JSON: line {error.lineno}: {error.msg}"]) from error
    except (ValueError, RecursionError) as error:
        raise _invalid(name, ["not JSON that iamspec writes"]) from error
    if wrong:
        raise _invalid(name, [wrong])
    if not isinstance(raw, dict) or "format_version" not in raw:
        raise _invalid(name, ["this was not written by `iamspec plan --out`"])
    if raw["format_version"] != FORMAT_VERSION:
        raise _invalid(name, [f"format_version is {raw['format_version']!r}; this iamspec reads {FORMAT_VERSION}"])
    return raw


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _invalid(name: str, problems: Iterable[str]) -> InvalidPlan:
    found = sorted(dict.fromkeys(problems))
    more = [f"{name}: and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else []
    return InvalidPlan("\n".join([*(f"{name}: {one}" for one in found[:MOST_TOLD]), *more]))


def _plan(file: File) -> Plan:
    steps = [_step(one) for one in file.steps]
    account = Account(file.account.id, file.account.partition, file.account.alias)
    named = calls.labels(((one.address, one.call) for one in steps), account)
    return Plan(
        account=replace(account, labels={**named, **labels_of(file.labels)}),
        spec_digest=file.spec_digest,
        changes=tuple(_change(one, steps) for one in file.changes),
        undeclared=tuple(map(address, file.undeclared)),
        strays=tuple((address(one.user), address(one.group)) for one in file.strays),
        kept=tuple(Kept(address(one.address), one.reason) for one in file.kept),
        uncompared=tuple(one.read() for one in file.out_of_scope),
        excess=tuple(Excess(address(one.address), one.credential) for one in file.excess),
        notes=tuple(file.notes),
        fingerprints=file.fingerprints,
        connections={address(one): frozenset(map(address, others)) for one, others in file.connections.items()},
        skipped=tuple(map(address, file.skipped)),
        guards=Guards.model_validate(file.guards),
        held=tuple(Kept(address(one.address), one.reason, held=True) for one in file.held),
        ended=tuple(_ended(one) for one in file.ended),
        undecided=frozenset(address(one.address) for one in file.changes if not one.boundary_written),
    )


def _addresses(file: File) -> Iterator[str]:
    yield from file.fingerprints
    yield from (*file.undeclared, *file.skipped, *(one.address for one in file.changes))
    yield from (one.address for one in (*file.kept, *file.held))
    yield from (one.address for one in file.ended)
    yield from (one.address for one in file.excess)
    for step in file.steps:
        yield from (step.address, *step.others, *step.after)
    for one, others in file.connections.items():
        yield from (one, *others)
    for stray in file.strays:
        yield from (stray.user, stray.group)


def _ended(one: _Ended) -> Ended:
    return Ended(address(one.address), one.field, one.item, end(one.at))


def address(text: str) -> Address:
    kind, _, name = text.partition("/")
    return Address(kind, name)


def _step(one: _Step) -> Step:
    others, after = tuple(map(address, one.others)), tuple(map(address, one.after))
    return Step(address(one.address), PHASES[one.phase], Call(one.operation, one.params), others, one.wave, after)


def _change(one: _Change, steps: Sequence[Step]) -> Change:
    about = address(one.address)
    return Change(
        address=about,
        action=Action(one.action),
        differences=tuple(_sources(one) for one in one.differences),
        steps=tuple(step for step in steps if step.address == about),
        source=Location(one.source.file, one.source.line) if one.source else None,
        blocked=one.blocked,
        reason=one.reason,
        deliver_to=one.deliver_to,
    )


def _sources(one: _Difference) -> Difference:
    """The sources of copied items alone.

    The rest is worked out from the calls.
    """
    return Difference(one.field, None, None, via={item: address(source) for item, source in one.via.items()})


def _problems(plan: Plan, file: File) -> Iterator[str]:
    """Faults of a whole file that iamspec cannot have written."""
    yield from faults_of_labels(file.labels, plan.account)
    told = [_step(one) for one in file.steps]
    known = set(map(address, plan.fingerprints))
    for number, step in enumerate(told):
        found = list(calls.problems(step.call, step.address, plan.account))
        yield from (f"steps[{number}]: {one}" for one in found)
        named = set() if found else {step.address, *step.others, *calls.entities(step.call, plan.account)}
        yield from (f"steps[{number}]: there is no fingerprint of {one}" for one in sorted(named - known))
    if list(plan.steps) != told:
        yield "its steps are not in the order of execution, or belong to no change"
    if len({change.address for change in plan.changes}) != len(plan.changes):
        yield "two of its changes are about the same address"
    if plan.fingerprint != file.fingerprint:
        yield "the fingerprint does not fit the content"
    yield from (
        f"{change.address} is blocked, but has calls" for change in plan.changes if change.blocked and change.steps
    )
