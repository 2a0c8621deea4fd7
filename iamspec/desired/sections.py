"""The sections of a spec with many entities, by the names that people write."""

from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    WithJsonSchema,
)

from iamspec.kinds import KINDS
from iamspec.kinds.fields import Text
from iamspec.policy.grammar.quoting import nearest

KINDS_OF = {kind.section: kind for kind in KINDS.values() if kind.scoped}
ENTITIES = tuple(KINDS_OF)


def _section(value: Any) -> Any:
    if value not in ENTITIES:
        near = nearest(str(value), ENTITIES)
        hint = f'; did you mean "{near}"?' if near else ""
        raise ValueError(f"unknown key; the kinds are {', '.join(ENTITIES)}{hint}")
    return str(value)


PRUNED = tuple(section for section in ENTITIES if not KINDS_OF[section].by_request)  # what `prune: true` means
Section = Annotated[str, BeforeValidator(_section), WithJsonSchema({"enum": list(ENTITIES)})]
Globs = dict[Section, list[Text]]
KINDS_ONLY: dict[str, Any] = {"propertyNames": {"enum": list(ENTITIES)}}
