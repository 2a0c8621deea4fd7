"""JSON as text that a file and a terminal both take."""

import json
import re
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from typing import Any

from iamspec.errors import is_visible

COMMAND = re.compile(r"#(?=#\w*\[)", re.ASCII)
DOUBTFUL = re.compile(r"[^\n -~]")  # signs that may not be visible: all but those of ASCII


def json_text(value: Any) -> str:
    """Indented JSON with escapes for all that a terminal would act on.

    The json module leaves C1 controls and marks of direction as
    they are.
    """
    return f"{escaped_json(indented(value))}\n"


def indented(value: Any, margin: str = "") -> str:
    """The text of `json.dumps(value, indent=2, ensure_ascii=False)`.

    With an indent the json module takes its slow way: an effect on
    access lists twenty thousand actions.
    """
    if isinstance(value, str):
        return quoted(value)
    if not isinstance(value, dict | list | tuple) or not value:
        return json.dumps(value, ensure_ascii=False)
    start, end = "{}" if isinstance(value, dict) else "[]"
    parts = f",\n{margin}  ".join(_parts(value, margin + "  "))
    return f"{start}\n{margin}  {parts}\n{margin}{end}"


def _parts(value: Any, margin: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            name = quoted(key) if isinstance(key, str) else f'"{json.dumps(key)}"'
            yield f"{name}: {indented(inner, margin)}"
    else:
        for inner in value:
            yield quoted(inner) if isinstance(inner, str) else indented(inner, margin)


def escaped_json(text: str) -> str:
    """JSON with escapes for signs that are not visible and for commands to a CI job.

    Line breaks between the parts of the JSON stay. No such line
    begins with a colon, so that only `##[` is a command.
    """
    if not is_visible(text.replace("\n", "")):
        text = DOUBTFUL.sub(lambda one: one[0] if is_visible(one[0]) else json.dumps(one[0])[1:-1], text)
    return COMMAND.sub("\\\\u0023", text) if "##" in text else text
