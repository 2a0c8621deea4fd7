"""The files below a PATH, and none outside of it: a pull request must not read what else is on a machine."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from iamspec.errors import IamspecError, InvalidSpec, Issue, Location

MAX_SPEC_BYTES = 16 * 2**20
MAX_DOCUMENT_BYTES = 2**20
SUFFIXES = (".yaml", ".yml")
OWN_FOLDER = ".iamspec"


def own_folder() -> Path:
    """The folder of iamspec's own below the current one, made if need be: nobody else's to read, and nothing for git."""
    folder = Path(OWN_FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink():
        raise IamspecError(
            f"{OWN_FOLDER} is a link; iamspec writes into a folder of its own there, or to --journal FILE"
        )
    folder.chmod(0o700)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="ascii")
    return folder


@dataclass(frozen=True, slots=True)
class Root:
    """One PATH of a command: what was typed, the folder that confines it, and the file if it is one."""

    typed: str
    folder: Path
    only: Path | None = None

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
        return os.path.normpath(os.path.join(base, path.relative_to(self.folder)))

    def files(self, issues: list[Issue]) -> Iterator[Path]:
        """The YAML files in sorted order; hidden ones are none, and a link to a folder is an issue."""
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
        shown = self.shown(path) if path.is_relative_to(self.folder) else os.path.relpath(path)
        try:
            inside = Path(os.path.normpath(path)).is_relative_to(self.folder)
            real = path.resolve(strict=True) if inside else path
            if not inside or not real.is_relative_to(self.folder):
                raise self._refused(shown, f"leads out of {self.typed}; every file must be below the PATH")
            if any(part.startswith(".") for part in real.relative_to(self.folder).parts):
                raise self._refused(shown, "is hidden; hidden files are never read")
            return self._text(real, shown, limit)
        except (OSError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "cannot be resolved"
            raise self._refused(shown, reason.lower()) from error

    def _text(self, real: Path, shown: str, limit: int) -> str:
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise self._refused(shown, "is no regular file")
            raw = file.read(limit + 1)
        if len(raw) > limit:
            raise self._refused(shown, f"is larger than {limit // 2**20} MiB")
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._refused(shown, "is not UTF-8 text") from error

    def _refused(self, shown: str, reason: str) -> InvalidSpec:
        return InvalidSpec([Issue(reason, Location(shown))])
