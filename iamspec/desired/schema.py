"""The JSON Schema of the spec, for editors; `schemas/` has it as a file."""

from typing import Any

from iamspec.desired.load import file_shape

NULLABLE = frozenset({"alias", "password_policy", "permissions_boundary"})  # of which null means that it goes
NULL = {"type": "null"}


def spec_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one spec file, out of the models that check it."""
    schema = file_shape().model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "iamspec"
    schema["description"] = "One file of a spec: any of the sections, or the settings"
    schema["patternProperties"] = {"^x-": {}}
    _bounded(schema)
    for shape in (schema, *schema["$defs"].values()):
        for name, one in shape.get("properties", {}).items():
            if name not in NULLABLE:
                _without_null(one)
    return schema


def _without_null(schema: dict[str, Any]) -> None:
    """A key that may be left out is not written with nothing: that would be a line that nobody has finished."""
    choices = [one for one in schema.get("anyOf", ()) if one != NULL]
    if len(choices) < len(schema.get("anyOf", ())):
        schema["anyOf"] = choices
        schema.pop("default", None)


def _bounded(schema: Any) -> None:
    """Bounds of numbers in the words of JSON Schema: pydantic keeps its own where text may be a number."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            _bounded(inner)
    for own, word in (("ge", "minimum"), ("le", "maximum")):
        if isinstance(schema, dict) and isinstance(schema.get(own), int):
            schema[word] = schema.pop(own)
