"""The roles of a state of an account that may be assumed."""

from collections.abc import Mapping
from dataclasses import dataclass

from iamspec.iam import Account
from iamspec.kinds.contract import Address, Resource
from iamspec.kinds.role.shape import Role
from iamspec.policy.document import Document

ASSUME = "sts:AssumeRole"


@dataclass(frozen=True, slots=True)
class Target:
    """A role that may be assumed."""

    address: Address
    arn: str
    trust: Document


def targets_of(resources: Mapping[Address, Resource], account: Account) -> dict[Address, Target]:
    """The roles, live or desired."""
    return {
        address: Target(address, one.facts.arn or account.arn(f"role{one.path}{one.name}"), one.trust)
        for address, one in resources.items()
        if isinstance(one, Role)
    }
