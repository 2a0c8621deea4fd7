"""`iamspec drift --blame`: asks CloudTrail who changed the entities that differ from the spec."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from iamspec.desired.files import OWN_FOLDER
from iamspec.errors import IamError, Unreadable
from iamspec.iam import Account, Call, Reader
from iamspec.kinds.contract import Address
from iamspec.live.retry import THROTTLED
from iamspec.live.trail import Event, events, lookup
from iamspec.review.blame import blamed, concerns, drifted, fits, resource_name
from iamspec.review.model import Review

NEWEST = 100  # journals that are looked at
MOST = 20  # lookups; with more entities than that, the newest events of all of IAM are read
DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
NOT_KNOWN = "not known who changed it"


def with_blame(review: Review, reader: Reader, folder: Path = Path(OWN_FOLDER)) -> tuple[Review, str]:
    """The review with the calls that made the drift, and a sentence about lookups that were not made.

    An error ends the lookups. The answers before it count.
    """
    wanted = drifted(review)
    if not wanted:
        return review, ""
    search = _Search(review, reader, wanted, last_apply(review.account, folder))
    try:
        search.each() if len(wanted) <= MOST else search.all()
    except (IamError, Unreadable) as error:
        return search.result(), _reason(error, search)
    return search.result(), _ended(search)


class _Search:
    """Lookups of events within the budget of MOST.

    `found` has the events of each entity that was asked about, and
    `more` the entities with older events that were not read.
    """

    def __init__(self, review: Review, reader: Reader, wanted: Sequence[Address], since: datetime | None) -> None:
        self.review, self.wanted, self.since = review, wanted, since
        self.found: dict[Address, list[Event]] = {}
        self.more: dict[Address, Call] = {}
        self.made = 0
        self._reader = reader

    def result(self) -> Review:
        """The review with what was found, without entities that nothing was asked about."""
        asked = {one: self.found[one] for one in self.wanted if one in self.found}
        return replace(self.review, blame=blamed(self.review, asked, self.more)) if asked else self.review

    def each(self) -> None:
        """A lookup for each entity, then older pages of those whose newest events do not fit, in turn."""
        partition = self.review.account.partition
        for one in self.wanted:
            self._turn(one, lookup(partition, resource_name(one, self.review), self.since))
        while waiting := [one for one in self.unexplained if one in self.more]:
            for one in waiting:
                if self.made >= MOST:
                    return
                self._turn(one, self.more.pop(one))

    @property
    def unexplained(self) -> list[Address]:
        return [one for one in self.wanted if not any(fits(event, one, self.review) for event in self.found[one])]

    def _turn(self, address: Address, call: Call) -> None:
        page, further = self._page(call)
        self.found.setdefault(address, []).extend(page)
        if further:
            self.more[address] = further

    def all(self) -> None:
        """The newest events of IAM, page by page, joined with the entities here."""
        names = {one: resource_name(one, self.review) for one in self.wanted}
        call: Call | None = lookup(self.review.account.partition, None, self.since)
        while call and self.made < MOST:
            page, call = self._page(call)
            for address, name in names.items():
                self.found.setdefault(address, []).extend(one for one in page if concerns(one, address, name))
        if call:
            self.more = dict.fromkeys(self.wanted, call)

    def _page(self, call: Call) -> tuple[list[Event], Call | None]:
        """A page, and the call for the next page.

        CloudTrail's marks of further pages are not those of IAM.
        """
        self.made += 1
        answer = next(iter(self._reader.pages(call)))
        token = answer.get("NextToken")
        return events(answer), replace(call, params={**call.params, "NextToken": token}) if token else None


def _ended(search: _Search) -> str:
    """A sentence about the end of the budget, where older events might explain an entity."""
    left = sum(one in search.more for one in search.unexplained)
    if not left:
        return ""
    entities = f"{left} {'entity' if left == 1 else 'entities'}"
    return f"{NOT_KNOWN} for {entities}: after {search.made} lookups of CloudTrail, older events were not read"


def _reason(error: Exception, search: _Search) -> str:
    left = len([one for one in search.wanted if one not in search.found])
    whom = f"{NOT_KNOWN} for {left} of {len(search.wanted)} entities" if search.found and left else NOT_KNOWN
    if isinstance(error, IamError) and error.code in DENIED:
        return f"{whom}: the permission cloudtrail:LookupEvents is missing"
    if isinstance(error, IamError) and error.code in THROTTLED:
        return (
            f"{whom}: CloudTrail takes two questions a second from an account, and others are asking; try again later"
        )
    return f"{whom}: CloudTrail could not be asked: {error}"


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
