"""Names that a reader takes for another name, such as `a1ice` for `alice`.

IAM takes ASCII letters in names, so that digits and pairs of
letters make most of the confusion. Letters of other alphabets are
folded, too, as a capture may hold any name.
"""

import unicodedata
from collections.abc import Iterable

from iamspec.kinds.contract import Address

ALIKE = str.maketrans(
    {
        **dict.fromkeys("1i|!", "l"),
        **dict.fromkeys("_.", "-"),
        "0": "o",
        **dict(zip("авекмнорстухіјѕԁɡ", "abekmhopctyxljsdg", strict=True)),
        **dict(zip("αβεικνορτυχ", "abelkvoptyx", strict=True)),
    }
)
PAIRS = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """The name as a hasty reader sees it: equal for names that look alike."""
    seen = unicodedata.normalize("NFKC", name).casefold().translate(ALIKE)
    for pair, letter in PAIRS:
        seen = seen.replace(pair, letter)
    return seen


def lookalikes(suspects: Iterable[Address], known: Iterable[Address]) -> dict[Address, Address]:
    """The suspects that look like a known entity of the same kind, each with that entity."""
    seen: dict[tuple[str, str], Address] = {}
    names = set(known)
    for one in sorted(names):
        seen.setdefault((one.kind, skeleton(one.name)), one)
    found = {}
    for one in suspects:
        other = seen.get((one.kind, skeleton(one.name)))
        if other is not None and one not in names and other.name.casefold() != one.name.casefold():
            found[one] = other
    return found
