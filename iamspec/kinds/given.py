"""The fields that shapes of several kinds share: grants, documents, quotas."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iamspec.kinds.fields import Grant, Inline
from iamspec.kinds.resource import Resource
from iamspec.policy.document import Document
from iamspec.policy.grammar import Finding, check
from iamspec.policy.limits import Quota


@dataclass(frozen=True, slots=True)
class Given:
    """The grants in the lines of an entity, as written.

    `members` are None for a group that does not list them.
    `copies` is the user to copy permissions from. A boundary is
    `written` when the spec decides on it, even if the decision is
    null.
    """

    groups: Sequence[Grant] = ()
    policies: Sequence[Grant] = ()
    inline_policies: Mapping[str, Inline] = field(default_factory=dict)
    boundary: str | None = None
    boundary_written: bool = True
    members: Sequence[Grant] | None = None
    copies: str | None = None
    trusts: Sequence["Mention"] = ()  # identity providers


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity that a shape names: place, kind, and name as written.

    A policy may be named by ARN.
    """

    path: tuple[str | int, ...]
    kind: str
    written: str


def mentions(given: Given) -> Iterator[Mention]:
    """The entities that grants name, in the order in which issues are reported."""
    for index, one in enumerate(given.groups):
        yield Mention(("groups", index), "group", one.name)
    for index, one in enumerate(given.members or ()):
        yield Mention(("members", index), "user", one.name)
    for index, one in enumerate(given.policies):
        yield Mention(("policies", index), "policy", one.name)
    yield from given.trusts
    if given.boundary:
        yield Mention(("permissions_boundary",), "policy", given.boundary)


@dataclass(frozen=True, slots=True)
class Place:
    """The place of policy documents in a shape. "*" stands for any key.

    `size` is the quota of each document. None if the documents
    share a quota.
    """

    path: tuple[str, ...]
    check: Callable[[object], list[Finding]] = check
    size: Quota | None = None
    size_key: str = ""  # the name of the account's own quota of the size in GetAccountSummary
    wrapped: bool = False  # whether {file: …} stands for {document: {file: …}}, beside other ways of writing
    grants: bool = True  # whether a document there grants access to its owner. A trust policy does not

    def documents(self, resource: Resource) -> dict[str, Document]:
        """The documents of a resource at this place, as in `document`, `inline_policies.own`."""
        name = self.path[0]
        value = getattr(resource, name)
        return {name: value} if isinstance(value, Document) else {f"{name}.{key}": value[key] for key in sorted(value)}


@dataclass(frozen=True, slots=True)
class Limit:
    """A quota of IAM on a field of each entity, or on the number of entities.

    `key` is the name of the account's own quota in
    GetAccountSummary. For entities it is the name of their number.
    """

    noun: str
    quota: Quota
    key: str = ""
    field: str = ""

    @property
    def quota_key(self) -> str:
        return self.key if self.field else f"{self.key}Quota"
