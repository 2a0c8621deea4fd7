"""Writes a file aside and renames it, so that a reader finds the old or the new file, never half a file.

No link is followed, and only a regular file is replaced. A killed
program leaves at most a file named `.NAME.part`.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from iamspec.errors import IamspecError

CONFIDENTIAL, SHARED = 0o600, 0o666  # modes of new files. The umask of the process takes bits away
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
MOST_PARTS = 100  # files that killed runs have left beside one name
LONGEST_NAME = 180  # bytes of a name in the name of its part. File systems take 255


class NotWritten(IamspecError):  # noqa: N818 - a file was not written; "NotWrittenError" says nothing more
    """A file was not written. The old file is unchanged."""

    def __init__(self, place: Path, reason: str, left: str = "") -> None:
        self.reason = reason
        super().__init__(f"{place} cannot be written: {reason}{left}")


def write(place: Path, content: bytes | str, mode: int = CONFIDENTIAL, *, durable: bool = True) -> None:
    """Writes a whole file, `durable` on disk when this returns.

    NotWritten says why it could not.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    _refuse_odd(place)
    part = place
    try:
        handle, part = _opened(place, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(handle)
        part.replace(place)
    except OSError as error:
        raise NotWritten(place, error.strerror or str(error), _left(part, place)) from error
    if durable:
        sync(place.parent)


def create(place: Path, mode: int = CONFIDENTIAL, flags: int = 0) -> int:
    """The handle of a new, empty file.

    Raises FileExistsError where anything has the name, even a
    dangling link.
    """
    handle = os.open(place, NEW | flags, mode)
    sync(place.parent)
    return handle


def parts(name: str) -> Iterator[str]:
    """Names of the file that holds the content until the rename, in the order in which they are tried."""
    short = os.fsdecode(os.fsencode(name)[:LONGEST_NAME])
    yield f".{short}.part"
    yield from (f".{short}.{number}.part" for number in range(2, MOST_PARTS + 1))


def sync(folder: Path) -> None:
    """Brings new names in a folder to the disk, where the file system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refuse_odd(place: Path) -> None:
    """Refuses places other than regular files.

    A rename would put a file in place of /dev/stdout, or of a link
    in use.
    """
    try:
        found = place.lstat().st_mode
    except OSError:  # nothing there, or nothing that can be reached: opening says which
        return
    if not stat.S_ISREG(found):
        kind = "a link" if stat.S_ISLNK(found) else "a folder" if stat.S_ISDIR(found) else "no regular file"
        raise NotWritten(place, f"it is {kind}; name a new file, or a file that may be replaced")


def _opened(place: Path, mode: int) -> tuple[int, Path]:
    for name in parts(place.name):
        part = place.with_name(name)
        with contextlib.suppress(FileExistsError):
            return os.open(part, NEW, mode), part
    raise OSError(errno.EEXIST, f"killed runs have left {MOST_PARTS} files such as .{place.name}.part; remove them")


def _left(part: Path, place: Path) -> str:
    """Removes what was written so far, and says where it was."""
    if part == place:
        return ""
    try:
        part.unlink(missing_ok=True)
    except OSError as error:
        return f" ({part} was begun and cannot be removed: {error.strerror})"
    return f" (while {part} was written, which is gone again)"
