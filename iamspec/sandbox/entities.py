"""moto's entities with the facts that IAM keeps and moto lacks.

These are boundaries, tags, ids, trust and service credentials.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from iamspec.sandbox.upstream import (
    AWSManagedPolicy,
    BaseDevice,
    BaseGroup,
    BaseProfile,
    BaseRole,
    BaseUser,
    ManagedPolicy,
    utcnow,
)

ALPHABET = string.ascii_uppercase + "234567"


def unique_id(prefix: str, length: int = 21) -> str:
    """An id such as IAM gives to entities with the prefix (`AIDA` a user, `AGPA` a group)."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length - len(prefix)))


@dataclass(slots=True)
class ServiceCredential:
    """A password, or an alias and a secret, for a service.

    `login` keeps the name of the user at that time.
    """

    user_name: str
    service: str
    login: str
    expires: datetime | None = None
    id: str = field(default_factory=lambda: unique_id("ACCA"))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    status: str = "Active"
    create_date: datetime = field(default_factory=utcnow)


class User(BaseUser):
    """A user. `tags` maps keys to values, where moto keeps them elsewhere.

    `gone` is set when the user is deleted.
    """

    tags: Mapping[str, str] = MappingProxyType({})
    gone = False

    def __init__(self, account_id: str, partition: str, name: str, path: str) -> None:
        super().__init__(account_id, partition, name, path)
        self.id = unique_id("AIDA")
        self.permissions_boundary_arn: str | None = None
        self.service_credentials: list[ServiceCredential] = []
        self.password_created: datetime | None = None
        self.password_changed: datetime | None = None


class Group(BaseGroup):
    """A group."""

    def __init__(self, account_id: str, partition: str, name: str, path: str) -> None:
        super().__init__(account_id, partition, name, path)
        self.id = unique_id("AGPA")


class Role(BaseRole):
    """A role. `tags` maps keys to values.

    `gone` is set when it is deleted. No call sets `template`, the
    ARN of a template of IAM Role Manager.
    """

    gone = False

    def __init__(self, account_id: str, partition: str, name: str, path: str, trust: Any) -> None:
        super().__init__(account_id, partition, unique_id("AROA"), name, "{}", path, None, "", [], "3600")
        self.tags: Mapping[str, str] = {}
        self.trust = trust
        self.max_signin_session_duration: int | None = None
        self.template: str | None = None

    @property
    def service_linked(self) -> bool:
        return str(self.path).startswith("/aws-service-role/")


class Policy(ManagedPolicy):
    """A customer-managed policy. `tags` maps keys to values."""

    def __init__(self, name: str, account_id: str, partition: str, **given: Any) -> None:
        super().__init__(name, account_id, partition, **given)
        self.id = unique_id("ANPA")


class UnknownAwsPolicy(AWSManagedPolicy):
    """An AWS-managed policy that a capture attaches and moto does not know."""


class Profile(BaseProfile):
    """An instance profile. `tags` maps keys to values."""

    def __init__(self, account_id: str, partition: str, name: str, path: str) -> None:
        super().__init__(account_id, partition, unique_id("AIPA"), name, path, [])
        self.tags: Mapping[str, str] = {}


class Device(BaseDevice):
    """A virtual MFA device. `tags` maps keys to values."""

    def __init__(self, account_id: str, partition: str, name: str) -> None:
        super().__init__(account_id, partition, name)
        self.tags: Mapping[str, str] = {}


@dataclass(slots=True)
class OidcProvider:
    """An identity provider that signs tokens. `url` stands without its scheme."""

    arn: str
    url: str
    client_ids: list[str]
    thumbprints: list[str]
    tags: Mapping[str, str] = field(default_factory=dict)
    create_date: datetime = field(default_factory=utcnow)


@dataclass(slots=True)
class SamlProvider:
    """An identity provider that signs SAML assertions.

    `keys` maps the ids of private keys to their dates.
    """

    arn: str
    name: str
    document: str
    valid_until: datetime
    encryption: str | None = None
    keys: dict[str, datetime] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: unique_id("ASP"))
    create_date: datetime = field(default_factory=utcnow)


@dataclass(slots=True)
class Root:
    """The root user of an account: `mfa` is "hardware", "virtual" or nothing."""

    password: bool = True
    mfa: str = "hardware"
    keys: int = 0
    password_last_used: datetime | None = None
    key_last_used: datetime | None = None
    created: datetime = field(default_factory=lambda: datetime(2020, 1, 1))  # noqa: DTZ001 - as moto keeps dates
