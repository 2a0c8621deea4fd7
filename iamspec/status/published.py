"""The texts of the checks as a file of the package, because loading the checks takes longer.

`make schemas` writes it.
"""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "data" / "checks.json"


def check_texts() -> dict[str, dict[str, Any]]:
    """Each check by its key: title, severity, frameworks, why, about and cure."""
    found: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
