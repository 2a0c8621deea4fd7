"""The end of an apply over a fleet as text: failures, then accounts that were not tried, then accounts that are done."""

from collections.abc import Sequence

from iamspec.fleet.waves import End, Fate
from iamspec.render.lines import Line, Span, count, written

BAD = (Fate.FAILED, Fate.BEGUN, Fate.UNPLANNED, Fate.REFUSED, Fate.HELD)
QUIET = (Fate.BEFORE, Fate.NOTHING)
ORDER = (*BAD, Fate.APPLIED, Fate.BEFORE, Fate.NOTHING)
BLANK: Line = ()


def summary(ends: Sequence[End]) -> str:
    """Text such as `Fleet apply: 20 accounts: 17 applied, 1 failed, 2 not tried; 51 calls done`."""
    counts = [(fate, sum(one.fate is fate for one in ends)) for fate in ORDER]
    told = ", ".join(f"{number} {fate}" for fate, number in counts if number) or "none"
    calls = sum(one.calls for one in ends if one.fate is not Fate.BEGUN)
    return f"Fleet apply: {count(len(ends), 'account')}: {told}; {count(calls, 'call')} done"


def line(end: End) -> str:
    """An account in a line, as it ends."""
    calls = f": {count(end.calls, 'call')} done" if end.calls else ""
    return f"{end.row.label}: {end.fate}{calls}"


def text(ends: Sequence[End], remarks: Sequence[str] = (), *, colour: bool = False) -> str:
    lines: list[Line] = []
    for fate in ORDER:
        found = [one for one in ends if one.fate is fate]
        if not found:
            continue
        if fate in QUIET:
            lines += [[Span(f"{str(fate).capitalize()}: {count(len(found), 'account')}", "dim")], BLANK]
            continue
        lines += [[Span(str(fate).capitalize(), "bold red" if fate in BAD else "bold")]]
        for one in found:
            calls = f"  {count(one.calls, 'call')} done" if one.calls else ""
            lines.append([Span("  "), Span(one.row.label, "bold"), Span(calls)])
            lines += [[Span(f"      {said}")] for told in one.lines for said in told.split("\n")]
        lines.append(BLANK)
    lines += [[Span(f"note: {one}")] for one in remarks]
    return written([*lines, [Span(summary(ends), "bold")]], colour=colour)


def succeeded(ends: Sequence[End]) -> bool:
    return not any(one.fate in BAD for one in ends)
