"""Markdown that text cannot break out of.

Everything but plain words stands in code spans or fenced blocks.
"""

import re
from collections.abc import Callable, Iterable
from html import escape

from iamspec.render.lines import visible

# Letters, digits, and hyphens or apostrophes inside, a time, a number with commas. GH-12 would become a link, and 1. a list
WORD = re.compile(
    r"""(?!GH-\d|\d+[.)]+$)["(“]*(?:[^\W_]+(?:['’-][^\W_]+)*|\d\d:\d\d|\d{1,3}(?:,\d{3})+)["”).,;:?!]*""", re.IGNORECASE
)
TOKEN = re.compile(r"""(?P<before>["(“]*)(?P<core>.*?)(?P<after>["”).,;:?!]*)""")
BACKTICKS = re.compile(r"`+")


def _longest_run(text: str) -> int:
    return max(map(len, BACKTICKS.findall(text)), default=0)


def code(text: str) -> str:
    """A code span on a line.

    No such text stands in a table, so pipes are safe.
    """
    shown = visible(text)
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if not shown or shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"


def prose(text: str) -> str:
    """A sentence with every word that could mean something to Markdown or to GitHub in a code span."""
    return " ".join(map(_token, visible(text).split(" ")))


def html_code(text: str) -> str:
    """A code element, as the summary of a fold takes HTML alone."""
    return f"<code>{escape(visible(text))}</code>"


def html_prose(text: str) -> str:
    """The same as `prose`, for the summary of a fold."""
    return " ".join(_token(token, html_code) for token in visible(text).split(" "))


def _token(token: str, mark: Callable[[str], str] = code) -> str:
    if not token or WORD.fullmatch(token):
        return token
    found = TOKEN.fullmatch(token)
    if found is None or not found["core"]:
        return mark(token)
    return f"{found['before']}{mark(found['core'])}{found['after']}"


def link(label: str, target: str | None) -> str:
    """A link with code as its label, or the label alone.

    `target` is an address that `links` has made.
    """
    return f"[{code(label)}]({target})" if target else code(label)


def fenced(lines: Iterable[str], language: str = "diff") -> list[str]:
    """A block under a fence that no line can close.

    In a `diff`, lines that begin with `+` and `-` have colours.
    """
    shown = [visible(line) for line in lines]
    fence = "`" * max(3, max(map(_longest_run, shown), default=0) + 1)
    return [f"{fence}{language}", *shown, fence]
