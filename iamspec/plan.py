"""The plan: what would change, down to each call, as one value. Pure: everything has been read before."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from iamspec.diff import Difference, differences
from iamspec.document import Document
from iamspec.errors import Location
from iamspec.grants import policy_address
from iamspec.iam import Account
from iamspec.kind import Address, Phase, Resource, Step
from iamspec.kinds import KINDS, RANK
from iamspec.limits import SIGN_IN_HOSTS
from iamspec.match import Match, Matches
from iamspec.observe import Live
from iamspec.removal import Kept, Removals
from iamspec.state import Desired

if TYPE_CHECKING:
    from iamspec.impact import Impact


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

    `connections` name for an entity that loses something or goes the ones whose grants its revokes wait for.
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
        """What review and run are bound by: account, steps, spec and the touched live entities; no time, no file names."""
        steps = [[str(one.address), one.phase.label, one.call.operation, one.call.params] for one in self.steps]
        blocked = [str(one.address) for one in self.changes if one.blocked]
        return digest(
            [self.account.id, self.account.partition, self.spec_digest, steps, blocked, dict(self.fingerprints)]
        )

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


def order(step: Step) -> tuple[int, int]:
    """Phase, then kind: what is held is created before and deleted after what holds it."""
    rank = RANK[step.address.kind]
    return (step.phase, -rank if step.phase is Phase.DELETE else rank)


def digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=_jsonable)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, Document):
        return value.canonical
    if isinstance(value, frozenset | set):
        return sorted(value)
    return str(value)


def make(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Plan:
    """The plan for an account that has been read as far as the plan needs."""
    changes = [*_declared(desired, live, matches, removals), *_removed(desired, live, removals)]
    changes.sort(key=lambda change: (RANK[change.address.kind], change.address))
    plan = Plan(
        account=live.account,
        spec_digest=desired.spec.digest,
        changes=tuple(changes),
        undeclared=removals.undeclared,
        strays=tuple(_strays(desired, live, matches, removals)),
        kept=(*removals.kept, *_foreign_members(matches)),
        alarms=tuple(_alarms(live)),
        notes=(*matches.notes, *_notes(changes, live.account.partition)),
    )
    return replace(
        plan, fingerprints=_fingerprints(changes, live, matches), connections=_connections(changes, live, matches)
    )


# Changes


def _declared(desired: Desired, live: Live, matches: Matches, removals: Removals) -> Iterator[Change]:
    for match in matches.pairs:
        kind = KINDS[match.address.kind]
        source = desired.spec.entities[match.address].locate(kind.place)
        if match.live is None:
            after = match.desired
            steps = (*kind.create(after), *kind.update(kind.bare(after), after, desired.world))
            yield Change(
                match.address, Action.CREATE, differences(kind, None, after, live.account), steps, source, after=after
            )
            continue
        before = _seen(match, matches, removals)
        after = kind.settle(match.desired, before)
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
    entity: Any = match.live
    if match.address.kind == "user":
        return replace(entity, groups=frozenset(matches.group_name(name) for name in entity.groups))
    if match.address.kind == "group":
        return replace(entity, members=frozenset(_removable(match, matches, removals)))
    return entity


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


def _removed(desired: Desired, live: Live, removals: Removals) -> Iterator[Change]:
    settings = desired.spec
    for address in sorted(removals.deleted):
        kind = KINDS[address.kind]
        before = kind.whole(live.resources[address])
        steps = (*kind.update(before, kind.bare(before), desired.world), *kind.delete(before))
        tombstone = address in removals.absent
        source = settings.issue("", "absent", kind.section, address.name).location if tombstone else None
        reason = f"absent since {settings.absent[address]}" if tombstone else "not declared, and prune is on"
        told = differences(kind, before, None, live.account)
        yield Change(address, Action.DELETE, told, steps, source, reason=reason, before=before)


# What is left alone


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


def _alarms(live: Live) -> Iterator[str]:
    for address in sorted(live.resources):
        facts: Any = getattr(live.resources[address], "facts", None)
        for arn in sorted(getattr(facts, "quarantine", ())):
            yield f"{address}: AWS has attached {arn.rpartition('/')[2]}: an access key of this user has leaked"


def _notes(changes: Iterable[Change], partition: str) -> Iterator[str]:
    for change in changes:
        if change.address.kind == "account" and change.before and (old := getattr(change.before, "alias", None)):
            yield f"https://{old}.{SIGN_IN_HOSTS.get(partition, SIGN_IN_HOSTS['aws'])}/console stops working as soon as the alias changes"
        early = [step for step in change.steps if step.phase is Phase.MAKE_ROOM]
        if early:
            yield f"{change.address}: a quota leaves no room, so {len(early)} of its grants are taken away before the new ones"


# What belongs together


def _connections(changes: Iterable[Change], live: Live, matches: Matches) -> dict[Address, frozenset[Address]]:
    """The neighbours by membership, attachment or boundary that are granted something, of each entity that loses."""
    granted = {step.address for change in changes for step in change.steps if Phase.CREATE <= step.phase <= Phase.GRANT}
    losing = {step.address for change in changes for step in change.steps if step.phase >= Phase.REVOKE}
    if not losing:
        return {}
    neighbours: dict[Address, set[Address]] = {}
    renamed = matches.renamed
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


# Fingerprints


def _fingerprints(changes: Iterable[Change], live: Live, matches: Matches) -> dict[str, str]:
    """A hash of each live entity that the plan touches or names, with who holds it."""
    touched = {address for change in changes for step in change.steps for address in (step.address, *step.others)}
    touched |= {change.address for change in changes} | {match.old for match in matches.pairs if match.old}
    if not touched:
        return {}
    holders, members = live.holders(), live.members()
    return {str(address): _entity_hash(address, live, holders, members) for address in sorted(touched)}


def _entity_hash(
    address: Address, live: Live, holders: Mapping[str, Mapping[Address, str]], members: Mapping[Address, list[Address]]
) -> str:
    resource: Any = live.resources.get(address)
    if resource is None:
        return "absent"
    whole: Any = KINDS[address.kind].whole(resource)
    held = sorted(f"{holder} {how}" for holder, how in holders.get(whole.facts.arn, {}).items())
    fields = KINDS[address.kind].compared(whole)
    return digest([str(address), fields, whole.facts.id, held, sorted(map(str, members.get(address, ())))])
