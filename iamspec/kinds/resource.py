"""An entity as IAM knows it, desired or live.

It has the entities that it names and the policies that it holds.
Stages read these attributes of any entity. A kind with such a
field overrides the default here.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol, Self

from iamspec.iam import Account
from iamspec.kinds.address import Address
from iamspec.kinds.labels import provider_address
from iamspec.policy.document import Document
from iamspec.policy.limits import ARN


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts that only live IAM knows. Update and delete use them. The diff does not see them."""

    arn: str = ""
    id: str = ""
    created: datetime | None = None

    @property
    def inline(self) -> Mapping[str, Document]:
        """All inline policies, those that the diff does not see included."""
        return {}

    @property
    def quarantine(self) -> frozenset[str]:
        """The ARNs of the policies by which AWS has quarantined the entity."""
        return frozenset()

    @property
    def reserved_tags(self) -> Mapping[str, str]:
        """The tags of AWS and of iamspec, which no spec manages."""
        return {}


@dataclass(frozen=True, slots=True)
class Resource:
    """An entity as IAM knows it.

    The fields in `==` are the fields of the diff.
    """

    name: str
    facts: Facts = field(default=Facts(), compare=False, kw_only=True)

    @property
    def path(self) -> str:
        return "/"

    @property
    def tags(self) -> Mapping[str, str] | None:
        """None where the tags were not read, or the spec leaves them alone."""
        return None

    @property
    def via(self) -> Mapping[tuple[str, str], Address]:
        """The entity that each item was copied from, by field and item."""
        return {}

    @property
    def boundary_written(self) -> bool:
        """Whether the spec decides on the permissions boundary."""
        return True

    @property
    def last_used(self) -> datetime | None:
        """When the entity was at work last, as far as that was read."""
        return None

    @property
    def parts(self) -> frozenset[Address]:
        """What the entity has for itself alone, such as the instance profile of a role."""
        return frozenset()

    @property
    def is_known(self) -> bool:
        """Whether the whole entity could be read.

        A policy without a known document could not.
        """
        return True


class Holding(Resource, ABC):
    """The base of an entity that holds policies. Policies and boundaries are ARNs."""

    __slots__ = ()

    @property
    @abstractmethod
    def policies(self) -> frozenset[str]: ...

    @property
    @abstractmethod
    def inline_policies(self) -> Mapping[str, Document]: ...

    @property
    def permissions_boundary(self) -> str | None:
        return None

    @property
    def groups(self) -> frozenset[str]:
        """The groups that give their policies to the entity, too."""
        return frozenset()

    @abstractmethod
    def attaching(self, policies: frozenset[str]) -> Self:
        """The entity when it attaches exactly these policies."""

    @abstractmethod
    def embedding(self, inline: Mapping[str, Document]) -> Self:
        """The entity with exactly these inline policies, including those that the diff does not see."""


class Principal(Holding, ABC):
    """The base of an entity that makes requests, such as a user."""

    __slots__ = ()

    @property
    def suspended(self) -> bool | None:
        """Whether a Deny of iamspec's own locks the entity out.

        None where the spec says nothing of it.
        """
        return None

    @property
    def expires(self) -> datetime | None:
        """When the spec has the entity suspended."""
        return None

    @property
    def is_live(self) -> bool:
        """Only IAM gives an id."""
        return self.facts.id != ""

    @property
    def can_sign_in(self) -> bool:
        """Whether a usable credential of the principal may exist."""
        return True

    @property
    def takes_session_tags(self) -> bool:
        """Whether its requests may have tags that it has not itself."""
        return False


class How(Enum):
    """How an entity names another one, as the clause of a sentence about it."""

    MEMBER = "is in it"
    LISTS = "lists it"
    ATTACHES = "attaches it"
    BOUNDED = "is bounded by it"
    TRUSTS = "trusts it"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference in a `field`: an entity by address, or a policy by ARN."""

    field: str
    how: How
    address: Address | None = None
    arn: str = ""

    @property
    def label(self) -> str:
        return self.arn or (self.address.name if self.address else "")

    def within(self, account: Account) -> Address | None:
        """The entity of this account that is named.

        None for an entity of AWS or of another account.
        """
        if self.address or not self.arn:
            return self.address
        return policy_address(self.arn, account) or provider_address(self.arn, account)


def policy_address(arn: str, account: Account) -> Address | None:
    """The address of a customer-managed policy of this account.

    None for a policy of AWS or of another account.
    """
    found = ARN.fullmatch(arn)
    if found and found["kind"] == "policy" and found["account"] == account.id:
        return Address("policy", found["name"])
    return None


class _Placed(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...


def immovable(noun: str, before: _Placed, after: _Placed, move: str) -> str | None:
    """The reason why IAM cannot give an entity another path or name, with the way out.

    `move` says how people get from the old entity to a new one.
    """
    one = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
    if before.path != after.path:
        return (
            f"IAM cannot move {one} from {before.path} to {after.path}: write path: {before.path}, "
            f"or declare {one} of another name there, {move} and then remove this one"
        )
    if before.name != after.name:
        return f'IAM cannot rename {one}: it is live as "{before.name}"; write its name like that'
    return None


def held(holding: Holding) -> Iterator[Reference]:
    """The groups and policies that a holder names."""
    yield from (Reference("groups", How.MEMBER, Address("group", name)) for name in sorted(holding.groups))
    fields_of = {How.ATTACHES: "policies", How.BOUNDED: "permissions_boundary"}
    yield from (Reference(fields_of[how], how, arn=arn) for arn, how in held_policies(holding))


def held_policies(holding: Holding) -> Iterator[tuple[str, How]]:
    """The managed policies that a holder attaches or is bounded by, as ARNs."""
    for arn in sorted(holding.policies):
        yield arn, How.ATTACHES
    if holding.permissions_boundary:
        yield holding.permissions_boundary, How.BOUNDED
