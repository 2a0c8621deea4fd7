"""The JSON Schema of the spec, for editors; `schemas/` has it as a file."""

from typing import Any

from iamspec.spec import file_shape


def spec_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one spec file, out of the models that check it."""
    schema = file_shape().model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "iamspec"
    schema["description"] = "One file of a spec: any of the sections, or the settings"
    schema["patternProperties"] = {"^x-": {}}
    _bounded(schema)
    return schema


def _bounded(schema: Any) -> None:
    """Bounds of numbers in the words of JSON Schema: pydantic keeps its own where text may be a number."""
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            _bounded(inner)
    for own, word in (("ge", "minimum"), ("le", "maximum")):
        if isinstance(schema, dict) and isinstance(schema.get(own), int):
            schema[word] = schema.pop(own)
