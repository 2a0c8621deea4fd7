"""A folder as a sink: mode 0700, a new file of mode 0600 for each user, ignored by git."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from iamspec.apply.delivery.sealing import sealed
from iamspec.apply.delivery.sinks import Recipient, Secret, SinkError, as_csv
from iamspec.desired.writing import NotWritten, create, parts, write

PROBE_SIZE = 64 * 1024
OTHERS = 0o077
MOST_FILES = 1000  # earlier files of a user


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
            write(probe, b"\0" * PROBE_SIZE)
        except NotWritten as error:
            raise SinkError(f"{self.path} cannot be written: {error.reason}") from error
        finally:
            probe.unlink(missing_ok=True)

    def store(self, recipient: Recipient, secrets: Sequence[Secret]) -> str:
        content = self._content(recipient, secrets)
        with self._lock:
            place = self._files.get(recipient.user) or self._claimed(recipient)
            try:
                write(place, content)
            except NotWritten as error:
                if recipient.user not in self._files:
                    _drop(place)
                raise SinkError(str(error)) from error
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
                    f"{place} holds a secret that was never valid, and cannot be removed: {error.strerror}"
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
        """Reserves a free file name.

        Files of an earlier run belong to their readers.
        """
        for number in range(1, MOST_FILES + 1):
            place = self.path / self._name(recipient, number)
            try:
                os.close(create(place))
            except FileExistsError:
                continue
            except OSError as error:
                raise SinkError(f"{place} cannot be written: {error.strerror}") from error
            _drop(self.path / next(parts(place.name)))  # of a run that was killed: the name is ours now
            return place
        raise SinkError(f"{self.path} has {MOST_FILES} files of {recipient.user}")

    def _name(self, recipient: Recipient, number: int) -> str:
        """The name of a file.

        No user's name has a tilde, so a second file of a user
        differs from the first file of every other user.
        """
        suffix = ".csv" if (recipient.deliver_to or self.deliver_to) is None else ".csv.age"
        return f"{recipient.user}{'' if number == 1 else f'~{number}'}{suffix}"

    def _names(self, recipient: Recipient) -> list[str]:
        """The files that may hold the secrets of a user."""
        whole = [self._name(recipient, number) for number in (1, 2)]
        return [*whole, *(next(parts(name)) for name in whole)]


def _drop(place: Path) -> None:
    """Removes the files of a failed run.

    A failure here must not hide the first error.
    """
    with contextlib.suppress(OSError):
        place.unlink(missing_ok=True)


def _refuse_for_git(folder: Path, names: Sequence[str]) -> None:
    """Checks that git ignores the files of a folder in a work tree.

    Otherwise the next `git add` would take the secrets along.
    """
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
