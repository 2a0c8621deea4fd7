"""The review of a plan, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from iamspec.access.account import AccountAccess
from iamspec.errors import Location
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Step
from iamspec.live.observe import Live
from iamspec.live.trail import Event
from iamspec.plan.model import Change, Plan
from iamspec.review.impact import Impact
from iamspec.review.loosened import Loosened
from iamspec.review.undeclared import Undeclared


@dataclass(frozen=True, slots=True)
class Lift:
    """The entry of `guards.allow` that lifts a complaint: number, reason, last day, and place in the settings."""

    number: int
    reason: str
    until: date
    source: Location | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A guard's objection to a plan.

    An `allowed` complaint was lifted and stays visible. `change`
    is the digest of the change that the complaint is about, and
    `lift` the entry of the settings that lifts the complaint.
    Where a complaint `holds_back`, the plan lacks the changes of
    the address, and all other changes may run.
    """

    guard: str
    address: Address | None
    message: str
    allowed: bool = False
    holds_back: bool = False
    change: str = field(default="", compare=False)
    lift: Lift | None = None


@dataclass(frozen=True, slots=True)
class Blamed:
    """A drifted entity and the calls that fit its state, the newest first.

    No calls stand for "not known". `more` says that older events
    were not read.
    """

    address: Address
    events: tuple[Event, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Base:
    """The comparison with the spec of a git revision.

    `accepted` are the facts about live entities that only the new
    spec declares.
    """

    ref: str
    commit: str
    loosened: tuple[Loosened, ...] = ()
    accepted: tuple[Undeclared, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """A plan, the account before and after it, its effect on access, and the complaints against it.

    `states` has the digest of each live entity that differs from
    the spec, where drift is asked for. `before` is the account as
    it was read, `after` the account as the calls leave it.
    `undeclared` has the facts about undeclared entities, the most
    dangerous first. `remarks` are notes of the guards. With
    `--defer-credentials`, the review is about the calls that make
    no secrets. `plan` still has all calls.
    """

    plan: Plan
    before: AccountAccess
    after: AccountAccess
    impact: Impact = field(default=Impact())
    complaints: tuple[Complaint, ...] = ()
    undeclared: tuple[Undeclared, ...] = ()
    remarks: tuple[str, ...] = ()
    states: Mapping[Address, str] = field(default_factory=dict)
    blame: tuple[Blamed, ...] = ()
    base: Base | None = None
    live_impact: Impact | None = field(default=None, compare=False)  # of the change from the spec to live, in drift
    settings: Location | None = field(default=None, compare=False)  # of the spec that the plan comes from

    @property
    def live(self) -> Live:
        """The account as it was read for the plan."""
        return self.before.live

    @property
    def account(self) -> Account:
        return self.plan.account

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.plan.changes

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every call of the plan in the order of execution."""
        return self.plan.steps

    @property
    def fingerprint(self) -> str:
        return self.plan.fingerprint

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the plan, then the remarks of the guards."""
        return (*self.plan.notes, *self.remarks)

    @property
    def refused(self) -> bool:
        """Whether apply would refuse the plan: a change is blocked, or a complaint is not lifted."""
        objections = (one for one in self.complaints if not one.allowed and not one.holds_back)
        return any(change.blocked for change in self.changes) or any(objections)

    @property
    def held_back(self) -> tuple[Address, ...]:
        """The entities whose changes the plan lacks because of a complaint.

        The exit code is 1 then, and the rest runs.
        """
        held = {one.address for one in self.complaints if one.holds_back and not one.allowed and one.address}
        return tuple(sorted(held))
