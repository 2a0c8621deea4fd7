"""Folders and accounts that tests share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from places import DATA


@pytest.fixture
def data() -> Path:
    """Real captures and documents, which are not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no real inputs in {DATA}; set IAMSPEC_DATA to the folder that has them")
    return DATA
