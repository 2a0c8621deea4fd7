"""A row for each API call that a plan may hold.

Every stage reads the facts about a call from its row. A row says
how the call is formed, the entity that it is about, and how it
changes the account. It says how the call opens or closes access,
and how to repeat it after an unclear answer. It has the permission
for the call, and the words for people.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from iamspec.errors import IamspecError
from iamspec.iam import Account, Call
from iamspec.kinds.address import Address
from iamspec.kinds.values import Check, is_text
from iamspec.policy.limits import ARN


class Verb(Enum):
    """The effect of a call on its entity.

    GRANT and TAKE change policies, memberships or credentials.
    """

    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    GRANT = "grant"
    TAKE = "take"
    DELETE = "delete"


class Access(Enum):
    """Through what a policy comes to a principal."""

    DOCUMENT = "document"
    MEMBER = "member"
    ATTACHED = "attached"
    INLINE = "inline"
    BOUNDARY = "boundary"


Part = tuple[Any, ...]  # a way, and what identifies it: addresses of entities, ARNs, names of inline policies


@dataclass(frozen=True, slots=True)
class Naming:
    """The way in which a parameter names an entity by an ARN that lacks the name.

    It has the ARN of an entity, and the address of an ARN.
    """

    arn: Callable[[str, Account], str]
    address: Callable[[str, Account], Address | None]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a call.

    A parameter with a `kind` names an entity, by ARN if `by_arn`.
    The call is about the entity of a `subject`. Parameters that
    are `shown` tell apart two calls about the same entity.
    `resource` is the type of the entity in ARNs where that is not
    the kind.
    """

    name: str
    fits: Check = is_text
    kind: str = ""
    by_arn: bool = False
    subject: bool = False
    required: bool = True
    shown: bool = True
    resource: str = ""
    naming: Naming | None = None

    def address(self, value: str, account: Account) -> Address | None:
        """The entity that a value names.

        None for an entity of AWS or of another account.
        """
        if self.naming is not None:
            return self.naming.address(self.naming.arn(value, account), account)
        if not self.by_arn:
            return Address(self.kind, value)
        found = ARN.fullmatch(value)
        if found and found["kind"] == self.kind and found["account"] == account.id:
            return Address(self.kind, found["name"])
        return None


class State(Protocol):
    """The account as an effect reads it.

    `missing` are ARNs of AWS-managed policies that do not exist.
    """

    @property
    def account(self) -> Account: ...

    @property
    def resources(self) -> Mapping[Address, Any]: ...

    @property
    def missing(self) -> frozenset[str]: ...


Effect = Mapping[Address, Any]  # the changed entities after a call. None for a deleted entity
Effector = Callable[[State, Call], Effect]
Answer = Mapping[str, Any]


class Impossible(IamspecError):  # noqa: N818 - the call is impossible; "ImpossibleError" says nothing more
    """A call that no plan has, that names a missing entity, or that makes an existing entity."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A read that shows whether a call was carried out, and how to understand its pages.

    Without a read nothing shows it. `shown` gives None where the
    pages say neither yes nor no.
    """

    read: Callable[[Call], Call | None]
    shown: Callable[[Call, Iterable[Answer]], bool | None]


@dataclass(frozen=True, slots=True)
class Secret:
    """The secret that a call makes.

    The caller chooses it in `parameter`. Without a parameter IAM
    chooses.
    """

    noun: str  # "a password"
    parameter: str = ""


@dataclass(frozen=True, slots=True)
class Loss:
    """A thing that a call destroys and that no field of the entity shows.

    It has the noun, and the words where undo cannot bring it back.
    """

    noun: str  # "access key"
    one: str = ""  # "1 access key"
    many: str = ""  # "{} access keys"


@dataclass(frozen=True, slots=True)
class Authorised:
    """The resource and condition on which IAM authorises a call.

    `on` is the parameter that names the resource. Without it only
    `*` will do. `condition` is a condition key and the parameter
    with its value. `also` are further actions that IAM wants where
    the call has a parameter.
    """

    on: str = ""
    condition: tuple[str, str] | None = None
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An API call that a plan may hold.

    `about` is the entity of a call without a subject parameter.
    `opens` has the way and the parameters that identify the access
    that the call gives or takes. `new_name` is the parameter of a
    RENAME. A call that is `once` is never repeated after an
    unclear answer. A call that `adopts` is done where the lookup
    shows that an earlier run did it. `back` is the call that takes
    it back. `signs_in` marks credentials that a spec manages.
    `renewed` is a sentence about an undo that brings the thing back
    in another form.
    """

    name: str
    verb: Verb
    parameters: tuple[Parameter, ...]
    effect: Effector
    authorised: Authorised = Authorised()
    about: Address | None = None
    opens: tuple[Access, tuple[str, ...]] | None = None
    new_name: str = ""
    once: bool = False
    adopts: bool = False
    lookup: Lookup | None = None
    back: str = ""
    secret: Secret | None = None
    signs_in: bool = False
    takes: Loss | None = None
    renewed: str = ""

    def call(self, **params: Any) -> Call:
        return Call(self.name, params)

    def parameter(self, name: str) -> Parameter:
        return next(one for one in self.parameters if one.name == name)

    @property
    def resource_kind(self) -> str | None:
        """The type of resource that IAM authorises the call on.

        None if only `*` will do.
        """
        if not self.authorised.on:
            return None
        on = self.parameter(self.authorised.on)
        return on.resource or on.kind

    @property
    def is_taking(self) -> bool:
        """Whether the call is done when IAM says that its object does not exist."""
        return self.verb in {Verb.TAKE, Verb.DELETE}

    def part(self, call: Call) -> Part | None:
        """The access that a call opens or closes.

        None for a call that changes no access.
        """
        if self.opens is None:
            return None
        way, names = self.opens
        return (way, *(self._value(self.parameter(name), call) for name in names))

    def _value(self, parameter: Parameter, call: Call) -> Any:
        value = call.params[parameter.name]
        return Address(parameter.kind, value) if parameter.kind and not parameter.by_arn else value

    def subjects(self, call: Call, account: Account) -> set[Address]:
        """The entities in whose name the call may be made."""
        if self.about is not None:
            return {self.about}
        return self._named(call, account, (one for one in self.parameters if one.subject))

    def entities(self, call: Call, account: Account) -> set[Address]:
        """All entities of the account that the call names."""
        return self.subjects(call, account) | self._named(call, account, (one for one in self.parameters if one.kind))

    def _named(self, call: Call, account: Account, parameters: Iterable[Parameter]) -> set[Address]:
        given = (one for one in parameters if one.name in call.params)
        found = (one.address(call.params[one.name], account) for one in given)
        return {address for address in found if address is not None}
