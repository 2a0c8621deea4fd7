"""The character set of policy documents: the pattern that the IAM service model has for `policyDocumentType`."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]

_OUTSIDE = re.compile(r"[^\t\n\r\x20-\xff]")


def unsendable(data: Any) -> Iterator[tuple[Path, str]]:
    """Places with characters that IAM's API refuses, or values that JSON lacks, with reasons.

    Unsorted. It does not recurse, so that no depth of nesting is
    too much.
    """
    pending: list[tuple[Path, Any]] = [] if _sendable(data) else [((), data)]
    while pending:
        at, value = pending.pop()
        if isinstance(value, str):
            if wrong := _OUTSIDE.search(value):
                yield at, _foreign(wrong[0])
        elif isinstance(value, Mapping):
            pending.extend(((*at, key), one) for key, one in value.items())
            for key in value:
                if isinstance(key, str) and (wrong := _OUTSIDE.search(key)):
                    yield (*at, key), f"in the key {_foreign(wrong[0])}"
        elif isinstance(value, list | tuple):
            pending.extend(((*at, index), one) for index, one in enumerate(value))
        elif isinstance(value, float) and not math.isfinite(value):
            yield at, f"{value} is no number that JSON has; write a finite one"


def _sendable(data: Any) -> bool:
    """Whether all characters may be sent, as nearly always.

    This check takes no paths.
    """
    texts: list[str] = []
    pending: list[Any] = [data]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, Mapping):
            texts += [key for key in value if isinstance(key, str)]
            pending += value.values()
        elif isinstance(value, list | tuple):
            pending += value
        elif isinstance(value, float) and not math.isfinite(value):
            return False
    return _OUTSIDE.search("\n".join(texts)) is None


def _foreign(sign: str) -> str:
    return (
        f"the character U+{ord(sign):04X} is not allowed in a policy document; use U+0020 to U+00FF, tab and line ends"
    )
