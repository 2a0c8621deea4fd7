"""The report over a fleet as a comment on a pull request.

Text of a spec or of an account stands in code only.
"""

from collections.abc import Iterator

from iamspec.fleet import words
from iamspec.fleet.report import Group, Report
from iamspec.fleet.text import item_lines
from iamspec.render.lines import count
from iamspec.render.prose import code, fenced, html_prose, prose

MAX_LENGTH = 60_000
MOST_ERRORS = 50
SHORT = 300  # for the sentence that says what was cut, and the fingerprint


def markdown(report: Report, **_: object) -> str:
    """Errors, then groups as far as there is room.

    What is cut is counted.
    """
    elsewhere = (f"**{prose(one)}**" for one in report.elsewhere)
    blocks = [f"## iamspec: {prose(words.title(report))}", *elsewhere, *_errors(report)]
    if report.too_many:
        blocks.append(f"> [!CAUTION]\n> **Refused:** {prose(report.too_many)}")
    end = [*([prose(words.partial(report))] if report.partial else []), *(f"- {prose(one)}" for one in report.remarks)]
    end.append(f"fingerprint {code(report.index.fingerprint)}\n")
    room = MAX_LENGTH - SHORT - sum(len(one.encode()) + 2 for one in (*blocks, *end))
    shown = []
    for group in report.groups:
        block = _group(group, report)
        room -= len(block.encode()) + 2
        if room < 0:
            break
        shown.append(block)
    if len(shown) < len(report.groups):
        shown.append(f"Cut, because a comment has room for no more: {count(len(report.groups) - len(shown), 'group')}.")
    return "\n\n".join([*blocks, *shown, *end])


def _errors(report: Report) -> Iterator[str]:
    if report.errors:
        found = words.errors(report)
        lines = [f"- {prose(whose)}: {prose(_short(message))}" for whose, message in found[:MOST_ERRORS]]
        more = [f"- and {len(found) - MOST_ERRORS} more"] if len(found) > MOST_ERRORS else []
        head = ["> [!CAUTION]", f"> **{count(len(report.errors), 'account')} in error**"]
        yield "\n".join([*head, *(f"> {one}" for one in (*lines, *more))])


def _short(message: str) -> str:
    flat = " ".join(message.split())
    return flat if len(flat) <= 400 else f"{flat[:400]}…"


def _group(group: Group, report: Report) -> str:
    """A fold with the items as a diff: signs at the beginning of a line have colours."""
    lines = ["".join(span.text for span in line) for line in item_lines(group, report)]
    body = "\n".join(fenced(lines))
    same = f"\n\n{prose(words.same(group, report))}" if len(group.accounts) > 1 else ""
    return f"<details><summary>{_summary(group, report)}</summary>\n\n{body}{same}\n</details>"


def _summary(group: Group, report: Report) -> str:
    return html_prose(words.heading(group, report))
