"""The account behind the sandbox: moto's backend with the rules that hold between entities."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

from iamspec.sandbox import tags
from iamspec.sandbox.entities import Group, Policy, Role, User
from iamspec.sandbox.quotas import QUOTAS
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import AWS_MANAGED_POLICIES, AWSManagedPolicy, IAMBackend

Holder = User | Group | Role


@cache
def aws_managed(partition: str) -> tuple[Any, ...]:
    """Moto's AWS-managed policies, made once for all sandboxes of a process: nothing here changes them."""
    data = json.loads(AWS_MANAGED_POLICIES)
    return tuple(AWSManagedPolicy.from_data(name, "aws", partition, one) for name, one in data.items())


class Backend(IAMBackend):
    """An IAM account. What holds policies knows them; how often one is held is counted when somebody asks."""

    def __init__(self, partition: str, account_id: str) -> None:
        super().__init__(partition, account_id)
        self.quotas = dict(QUOTAS)
        self.report_made: datetime | None = None
        self.report_text = ""

    def _init_aws_policies(self) -> list[Any]:
        return list(aws_managed(self.partition))

    def named(self, kind: str) -> Iterable[Any]:
        """All entities among which a name must be unique."""
        if kind == "Policy":
            return self.customer_policies()
        entities: Iterable[Any] = {"User": self.users, "Group": self.groups, "Role": self.roles}[kind].values()
        return entities

    def claim(self, kind: str, name: str, owner: Any = None) -> None:
        """EntityAlreadyExists if another entity than the owner has the name, in whatever case."""
        for entity in self.named(kind):
            if entity is not owner and entity.name.lower() == name.lower():
                raise exists(kind, entity.name)

    def limit(self, quota: str, number: int) -> None:
        """LimitExceeded if there would be more than the account's quota."""
        if number > self.quotas[quota]:
            raise Refused(
                "LimitExceeded", f"Cannot exceed quota for {quota.removesuffix('Quota')}: {self.quotas[quota]}"
            )

    def customer_policies(self) -> list[Policy]:
        return [policy for policy in self.managed_policies.values() if isinstance(policy, Policy)]

    def holders(self) -> Iterable[Holder]:
        return chain(self.users.values(), self.groups.values(), self.roles.values())

    def attachments(self) -> Counter[str]:
        """How many users, groups and roles each policy is attached to, by ARN."""
        return Counter(arn for holder in self.holders() for arn in holder.managed_policies)

    def boundaries(self) -> Counter[str]:
        """How many users and roles each policy bounds, by ARN."""
        bounded = chain(self.users.values(), self.roles.values())
        return Counter(one.permissions_boundary_arn for one in bounded if one.permissions_boundary_arn)

    def boundary(self, arn: str) -> str:
        """The ARN of a policy that can be a boundary; NoSuchEntity if there is none."""
        if arn not in self.managed_policies:
            raise Refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")
        return arn

    def groups_of(self, user: User) -> list[Group]:
        return [group for group in self.groups.values() if user in group.users]

    def profiles_of(self, role: Role) -> list[Any]:
        """The instance profiles that hold the role."""
        return [profile for profile in self.instance_profiles.values() if role in profile.roles]

    def create_role(self, role_name: str, document: str, path: str, **given: Any) -> Role:
        """Called by moto for a service-linked role."""
        self.claim("Role", role_name)
        self.limit("RolesQuota", len(self.roles) + 1)
        role = Role(self.account_id, self.partition, role_name, path, document)
        role.description = given["description"] or ""
        role.max_session_duration = given["max_session_duration"]
        role.tags = tags.merged({}, given["tags"], folded=True)
        role.permissions_boundary_arn = given["permissions_boundary"]
        self.roles[role.id] = role
        return role

    def get_access_key_last_used(self, access_key_id: str) -> dict[str, Any]:
        """Moto looks through all accounts of the process."""
        if (key := self.access_keys.get(access_key_id)) is None:
            raise missing(f"The Access Key with id {access_key_id}")
        return {"user_name": key.user_name, "last_used": key.last_used}
