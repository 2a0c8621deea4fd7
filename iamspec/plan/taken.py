"""Parts that another entity has and keeps, such as the instance profile of another role.

IAM gives each part to a single entity.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from iamspec.kinds.contract import Address
from iamspec.kinds.parts import owned
from iamspec.live.observe import Live
from iamspec.plan.model import Change


def without_taken(changes: Iterable[Change], live: Live) -> list[Change]:
    """The changes. A change is blocked if it takes a part that another entity keeps.

    A blocked change lets no part go. So it may block another
    change.
    """
    found, owners = list(changes), dict(owned(live.resources))
    while True:
        kept = _kept(found, owners)
        reasons = {one.address: next(_reasons(one, kept), None) for one in found if not one.blocked}
        if not any(reasons.values()):
            return found
        blocked = ((one, reasons.get(one.address)) for one in found)
        found = [replace(one, blocked=reason, steps=()) if reason else one for one, reason in blocked]


def _kept(changes: Iterable[Change], owners: Mapping[Address, Address]) -> dict[Address, Address]:
    """The parts that stay with their owners."""
    after = {
        one.address: one.after.parts if one.after is not None else frozenset() for one in changes if not one.blocked
    }
    return {part: owner for part, owner in owners.items() if owner not in after or part in after[owner]}


def _reasons(change: Change, kept: Mapping[Address, Address]) -> Iterator[str]:
    for part in sorted(change.after.parts if change.after is not None else ()):
        owner = kept.get(part, change.address)
        if owner != change.address:
            yield (
                f"{part} has {owner}, which keeps it, and IAM gives it a single role: take it out of {owner} in the same "
                "apply, or write another name"
            )
