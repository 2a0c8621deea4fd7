"""A snapshot as the content of the sandbox's account."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iamspec.errors import Unreadable
from iamspec.live.snapshot import Snapshot
from iamspec.sandbox import trust
from iamspec.sandbox.backend import Backend, Holder
from iamspec.sandbox.entities import Group, Policy, Profile, Role, UnknownAwsPolicy, User
from iamspec.sandbox.upstream import PolicyVersion

# Everybody may call GetCallerIdentity, so this allows nothing
PLACEHOLDER = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]}
)
POLICY_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>aws|\d{12}):policy(?P<path>/(?:.+/)?)(?P<name>[^/]+)")

Entity = Mapping[str, Any]


def load(backend: Backend, snapshot: Snapshot) -> None:
    """Puts a whole snapshot into the account, under the account's own id.

    Quotas are not checked.

    An attached policy without a description, unknown to moto, gets
    a document that grants nothing.
    """
    _Loader(backend, snapshot).load()


class _Loader:
    def __init__(self, backend: Backend, snapshot: Snapshot) -> None:
        self.backend, self.snapshot = backend, snapshot
        account = snapshot.account
        self.foreign, self.own = f":iam::{account.id}:", f":iam::{backend.account_id}:"

    def load(self) -> None:
        details = self.snapshot.details
        for policy in details.get("Policies", ()):
            self.policy(policy)
        for group in details.get("GroupDetailList", ()):
            self.group(group)
        for user in details.get("UserDetailList", ()):
            self.user(user)
        for role in details.get("RoleDetailList", ()):
            self.role(role)
        known = {name: one for one in self.backend.principals() for name in (one.arn, one.id)}
        for role in self.backend.roles.values():  # only now: roles trust roles that come later
            role.trust = trust.loaded(role.trust, known)
        if self.snapshot.account.alias:
            self.backend.account_aliases = [self.snapshot.account.alias]
        if self.snapshot.password_policy:
            self.rules(self.snapshot.password_policy)

    def rules(self, policy: Entity) -> None:
        """The password policy, as UpdateAccountPasswordPolicy would take it."""
        self.backend.update_account_password_policy(
            allow_change_password=policy.get("AllowUsersToChangePassword", False),
            hard_expiry=policy.get("HardExpiry", False),
            max_password_age=policy.get("MaxPasswordAge", 0),
            minimum_password_length=policy.get("MinimumPasswordLength", 6),
            password_reuse_prevention=policy.get("PasswordReusePrevention", 0),
            require_lowercase_characters=policy.get("RequireLowercaseCharacters", False),
            require_numbers=policy.get("RequireNumbers", False),
            require_symbols=policy.get("RequireSymbols", False),
            require_uppercase_characters=policy.get("RequireUppercaseCharacters", False),
        )

    def policy(self, entity: Entity) -> None:
        if self._here(entity["Arn"]) in self.backend.managed_policies:
            return  # AWS's own, as moto has it
        policy = self._held(entity["Arn"])
        extra = self.snapshot.policies.get(entity["Arn"], {})
        policy.description = extra.get("Description") or entity.get("Description") or ""
        policy.tags = _tags(extra if "Tags" in extra else entity)
        versions = [_version(policy.arn, one) for one in entity.get("PolicyVersionList") or ()]
        if versions:
            policy.versions = sorted(versions, key=lambda one: _number(one.version_id))
            policy.default_version_id = next((one.version_id for one in versions if one.is_default), "v1")
            policy.next_version_num = 1 + max(_number(one.version_id) for one in versions)
        policy.id = entity.get("PolicyId") or policy.id
        policy.create_date = _date(entity.get("CreateDate")) or policy.create_date
        policy.update_date = _date(entity.get("UpdateDate")) or policy.create_date

    def group(self, entity: Entity) -> None:
        name = entity["GroupName"]
        group = Group(self.backend.account_id, self.backend.partition, name, entity.get("Path", "/"))
        self.backend.groups[name] = group
        self._holder(group, entity, "Group")

    def user(self, entity: Entity) -> None:
        name = entity["UserName"]
        user = User(self.backend.account_id, self.backend.partition, name, entity.get("Path", "/"))
        user.tags = _tags(entity)
        self.backend.users[name] = user
        self._holder(user, entity, "User")
        for group_name in entity.get("GroupList") or ():
            if group_name not in self.backend.groups:
                self.group({"GroupName": group_name})
            self.backend.groups[group_name].users.append(user)

    def role(self, entity: Entity) -> None:
        name, trusted = entity["RoleName"], self._here(_text(entity.get("AssumeRolePolicyDocument")))
        role = Role(self.backend.account_id, self.backend.partition, name, entity.get("Path", "/"), trusted)
        role.tags = _tags(entity)
        role.description = entity.get("Description") or ""
        role.max_session_duration = entity.get("MaxSessionDuration") or role.max_session_duration
        used = entity.get("RoleLastUsed") or {}
        role.last_used, role.last_used_region = _date(used.get("LastUsedDate")), used.get("Region")
        self._holder(role, entity, "Role")
        self.backend.roles[role.id] = role
        for profile in entity.get("InstanceProfileList") or ():
            self._profile(profile, role)

    def _holder(self, holder: Holder, entity: Entity, kind: str) -> None:
        """The fields that users, groups and roles share."""
        holder.id = entity.get(f"{kind}Id") or holder.id
        holder.create_date = _date(entity.get("CreateDate")) or holder.create_date
        inline = entity.get(f"{kind}PolicyList") or ()
        holder.policies = {one["PolicyName"]: _text(one.get("PolicyDocument")) for one in inline}
        for attached in entity.get("AttachedManagedPolicies") or ():
            policy = self._held(attached["PolicyArn"])
            holder.managed_policies[policy.arn] = policy
        boundary = (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        if boundary:
            holder.permissions_boundary_arn = self._held(boundary).arn

    def _here(self, arn: str) -> str:
        return arn.replace(self.foreign, self.own)

    def _held(self, given: str) -> Any:
        """The policy with an ARN, or a placeholder for it."""
        known, arn = self.backend.managed_policies, self._here(given)
        if arn not in known:
            found = POLICY_ARN.fullmatch(arn)
            if found is None:
                raise Unreadable(f'the snapshot holds the policy "{given}", which is no ARN of one')
            kind, owner = (UnknownAwsPolicy, "aws") if found["account"] == "aws" else (Policy, self.backend.account_id)
            partition = self.backend.partition
            known[arn] = kind(found["name"], owner, partition, document=PLACEHOLDER, path=found["path"])
        return known[arn]

    def _profile(self, entity: Entity, role: Role) -> None:
        name, account = entity["InstanceProfileName"], self.backend
        if name not in account.instance_profiles:
            profile = Profile(account.account_id, account.partition, name, entity.get("Path", "/"))
            profile.id = entity.get("InstanceProfileId") or profile.id
            profile.create_date = _date(entity.get("CreateDate")) or profile.create_date
            account.instance_profiles[name] = profile
        account.instance_profiles[name].roles.append(role)


def _version(arn: str, entity: Entity) -> Any:
    is_default, number = bool(entity.get("IsDefaultVersion")), entity.get("VersionId", "v1")
    return PolicyVersion(arn, _text(entity.get("Document")), is_default, number, _date(entity.get("CreateDate")))


def _number(version_id: str) -> int:
    found = re.match(r"v(\d+)", version_id)
    return int(found[1]) if found else 1


def _text(document: Any) -> str:
    """The document as IAM keeps it, which is text."""
    if document is None:
        return PLACEHOLDER
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


def _tags(entity: Entity) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in entity.get("Tags") or ()}


def _date(written: Any) -> datetime | None:
    """Moto keeps dates in UTC without saying so."""
    if not written:
        return None
    date = written if isinstance(written, datetime) else datetime.fromisoformat(written)
    return date.astimezone(UTC).replace(tzinfo=None) if date.tzinfo else date
