"""The settings of a spec.

They stand in a single file directly in a PATH, so a single owner
reviews them.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
)

from iamspec.desired.assertions import TestSpec
from iamspec.desired.exceptions import Day, DriftSpec
from iamspec.desired.guards import Guards
from iamspec.desired.scope import ScopeSpec
from iamspec.desired.sections import KINDS_ONLY, Section
from iamspec.desired.status import StatusSpec
from iamspec.kinds import KINDS
from iamspec.kinds.account import AccountSpec
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Lint, Text


def _version(value: Any) -> Any:
    if value in ("1", 1):
        return 1
    raise ValueError("must be 1, the only version there is")


def _prune(value: Any) -> Any:
    """A switch, or a list of kinds."""
    if isinstance(value, bool | list):
        return value
    if type(value) is not str and isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise ValueError("must be true or false, without quotes, or a list of kinds")


Version = Annotated[Literal[1], BeforeValidator(_version)]


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
