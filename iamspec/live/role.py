"""Live roles, as far as they hold policies.

No kind manages them, so they are read only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamspec.iam import Account
from iamspec.kinds.contract import Address, Facts, Principal, moment
from iamspec.kinds.holdings import attached_arns, inline_documents
from iamspec.policy.document import Document

KIND = "role"


@dataclass(frozen=True, slots=True)
class Role(Principal):
    """A live role with its policies."""

    path: str = "/"
    policies: frozenset[str] = frozenset()
    permissions_boundary: str | None = None
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        return Address(KIND, self.name)

    def attaching(self, policies: frozenset[str]) -> "Role":
        return replace(self, policies=policies)

    def embedding(self, inline: Mapping[str, Document]) -> "Role":
        return replace(self, inline_policies=inline)


def parse_role(record: Mapping[str, Any], account: Account) -> Role:
    """The role in a record of the sweep."""
    return Role(
        name=record["RoleName"],
        path=record.get("Path", "/"),
        policies=attached_arns(record),
        permissions_boundary=(record.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
        inline_policies=inline_documents(record.get("RolePolicyList") or (), account),
        tags={tag["Key"]: tag["Value"] for tag in record.get("Tags") or ()},
        facts=Facts(record.get("Arn", ""), record.get("RoleId", ""), moment(record.get("CreateDate"))),
    )
