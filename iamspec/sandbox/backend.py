"""An IAM account of the sandbox: moto's backend with the rules that hold between entities."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

from iamspec.sandbox.entities import (
    Device,
    Group,
    OidcProvider,
    Policy,
    Profile,
    Role,
    Root,
    SamlProvider,
    User,
)
from iamspec.sandbox.quotas import QUOTAS
from iamspec.sandbox.refusals import Refused, exists, missing
from iamspec.sandbox.upstream import AWS_MANAGED_POLICIES, AWSManagedPolicy, IAMBackend

Holder = User | Group | Role
NAMED = {"UserName": "User", "GroupName": "Group", "RoleName": "Role", "InstanceProfileName": "InstanceProfile"}
RESERVED_PATHS = ("/aws-service-role/", "/root-task/")


@cache
def aws_managed(partition: str) -> tuple[Any, ...]:
    """Moto's AWS-managed policies, made once for all sandboxes of a process: nothing here changes them."""
    data = json.loads(AWS_MANAGED_POLICIES)
    return tuple(AWSManagedPolicy.from_data(name, "aws", partition, one) for name, one in data.items())


@cache
def _by_arn(partition: str) -> Mapping[str, Any]:
    return {policy.arn: policy for policy in aws_managed(partition)}


class Backend(IAMBackend):
    """An IAM account.

    Holders know their policies. Uses of a policy are counted when
    a call asks for them.
    """

    def __init__(self, partition: str, account_id: str) -> None:
        super().__init__(partition, account_id)
        self.quotas = dict(QUOTAS)
        self.root = Root()
        self.report_made: datetime | None = None
        self.report_text = ""
        self.instance_profiles: dict[str, Profile] = {}
        self.virtual_mfa_devices: dict[str, Device] = {}
        self.open_id_providers: dict[str, OidcProvider] = {}
        self.saml_providers: dict[str, SamlProvider] = {}
        self.role_manager = "false"
        self.spent_keys: set[str] = set()  # deleted access keys. Calls with them are refused
        self.events: list[Any] = []
        self.contacts: dict[str, dict[str, str]] = {}  # alternate contacts by type, such as SECURITY
        self.analyzers: set[tuple[str, str]] = set()  # access analyzers, by region and type
        self.deletion_tasks: dict[str, str] = {}

    def _init_aws_policies(self) -> list[Any]:
        return list(aws_managed(self.partition))

    def _init_managed_policies(self) -> dict[str, Any]:
        return dict(_by_arn(self.partition))

    def arn(self, resource: str) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:{resource}"

    def named(self, kind: str) -> Iterable[Any]:
        """All entities among which a name must be unique."""
        if kind == "Policy":
            return self.customer_policies()
        entities: dict[str, Mapping[str, Any]] = {
            "User": self.users,
            "Group": self.groups,
            "Role": self.roles,
            "InstanceProfile": self.instance_profiles,
        }
        return entities[kind].values()

    def claim(self, kind: str, name: str, owner: Any = None) -> None:
        """EntityAlreadyExists if another entity than the owner has the name, in whatever case."""
        for entity in self.named(kind):
            if entity is not owner and entity.name.lower() == name.lower():
                raise exists(kind, entity.name)

    def spelled(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters with each name as its entity spells it: look-ups by name ignore case."""
        return {
            key: self._spelling(NAMED[key], value) if key in NAMED and isinstance(value, str) else value
            for key, value in params.items()
        }

    def _spelling(self, kind: str, name: str) -> str:
        if (kind == "User" and name in self.users) or (kind == "Group" and name in self.groups):
            return name  # the usual case, without a walk through the account
        return next((one.name for one in self.named(kind) if one.name.lower() == name.lower()), name)

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

    def principals(self) -> Iterable[User | Role]:
        return chain(self.users.values(), self.roles.values())

    def attachments(self) -> Counter[str]:
        """How many users, groups and roles each policy is attached to, by ARN."""
        return Counter(arn for holder in self.holders() for arn in holder.managed_policies)

    def boundaries(self) -> Counter[str]:
        """How many users and roles each policy bounds, by ARN."""
        return Counter(one.permissions_boundary_arn for one in self.principals() if one.permissions_boundary_arn)

    def boundary(self, arn: str) -> str:
        """The ARN of a policy that can be a boundary.

        Raises NoSuchEntity if there is none.
        """
        if (policy := self.managed_policies.get(arn)) is None:
            raise Refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")
        attachable(policy)
        return arn

    def groups_of(self, user: User) -> list[Group]:
        return [group for group in self.groups.values() if user in group.users]

    def profiles_of(self, role: Role) -> list[Any]:
        """The instance profiles that hold the role."""
        return [profile for profile in self.instance_profiles.values() if role in profile.roles]

    def get_access_key_last_used(self, access_key_id: str) -> dict[str, Any]:
        """Moto looks through all accounts of the process."""
        if (key := self.access_keys.get(access_key_id)) is None:
            raise missing(f"The Access Key with id {access_key_id}")
        return {"user_name": key.user_name, "last_used": key.last_used}


def attachable(policy: Any) -> None:
    """PolicyNotAttachable for the policies that AWS keeps for itself."""
    if policy.path.startswith(RESERVED_PATHS):
        raise Refused("PolicyNotAttachable", f"Cannot attach AWS reserved policy {policy.name} to an IAM entity.")
