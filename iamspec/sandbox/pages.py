"""Answers cut into pages, whatever the operation: its output has `IsTruncated` or has not."""

from collections.abc import Mapping
from typing import Any

from iamspec.sandbox.refusals import Refused

DEFAULT_PAGE = 100


def paged(shape: Any, result: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a whole answer that the Marker and MaxItems of a request ask for.

    Several lists count as one, in the order of the model. A member that is a function is called if the page holds it.
    """
    if "IsTruncated" not in shape.members:
        return dict(result)
    page = dict(result)
    start, length = _start(params.get("Marker")), params.get("MaxItems", DEFAULT_PAGE)
    skipped, room = start, length
    total = 0
    for key, member in shape.members.items():
        if member.type_name != "list":
            continue
        whole = list(result.get(key) or ())
        total += len(whole)
        page[key] = [one() if callable(one) else one for one in whole[skipped : skipped + room]]
        skipped, room = max(0, skipped - len(whole)), room - len(page[key])
    truncated = start + length < total
    return page | {"IsTruncated": truncated, "Marker": str(start + length) if truncated else None}


def _start(marker: str | None) -> int:
    if marker is None:
        return 0
    if not (marker.isascii() and marker.isdigit()):
        raise Refused("ValidationError", "Invalid Marker.")
    return int(marker)
