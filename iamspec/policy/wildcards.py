"""Whether a pattern certainly matches everything that another pattern matches.

After "IAM JSON policy elements: Resource" and "IAM policy
elements: Variables and tags" in the IAM User Guide.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from iamspec.policy.globs import bounded

WILD = re.compile(r"[*?]")
OPEN = re.compile(r"[*?$]")
PIECE = re.compile(r"\$\{[^{}]*\}|[*?]|[^*?$]+|\$")
LITERAL = {"${*}": "*", "${?}": "?", "${$}": "$"}
ANY = "\0"  # a `*` of the narrow pattern: more than one sign, so that no `?` takes it
FIRST_VARIABLE = 0xF0000  # a private sign for each variable: nothing but a `*`, or the same variable, takes it
VARIABLE = chr(FIRST_VARIABLE)
SEGMENTS = 6


@lru_cache(maxsize=65536)
def subsumes(wide: str, narrow: str, *, arn: bool = False) -> bool:
    """Whether `wide` certainly covers `narrow`. False in doubt.

    In an `arn`, a `*` within the first five segments stays within
    its segment.
    """
    if wide in {"*", narrow}:
        return True
    head, rest = _parted(wide)
    if rest in {"", "*"} or not narrow.startswith(head):  # nearly always
        return rest == "*" and narrow.startswith(head)
    if "${" not in wide:  # so that what is made of it serves for all narrow ones
        return _matcher(wide, arn=arn)(_text(narrow, LITERAL))
    pieces = {one for text in (wide, narrow) for one in PIECE.findall(text) if one.startswith("${")}
    signs = {one: chr(FIRST_VARIABLE + number) for number, one in enumerate(sorted(pieces - LITERAL.keys()))} | LITERAL
    matcher = re.compile(_regex(wide, signs, arn=arn), re.DOTALL)
    return matcher.fullmatch(_text(narrow, signs)) is not None


@lru_cache(maxsize=65536)
def _matcher(wide: str, *, arn: bool) -> Callable[[str], bool]:
    """A matcher for a pattern without variables.

    No regex is needed if every `*` may cross colons.
    """
    fixed = wide.split("*")
    if "?" not in wide and not (arn and any(_stays(fixed, at) for at in range(len(fixed) - 1))):
        return lambda text: _runs(fixed, text)
    regex = re.compile(_regex(wide, {}, arn=arn), re.DOTALL)
    return lambda text: regex.fullmatch(text) is not None


def _stays(fixed: Sequence[str], at: int) -> bool:
    """Whether the `*` behind a fixed part of an ARN stays within its segment."""
    if sum(one.count(":") for one in fixed[: at + 1]) >= SEGMENTS - 1:
        return False
    return not fixed[at + 1].startswith(":") and fixed[at + 1 :] != [""]


def _runs(fixed: Sequence[str], text: str) -> bool:
    """Whether the fixed parts occur in a text in order.

    The first and the last must be at the ends.
    """
    first, last = fixed[0], fixed[-1]
    if len(fixed) == 1:
        return text == first
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for one in fixed[1:-1]:
        found = text.find(one, at, end)
        if found < 0:
            return False
        at = found + len(one)
    return True


def _text(narrow: str, signs: Mapping[str, str]) -> str:
    """A narrow pattern as a text to match.

    A variable that the wide pattern lacks may be any text.
    """
    if "$" not in narrow:
        return narrow.replace("*", ANY)
    return "".join(_sign(piece, signs) for piece in PIECE.findall(narrow))


@lru_cache(maxsize=65536)
def head(pattern: str) -> str:
    """What a pattern begins with for certain."""
    found = OPEN.search(pattern)
    return pattern[: found.start()] if found else pattern


def _parted(pattern: str) -> tuple[str, str]:
    """What a pattern begins with for certain, and the rest."""
    first = head(pattern)
    return first, pattern[len(first) :]


def _sign(piece: str, signs: Mapping[str, str]) -> str:
    if piece == "*":
        return ANY
    return signs.get(piece, VARIABLE) if piece.startswith("${") else piece


def _regex(pattern: str, signs: Mapping[str, str], *, arn: bool) -> str:
    found: list[str] = []
    colons = 0
    pieces = PIECE.findall(pattern)
    for piece, following in zip(pieces, [*pieces[1:], ":"], strict=True):
        if piece == "*":
            far = not arn or colons >= SEGMENTS - 1 or following.startswith(":")
            found.append(".*" if far else f"[^:{ANY}]*")
        elif piece == "?":
            found.append(f"[^{ANY}\U00010000-\U0010ffff]")  # one unit of UTF-16
        else:
            found.append(re.escape(signs.get(piece, piece)))
            colons += piece.count(":")
    return bounded(found)


def disjoint(one: str, exceptions: tuple[str, ...]) -> bool:
    """Whether a pattern of actions certainly matches nothing that the exceptions do."""
    if WILD.search(one):
        return False
    return not any(subsumes(pattern, one) for pattern in exceptions)
