"""The report over a fleet: totals, accounts with errors, and equal things once, with the accounts that have them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamspec.fleet import findings
from iamspec.fleet.findings import SEVERITIES, Item, Order, Verdict
from iamspec.fleet.folder import ERROR, Folder
from iamspec.fleet.index import AccountRow, Index, ResultRow
from iamspec.iam import elsewhere


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are the same in the same accounts."""

    accounts: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def order(self) -> Order:
        return self.items[0].order

    @property
    def calls(self) -> int:
        """The calls in each of the accounts."""
        return sum(one.calls for one in self.items)


@dataclass(frozen=True, slots=True)
class Report:
    """All there is to say about a run over a fleet.

    `groups` have what is dangerous first.
    """

    index: Index
    errors: tuple[tuple[AccountRow, str], ...]
    groups: tuple[Group, ...]
    verdicts: dict[str, Verdict]
    remarks: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()  # the headlines of answers that do not come from AWS

    @property
    def accounts(self) -> list[AccountRow]:
        """The accounts that the run was about: all of the fleet, or those of the shard."""
        return self.index.mine

    @property
    def partial(self) -> list[AccountRow]:
        """The accounts without PATHs of their own, in which nothing is pruned."""
        return [row for row in self.accounts if row.partial]

    @property
    def changed(self) -> list[str]:
        return [account for account, one in self.verdicts.items() if one.changes]

    @property
    def drifted(self) -> list[str]:
        return [account for account, one in self.verdicts.items() if one.drifted]

    @property
    def refused(self) -> list[str]:
        """The accounts whose plan an apply would refuse."""
        return [account for account, one in self.verdicts.items() if one.refused]

    @property
    def calls(self) -> int:
        return sum(one.calls for one in self.verdicts.values())

    @property
    def too_many(self) -> str:
        """The complaint of the limit for the whole fleet.

        None if the limit is kept.
        """
        most = self.index.settings.max_accounts_changed
        if self.index.command != "plan" or most is None or len(self.changed) <= most:
            return ""
        return f"{len(self.changed)} accounts would change, and guards.max_accounts_changed in fleet.yaml is {most}"

    def failing(self, level: str) -> tuple[bool, bool]:
        """Whether a check at or above a severity fails in some account, and whether one has no answer."""
        wanted = set(SEVERITIES[: SEVERITIES.index(level) + 1])
        found = self.verdicts.values()
        return any(one.failing & wanted for one in found), any(one.unknown & wanted for one in found)


@dataclass(slots=True)
class _Seen:
    """The accounts that have an item, and the places that it comes from."""

    item: Item
    accounts: list[str] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)

    @property
    def told(self) -> Item:
        """The item with its place, if that is the same everywhere."""
        (source,) = self.sources if len(self.sources) == 1 else ("",)
        return Item(self.item.order, self.item.about, self.item.said, self.item.calls, source, self.item.rank)


def report(folder: Folder, index: Index, remarks: Sequence[str] = ()) -> Report:
    """The report over the results in a folder.

    They are read one after the other, and equal items are held
    once.
    """
    return of_documents(folder.documents(index), index, remarks)


def of_documents(
    documents: Iterable[tuple[AccountRow, ResultRow, dict[str, Any]]], index: Index, remarks: Sequence[str] = ()
) -> Report:
    seen: dict[Any, _Seen] = {}
    errors, verdicts, endpoints = [], {}, set()
    for row, result, document in documents:
        if result.digest == ERROR:
            errors.append((row, str(document.get("error", "no result"))))
            continue
        endpoints.add(document.get("endpoint"))
        items, verdicts[row.id] = findings.read(index.command, row.id, document)
        for item in items:
            found = seen.setdefault(item.key, _Seen(item))
            found.accounts.append(row.id)
            found.sources.add(item.source)
    missing = [row for row in index.mine if row.id not in index.results]
    errors += [(row, "there is no result") for row in missing]
    errors.sort(key=lambda one: one[0].id)
    foreign = tuple(line for one in sorted(filter(None, endpoints)) for line in elsewhere(str(one)))
    return Report(index, tuple(errors), tuple(_groups(seen.values())), verdicts, tuple(remarks), foreign)


def _groups(seen: Iterable[_Seen]) -> list[Group]:
    """Items of one order that are in exactly the same accounts stand together, those of most accounts first."""
    together: dict[tuple[Order, int, tuple[str, ...]], list[Item]] = {}
    for one in seen:
        danger = one.item.rank if one.item.order is not Order.CHANGE else 0
        together.setdefault((one.item.order, danger, tuple(one.accounts)), []).append(one.told)
    found = [
        (order, danger, Group(accounts, tuple(sorted(items, key=lambda item: (item.about, item.said)))))
        for (order, danger, accounts), items in together.items()
    ]
    found.sort(key=lambda one: (one[0], one[1], -len(one[2].accounts), one[2].accounts, one[2].items[0].key))
    return [group for _, _, group in found]
