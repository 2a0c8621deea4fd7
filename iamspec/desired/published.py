"""The schema of the spec as a file of the package, because loading the models takes longer.

`make schemas` writes it, and the same file in `schemas/`.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "spec.schema.json"


def schema_text() -> str:
    return FILE.read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """The schema as data."""
    found: dict[str, Any] = json.loads(schema_text())
    return found
