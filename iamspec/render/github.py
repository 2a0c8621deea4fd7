"""Annotations of GitHub Actions: workflow commands that put each finding beside its line in a pull request.

GitHub shows ten annotations of each level of a step, so that the
most important findings come first and the last annotation counts
those that are left out. All text is escaped as the runner
unescapes it: a message has no line of its own and begins no other
command.
"""

from collections.abc import Iterator, Sequence
from os.path import relpath
from pathlib import PurePath

from iamspec.errors import uncommanded
from iamspec.render.lines import count, visible
from iamspec.render.results import Result, Results

MOST = 10  # of each level
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
UNTITLED = "iamspec"


def annotations(found: Results) -> str:
    """A line for each finding that is not accepted, then a notice with the title."""
    lines: list[str] = []
    for level, command in LEVELS.items():
        concerned = [one for one in found.results if one.level == level and one.kind == "fail" and not one.excuse]
        lines += _of_level(command, concerned)
    return "".join(f"{line}\n" for line in [*lines, _line("notice", {"title": UNTITLED}, found.title)])


def _of_level(command: str, found: Sequence[Result]) -> Iterator[str]:
    shown = found if len(found) <= MOST else found[: MOST - 1]
    yield from (_annotation(command, one) for one in shown)
    if rest := found[len(shown) :]:
        rules = ", ".join(sorted({one.rule for one in rest}))
        yield _line(command, {"title": UNTITLED}, f"and {count(len(rest), 'more finding')} ({rules})")


def _annotation(command: str, one: Result) -> str:
    properties = {}
    if one.place is not None:
        file = PurePath(relpath(one.place.file)).as_posix()
        properties = {"file": file, "line": str(one.place.line), "col": str(one.place.column)}
    return _line(command, {**properties, "title": f"{UNTITLED} {one.rule}"}, one.message)


def _line(command: str, properties: dict[str, str], message: str) -> str:
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{command} {given}::{_data(message)}"


def _data(text: str) -> str:
    """`visible` leaves no control characters and no line breaks."""
    return uncommanded(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
