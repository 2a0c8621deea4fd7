"""The port to IAM: the questions and calls of the program, whatever the transport."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from iamspec.errors import IamError


@dataclass(frozen=True, slots=True)
class Call:
    """One API call.

    `operation` is the name in the API (`AttachUserPolicy`).
    `params` are spelled as boto3 takes them.
    """

    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    service: str = "iam"
    region: str | None = None


def elsewhere(endpoint: str | None) -> tuple[str, ...]:
    """The headline of an answer that does not come from AWS."""
    return (f"Endpoint {endpoint}: this is not AWS",) if endpoint else ()


@dataclass(frozen=True, slots=True)
class Label:
    """The name that the spec gives to something that IAM knows by its ARN alone, such as an issuer of tokens.

    `client_ids` are the audiences of its tokens, as far as they
    are known.
    """

    name: str
    client_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account: 12-digit id, partition (`aws`, `aws-cn`, …), sign-in alias if set.

    `endpoint` is the address of an account outside of AWS, such as
    a sandbox. `labels` has the names of the spec by ARN.
    """

    id: str
    partition: str = "aws"
    alias: str | None = None
    endpoint: str | None = field(default=None, compare=False)
    labels: Mapping[str, Label] = field(default_factory=dict, compare=False, repr=False)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The headline for an account whose answers do not come from AWS.

        Otherwise empty.
        """
        return elsewhere(self.endpoint)

    def arn(self, resource: str) -> str:
        """The ARN of an IAM resource such as `user/engineering/alice` in this account."""
        return f"arn:{self.partition}:iam::{self.id}:{resource}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, after `sts:GetCallerIdentity`."""

    arn: str
    account: str
    endpoint: str | None = field(default=None, compare=False)  # as in Account

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]


class Reader(Protocol):
    """Reads an account.

    A Reader cannot write. It refuses all calls but Get, List,
    Describe and GenerateCredentialReport.
    """

    def caller(self) -> Caller:
        """The identity behind the credentials.

        Raises IamError or Unreadable if there is no identity.
        """
        ...

    def now(self) -> datetime:
        """The time of the account, with its zone."""
        ...

    def pages(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """The answer page by page, following the markers."""
        ...

    def read_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | None]:
        """The answers in the order of the calls.

        The calls run side by side, and pages are merged. The
        answer is None where IAM says NoSuchEntity. Any other
        failure raises: half an answer is no answer.
        """
        ...

    def attempt_each(self, calls: Sequence[Call]) -> list[Mapping[str, Any] | IamError]:
        """As `read_each`, but a refusal is a value: for questions that may stay open."""
        ...


class Writer(Reader, Protocol):
    """Reads and writes an account."""

    def write(self, call: Call, *, patient: bool = False) -> Mapping[str, Any]:
        """Makes the call, and repeats it only where that is safe.

        Raises IamError if IAM refuses. `patient` says that the
        call names a new entity, which IAM may not know everywhere
        yet.
        """
        ...

    def looks(self) -> Iterator[None]:
        """Times at which to read the account again after writing.

        There is at least one. They end when IAM should be
        consistent.
        """
        ...
