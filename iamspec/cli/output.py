"""Output: answers go to stdout, all else goes to stderr.

No other module prints. No stream is reliable. It may be closed, a
pipe without a reader, a full disk, or a terminal without UTF-8.
"""

import codecs
import contextlib
import io
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TextIO

from iamspec.cli.wrapping import fitted
from iamspec.errors import IamspecError, InvalidSpec, visible

KEPT = "\n\t"  # in messages
CONFIDENTIAL = 0o600  # the mode of files with who can do what
OK, ERROR, CHANGES, INTERRUPTED = 0, 1, 2, 130
ESCAPED = "iamspec.escaped"  # how a sign is written that an encoding lacks


BEFORE: list[Callable[[], None]] = []  # called before anything is written, such as to take a bar off the terminal


class NotShown(IamspecError):  # noqa: N818 - an answer was not shown; "NotShownError" says nothing more
    """Standard output took no answer, or half of an answer."""


def say(text: str) -> None:
    """Messages go to stderr.

    A closed stderr is ignored, and the work goes on.
    """
    _prepare_to_write()
    with contextlib.suppress(OSError):
        _put(sys.stderr, f"{fitted(visible(text, keep=KEPT), sys.stderr)}\n")


def _prepare_to_write() -> None:
    """Gives the standard streams back to this module. A bar has them while it is shown."""
    for prepared in BEFORE:
        prepared()


def confide() -> None:
    """Makes a file behind standard output readable for its owner alone."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, no file, or a file of another user
        handle = sys.stdout.fileno()
        if stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, CONFIDENTIAL)


def show(text: str, format_name: str = "text", *, confidential: bool = False) -> None:
    """Writes the answer of a command to stdout.

    Only the format `text` is made to fit a terminal: other formats
    are for programs. Raises NotShown if the writing fails.
    """
    _prepare_to_write()
    if confidential:
        confide()
    text = fitted(text, sys.stdout) if format_name == "text" else text
    try:
        _put(sys.stdout, text if text.endswith("\n") else f"{text}\n")
    except OSError as error:
        raise NotShown(f"standard output cannot be written: {error.strerror}") from error


class Screen:
    """Standard output of a command that changes something.

    Failed output stops nothing, and is an error at the end.
    """

    def __init__(self) -> None:
        self.fault = ""

    def show(self, text: str) -> None:
        try:
            show(text)
        except NotShown as error:
            self.fault = self.fault or str(error)


def _put(stream: TextIO | None, text: str) -> None:
    if stream is None:
        raise OSError(0, "it is closed")
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding
        stream.write(text.encode(encoding, ESCAPED).decode(encoding))
    stream.flush()


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Escapes that JSON reads, too: a pair of surrogates for what is beyond sixteen bits."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = zip(units[::2], units[1::2], strict=True)
    return "".join(f"\\u{high:02x}{low:02x}" for high, low in pairs), error.end


codecs.register_error(ESCAPED, _escaped)


def prepare() -> None:
    """Makes the standard streams safe, before anything is opened.

    Opens /dev/null for closed standard streams, so that no other
    file takes their numbers. Pipes and files get UTF-8 whatever
    the locale, unless PYTHONIOENCODING says otherwise.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(handle)
    if "PYTHONIOENCODING" not in os.environ:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
                stream.reconfigure(encoding="utf-8")


def settle() -> None:
    """Drops unwritten output, so that the interpreter does not complain at its end."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def leave(code: int) -> NoReturn:
    """Ends the process at once, after `settle`.

    All that a command opened is closed by then, and to give back
    the memory of a large account takes a tenth of a second. Under
    a profiler, which reports after the program, it ends as usual.
    """
    if sys.getprofile() is None and sys.gettrace() is None:
        logging.shutdown()
        os._exit(code)
    sys.exit(code)


def held_back(made: Any) -> str:
    """A sentence to stand beside the plan: the entities whose changes the plan lacks."""
    guards = sorted({one.guard for one in made.complaints if one.holds_back and not one.allowed})
    others = f"all other changes are planned (guard {', '.join(guards)})"
    return f"held back: {', '.join(map(str, made.held_back))}; {others}"


def counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def is_terminal(stream: Any) -> bool:
    return (
        stream is not None
        and bool(stream.isatty())
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


@contextlib.contextmanager
def reported(command: str, format_name: str) -> Iterator[None]:
    """Shows an error that ends a command in the format for CI systems that was asked for, before it goes to stderr."""
    try:
        yield
    except NotShown:
        raise
    except IamspecError as error:
        from iamspec.render.result_formats import RESULT_FORMATS  # noqa: PLC0415
        from iamspec.render.results import of_failure, of_issues  # noqa: PLC0415

        if format_name in RESULT_FORMATS:
            issues = error.issues if isinstance(error, InvalidSpec) else ()
            found = of_issues(command, issues) if issues else of_failure(command, str(error))
            show(RESULT_FORMATS[format_name](found), format_name)
        raise


def rendered(made: Any, format_name: str, mode: str, link_base: str | None = None) -> str:
    """A plan as a person or a program wants to see it.

    `link_base` is where the files of the spec can be read.
    """
    from iamspec.render.formats import FORMATS  # noqa: PLC0415 - only commands that plan load it

    colour = format_name == "text" and is_terminal(sys.stdout)
    return str(FORMATS[format_name](made, mode=mode, colour=colour, base=link_base))
