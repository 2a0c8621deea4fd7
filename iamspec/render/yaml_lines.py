"""Values as lines of YAML, as a person would write them into a spec.

A text stands without quotes only if every reader of YAML takes it
for the same text. All that a terminal acts on or does not show is
escaped as YAML escapes it, inside quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iamspec.render.lines import visible

PLAIN = re.compile(r"[A-Za-z_/.][\w./@+=,*$()-]*(?:(?::(?! |$)| (?! |#|$))[\w./@+=,*$(){}-]*)*", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LIKE_OTHERS = re.compile(r"y|n|yes|no|on|off|true|false|null|~|[.+-]?\d.*|\.(?:inf|nan)|\.", re.IGNORECASE)


def yaml_text(value: Any) -> str:
    """A value on one line.

    Lists and mappings are in flow style, which is JSON.
    """
    if isinstance(value, str):
        bare = (PLAIN.fullmatch(value) and not LIKE_OTHERS.fullmatch(value) and value[-1] not in " :") or DAY.fullmatch(
            value
        )
        return value if bare else visible(json.dumps(value, ensure_ascii=False))
    return visible(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def yaml_block(value: Any) -> Iterator[str]:
    """The lines of a value: lists and mappings in block style, their scalars beside the key or the dash."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value, key=str):
            yield from _under(f"{yaml_text(str(key))}:", value[key])
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for one in value:
            first, *rest = yaml_block(one)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield yaml_text([] if isinstance(value, tuple) else value)


def _under(label: str, value: Any) -> Iterator[str]:
    nested = isinstance(value, Mapping | list | tuple) and bool(value)
    lines = list(yaml_block(value))
    if not nested:
        yield f"{label} {lines[0]}"
        return
    yield label
    yield from (f"  {line}" for line in lines)
