"""Live entities that the spec does not declare: to delete, to list, or to keep for a reason."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from iamspec.desired.resources import Desired
from iamspec.kinds import KINDS, SCOPED
from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.parts import owned
from iamspec.live.observe import Live
from iamspec.live.relations import Referrer
from iamspec.plan.findings import Kept

STACK_TAG = "aws:cloudformation:stack-name"


@dataclass(frozen=True, slots=True)
class Removals:
    """Everything live that no declared entity claims.

    `prune` goes because it is not declared, `absent` because of a
    tombstone. `undeclared` is only listed. A kept entity in scope
    is undeclared, too: keeping protects from deletion and from
    nothing else.
    """

    prune: frozenset[Address] = frozenset()
    absent: frozenset[Address] = frozenset()
    undeclared: tuple[Address, ...] = ()
    kept: tuple[Kept, ...] = ()

    @property
    def deleted(self) -> frozenset[Address]:
        return self.prune | self.absent


@dataclass(slots=True)
class _Sorting:
    """The piles while live entities are sorted onto them."""

    prune: set[Address] = field(default_factory=set)
    absent: set[Address] = field(default_factory=set)
    undeclared: set[Address] = field(default_factory=set)
    kept: dict[Address, Kept] = field(default_factory=dict)

    def keep(self, address: Address, reason: str, *, held: bool = False, unasked: bool = False) -> None:
        self.prune.discard(address)
        self.absent.discard(address)
        self.undeclared.add(address)
        self.kept[address] = Kept(address, reason, held, unasked)

    def result(self) -> Removals:
        kept = tuple(self.kept[address] for address in sorted(self.kept))
        return Removals(frozenset(self.prune), frozenset(self.absent), tuple(sorted(self.undeclared)), kept)


def candidates(desired: Desired, live: Live, claimed: frozenset[Address]) -> Removals:
    """The entities that could go, before the account is asked who else needs them.

    `claimed` are the live addresses of declared entities.
    """
    scope = desired.spec.scope
    tombstones = desired.spec.absent
    prunes = {kind.name: desired.spec.settings.prunes(kind.section) for kind in SCOPED.values()}
    piles, parts = _Sorting(), _parts(desired, live)
    for address, resource in live.resources.items():
        if address.kind not in SCOPED or address in claimed or address in desired.external:
            continue
        if address in parts and address not in tombstones:
            continue
        refusal = scope.refusal(address.kind, resource.path, resource.name)
        if address in tombstones:
            if refusal:
                piles.kept[address] = Kept(address, f"absent, but out of scope: {refusal}")
            elif reason := _too_young(resource, tombstones[address]):
                piles.keep(address, reason)
            else:
                piles.absent.add(address)
        elif refusal is None:
            (piles.prune if prunes[address.kind] else piles.undeclared).add(address)
    return piles.result()


def _parts(desired: Desired, live: Live) -> set[Address]:
    """Everything that an entity has, or takes, for itself alone: it is no undeclared entity."""
    return {part for one in (live.resources, desired.resources) for part, _ in owned(one)}


def _too_young(entity: Resource, day: date) -> str | None:
    """A tombstone acts on entities created before its day.

    A later entity only shares the name.
    """
    created = entity.facts.created
    if created is None:
        return f"absent since {day}, but when it was created is not known"
    if created < datetime.combine(day, time(), UTC):
        return None
    return f"created on {created.date()}, not before {day} as the tombstone says: another entity of the same name"


def decide(
    found: Removals,
    desired: Desired,
    live: Live,
    claimed: frozenset[Address],
    waiting: frozenset[Address] = frozenset(),
    accepted: Mapping[Address, str] = MappingProxyType({}),
) -> Removals:
    """What does go: candidates without those that a stack, a quarantine, an acceptance or a stranger holds.

    The claimed entities that are `waiting` let nothing go, since
    their changes are held back. `accepted` has the reasons why
    some entities may stay as they are.
    """
    piles = _Sorting(
        set(found.prune), set(found.absent), set(found.undeclared), {one.address: one for one in found.kept}
    )
    trusted = desired.spec.settings.scope.trusted_accounts
    for address in sorted(found.prune):
        if reason := _somebodys(live, address, trusted) or accepted.get(address):
            piles.keep(address, reason, unasked=address in live.unasked)
    for address in sorted(found.absent):  # no tombstone takes what a service of AWS manages
        if reason := live.owners.get(address):
            piles.keep(address, reason, held=True)
    if not piles.prune and not piles.absent:
        return piles.result()
    order, referrers = list(SCOPED), live.referrers  # keeping a holder keeps what it holds
    for address in sorted(piles.prune | piles.absent, key=lambda one: (order.index(one.kind), one)):
        managed = claimed | piles.prune | piles.absent
        strangers = _strangers(referrers.get(address, ()), managed, waiting)
        if reasons := sorted({*strangers, *_wanted(address, desired, live)}):
            more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
            piles.keep(address, "; ".join(reasons[:3]) + more, held=True)
    return piles.result()


def _somebodys(live: Live, address: Address, trusted: Sequence[str]) -> str | None:
    """Why an entity stays though it is not declared: somebody else needs it, or must look into it."""
    by_name = KINDS[address.kind].kept_by_name(live.resources[address], live.account, trusted)
    return live.owners.get(address) or _stacked(live, address) or _quarantined(live, address) or by_name


def entered(desired: Desired, live: Live, removals: Removals) -> Iterator[str]:
    """A sentence about each kind that the spec has taken into scope, while live entities of it are not declared."""
    scope, settings, parts = desired.spec.scope, desired.spec.settings, _parts(desired, live)
    for kind in (one for one in SCOPED.values() if one.by_request and scope.kind_refusal(one.name) is None):
        number = sum(
            address.kind == kind.name and address not in parts and not scope.refusal(kind.name, one.path, one.name)
            for address, one in live.resources.items()
        )
        gone = sum(one.kind == kind.name for one in removals.deleted)
        left = sum(one.kind == kind.name for one in removals.undeclared)
        noun = kind.noun(2)
        if settings.prunes(kind.section) and (gone or left):
            yield f"prune covers {noun}: {number} live and in scope, {gone} to be deleted, {left} not declared and kept"
        elif left:
            yield (
                f"{noun} are in scope: {number} live, {left} of them not declared; apply leaves these alone, since "
                f"prune does not name {noun}"
            )


def _stacked(live: Live, address: Address) -> str | None:
    """The stack that a CloudFormation tag names.

    The stack may be in a region that is not asked.
    """
    name = live.resources[address].facts.reserved_tags.get(STACK_TAG)
    return f"the CloudFormation stack {name} owns it, as its tag {STACK_TAG} says" if name else None


def _quarantined(live: Live, address: Address) -> str | None:
    if live.resources[address].facts.quarantine:
        return "AWS has quarantined it because a key of it leaked: look into that, then write a tombstone"
    return None


def _strangers(
    referrers: Iterable[Referrer], managed: Collection[Address], waiting: Collection[Address]
) -> Iterator[str]:
    """The entities that hold on to another entity, and are not managed or have held-back changes."""
    for one in referrers:
        if one.address in waiting:
            yield f"{one.address}, whose changes are held back, {one.how.value}"
        elif one.address not in managed:
            yield f"{one.address}, which the spec does not manage, {one.how.value}"


def _wanted(address: Address, desired: Desired, live: Live) -> Iterator[str]:
    """A declared entity may name an undeclared policy by its ARN."""
    arn = live.resources[address].facts.arn
    for other, resource in desired.resources.items():
        for one in KINDS[other.kind].references(resource):
            if one.arn and one.arn == arn:
                yield f"{other} {one.how.value} by its ARN"
