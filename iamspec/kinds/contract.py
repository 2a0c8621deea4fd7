"""The contract between the stages and the kinds of IAM entity."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar

from iamspec.errors import Issue
from iamspec.iam import Account, Call
from iamspec.kinds.address import Address, dotted
from iamspec.kinds.declared import AnyDeclared, Declared, Granted, World
from iamspec.kinds.given import Given, Limit, Mention, Place, mentions
from iamspec.kinds.operation import Operation
from iamspec.kinds.reading import Answer, Purpose, moment, sweep
from iamspec.kinds.resource import Facts, Holding, How, Principal, Reference, Resource, held, held_policies
from iamspec.kinds.shape import Shape
from iamspec.kinds.step import Phase, Step
from iamspec.policy.document import Document

__all__ = [
    "Address",
    "Answer",
    "AnyDeclared",
    "Declared",
    "Facts",
    "Given",
    "Granted",
    "Holding",
    "How",
    "Kind",
    "Limit",
    "Mention",
    "Phase",
    "Place",
    "Principal",
    "Purpose",
    "Reference",
    "Resource",
    "Shape",
    "Step",
    "World",
    "dotted",
    "held",
    "held_policies",
    "mentions",
    "moment",
    "sweep",
]


S = TypeVar("S", bound=Shape)
R = TypeVar("R", bound=Resource)


class Kind(ABC, Generic[S, R]):
    """One kind of entity: how it is written, read, compared and changed. A subclass of it and an entry in KINDS.

    A kind joins three worlds. *Written*: the `shape`, a pydantic model of the lines in a spec. *Desired* and *live*: its
    resource, a frozen dataclass, built by `desired` from the spec and by `parse` from an answer of IAM. Its compared
    fields are the diff; facts that only live IAM knows are `facts`, outside of `==`. `written` goes back from a resource
    to what people write: import, the diff and the plan show that.

    A plan asks in this order. `fill_desired` takes from live what the spec leaves open. `unmakable` and
    `blocked` say what IAM cannot make or change, else `create`, `update` and `delete` yield the calls: create = `create` + `update` from
    `as_created`, delete = `update` to `as_created` + `delete`. Each call is a row of `operations`.

    All stages follow the answers of the kind. Give every answer that is true:

    - `given` has the grants of a shape, `places` its documents, `references` the entities that a resource names.
      Checks, grants in all, import, removal, undo and the order of calls follow from these.
    - A resource that holds policies is a `Holding`. A kind that makes requests `is_principal`: impact, guards and the
      order of calls then look at the access of these entities.
    - `limits` are its quotas. `scoped` kinds have paths, many entities, prune and tombstones. A kind is `by_request` if
      a spec without a section of it, or with `prune: true`, means nothing to it.
    - What the listing does not tell is read on demand: `missing_reads`, `after_reads`. `lists` and `reads` name these
      reads: those of all entities at once, and those about one.
    """

    name: ClassVar[str]  # as in addresses: "user"
    section: ClassVar[str]  # as in the spec: "users"
    shape: type[S]
    listing: ClassVar[Call]  # the read that lists all of the kind
    details: ClassVar[str]  # the list in its answer
    lists: ClassVar[tuple[Call, ...]] = ()  # the reads of all entities at once for what the listing lacks
    reads: ClassVar[tuple[str, ...]] = ()  # the reads about one entity, such as GetRole
    operations: ClassVar[tuple[Operation, ...]]  # the calls that make, change and delete an entity of the kind
    places: ClassVar[tuple[Place, ...]] = ()
    texts: ClassVar[tuple[str, ...]] = ()  # fields that may be {file: …} with a file that is no policy document
    resource_types: ClassVar[
        tuple[str, ...]
    ] = ()  # as in ARNs, one for each read, where these are other words than the name
    identifying: ClassVar[frozenset[str]] = frozenset()  # fields that say which entity is meant, if it is external, too
    limits: ClassVar[tuple[Limit, ...]] = ()
    inline_size: ClassVar[int | None] = None  # the quota that the inline policies of one entity share
    is_principal: ClassVar[bool] = False
    scoped: ClassVar[bool] = True  # whether an account has many of them, with paths and other owners
    by_request: ClassVar[bool] = False  # whether it is in scope, and goes by absence, only where the spec asks for it
    comes_with: ClassVar[str] = ""  # the kind that asks for this kind, too
    listed_whole: ClassVar[bool] = True  # whether the listing has all fields, but for credentials
    place: ClassVar[
        tuple[str, ...]
    ] = ()  # the key of a declared entity at which a change is shown. Without it, the name

    # Written

    @abstractmethod
    def check(self, declared: Declared[S]) -> Iterator[Issue]:
        """What is wrong with an entity by itself: names, paths, tags, counts.

        Needs no other entity.
        """

    def check_day(self, declared: Declared[S], day: date) -> Iterator[tuple[Issue, bool]]:
        """Errors (True) and warnings about an entity that depend on the day."""
        yield from ()

    def identity(self, name: str, shape: S) -> str:
        """What IAM tells the entity apart by, as the end of an ARN.

        Nothing where that is the name.
        """
        return ""

    def parts(self, shape: S, name: str) -> Mapping[tuple[str | int, ...], Address]:
        """What an entity has for itself alone, by the place in the shape.

        IAM gives it to no other entity.
        """
        return {}

    def declares(self, shape: S) -> bool:
        """Whether a section that may leave the entity to live IAM says something of it."""
        return True

    def given(self, shape: S) -> Given:
        """The grants in a shape: groups, policies, inline policies, boundary, members."""
        return Given()

    @abstractmethod
    def desired(self, declared: Declared[S], granted: Granted, world: World) -> R:
        """The entity as the spec wants it.

        `granted` has its own grants and those from elsewhere.
        """

    @abstractmethod
    def written(self, resource: R, account: Account) -> dict[str, Any]:
        """The entity as a person would write it.

        It has every field of the diff by the name in the spec,
        empty fields too.
        """

    def stub(self, resource: R) -> dict[str, Any]:
        """An external entity as a person would write it."""
        return {"external": True}

    def shown(self, resource: R, account: Account) -> dict[str, Any]:
        """The entity as differences show it, by the names of `written`."""
        return self.written(resource, account)

    # Live

    def records(self, answer: Mapping[str, Any]) -> list[Any]:
        """The entities of the kind in an answer to the listing, or in a page of that answer."""
        return list(answer.get(self.details, ()))

    @abstractmethod
    def parse(self, record: Any, account: Account) -> R:
        """The live entity in one record of the listing."""

    def missing_reads(self, live: R, purpose: Purpose) -> list[Call]:
        """The next reads that complete a live entity. Empty when all is known."""
        return []

    def after_reads(self, live: R, answers: Sequence[Answer]) -> R:
        """The live entity with the answers to its missing reads."""
        return live

    def confirmed(self, desired: R, live: R, listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> R:
        """The live entity with its listed tags, if these make it equal to desired.

        `listed` has tags by ARN.
        """
        return live

    def as_listed(self, live: R) -> R:
        """The live entity as the listing alone shows it.

        Plans of older versions did without further reads.
        """
        return live

    def with_hidden(self, live: R) -> R:
        """The live entity with the parts that the diff hides.

        All of them block a deletion.
        """
        return live

    def only_restricted(self, desired: R, live: R) -> R:
        """The live entity with the suspension of the desired entity, and with no other change."""
        return live

    def without_foreign(self, live: R) -> R:
        """The live entity without policies that AWS attached by itself."""
        return live

    def physical_id(self, live: R) -> str:
        """The name by which CloudFormation knows the live entity."""
        return live.name

    def kept_by_name(self, live: R, account: Account, trusted: Collection[str]) -> str | None:
        """The reason why a live entity is a tool of AWS and stays, judged by its name.

        Else None.

        `trusted` are the ids of other accounts that the settings
        trust.
        """
        return None

    def owner_reads(self, live: R) -> list[Call]:
        """The reads that show another manager of the live entity, before its absence deletes it."""
        return []

    def owner(self, live: R) -> str | None:
        """A sentence about another manager of the live entity, as far as read.

        Else None.
        """
        return None

    def owned(self, live: R) -> Mapping[Address, str]:
        """The ARNs of what belongs to a live entity, and is no entity by itself, such as an instance profile."""
        return {}

    # Desired beside live

    def fill_desired(self, desired: R, live: R | None, now: datetime) -> R:
        """The desired entity with open fields filled from live, or decided by the time.

        `live` is None for a new entity.
        """
        return desired

    def compares(self, desired: R) -> bool:
        """Whether comparing with the desired entity takes more of the live one than the listing tells."""
        return False

    def with_live_ids(self, expected: R, live: R) -> R:
        """The expected entity with the ids and unmanaged fields of `live` copied in."""
        return expected

    def as_new(self, lost: R) -> R:
        """A lost entity as it can be made again: without the old facts and secrets."""
        return replace(lost, facts=type(lost.facts)())

    def without_new_secrets(self, wanted: R, live: R) -> R:
        """The wanted entity without secrets that the live entity lacks.

        No undo brings a secret back.
        """
        return wanted

    def notes(self, desired: R, live: R | None, now: datetime) -> Iterator[str]:
        """Notes about an entity beside its differences, such as an end that is near."""
        yield from ()

    def excess(self, desired: R, live: R, now: datetime) -> Iterator[str]:
        """Credentials beyond the spec that apply leaves alone. Each of them is drift."""
        yield from ()

    def blocked(self, before: R, after: R) -> str | None:
        """The reason why IAM cannot make `after` out of `before`, with the way out.

        None if it can.
        """
        return None

    def unmakable(self, after: R) -> str | None:
        """The reason why IAM cannot make an entity that does not exist, with the way out.

        None if it can. An undo of a deletion may lack a secret
        that IAM never gave away.
        """
        return None

    # Calls

    @abstractmethod
    def as_created(self, resource: R) -> R:
        """The entity right after the create call, and right before the delete call."""

    @abstractmethod
    def create(self, after: R, world: World) -> Iterator[Step]:
        """The create call alone."""

    @abstractmethod
    def update(self, before: R, after: R, world: World) -> Iterator[Step]:
        """The calls that make one of the other, in place."""

    @abstractmethod
    def delete(self, before: R) -> Iterator[Step]:
        """The calls that delete an entity that holds nothing any more, lock-out first."""

    # What a resource names and says

    def references(self, resource: R) -> Iterator[Reference]:
        """The entities that a resource names. The default is those of a Holding."""
        if isinstance(resource, Holding):
            yield from held(resource)

    def renaming(self, resource: R, names: Callable[[Address], str]) -> R:
        """The resource after a renaming: `names` has the new name of each entity that it refers to."""
        return resource

    def without(self, resource: R, gone: Collection[Reference]) -> R:
        """The resource without some of its references.

        The default takes policies from a Holding.
        """
        if not isinstance(resource, Holding):
            return resource
        policies: dict[str, Any] = {"policies": resource.policies - {one.arn for one in gone}}
        return replace(resource, **policies)

    def documents(self, resource: R, *, granting: bool = False) -> dict[str, Document]:
        """The policy documents of a resource by their place, as in `document`, `inline_policies.own`.

        With `granting` only the documents that grant to whom they
        belong.
        """
        found: dict[str, Document] = {}
        for place in (one for one in self.places if one.grants or not granting):
            found |= place.documents(resource)
        return found

    def noun(self, number: int) -> str:
        """The word for so many entities: `role`, `identity providers`."""
        return self.name.replace("-", " ") if number == 1 else self.section.replace("_", " ")

    def address(self, resource: Resource) -> Address:
        return Address(self.name, resource.name)

    def changed(self, before: R, after: R) -> list[str]:
        """The names of the fields in which two resources differ."""
        names = [one.name for one in fields(before) if one.compare]
        return [name for name in names if getattr(before, name) != getattr(after, name)]

    def compared(self, resource: R) -> dict[str, Any]:
        """The fields that decide whether two resources are equal."""
        return {one.name: getattr(resource, one.name) for one in fields(resource) if one.compare}
