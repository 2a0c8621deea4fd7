"""`iamspec drift --blame`: asks CloudTrail who changed the entities that differ from the spec."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from iamspec.desired.files import OWN_FOLDER
from iamspec.errors import IamError, Unreadable
from iamspec.iam import Account, Call, Reader
from iamspec.kinds.contract import Address
from iamspec.live.trail import Event, events, lookup
from iamspec.review.blame import blamed, concerns, drifted, resource_name
from iamspec.review.model import Review

NEWEST = 100  # journals that are looked at
MOST = 20  # lookups; with more entities than that, the newest events of all of IAM are read
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


def with_blame(review: Review, reader: Reader, folder: Path = Path(OWN_FOLDER)) -> tuple[Review, str]:
    """The review with the calls that made the drift, and a sentence where they could not be asked about."""
    wanted = drifted(review)
    if not wanted:
        return review, ""
    since = last_apply(review.account, folder)
    try:
        ask = _each if len(wanted) <= MOST else _all
        found = ask(wanted, review, reader, since)
    except (IamError, Unreadable) as error:
        return review, _reason(error)
    return replace(review, blame=blamed(review, found)), ""


def _each(
    wanted: Sequence[Address], review: Review, reader: Reader, since: datetime | None
) -> dict[Address, list[Event]]:
    """One lookup for each entity."""
    partition = review.account.partition
    return {one: events(_page(reader, lookup(partition, resource_name(one, review), since))) for one in wanted}


def _page(reader: Reader, call: Call) -> Mapping[str, Any]:
    """The first page of an answer.

    CloudTrail's marks of further pages are not those of IAM.
    """
    return next(iter(reader.pages(call)))


def _all(
    wanted: Sequence[Address], review: Review, reader: Reader, since: datetime | None
) -> dict[Address, list[Event]]:
    """The newest events of IAM, page by page, joined with the entities here."""
    names = {one: resource_name(one, review) for one in wanted}
    found: dict[Address, list[Event]] = {one: [] for one in wanted}
    call = lookup(review.account.partition, None, since)
    for _ in range(MOST):
        answer = _page(reader, call)
        for event in events(answer):
            for address, name in names.items():
                if concerns(event, address, name):
                    found[address].append(event)
        token = answer.get("NextToken")
        if not token:
            break
        call = replace(call, params={**call.params, "NextToken": token})
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, IamError) and error.code in DENIED:
        return "not known who changed it: the permission cloudtrail:LookupEvents is missing"
    return f"not known who changed it: CloudTrail could not be asked: {error}"


def last_apply(account: Account, folder: Path) -> datetime | None:
    """When the last run from this folder on this account came to its end.

    Nothing before it explains drift.
    """
    for path in sorted(folder.glob("*.jsonl"), reverse=True)[:NEWEST]:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
            start, end = (json.loads(lines[at]) for at in (0, -1))
            if (
                start["account"]["id"] == account.id
                and start["endpoint"] == account.endpoint
                and end["record"] == "end"
            ):
                return datetime.fromisoformat(end["finished"])
        except (OSError, ValueError, LookupError, TypeError):  # not a whole journal: an older one may be
            continue
    return None
