"""The values that shapes are made of: text that is never guessed at, switches, counts; grants and documents that may end."""

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
    """`null` without quotes is null; nothing at all is a line that somebody did not finish."""
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
DOCUMENT_SCHEMA = {
    "type": "object",
    "description": "a policy document, or {file: …} naming one as JSON or YAML, relative to this file",
}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(TEXT_SCHEMA)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Count = Annotated[int, BeforeValidator(_count)]
Nullable = Annotated[str | None, BeforeValidator(_nullable)]
Data = Annotated[Any, PlainValidator(lambda value: value), WithJsonSchema(DOCUMENT_SCHEMA)]


class OldName(Shape):
    """`renamed_from`: an old name, with or without a unique id."""

    name: Text
    id: Text | None = None


def _old_name(value: Any) -> Any:
    if isinstance(value, str) and not value:
        raise ValueError("no value; write the old name, or take the line out")
    return {"name": value} if isinstance(value, str) else value


RenamedFrom = Annotated[OldName | None, BeforeValidator(_old_name, json_schema_input_type=Text | OldName)]


class Grant(Shape):
    """A membership or an attached policy by name, with an optional end."""

    name: Text
    expires: End | None = None


def _grant(value: Any) -> Any:
    if isinstance(value, Grant | Mapping):
        return value
    if isinstance(value, str):
        return {"name": value}
    raise ValueError(f"must be text, not {'a list' if isinstance(value, list) else 'a number'}")


Grants = list[Annotated[Grant, BeforeValidator(_grant, json_schema_input_type=Text | Grant)]]


class Inline(Shape):
    """An inline policy: its document, and when it ends."""

    document: Data
    expires: End | None = None

    @property
    def inner(self) -> tuple[str, ...]:
        """Where, in what people have written, the document stands."""
        return ("document",)


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
    """Warnings that are known and meant, by their code, each with the reason."""

    ignore: dict[Text, Text] = Field(default_factory=dict)

    def __hash__(self) -> int:  # a default without one is copied for every entity
        return hash(frozenset(self.ignore.items()))
