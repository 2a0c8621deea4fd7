"""A step of a plan: one call, and when it runs."""

from dataclasses import dataclass
from enum import IntEnum

from iamspec.iam import Call
from iamspec.kinds.address import Address


class Phase(IntEnum):
    """The phase of a step.

    Grants come before revokes. Restrictions go on before grants
    and off after revokes. Deletes come last. MAKE_ROOM holds the
    revokes that a quota forces before the grants.
    """

    LOCK_OUT = 0
    RENAME = 1
    CREATE = 2
    MAKE_ROOM = 3
    UPDATE = 4
    GRANT = 5
    REVOKE = 6
    RELEASE = 7
    DELETE = 8

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a plan, its entity, and the other entities that it names.

    All phases of a `wave` run before those of the next. The step
    runs only after the earlier calls for the entities in `after`.
    Without these calls it would give more access than the plan
    does.
    """

    address: Address
    phase: Phase
    call: Call
    others: tuple[Address, ...] = ()
    wave: int = 0
    after: tuple[Address, ...] = ()

    def __post_init__(self) -> None:
        """Sorts `others`, as a saved plan has them."""
        object.__setattr__(self, "others", tuple(sorted(self.others)))
