"""The content of an account, and how to find entities in it. The rules for calls are in other modules."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn

from fake.defaults import QUOTAS, START
from iamspec.iam import Account

POLICY_ARN = re.compile(r"arn:(?P<partition>[^:]+):iam::(?P<owner>aws|\d{12}):policy/.+")

Answer = Mapping[str, Any]
Operation = Callable[..., Answer | None]


class Refused(Exception):  # noqa: N818 - IAM refuses; the client makes an IamError of it
    """IAM says no: an error code and a message."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


def unknown(message: str) -> NoReturn:
    raise Refused("NoSuchEntity", message)


@dataclass(slots=True, kw_only=True)
class Holder:
    """What users, groups and roles share; `inline` has the texts of documents, `attached` ARNs in their order."""

    name: str
    path: str
    id: str
    created: datetime
    attached: list[str] = field(default_factory=list)
    inline: dict[str, str] = field(default_factory=dict)
    boundary: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Password:
    text: str
    reset_required: bool
    created: datetime


@dataclass(slots=True)
class Credential:
    """An access key, an MFA device, an SSH key, a certificate or a service-specific credential."""

    id: str
    created: datetime
    status: str = "Active"
    used: datetime | None = None


@dataclass(slots=True, kw_only=True)
class User(Holder):
    """`groups` has the ids of groups, so that memberships outlive renames."""

    kind: str = "user"
    groups: list[str] = field(default_factory=list)
    password: Password | None = None
    password_used: datetime | None = None
    keys: dict[str, Credential] = field(default_factory=dict)
    mfa: dict[str, Credential] = field(default_factory=dict)
    ssh_keys: dict[str, Credential] = field(default_factory=dict)
    certificates: dict[str, Credential] = field(default_factory=dict)
    service_credentials: dict[str, Credential] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Group(Holder):
    kind: str = "group"


@dataclass(slots=True, kw_only=True)
class Role(Holder):
    """`trust` is the text of the trust policy. Users and roles of the account stand in it by id.

    No call sets `used` and `template`, the ARN of a template of IAM Role Manager. Tests do.
    """

    kind: str = "role"
    trust: str
    description: str | None = None
    max_session: int = 3600
    used: datetime | None = None
    template: str | None = None

    @property
    def service_linked(self) -> bool:
        return self.path.startswith("/aws-service-role/")


@dataclass(slots=True, kw_only=True)
class Profile:
    """An instance profile; `role` is the id of the role in it."""

    name: str
    path: str
    id: str
    created: datetime
    role: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class OidcProvider:
    """`url` stands without its scheme."""

    arn: str
    url: str
    client_ids: list[str]
    thumbprints: list[str]
    created: datetime
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class SamlProvider:
    """`keys` has the ids of its private keys."""

    arn: str
    name: str
    document: str
    created: datetime
    encryption: str | None = None
    keys: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Version:
    id: str
    text: str
    created: datetime


@dataclass(slots=True, kw_only=True)
class Policy:
    """`made` counts the versions ever made: the number of a deleted one does not come back."""

    name: str
    path: str
    id: str
    arn: str
    created: datetime
    updated: datetime
    versions: dict[str, Version]
    default: str = "v1"
    made: int = 1
    description: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """An account; users, groups, roles and instance profiles by name in lower case, policies and providers by ARN."""

    account: Account
    caller_arn: str
    clock: datetime = START
    numbers: int = 0
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    oidc_providers: dict[str, OidcProvider] = field(default_factory=dict)
    saml_providers: dict[str, SamlProvider] = field(default_factory=dict)
    deletion_tasks: dict[str, str] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    aws_managed: dict[str, Policy] = field(default_factory=dict)
    alias: str | None = None
    aliases_elsewhere: set[str] = field(default_factory=set)
    password_policy: dict[str, Any] | None = None
    unassigned_mfa: list[str] = field(default_factory=list)
    quotas: dict[str, int] = field(default_factory=QUOTAS.copy)

    def tick(self) -> datetime:
        """The time now; each is a second after the one before."""
        now, self.clock = self.clock, self.clock + timedelta(seconds=1)
        return now

    def new_id(self, prefix: str) -> str:
        """An id that no other thing in the account has ever had."""
        self.numbers += 1
        return f"{prefix}{self.numbers:016d}"

    def user(self, name: str | None = None) -> User:
        """A user by name in any case; without one the user who calls, as IAM reads a missing UserName."""
        if name is None:
            kind, _, path = self.caller_arn.split(":", 5)[5].partition("/")
            if kind != "user":
                raise Refused("ValidationError", "Must specify userName when calling with non-User credentials")
            name = path.rpartition("/")[2]
        return self.users.get(name.lower()) or unknown(f"The user with name {name} cannot be found.")

    def group(self, name: str) -> Group:
        return self.groups.get(name.lower()) or unknown(f"The group with name {name} cannot be found.")

    def role(self, name: str) -> Role:
        return self.roles.get(name.lower()) or unknown(f"The role with name {name} cannot be found.")

    def own_role(self, name: str) -> Role:
        """A role, unless only the service that it is linked to may change it."""
        if (role := self.role(name)).service_linked:
            raise Refused("UnmodifiableEntity", f"Cannot perform the operation on the protected role '{role.name}'.")
        return role

    def profile(self, name: str) -> Profile:
        return self.profiles.get(name.lower()) or unknown(f"Instance Profile {name} cannot be found.")

    def oidc_provider(self, arn: str) -> OidcProvider:
        return self.oidc_providers.get(arn) or unknown(f"OpenIDConnect Provider for arn {arn} cannot be found.")

    def saml_provider(self, arn: str) -> SamlProvider:
        return self.saml_providers.get(arn) or unknown(f"Manifest for arn {arn} cannot be found.")

    def policy(self, arn: str) -> Policy:
        """A managed policy, AWS's own included."""
        _policy_owner(self.account, arn)
        found = self.policies.get(arn) or self.aws_managed.get(arn)
        if found is None:
            unknown(f"Policy {arn} does not exist or is not attachable.")
        return found

    def own_policy(self, arn: str) -> Policy:
        """A customer-managed policy: those of AWS and of other accounts are nobody's to change."""
        if _policy_owner(self.account, arn) != self.account.id:
            raise Refused("AccessDenied", f"Cannot change policies outside your own account: {arn}.")
        return self.policy(arn)

    def tagged_policy(self, arn: str) -> Policy:
        if _policy_owner(self.account, arn) == "aws":
            raise Refused("InvalidInput", "Tags not supported for policies in this domain.")
        return self.policy(arn)

    def holders(self) -> Iterator[Holder]:
        yield from self.users.values()
        yield from self.groups.values()
        yield from self.roles.values()

    def members(self, group: Group) -> list[User]:
        return [user for user in self.users.values() if group.id in user.groups]

    def group_names(self, user: User) -> list[str]:
        names = {group.id: group.name for group in self.groups.values()}
        return [names[one] for one in user.groups]

    def held_policies(self) -> set[str]:
        """The ARNs of the policies that are attached or a boundary, AWS's own included."""
        attached = {arn for holder in self.holders() for arn in holder.attached}
        return attached | {holder.boundary for holder in self.holders() if holder.boundary}

    def attachments(self, arn: str) -> int:
        return sum(arn in holder.attached for holder in self.holders())

    def boundary_uses(self, arn: str) -> int:
        return sum(holder.boundary == arn for holder in self.holders())

    def principals(self) -> Iterator[User | Role]:
        yield from self.users.values()
        yield from self.roles.values()

    def arn(self, holder: User | Group | Role) -> str:
        return self.account.arn(f"{holder.kind}{holder.path}{holder.name}")


def _policy_owner(account: Account, arn: str) -> str:
    """The account in the ARN of a policy, `aws` of AWS's own."""
    if not (found := POLICY_ARN.fullmatch(arn)):
        raise Refused("InvalidInput", f"ARN {arn} is not valid.")
    if found["partition"] != account.partition:
        raise Refused("ValidationError", f"Partition {found['partition']} is not valid for resource {arn}.")
    return found["owner"]
