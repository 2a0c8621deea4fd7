"""Live entities as plain data, and back: what a journal remembers of how they were."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from iamspec.kinds import KINDS, AnyKind
from iamspec.kinds.contract import Kind, Resource
from iamspec.policy.document import Document

ONLY_DESIRED = frozenset({"via", "boundary_written", "expires", "orders", "replaces"})  # live entities leave them empty
LATER = frozenset({"password_made"})  # fields that journals of earlier versions lack


def plain(value: Any) -> Any:
    """An entity, or any part of it, as JSON has it.

    Sets are sorted, documents are as they are written.
    """
    if isinstance(value, Document):
        return value.data
    if dataclasses.is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in sorted(value.items())}
    if isinstance(value, frozenset | tuple | list):
        return [plain(one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    return value.isoformat() if isinstance(value, datetime) else value


def restored(kind: str, data: Any, partition: str) -> Resource:
    """The entity in some data.

    ValueError says which part of the data is wrong.
    """
    entity: Resource = _restored(_resource(KINDS[kind]), data, partition)
    return entity


def _resource(kind: AnyKind) -> Any:
    """The class of a kind's resources, taken from the type arguments."""
    (contract,) = (base for base in type(kind).__orig_bases__ if get_origin(base) is Kind)  # type: ignore[attr-defined]
    return get_args(contract)[1]


def _names(cls: type[Any]) -> list[str]:
    """The names of the fields of an entity, `facts` last."""
    found = sorted(dataclasses.fields(cls), key=lambda one: bool(one.kw_only))
    return [one.name for one in found if one.name not in ONLY_DESIRED]


def _restored(hint: Any, data: Any, partition: str) -> Any:
    if NoneType in get_args(hint):
        (inner,) = (one for one in get_args(hint) if one is not NoneType)
        return None if data is None else _restored(inner, data, partition)
    if hint is Document:
        return Document(data, partition)
    if dataclasses.is_dataclass(hint):
        return _dataclass(hint, data, partition)
    return _value(hint, data, partition)


def _dataclass(cls: Any, data: Any, partition: str) -> Any:
    if not isinstance(data, dict) or not _needed(cls) <= data.keys() <= set(_names(cls)):
        raise ValueError(f"a {cls.__name__.lower()} has {', '.join(sorted(_names(cls)))}")
    hints = get_type_hints(cls)
    return cls(**{name: _restored(hints[name], one, partition) for name, one in data.items()})


def _needed(cls: type[Any]) -> set[str]:
    """The fields without which no version has written an entity."""
    return set(_names(cls)) - LATER


def _value(hint: Any, data: Any, partition: str) -> Any:
    shape = get_origin(hint) or hint
    expected = {Mapping: dict, frozenset: list, tuple: list, datetime: str}.get(shape, shape)
    if not isinstance(data, expected):
        raise ValueError(f"{str(data)[:40]!r} should be {expected.__name__}")  # noqa: TRY004 - whatever is wrong with data is one error
    if shape is datetime:
        return datetime.fromisoformat(data)
    if expected is dict:
        _, inner = get_args(hint)
        return {key: _restored(inner, one, partition) for key, one in data.items()}
    if expected is list:
        return shape(_restored(get_args(hint)[0], one, partition) for one in data)
    return data
