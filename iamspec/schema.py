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
    return schema
