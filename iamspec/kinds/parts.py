"""Parts: what an entity has for itself alone, such as the instance profiles of a role.

A part may come from another entity, and may be there without any.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from iamspec.kinds.address import Address


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a plan.

    `found` are there before the calls, or somebody else makes
    them. `staying` are there after the calls, or somebody else
    deletes them. `moving` has the entity that a part comes from
    and the entity that takes it.
    """

    found: frozenset[Address] = frozenset()
    staying: frozenset[Address] = frozenset()
    moving: Mapping[Address, tuple[Address, Address]] = field(default_factory=dict)

    def giver(self, part: Address, taker: Address) -> tuple[Address, ...]:
        """The entity that has to let a part go before it is taken."""
        giver, taken_by = self.moving.get(part, (taker, taker))
        return (giver,) if taken_by == taker != giver else ()

    def is_taken_from(self, part: Address, owner: Address) -> bool:
        """Whether another entity takes a part of this one."""
        giver, taker = self.moving.get(part, (None, None))
        return giver == owner != taker


class Having(Protocol):
    @property
    def parts(self) -> frozenset[Address]: ...


def owned(resources: Mapping[Address, Having]) -> Iterator[tuple[Address, Address]]:
    """The parts of some entities, each with the entity that has it."""
    for address, one in resources.items():
        if parts := one.parts:  # of few entities
            yield from ((part, address) for part in sorted(parts))


def moving(before: Mapping[Address, Having], after: Mapping[Address, Having]) -> dict[Address, tuple[Address, Address]]:
    """The parts that go from one entity to another."""
    owners = dict(owned(before))
    return {part: (owners[part], taker) for part, taker in owned(after) if owners.get(part, taker) != taker}
