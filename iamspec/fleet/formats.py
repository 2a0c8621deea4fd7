"""The formats of a report over a fleet, by the names that `--format` knows."""

from collections.abc import Callable

from iamspec import __version__
from iamspec.fleet import exported, markdown, text, words
from iamspec.fleet.findings import Order
from iamspec.fleet.report import Group, Report
from iamspec.fleet.text import item_lines
from iamspec.render.lines import visible

TONES = {
    Order.ALARM: "bad",
    Order.REFUSED: "bad",
    Order.FAILED: "bad",
    Order.UNDECLARED: "warn",
    Order.EXPOSED: "bad",
    Order.UNKNOWN: "warn",
}


def _html(report: Report, **_: object) -> str:
    from iamspec.render.html import page  # noqa: PLC0415 - jinja2, which only pages need

    return page(
        "fleet.html",
        title=words.title(report),
        elsewhere=report.elsewhere,
        errors=[{"label": whose, "message": message} for whose, message in words.errors(report)],
        refused=report.too_many,
        groups=[_row(one, report) for one in report.groups],
        partial=words.partial(report),
        remarks=report.remarks,
        fingerprint=report.index.fingerprint,
        version=__version__,
    )


def _row(group: Group, report: Report) -> dict[str, object]:
    return {
        "heading": words.heading(group, report),
        "kind": group.order.name.lower(),
        "tone": TONES.get(group.order, "plain"),
        "text": "\n".join("".join(visible(span.text) for span in line) for line in item_lines(group, report)),
        "accounts": [report.index.row(one).label for one in group.accounts],
        "folded": len(report.groups) > 20,
    }


FLEET_FORMATS: dict[str, Callable[..., str]] = {
    "text": text.text,
    "json": exported.as_json,
    "markdown": markdown.markdown,
    "html": _html,
}
