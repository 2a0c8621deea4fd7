"""moto's entities with what IAM keeps of them and moto does not: boundaries, tags, ids, service credentials."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from iamspec.sandbox.upstream import AWSManagedPolicy, BaseGroup, BaseRole, BaseUser, ManagedPolicy, utcnow

ALPHABET = string.ascii_uppercase + "234567"


def unique_id(prefix: str, length: int = 21) -> str:
    """An id such as IAM gives to what has the prefix (`AIDA` a user, `AGPA` a group)."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(length - len(prefix)))


@dataclass(slots=True)
class ServiceCredential:
    """A password for one service, such as HTTPS Git of CodeCommit."""

    user_name: str
    service: str
    id: str = field(default_factory=lambda: unique_id("ACCA"))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    status: str = "Active"
    create_date: datetime = field(default_factory=utcnow)


class User(BaseUser):
    """A user; `tags` maps keys to values, where moto keeps them elsewhere."""

    tags: Mapping[str, str] = MappingProxyType({})

    def __init__(self, account_id: str, partition: str, name: str, path: str) -> None:
        super().__init__(account_id, partition, name, path)
        self.id = unique_id("AIDA")
        self.permissions_boundary_arn: str | None = None
        self.service_credentials: list[ServiceCredential] = []
        self.password_created: datetime | None = None


class Group(BaseGroup):
    """A group."""

    def __init__(self, account_id: str, partition: str, name: str, path: str) -> None:
        super().__init__(account_id, partition, name, path)
        self.id = unique_id("AGPA")


class Role(BaseRole):
    """A role; `tags` maps keys to values."""

    def __init__(self, account_id: str, partition: str, name: str, path: str, trust: str) -> None:
        super().__init__(account_id, partition, unique_id("AROA"), name, trust, path, None, "", [], "3600")
        self.tags: Mapping[str, str] = {}

    @property
    def service_linked(self) -> bool:
        return str(self.path).startswith("/aws-service-role/")


class Policy(ManagedPolicy):
    """A customer-managed policy; `tags` maps keys to values."""

    def __init__(self, name: str, account_id: str, partition: str, **given: Any) -> None:
        super().__init__(name, account_id, partition, **given)
        self.id = unique_id("ANPA")


class UnknownAwsPolicy(AWSManagedPolicy):
    """An AWS-managed policy that a capture attaches and moto does not know."""
