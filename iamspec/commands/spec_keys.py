"""The keys of a spec and of fleet.yaml by their dotted paths, with meaning, type and example.

The published schemas have them. The keys of fleet.yaml begin with
`fleet`, as in `fleet.waves.max_concurrent`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from iamspec.desired.published import fleet_schema, schema

NAME, KIND, FLEET = "NAME", "KIND", "fleet"
SAMPLES = {  # names for examples, by the path of the mapping that they are keys of
    ("users",): "alice",
    ("groups",): "admins",
    ("policies",): "deploy-artifacts",
    ("roles",): "deployer",
    ("instance_profiles",): "web",
    ("identity_providers",): "github",
    ("tests",): "engineers",
    ("status", "accept"): "keys-90",
}
NEEDED = {  # the keys of which every entity of a section must write one, but for external ones
    "roles": ("trust",),
    "identity_providers": ("oidc", "saml"),
}
WHOLE = frozenset({"policies", "tests"})
TYPES = {"integer": "integer", "boolean": "true or false", "string": "text", "null": "null", "number": "number"}

Schema = Mapping[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A key: the path with NAME for each free name, and the schemas from the file down to the key."""

    path: Path
    schemas: tuple[Schema, ...]

    @property
    def dotted(self) -> str:
        return ".".join(self.path)

    @property
    def description(self) -> str:
        """The text of the key itself, or of the mapping that it holds."""
        forms = (self.schemas[-1], *_forms(self))
        return next((one["description"] for one in forms if "description" in one), "")

    @property
    def children(self) -> list[str]:
        return list(dict.fromkeys(name for one in _forms(self) for name in one.get("properties", {})))


def find(words: Sequence[str]) -> Key | None:
    """The key at a path that somebody typed, with names or without them."""
    key = _fleet_root() if words[:1] == [FLEET] else Key((), (schema(),))
    for word in words:
        found = _step(key, word)
        if found is None:
            return None
        key = found
    return key


@cache
def all_keys() -> dict[str, Key]:
    """Every key of a spec by its dotted path, but for those inside of policy documents."""
    return {key.dotted: key for key in _below(Key((), (schema(),)))}


@cache
def fleet_keys() -> dict[str, Key]:
    """Every key of fleet.yaml by its dotted path."""
    return {key.dotted: key for key in _below(_fleet_root()) if key.path != (FLEET,)}


def _fleet_root() -> Key:
    """A file that has fleet.yaml under a key, so that both files may have keys of one name."""
    whole = {name: one for name, one in fleet_schema().items() if name != "$defs"}
    return Key((), ({"properties": {FLEET: whole}, "$defs": fleet_schema()["$defs"]},))


def _below(key: Key) -> Iterator[Key]:
    for child in key.children:
        found = _step(key, child)
        if found is not None and child not in _elements():
            yield found
            yield from _below(found)
    if not key.children and (inner := _named(key)) is not None and key.path and inner.children:
        yield from _below(inner)


def _elements() -> frozenset[str]:
    """The elements of policy documents.

    They are the language of IAM and no keys of the spec.
    """
    found = schema()["$defs"]
    return frozenset({*found["PolicyDocument"]["properties"], *found["DocumentFile"]["properties"]})


def _step(key: Key, word: str) -> Key | None:
    for one in _forms(key):
        if word in one.get("properties", {}):
            return Key((*key.path, word), (*key.schemas, one["properties"][word]))
    inner = _named(key)
    if inner is None:
        return None
    is_kind = inner.path[-1] == KIND and any(
        word in one.get("propertyNames", {}).get("enum", ()) for one in _forms(key)
    )
    return inner if is_kind else _step(inner, word) or inner


def _named(key: Key) -> Key | None:
    """The key behind any name, where a mapping has free names as keys."""
    for one in _forms(key):
        if isinstance(one.get("additionalProperties"), dict):
            place = KIND if "enum" in one.get("propertyNames", {}) else NAME
            return Key((*key.path, place), (*key.schemas, one["additionalProperties"]))
    return None


def _forms(key: Key) -> Iterator[Schema]:
    """The alternatives of the schema of a key."""
    return _alternatives(key.schemas[-1], key.schemas[0].get("$defs", {}))


def _alternatives(found: Schema, shapes: Schema) -> Iterator[Schema]:
    """A schema with references to `shapes` and lists followed."""
    if "$ref" in found:
        yield from _alternatives(shapes[found["$ref"].rpartition("/")[2]], shapes)
    elif "anyOf" in found and "properties" not in found:
        for one in found["anyOf"]:
            yield from _alternatives(one, shapes)
    elif found.get("type") == "array" and "items" in found:
        yield from _alternatives(found["items"], shapes)
    else:
        yield found


# Types


def type_of(found: Schema) -> str:
    """`integer, at least 1`, `list of text`, `text or null`."""
    if "$ref" in found:
        return "policy document" if "Document" in found["$ref"] else "mapping"
    if "anyOf" in found:
        return _either([type_of(one) for one in found["anyOf"]])
    if "const" in found:
        return str(found["const"])
    if "enum" in found:
        return "one of " + ", ".join(map(str, found["enum"]))
    return _simple(found)


def _simple(found: Schema) -> str:
    kind = found.get("type")
    if isinstance(kind, list):
        return "text" if "string" in kind else _either([TYPES[one] for one in kind])
    if kind == "array":
        return f"list of {type_of(found.get('items', {}))}"
    if kind == "object":
        inner = found.get("additionalProperties")
        return f"mapping of names to {type_of(inner)}" if isinstance(inner, dict) else "mapping"
    if found.get("format") == "date":
        return "day"
    bounds = [
        f"{word} {found[name]}" for name, word in (("minimum", "at least"), ("maximum", "at most")) if name in found
    ]
    return ", ".join([TYPES.get(str(kind), "any value"), *bounds])


def _either(types: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(types))


# Examples


def example(key: Key) -> Any:
    """A piece of a spec or of fleet.yaml with the key in it.

    None where no key on the way has an example. The nearest key
    above is preferred, because a key often makes sense only beside
    other keys. Policies and tests are shown whole: no part of them
    means anything alone.
    """
    above = range(1, len(key.path)) if key.path[0] in WHOLE else range(len(key.path) - 1, 0, -1)
    for depth in (*above, len(key.path)):
        for one in key.schemas[depth].get("examples", ()):
            if _contains(one, key.path[depth:]):
                found = _wrapped(key.path[:depth], one)
                return found[FLEET] if key.path[0] == FLEET else found
    return None


def _contains(value: Any, path: Path) -> bool:
    if not path:
        return True
    if isinstance(value, list):
        return any(_contains(one, path) for one in value)
    if not isinstance(value, dict):
        return False
    if path[0] in {NAME, KIND}:
        return any(_contains(one, path[1:]) for one in value.values())
    return path[0] in value and _contains(value[path[0]], path[1:])


def _completed(section: str, entity: Any) -> Any:
    """An example of an entity with the key that it lacks to be one, out of the example of the section."""
    keys = NEEDED.get(section, ())
    if not keys or any(one in entity for one in ("external", *keys)):
        return entity
    (example,) = schema()["properties"][section]["examples"][0].values()
    return {keys[0]: example[keys[0]], **entity}


def _wrapped(path: Path, value: Any) -> Any:
    for depth in range(len(path) - 1, -1, -1):
        step = path[depth]
        if step == KIND:
            step = "users"
        elif step == NAME:
            step = SAMPLES.get(path[:depth], "example")
        value = {step: _completed(path[0], value) if depth == 1 else value}
    return value
