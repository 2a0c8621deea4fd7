"""The words of a security status: checks, verdicts, and failing entities."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from iamspec.errors import Location
from iamspec.iam import Account
from iamspec.kinds.contract import Address
from iamspec.status.evidence import Evidence, Missing


class Verdict(StrEnum):
    """The answer of a check.

    A fact that could not be read is CANNOT_TELL, never PASS.
    """

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    CANNOT_TELL = "cannot tell"
    MANUAL = "manual"


class Severity(IntEnum):
    """How bad a failure is, as AWS Security Hub rates the control."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Subject:
    """An entity that fails a check, with a note, and the start of the failure if it is known."""

    address: Address
    note: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict, the sentence that states it, and the entities that fail."""

    verdict: Verdict
    text: str
    who: tuple[Subject, ...] = ()


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """A source of facts: the name for people, the reads, and the place in the evidence."""

    name: str
    reads: frozenset[str]
    of: Callable[[Evidence], T | Missing]


Judge = Callable[[T, Evidence], Ruling]


class Form(StrEnum):
    """The parts of a cure."""

    SETTINGS = "settings"  # YAML of the settings
    USER = "user"  # YAML of a user
    GROUP = "group"  # YAML of a group
    COMMAND = "command"
    STEPS = "steps"  # for a person


@dataclass(frozen=True, slots=True)
class Cure:
    """How to mend a failure.

    NAME in a command stands for the name of an entity. `others`
    has cures for kinds of entities that this cure does not fit.
    """

    text: str
    form: Form
    others: Mapping[str, "Cure"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """A check: texts, ids by framework, and the pure function that judges the source.

    `variants` replace `judge` where a framework asks a looser or
    stricter question. `names` says that a failure names entities.
    """

    key: str
    title: str
    severity: Severity | None
    frameworks: Mapping[str, str]
    source: Source[T]
    judge: Judge[T]
    why: str
    cure: Cure
    about: str
    names: bool = False
    variants: Mapping[str, Judge[T]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An acceptance in the settings that counts: the reason, the last day, and the accepted entities."""

    reason: str
    until: date
    who: tuple[Address, ...] = ()


@dataclass(frozen=True)
class Finding:
    """A check with its ruling.

    `places` has the lines of the spec that declare failing
    entities.
    """

    check: Check[object]
    ruling: Ruling
    accepted: Accepted | None = None
    places: Mapping[Address, Location] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return self.ruling.verdict

    @cached_property
    def open(self) -> tuple[Subject, ...]:
        """The failing entities that nobody has accepted."""
        accepted = set(self.accepted.who) if self.accepted else set()
        return tuple(one for one in self.ruling.who if one.address not in accepted)

    @property
    def fails(self) -> bool:
        """Whether the check fails and the settings do not accept all of the failure."""
        if self.verdict is not Verdict.FAIL:
            return False
        return bool(self.open) if self.check.names else self.accepted is None


@dataclass(frozen=True, slots=True)
class Status:
    """The security status of an account: every chosen check in the order of its severity, and notes."""

    account: Account
    now: datetime
    framework: str
    findings: tuple[Finding, ...]
    report_made: datetime | None = None
    notes: tuple[str, ...] = ()
    source: Location | None = None  # the settings with the accepted findings

    def with_verdict(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.verdict is verdict)
