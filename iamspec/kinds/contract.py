"""The contract between the stages and the kinds of IAM entity, and the words that both use."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import Enum, IntEnum
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from iamspec.errors import Issue, Location
from iamspec.iam import Account, Call
from iamspec.kinds.address import Address, dotted
from iamspec.kinds.operation import Operation
from iamspec.policy.document import Document

__all__ = [
    "Address",
    "Answer",
    "Declared",
    "Facts",
    "Granted",
    "Kind",
    "Phase",
    "Purpose",
    "Resource",
    "Shape",
    "Step",
    "World",
    "dotted",
    "moment",
    "sweep",
]


class Phase(IntEnum):
    """When a step runs: grants before revokes, restrictions on before grants and off after revokes, deletes last.

    MAKE_ROOM holds the revokes that a quota forces before the grants.
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
    """One call of a plan, in whose name it is made, and which other entities it connects with.

    All phases of a `wave` run before those of the next. Without the earlier calls for those in `after` it is not tried:
    it would give somebody more than the plan does.
    """

    address: Address
    phase: Phase
    call: Call
    others: tuple[Address, ...] = ()
    wave: int = 0
    after: tuple[Address, ...] = ()


class Shape(BaseModel):
    """The base of everything that people write: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=Shape)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Declared(Generic[S]):
    """An entity as it is written in the spec, and how to find the place of each of its parts."""

    address: Address
    shape: S
    locate: Callable[[Sequence[str | int]], Location]

    def issue(self, message: str, *path: str | int) -> Issue:
        """What is wrong with the value at `path`, with its place."""
        where = f"{self.address}: {dotted(path)}" if path else str(self.address)
        return Issue(message, self.locate(path), where)


class Resource(Protocol):
    """An entity as IAM knows it, desired or live: a frozen dataclass whose compared fields are those of the spec."""

    @property
    def name(self) -> str: ...


class World(Protocol):
    """What a kind may ask about everything else: names of policies, and what they do."""

    @property
    def account(self) -> Account: ...

    def policy_arn(self, reference: str) -> str:
        """The ARN behind a reference as people write it: `deploy`, `aws:ReadOnlyAccess` or an ARN."""
        ...

    def document(self, data: Any) -> Document:
        """A document as written, its `${iamspec:…}` replaced."""
        ...

    def only_denies(self, policy_arn: str) -> bool:
        """Whether a managed policy is known to do nothing but deny."""
        ...


def sweep(*entities: str) -> Call:
    """The read of everything of some types (`User`, `LocalManagedPolicy`), with documents, memberships, attachments."""
    return Call("GetAccountAuthorizationDetails", {"Filter": list(entities), "MaxItems": 1000})


@dataclass(frozen=True, slots=True)
class Granted:
    """What an entity is given in all: by itself, by closed groups, and by whom it copies. Values are as written.

    `via` says for what was copied from whom, and `ends` until when something is given, by field and item. A boundary is
    `written` when somebody decided on it.
    """

    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    inline_policies: Mapping[str, Any] = field(default_factory=dict)
    boundary: str | None = None
    boundary_written: bool = True
    members: tuple[str, ...] = ()
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict)
    ends: Mapping[tuple[str, str], datetime] = field(default_factory=dict)


Answer = tuple[Call, Mapping[str, Any] | None]  # a read, and what came of it; None where IAM says NoSuchEntity


class Purpose(Enum):
    """What an entity is looked at for: each asks for more than the sweep of the account tells."""

    COMPARE = "compare"
    DELETE = "delete"
    EXPORT = "export"


def moment(value: Any) -> datetime | None:
    """A time in an answer of IAM: as boto3 gives it, or as text in a capture; None where it says nothing."""
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Facts:
    """What only live IAM knows: used by update and delete, invisible to the diff."""

    arn: str = ""
    id: str = ""
    created: datetime | None = None


class Kind(ABC, Generic[S, R]):
    """One kind of entity: how it is written, read, compared and changed. A new one is a subclass and an entry in KINDS."""

    name: ClassVar[str]  # as in addresses: "user"
    section: ClassVar[str]  # as in the spec: "users"
    shape: type[S]
    listing: ClassVar[Call]  # the read that lists all of the kind
    details: ClassVar[str]  # the list in its answer
    operations: ClassVar[tuple[Operation, ...]]  # the calls that make, change and delete an entity of the kind
    documents: ClassVar[tuple[tuple[str, ...], ...]] = ()  # where policy documents stand in the shape; "*" is any key
    is_principal: ClassVar[bool] = False  # whether it makes requests, so that policies come to it
    scoped: ClassVar[bool] = True  # whether there are many, with paths, of which some may be somebody else's
    place: ClassVar[tuple[str, ...]] = ()  # what of a declared entity a change is shown at; its name, if nothing

    @abstractmethod
    def check(self, declared: Declared[S]) -> Iterator[Issue]:
        """What is wrong with an entity by itself: names, paths, tags, counts. Needs no other entity."""

    @abstractmethod
    def desired(self, declared: Declared[S], granted: Granted, world: World) -> R:
        """The entity as the spec wants it."""

    def declares(self, shape: S) -> bool:
        """Whether a section that may leave the entity to live IAM says something of it."""
        return True

    def records(self, answer: Mapping[str, Any]) -> list[Any]:
        """The entities of the kind in one answer to the listing, or in a page of it."""
        return list(answer.get(self.details, ()))

    @abstractmethod
    def parse(self, record: Any, account: Account) -> R:
        """The live entity in one record of the listing."""

    @abstractmethod
    def written(self, resource: R, account: Account) -> dict[str, Any]:
        """The entity as a person would write it, every field of the diff by its name in the spec, empty ones too."""

    def settle(self, desired: R, live: R | None, now: datetime) -> R:
        """The desired entity with what the spec leaves to live IAM, or to the time, taken from there.

        `live` is None for an entity that is to be made.
        """
        return desired

    def compares(self, desired: R) -> bool:
        """Whether comparing with it takes more of the live entity than the sweep tells."""
        return False

    @abstractmethod
    def bare(self, resource: R) -> R:
        """The entity as the bare create call leaves it, and as it must be before the bare delete call."""

    @abstractmethod
    def create(self, after: R) -> Iterator[Step]:
        """The bare create call."""

    @abstractmethod
    def update(self, before: R, after: R, world: World) -> Iterator[Step]:
        """The calls that make one of the other, in place."""

    @abstractmethod
    def delete(self, before: R) -> Iterator[Step]:
        """The calls that delete an entity that holds nothing any more, lock-out first."""

    def whole(self, live: R) -> R:
        """The live entity with what the diff does not see, all of which stands in the way of a deletion."""
        return live

    def ours(self, live: R) -> R:
        """The live entity without what AWS attaches to it of its own accord."""
        return live

    def lacks(self, live: R, purpose: Purpose) -> list[Call]:
        """The next reads for what GetAccountAuthorizationDetails does not tell of this entity; none when all is known."""
        return []

    def told(self, live: R, answers: Sequence[Answer]) -> R:
        """The live entity with the answers to what it lacked."""
        return live

    def named(self, wanted: R, live: R) -> R:
        """What is wanted, with what only IAM names, and what nobody cares about, as live has it."""
        return wanted

    def notes(self, desired: R, live: R | None, now: datetime) -> Iterator[str]:
        """What people should know of an entity beside its differences, such as what is due soon."""
        yield from ()

    def blocked(self, before: R, after: R) -> str | None:
        """Why IAM cannot make one of the other, with the way out; None if it can."""
        return None

    def address(self, resource: Resource) -> Address:
        return Address(self.name, resource.name)

    def changed(self, before: R, after: R) -> list[str]:
        """The names of the fields in which two resources differ."""
        names = [one.name for one in fields(before) if one.compare]  # type: ignore[arg-type]
        return [name for name in names if getattr(before, name) != getattr(after, name)]

    def compared(self, resource: R) -> dict[str, Any]:
        """The fields that decide whether two resources are equal."""
        return {one.name: getattr(resource, one.name) for one in fields(resource) if one.compare}  # type: ignore[arg-type]
