"""JSON as text that a file and a terminal both take."""

import json
import re
from typing import Any

from iamspec.errors import is_visible, uncommanded

COMMAND = re.compile(r"#(?=#\w*\[)", re.ASCII)


def json_text(value: Any) -> str:
    """Indented JSON with escapes for all that a terminal would act on.

    The json module leaves C1 controls and marks of direction as
    they are.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return f"{escaped_json(text)}\n"


def escaped_json(text: str) -> str:
    """JSON with escapes for signs that are not visible and for commands to a CI job.

    Line breaks between the parts of the JSON stay. No such line
    begins with a colon, so that only `##[` is a command.
    """
    if not is_visible(text.replace("\n", "")):
        text = "".join(one if one == "\n" or is_visible(one) else json.dumps(one)[1:-1] for one in text)
    return text if uncommanded(text) == text else COMMAND.sub("\\\\u0023", text)
