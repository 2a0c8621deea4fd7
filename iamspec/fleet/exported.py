"""The report over a fleet for programs."""

import json
from typing import Any

from iamspec.fleet.findings import Item, Order
from iamspec.fleet.report import Group, Report
from iamspec.saved.json_text import json_text

FORMAT_VERSION = 1


def as_json(report: Report, **_: object) -> str:
    return json_text(document(report))


def document(report: Report) -> dict[str, Any]:
    """The report as data.

    It has no time, and is equal for every engine and number of
    shards.
    """
    index = report.index
    return {
        "format_version": FORMAT_VERSION,
        "iamspec_version": index.iamspec_version,
        "command": index.command,
        "shard": index.shard,
        "fingerprint": index.fingerprint,
        "elsewhere": list(report.elsewhere),
        "accounts": [row.model_dump(mode="json") for row in report.accounts],
        "totals": {
            "accounts": len(report.accounts),
            "errors": len(report.errors),
            "changed": len(report.changed),
            "drifted": len(report.drifted),
            "refused": len(report.refused),
            "calls": report.calls,
        },
        "errors": [{"account": row.id, "name": row.name, "error": message} for row, message in report.errors],
        "refused": report.too_many or None,
        "groups": [_group(one) for one in report.groups],
        "only_common": [row.id for row in report.partial],
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.order.name.lower(),
        "accounts": list(group.accounts),
        "calls": group.calls,
        "items": [_item(one) for one in group.items],
    }


def _item(item: Item) -> Any:
    found = json.loads(item.said)
    return (
        {"alarm": found}
        if item.order is Order.ALARM
        else {**found, **({"source": item.source or None} if "source" in found else {})}
    )
