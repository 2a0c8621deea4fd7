"""A status for a terminal: failures first, each with names, the reason and the cure, in lines that fit."""

import textwrap
from collections.abc import Iterator

from iamspec.render.lines import Line, Span, written
from iamspec.render.status_words import (
    MARKS,
    acceptance,
    heading,
    ids_line,
    names,
    reasons,
    report_line,
    summary,
)
from iamspec.status.cures import cure, form, place
from iamspec.status.model import Finding, Form, Status, Verdict

WIDTH = 80
INDENT = " " * 16
GOES_ON = " \\"  # at the end of a line, in a shell
STYLES = {Verdict.FAIL: "bold red", Verdict.CANNOT_TELL: "yellow", Verdict.PASS: "green"}
SHOWN = frozenset({Verdict.FAIL, Verdict.CANNOT_TELL})  # without --all


def text(status: Status, *, colour: bool = False, everything: bool = False, width: int = WIDTH) -> str:
    """The status. `everything` lists the passed checks and those without an answer, too."""
    lines: list[Line] = [[Span(one, "bold yellow")] for one in status.account.elsewhere]
    lines += [[Span(one, "bold")] for one in _wrapped(heading(status), width, "  ")]
    if told := report_line(status):
        lines.append([Span(told)])
    shown = [one for one in status.findings if everything or one.verdict in SHOWN]
    quiet: bool | None = None  # whether the last line was no failure
    for one in shown if everything else [one for one in shown if one.verdict is Verdict.FAIL]:
        lines += [*([()] if one.fails or quiet is False else []), *_finding(one, status, width)]
        quiet = not one.fails
    if not everything:
        lines += _unknown(status, width)
    hint = "" if len(shown) == len(status.findings) else " (--all lists them)"
    lines += [(), *([Span(one)] for one in _wrapped(f"{summary(status)}{hint}", width, ""))]
    lines += [[Span(one, "dim")] for note in status.notes for one in _wrapped(f"note: {note}", width, "  ")]
    return written(lines, colour=colour)


def _finding(finding: Finding, status: Status, width: int) -> Iterator[Line]:
    mark = MARKS[finding.verdict] if finding.fails or finding.verdict is not Verdict.FAIL else "acc."
    ids = ids_line(finding, status.framework)
    sentence = f"{finding.ruling.text}{f' ({ids})' if ids else ''}"
    start = f"{_severity(finding):<8}  {mark:<4}  {finding.check.key}  "
    first, *rest = _wrapped(f"{start}{sentence}", width, INDENT)
    style = STYLES.get(finding.verdict, "") if mark != "acc." else ""
    yield [Span(first[:10]), Span(first[10:14], style), Span(first[14:])]
    yield from ([Span(one)] for one in rest)
    if told := acceptance(finding):
        yield from _detail(told, width)
    if finding.fails:
        yield from _detail(", ".join(names(finding.open, status.now)), width)
        yield from _detail(finding.check.why, width)
        yield from ([Span(one, "bold")] for one in _cure(finding, width))


def _unknown(status: Status, width: int) -> Iterator[Line]:
    """The checks without a known verdict, together where one reason concerns several."""
    for reason, concerned in reasons(status):
        yield ()
        if len(concerned) == 1:
            yield from _finding(concerned[0], status, width)
            continue
        first, *rest = _wrapped(f"{_severity(concerned[0]):<8}  ?     {reason}", width, INDENT)
        yield from ([Span(first[:10]), Span(first[10:14], "yellow"), Span(first[14:])], *([Span(one)] for one in rest))
        yield from _detail(", ".join(one.check.key for one in concerned), width)


def _severity(finding: Finding) -> str:
    return finding.check.severity.label if finding.check.severity else "-"


def _detail(sentence: str, width: int, style: str = "") -> Iterator[Line]:
    if sentence:
        yield from ([Span(one, style)] for one in _wrapped(f"{INDENT}{sentence}", width, INDENT))


def _cure(finding: Finding, width: int) -> list[str]:
    """The cure after its place in the spec.

    A command stands in lines of its own and can be copied whole.
    """
    where, what = place(finding), cure(finding)
    if form(finding) is not Form.COMMAND:
        return _wrapped(f"{INDENT}{'  '.join(one for one in (where, what) if one)}", width, INDENT)
    lines = _wrapped(f"{INDENT}{what}", width - len(GOES_ON), f"{INDENT}  ")
    above = [f"{INDENT}{where}"] if where else []
    return [*above, *(f"{one}{GOES_ON}" for one in lines[:-1]), lines[-1]]


def _wrapped(sentence: str, width: int, indent: str) -> list[str]:
    """Lines of a sentence, the later ones indented.

    Runs of blanks at the start stay.
    """
    found = textwrap.wrap(
        sentence,
        max(width, 40),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return found or [""]
