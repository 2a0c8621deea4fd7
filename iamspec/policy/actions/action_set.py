"""A set of actions, with the numbers that reports give of it."""

from dataclasses import dataclass
from functools import cached_property

from iamspec.policy.actions.catalogue import Catalogue


@dataclass(frozen=True)
class Actions:
    """A sorted set of actions, counted by service and access level, and by class of risk."""

    mask: int
    catalogue: Catalogue

    def __len__(self) -> int:
        return self.mask.bit_count()

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(self.catalogue.names(self.mask))

    @property
    def listed(self) -> list[str]:
        """The names, or a lone `*` for every action that there is."""
        return ["*"] if self.is_everything else list(self.names)

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
        return self.catalogue.by_service(self.mask)

    @property
    def is_everything(self) -> bool:
        return self.mask == self.catalogue.all
