"""The files below a PATH, and none outside of it.

A pull request must not read other files of a machine.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from iamspec.desired.writing import SHARED, write
from iamspec.errors import IamspecError, InvalidSpec, Issue, Location

MAX_SPEC_BYTES = 16 * 2**20
MAX_DOCUMENT_BYTES = 2**20
SUFFIXES = (".yaml", ".yml")
OWN_FOLDER = ".iamspec"


def own_folder() -> Path:
    """The folder `.iamspec` below the current folder, made if missing: private, and ignored by git."""
    folder = Path(OWN_FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise IamspecError(
            f"{OWN_FOLDER} is a link; iamspec writes into a folder of its own there, or to --journal FILE"
        )
    folder.chmod(0o700)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        write(ignored, "*\n", SHARED)
    return folder


@dataclass(frozen=True, slots=True)
class Root:
    """A PATH of a command: the typed text, the folder that confines it, and the file if it names a file."""

    typed: str
    folder: Path
    only: Path | None = None
    _resolved: dict[str, str] = field(default_factory=dict, compare=False, repr=False)  # folders, links followed

    @classmethod
    def of(cls, typed: str) -> "Root":
        path = Path(typed)
        if not path.exists():
            raise InvalidSpec([Issue("no such file or folder", Location(typed))])
        if path.is_dir():
            return cls(typed, path.resolve())
        return cls(typed, path.resolve().parent, path.resolve())

    def shown(self, path: Path) -> str:
        """The name of a file below this PATH as a person would type it."""
        base = os.path.dirname(self.typed) if self.only else self.typed
        return os.path.normpath(os.path.join(base, self._below(str(path)) or str(path)))

    def _below(self, path: str) -> str | None:
        """The part of a path behind the folder that confines it, `.` for the folder.

        None if it leads elsewhere.

        The paths are texts, since a spec may have thousands of
        files.
        """
        folder = str(self.folder)
        if path == folder:
            return "."
        start = folder.rstrip(os.sep) + os.sep
        return path[len(start) :] if path.startswith(start) else None

    def files(self, issues: list[Issue]) -> Iterator[Path]:
        """The YAML files in sorted order.

        Hidden files are left out, and a link to a folder is an
        issue.
        """
        if self.only:
            yield self.only
            return
        for folder, folders, names in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in folders:
                if (Path(folder) / name).is_symlink():
                    shown = self.shown(Path(folder) / name)
                    issues.append(Issue("a link to a folder is not followed; pass it as a PATH", Location(shown)))
            for name in sorted(names):
                if name.endswith(SUFFIXES) and not name.startswith("."):
                    yield Path(folder) / name

    def read(self, path: Path, limit: int) -> str:
        """The text of a regular file that, with links resolved, is below this PATH."""
        try:
            inside = self._below(os.path.normpath(path)) is not None
            real = self._real(path) if inside else ""
            below = self._below(real)
            if below is None:
                raise self._refused(path, f"leads out of {self.typed}; every file must be below the PATH")
            if below != "." and f"{os.sep}." in os.sep + below:
                raise self._refused(path, "is hidden; hidden files are never read")
            return self._text(real, path, limit)
        except OSError as error:
            reason = error.strerror if error.strerror and error.errno != errno.ELOOP else "cannot be resolved"
            raise self._refused(path, reason.lower()) from error

    def _real(self, path: Path) -> str:
        """A path with its links followed. A folder of many files is resolved once."""
        folder, name = os.path.split(path)
        if folder not in self._resolved:
            self._resolved[folder] = os.path.realpath(folder, strict=True)
        real = os.path.join(self._resolved[folder], name)
        return os.path.realpath(real, strict=True) if Path(real).is_symlink() or name in {"", ".", ".."} else real

    def _text(self, real: str, path: Path, limit: int) -> str:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise self._refused(path, "is no regular file")
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise self._refused(path, f"is larger than {limit // 2**20} MiB")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._refused(path, "is not UTF-8 text") from error

    def _refused(self, path: Path, reason: str) -> InvalidSpec:
        shown = self.shown(path) if path.is_relative_to(self.folder) else os.path.relpath(path)
        return InvalidSpec([Issue(reason, Location(shown))])
