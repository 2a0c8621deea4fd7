"""Sentences about a fleet that several formats share."""

from collections.abc import Sequence

from iamspec.fleet.findings import ACCOUNT_ID, Order
from iamspec.fleet.index import AccountRow
from iamspec.fleet.report import Group, Report
from iamspec.render.lines import count

MOST_NAMES = 12  # accounts of a group that are named
HEADINGS = {
    Order.ALARM: "Alarm",
    Order.REFUSED: "Refused",
    Order.FAILED: "Failing",
    Order.UNKNOWN: "Cannot tell",
    Order.UNDECLARED: "Undeclared",
    Order.EXPOSED: "Out of scope, and exposed",
    Order.EXCESS: "Credentials",
    Order.CHANGE: "Changes",
}
DRIFTING = {**HEADINGS, Order.CHANGE: "Differences", Order.REFUSED: "Apply would refuse"}


def title(report: Report) -> str:
    """Text such as `Fleet plan: 20 accounts: 1 in error, 12 to change, 7 as their spec says; 36 calls`."""
    errors = f"{len(report.errors)} in error"
    number = count(len(report.accounts), "account")
    part = (
        f" (shard {report.index.shard} of {count(len(report.index.accounts), 'account')})" if report.index.shard else ""
    )
    return f"Fleet {report.index.command}: {number}{part}: {', '.join([errors, *_totals(report)])}"


def _totals(report: Report) -> list[str]:
    read = len(report.verdicts)
    if report.index.command == "status":
        failing = sum(bool(one.failing) for one in report.verdicts.values())
        return [f"{failing} with failing checks", f"{read - failing} without"]
    if report.index.command == "drift":
        return [f"{len(report.drifted)} with drift", f"{read - len(report.drifted)} without drift"]
    refused = [f"{len(report.refused)} that apply would refuse"] if report.refused else []
    same = f"{read - len(report.changed)} as their spec says; {count(report.calls, 'call')}"
    return [f"{len(report.changed)} to change", *refused, same]


def heading(group: Group, report: Report) -> str:
    """`Changes: the same 3 calls in 41 accounts`, or `Changes: 3 calls in 111111111111 (prod)`."""
    words = DRIFTING if report.index.command == "drift" else HEADINGS
    calls = f"{count(group.calls, 'call')} " if group.order is Order.CHANGE and report.index.command == "plan" else ""
    if len(group.accounts) == 1:
        return f"{words[group.order]}: {calls}in {label(group.accounts[0], report)}"
    return f"{words[group.order]}: the same {calls}in {len(group.accounts)} accounts"


def same(group: Group, report: Report) -> str:
    """Text such as `the same in 41 accounts: 111111111111 (prod), …`.

    Empty for a single account.
    """
    if len(group.accounts) == 1:
        return ""
    return f"the same in {len(group.accounts)} accounts: {labels(group.accounts, report)}"


def label(account: str, report: Report) -> str:
    return report.index.row(account).label


def labels(accounts: Sequence[str], report: Report) -> str:
    named = [label(one, report) for one in accounts[:MOST_NAMES]]
    more = f" and {len(accounts) - MOST_NAMES} more" if len(accounts) > MOST_NAMES else ""
    return f"{', '.join(named)}{more}"


def partial(report: Report) -> str:
    """The accounts that have only the common PATHs. Empty if there are none."""
    rows = [row.id for row in report.partial]
    if not rows:
        return ""
    return f"only common, so that nothing is pruned: {count(len(rows), 'account')}: {labels(rows, report)}"


def last(report: Report) -> str:
    """The verdict at the end."""
    if report.errors:
        return f"{count(len(report.errors), 'account')} in error: nothing is known about {_them(report)}"
    if report.index.command == "drift" and not report.drifted:
        return f"No drift in {count(len(report.accounts), 'account')}."
    if report.index.command == "plan" and not report.changed:
        return f"Nothing to do in {count(len(report.accounts), 'account')}."
    return title(report)


def _them(report: Report) -> str:
    return "it" if len(report.errors) == 1 else "them"


def errors(report: Report) -> list[tuple[str, str]]:
    """Each message, with the accounts that have it.

    The same message of many accounts stands once.
    """
    found: dict[str, list[AccountRow]] = {}
    for row, message in report.errors:
        found.setdefault(message.replace(row.id, ACCOUNT_ID), []).append(row)
    return [
        (_whose(rows, report), message if len(rows) > 1 else message.replace(ACCOUNT_ID, rows[0].id))
        for message, rows in found.items()
    ]


def _whose(rows: Sequence[AccountRow], report: Report) -> str:
    ids = [row.id for row in rows]
    return labels(ids, report) if len(ids) == 1 else f"the same in {len(ids)} accounts: {labels(ids, report)}"
