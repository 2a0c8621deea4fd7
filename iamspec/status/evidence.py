"""The facts that the checks judge, read beforehand into a value.

An unreadable fact is `Missing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iamspec.iam import Account, Caller
from iamspec.kinds.contract import Address
from iamspec.kinds.password_policy import PasswordPolicy
from iamspec.live.observe import Live
from iamspec.policy.document import Document
from iamspec.status.report import Report


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that is not known, and the reason."""

    reason: str


NOT_ASKED = Missing("not asked for")


@dataclass(frozen=True, slots=True)
class NotHere:
    """Why a question does not arise in this account."""

    reason: str


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A live role in so far as the checks look at it."""

    address: Address
    path: str
    trust: Document
    inline: Mapping[str, Document] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entities:
    """The sweep of the account: users, groups and policies, and the roles with their trust."""

    live: Live
    roles: tuple[RoleFacts, ...] = ()
    versions: Mapping[str, datetime] = field(default_factory=dict)  # since when a policy says what it says, by ARN
    holders: Mapping[str, Mapping[Address, str]] = field(default_factory=dict)  # who holds each policy and how, by ARN


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server certificate for TLS that IAM keeps."""

    name: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A service-specific credential, such as an API key of Bedrock.

    `expires` is None for a long-term key.
    """

    user: str
    service: str
    active: bool
    created: datetime | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Numbers that the settings choose for the checks."""

    root_unused_days: int = 30
    required_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All facts about an account for the checks.

    `now` is the time at which ages are judged.
    """

    account: Account
    now: datetime
    caller: Caller | None = None  # None for a snapshot
    asked: Asked = Asked()
    entities: Entities | Missing = NOT_ASKED
    password_policy: PasswordPolicy | Missing = NOT_ASKED
    summary: Mapping[str, int] | Missing = NOT_ASKED
    report: Report | Missing = NOT_ASKED
    root_devices: tuple[str, ...] | Missing = NOT_ASKED  # serial numbers of virtual MFA devices of root
    certificates: tuple[Certificate, ...] | Missing = NOT_ASKED
    service_keys: tuple[ServiceKey, ...] | Missing = NOT_ASKED
    contact: bool | Missing = NOT_ASKED
    organization: frozenset[str] | NotHere | Missing | None = None  # the enabled features. None if they were not read
    analyzers: Mapping[str, bool | Missing] = field(default_factory=dict)  # whether one is active, by region
