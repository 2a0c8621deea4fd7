"""Lines of styled text: the only place where foreign text becomes text for a terminal.

Foreign text is that of a spec or of live IAM.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from iamspec.errors import is_visible, uncommanded, visible

__all__ = ["Line", "Span", "count", "scalar", "visible", "written"]

AMBIGUOUS_START = ('"', "'", "[", "{", "(", "…")
AMBIGUOUS_INSIDE = (": ", " #", " → ", "  ", ", ")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. `style` is in the words of rich."""

    text: str
    style: str = ""


Line = Sequence[Span]


def scalar(value: Any) -> str:
    """A value in a line, in quotes where bare text could be read as something else."""
    if value is None:
        return "(none)"
    if not isinstance(value, str):
        return visible(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))
    bare = is_visible(value) and value == value.strip() and value != ""
    if bare and not value.startswith(AMBIGUOUS_START) and not value.endswith(":"):
        bare = not any(sign in value for sign in AMBIGUOUS_INSIDE)
        if bare:
            return str(value)
    return visible(json.dumps(value, ensure_ascii=False))


def count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def written(lines: Iterable[Line], *, colour: bool) -> str:
    """The lines as text, each ended.

    Only the styles bring an escape sequence into it.
    """
    if not colour:
        return "".join(uncommanded("".join(visible(span.text) for span in line)).rstrip() + "\n" for line in lines)
    from rich.color import ColorSystem  # noqa: PLC0415 - only a terminal has colours
    from rich.style import Style  # noqa: PLC0415

    def styled(span: Span) -> str:
        return Style.parse(span.style).render(visible(span.text), color_system=ColorSystem.STANDARD)

    return "".join("".join(map(styled, line)) + "\n" for line in lines)
