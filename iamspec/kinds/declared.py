"""An entity as the spec declares it, its grants, and the world of policies around it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from iamspec.errors import Issue, Location
from iamspec.iam import Account
from iamspec.kinds.address import Address, dotted
from iamspec.kinds.parts import Parts
from iamspec.kinds.shape import Shape
from iamspec.policy.document import Document

S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Declared(Generic[S]):
    """An entity as the spec writes it, and the place of each of its parts."""

    address: Address
    shape: S
    locate: Callable[[Sequence[str | int]], Location]

    def issue(self, message: str, *path: str | int) -> Issue:
        """An error about the value at `path`, with its place."""
        where = f"{self.address}: {dotted(path)}" if path else str(self.address)
        return Issue(message, self.locate(path), where)


AnyDeclared = Declared[Any]  # of whatever kind


@dataclass(frozen=True, slots=True)
class Granted:
    """All grants of an entity: own grants, closed groups, copied grants.

    Values are as written.

    `via` has the source of copied grants by field and item, `ends`
    the end of grants. A boundary is `written` when the spec
    decides on it.
    """

    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    inline_policies: Mapping[str, Any] = field(default_factory=dict)
    boundary: str | None = None
    boundary_written: bool = True
    members: tuple[str, ...] = ()
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict)
    ends: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


class World(Protocol):
    """The questions that a kind may ask about policies: their ARNs and documents."""

    @property
    def account(self) -> Account: ...

    @property
    def parts(self) -> Parts: ...

    def policy_arn(self, reference: str) -> str:
        """The ARN behind a reference as people write it: `deploy`, `aws:ReadOnlyAccess` or an ARN."""
        ...

    def document(self, data: Any) -> Document:
        """A document as written, its `${iamspec:…}` replaced."""
        ...

    def only_denies(self, policy_arn: str) -> bool:
        """Whether a managed policy is known to do nothing but deny."""
        ...
