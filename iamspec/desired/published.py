"""The schemas of spec and fleet.yaml as files of the package, because loading the models takes longer.

`make schemas` writes them, and the same files in `schemas/`.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def schema_text() -> str:
    """The schema of a spec."""
    return (DATA / "spec.schema.json").read_text(encoding="utf-8")


@cache
def schema() -> dict[str, Any]:
    """The schema of a spec as data."""
    found: dict[str, Any] = json.loads(schema_text())
    return found


@cache
def fleet_schema() -> dict[str, Any]:
    """The schema of fleet.yaml as data."""
    found: dict[str, Any] = json.loads((DATA / "fleet.schema.json").read_text(encoding="utf-8"))
    return found
