"""Journals of earlier runs with unanswered calls, and the fate of the keys and passwords in them.

The report of a key ends when the key is gone, or when the secret
is found. The report of a password ends when the password is set,
or when the file is gone. Other calls are reported until a later
run has ended, for a day at most: each plan shows their effect. A
journal that is moved away is not read.
"""

import fcntl
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from iamspec.desired.files import OWN_FOLDER
from iamspec.errors import IamError
from iamspec.iam import Call, Reader
from iamspec.kinds.contract import moment
from iamspec.saved.journal_reader import Entry, InvalidJournal, Journal, read_journal

KEY, PASSWORD = "CreateAccessKey", "CreateLoginProfile"
A_DAY = timedelta(days=1)
NEWEST = 100  # journals that are looked at
ABOUT = timedelta(minutes=5)  # between the clock here and the date that IAM gives a key
MADE = re.compile(rb'"id": "(\w{16,128})"')
ENDED, UNCLEAR = b'"record": "end"', b'"unclear": true'


@dataclass(frozen=True, slots=True)
class Found:
    """A journal in the folder: the content if a call is in doubt, and whether the run ended."""

    path: Path
    finished: bool
    made: frozenset[str] = frozenset()
    journal: Journal | None = None
    fault: str = ""

    @property
    def doubts(self) -> list[Entry]:
        return [one for one in self.journal.entries if not one.certain] if self.journal else []


def unanswered(reader: Reader, folder: Path = Path(OWN_FOLDER)) -> list[str]:
    """The open ends of earlier runs of this account, as sentences with the command that mends each."""
    found = list(_found(folder))
    if not any(one.doubts for one in found):
        return [one.fault for one in found if one.fault]
    caller = reader.caller()
    account = (caller.account, caller.endpoint)
    mine = [one for one in found if one.journal and (one.journal.account.id, one.journal.account.endpoint) == account]
    told = [one.fault for one in found if one.fault]
    made = frozenset[str]().union(*(one.made for one in found))
    for one in mine:
        over = any(other.finished and other.path.name > one.path.name for other in found)
        try:
            lines = list(_Look(reader, one, folder, made).lines(over=over))
        except OSError as error:  # a file of the sink that cannot be read hinders no plan
            lines = [f"{error.filename}: {error.strerror}"]
        if lines:
            told += [_headline(one), *(f"  {line}" for line in lines)]
            told.append(f"  this is said until it is mended, or until {one.path} is moved out of {folder}")
    return told


def _headline(found: Found) -> str:
    assert found.journal is not None  # noqa: S101 - whoever asks has seen doubts in it
    started = found.journal.started.astimezone(UTC)
    end = "" if found.finished else ", which was broken off,"
    return f"{found.path}: the run of {started:%Y-%m-%d %H:%M} UTC{end} has calls without an answer:"


def _found(folder: Path) -> Iterator[Found]:
    """The newest journals in order of their time, apart from those of runs that go on."""
    for path in sorted(folder.glob("*.jsonl"))[-NEWEST:]:
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                data = file.read()
        except OSError:  # locked by a run that goes on, or not ours to read
            continue
        finished = ENDED in data.rstrip().rpartition(b"\n")[2]
        found = Found(path, finished, frozenset(one.decode() for one in MADE.findall(data)))
        if finished and UNCLEAR not in data:
            yield found
            continue
        try:
            yield replace(found, journal=read_journal(data.decode("utf-8", "replace"), str(path)))
        except InvalidJournal as error:
            yield replace(found, fault=str(error) if data.strip() else "")


@dataclass(frozen=True, slots=True)
class _Look:
    """The fate of the unanswered calls of a journal."""

    reader: Reader
    found: Found
    folder: Path
    made: frozenset[str]  # ids that any journal knows of

    @property
    def journal(self) -> Journal:
        assert self.found.journal is not None  # noqa: S101 - only journals with doubts are looked at
        return self.found.journal

    def lines(self, *, over: bool) -> Iterator[str]:
        open_calls = []
        over = over or self.reader.now() - self.journal.started > A_DAY
        for entry in self.found.doubts:
            if entry.call.operation == KEY:
                yield from self._keys(entry)
            elif entry.call.operation == PASSWORD:
                yield from self._password(entry)
            elif not over:
                open_calls.append(f"{entry.address}  {entry.call.operation}")
        if open_calls:
            yield f"not known whether carried out, the plan shows what is left: {', '.join(sorted(open_calls))}"
        if not self.found.finished:
            yield from (f"{path} is left of it: rm {path}" for path in self._stale())

    def _keys(self, entry: Entry) -> Iterator[str]:
        user = entry.call.params["UserName"]
        answer = self._asked("ListAccessKeys", user)
        if isinstance(answer, IamError):
            if not answer.missing:
                yield f"whether a key of {entry.address} was made cannot be found out: {answer}"
            return
        known = self._known(entry)
        for one in (answer or {}).get("AccessKeyMetadata", ()):
            key = one["AccessKeyId"]
            if key not in known and _about(moment(one.get("CreateDate")), entry.time):
                yield from self._key(entry, key)

    def _key(self, entry: Entry, key: str) -> Iterator[str]:
        user = entry.call.params["UserName"]
        places = self._files(user)
        delete = f"aws iam delete-access-key --user-name {user} --access-key-id {key}"
        if holding := [path for path in places if _holds(path, key)]:
            if all(path.name.startswith(".") for path in holding):
                yield f"key {key} of {entry.address} was made, and its secret is in {holding[0]}: move it to its owner"
            return
        if sealed := [path for path in places if path.name.endswith(".age")]:
            yield f"key {key} of {entry.address} was made; unless {sealed[0]} has its secret, it is lost: {delete}"
        elif self.journal.sink == "stdout" or self.journal.sink.startswith("secretsmanager:"):
            yield f"key {key} of {entry.address} was made; unless {self.journal.sink} has its secret, it is lost: {delete}"
        else:
            yield f"key {key} of {entry.address} was made and its secret lost; delete it: {delete}"

    def _password(self, entry: Entry) -> Iterator[str]:
        user = entry.call.params["UserName"]
        answer = self._asked("GetLoginProfile", user)
        if isinstance(answer, IamError) and not answer.missing:
            yield f"whether the password of {entry.address} was set cannot be found out: {answer}"
        if not isinstance(answer, IamError) and answer:
            return
        for path in self._files(user):
            if path.name.startswith(".") or not path.stat().st_size:
                continue
            if path.name.endswith(".age"):
                yield f"the password of {entry.address} was never set; {path} may hold it, and a key that is valid"
            elif ",AKIA" in path.read_text(encoding="utf-8", errors="replace"):
                yield f"the password in {path} was never set; the access key in it is another matter"
            else:
                yield f"the password in {path} was never set; remove it: rm {path}"

    def _asked(self, operation: str, user: str) -> Any:
        return self.reader.attempt_each([Call(operation, {"UserName": user})])[0]

    def _known(self, entry: Entry) -> set[str]:
        """The keys of a user that were there before, or whose making was answered."""
        before: Any = self.journal.before.get(entry.address)
        keys = {key.id for key in getattr(before, "access_keys", None) or ()}
        return keys | self.made

    def _sink(self) -> Path | None:
        kind, _, _ = self.journal.sink.partition(":")
        if kind == "age":
            return self.folder / "credentials"
        return Path(self.journal.sink) if kind not in {"", "stdout", "secretsmanager"} else None

    def _files(self, user: str) -> list[Path]:
        """The files that the run has written for a user, parts of them too."""
        names = (f"{user}.csv*", f"{user}~*.csv*", f".{user}.csv*.part", f".{user}~*.csv*.part")
        return self._since(path for name in names for path in (self._listed(name)))

    def _stale(self) -> list[Path]:
        """Parts of files, and empty files.

        A part that holds an access key may be its only place.
        """
        probes = [path for name in (".iamspec-probe-*", ".*.part") for path in self._listed(name)]
        empty = [path for path in self._listed("*.csv*") if not path.stat().st_size]
        return [path for path in self._since([*probes, *empty]) if not _holds(path, "AKIA")]

    def _listed(self, pattern: str) -> list[Path]:
        sink = self._sink()
        return sorted(sink.glob(pattern)) if sink is not None and sink.is_dir() else []

    def _since(self, paths: Iterable[Path]) -> list[Path]:
        started = self.journal.started.timestamp() - 1
        return sorted(path for path in paths if path.is_file() and path.stat().st_mtime >= started)


def _holds(path: Path, key: str) -> bool:
    return not path.name.endswith(".age") and key.encode() in path.read_bytes()


def _about(made: datetime | None, tried: datetime | None) -> bool:
    """Whether a key may belong to a call, by its date.

    Without a date it may.
    """
    return made is None or tried is None or abs(made - tried) <= ABOUT
