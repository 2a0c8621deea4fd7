"""Small examples as YAML that people would write.

Nested keys stand in lines, short values in flow style.
"""

import json
import re
from typing import Any

PLAIN = re.compile(r"[A-Za-z/][\w./@+*-]*(?::[\w./@+*-]+)*(?: [\w./@+*'-]+)*|\d{4}-\d{2}-\d{2}", re.ASCII)
NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
SHORT = 58


def written(value: Any, indent: str = "") -> str:
    """Lines of YAML, each ended."""
    lines = []
    for key, one in value.items():
        flow = inline(one)
        if isinstance(one, dict) and (_is_deep(one) or len(flow) > SHORT):
            lines.append(f"{indent}{inline(key)}:\n{written(one, f'{indent}  ')}")
        else:
            lines.append(f"{indent}{inline(key)}: {flow}\n")
    return "".join(lines)


def inline(value: Any) -> str:
    """A value in flow style."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inline(key)}: {inline(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_deep(value: dict[str, Any]) -> bool:
    """Whether a mapping has a mapping in it, so that lines show its shape better."""
    return any(isinstance(one, dict) for one in value.values())
