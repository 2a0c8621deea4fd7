"""A merge of three states of a value: before the apply, after the apply, and now.

Parts that the apply did not change stay. Parts that it changed go
back, unless they changed again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

MISSING = object()


def merged(was: Any, left: Sequence[Any], now: Any, place: str) -> tuple[Any, list[str]]:
    """The merged value, and the paths of conflicts (kept as they are now).

    `left` has more than one value where the result of the apply is
    not known. Sets and mappings go item by item.
    """
    if isinstance(now, frozenset) and isinstance(was, frozenset):
        added = frozenset().union(*left) - was
        removed = was - frozenset(was).intersection(*left)
        return now - added | removed, []
    if _is_mapping(was) and _is_mapping(now):
        return _mapping(was or {}, [one or {} for one in left], now or {}, place)
    return _scalar(was, left, now, place)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _mapping(
    was: Mapping[str, Any], left: Sequence[Mapping[str, Any]], now: Mapping[str, Any], place: str
) -> tuple[dict[str, Any], list[str]]:
    found, conflicts = {}, []
    for key in sorted({*was, *now}):
        value, problems = _scalar(
            was.get(key, MISSING), [one.get(key, MISSING) for one in left], now.get(key, MISSING), f"{place}.{key}"
        )
        conflicts += problems
        if value is not MISSING:
            found[key] = value
    return found, conflicts


def _scalar(was: Any, left: Sequence[Any], now: Any, place: str) -> tuple[Any, list[str]]:
    if now == was or all(one == was for one in left):
        return now, []
    if any(now == one for one in left):
        return was, []
    return now, [place]
