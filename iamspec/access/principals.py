"""The users of an account with every policy that they have, and the way of each policy to them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from iamspec.iam import Account
from iamspec.kinds.contract import Address, Holding, Principal, Resource
from iamspec.kinds.holdings import reference
from iamspec.kinds.policy.shape import Policy
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Source
from iamspec.policy.limits import reserved_inline

# Its document cannot change: its holders are administrators, even if IAM cannot be asked.
ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class Held:
    """A policy that a user has: its owner, the field there, and the group that it comes through.

    `document` is None if the document is unknown.
    """

    owner: Address
    path: tuple[str, ...]
    document: Document | None
    through: Address | None = None
    arn: str = ""  # of a managed policy

    @cached_property
    def label(self) -> str:
        """`policy/deploy through group/developers`, `user/alice inline_policies.own-mfa`."""
        inline = f" {'.'.join(self.path)}" if self.path[:1] == ("inline_policies",) else ""
        through = f" through {self.through}" if self.through is not None and self.through != self.owner else ""
        return f"{self.owner}{inline}{through}"

    @cached_property
    def source(self) -> Source | None:
        """The policy for evaluation, as the same value for all holders. None for an unknown document."""
        return None if self.document is None else Source(self.label, self.document)


@dataclass(frozen=True, slots=True)
class Powers:
    """All policies and facts that decide about a principal.

    A boundary with an unknown document makes every answer
    uncertain. `tags` are None if they are unknown. Requests may
    have further tags if sessions bring some.
    """

    address: Address
    arn: str
    tags: Mapping[str, str] | None = field(default_factory=dict)
    policies: tuple[Held, ...] = ()
    boundary: Held | None = None
    groups: frozenset[str] = frozenset()
    takes_session_tags: bool = False

    @property
    def unknown(self) -> list[str]:
        """The policies whose documents are not known, sorted."""
        bounds = (self.boundary,) if self.boundary is not None else ()
        return sorted({held.label for held in (*self.policies, *bounds) if held.document is None})

    @property
    def unknown_arns(self) -> list[str]:
        """The ARNs of AWS-managed policies among these."""
        bounds = (self.boundary,) if self.boundary is not None else ()
        unread = [one.arn for one in (*self.policies, *bounds) if one.document is None]
        return sorted({arn for arn in unread if arn.split(":")[4:5] == ["aws"]})


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of managed policies by ARN: those of the account, and the known ones of AWS."""

    account: Account
    own: Mapping[str, Document]
    aws: Mapping[str, Document] = field(default_factory=dict)
    owners: Mapping[str, Address] = field(default_factory=dict)  # of `own`, by ARN, whatever account that names
    attached: dict[tuple[str, Address | None], Held] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, resources: Mapping[Address, Resource], account: Account, aws: Mapping[str, Document]) -> "Documents":
        own, owners = {}, {}
        for address, one in resources.items():
            if isinstance(one, Policy):
                arn = policy_arn(one, account)
                own[arn], owners[arn] = one.document, address
        return cls(account, own, aws, owners)

    def held(self, arn: str, through: Address | None) -> Held:
        """A managed policy, as one value for all who have it in the same way."""
        found = self.attached.get((arn, through))
        if found is None:
            found = self.attached[arn, through] = self._held(arn, through)
        return found

    def _held(self, arn: str, through: Address | None) -> Held:
        owner = self.owners.get(arn) or Address("policy", reference(arn, self.account))
        if arn.endswith(":aws:policy/AdministratorAccess"):
            return Held(owner, ("document",), Document(ADMINISTRATOR, self.account.partition), through, arn)
        found = self.own.get(arn) or self.aws.get(arn)
        return Held(owner, ("document",), found if found is not None and found.data is not None else None, through, arn)


def policy_arn(policy: Policy, account: Account) -> str:
    return policy.facts.arn or account.arn(f"policy{policy.path}{policy.name}")


def all_powers(
    resources: Mapping[Address, Resource], account: Account, aws: Mapping[str, Document]
) -> dict[Address, Powers]:
    """The policies of every user and role of a state, live or desired."""
    return powers_of(resources, Documents.of(resources, account, aws))


def powers_of(
    resources: Mapping[Address, Resource], documents: Documents, kept: Mapping[Address, Powers] | None = None
) -> dict[Address, Powers]:
    """Every user and role with all policies.

    Users of a group share the `Held` values of the group. `kept`
    are powers that are known already.
    """
    known = kept or {}
    named = {address: address for address in resources if address.kind == "group"}

    @cache
    def group(name: str) -> tuple[Held, ...]:
        address = named.get(Address("group", name))
        found = None if address is None else resources[address]
        if address is None or not isinstance(found, Holding):
            return of_unknown_group(Address("group", name))
        return tuple(held_by(documents, address, found))

    return {
        address: known[address] if address in known else _powers(address, principal, documents, group)
        for address, principal in resources.items()
        if isinstance(principal, Principal)
    }


def of_unknown_group(address: Address) -> tuple[Held, ...]:
    """The policies of an external group, which may grant anything."""
    return (Held(address, (), None, address),)


def powers_of_one(
    address: Address, principal: Principal, documents: Documents, group: Callable[[str], tuple[Held, ...]]
) -> Powers:
    """A user or role with all policies. The name is that of the entity, in its own case."""
    same = address if address.name == principal.name else Address(address.kind, principal.name)
    return _powers(same, principal, documents, group)


def unreached(
    old: Mapping[Address, Resource], new: Mapping[Address, Resource], account: Account
) -> Callable[[Address], bool]:
    """Whether a principal of two states is the same in both, with the same groups and policies."""
    changed = {one for one in old.keys() | new.keys() if old.get(one) is not new.get(one)}
    sides = [side[one] for one in changed for side in (old, new) if one in side]
    arns = {policy_arn(one, account) for one in sides if isinstance(one, Policy)}
    groups = {
        address
        for side in (old, new)
        for address, one in side.items()
        if address.kind == "group" and (address in changed or (arns and not _arns(one).isdisjoint(arns)))
    }

    def same(address: Address) -> bool:
        one = new.get(address)
        if not isinstance(one, Principal) or address in changed:
            return False
        if groups and any(Address("group", name) in groups for name in one.groups):
            return False
        return not arns or (_arns(one).isdisjoint(arns) and one.permissions_boundary not in arns)

    return same


def _arns(one: Resource) -> frozenset[str]:
    return one.policies | one.facts.quarantine if isinstance(one, Holding) else frozenset()


def unread(address: Address, account: Account) -> Powers:
    """A user about whom nothing is known."""
    return Powers(address, account.arn(f"user/{address.name}"), None, (Held(address, (), None),))


def _powers(
    address: Address, principal: Principal, documents: Documents, group: Callable[[str], tuple[Held, ...]]
) -> Powers:
    policies = list(held_by(documents, address, principal))
    for name in sorted(principal.groups):
        policies += group(name)
    boundary, tags = principal.permissions_boundary, principal.tags
    return Powers(
        address=address,
        arn=principal.facts.arn or documents.account.arn(f"{address.kind}{principal.path}{principal.name}"),
        tags=None if tags is None else {**tags, **principal.facts.reserved_tags},
        policies=tuple(policies),
        boundary=documents.held(boundary, None) if boundary else None,
        groups=principal.groups,
        takes_session_tags=principal.takes_session_tags,
    )


def held_by(documents: Documents, holder: Address, entity: Holding) -> Iterator[Held]:
    """The policies that a user or a group has itself, inline policies first.

    Policies of iamspec and of AWS are included.
    """
    inline = entity.inline_policies
    if entity.facts.inline:
        inline = {**inline, **{name: one for name, one in entity.facts.inline.items() if reserved_inline(name)}}
    through = None if isinstance(entity, Principal) else holder
    for name in sorted(inline):
        yield Held(holder, ("inline_policies", name), inline[name], through)
    for arn in sorted(entity.policies | entity.facts.quarantine):
        yield documents.held(arn, through)
