"""The plan: every change to an account, down to each API call, as one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from iamspec.desired.settings import Guards
from iamspec.errors import Location
from iamspec.iam import Account
from iamspec.kinds.contract import Address, Resource, Step
from iamspec.live.observe import Live
from iamspec.plan.diff import Difference
from iamspec.plan.fingerprint import digest
from iamspec.plan.steps import order

if TYPE_CHECKING:
    from iamspec.review.impact import Impact


PRUNED = "not declared, and prune is on"


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one entity, and by which calls; none if it is `blocked`, which says why and the way out.

    `deliver_to` is the recipient of age for whom the secrets that the calls make are encrypted, if not whoever applies.
    """

    address: Address
    action: Action
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...] = ()
    source: Location | None = None
    blocked: str | None = None
    reason: str = ""
    before: Resource | None = None
    after: Resource | None = None
    deliver_to: str | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a guard says against a plan; an `allowed` one stays visible."""

    guard: str
    address: Address | None
    message: str
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that the spec would have gone, but that stays, and why."""

    address: Address
    reason: str
    held: bool = False  # by somebody else


@dataclass(frozen=True, slots=True)
class Window:
    """A moment between two calls at which a user or role has more or less than before and after the plan.

    `what` names actions. `reason` names the calls that are done and the calls that are still to come.
    """

    address: Address
    direction: str  # "more" or "less"
    what: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that would be done to an account, and all that was seen and is left alone.

    `connections` name for an entity that loses something or goes the ones whose grants its revokes wait for; `held` are
    tombstones of what others hold; on the boundary of `undecided` users the spec has no line; `live` is the account as
    it was read for the plan.
    """

    account: Account
    spec_digest: str
    changes: tuple[Change, ...] = ()
    undeclared: tuple[Address, ...] = ()
    strays: tuple[tuple[Address, Address], ...] = ()  # undeclared users in declared open groups
    kept: tuple[Kept, ...] = ()
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    complaints: tuple[Complaint, ...] = ()
    connections: Mapping[Address, frozenset[Address]] = field(default_factory=dict)
    skipped: tuple[Address, ...] = ()
    impact: "Impact | None" = None
    guards: Guards = field(default=Guards())
    held: tuple[Kept, ...] = ()
    undecided: frozenset[Address] = frozenset()
    windows: tuple[Window, ...] = ()  # found by simulating the calls
    live: Live | None = field(default=None, compare=False, repr=False)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every call in the order of execution; calls with the same `order` may run side by side."""
        return tuple(
            sorted(
                (step for change in self.changes for step in change.steps), key=lambda one: (order(one), one.address)
            )
        )

    @property
    def fingerprint(self) -> str:
        """What review and run are bound by; no time, no file names.

        Account, steps, spec, the touched live entities, and for whom secrets are encrypted. Of the spec what the guards
        judge by stands beside its digest, which nobody can check who has a plan alone.
        """
        steps = [[str(one.address), one.phase.label, one.call.operation, one.call.params] for one in self.steps]
        blocked = [str(one.address) for one in self.changes if one.blocked]
        whom = [[str(one.address), one.deliver_to] for one in self.changes if one.deliver_to is not None]
        spec = [self.spec_digest, self.guards.model_dump(mode="json"), sorted(map(str, self.undecided))]
        parts = [self.account.id, self.account.partition, spec, steps, blocked, dict(self.fingerprints)]
        return digest([*parts, whom] if whom else parts)

    @property
    def summary(self) -> dict[str, int]:
        counts = {action.value: 0 for action in Action} | {"blocked": 0}
        for change in self.changes:
            counts["blocked" if change.blocked else change.action] += 1
        return counts

    @property
    def refused(self) -> bool:
        """Whether apply would not run it as it is."""
        return any(change.blocked for change in self.changes) or any(not one.allowed for one in self.complaints)


def touched(changes: Iterable[Change]) -> set[Address]:
    """What changes are about and what their calls name, by the old names, too."""
    found = {address for change in changes for step in change.steps for address in (step.address, *step.others)}
    for change in changes:
        found.add(change.address)
        if change.before is not None:
            found.add(Address(change.address.kind, change.before.name))
    return found
