"""The trust of a role as people write it: a list of entries in short form, or a document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Flag, Text, Wrapped
from iamspec.policy.trust.entry import Entry, read as read_entry

TRUST = {  # for examples
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


EVERY_FORM = [  # for examples
    {"service": "lambda.amazonaws.com"},
    {"github": "acme/infra", "environment": "production", "owner_id": 123, "repository_id": 456},
    {"github": "acme/app", "branch": {"like": "release/*"}, "provider": "acme-hub"},
    {"github": "acme/app", "tag": {"like": "v*"}},
    {"github": "acme/app", "pull_request": True},
    {"account": "210987654321", "role": "ci/deployer", "external_id": "x-77"},
    {"account": "210987654321", "user": "ops/ana"},
    {"oidc": "gitlab", "subject": "project_path:acme/app:ref_type:branch:ref:main"},
    {"oidc": "gitlab", "subject": {"like": "project_path:acme/web:ref_type:tag:ref:v*"}},
    {"saml": "okta"},
    {"identity_center": "AdministratorAccess"},
]
TrustData = Annotated[Any, PlainValidator(lambda value: value), WithJsonSchema({"type": "object"})]


class LikeSpec(Shape):
    """A pattern, in which * stands for any text."""

    like: Text = Field(description="The pattern.", examples=["release/*"])


class TrustSpec(Wrapped):
    """Who may assume a role: the trust policy as a document."""

    document: TrustData = Field(
        description="The trust policy, or {file: …} with a file as JSON or YAML, relative to this file.",
        examples=[{"file": "policies/deployer-trust.json"}],
    )


class BareTrust(TrustSpec):
    """A trust policy that stands by itself, as one out of a file does."""

    @property
    def inner(self) -> tuple[str, ...]:
        return ()


class TrustEntry(Shape):
    """A principal that may assume the role.

    It has exactly one of `github`, `service`, `account`, `oidc`,
    `saml`, `identity_center`.
    """

    github: Text | None = Field(
        default=None,
        description=(
            "A repository of GitHub, OWNER/NAME, whose workflows may assume the role. It takes exactly one of "
            "`environment`, `branch`, `tag` and `pull_request`."
        ),
        examples=["acme/infra"],
    )
    environment: Text | None = Field(
        default=None, description="The environment of the job of a workflow.", examples=["production"]
    )
    branch: Text | LikeSpec | None = Field(
        default=None, description="The branch that a workflow runs on.", examples=["main"]
    )
    tag: Text | LikeSpec | None = Field(default=None, description="The tag that a workflow runs on.", examples=["v1"])
    pull_request: Flag | None = Field(
        default=None, description="`true` for the workflows of pull requests.", examples=[True]
    )
    owner_id: Count | None = Field(
        default=None,
        description=(
            "The number of the owner of a repository. With it and `repository_id`, the subject has the ids of both, as "
            "GitHub writes it since July 2026. Without them, a later owner of the name is trusted, too."
        ),
        examples=[123],
    )
    repository_id: Count | None = Field(
        default=None, description="The number of a repository, beside `owner_id`.", examples=[456]
    )
    provider: Text | None = Field(
        default=None,
        description=(
            "The identity provider of a `github` entry, by its name in the spec. Left out: the one of github.com."
        ),
        examples=["acme-hub"],
    )
    service: Text | None = Field(
        default=None, description="An AWS service, by its principal.", examples=["lambda.amazonaws.com"]
    )
    account: Text | None = Field(
        default=None,
        description=(
            "An account, by its 12 digits in quotes or as `own`: everybody there whose policies allow it. With `role` or "
            "`user` only this one."
        ),
        examples=["210987654321", "own"],
    )
    role: Text | None = Field(
        default=None, description="A role of the `account`, with its path.", examples=["ci/deployer"]
    )
    user: Text | None = Field(default=None, description="A user of the `account`, with its path.", examples=["ops/ana"])
    external_id: Text | None = Field(
        default=None,
        description="The external id that the `account` has to give, so that nobody uses it in the name of others.",
        examples=["x-77"],
    )
    oidc: Text | None = Field(
        default=None,
        description="An issuer of tokens, by its name under `identity_providers`. It takes `subject`.",
        examples=["gitlab"],
    )
    subject: Text | LikeSpec | None = Field(
        default=None,
        description="The subject (`sub`) of the tokens of an `oidc` entry.",
        examples=["project_path:acme/app:ref_type:branch:ref:main"],
    )
    saml: Text | None = Field(
        default=None,
        description=(
            "A SAML provider, by its name under `identity_providers`. People come through the console, by the sign-in "
            "address of the partition. For those of Regions, or for other audiences, write the trust as a document."
        ),
        examples=["okta"],
    )
    identity_center: Text | None = Field(
        default=None,
        description="A permission set of Identity Center: its roles in this account. They need a policy, too.",
        examples=["AdministratorAccess"],
    )


@dataclass(frozen=True, slots=True)
class ShortTrust:
    """A trust policy in short form: entries as they are written, or a single entry without a list."""

    entries: Any
    alone: bool = False

    def path(self, index: int) -> tuple[str | int, ...]:
        """The place of an entry in the trust."""
        return () if self.alone else (index,)

    @property
    def read(self) -> list[tuple[int, Entry]]:
        """The entries without mistakes, with their numbers."""
        found = ((at, read_entry(one)[0]) for at, one in enumerate(self.entries) if isinstance(one, Mapping))
        return [(at, one) for at, one in found if one is not None]


def trust_value(value: Any) -> Any:
    """A list of entries, an entry by itself, {document: …}, or a document by itself."""
    if isinstance(value, TrustSpec | ShortTrust) or (isinstance(value, Mapping) and "document" in value):
        return value
    if isinstance(value, list):
        return ShortTrust(entries=value)
    if isinstance(value, Mapping):
        return BareTrust(document=value) if "Statement" in value else ShortTrust(entries=[value], alone=True)
    raise ValueError("must be a list of entries, such as `- {service: lambda.amazonaws.com}`, or {document: …}")
