"""Folders and accounts that tests share."""

import atexit
import gc
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from models import share
from places import DATA

MEMORY = Path("/dev/shm")  # noqa: S108 - of the system
FEW_CORES = 4
LONGEST = "test_fleet_on_dask.py"
FOLDERS = ("laws", "project", "cli", "stories", "sandbox", "unit")  # those with the longest tests first


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Has one process more than there are cores: some tests wait for a process, or for a line.

    A number that is given counts more.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ or cores > FEW_CORES else cores + 1


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests lie in memory, where journals need not wait for the disk.

    A TMPDIR that is given counts more. A program can be started from
    a folder that is mounted for it only.

    A process of xdist is over when all else is closed. To free its
    millions of objects, one by one, would take seconds.
    """
    if hasattr(config, "workerinput"):
        atexit.register(os._exit, 0)
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are collected without looking for garbage, and no later search looks at them.

    Tests drop little at a time, so that later searches are rare.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(100_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """The last search for garbage was the last: pytest would look through all objects once more."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests begin first, so that no process is alone with one of them at the end."""
    places = {folder: place for place, folder in enumerate(FOLDERS)}
    items.sort(key=lambda one: (one.path.name != LONGEST, places.get(one.path.parent.name, -1)))


@pytest.fixture
def data() -> Path:
    """Real captures and documents, which are not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no real inputs in {DATA}; set IAMSPEC_DATA to the folder that has them")
    return DATA


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is the test's own: a command leaves its journal there, and each plan reads all journals."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session", autouse=True)
def models_read_once() -> Iterator[None]:
    """All commands share the models of services, as each command makes a session of its own."""
    with pytest.MonkeyPatch.context() as patch:
        share(patch.setattr)
        yield


@pytest.fixture(scope="module", autouse=True)
def loopback(request: pytest.FixtureRequest) -> Iterator[None]:
    """Requests reach a sandbox of this process directly, and over the line where that is the subject of a module."""
    with pytest.MonkeyPatch.context() as patch:
        over_the_line = request.path.parent.name == "sandbox" or hasattr(request.module, "OVER_THE_LINE")
        if "iamspec.sandbox.server" in sys.modules and not over_the_line:
            from loopback import URLLib3Session, listening, sent, server

            patch.setattr(server, "make_server", listening)
            patch.setattr(URLLib3Session, "send", sent)
        yield
