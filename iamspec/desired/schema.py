"""The JSON Schema of the spec, made of the models that check a spec.

Editors and `iamspec explain` use it.
"""

import json
from typing import Any

from iamspec.desired.document_schema import definitions
from iamspec.desired.load import file_shape
from iamspec.desired.sections import ENTITIES
from iamspec.kinds.fields import DOCUMENT, DOCUMENT_SCHEMA
from iamspec.policy.limits import ALIAS, MAX_NAME, MAX_PATH, MAX_ROLE_NAME, MAX_TAGS, MAX_USER_NAME

NULLABLE = frozenset({"alias", "password_policy", "permissions_boundary"})  # of which null means that it goes
NULL = {"type": "null"}
NAME = r"^[A-Za-z0-9_+=,.@-]+$"
LONGEST = {"users": MAX_USER_NAME, "roles": MAX_ROLE_NAME}
DAY_OR_TIME = r"^\d{4}-\d{2}-\d{2}([T ].+)?$"
REFINED: dict[str, dict[str, Any]] = {  # what the checks of names and values say, by the key of the property
    "path": {"pattern": "^(/|/[!-~]+/)$", "maxLength": MAX_PATH, "type": "string"},
    "tags": {"maxProperties": MAX_TAGS},
    "expires": {"pattern": DAY_OR_TIME},
    "access_keys": {"minimum": 0, "maximum": 2},
    "alias": {"pattern": f"^{ALIAS.pattern}$"},
}
REFINED_IN = {("AccountSpec", "id"): {"type": "string", "pattern": "^[0-9]{12}$"}}


def text() -> str:
    """The file."""
    return json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n"


def spec_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one spec file, out of the models that check it."""
    schema = file_shape().model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["description"] = "One file of a spec: any of the sections, or the settings."
    schema["patternProperties"] = {"^x-": {"description": "Ignored: a home for anchors."}}
    bounded(schema)
    for name, shape in schema["$defs"].items():
        _refined(name, shape)
    for shape in (schema, *schema["$defs"].values()):
        for name, one in shape.get("properties", {}).items():
            if name not in NULLABLE:
                without_null(one)
    tidied(schema)
    _with_documents(schema)
    schema["$defs"] |= definitions()
    _named(schema)
    schema["title"] = "iamspec"
    return schema


def without_null(schema: dict[str, Any]) -> None:
    """The schema of a key without null.

    An empty value would be an unfinished line.
    """
    choices = [one for one in schema.get("anyOf", ()) if one != NULL]
    if len(choices) < len(schema.get("anyOf", ())):
        schema["anyOf"] = choices
        schema.pop("default", None)
    if len(choices) == 1:
        del schema["anyOf"]
        for key, one in choices[0].items():
            schema.setdefault(key, one)


def bounded(schema: Any) -> None:
    """Bounds of numbers in the words of JSON Schema.

    pydantic uses its own words where text may be a number.
    """
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, dict | list):
            bounded(inner)
    for own, word in (("ge", "minimum"), ("le", "maximum")):
        if isinstance(schema, dict) and isinstance(schema.get(own), int):
            schema[word] = schema.pop(own)


def _refined(shape_name: str, shape: dict[str, Any]) -> None:
    """Patterns and lengths of IAM, at the values that have them."""
    for name, one in shape.get("properties", {}).items():
        more = {**REFINED.get(name, {}), **REFINED_IN.get((shape_name, name), {})}
        target = next((inner for inner in one.get("anyOf", ()) if inner != NULL), one)
        target |= more
    if "external" in shape.get("properties", {}):
        shape["if"] = {"required": ["external"], "properties": {"external": {"const": True}}}
        shape["then"] = {"maxProperties": 1}


def tidied(schema: Any) -> None:
    """Removes titles and mappings as defaults.

    A title repeats the key. An editor would write a default into
    the spec.
    """
    if isinstance(schema, list):
        for inner in schema:
            tidied(inner)
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("title"), str):
        del schema["title"]
    if isinstance(schema.get("default"), dict | list):
        del schema["default"]
    for key, inner in schema.items():
        if key in {"properties", "$defs", "patternProperties"}:
            for one in inner.values():
                tidied(one)
        elif key not in {"examples", "const", "enum"}:
            tidied(inner)


def _with_documents(schema: Any) -> None:
    """Each place of a policy document refers to the grammar of documents."""
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        if isinstance(inner, dict) and DOCUMENT in inner:
            kept = {key: one for key, one in inner.items() if key not in DOCUMENT_SCHEMA}
            inner.clear()
            inner |= {"$ref": "#/$defs/Document", **kept}
        else:
            _with_documents(inner)


def _named(schema: dict[str, Any]) -> None:
    """Names of entities as IAM takes them, and an account for `prune`."""
    for section in ENTITIES:
        schema["properties"][section]["propertyNames"] = {"pattern": NAME, "maxLength": LONGEST.get(section, MAX_NAME)}
    schema["if"] = {"required": ["prune"], "properties": {"prune": {"const": True}}}
    schema["then"] = {"required": ["account"], "properties": {"account": {"required": ["id"]}}}
