"""What reaches a person: answers to stdout, all else to stderr; the only module that prints."""

import os
import sys
from typing import Any

from iamspec.errors import uncommanded

OK, ERROR, CHANGES, INTERRUPTED = 0, 1, 2, 130


def say(text: str) -> None:
    """What is not the answer of a command goes to stderr."""
    sys.stderr.write(f"{visible(text)}\n")
    sys.stderr.flush()


def visible(text: str) -> str:
    """Control characters out of files and answers must not reach a terminal."""
    shown = "".join(sign if sign in "\n\t" or sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
    return uncommanded(shown)


def show(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def is_terminal(stream: Any) -> bool:
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def rendered(made: Any, format_name: str, mode: str) -> str:
    """A plan as a person or a program wants to see it."""
    from iamspec.render import FORMATS  # noqa: PLC0415 - only commands that plan load it

    return str(FORMATS[format_name](made, mode=mode, colour=format_name == "text" and is_terminal(sys.stdout)))
