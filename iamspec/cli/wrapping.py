"""Prose in lines that fit the terminal.

Without a terminal lines have 80 columns.
"""

import shutil
import sys
import textwrap

COLUMNS = 80
NARROWEST = 40


def width() -> int:
    """The columns of the terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return COLUMNS
    return max(NARROWEST, shutil.get_terminal_size((COLUMNS, 24)).columns)


def wrapped(text: str, indent: str = "") -> str:
    """The lines of a text, the later lines indented.

    A word longer than a line stays whole, so that it can be
    copied.
    """
    flowing = " ".join(text.split())
    lines = textwrap.wrap(flowing, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)
