"""Folders and accounts that tests share."""

import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS))


@pytest.fixture
def data() -> Path:
    """Real captures and documents, which are not part of the project."""
    folder = Path(os.environ.get("IAMSPEC_DATA", TESTS.parent.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real inputs in {folder}; set IAMSPEC_DATA to the folder that has them")
    return folder
