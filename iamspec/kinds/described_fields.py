"""The keys that several shapes share, each with the same words.

"Left out: …" at the end of a description says what a missing key
means.
"""

from typing import Any

from pydantic import Field

from iamspec.kinds.fields import Lint


def path_field(section: str) -> Any:
    return Field(
        default="/",
        description=(
            "The path in the ARN of the entity. It begins and ends with a slash. Policies and `scope` can name whole "
            "paths. Left out: /."
        ),
        examples=[f"/{section}/"],
    )


def external_field() -> Any:
    return Field(
        default=False,
        description=(
            "True for an entity that exists, and that somebody else manages. The spec may refer to it. iamspec never "
            "changes it, and takes no other key beside this one. Left out: false."
        ),
        examples=[True],
    )


def lint_field() -> Any:
    return Field(
        default=Lint(),
        description="Warnings of `iamspec lint` about this entity that are meant to be so. Left out: none.",
        examples=[{"ignore": {"administrator": "the two founders"}}],
    )


def renamed_field(old: str) -> Any:
    return Field(
        default=None,
        description=(
            "The old name. While only the old name is live, apply renames the entity in place: it keeps its unique id "
            "and all that it holds. Later the key has no effect and can go. Left out: not renamed."
        ),
        examples=[old, {"name": old, "id": "AIDACKCEVSQ6C2EXAMPLE"}],
    )


def inline_field() -> Any:
    return Field(
        default_factory=dict,
        description=(
            "Inline policies by name. The list is complete: a live one that is not here is deleted. Names that begin "
            "with `iamspec-` are reserved. Left out: none."
        ),
        examples=[
            {"own-mfa": {"file": "policies/own-mfa.json"}},
            {"until-spring": {"expires": "2027-03-31", "document": {"file": "policies/own-mfa.json"}}},
        ],
    )


def policies_field(noun: str) -> Any:
    return Field(
        default_factory=list,
        description=(
            f"Managed policies that are attached to the {noun}, by name; aws:NAME for those of AWS. The list is "
            "complete: a live one that is not here is detached. Left out: none."
        ),
        examples=[
            ["aws:ReadOnlyAccess", "deploy-artifacts"],
            ["aws:ReadOnlyAccess", {"name": "deploy-artifacts", "expires": "2027-03-31"}],
        ],
    )


def tags_field(noun: str, key: str = "team") -> Any:
    return Field(
        default=None,
        description=(
            f"The tags of the {noun}, complete but for tags that begin with `aws:` or `iamspec:`. Left out: not managed."
        ),
        examples=[{key: "platform"}],
    )


def boundary_field(noun: str) -> Any:
    return Field(
        default=None,
        description=(
            f"The managed policy that limits what the {noun} may do at most. `null` takes it off. Left out: none; if a "
            f"live {noun} has one, the guard `boundary` complains, because a forgotten line must not lift a limit."
        ),
        examples=["developer-boundary"],
    )


def end_field(noun: str) -> Any:
    return Field(
        default=None,
        description=(
            f"The end of the {noun}: a day, to its end in UTC, or a time. The first apply after it suspends the {noun}. "
            "Left out: never."
        ),
        examples=["2027-03-31"],
    )
