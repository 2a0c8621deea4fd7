"""The section `guards` of the settings: the limits and names that the guards hold a plan to."""

from typing import Any

from pydantic import (
    Field,
)

from iamspec.desired.exceptions import AllowedComplaintSpec
from iamspec.desired.sections import KINDS_ONLY, Globs
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Text


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
