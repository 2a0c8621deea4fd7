"""Folders and accounts that tests share."""

from pathlib import Path

import pytest
from places import DATA


@pytest.fixture
def data() -> Path:
    """Real captures and documents, which are not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no real inputs in {DATA}; set IAMSPEC_DATA to the folder that has them")
    return DATA
