"""The plan: what would change, down to each call, as one value, and what follows from that: its order, its fingerprint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from iamspec.diff import Difference
from iamspec.errors import Location
from iamspec.fingerprint import digest, fingerprints
from iamspec.grants import policy_address
from iamspec.iam import Account
from iamspec.kind import Address, Phase, Resource, Step
from iamspec.kinds import RANK
from iamspec.limits import sign_in_url
from iamspec.observe import Live
from iamspec.removal import Kept
from iamspec.schedule import arrange, in_wave
from iamspec.settings import Guards
from iamspec.suspension import strangers

if TYPE_CHECKING:
    from iamspec.impact import Impact


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


def order(step: Step) -> tuple[int, ...]:
    """Wave, phase, then kind."""
    return (step.wave, *in_wave(step))


def ordered(plan: Plan, live: Live) -> Plan:
    """A plan with all that follows from its changes and the account: order, alarms, notes, fingerprints, connections."""
    renamed = {Address(one.address.kind, one.before.name): one.address for one in plan.changes if one.before}
    changes, windows = _scheduled(sorted(plan.changes, key=lambda one: (RANK[one.address.kind], one.address)), live)
    calls = [step.call for change in changes for step in change.steps]
    return replace(
        plan,
        changes=tuple(changes),
        alarms=tuple(alarms(live)),
        notes=(*plan.notes, *_notes(changes, live.account.partition), *windows),
        fingerprints=fingerprints(touched(changes), live, calls),
        connections=_connections(changes, live, renamed),
        undecided=frozenset(one.address for one in changes if not getattr(one.after, "boundary_written", True)),
        live=live,
    )


def _scheduled(changes: Sequence[Change], live: Live) -> tuple[list[Change], tuple[str, ...]]:
    """The changes with the waves of their steps, and what the order of these could not keep."""
    found = arrange([step for change in changes for step in change.steps], live)
    steps = iter(found.steps)
    return [replace(change, steps=tuple(islice(steps, len(change.steps)))) for change in changes], found.notes


# What is told besides


def alarms(live: Live) -> Iterator[str]:
    for address in sorted(live.resources):
        facts: Any = getattr(live.resources[address], "facts", None)
        for arn in sorted(getattr(facts, "quarantine", ())):
            yield f"{address}: AWS has attached {arn.rpartition('/')[2]}: an access key of this user has leaked"
        for name in strangers(getattr(facts, "inline", {})):
            yield (
                f"{address}: its inline policy {name} has a name of iamspec's own, and iamspec has not written it: "
                "it is in no comparison, so look at what it allows"
            )


def _notes(changes: Iterable[Change], partition: str) -> Iterator[str]:
    for change in changes:
        if change.address.kind == "account" and change.before and (old := getattr(change.before, "alias", None)):
            yield f"{sign_in_url(partition, old)} stops working as soon as the alias changes"
        early = [step for step in change.steps if step.phase is Phase.MAKE_ROOM]
        if early:
            yield f"{change.address}: a quota leaves no room, so {len(early)} of its grants are taken away before the new ones"


# What belongs together


def _connections(
    changes: Sequence[Change], live: Live, renamed: Mapping[Address, Address]
) -> dict[Address, frozenset[Address]]:
    """The neighbours by membership, attachment or boundary that are granted something, of each entity that loses."""
    granted = {step.address for change in changes for step in change.steps if Phase.CREATE <= step.phase <= Phase.GRANT}
    losing = {step.address for change in changes for step in change.steps if step.phase >= Phase.REVOKE}
    if not losing:
        return {}
    neighbours: dict[Address, set[Address]] = {}
    for one, other in (*_links(live), *_new_links(changes)):
        now, then = (renamed.get(address, address) for address in (one, other))
        neighbours.setdefault(now, set()).add(then)
        neighbours.setdefault(then, set()).add(now)
    found = {address: frozenset(neighbours.get(address, set()) & granted) for address in sorted(losing)}
    return {address: others for address, others in found.items() if others}


def _links(live: Live) -> Iterator[tuple[Address, Address]]:
    for group, users in live.members().items():
        yield from ((group, user) for user in users)
    for arn, holders in live.holders().items():
        if policy := policy_address(arn, live.account):
            yield from ((policy, holder) for holder in holders)


def _new_links(changes: Iterable[Change]) -> Iterator[tuple[Address, Address]]:
    for change in changes:
        for step in change.steps:
            yield from ((step.address, other) for other in step.others)


def touched(changes: Iterable[Change]) -> set[Address]:
    """What changes are about and what their calls name, by the old names, too."""
    found = {address for change in changes for step in change.steps for address in (step.address, *step.others)}
    for change in changes:
        found.add(change.address)
        if change.before is not None:
            found.add(Address(change.address.kind, change.before.name))
    return found
