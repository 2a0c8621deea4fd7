"""The section `tests` of the settings: assertions on access."""

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
)

from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Text


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
