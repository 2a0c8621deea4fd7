"""The steps between two states of an entity, and their order within a plan."""

from collections.abc import Iterator

from iamspec.kinds import RANK, AnyKind
from iamspec.kinds.contract import Phase, Resource, Step, World


def transition(kind: AnyKind, before: Resource | None, after: Resource | None, world: World) -> Iterator[Step]:
    """The calls that turn `before` into `after`, as plans have them.

    None stands for an absent entity.
    """
    if before is None:
        yield from kind.create(after, world)
        yield from kind.update(kind.as_created(after), after, world)
    elif after is None:
        yield from kind.update(before, kind.as_created(before), world)
        yield from kind.delete(before)
    else:
        yield from kind.update(before, after, world)


def in_wave(step: Step) -> tuple[int, ...]:
    """Phase, then kind: policies are created before their holders, and deleted after them."""
    rank = RANK[step.address.kind]
    return (step.phase, -rank if step.phase is Phase.DELETE else rank)


def order(step: Step) -> tuple[int, ...]:
    """Wave, phase, then kind."""
    return (step.wave, *in_wave(step))
