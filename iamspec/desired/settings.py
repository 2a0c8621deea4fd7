"""The settings of a spec.

They stand in a single file directly in a PATH, so a single owner
reviews them.
"""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    WithJsonSchema,
    create_model,
)

from iamspec.desired.exceptions import AllowedComplaintSpec, Day, DriftSpec
from iamspec.kinds import KINDS, SCOPED
from iamspec.kinds.account import AccountSpec
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Lint, Text
from iamspec.policy.grammar.quoting import nearest
from iamspec.policy.limits import ACCOUNT_ID

KINDS_OF = {kind.section: kind for kind in KINDS.values() if kind.scoped}
ENTITIES = tuple(KINDS_OF)


def _version(value: Any) -> Any:
    if value in ("1", 1):
        return 1
    raise ValueError("must be 1, the only version there is")


def _section(value: Any) -> Any:
    if value not in ENTITIES:
        near = nearest(str(value), ENTITIES)
        hint = f'; did you mean "{near}"?' if near else ""
        raise ValueError(f"unknown key; the kinds are {', '.join(ENTITIES)}{hint}")
    return str(value)


def _prune(value: Any) -> Any:
    """A switch, or a list of kinds."""
    if isinstance(value, bool | list):
        return value
    if type(value) is not str and isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise ValueError("must be true or false, without quotes, or a list of kinds")


PRUNED = tuple(section for section in ENTITIES if not KINDS_OF[section].by_request)  # what `prune: true` means


def _account_id(value: Any) -> Any:
    if not isinstance(value, str) or not ACCOUNT_ID.fullmatch(value):
        raise ValueError("must be an account id: 12 digits, in quotes")
    return str(value)


AccountId = Annotated[str, BeforeValidator(_account_id), WithJsonSchema({"type": "string", "pattern": "^[0-9]{12}$"})]
Version = Annotated[Literal[1], BeforeValidator(_version)]
Section = Annotated[str, BeforeValidator(_section), WithJsonSchema({"enum": list(ENTITIES)})]
Globs = dict[Section, list[Text]]
KINDS_ONLY: dict[str, Any] = {"propertyNames": {"enum": list(ENTITIES)}}


class Scoping(Shape):
    """The scope of iamspec: globs by kind, minus the excluded.

    Without globs everything is in scope.
    """

    trusted_accounts: list[AccountId] = Field(
        default_factory=list,
        description=(
            "Ids of other accounts that the roles of AWS's own tools may trust, such as the management account. A role "
            "with a name like OrganizationAccountAccessRole is kept, whatever prune says, while it trusts nobody else. "
            "Left out: none."
        ),
        examples=[["210987654321"]],
    )

    def globs(self, section: str) -> list[str] | None:
        """The globs of a kind, by its section.

        None where the scope does not name the kind.
        """
        found: list[str] | None = getattr(self, section)
        return found

    @property
    def excluded(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = getattr(self, "exclude")  # noqa: B009 - a field that the model below has
        return found


def _globs(section: str) -> Any:
    return Field(
        default=None,
        description=(
            f"Globs of the {section} in scope. One with a leading slash matches path and name, another one the name. "
            "* crosses slashes, and case does not matter. Left out: all, or none if another kind has globs."
        ),
        examples=[["/people/*"]],
    )


if TYPE_CHECKING:
    ScopeSpec = Scoping
else:  # a list of globs for each kind
    ScopeSpec = create_model(
        "ScopeSpec",
        __base__=Scoping,
        __doc__=Scoping.__doc__,
        __module__=__name__,
        **{kind.section: (list[Text] | None, _globs(kind.section)) for kind in SCOPED.values()},
        exclude=(
            Globs,
            Field(
                default_factory=dict,
                description="Globs by kind of what is out of scope all the same. Left out: none.",
                examples=[{"users": ["svc-terraform-*"]}],
                json_schema_extra=KINDS_ONLY,
            ),
        ),
    )


class Guards(Shape):
    """The limits that the guards hold a plan to."""

    max_deletes: Count = Field(
        default=5,
        description="The most deletions of one kind in one plan that the guard mass-delete lets through. Left out: 5.",
        examples=[10],
    )
    max_revokes: Count = Field(
        default=20,
        description=(
            "The most memberships and attachments that one plan takes away before the guard mass-delete complains. Left "
            "out: 20."
        ),
        examples=[50],
    )
    min_admins: Count = Field(
        default=1,
        description=(
            "How many users must be left with administrator access, or the guard admin-quorum complains. Left out: 1."
        ),
        examples=[2],
    )
    recent_days: Count = Field(
        default=30,
        description=(
            "The guard recently-used complains when a user goes who signed in within so many days. Left out: 30."
        ),
        examples=[90],
    )
    administrators: list[Text] = Field(
        default_factory=list,
        description=(
            "Users who must stay administrators. The guard admin-quorum complains if one would lose that access. Left "
            "out: none."
        ),
        examples=[["break-glass"]],
    )
    pipelines: list[Text] = Field(
        default_factory=list,
        description=(
            "Roles through which pipelines run iamspec, by name. The guard self-lockout complains if such a role would "
            "be deleted, lose access, or lose the way in. Left out: none."
        ),
        examples=[["iamspec-plan", "iamspec-apply"]],
    )
    protected: Globs = Field(
        default_factory=dict,
        description=(
            "Names or globs by kind. The guard protected complains when such an entity is deleted, is renamed or loses "
            "access. Left out: none."
        ),
        examples=[{"users": ["break-glass"], "groups": ["admins"]}],
        json_schema_extra=KINDS_ONLY,
    )
    allow: list[AllowedComplaintSpec] = Field(
        default_factory=list,
        description=(
            "Complaints of guards that are lifted, each about one change, for a reason and until a day. Left out: none; "
            "--allow lifts a complaint for one run."
        ),
        examples=[
            [
                {
                    "guard": "protected",
                    "address": "policy/deploy-artifacts",
                    "change": "0d1f3c5b7a9e8d6c4b2a0f1e3d5c7b9a8f6e4d2c",
                    "reason": "moved into its own account",
                    "until": "2026-12-05",
                }
            ]
        ],
    )
    stack_regions: list[Text] | None = Field(
        default=None,
        description=(
            "The regions in which CloudFormation is asked whether a stack owns an entity, before its absence deletes "
            "it. Left out: the region of the session."
        ),
        examples=[["eu-west-1", "us-east-1"]],
    )

    def written(self) -> dict[str, Any]:
        """The limits as data.

        Empty lists of newer keys are left out, so that hashes stay
        what they were.
        """
        left_out = {key for key in ("allow", "pipelines") if not getattr(self, key)}
        return self.model_dump(mode="json", exclude=left_out)


class CaseSpec(Shape):
    """An assertion: an action or pattern of actions, on a resource, with known condition keys."""

    action: Text = Field(description="An action, or a pattern of actions.", examples=["s3:PutObject"])
    resource: Text = Field(
        default="*",
        description="The ARN of a resource, or a pattern of ARNs. Left out: *.",
        examples=["arn:aws:s3:::artifacts/x"],
    )
    context: dict[Text, Text | list[Text]] = Field(
        default_factory=dict,
        description=(
            "Condition keys of the request with their values. Whatever depends on another key is not certain, and the "
            "assertion fails. Left out: none."
        ),
        examples=[{"aws:SecureTransport": "true"}],
    )


def _case(value: Any) -> Any:
    return {"action": value} if isinstance(value, str) else value


Cases = list[Annotated[CaseSpec, BeforeValidator(_case, json_schema_input_type=Text | CaseSpec)]]


class TestSpec(Shape):
    """An assertion about users by name or path, and about all who are in some groups."""

    __test__ = False  # no test case of pytest

    users: list[Text] = Field(
        default_factory=list,
        description="Users by name, or by globs of path and name. Left out: those of the groups alone.",
        examples=[["/engineering/*"]],
    )
    groups: list[Text] = Field(
        default_factory=list,
        description="Groups whose members are meant, by name or glob. Left out: none.",
        examples=[["developers"]],
    )
    roles: list[Text] = Field(
        default_factory=list,
        description="Roles by name, or by globs of path and name. Left out: none.",
        examples=[["deployer"]],
    )
    allow: Cases = Field(
        default_factory=list,
        description="Actions that each of the users must certainly be allowed. Left out: none.",
        examples=[[{"action": "s3:ListAllMyBuckets"}]],
    )
    deny: Cases = Field(
        default_factory=list,
        description="Actions that each of the users must certainly be denied. Left out: none.",
        examples=[["iam:CreateUser"]],
    )
    boundary: Text | None = Field(
        default=None,
        description="The permissions boundary that each of the users must have. Left out: any, or none.",
        examples=["developer-boundary"],
    )


class AcceptedSpec(Shape):
    """An accepted failure of an `iamspec status` check: reason, end, and the accepted entities."""

    reason: Text = Field(description="Why the failure is accepted.", examples=["a partner holds this key"])
    until: Day = Field(
        description="The last day of the acceptance, at most a year ahead. Later it has no effect, and is a note.",
        examples=["2027-03-31"],
    )
    who: list[Text] = Field(
        default_factory=list,
        description=(
            "The entities whose failure is accepted, such as user/etl. A check that names entities needs them. A new "
            "name fails. Left out: nobody, for a check that names nobody."
        ),
        examples=[["user/etl"]],
    )


class StatusSpec(Shape):
    """Accepted failures of `iamspec status`, and limits for its checks."""

    accept: dict[Text, AcceptedSpec] = Field(
        default_factory=dict,
        description="Failures that are meant to be so, by check. Left out: none.",
        examples=[{"keys-90": {"reason": "a partner holds this key", "until": "2027-03-31", "who": ["user/etl"]}}],
    )
    root_unused_days: Annotated[Count, Field(ge=1, le=3650)] = Field(
        default=30,
        description="The check root-unused fails if somebody used root within so many days. Left out: 30.",
        examples=[90],
    )
    required_tags: list[Text] = Field(
        default_factory=list,
        description="Tags that the check tagged wants of every user and role. Left out: any tag will do.",
        examples=[["owner"]],
    )


class Settings(Shape):
    """The keys that only the settings file may have, and `version`."""

    version: Version = Field(
        default=1, description="The version of this format. Every file may have it. Left out: 1.", examples=[1]
    )
    account: AccountSpec | None = Field(
        default=None,
        description="The account itself: its id, its alias and its password policy. Left out: any account.",
        examples=[{"id": "123456789012", "alias": "acme-prod"}],
    )
    scope: ScopeSpec = Field(
        default=ScopeSpec(),
        description=(
            "The part of the account that iamspec answers for: globs by kind, minus `exclude`. What is out of scope is "
            "never changed. Left out: the whole account."
        ),
        examples=[{"users": ["/people/*"], "exclude": {"users": ["svc-terraform-*"]}}],
    )
    prune: Annotated[bool | list[Section], BeforeValidator(_prune)] = Field(
        default=False,
        description=(
            "Whether apply deletes what is in scope and not declared. `true` means users, groups and policies. A list "
            "names the kinds; only a list can name roles, whose instance profiles go with them, and `instance_profiles`, "
            "which are those without a role. It needs `account.id`. Left out: false, so plan only lists it."
        ),
        examples=[False, ["users", "groups", "policies", "roles"]],
    )
    guards: Guards = Field(
        default=Guards(),
        description="Limits and names for the guards, which look at every plan. Left out: the limits of iamspec.",
        examples=[{"max_deletes": 10, "administrators": ["break-glass"]}],
    )
    lint: Lint = Field(
        default=Lint(),
        description="Warnings of `iamspec lint` that are meant to be so in the whole spec. Left out: none.",
        examples=[{"ignore": {"unknown-service": "we preview a service that is not public yet"}}],
    )
    tests: dict[Text, TestSpec] = Field(
        default_factory=dict,
        description=(
            "Assertions on access that must stay true, by name. validate fails if one does not hold. Left out: none."
        ),
        examples=[
            {
                "engineers-stay-out-of-iam": {
                    "users": ["/engineering/*"],
                    "deny": [
                        "iam:*",
                        {
                            "action": "s3:DeleteBucket",
                            "resource": "arn:aws:s3:::payroll",
                            "context": {"aws:MultiFactorAuthPresent": "true"},
                        },
                    ],
                }
            },
            {"roles-stay-out-of-iam": {"roles": ["*"], "deny": ["iam:CreateUser"]}},
            {
                "developers-read": {
                    "groups": ["developers"],
                    "boundary": "developer-boundary",
                    "allow": [
                        {
                            "action": "s3:GetObject",
                            "resource": "arn:aws:s3:::artifacts/x",
                            "context": {"aws:SecureTransport": "true"},
                        }
                    ],
                }
            },
        ],
    )
    absent: dict[Section, dict[Text, Day]] = Field(
        default_factory=dict,
        description=(
            "Tombstones by kind: names that must be gone, each with a day. A live entity that was created before that "
            "day is deleted. Left out: none."
        ),
        examples=[{"users": {"mallory": "2026-11-23"}}],
        json_schema_extra=KINDS_ONLY,
    )
    drift: DriftSpec = Field(
        default=DriftSpec(),
        description=(
            "Drift that is accepted for a while: an entity that may stay as it is. Left out: every difference is drift."
        ),
        examples=[
            {
                "accept": [
                    {
                        "address": "user/legacy-ftp",
                        "state": "5f0c1d0a8b8d4ce3b3a0a1f6a4c94f1f2d6f0b7e",
                        "reason": "owner: storage team",
                        "until": "2027-03-31",
                    }
                ]
            }
        ],
    )
    status: StatusSpec = Field(
        default=StatusSpec(),
        description="What `iamspec status` accepts, and the numbers that its checks leave to you. Left out: nothing.",
        examples=[{"root_unused_days": 90}],
    )

    def prunes(self, section: str) -> bool:
        """Whether entities of a section go by absence."""
        if isinstance(self.prune, list):
            return section in self.prune
        return self.prune and not any(kind.by_request for kind in KINDS.values() if kind.section == section)


KEYS = tuple(name for name in Settings.model_fields if name != "version")
