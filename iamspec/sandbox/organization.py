"""An organization as data: root, units and accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

JOINED = datetime(2020, 1, 1)  # noqa: DTZ001 - as moto keeps dates


@dataclass(frozen=True, slots=True)
class Unit:
    """An organizational unit, or the root.

    `path` has the names of units from the root on.
    """

    id: str
    name: str
    parent: str | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization."""

    id: str
    name: str
    parent: str
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = "ACTIVE"

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


@dataclass(slots=True)
class Organization:
    """`features` are those of centralized root access."""

    management: str
    units: list[Unit]
    members: list[Member]
    id: str = "o-sandbox000"
    features: tuple[str, ...] = ("RootCredentialsManagement",)

    @property
    def root(self) -> Unit:
        return next(unit for unit in self.units if unit.parent is None)

    def below(self, parent: str) -> list[Unit]:
        return [unit for unit in self.units if unit.parent == parent]

    def accounts_in(self, parent: str) -> list[Member]:
        return [member for member in self.members if member.parent == parent]

    def has(self, unit: str) -> bool:
        return any(one.id == unit for one in self.units)
