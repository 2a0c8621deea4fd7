"""The journal of an apply: JSON lines, each on disk before the next call.

The first line has the whole entities that a plan touches, as they
were before all calls. A sweep has seen this state. The state
before a single call would depend on the calls beside it.
"""

import contextlib
import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from iamspec import __version__
from iamspec.apply.run import Outcome
from iamspec.desired.files import own_folder
from iamspec.desired.writing import create
from iamspec.errors import IamspecError
from iamspec.kinds.contract import Step
from iamspec.plan.model import touched
from iamspec.review.model import Review
from iamspec.saved.entities import plain
from iamspec.saved.journal_reader import FORMAT_VERSION
from iamspec.saved.labels import labels_document

SECRETS = frozenset(  # what the service model of IAM calls sensitive, in requests and in answers
    {
        "AddPrivateKey",
        "Base32StringSeed",
        "NewPassword",
        "OldPassword",
        "Password",
        "PrivateKey",
        "QRCodePNG",
        "SecretAccessKey",
        "ServiceCredentialSecret",
        "ServicePassword",
    }
)
HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Lines:
    """Where lines are kept. Both functions raise OSError if they cannot.

    `put` takes a line, which then outlives this program. `sync`
    makes all lines so far durable.
    """

    put: Callable[[bytes], None]
    sync: Callable[[], None]


class Recorder:
    """Writes the lines of a journal from any thread: whole lines, in order of arrival.

    Threads that wait for the disk together share a sync.
    """

    def __init__(self, path: Path, lines: Lines, now: Callable[[], datetime]) -> None:
        self.path = path
        self._lines, self._now = lines, now
        self._lock = Lock()  # guards the end of the file
        self._disk = Lock()
        self._written = self._synced = 0  # lines
        self._torn = False
        self._counts: Counter[str] = Counter()

    def start(self, review: Review, sink: str) -> None:
        self._write(_first(review, self._now()) | {"sink": sink}, durable=True)

    def trying(self, step: Step) -> None:
        """Writes a call before it is made.

        The kernel keeps the line if the program dies, and the line
        after the call brings it to the disk.
        """
        self._write({"record": "trying", **self._call(step)}, durable=False)

    def ended(self, outcome: Outcome) -> None:
        self._counts[outcome.status.value] += 1
        line = {
            "record": "call",
            **self._call(outcome.step),
            "outcome": outcome.status.value,
            "reason": without_secrets(outcome.reason, outcome.step.call.params),
            "request_id": outcome.request_id,
            "unclear": outcome.unclear,
            "id": outcome.made,
        }
        self._write(line, durable=True)

    def finish(self) -> None:
        counts = {name: self._counts[name] for name in ("done", "failed", "not tried")}
        self._write({"record": "end", "finished": self._now().isoformat(), "counts": counts}, durable=True)

    def _call(self, step: Step) -> dict[str, Any]:
        return {
            "time": self._now().isoformat(),
            "address": str(step.address),
            "phase": step.phase.label,
            "operation": step.call.operation,
            "params": masked(step.call.params),
        }

    def _write(self, line: Mapping[str, Any], *, durable: bool) -> None:
        """Writes a line in one piece: a killed run tears at most the last line."""
        data = json.dumps(line).encode("ascii") + b"\n"
        with self._lock, self._whole():
            self._lines.put(data)
            self._written += 1
            number = self._written
        if durable:
            self._sync(number)

    def _sync(self, number: int) -> None:
        """Returns once the line of a number is durable."""
        with self._disk:
            if number <= self._synced:
                return
            reached = self._written
            with self._whole():
                self._lines.sync()
            self._synced = reached

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Once something fails in this block, the journal takes no more lines."""
        if self._torn:
            raise IamspecError(f"{self.path}: the journal could not be written, so no call is made any more")
        whole = False
        try:
            yield
            whole = True
        except OSError as error:
            message = (
                f"{self.path}: {error.strerror or error}: the journal could not be written, so no further call is made"
            )
            raise IamspecError(message) from error
        finally:
            if not whole:
                self._torn = True


def into(handle: int) -> Lines:
    """Keeps lines in an open file."""

    def put(data: bytes) -> None:
        while data:
            data = data[os.write(handle, data) :]

    return Lines(put, partial(os.fsync, handle))


@contextmanager
def recording(
    review: Review, now: Callable[[], datetime], path: str | None = None, sink: str = ""
) -> Iterator[Recorder]:
    """The journal of the run of a reviewed plan.

    It is at `path`, or below the current folder by time and plan.
    Nothing is overwritten. A run that breaks off leaves a journal
    without an end. The file is locked while the run lasts.
    """
    wanted = Path(path) if path is not None else own_folder() / _name(review, now())
    place, handle = _created(wanted, numbered=path is None)
    try:
        with elsewhere(review, now, Path(place), into(handle), sink) as recorder:
            yield recorder
    finally:
        with contextlib.suppress(OSError):  # a line may have waited for the disk when another line failed
            os.fsync(handle)
        os.close(handle)


@contextmanager
def elsewhere(
    review: Review, now: Callable[[], datetime], path: Path, lines: Lines, sink: str = ""
) -> Iterator[Recorder]:
    """The journal of a run on another machine. That machine keeps the lines.

    `path` is for messages.
    """
    recorder = Recorder(path, lines, now)
    recorder.start(review, sink)
    yield recorder
    recorder.finish()


def masked(value: Any) -> Any:
    """Parameters without their secrets, whatever call carries them."""
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in SECRETS else masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    return value


def without_secrets(text: str, params: Any) -> str:
    """A message of IAM without secrets that it may quote."""
    for secret in sorted(_secrets(params), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key in SECRETS and str(one):
                yield str(one)
            yield from _secrets(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _secrets(one)


def _first(review: Review, started: datetime) -> dict[str, Any]:
    plan, live = review.plan, review.live
    before = {
        address: live.resources[address] for address in sorted(touched(plan.changes)) if address in live.resources
    }
    return {
        "record": "start",
        "format_version": FORMAT_VERSION,
        "iamspec_version": __version__,
        "account": {"id": live.account.id, "partition": live.account.partition, "alias": live.account.alias},
        "endpoint": live.account.endpoint,
        **labels_document(live.account),
        "fingerprint": plan.fingerprint,
        "spec_digest": plan.spec_digest,
        "started": started.isoformat(),
        "caller": live.caller.arn,
        "calls": len(plan.steps),
        "lifted": [
            {"guard": one.guard, "address": str(one.address) if one.address else None, "message": one.message}
            for one in review.complaints
            if one.allowed
        ],
        "guards": plan.guards.written(),
        "before": {str(address): plain(one) for address, one in before.items()},
    }


# The file


def _name(review: Review, started: datetime) -> str:
    when = started.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{when}-{review.fingerprint.removeprefix('sha256:')[:8]}.jsonl"


def _created(path: Path, *, numbered: bool) -> tuple[Path, int]:
    """A new file of mode 0600, synced with its folder.

    A taken name gets another number if allowed.
    """
    names = [path, *(path.with_stem(f"{path.stem}-{number}") for number in range(2, 100 if numbered else 2))]
    for one in names:
        try:
            handle = create(one, flags=os.O_APPEND)
        except FileExistsError:
            continue
        with contextlib.suppress(OSError):  # not every file system knows locks
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return one, handle
    raise IamspecError(f"{path} exists; a journal is never overwritten")
