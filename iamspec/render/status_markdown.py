"""A status as Markdown: dangerous failures in an alert, and a fold for each failure."""

import re
from collections.abc import Iterator
from html import escape

from iamspec.render.lines import visible
from iamspec.render.prose import code, fenced, prose
from iamspec.render.status_words import acceptance, ids_line, names, reasons, report_line, summary, title
from iamspec.status.cures import cure, form, place
from iamspec.status.model import Finding, Form, Severity, Status, Verdict

PLAIN = re.compile(r"[A-Za-z0-9 ,.:;-]*")
LONGEST = 65_536  # characters of a comment on GitHub


def markdown(status: Status, *, everything: bool = False, **_: object) -> str:
    """The status.

    `everything` adds a table of the passed checks and of those
    without an answer.
    """
    whole = _written(status, everything=everything, folds=True)
    return whole if len(whole) <= LONGEST else _written(status, everything=False, folds=False)


def _written(status: Status, *, everything: bool, folds: bool) -> str:
    lines = [f"### {prose(title(status))}", "", f"{prose(summary(status))}. {prose(report_line(status))}".rstrip(" ")]
    if dangerous := [one for one in status.findings if one.fails and (one.check.severity or 0) >= Severity.HIGH]:
        lines += ["", "> [!CAUTION]", *(f"> **{prose(one.ruling.text)}** ({code(one.check.key)})" for one in dangerous)]
    for one in status.findings:
        if one.fails:
            lines += ["", *(_fold(one, status) if folds else [f"- {_headline(one, status)}"])]
    if unknown := reasons(status):
        lines += ["", "> [!WARNING]"]
        lines += [f"> - {prose(text)}: {', '.join(code(one.check.key) for one in found)}" for text, found in unknown]
    if accepted := [one for one in status.findings if one.accepted]:
        lines += ["", *(f"- {code(one.check.key)} {prose(acceptance(one))}" for one in accepted)]
    if everything:
        lines += ["", *_table(status)]
    lines += ["", *(f"Note: {prose(note)}" for note in status.notes)] if status.notes else []
    return "\n".join(lines) + "\n"


def _headline(finding: Finding, status: Status) -> str:
    severity = finding.check.severity.label if finding.check.severity else "unrated"
    ids = ids_line(finding, status.framework)
    return f"**{severity}** {code(finding.check.key)}: {prose(finding.ruling.text)}{f' ({prose(ids)})' if ids else ''}"


def _fold(finding: Finding, status: Status) -> Iterator[str]:
    yield from (f"<details><summary>{_as_html(finding)}</summary>", "", _headline(finding, status), "")
    if finding.open:
        yield from (*(f"- {prose(one)}" for one in names(finding.open, status.now)), "")
    yield from (prose(finding.check.why), "")
    if form(finding) is Form.STEPS:
        yield prose(cure(finding))
    else:
        if where := place(finding):
            yield from (code(where), "")
        yield from fenced([cure(finding)], "console" if form(finding) is Form.COMMAND else "yaml")
    yield from ("", "</details>")


def _as_html(finding: Finding) -> str:
    """The summary of a fold, in which GitHub takes HTML alone.

    Text with a meaning in HTML is code.
    """
    severity = finding.check.severity.label if finding.check.severity else "unrated"
    text = escape(visible(finding.ruling.text))
    shown = text if PLAIN.fullmatch(text) else f"<code>{text}</code>"
    return f"<b>{severity}</b> <code>{finding.check.key}</code>: {shown}"


def _table(status: Status) -> Iterator[str]:
    yield from ("| verdict | check | finding |", "| --- | --- | --- |")
    for one in status.findings:
        if not one.fails and one.verdict is not Verdict.CANNOT_TELL:
            yield f"| {one.verdict} | {code(one.check.key)} | {prose(one.ruling.text)} |"
