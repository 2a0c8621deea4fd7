"""Lines that fit the terminal.

Without a terminal prose has 80 columns, and other lines stay as
they are.
"""

import re
import shutil
import sys
import textwrap
from typing import TextIO

COLUMNS = 80
NARROWEST = 40
HANGING = 2  # how much further in the rest of a line stands
STYLE = re.compile(r"\x1b\[[0-9;]*m")
COMMAND = re.compile(r" *(?:\x1b\[[0-9;]*m)*(?:iamspec|aws|git) ")


def width() -> int:
    """The columns of the terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return COLUMNS
    return max(NARROWEST, shutil.get_terminal_size((COLUMNS, 24)).columns)


def fitted(text: str, stream: TextIO | None) -> str:
    """A text whose lines fit the terminal behind a stream.

    A line breaks between words, and the rest of it stands further
    in. A command stays whole, so that it can be copied. Without a
    terminal the text stays as it is.
    """
    if stream is None or not stream.isatty():
        return text
    columns = max(NARROWEST, shutil.get_terminal_size((COLUMNS, 24)).columns)
    return "\n".join(_folded(line, columns) for line in text.split("\n"))


def _folded(line: str, columns: int) -> str:
    if len(line) <= columns or _length(line) <= columns or COMMAND.match(line):
        return line
    bare = STYLE.sub("", line)
    start = len(bare) - len(bare.lstrip(" "))
    indent = " " * (HANGING + (start if start < columns // 2 else 0))
    lines = [""]
    for word in re.findall(" *[^ ]+", line):
        if lines[-1].strip() and _length(lines[-1] + word) > columns:
            rest = word.lstrip(" ")
            lines.append(indent[: max(0, columns - _length(rest))] + rest)
        else:
            lines[-1] += word
    return "\n".join(lines)


def _length(line: str) -> int:
    """The columns of a line, without the styles in it."""
    return len(STYLE.sub("", line))


def wrapped(text: str, indent: str = "") -> str:
    """The lines of a text, the later lines indented.

    A word longer than a line stays whole, so that it can be
    copied.
    """
    flowing = " ".join(text.split())
    lines = textwrap.wrap(flowing, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
