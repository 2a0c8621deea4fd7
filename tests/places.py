"""Folders that tests read from."""

import os
from pathlib import Path

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
GOLDEN = TESTS / "golden"
DATA = Path(os.environ.get("IAMSPEC_DATA", ROOT.parent / "shared" / "data"))  # real captures, no part of the project
