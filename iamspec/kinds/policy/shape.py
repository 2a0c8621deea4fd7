"""A customer-managed policy as people write it, and as IAM knows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import Field

from iamspec.kinds.contract import (
    Facts,
    Resource,
    Shape,
)
from iamspec.kinds.described_fields import external_field, lint_field, path_field, tags_field
from iamspec.kinds.fields import Data, Flag, Lint, Text
from iamspec.policy.document import Document


class PolicySpec(Shape):
    """Customer-managed policies by name."""

    sample: ClassVar[Mapping[str, Any]] = {
        "deploy-artifacts": {
            "path": "/teams/",
            "description": "Upload build artifacts",
            "tags": {"owner": "platform"},
            "document": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::artifacts/*"},
                ],
            },
            "lint": {"ignore": {"unknown-service": "we preview a service that is not public yet"}},
        }
    }

    path: Text = path_field("teams")
    description: Text | None = Field(
        default=None,
        description=(
            "A sentence on the policy. IAM takes it when the policy is made, and cannot change it later. A difference "
            "is a note, never drift. Left out: none."
        ),
        examples=["Upload build artifacts"],
    )
    tags: dict[Text, Text] | None = tags_field("policy", "owner")
    document: Data = Field(
        default=None,
        description="The policy document, or {file: …} with a file as JSON or YAML, relative to this file.",
        examples=[{"file": "policies/own-mfa.json"}],
    )
    lint: Lint = lint_field()
    external: Flag = external_field()


@dataclass(frozen=True, slots=True)
class PolicyFacts(Facts):
    """`versions` are the ids of those that are not the default, oldest first."""

    versions: tuple[str, ...] = ()
    reserved_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy(Resource):
    """A customer-managed policy as IAM knows it.

    `document` is that of the default version.
    """

    path: str = "/"
    tags: Mapping[str, str] | None = None
    document: Document = field(default_factory=lambda: Document(None))
    description: str | None = field(default=None, compare=False)
    facts: PolicyFacts = field(default=PolicyFacts(), compare=False, kw_only=True)

    @property
    def is_known(self) -> bool:
        return self.document.data is not None
