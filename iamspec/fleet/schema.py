"""The JSON Schemas of a fleet, made of the models that check it: fleet.yaml, tasks and results, and fleet.json.

`make schemas` writes them into `schemas/`.
"""

import json
from typing import Any

from pydantic import BaseModel

from iamspec.desired.schema import bounded, tidied, without_null
from iamspec.fleet.index import Index
from iamspec.fleet.shapes import FleetSpec
from iamspec.fleet.tasks import Result, Task

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def fleet_schema() -> dict[str, Any]:
    """JSON Schema of fleet.yaml, for editors."""
    schema = FleetSpec.model_json_schema()
    bounded(schema)
    for shape in (schema, *schema["$defs"].values()):
        for one in shape.get("properties", {}).values():
            without_null(one)
    tidied(schema)
    schema["patternProperties"] = {"^x-": {"description": "Ignored: a home for anchors."}}
    schema["anyOf"] = [{"required": ["accounts"]}, {"required": ["organization"]}]
    return {"$schema": DIALECT, "title": "iamspec fleet", **schema}


def results_schema() -> dict[str, Any]:
    """JSON Schema of what runs of accounts exchange and leave: tasks, results, and fleet.json."""
    shapes: dict[str, type[BaseModel]] = {"task": Task, "result": Result, "index": Index}
    definitions: dict[str, Any] = {}
    for name, shape in shapes.items():
        found = shape.model_json_schema()
        definitions |= found.pop("$defs", {})
        definitions[name] = found
    tidied(definitions)
    for one in definitions.values():
        tidied(one)
    choices = [{"$ref": f"#/$defs/{name}"} for name in shapes]
    return {"$schema": DIALECT, "title": "iamspec fleet results", "anyOf": choices, "$defs": definitions}


def text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
