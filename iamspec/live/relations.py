"""Relations between the entities of an account: references, holders of policies, members of groups."""

from collections.abc import Mapping
from dataclasses import dataclass

from iamspec.iam import Account
from iamspec.kinds import KINDS
from iamspec.kinds.contract import Address, Holding, How, Resource, held_policies

Resources = Mapping[Address, Resource]


@dataclass(frozen=True, slots=True)
class Referrer:
    """An entity that names another one, and how."""

    address: Address
    how: How


def referrers_of(resources: Resources, account: Account) -> dict[Address, list[Referrer]]:
    """The entities that name each entity of the account, and how.

    Entities that only list it are left out.
    """
    found: dict[Address, list[Referrer]] = {}
    for address, resource in resources.items():
        kind = KINDS[address.kind]
        for one in kind.references(kind.with_hidden(resource)):
            if one.how is not How.LISTS and (target := one.within(account)):
                found.setdefault(target, []).append(Referrer(address, one.how))
    return found


def holders_of(resources: Resources) -> dict[str, dict[Address, str]]:
    """The holders of each managed policy, by its ARN, and the way of holding: `attaches` or `is bounded by`."""
    found: dict[str, dict[Address, str]] = {}
    for address, resource in resources.items():
        if isinstance(resource, Holding):
            for arn, how in held_policies(KINDS[address.kind].with_hidden(resource)):
                found.setdefault(arn, {})[address] = how.value
    return found


def members_of(resources: Resources) -> dict[Address, list[Address]]:
    """The users in each group."""
    found: dict[Address, list[Address]] = {}
    for address, resource in resources.items():
        for name in resource.groups if isinstance(resource, Holding) else ():
            found.setdefault(Address("group", name), []).append(address)
    return found
