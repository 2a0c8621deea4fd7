"""Whether one pattern certainly matches whatever another one does.

After "IAM JSON policy elements: Resource" and "IAM policy elements: Variables and tags" in the IAM User Guide.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from iamspec.globs import bounded

WILD = re.compile(r"[*?]")
PIECE = re.compile(r"\$\{[^{}]*\}|[*?]|[^*?$]+|\$")
LITERAL = {"${*}": "*", "${?}": "?", "${$}": "$"}
ANY = "\0"  # a `*` of the narrow pattern: more than one sign, so that no `?` takes it
FIRST_VARIABLE = 0xF0000  # a private sign for each variable: nothing but a `*`, or the same variable, takes it
SEGMENTS = 6


@lru_cache(maxsize=65536)
def subsumes(wide: str, narrow: str, *, arn: bool = False) -> bool:
    """False where that is not certain. In an `arn`, a `*` within one of the first five segments stays within it."""
    if wide in {"*", narrow}:
        return True
    head, rest = _parted(wide)
    if rest in {"", "*"} or not narrow.startswith(head):  # nearly always
        return rest == "*" and narrow.startswith(head)
    pieces = {one for text in (wide, narrow) for one in PIECE.findall(text) if one.startswith("${")}
    signs = {one: chr(FIRST_VARIABLE + number) for number, one in enumerate(sorted(pieces - LITERAL.keys()))} | LITERAL
    matcher = re.compile(_regex(wide, signs, arn=arn), re.DOTALL)
    return matcher.fullmatch("".join(_sign(piece, signs) for piece in PIECE.findall(narrow))) is not None


def _parted(pattern: str) -> tuple[str, str]:
    """What a pattern begins with for certain, and the rest."""
    found = re.search(r"[*?$]", pattern)
    at = found.start() if found else len(pattern)
    return pattern[:at], pattern[at:]


def _sign(piece: str, signs: Mapping[str, str]) -> str:
    return ANY if piece == "*" else signs.get(piece, piece)


def _regex(pattern: str, signs: Mapping[str, str], *, arn: bool) -> str:
    found: list[str] = []
    colons = 0
    pieces = PIECE.findall(pattern)
    for piece, following in zip(pieces, [*pieces[1:], ":"], strict=True):
        if piece == "*":
            far = not arn or colons >= SEGMENTS - 1 or following.startswith(":")
            found.append(".*" if far else f"[^:{ANY}]*")
        elif piece == "?":
            found.append(f"[^{ANY}{chr(FIRST_VARIABLE)}-{chr(0x10FFFF)}]")
        else:
            found.append(re.escape(signs.get(piece, piece)))
            colons += piece.count(":")
    return bounded(found)


def disjoint(one: str, exceptions: tuple[str, ...]) -> bool:
    """Whether a pattern of actions certainly matches nothing that the exceptions do."""
    if WILD.search(one):
        return False
    return not any(subsumes(pattern, one) for pattern in exceptions)
