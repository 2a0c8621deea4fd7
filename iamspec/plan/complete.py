"""Everything that follows from the changes of a plan and the account: order, alarms, notes, fingerprints."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from iamspec.kinds import RANK
from iamspec.kinds.account import Alias
from iamspec.kinds.contract import Address, Phase
from iamspec.live.observe import Live
from iamspec.plan.findings import Window
from iamspec.plan.fingerprint import fingerprints
from iamspec.plan.model import Change, Plan, touched
from iamspec.plan.taken import without_taken
from iamspec.policy.limits import sign_in_url
from iamspec.policy.managed import managed_documents
from iamspec.policy.suspension import strangers


def ordered(plan: Plan, live: Live) -> Plan:
    """A plan with all that follows from its changes and the account.

    These are order, alarms, notes, fingerprints and connections.
    """
    plan = replace(plan, changes=tuple(without_taken(plan.changes, live)))
    renamed = {Address(one.address.kind, one.before.name): one.address for one in plan.changes if one.before}
    changes = sorted(plan.changes, key=lambda one: (RANK[one.address.kind], one.address))
    connections = _connections(changes, live, renamed)
    changes, windows, told = _scheduled(changes, live, connections)
    calls = [step.call for change in changes for step in change.steps]
    return replace(
        plan,
        changes=tuple(changes),
        alarms=tuple(alarms(live)),
        notes=(*plan.notes, *_notes(changes, live.account.partition), *told),
        fingerprints=fingerprints(touched(changes), live, calls),
        connections=connections,
        undecided=frozenset(one.address for one in changes if one.after is not None and not one.after.boundary_written),
        windows=windows,
    )


def _scheduled(
    changes: Sequence[Change], live: Live, connections: Mapping[Address, frozenset[Address]]
) -> tuple[list[Change], tuple[Window, ...], tuple[str, ...]]:
    """The changes with the waves of their steps, the windows of this order, and notes about it."""
    steps = [step for change in changes for step in change.steps]
    if not steps:
        return list(changes), (), ()
    from iamspec.plan.order.schedule import arrange  # noqa: PLC0415 - most plans have nothing to put in order

    found = arrange(steps, live, connections, managed_documents(live.account.partition))
    placed = iter(found.steps)
    ordered = [replace(change, steps=tuple(islice(placed, len(change.steps)))) for change in changes]
    return ordered, found.windows, found.notes


# Alarms and notes


def alarms(live: Live) -> Iterator[str]:
    for address in sorted(live.resources):
        facts = live.resources[address].facts
        for arn in sorted(facts.quarantine):
            yield f"{address}: AWS has attached {arn.rpartition('/')[2]}: an access key of this user has leaked"
        for name in strangers(facts.inline):
            yield (
                f"{address}: its inline policy {name} has a name of iamspec's own, and iamspec has not written it: "
                "it is in no comparison, so look at what it allows"
            )


def _notes(changes: Iterable[Change], partition: str) -> Iterator[str]:
    for change in changes:
        if isinstance(change.before, Alias) and change.before.alias:
            yield f"{sign_in_url(partition, change.before.alias)} stops working as soon as the alias changes"
        early = [step for step in change.steps if step.phase is Phase.MAKE_ROOM]
        parts = change.before.parts if change.before is not None else frozenset()
        moving = sorted(other for step in early for other in step.others if other in parts)
        yield from (f"{change.address} leaves {one} first, so that its next role finds it empty" for one in moving)
        if early := [step for step in early if not {*step.others} & parts]:
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
    for target, referrers in live.referrers.items():
        yield from ((target, one.address) for one in referrers)


def _new_links(changes: Iterable[Change]) -> Iterator[tuple[Address, Address]]:
    for change in changes:
        for step in change.steps:
            yield from ((step.address, other) for other in step.others)
