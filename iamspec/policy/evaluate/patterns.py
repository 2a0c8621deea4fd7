"""Texts of a policy that stand for many texts: wildcards, policy variables, and both of them in ARNs.

After "IAM JSON policy elements: Resource", "IAM policy elements:
Variables and tags" and "Condition operators" in the IAM User
Guide.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache, partial
from itertools import takewhile

from iamspec.policy.evaluate.keys import TAG_KEYS, is_multivalued
from iamspec.policy.evaluate.truth import Context, Truth, Unread

SEGMENTS = 6
OURS = "account.id"  # stands in documents for an unknown text, whatever the version
UNDOCUMENTED: Truth = frozenset({""})  # depends on IAM itself: the name is that of the key under test


class Wildcard(Enum):
    ANY = "*"
    ONE = "?"


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}`, or `${key, 'default'}`.

    The default stands for a key that the request lacks.
    """

    key: str
    default: str | None = None


Part = str | Wildcard | Variable
Matcher = Callable[[str], Truth | Unread]

VARIABLE = re.compile(r"\$\{(?:(?P<char>[*?$])|(?P<key>[^{}$',]++)(?:,\s*+'(?P<default>[^']*+)'\s*+)?+)\}")
_WILDCARD = re.compile(r"([*?])")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")  # needs two units of UTF-16
_FAR = ".*"
_NEAR = "[^:]*"


def parse(text: str, *, variables: bool, wildcards: bool = True) -> tuple[Part, ...]:
    """The parts of a text.

    `${*}`, `${?}` and `${$}` are those characters themselves,
    where variables are read at all.
    """
    parts: list[Part] = []
    end = 0
    for found in VARIABLE.finditer(text):
        if not variables and found["key"] != OURS:
            continue
        parts += _split(text[end : found.start()], wildcards=wildcards)
        parts.append(found["char"] or Variable(found["key"].strip(), found["default"]))
        end = found.end()
    parts += _split(text[end:], wildcards=wildcards)
    return tuple(parts)


def _split(text: str, *, wildcards: bool) -> Iterator[Part]:
    pieces = _WILDCARD.split(text) if wildcards else [text]
    return (Wildcard(piece) if at % 2 else piece for at, piece in enumerate(pieces) if piece)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts and the way in which they match.

    Without variables the matcher is made once.
    """

    parts: tuple[Part, ...]
    way: Callable[[tuple[Part, ...]], Matcher]
    fixed: Matcher | None

    @property
    def beginning(self) -> str:
        """The text that every match begins with."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""

    def matches(self, text: str, context: Context) -> Truth | Unread:
        """Whether the text matches.

        A variable without a value makes a pattern that nothing
        matches.
        """
        if self.fixed is not None:
            return self.fixed(text)
        parts = _resolved(self.parts, context)
        if parts is None:
            return False
        return parts if isinstance(parts, frozenset) else self.way(parts)(text)


def pattern(parts: tuple[Part, ...], way: Callable[[tuple[Part, ...]], Matcher]) -> Pattern:
    varies = any(isinstance(part, Variable) for part in parts)
    return Pattern(parts, way, None if varies else way(parts))


def _resolved(parts: Iterable[Part], context: Context) -> tuple[Part, ...] | frozenset[str] | None:
    """The parts with values for variables.

    None if a key has no value. If keys are unknown, the result is
    their names.
    """
    found: list[Part] = []
    missing = set()
    for part in parts:
        if not isinstance(part, Variable):
            found.append(part)
            continue
        values = context.values(part.key)
        if part.key.lower() == TAG_KEYS or (values == () and part.default is None):
            return None
        # nothing says what IAM makes of several values, or of a value with a wildcard
        if values is None or len(values) > 1 or is_multivalued(part.key) or _WILDCARD.search("".join(values)):
            missing.add(part.key)
        else:
            found.append(values[0] if values else part.default or "")
    return frozenset(missing) or tuple(found)


@lru_cache(maxsize=65536)
def equal(parts: tuple[Part, ...]) -> Matcher:
    return _literal(parts).__eq__


@lru_cache(maxsize=65536)
def equal_in_any_case(parts: tuple[Part, ...]) -> Matcher:
    wanted = lower(_literal(parts))
    return lambda text: lower(text) == wanted


@lru_cache(maxsize=65536)
def like(parts: tuple[Part, ...]) -> Matcher:
    return _matcher([_FAR if part is Wildcard.ANY else _piece(part, ".") for part in parts], parts)


@lru_cache(maxsize=65536)
def arn(parts: tuple[Part, ...]) -> Matcher:
    """Matches ARNs part by part.

    A wildcard stays within its part, except in the last part.
    """
    segments = _segments(parts)
    return _matcher(_pieces(segments, far=False), parts) if len(segments) == SEGMENTS else _short_arn(parts)


def _short_arn(parts: tuple[Part, ...]) -> Matcher:
    """The matcher of a short ARN.

    IAM completes a short ARN in Resource. This is not documented
    for conditions, so a last `*` leaves the answer open.
    """
    if not parts or parts[-1] is not Wildcard.ANY:
        return lambda _: Unread.PATTERN
    complete = resource(parts)
    return lambda text: UNDOCUMENTED if complete(text) else False


def is_arn(text: str) -> bool:
    return text.count(":") >= SEGMENTS - 1


def lower(text: str) -> str:
    """A text in lower case as in IAM, which ignores letters beyond the Basic Multilingual Plane."""
    found = text.lower()
    if found.isascii() or not (letters := _BEYOND.findall(text)):
        return found
    kept = iter(letters)
    return _BEYOND.sub(lambda _: next(kept), found)


def units(text: str) -> str:
    """A text in UTF-16 units. `?` matches a unit."""
    return text if text.isascii() else _BEYOND.sub(_surrogates, text)


def _surrogates(found: re.Match[str]) -> str:
    high, low = divmod(ord(found[0]) - 0x10000, 0x400)
    return chr(0xD800 + high) + chr(0xDC00 + low)


@lru_cache(maxsize=65536)
def resource(parts: tuple[Part, ...]) -> Matcher:
    """The matcher of a Resource.

    A `*` at the end of a segment crosses colons. Missing segments
    are `*`.
    """
    if parts and all(part is Wildcard.ANY for part in parts):
        return lambda _: True
    segments = _segments(parts)
    if len(segments) == SEGMENTS and not any(isinstance(part, Wildcard) for part in parts):
        return _literal(parts).__eq__
    segments += [[Wildcard.ANY]] * (SEGMENTS - len(segments))
    return _matcher(_pieces(segments, far=True), parts)


def resource_pattern(text: str, *, variables: bool) -> Pattern:
    """The pattern of a Resource.

    IAM expands variables only behind the fifth colon. Earlier
    variables leave the answer open.
    """
    parts = parse(text, variables=variables)
    head = _segments(parts)[: SEGMENTS - 1]
    early = frozenset(part.key for segment in head for part in segment if isinstance(part, Variable))
    if not early:
        return pattern(parts, resource)
    match = resource(tuple(Wildcard.ANY if isinstance(part, Variable) else part for part in parts))
    return Pattern(parts, resource, lambda found: early if match(found) else False)


def may_meet(some: Sequence[Part], others: Sequence[Part]) -> bool:
    """Whether two patterns may match the same text, as far as their beginnings and ends show."""
    if not _agree(_head(some), _head(others)):
        return False
    if any(len(_segments(parts)) < SEGMENTS for parts in (some, others)):
        return True  # segments that are left out may be anything
    return _agree(_head(_reversed(some)), _head(_reversed(others)))


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _head(parts: Iterable[Part]) -> str:
    """The fixed beginning of a pattern, up to the first wildcard or variable."""
    return "".join(str(part) for part in takewhile(lambda part: isinstance(part, str), parts))


def _reversed(parts: Sequence[Part]) -> list[Part]:
    return [part[::-1] if isinstance(part, str) else part for part in reversed(parts)]


def _segments(parts: Iterable[Part]) -> list[list[Part]]:
    """The parts between the first five colons.

    All further colons belong to the last segment.
    """
    segments: list[list[Part]] = [[]]
    for part in parts:
        pieces = part.split(":", SEGMENTS - len(segments)) if isinstance(part, str) else [part]
        segments[-1].append(pieces[0])
        segments += [[piece] for piece in pieces[1:]]
    return segments


def _pieces(segments: Sequence[Sequence[Part]], *, far: bool) -> list[str]:
    """Segments as pieces of a regex.

    With `far`, a `*` at the end of a segment crosses colons.
    """
    pieces: list[str] = []
    for at, segment in enumerate(segments):
        parts = [part for part in segment if part != ""]
        last = at == SEGMENTS - 1
        pieces += [Text(":")] if at else []
        for position, part in enumerate(parts):
            if part is Wildcard.ANY:
                pieces.append(_FAR if last or (far and position == len(parts) - 1) else _NEAR)
            else:
                pieces.append(_piece(part, "." if last else "[^:]"))
    return pieces


def _piece(part: Part, one: str) -> str:
    return one if part is Wildcard.ONE else Text(units(str(part)))


class Text(str):
    """A piece that stands for itself. Other pieces are parts of a regex."""

    __slots__ = ()


def _literal(parts: Iterable[Part]) -> str:
    return "".join(str(part) for part in parts)


def _matcher(pieces: Sequence[str], parts: Iterable[Part]) -> Callable[[str], bool]:
    """Pieces as a matcher that begins with the text before the first wildcard.

    Few texts begin so. The regex is made for the first of them.
    Texts with anything between them need no regex.
    """
    if all(isinstance(piece, Text) or piece is _FAR for piece in pieces):
        return _finder(["".join(run) for run in _parted(pieces, _FAR)])
    head, regex = units(_head(parts)), cache(partial(_regex, pieces))

    def matches(text: str) -> bool:
        found = units(text)
        return found.startswith(head) and regex().fullmatch(found) is not None

    return matches


def _regex(pieces: Sequence[str]) -> re.Pattern[str]:
    """Pieces as a regex of at most quadratic time.

    A piece after a wildcard is taken at its first match only,
    because a later match leaves less for the rest.
    """
    first, *rest = [_unit(unit) for unit in _parted(pieces, _FAR)]
    middle = "".join(f"(?>{_FAR}?{unit})" for unit in rest[:-1])
    return re.compile(first + middle + (_FAR + rest[-1] if rest else ""), re.DOTALL)


def _finder(runs: Sequence[str]) -> Callable[[str], bool]:
    """The matcher of texts with anything between them."""
    if len(runs) == 1:
        return lambda text: units(text) == runs[0]
    first, *middle, last = runs

    def matches(text: str) -> bool:
        found = units(text)
        if not found.startswith(first):
            return False
        at = len(first)
        for run in middle:
            place = found.find(run, at)
            if place < 0:
                return False
            at = place + len(run)
        return len(found) - len(last) >= at and found.endswith(last)

    return matches


def _unit(pieces: Sequence[str]) -> str:
    first, *rest = ["".join(map(_escaped, run)) for run in _parted(pieces, _NEAR)]
    return first + "".join(f"(?>{_NEAR}?{run})" for run in rest)


def _escaped(piece: str) -> str:
    return re.escape(piece) if isinstance(piece, Text) else piece


def _parted(pieces: Iterable[str], mark: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for piece in pieces:
        if piece == mark and not isinstance(piece, Text):
            runs.append([])
        else:
            runs[-1].append(piece)
    return runs
