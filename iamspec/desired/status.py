"""The section `status` of the settings: accepted failures, and limits of the checks."""

from typing import Annotated

from pydantic import (
    Field,
)

from iamspec.desired.exceptions import Day
from iamspec.kinds.contract import Shape
from iamspec.kinds.fields import Count, Text


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
