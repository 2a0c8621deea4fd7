"""Answers cut into pages, whatever the operation: its output has `IsTruncated` or has not."""

from collections.abc import Mapping
from typing import Any

from iamspec.sandbox.refusals import Refused

DEFAULT_PAGE = 100
# GetAccountAuthorizationDetails counts its lists in another order than the model has them
ORDER = ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")


def paged(shape: Any, result: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The page of a whole answer that the Marker and MaxItems of a request ask for.

    Several lists count as one. A member that is a function is
    called if the page holds it.
    """
    if "IsTruncated" not in shape.members:
        return dict(result)
    page = dict(result)
    start, length = _start(params), params.get("MaxItems", DEFAULT_PAGE)
    skipped, room = start, length
    total = 0
    for key in _lists(shape):
        whole = list(result.get(key) or ())
        total += len(whole)
        page[key] = [one() if callable(one) else one for one in whole[skipped : skipped + room]]
        skipped, room = max(0, skipped - len(whole)), room - len(page[key])
    truncated = start + length < total
    return page | {
        "IsTruncated": truncated,
        "Marker": f"{start + length}{_bound(params)}" if truncated else None,
    }


def _lists(shape: Any) -> list[str]:
    lists = [key for key, member in shape.members.items() if member.type_name == "list"]
    return sorted(lists, key=lambda key: ORDER.index(key) if key in ORDER else len(ORDER))


def _start(params: Mapping[str, Any]) -> int:
    """The start of the page.

    A marker counts only with the filter of the request that it
    came from.
    """
    if (marker := params.get("Marker")) is None:
        return 0
    number, dot, bound = str(marker).partition(".")
    if f"{dot}{bound}" != _bound(params) or not (number.isascii() and number.isdigit()):
        raise Refused("ValidationError", "Marker and Filter do not match." if "Filter" in params else "Invalid Marker.")
    return int(number)


def _bound(params: Mapping[str, Any]) -> str:
    return f".{','.join(sorted(set(params['Filter'])))}" if params.get("Filter") else ""
