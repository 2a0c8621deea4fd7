"""A folder as a sink: mode 0700, one file of mode 0600 for each user, never one that is there already, nothing for git."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from iamspec.apply.delivery.sealing import sealed
from iamspec.apply.delivery.sinks import Recipient, Secret, SinkError, as_csv

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
        _refuse_for_git(self.path, [name for one in recipients for name in self._names(one)])
        for one in recipients:
            self._content(one, [])
        probe = self.path / f".iamspec-probe-{os.getpid()}"
        try:
            self._write(probe, b"\0" * PROBE_SIZE)
        except OSError as error:
            raise SinkError(f"{self.path} cannot be written: {error.strerror}") from error
        finally:
            probe.unlink(missing_ok=True)

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        content = self._content(recipient, secrets)
        with self._lock:
            place = self._files.get(recipient.user) or self._claimed(recipient)
            part = place.with_name(_part(place.name))
            try:
                part.unlink(missing_ok=True)  # of a run that was killed: the name it was for is ours now
                self._write(part, content)
                part.replace(place)
            except OSError as error:
                self._drop(part, *([] if recipient.user in self._files else [place]))
                raise SinkError(f"{place} cannot be written: {error.strerror}") from error
            self._files[recipient.user] = place
            _sync(self.path)
        return str(place)

    def _drop(self, *places: Path) -> None:
        """What is left of a failure holds no secret that is one, and the failure itself is what is told."""
        for place in places:
            with contextlib.suppress(OSError):
                place.unlink(missing_ok=True)

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

    def _claimed(self, recipient: Recipient) -> Path:
        """A name that nobody had, and that is ours from now on: what an earlier run has left there is somebody's."""
        for number in range(1, MOST_FILES + 1):
            place = self.path / self._name(recipient, number)
            try:
                self._write(place, b"")
            except FileExistsError:
                continue
            except OSError as error:
                raise SinkError(f"{place} cannot be written: {error.strerror}") from error
            return place
        raise SinkError(f"{self.path} has {MOST_FILES} files of {recipient.user}")

    def _name(self, recipient: Recipient, number: int) -> str:
        """No user's name has a tilde, so that the second file of one is not taken for the first of another."""
        suffix = ".csv" if (recipient.deliver_to or self.deliver_to) is None else ".csv.age"
        return f"{recipient.user}{'' if number == 1 else f'~{number}'}{suffix}"

    def _names(self, recipient: Recipient) -> list[str]:
        """The files that a user's secrets may be in."""
        whole = [self._name(recipient, number) for number in (1, 2)]
        return [*whole, *map(_part, whole)]

    def _write(self, place: Path, content: bytes) -> None:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)


def _part(name: str) -> str:
    """What a file is called while it is written."""
    return f".{name}.part"


def _sync(folder: Path) -> None:
    """The new name, too, outlives a power failure, where the file system can do that; the file is there either way."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refuse_for_git(folder: Path, names: Sequence[str]) -> None:
    """The files of a folder in a work tree must be ignored, or the next `git add` takes the secrets along."""
    real = folder.resolve()
    if not any((one / ".git").exists() for one in (real, *real.parents)):
        return
    try:
        asked = subprocess.run(
            ["git", "check-ignore", "-z", "--stdin"],  # noqa: S607 - git is wherever the person has it
            cwd=real,
            check=False,
            capture_output=True,
            input="\0".join(f"./{name}" for name in names).encode(),
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        )
    except OSError as error:
        raise SinkError(f"{folder} is in a git work tree, and git cannot be asked whether it ignores it") from error
    ignored = asked.stdout.decode(errors="replace").split("\0") if asked.returncode == 0 else []
    if not {f"./{name}" for name in names} <= set(ignored):
        raise SinkError(f"{folder} is in a git work tree and not ignored: add it to .gitignore, or name another folder")
