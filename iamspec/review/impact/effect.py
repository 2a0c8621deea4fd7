"""The effect of a change on a document or a principal, as sets of actions."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from iamspec.kinds.contract import Address
from iamspec.policy.meaning import Grants, Meaning, Remark, Verdict, compare

if TYPE_CHECKING:
    from iamspec.policy.actions import Catalogue


@dataclass(frozen=True)
class Actions:
    """A set of actions, sorted, and how it is made up: by service and access level, and by class of risk."""

    mask: int
    catalogue: "Catalogue"

    def __len__(self) -> int:
        return self.mask.bit_count()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.catalogue.names(self.mask))

    @cached_property
    def levels(self) -> dict[str, int]:
        """How many there are of each access level that occurs."""
        counts = {level: (self.mask & members).bit_count() for level, members in self.catalogue.levels.items()}
        return {level: count for level, count in counts.items() if count}

    @cached_property
    def risks(self) -> dict[str, int]:
        """How many there are of each class of risk that occurs."""
        return {name: mask.bit_count() for name, mask in self.catalogue.risks(self.mask).items()}

    @cached_property
    def services(self) -> dict[str, dict[str, int]]:
        """How many there are by service and access level."""
        found = {}
        for service in sorted({name.partition(":")[0] for name in self.names}):
            mask = self.mask & self.catalogue.mask(f"{service}:*")
            levels = {level: (mask & members).bit_count() for level, members in self.catalogue.levels.items()}
            found[service] = {level: count for level, count in levels.items() if count}
        return found

    @property
    def is_everything(self) -> bool:
        return self.mask == self.catalogue.all


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a change on a document or a principal: the verdict, and the actions gained and lost.

    `denied` and `released` are those that are now, and no longer, denied on every resource without a condition;
    `remark` says what changes where no action is given or taken, `unlisted` which patterns match no known action;
    `administrator` is whether this turns into administrator access, False if it ceases to be, None if neither.
    """

    address: Address
    field: str
    verdict: Verdict
    gained: Actions
    lost: Actions
    denied: Actions
    released: Actions
    remark: Remark = Remark.NONE
    unlisted: tuple[str, ...] = ()
    administrator: bool | None = None
    causes: tuple[Address, ...] = ()
    unknown: tuple[str, ...] = ()  # policies of the user whose documents nobody could read


def effect(address: Address, field: str, grants: tuple[Grants, Grants], catalogue: "Catalogue") -> Effect:
    before, after = grants
    found = compare(before, after, catalogue)
    return Effect(
        address=address,
        field=field,
        verdict=found.verdict,
        gained=Actions(found.gained, catalogue),
        lost=Actions(found.lost, catalogue),
        denied=Actions(found.denied, catalogue),
        released=Actions(found.released, catalogue),
        remark=found.remark,
        unlisted=found.unlisted,
        administrator=_turn(before, after, found, catalogue),
    )


def _turn(before: Grants, after: Grants, meaning: Meaning, catalogue: "Catalogue") -> bool | None:
    """Whether administrator access comes or goes; without a change of meaning neither does."""
    if meaning.verdict is Verdict.COSMETIC:
        return None
    was, becomes = before.is_everything(catalogue), after.is_everything(catalogue)
    return None if was == becomes else becomes
