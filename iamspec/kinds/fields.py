"""The values of shapes: text, switches, counts, grants and documents that may end.

No value is guessed: text stays text.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from iamspec.kinds.shape import Shape
from iamspec.policy.expiry import End


def _text(value: Any) -> Any:
    """Text, never guessed at: what is no text is refused by the type."""
    return str(value) if isinstance(value, str) else value


def _flag(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if type(value) is not str and isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise ValueError("must be true or false, without quotes")


LONG = 20  # digits that no count of anything has


def _count(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if (
        type(value) is not str
        and isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) < LONG
        and str(int(value)) == value
    ):
        return int(value)
    raise ValueError("must be a whole number from 0 on, without quotes")


def _nullable(value: Any) -> Any:
    """Null only where `null` stands without quotes.

    An empty value is an unfinished line.
    """
    if type(value) is not str and isinstance(value, str):
        if value in {"null", "~"}:
            return None
        if value == "":
            raise ValueError("no value; write null if nothing is meant")
    return _text(value)


def nothing(value: Any) -> Any:
    """`null` without quotes is null, where otherwise something with keys of its own stands."""
    return None if type(value) is not str and isinstance(value, str) and value in {"null", "~"} else value


TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}
DOCUMENT = "x-document"  # marks the places of policy documents in the schema, which then names their grammar
DOCUMENT_SCHEMA = {"type": "object", DOCUMENT: True}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(TEXT_SCHEMA)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_count)]
Nullable = Annotated[str | None, BeforeValidator(_nullable)]
Data = Annotated[Any, PlainValidator(lambda value: value), WithJsonSchema(DOCUMENT_SCHEMA)]


class UnreadText(str):
    """Stands for the text of an unreadable file of `{file: …}`, so that the error appears once."""

    __slots__ = ()


def _text_of_file(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, UnreadText) else str(value)
    raise ValueError("must be text, or {file: …} with a file")


FileText = Annotated[
    Any,
    PlainValidator(_text_of_file),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"file": {"type": "string"}},
                    "required": ["file"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class OldName(Shape):
    """The old name, and the unique id that the entity must have."""

    name: Text = Field(description="The name that the entity has had so far.", examples=["carol.smith"])
    id: Text | None = Field(
        default=None,
        description=(
            "The unique id of the entity, such as AIDA… of a user. With it, only this entity is renamed, whatever else "
            "has its old name. Left out: any."
        ),
        examples=["AIDACKCEVSQ6C2EXAMPLE"],
    )


def _old_name(value: Any) -> Any:
    if isinstance(value, str) and not value:
        raise ValueError("no value; write the old name, or take the line out")
    return {"name": value} if isinstance(value, str) else value


RenamedFrom = Annotated[OldName | None, BeforeValidator(_old_name, json_schema_input_type=Text | OldName)]


class Grant(Shape):
    """A name, and the end of what it grants."""

    name: Text = Field(
        description=(
            "The name of the group, user or policy. AWS's policies are written aws:NAME, with their path where they have "
            "one (aws:job-function/Billing). The ARN of a policy always works."
        ),
        examples=["deploy-artifacts"],
    )
    expires: End | None = Field(
        default=None,
        description=(
            "The end of this membership or attachment: a day, to its end in UTC, or a time. The first apply after it "
            "takes the grant away. Left out: never."
        ),
        examples=["2027-03-31"],
    )


def _grant(value: Any) -> Any:
    if isinstance(value, Grant | Mapping):
        return value
    if isinstance(value, str):
        return {"name": value}
    raise ValueError(f"must be text, not {'a list' if isinstance(value, list) else 'a number'}")


Grants = list[Annotated[Grant, BeforeValidator(_grant, json_schema_input_type=Text | Grant)]]


class Wrapped(Shape):
    """A document and its wrapper.

    `inner` is the place of the document in the spec.
    """

    document: Data

    @property
    def inner(self) -> tuple[str, ...]:
        return ("document",)


class Inline(Wrapped):
    """The document of an inline policy, and its end."""

    document: Data = Field(
        description="The policy document, or {file: …} with a file as JSON or YAML, relative to this file.",
        examples=[{"file": "policies/own-mfa.json"}],
    )
    expires: End | None = Field(
        default=None,
        description=(
            "The end of the policy: a day, to its end in UTC, or a time. Its Allow statements stop by themselves, by a "
            "condition. Its Deny statements stay. Left out: never."
        ),
        examples=["2027-03-31"],
    )


class Bare(Inline):
    """An inline policy of which nothing but the document is written."""

    @property
    def inner(self) -> tuple[str, ...]:
        return ()


WRAPPING = frozenset(Inline.model_fields)


def _inline(value: Any) -> Any:
    """`{expires: …, document: …}`, or a document by itself, in which neither is an element."""
    if isinstance(value, Mapping) and WRAPPING & value.keys():
        if "Statement" in value:
            raise ValueError("an end stands beside the document, not in it: {expires: …, document: {…}}")
        return value
    return Bare(document=value)


Inlines = dict[Text, Annotated[Inline, BeforeValidator(_inline, json_schema_input_type=Annotated[Data, None] | Inline)]]


class Lint(Shape):
    """Warnings of `iamspec lint` that are known and meant."""

    ignore: dict[Text, Text] = Field(
        default_factory=dict,
        description=(
            "Codes of warnings that `iamspec lint` leaves out, each with the reason. An unknown code is an error. "
            "Left out: none."
        ),
        examples=[{"unknown-service": "we preview a service that is not public yet"}],
    )

    def __hash__(self) -> int:  # a default without one is copied for every entity
        return hash(frozenset(self.ignore.items()))
