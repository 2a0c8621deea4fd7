"""Globs as regexes that take polynomial time, so that no pattern that somebody writes makes a plan hang."""

from collections.abc import Callable, Iterable

FAR = ".*"


def bounded(pieces: Iterable[str]) -> str:
    """Pieces of a regex, each fixed or repeated (`.*`, or a narrower class), as one that hardly tries a place twice.

    What follows a repetition is taken where it is found first: any later place leaves less for the rest. Only what
    follows the last one is bound to the end. Between narrow repetitions, nothing fixed may match what they do not.
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
    """Runs of pieces: the first up to a piece that begins another, each other from such a piece on."""
    runs: list[list[str]] = [[]]
    for piece in pieces:
        if begins(piece):
            runs.append([])
        runs[-1].append(piece)
    return runs
