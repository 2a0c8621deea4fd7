"""JSON as text that a file and a terminal both take."""

import json
from typing import Any


def json_text(value: Any) -> str:
    """Indented JSON with escapes for all that a terminal would act on.

    The json module leaves C1 controls and marks of direction as they
    are.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():
        text = "".join(one if one == "\n" or one.isprintable() else json.dumps(one)[1:-1] for one in text)
    return f"{text}\n"
