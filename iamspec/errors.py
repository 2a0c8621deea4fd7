"""Errors as values.

Every error that a person can cause has a place, a fault and a cure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COMMAND = re.compile(r"^([^\S\n]*):(?=:[^:].*?::)|#(?=#\w*\[)", re.ASCII | re.MULTILINE)
DOUBTFUL = re.compile("[^ -~]")  # signs that may not be visible

# Signs that Python takes for printable and that no font shows: fillers, blanks, joiners and selectors of variants.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def is_visible(text: str) -> bool:
    """Whether a reader sees each sign of the text, and none acts on a terminal or turns the direction of text."""
    return text.isprintable() and (text.isascii() or not UNSEEN.search(text))


def visible(text: str, keep: str = "") -> str:
    """The text with escapes for signs that are not visible, apart from those to `keep`, and without commands to a CI job."""
    shown = text
    if not is_visible(text):
        shown = DOUBTFUL.sub(
            lambda one: one[0] if one[0] in keep or is_visible(one[0]) else one[0].encode("unicode_escape").decode(),
            text,
        )
    return uncommanded(shown)


def uncommanded(text: str) -> str:
    """Text without lines that a CI job obeys, such as `::set-output …::` or `##[…]`."""
    return COMMAND.sub(lambda found: f"{found[1]}\\x3a" if found[1] is not None else "\\x23", text)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file of the spec.

    `line` and `column` count from 1.
    """

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: `where` is an address and a field, such as `user/alice: groups[1]`."""

    message: str
    location: Location | None = None
    where: str = ""

    def __str__(self) -> str:
        text = ": ".join(part for part in (str(self.location or ""), self.where, self.message) if part)
        text = text.replace("\n", "\\n")  # text of a spec cannot start a line of its own
        return text.encode("utf-8", "backslashreplace").decode()  # half a surrogate pair is in no encoding

    @property
    def order(self) -> tuple[Location, str, str]:
        return (self.location or Location(""), self.where, self.message)


class IamspecError(Exception):
    """Anything that ends a command with exit code 1 and its message, never with a traceback."""


class InvalidSpec(IamspecError):  # noqa: N818 - a spec is invalid; "InvalidSpecError" says nothing more
    """The spec cannot be used: all its issues at once, sorted by place."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(sorted(dict.fromkeys(issues), key=lambda issue: issue.order))
        super().__init__("\n".join(map(str, self.issues)))


class PartOfSpec(IamspecError):  # noqa: N818
    """The PATHs have no settings, but folders above them have.

    The PATHs are a part of a spec.

    `folders` has the folder of the whole spec for each of the
    `paths`. `addresses` are the entities of the part.
    """

    def __init__(self, paths: Sequence[str], settings: Mapping[str, Path], addresses: Iterable[object]) -> None:
        self.paths = tuple(paths)
        self.folders = {typed: str(file.parent) for typed, file in settings.items()}
        self.addresses = tuple(sorted(map(str, addresses)))
        files = sorted(set(map(str, settings.values())))
        super().__init__(
            f"{', '.join(settings)}: this is a part of a spec; its settings stand in {', '.join(files)}. "
            "A spec of its own needs settings of its own, such as account.id. Nothing was done"
        )


class Unreadable(IamspecError):  # noqa: N818
    """Live IAM could not be read whole, so there is nothing to compare with."""


class IamError(IamspecError):
    """IAM's answer to a call that it refused: error code, message and request id.

    `unclear` says that IAM did not answer an earlier try of the
    call. IAM may have carried out that try.
    """

    def __init__(self, operation: str, code: str, message: str, request_id: str = "", *, unclear: bool = False) -> None:
        self.operation, self.code, self.message, self.request_id = operation, code, message, request_id
        self.unclear = unclear
        tail = f" (request {request_id})" if request_id else ""
        super().__init__(f"{operation}: {code}: {message}{tail}")

    @property
    def missing(self) -> bool:
        """Whether the call named something that does not exist."""
        return self.code in {"NoSuchEntity", "NoSuchEntityException"}
