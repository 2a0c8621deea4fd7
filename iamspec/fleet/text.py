"""The report over a fleet as text for a terminal: errors first, equal things once, the fingerprint last."""

import textwrap
from collections.abc import Iterator

from iamspec.fleet import findings, words
from iamspec.fleet.report import Group, Report
from iamspec.render.lines import Line, Span, written

BLANK: Line = ()
NARROW = 80


def text(report: Report, *, colour: bool = False, width: int = NARROW, **_: object) -> str:
    sections: list[list[Line]] = [
        [[Span(one, "bold yellow")] for one in report.elsewhere],
        [[Span(words.title(report), "bold")]],
        _errors(report, width),
        [[Span(f"refused  {report.too_many}", "bold red")]] if report.too_many else [],
        *(_group(group, report, width) for group in report.groups),
        [[Span(one, "dim")] for one in _wrapped(words.partial(report), width)],
        [[Span(f"note: {one}")] for one in report.remarks],
        [[Span(words.last(report), "bold")], [Span(f"fingerprint {report.index.fingerprint}", "dim")]],
    ]
    lines: list[Line] = []
    for section in filter(None, sections):
        lines += [*([BLANK] if lines else []), *section]
    return written(lines, colour=colour)


def _errors(report: Report, width: int) -> list[Line]:
    lines: list[Line] = [[Span("Errors", "bold red")]] if report.errors else []
    for whose, message in words.errors(report):
        lines += [[Span(f"  {one}", "bold")] for one in _wrapped(whose, width - 4)]
        for part in message.split("\n"):
            lines += [[Span(f"      {one}")] for one in _wrapped(part, width - 6)]
    return lines


def _group(group: Group, report: Report, width: int) -> list[Line]:
    lines: list[Line] = [[Span(words.heading(group, report), "bold")]]
    lines += [[Span("  "), *line] for line in item_lines(group, report)]
    lines += [[Span(f"  {one}", "dim")] for one in _wrapped(words.same(group, report), width - 4)]
    return lines


def item_lines(group: Group, report: Report) -> Iterator[Line]:
    """The items of a group.

    Items of a single account show the id of the account.
    """
    account = group.accounts[0] if len(group.accounts) == 1 else None
    mode = "drift" if report.index.command == "drift" else "plan"
    for item in group.items:
        yield from findings.lines(item, mode, account)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 40), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
