"""The plan: what would change, down to each call, as one value. Pure: everything has been read before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from iamspec.diff import Difference, differences
from iamspec.errors import Location
from iamspec.expiry import SOON, timestamp
from iamspec.fingerprint import digest, fingerprints
from iamspec.grants import policy_address
from iamspec.iam import Account
from iamspec.kind import Address, Phase, Resource, Step
from iamspec.kinds import KINDS, RANK
from iamspec.limits import sign_in_url
from iamspec.match import Match, Matches
from iamspec.observe import Live
from iamspec.removal import Kept, Removals
from iamspec.schedule import arrange, in_wave
from iamspec.settings import Guards
from iamspec.state import Desired

if TYPE_CHECKING:
    from iamspec.impact import Impact


ENDING = {  # what ends, by the field that it stands in
    "groups": "its membership of",
    "members": "the membership of",
    "policies": "the attachment of",
    "inline_policies": "its inline policy",
}
PRUNED = "not declared, and prune is on"


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one entity, and by which calls; none if it is `blocked`, which says why and the way out."""

    address: Address
    action: Action
    differences: tuple[Difference, ...]
    steps: tuple[Step, ...] = ()
    source: Location | None = None
    blocked: str | None = None
    reason: str = ""
    before: Resource | None = None
    after: Resource | None = None


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
        """What review and run are bound by: account, steps, spec and the touched live entities; no time, no file names.

        Of the spec what the guards judge by stands beside its digest, which nobody can check who has a plan alone.
        """
        steps = [[str(one.address), one.phase.label, one.call.operation, one.call.params] for one in self.steps]
        blocked = [str(one.address) for one in self.changes if one.blocked]
        spec = [self.spec_digest, self.guards.model_dump(mode="json"), sorted(map(str, self.undecided))]
        return digest([self.account.id, self.account.partition, spec, steps, blocked, dict(self.fingerprints)])

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


def make(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Plan:
    """What would change in an account that has been read as far as that needs; `ordered` makes a whole plan of it."""
    changes = (*_declared(desired, live, matches, removals), *_removed(desired, live, matches, removals))
    tombstones = desired.spec.absent
    return Plan(
        account=live.account,
        spec_digest=desired.spec.digest,
        changes=changes,
        undeclared=removals.undeclared,
        strays=tuple(_strays(desired, live, matches, removals)),
        kept=(*removals.kept, *_foreign_members(matches)),
        notes=(*matches.notes, *_told(live, matches, removals), *_ends(desired, live.now)),
        guards=desired.spec.settings.guards,
        held=tuple(one for one in removals.kept if one.held and one.address in tombstones),
    )


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


# Changes


def _declared(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[Change]:
    for match in matches.pairs:
        kind = KINDS[match.address.kind]
        source = desired.spec.entities[match.address].locate(kind.place)
        if match.live is None:
            after = kind.settle(match.desired, None, live.now)
            steps = (*kind.create(after), *kind.update(kind.bare(after), after, desired.world))
            yield Change(
                match.address, Action.CREATE, differences(kind, None, after, live.account), steps, source, after=after
            )
            continue
        before = _seen(match, matches, removals)
        after = kind.settle(match.desired, before, live.now)
        if before == after:
            continue
        blocked = kind.blocked(before, after)
        yield Change(
            address=match.address,
            action=Action.UPDATE,
            differences=differences(kind, before, after, live.account),
            steps=() if blocked else tuple(kind.update(before, after, desired.world)),
            source=source,
            blocked=blocked,
            before=before,
            after=after,
        )


def _seen(match: Match, matches: Matches, removals: Removals) -> Any:
    """The live entity as the spec looks at it: groups by their new names, and of members only those it may remove."""
    if match.address.kind == "group":
        return replace(match.live, members=frozenset(_removable(match, matches, removals)))
    return _regrouped(match.live, matches)


def _regrouped(entity: Any, matches: Matches) -> Any:
    """A user with its groups by the names that they will have when its calls are made."""
    if not hasattr(entity, "groups"):
        return entity
    groups = frozenset(map(matches.group_name, entity.groups))
    return entity if groups == entity.groups else replace(entity, groups=groups)


def _removable(match: Match, matches: Matches, removals: Removals) -> Iterator[str]:
    """In a closed group, who is neither declared (their own `groups` tell), nor about to go, nor out of scope."""
    if match.address not in matches.closed:
        return
    listed = {name.casefold(): name for name in match.desired.members}
    for user in matches.members_of(match):
        if user in matches.claimed or user in removals.deleted:
            continue
        if user.folded in listed or user not in matches.foreign:
            yield listed.get(user.folded, user.name)


def _removed(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[Change]:
    settings = desired.spec
    for address in sorted(removals.deleted):
        kind = KINDS[address.kind]
        before = _regrouped(kind.whole(live.resources[address]), matches)
        steps = (*kind.update(before, kind.bare(before), desired.world), *kind.delete(before))
        tombstone = address in removals.absent
        source = settings.issue("", "absent", kind.section, address.name).location if tombstone else None
        reason = f"absent since {settings.absent[address]}" if tombstone else PRUNED
        told = differences(kind, before, None, live.account)
        yield Change(address, Action.DELETE, told, steps, source, reason=reason, before=before)


# What is told and left alone


def _told(live: Live, matches: Matches, removals: Removals) -> Iterator[str]:
    for match in matches.pairs:
        before = _seen(match, matches, removals) if match.live is not None else None
        for note in KINDS[match.address.kind].notes(match.desired, before, live.now):
            yield f"{match.address}: {note}"


def _ends(desired: Desired, now: datetime) -> Iterator[str]:
    """What has ended, and what is about to."""
    for address, ends in desired.ends.items():
        for (name, item), when in ends.items():
            if when <= now:
                yield f"{address}: {ENDING[name]} {item} has ended at {timestamp(when)}; take the line out"
            elif when <= now + SOON:
                yield f"{address}: {ENDING[name]} {item} ends at {timestamp(when)}"


def _strays(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[tuple[Address, Address]]:
    for user in removals.undeclared:
        for name in sorted(getattr(live.resources[user], "groups", ())):
            group = Address("group", matches.group_name(name))
            if group in desired.resources and group not in matches.closed:
                yield user, group


def _foreign_members(matches: Matches) -> Iterator[Kept]:
    for match in matches.pairs:
        if match.live is None or match.address not in matches.closed:
            continue
        listed = {name.casefold() for name in match.desired.members}
        for user in sorted(matches.members_of(match)):
            reason = matches.foreign.get(user)
            if reason and user not in matches.claimed and user.folded not in listed:
                yield Kept(
                    user, f"in {match.address}, which is closed and does not list it, but out of scope: {reason}"
                )


def alarms(live: Live) -> Iterator[str]:
    for address in sorted(live.resources):
        facts: Any = getattr(live.resources[address], "facts", None)
        for arn in sorted(getattr(facts, "quarantine", ())):
            yield f"{address}: AWS has attached {arn.rpartition('/')[2]}: an access key of this user has leaked"


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
