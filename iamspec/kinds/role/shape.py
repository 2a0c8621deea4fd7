"""A role as people write it, and as IAM knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from iamspec.kinds.contract import Address, Facts, Principal, Shape
from iamspec.kinds.described_fields import (
    boundary_field,
    end_field,
    external_field,
    inline_field,
    lint_field,
    path_field,
    policies_field,
    tags_field,
)
from iamspec.kinds.fields import Count, Flag, Grants, Inlines, Lint, Nullable, Text
from iamspec.kinds.holdings import visible_inline
from iamspec.kinds.role.trust_shape import EVERY_FORM, TRUST, ShortTrust, TrustEntry, TrustSpec, trust_value
from iamspec.policy.document import Document
from iamspec.policy.expiry import End
from iamspec.policy.limits import SHORTEST_SESSION
from iamspec.policy.suspension import is_suspended
from iamspec.policy.trust import takes_session_tags

LONGEST_SESSION = 43_200
PROFILE = "instance-profile"


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
        BeforeValidator(trust_value, json_schema_input_type=list[TrustEntry] | TrustEntry | TrustSpec | None),
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
    permissions_boundary: Nullable = boundary_field("role")
    max_session_duration: Annotated[Count, Field(ge=SHORTEST_SESSION, le=LONGEST_SESSION)] = Field(
        default=SHORTEST_SESSION,
        description="The longest session of the role in seconds, from 3600 to 43200. Left out: 3600.",
        examples=[7200],
    )
    tags: dict[Text, Text] | None = tags_field("role")
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
    expires: End | None = end_field("role")
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
        facts = replace(self.facts, inline=inline)
        return replace(self, inline_policies=visible_inline(inline), suspended=is_suspended(inline), facts=facts)

    @property
    def parts(self) -> frozenset[Address]:
        return frozenset(Address(PROFILE, name) for name in self.instance_profile)

    @property
    def takes_session_tags(self) -> bool:
        """A session may bring tags if the trust allows sts:TagSession."""
        return takes_session_tags(self.trust)

    @property
    def last_used(self) -> datetime | None:
        return self.facts.used
