"""A role as people write it, and as IAM knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from iamspec.kinds.contract import Address, Facts, Principal, Shape
from iamspec.kinds.fields import (
    Count,
    Flag,
    Grants,
    Inlines,
    Lint,
    Nullable,
    Text,
    Wrapped,
    external_field,
    inline_field,
    lint_field,
    path_field,
    policies_field,
)
from iamspec.policy.document import Document
from iamspec.policy.expiry import End
from iamspec.policy.limits import SHORTEST_SESSION, reserved_inline
from iamspec.policy.suspension import is_suspended
from iamspec.policy.trust.entry import Entry, read as read_entry

LONGEST_SESSION = 43_200
PROFILE = "instance-profile"
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


def _trust(value: Any) -> Any:
    """A list of entries, an entry by itself, {document: …}, or a document by itself."""
    if isinstance(value, TrustSpec | ShortTrust) or (isinstance(value, Mapping) and "document" in value):
        return value
    if isinstance(value, list):
        return ShortTrust(entries=value)
    if isinstance(value, Mapping):
        return BareTrust(document=value) if "Statement" in value else ShortTrust(entries=[value], alone=True)
    raise ValueError("must be a list of entries, such as `- {service: lambda.amazonaws.com}`, or {document: …}")


def _profiles(value: Any) -> Any:
    """True, false, a name, or a list of names."""
    if isinstance(value, bool):
        return value
    if type(value) is not str and value in ("true", "false", "null", "~"):
        return value == "true"
    names = value if isinstance(value, list) else [value]
    if all(isinstance(one, str) and one for one in names):
        return list(map(str, names))
    raise ValueError("must be true, false, the name of an instance profile, or a list of names")


class RoleSpec(Shape):
    """Roles by name.

    A declared role has exactly the trust and the policies that the
    spec says: left out means none. Description, tags and
    `suspended` are not managed where they are left out.
    """

    sample: ClassVar[Mapping[str, Any]] = {
        "deployer": {"trust": [{"service": "lambda.amazonaws.com"}], "policies": ["deploy-artifacts"]}
    }

    path: Text = path_field("ci")
    description: Text | None = Field(
        default=None,
        description='What the role is for. "" takes a description away. Left out: not managed.',
        examples=["Deploys from the main branch"],
    )
    trust: Annotated[
        TrustSpec | ShortTrust | None,
        BeforeValidator(_trust, json_schema_input_type=list[TrustEntry] | TrustEntry | TrustSpec | None),
    ] = Field(
        default=None,
        description=(
            "Who may assume the role: a list of entries, {document: …} with a trust policy, or {file: …} with a file of "
            "it. Every role but an external one needs it."
        ),
        examples=[
            EVERY_FORM,
            {"document": TRUST},
            {"file": "policies/deployer-trust.json"},
        ],
    )
    policies: Grants = policies_field("role")
    inline_policies: Inlines = inline_field()
    permissions_boundary: Nullable = Field(
        default=None,
        description=(
            "The managed policy that limits what the role may do at most. `null` takes it off. Left out: none; if a "
            "live role has one, the guard `boundary` complains, because a forgotten line must not lift a limit."
        ),
        examples=["developer-boundary"],
    )
    max_session_duration: Annotated[Count, Field(ge=SHORTEST_SESSION, le=LONGEST_SESSION)] = Field(
        default=SHORTEST_SESSION,
        description="The longest session of the role in seconds, from 3600 to 43200. Left out: 3600.",
        examples=[7200],
    )
    tags: dict[Text, Text] | None = Field(
        default=None,
        description=(
            "The tags of the role, complete but for tags that begin with `aws:` or `iamspec:`. Left out: not managed."
        ),
        examples=[{"team": "platform"}],
    )
    instance_profile: Annotated[
        bool | list[Text], BeforeValidator(_profiles, json_schema_input_type=bool | Text | list[Text])
    ] = Field(
        default=False,
        description=(
            "The instance profile through which EC2 gets the role. `true` is one with the name of the role; a name is "
            "one of another name. A live one that is not here is emptied and deleted. Left out: none."
        ),
        examples=[True, "web"],
    )
    suspended: Flag | None = Field(
        default=None,
        description=(
            "`true` locks the role out: a policy denies everything, open sessions included. Trust and policies stay. "
            "`false` lifts it. Left out: as it is."
        ),
        examples=[True],
    )
    expires: End | None = Field(
        default=None,
        description=(
            "The end of the role: a day, to its end in UTC, or a time. The first apply after it suspends the role. "
            "Left out: never."
        ),
        examples=["2027-03-31"],
    )
    copy_permissions_from: Text | None = Field(
        default=None,
        description=(
            "Another role whose policies, inline policies and boundary this role gets, too, for as long as the line "
            "stands. The own lists add to them. The trust is never copied. Left out: nobody."
        ),
        examples=["releaser"],
    )
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class RoleFacts(Facts):
    """Facts about a live role.

    `inline` has the policies that iamspec hides from the diff,
    too. `used` is None for a role that was not used within 400
    days, and for a role whose use is not `used_known`. A role with
    a `template` is Role Manager's. It is None where it was not
    read. `asked` has the reads that have been answered.
    """

    inline: Mapping[str, Document] = field(default_factory=dict)
    reserved_tags: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, str] = field(default_factory=dict)  # ARNs of instance profiles by name
    used: datetime | None = None
    used_known: bool = False
    template: str | None = None
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Role(Principal):
    """A role as IAM knows it.

    `policies` and `permissions_boundary` are ARNs,
    `instance_profile` has names. `description`,
    `max_session_duration` and `suspended` are None where they were
    not read, or where the spec does not mention them.
    """

    path: str = "/"
    description: str | None = None
    trust: Document = field(default_factory=lambda: Document(None))
    policies: frozenset[str] = frozenset()
    inline_policies: Mapping[str, Document] = field(default_factory=dict)
    permissions_boundary: str | None = None
    max_session_duration: int | None = None
    tags: Mapping[str, str] | None = None
    instance_profile: frozenset[str] = frozenset()
    suspended: bool | None = None
    expires: datetime | None = field(default=None, compare=False)
    boundary_written: bool = field(default=True, compare=False)
    via: Mapping[tuple[str, str], Address] = field(default_factory=dict, compare=False)
    facts: RoleFacts = field(default=RoleFacts(), compare=False, kw_only=True)

    def attaching(self, policies: frozenset[str]) -> "Role":
        """The role when it attaches exactly these policies."""
        return replace(self, policies=policies)

    def embedding(self, inline: Mapping[str, Document]) -> "Role":
        """The role when it has exactly these inline policies."""
        seen = {name: one for name, one in inline.items() if not reserved_inline(name)}
        facts = replace(self.facts, inline=inline)
        return replace(self, inline_policies=seen, suspended=is_suspended(inline), facts=facts)

    @property
    def parts(self) -> frozenset[Address]:
        return frozenset(Address(PROFILE, name) for name in self.instance_profile)

    @property
    def last_used(self) -> datetime | None:
        return self.facts.used
