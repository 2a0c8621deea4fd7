"""What an account holds, and how it is found; who may do what to it is said elsewhere."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn

from fake.defaults import QUOTAS, START
from iamspec.iam import Account

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
    """`trust` is the text of its trust policy."""

    kind: str = "role"
    trust: str


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
    """An account; users, groups and roles by their name in lower case, policies by ARN."""

    account: Account
    caller_arn: str
    clock: datetime = START
    numbers: int = 0
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
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
        """A user by exact name; without one the user who calls, as IAM reads a missing UserName."""
        if name is None:
            kind, _, path = self.caller_arn.split(":", 5)[5].partition("/")
            if kind != "user":
                raise Refused("ValidationError", "Must specify userName when calling with non-User credentials")
            name = path.rpartition("/")[2]
        found = self.users.get(name.lower())
        if found is None or found.name != name:
            unknown(f"The user with name {name} cannot be found.")
        return found

    def group(self, name: str) -> Group:
        found = self.groups.get(name.lower())
        if found is None or found.name != name:
            unknown(f"The group with name {name} cannot be found.")
        return found

    def role(self, name: str) -> Role:
        found = self.roles.get(name.lower())
        if found is None or found.name != name:
            unknown(f"The role with name {name} cannot be found.")
        return found

    def policy(self, arn: str) -> Policy:
        """A managed policy, AWS's own included."""
        if not arn.startswith("arn:"):
            raise Refused("InvalidInput", f"ARN {arn} is not valid.")
        found = self.policies.get(arn) or self.aws_managed.get(arn)
        if found is None:
            unknown(f"Policy {arn} does not exist or is not attachable.")
        return found

    def own_policy(self, arn: str) -> Policy:
        """A customer-managed policy: AWS's own are nobody's to change."""
        found = self.policy(arn)
        if arn in self.aws_managed:
            raise Refused("AccessDenied", f"{arn} is managed by AWS.")
        return found

    def holders(self) -> Iterator[Holder]:
        yield from self.users.values()
        yield from self.groups.values()
        yield from self.roles.values()

    def members(self, group: Group) -> list[User]:
        return [user for user in self.users.values() if group.id in user.groups]

    def group_names(self, user: User) -> list[str]:
        names = {group.id: group.name for group in self.groups.values()}
        return [names[one] for one in user.groups]

    def attachments(self, arn: str) -> int:
        return sum(arn in holder.attached for holder in self.holders())

    def boundary_uses(self, arn: str) -> int:
        return sum(holder.boundary == arn for holder in self.holders())

    def arn(self, holder: User | Group | Role) -> str:
        return self.account.arn(f"{holder.kind}{holder.path}{holder.name}")
