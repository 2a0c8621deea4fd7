"""Settings in the folders above a PATH: the sign that the PATH is only a part of a spec.

The program asks such a file one question: does it have settings?
It uses nothing else in the file.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from iamspec.desired.files import MAX_SPEC_BYTES
from iamspec.desired.settings import KEYS
from iamspec.desired.source import parse_yaml
from iamspec.desired.tree import Block
from iamspec.errors import InvalidSpec

NAMES = ("iamspec.yaml", "iamspec.yml")
ROOT_USER = 0


def wholes(paths: Sequence[str]) -> dict[str, Path]:
    """The settings file above each PATH that has one, by the PATH as it was typed."""
    found = {typed: _nearest(Path(os.path.realpath(typed))) for typed in paths}
    return {typed: settings for typed, settings in found.items() if settings is not None}


def _nearest(path: Path) -> Path | None:
    files = (folder / name for folder in _above(path) for name in NAMES)
    return next((file for file in files if _has_settings(file)), None)


def _above(path: Path) -> Iterator[Path]:
    """The folders to look in, the nearest first.

    In a git work tree they end at its root. Elsewhere only the
    parent counts. The home directory and mount points are never
    left.
    """
    home = Path(os.path.realpath(os.path.expanduser("~")))  # noqa: PTH111 - to have no home is no error
    tree = _work_tree(path)
    here = path
    while here not in {here.parent, home, tree} and not os.path.ismount(here):
        here = here.parent
        yield here
        if tree is None:
            return


def _work_tree(path: Path) -> Path | None:
    """The root of the git work tree around a path.

    It is a folder with a repository, or with a file that names a
    repository.
    """
    for folder in (path, *path.parents):
        git = os.path.join(folder, ".git")
        if any(map(os.path.isfile, (git, os.path.join(git, "HEAD")))):
            return folder
    return None


def _has_settings(file: Path) -> bool:
    """Whether a file of the current user, or of root, has settings.

    An unreadable file counts as settings.
    """
    if not _is_trusted(file):
        return False
    try:
        data = parse_yaml(_text(file), str(file), quote=False, doubled=[]).data
    except (OSError, InvalidSpec, UnicodeDecodeError):
        return True
    return isinstance(data, Block) and any(key in KEYS for key in data)


def _is_trusted(file: Path) -> bool:
    """Whether a regular file, and the link that leads to it, belong to the current user or to root."""
    try:
        link, found = file.lstat(), file.stat()
    except OSError:
        return False
    owners = {link.st_uid, found.st_uid}
    return stat.S_ISREG(found.st_mode) and owners <= {ROOT_USER, os.geteuid()}


def _text(file: Path) -> str:
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
        return opened.read(MAX_SPEC_BYTES + 1).decode("utf-8-sig")
