"""A folder as a sink: mode 0700, one file of mode 0600 for each user, never one that is there already, nothing for git."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from iamspec.handover.sealing import sealed
from iamspec.handover.sinks import Recipient, Secret, SinkError, as_csv

PROBE = ".iamspec-probe"
PROBE_SIZE = 64 * 1024
OTHERS = 0o077
MOST_FILES = 1000  # of one user's that somebody has left there


@dataclass(slots=True)
class Folder:
    """`deliver_to` encrypts the files of all users who have no recipient of their own."""

    path: Path
    deliver_to: str | None = None
    _files: dict[str, Path] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def try_out(self, recipients: Sequence[Recipient]) -> None:
        self._make()
        _refuse_for_git(self.path)
        for one in recipients:
            self._content(one, [])
        try:
            self._write(self.path / PROBE, b"\0" * PROBE_SIZE)
            (self.path / PROBE).unlink()
        except OSError as error:
            (self.path / PROBE).unlink(missing_ok=True)
            raise SinkError(f"{self.path} cannot be written: {error.strerror}") from error

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        content = self._content(recipient, secrets)
        with self._lock:
            place = self._files.get(recipient.user) or self._free(recipient)
            part = place.with_name(f".{place.name}.part")
            try:
                self._write(part, content)
                part.replace(place)
                _sync(self.path)
            except OSError as error:
                part.unlink(missing_ok=True)
                raise SinkError(f"{place} cannot be written: {error.strerror}") from error
            self._files[recipient.user] = place
        return str(place)

    def withdraw(self, recipient: Recipient) -> None:
        with self._lock:
            place = self._files.pop(recipient.user, None)
            try:
                if place is not None:
                    place.unlink(missing_ok=True)
            except OSError as error:
                raise SinkError(
                    f"{place} holds a secret that is none, and cannot be removed: {error.strerror}"
                ) from error

    def _content(self, recipient: Recipient, secrets: Sequence[Secret]) -> bytes:
        content, whom = as_csv(secrets), recipient.deliver_to or self.deliver_to
        return content if whom is None else sealed(content, whom)

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.path.stat()
            if found.st_mode & OTHERS and found.st_uid == os.getuid() and not any(self.path.iterdir()):
                self.path.chmod(0o700)  # an empty folder that was just made for this
                found = self.path.stat()
        except FileExistsError as error:
            raise SinkError(f"{self.path} is no folder") from error
        except OSError as error:
            raise SinkError(f"{self.path} cannot be made: {error.strerror}") from error
        if found.st_mode & OTHERS:
            mode = f"{found.st_mode & 0o777:04o}"
            raise SinkError(f"{self.path} is open to others (mode {mode}): chmod 700 it, or name a new folder")

    def _free(self, recipient: Recipient) -> Path:
        """A name that nobody has: what was left there by an earlier run is somebody's."""
        suffix = ".csv" if (recipient.deliver_to or self.deliver_to) is None else ".csv.age"
        for number in range(1, MOST_FILES):
            place = self.path / f"{recipient.user}{'' if number == 1 else f'-{number}'}{suffix}"
            if not place.exists() and not place.is_symlink():
                return place
        raise SinkError(f"{self.path} has {MOST_FILES} files of {recipient.user}")

    def _write(self, place: Path, content: bytes) -> None:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_for_git(folder: Path) -> None:
    """A folder in a work tree must be one that git ignores, or the next `git add` takes the secrets along."""
    real = folder.resolve()
    if not any((one / ".git").exists() for one in (real, *real.parents)):
        return
    try:
        asked = subprocess.run(
            ["git", "check-ignore", "--quiet", "alice.csv"],  # noqa: S607 - git is wherever the person has it
            cwd=real,
            check=False,
            capture_output=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        )
    except OSError as error:
        raise SinkError(f"{folder} is in a git work tree, and git cannot be asked whether it ignores it") from error
    if asked.returncode != 0:
        raise SinkError(f"{folder} is in a git work tree and not ignored: add it to .gitignore, or name another folder")
