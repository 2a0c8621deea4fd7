"""Globs in bounded time, so that no pattern makes a plan hang.

`bounded` makes a regex of a glob. `meet` says whether two globs
match a text in common.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

FAR = ".*"
ANY, ONE = "*", "?"
ANY_BUT_SLASH = "\x00"  # a `*` that no slash takes
WILD = frozenset({ANY, ONE, ANY_BUT_SLASH})


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob as sets of places: bit n stands for its n-th sign."""

    end: int
    literals: Mapping[str, int]
    single: int
    repeated: int
    slashless: int

    def closed(self, places: int) -> int:
        """The places, and those behind repetitions that match nothing."""
        while (further := places | (places & self.repeated) << 1) != places:
            places = further
        return places

    def after(self, sign: str, places: int) -> int:
        """The places after one sign of another glob."""
        if sign == ANY:
            return ((self.end << 1) - 1) & -(places & -places)  # from the first place on: `*` stands for any text
        if sign == ONE:
            return self.closed((places & ~self.repeated) << 1 | places & self.repeated)
        kept = self.repeated & ~self.slashless if sign == "/" else self.repeated
        return self.closed((places & (self.literals.get(sign, 0) | self.single)) << 1 | places & kept)


@lru_cache(maxsize=16384)
def _glob(pattern: str) -> Glob:
    places: dict[str, int] = {}
    for at, sign in enumerate(pattern):
        places[sign] = places.get(sign, 0) | 1 << at
    single, slashless = places.pop(ONE, 0), places.pop(ANY_BUT_SLASH, 0)
    return Glob(1 << len(pattern), places, single, places.pop(ANY, 0) | slashless, slashless)


def meet(one: str, other: str) -> bool:
    """Whether some text matches both globs. Only the first one may hold ANY_BUT_SLASH.

    It takes a step for each sign of the second glob.
    """
    glob = _glob(one)
    places = glob.closed(1)
    for sign in other:
        places = glob.after(sign, places) & (glob.end << 1) - 1
        if not places:
            return False
    return bool(places & glob.end)


def head(pattern: str) -> str:
    """The signs of a glob before its first wildcard."""
    return next((pattern[:at] for at, sign in enumerate(pattern) if sign in WILD), pattern)


def bounded(pieces: Iterable[str]) -> str:
    """Pieces of a regex as a regex that tries almost no place twice.

    A piece is fixed or repeated (`.*`, or a narrower class). The
    part after a repetition is taken at its first match: a later
    match leaves less for the rest. Only the part after the last
    repetition is bound to the end. Between narrow repetitions, no
    fixed piece may match a sign that they do not.
    """
    first, *others = _parted(pieces, FAR.__eq__)
    if not others:
        return _near(first, last=True)
    middle = "".join(f"(?>{FAR}?{_near(unit)})" for _, *unit in others[:-1])
    return _near(first) + middle + FAR + _near(others[-1][1:], last=True)


def _near(pieces: Iterable[str], *, last: bool = False) -> str:
    """What stands between two `.*`, itself with narrower repetitions."""
    first, *others = _parted(pieces, _repeated)
    end = "".join(others.pop()) if last and others else ""
    return "".join(first) + "".join(f"(?>{repeated}?{''.join(fixed)})" for repeated, *fixed in others) + end


def _repeated(piece: str) -> bool:
    return piece.endswith("*") and not piece.endswith("\\*")


def _parted(pieces: Iterable[str], begins: Callable[[str], bool]) -> list[list[str]]:
    """Runs of pieces.

    The first run ends before a piece that begins another run. Each
    later run starts with such a piece.
    """
    runs: list[list[str]] = [[]]
    for piece in pieces:
        if begins(piece):
            runs.append([])
        runs[-1].append(piece)
    return runs
