"""Values of a file in messages: short, in a single line, and without signs that a terminal would act on."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from iamspec.errors import is_visible

MAX_QUOTED = 80
LARGEST_QUOTED = 10**MAX_QUOTED  # Python refuses to write out much longer integers


def cut(text: str) -> str:
    """At most 80 characters of a text, escaped where it is not printable."""
    short = text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"
    return "".join(sign if is_visible(sign) else sign.encode("unicode_escape").decode() for sign in short)


def quoted(text: str) -> str:
    return f'"{cut(text)}"'


def shown(value: Any) -> str:
    """A scalar itself. Of anything else only the kind of JSON value."""
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= LARGEST_QUOTED:
        return "a very large number"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "an object" if isinstance(value, Mapping) else "a list"


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that somebody who wrote `word` may have meant, in whatever case."""
    lower = {name.lower(): name for name in names}
    return next((lower[name] for name in get_close_matches(word[:MAX_QUOTED].lower(), lower, 1)), None)
