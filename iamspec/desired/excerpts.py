"""The lines of single entities in a usual file, so that a place is found without reading the whole file again.

Text that might mislead is no excerpt: lines that are part of a
quoted text, keys that stand twice, lists in the place of keys.
"""

import re
from collections.abc import Iterator

BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")  # further line breaks of YAML, and a mark that is no sign
SPLIT = {  # a line with an odd number of quotation marks may be part of a text
    sign: re.compile(f"^[^{sign}\\n]*{sign}[^{sign}\\n]*(?:{sign}[^{sign}\\n]*{sign}[^{sign}\\n]*)*$", re.MULTILINE)
    for sign in ("'", '"')
}
TOP = re.compile(r"^[^ #\n].*\n?", re.MULTILINE)
SECTION = re.compile(r"([a-z_]+): *\n")
KEY = re.compile(
    r"""^( +)(?:'([^'\\\n]+)'|"([^"\\\n]+)"|([^\s'"#\[\]{}&*!|>%@`,?:-][^'"#\n]*?)) *:(?= |$)""", re.MULTILINE
)
LINE = re.compile(r"^( *)[^ #\n]", re.MULTILINE)

Span = tuple[int, int]  # where an entity begins with its key, and where it ends


def excerpts(text: str) -> dict[tuple[str, str], Span]:
    """The entities in a text by section and name. Those that are written in another way are left out."""
    found: dict[tuple[str, str], Span] = {}
    if BREAKS.search(text) or '\\"' in text or any(sign in text and odd.search(text) for sign, odd in SPLIT.items()):
        return found
    twice = set()
    for section, start, end in _sections(text):
        for name, span in _entities(text, start, end):
            key = section, name
            if key in found:
                twice.add(key)
            found[key] = span
    for key in twice:
        del found[key]
    return found


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    tops = list(TOP.finditer(text))
    for top, end in zip(tops, [*(one.start() for one in tops[1:]), len(text)], strict=True):
        if section := SECTION.fullmatch(top[0]):
            yield section[1], top.end(), end


def _entities(text: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    """The entities of a section: each from its key to the next line that is not deeper."""
    first = LINE.search(text, start, end)
    depth = len(first[1]) if first else 0
    odd = re.compile(rf"^(?: {{{depth}}}-| {{0,{max(depth - 1, 0)}}}[^ #\n])", re.MULTILINE)
    if not depth or odd.search(text, start, end):
        return
    lines = re.compile(rf"^ {{{depth}}}[^ #\n]", re.MULTILINE)
    starts = [one.start() for one in lines.finditer(text, start, end)]
    for at, until in zip(starts, [*starts[1:], end], strict=True):
        if key := KEY.match(text, at):
            yield key[2] or key[3] or key[4], (at, until)
