"""`iamspec fleet apply`: the saved plans of a folder, wave by wave, each run once.

Everything that can be refused is refused before the first call.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from iamspec.errors import IamspecError
from iamspec.fleet.engine import Engine, results
from iamspec.fleet.folder import ERROR, INDEX, OLDEST, Folder
from iamspec.fleet.index import AccountRow, Index
from iamspec.fleet.report import Report, report
from iamspec.fleet.running import Question, task_of
from iamspec.fleet.tasks import Applied, Result, Task
from iamspec.render.lines import count
from iamspec.saved.files import text_of
from iamspec.saved.journal_reader import InvalidJournal, read_journal
from iamspec.saved.plan import read_plan

ANY_FOLDER = "/"  # an apply reads no PATH


class Fate(StrEnum):
    """The fate of an account in an apply."""

    APPLIED = "applied"
    BEFORE = "applied before"
    NOTHING = "nothing to do"
    FAILED = "failed"
    UNPLANNED = "not planned"
    REFUSED = "refused"
    BEGUN = "begun before"
    HELD = "not tried"


@dataclass(frozen=True, slots=True)
class End:
    """The end of an account: fate, number of calls, and lines with the reason."""

    row: AccountRow
    fate: Fate
    calls: int = 0
    lines: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        return self.fate in {Fate.FAILED, Fate.BEGUN}


@dataclass(slots=True)
class Ready:
    """A folder that may be applied: its report, and the fate of each account that is decided already."""

    folder: Folder
    report: Report
    ends: dict[str, End] = field(default_factory=dict)

    @property
    def index(self) -> Index:
        return self.report.index

    @property
    def pending(self) -> int:
        return len(self.index.accounts) - len(self.ends)


def ready(folder: Folder, expect: str | None, now: datetime) -> Ready:
    """The folder, after all refusals.

    IamspecError says why nothing of it may be run.
    """
    index = folder.index()
    if index.command != "plan":
        raise IamspecError(
            f"{folder.path} has results of fleet {index.command}; `iamspec fleet plan --out DIR` saves plans"
        )
    if index.shard is not None:
        raise IamspecError(
            f"{folder.path} has shard {index.shard}; merge all shards: iamspec fleet report DIR… --out {folder.path}-all"
        )
    if expect is not None and expect != index.fingerprint:
        raise IamspecError(
            f"{folder.path} is not the fleet that was expected ({expect}); its fingerprint is {index.fingerprint}; nothing was run"
        )
    folder.check(index)
    if now - index.made > OLDEST:
        raise IamspecError(
            f"{folder.path} was planned at {index.made:%Y-%m-%d %H:%M} UTC, more than {OLDEST.days} days ago; plan again"
        )
    _check_accounts(folder, index)
    found = Ready(folder, report(folder, index))
    if found.report.too_many:
        raise IamspecError(f"{found.report.too_many}; nothing was run")
    _decide(found)
    _check_waves(found)
    return found


def _check_accounts(folder: Folder, index: Index) -> None:
    for account, row in index.results.items():
        if row.digest == ERROR:
            continue
        plan = read_plan(text_of(str(folder.path / row.file)), row.file)
        if plan.told.account.id != account:
            raise IamspecError(f"{row.file} is a plan for account {plan.told.account.id}; nothing was run")


def _decide(found: Ready) -> None:
    """The accounts without a plan to run, and those whose journals say that their plan was run or begun."""
    messages = {row.id: message for row, message in found.report.errors}
    for row in found.index.accounts:
        verdict = found.report.verdicts.get(row.id)
        if verdict is None:
            found.ends[row.id] = End(row, Fate.UNPLANNED, lines=(messages.get(row.id, "there is no plan"),))
        elif verdict.refused:
            found.ends[row.id] = End(row, Fate.REFUSED, lines=("its plan has complaints that nobody has lifted",))
        elif (state := _before(found.folder.path, row)) is not None:
            found.ends[row.id] = state
        elif not verdict.changes:
            found.ends[row.id] = End(row, Fate.NOTHING)


def _before(folder: Path, row: AccountRow) -> End | None:
    """The state of an account's plan after earlier runs.

    None if no call of it was made.
    """
    for place in journals(folder, row.id):
        text = text_of(str(place))
        if not text:
            continue
        try:
            journal = read_journal(text, place.name)
        except InvalidJournal as error:
            return End(row, Fate.BEGUN, lines=(f"{error}; look at the account, and plan it again",))
        if not journal.entries:
            continue
        if _is_whole(text):
            return End(row, Fate.BEFORE, lines=(place.name,))
        done, doubtful = sum(one.certain for one in journal.entries), sum(not one.certain for one in journal.entries)
        told = f"{place.name}: {count(done, 'call')} done" + (f", {doubtful} without an answer" if doubtful else "")
        return End(row, Fate.BEGUN, done, (f"{told}; the rest was not run; plan this account again",))
    return None


def _is_whole(text: str) -> bool:
    """Whether a journal ends with every call done."""
    last = json.loads(text.rstrip("\n").rpartition("\n")[2]) if text.endswith("\n") else {}
    counts = last.get("counts", {}) if last.get("record") == "end" else {}
    return bool(counts) and not counts.get("failed") and not counts.get("not tried")


def journals(folder: Path, account: str) -> list[Path]:
    return sorted(folder.glob(f"{account}.journal*.jsonl"))


def _next_journal(folder: Path, account: str) -> Path:
    taken = len(journals(folder, account))
    return folder / (f"{account}.journal.jsonl" if not taken else f"{account}.journal-{taken + 1}.jsonl")


def _check_waves(found: Ready) -> None:
    """IamspecError if a wave has no account with a plan: nothing would be tried before the next one."""
    unplanned = {account for account, end in found.ends.items() if end.fate in {Fate.UNPLANNED, Fate.REFUSED}}
    for number, wave in enumerate(found.index.settings.waves, 1):
        if not set(wave.accounts) - unplanned:
            raise IamspecError(
                f"wave {number} is empty: no plan of {', '.join(wave.accounts)} can be run; nothing was run"
            )


@contextmanager
def alone(folder: Folder) -> Iterator[None]:
    """Keeps other runs away from a folder. IamspecError if one is under way."""
    handle = os.open(folder.path / INDEX, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # not every file system knows locks
            _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Folder) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise IamspecError(f"{folder.path} is being applied by another run; nothing was run") from error


def apply(
    found: Ready,
    question: Question,
    engine: Engine,
    heard: Callable[[int, End], None] = lambda _, __: None,
    interrupted: Callable[[], bool] = lambda: False,
) -> list[End]:
    """Runs the waves, one after the other, and returns the end of every account, by id."""
    rows = {row.id: row for row in found.index.accounts}
    stopped = False
    for number, wave in enumerate(found.index.settings.waves, 1):
        failed = sum(found.ends[one].fails for one in wave.accounts if one in found.ends)

        def full(most: int = wave.failure_tolerance) -> bool:
            return failed > most or interrupted()  # noqa: B023 - asked while this wave runs

        stopped = stopped or full()
        todo = [rows[one] for one in wave.accounts if one not in found.ends and not stopped]
        asked = (_task(found, row, question) for row in todo)
        for task, result in results(engine, asked, width=wave.max_concurrent, stop=full):
            end = _ended(found.folder.path, rows[task.account], result)
            found.ends[task.account] = end
            failed += end.fails
            heard(number, end)
        stopped = stopped or full()
        for one in wave.accounts:
            found.ends.setdefault(one, End(rows[one], Fate.HELD, lines=(f"wave {number}",)))
    return [found.ends[account] for account in sorted(found.ends)]


def _task(found: Ready, row: AccountRow, question: Question) -> Task:
    sink = question.asked.sink
    own = f"{sink}/{row.id}" if sink and ":" not in sink else sink
    asked = question.asked.model_copy(
        update={"sink": own, "journal": str(_next_journal(found.folder.path.resolve(), row.id))}
    )
    plan = text_of(str(found.folder.path / found.index.results[row.id].file))
    return task_of(row, ANY_FOLDER, found.index.settings, question, asked=asked, plan=plan)


def _ended(folder: Path, row: AccountRow, result: Result) -> End:
    made: Applied | None = result.applied
    if made is None:
        begun = _before(folder, row)
        told = begun.lines if begun is not None else ("no call was made",)
        return End(row, Fate.FAILED, begun.calls if begun else 0, (result.error or "no result", *told))
    is_whole = made.proved and not made.failed and not made.held
    return End(row, Fate.APPLIED if is_whole else Fate.FAILED, made.done, (*made.lines, *made.notes))
