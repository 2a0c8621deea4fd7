"""The journal of an apply: the content, the time of each line, the mode of the file, and torn journals."""

import json
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from journals import lines, run
from story import ACCOUNT, ALLOW, AWS, PRUNE, Story

from iamspec.apply import run as apply
from iamspec.cli import main
from iamspec.errors import IamError, IamspecError
from iamspec.iam import Call
from iamspec.kinds.contract import Address, Phase, Step
from iamspec.saved import journal as writing
from iamspec.saved.journal import Lines, Recorder, into, masked, recording, without_secrets
from iamspec.saved.journal_reader import read_journal

SPEC = f"{ACCOUNT}groups: {{devs: {{}}}}\nusers: {{ann: {{groups: [devs]}}, bob: {{}}}}\n"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def applied(story, *words):
    return main(["apply", "iamspec.yaml", "--auto-approve", *words], connect=lambda *_, **__: story.iam)


def written(story, spec=SPEC):
    (story.folder / "iamspec.yaml").write_text(spec.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")


def found(folder):
    [path] = folder.glob("*.jsonl")
    return path


def test_a_journal_tells_of_each_call_when_what_about_whom_and_what_became_of_it(story):
    story.group("devs")
    run(story.plan(SPEC), story.iam, "journal")
    start, *told, end = lines("journal")
    assert {key: start[key] for key in ("record", "format_version", "account", "caller", "calls", "lifted")} == {
        "record": "start",
        "format_version": 1,
        "account": {"id": "123456789012", "partition": "aws", "alias": None},
        "caller": "arn:aws:sts::123456789012:assumed-role/deploy/session",
        "calls": 3,
        "lifted": [],
    }
    assert list(start["before"]) == ["group/devs"]
    assert all(line.pop("time").startswith("2026-01-01T00:00:") for line in told)
    trying = {
        "record": "trying",
        "address": "user/ann",
        "phase": "create",
        "operation": "CreateUser",
        "params": {"UserName": "ann", "Path": "/"},
    }
    ended = {"outcome": "done", "reason": "", "request_id": "", "unclear": False}
    ann = story.iam.dump()["users"]["ann"]["id"]
    assert told[:2] == [trying, {**trying, "record": "call", **ended, "id": ann}]
    assert [(one["record"], one["operation"]) for one in told[2:]] == [
        ("trying", "CreateUser"),
        ("call", "CreateUser"),
        ("trying", "AddUserToGroup"),
        ("call", "AddUserToGroup"),
    ]
    assert (end["record"], end["counts"]) == ("end", {"done": 3, "failed": 0, "not tried": 0})


def test_a_failure_stands_in_the_journal_with_iams_words_and_its_request_id(story):
    story.iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no", "req-1") if call.params.get("UserName") == "ann" else None
    )
    run(story.plan(SPEC), story.iam, "journal")
    calls = [line for line in lines("journal") if line["record"] == "call"]
    assert [(one["operation"], one["address"], one["outcome"], one["reason"], one["request_id"]) for one in calls] == [
        ("CreateGroup", "group/devs", "done", "", ""),
        ("CreateUser", "user/ann", "failed", "CreateUser: AccessDenied: no (request req-1)", "req-1"),
        ("CreateUser", "user/bob", "done", "", ""),
        ("AddUserToGroup", "user/ann", "not tried", "an earlier call for it failed", ""),
    ]


class Watching:
    """A Writer who looks into the journal while a call is made."""

    def __init__(self, iam, path):
        self.iam, self.path, self.seen = iam, path, []

    def __getattr__(self, name):
        return getattr(self.iam, name)

    def write(self, call, *, patient=False):
        *ended, last = lines(self.path)
        self.seen.append((call.operation, last["record"], last["operation"], sum("outcome" in one for one in ended)))
        return self.iam.write(call, patient=patient)


def test_every_line_is_on_disk_before_the_next_call(story):
    """Kills: a journal that is kept in memory until the end."""
    watching = Watching(story.iam, "journal")
    run(story.plan(SPEC), watching, "journal")
    assert watching.seen == [
        ("CreateGroup", "trying", "CreateGroup", 0),
        ("CreateUser", "trying", "CreateUser", 1),
        ("CreateUser", "trying", "CreateUser", 2),
        ("AddUserToGroup", "trying", "AddUserToGroup", 3),
    ]


def test_by_default_journals_stand_below_a_folder_that_is_nobody_elses(story, capsys):
    old = os.umask(0)
    try:
        written(story)
        assert applied(story) == 0
    finally:
        os.umask(old)
    folder = Path(".iamspec")
    path = found(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text(encoding="ascii") == "*\n"
    assert capsys.readouterr().err.startswith(f"journal: {path}\n")


def test_a_folder_that_others_could_read_is_closed_and_a_link_refused(story, capsys):
    written(story)
    Path(".iamspec").mkdir(mode=0o755)
    assert applied(story) == 0
    assert stat.S_IMODE(Path(".iamspec").stat().st_mode) == 0o700
    found(Path(".iamspec")).rename("first")
    Path(".iamspec/.gitignore").unlink()
    Path(".iamspec").rmdir()
    Path("elsewhere").mkdir()
    Path(".iamspec").symlink_to("elsewhere")
    written(story, SPEC.replace("bob: {}", "cid: {}"))
    assert applied(story) == 1
    assert "error: .iamspec is a link; iamspec writes into a folder of its own there" in capsys.readouterr().err
    assert story.names("users") == ["ann", "bob"]


def test_a_journal_is_never_overwritten_and_without_one_nothing_is_run(story, capsys):
    written(story)
    Path("mine").write_text("keep me", encoding="ascii")
    for path, reason in (
        ("mine", "mine exists; a journal is never overwritten"),
        ("no/where", "no/where: No such file or directory"),
    ):
        assert applied(story, "--journal", path) == 1
        assert f"error: {reason}\n" in capsys.readouterr().err
    assert (Path("mine").read_text(encoding="ascii"), story.iam.writes) == ("keep me", [])


def test_a_plan_that_does_nothing_leaves_no_journal(story):
    written(story, ACCOUNT)
    assert applied(story) == 0
    assert not Path(".iamspec").exists()


def test_two_applies_of_one_plan_in_one_second_have_two_journals(story):
    plan = story.plan(SPEC)
    for _ in range(2):
        with recording(plan, story.iam.now):
            pass
    assert len(list(Path(".iamspec").glob("*.jsonl"))) == 2


def test_what_was_lifted_stands_in_the_journal(story):
    story.user("bob", policies=[f"{AWS}AdministratorAccess"])
    plan = story.plan(f"{ACCOUNT}users: {{bob: {{}}}}\n", "admin-quorum")
    run(plan, story.iam, "journal")
    message = "0 users with full administrator access would be left, fewer than guards.min_admins: 1"
    assert lines("journal")[0]["lifted"] == [{"guard": "admin-quorum", "address": None, "message": message}]


def test_a_disk_that_is_full_ends_the_run_before_the_next_call(story, monkeypatch):
    """Kills: calls that nobody will know of."""
    plan, write, left = story.plan(SPEC), os.write, [4]

    def full(handle, data):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return write(handle, data)

    monkeypatch.setattr(writing.os, "write", full)
    message = "^journal: No space left on device: the journal could not be written, so no further call is made$"
    with pytest.raises(IamspecError, match=message):
        run(plan, story.iam, "journal")
    assert [call.operation for call in story.iam.writes] == ["CreateGroup", "CreateUser"]
    assert [line["record"] for line in lines("journal")] == ["start", "trying", "call", "trying"]


# The disk


class Disk:
    """Lines on a slow disk: a sync makes durable what was put before it began."""

    def __init__(self, fault=None):
        self.put, self.durable, self.syncs, self.fault = [], 0, 0, fault
        self.busy, self.ready = Event(), Event()

    def sync(self):
        reached, self.syncs = len(self.put), self.syncs + 1
        self.busy.set()
        assert self.ready.wait(10)
        if self.fault is not None:
            raise self.fault
        self.durable = reached

    @property
    def recorder(self):
        return Recorder(Path("journal"), Lines(self.put.append, self.sync), lambda: datetime.now(UTC))


def outcome(number):
    call = Call("CreateUser", {"UserName": f"user{number}"})
    return apply.Outcome(Step(Address("user", f"user{number}"), Phase.CREATE, call), apply.Status.DONE)


def ended_together(disk):
    """Seven outcomes, of which the last six come while the disk is busy with the first."""
    recorder = disk.recorder

    def end(number):
        recorder.ended(outcome(number))
        return next(place for place, line in enumerate(disk.put) if f"user{number}" in line.decode()) < disk.durable

    with ThreadPoolExecutor(7) as pool:
        first = pool.submit(end, 0)
        assert disk.busy.wait(10)
        later = [pool.submit(end, number) for number in range(1, 7)]
        while len(disk.put) < 7:
            time.sleep(0.001)
        disk.ready.set()
    return recorder, [first, *later]


def test_a_line_that_waits_for_the_disk_shares_a_sync_and_is_durable_afterwards():
    """Kills: a line that counts as durable because of a sync that began before it was put."""
    disk = Disk()
    _, ended = ended_together(disk)
    assert [one.result() for one in ended] == [True] * 7
    assert disk.syncs == 2


def test_no_line_is_durable_after_a_disk_that_failed_for_another():
    """Kills: a second sync, which the system answers with success though it has lost the lines."""
    disk = Disk(OSError(5, "Input/output error"))
    recorder, ended = ended_together(disk)
    assert all(isinstance(one.exception(), IamspecError) for one in ended)
    assert disk.syncs == 1
    with pytest.raises(IamspecError, match="no call is made any more"):
        recorder.trying(outcome(7).step)
    assert len(disk.put) == 7


# Secrets


def test_secrets_are_in_no_journal(story, tmp_path):
    """Kills: a password that stands in a file beside the spec."""
    secret = "Correct-horse-7"
    handle = os.open(tmp_path / "journal", os.O_WRONLY | os.O_CREAT)
    recorder = Recorder(tmp_path / "journal", into(handle), story.iam.now)
    call = Call("CreateLoginProfile", {"UserName": "ann", "Password": secret, "PasswordResetRequired": True})
    step = Step(Address("user", "ann"), Phase.CREATE, call)
    recorder.trying(step)
    recorder.ended(apply.Outcome(step, apply.Status.FAILED, f"CreateLoginProfile: X: {secret} is weak"))
    os.close(handle)
    text = (tmp_path / "journal").read_text(encoding="ascii")
    assert secret not in text
    assert json.loads(text.splitlines()[1])["reason"] == "CreateLoginProfile: X: … is weak"


def test_a_secret_is_masked_wherever_it_stands():
    assert masked({"a": [{"Password": "x"}], "SecretAccessKey": "y", "UserName": "z"}) == {
        "a": [{"Password": "…"}],
        "SecretAccessKey": "…",
        "UserName": "z",
    }
    assert without_secrets("x and xy", {"Password": "x", "NewPassword": "xy"}) == "… and …"


def test_credentials_that_a_deletion_takes_are_in_no_journal(story):
    story.user("mallory")
    story.iam.add_credentials("mallory")
    run(story.plan(PRUNE), story.iam, "journal")
    assert "Correct-horse" not in Path("journal").read_text(encoding="ascii")


# Reading one again


def text_of(story, spec=SPEC):
    run(story.plan(spec), story.iam, "journal")
    return Path("journal").read_text(encoding="ascii")


def test_a_journal_is_read_as_it_was_written(story):
    journal = read_journal(text_of(story), "journal")
    assert [(str(one.address), one.call.operation, one.certain) for one in journal.entries] == [
        ("group/devs", "CreateGroup", True),
        ("user/ann", "CreateUser", True),
        ("user/bob", "CreateUser", True),
        ("user/ann", "AddUserToGroup", True),
    ]
    assert [bool(one.made) for one in journal.entries] == [True, True, True, False]
    assert journal.finished


def test_wherever_a_journal_is_torn_it_is_read_up_to_the_last_whole_line(story):
    """Kills: a journal that is lost with its last line, or a call in flight that is taken for not made."""
    text = text_of(story)
    first = text.index("\n") + 1
    seen = set()
    for end in range(first, len(text)):
        journal = read_journal(text[:end], "journal")
        whole = text[:end].count("\n") - 1
        seen.add((whole, tuple(one.certain for one in journal.entries), journal.finished))
    assert sorted(seen) == [
        (0, (), False),
        (1, (False,), False),
        (2, (True,), False),
        (3, (True, False), False),
        (4, (True, True), False),
        (5, (True, True, False), False),
        (6, (True, True, True), False),
        (7, (True, True, True, False), False),
        (8, (True, True, True, True), False),
    ]
    for end in range(first):
        with pytest.raises(IamspecError, match="journal: no whole line: nothing was run, or this is no journal"):
            read_journal(text[:end], "journal")


DAMAGED = {
    "a line that is no JSON": (lambda text: text.replace('"record": "trying"', '"record" "trying"', 1), "line 2 is no JSON"),
    "a line that is no object": (lambda text: f"{text}[]\n", "line 11 is no JSON object"),
    "another format": (lambda text: text.replace('"format_version": 1', '"format_version": 2'), "format_version is 2; this iamspec reads 1"),
    "a call that iamspec does not plan": (lambda text: text.replace("AddUserToGroup", "CreateServer"), "CreateServer is no operation that iamspec plans"),
    "another's call": (lambda text: text.replace('"UserName": "bob"', '"UserName": "eve"'), "CreateUser is not about user/bob"),
    "no address": (lambda text: text.replace("user/bob", "server/bob"), "server/bob is no address"),
    "another record": (lambda text: text.replace('"record": "trying"', '"record": "tried"', 1), "line 2: record: Input should be 'trying' or 'call'"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_a_journal_that_is_damaged_is_refused_in_a_sentence(story, name):
    damage, message = DAMAGED[name]
    with pytest.raises(IamspecError) as refused:
        read_journal(damage(text_of(story)), "journal")
    assert str(refused.value).startswith(f"journal: {message}")


def test_an_unclear_call_is_one_that_may_have_been_made(story):
    def lost(call):
        return IamError(call.operation, "Unclear", "reset") if call.params.get("UserName") == "ann" else None

    story.iam.fail = lost
    journal = read_journal(text_of(story), "journal")
    assert [(str(one.address), one.certain) for one in journal.entries] == [
        ("group/devs", True),
        ("user/ann", False),
        ("user/bob", True),
    ]


def test_a_journal_without_an_end_is_of_a_run_that_broke_off(story):
    plan, stop = story.plan(SPEC), Event()

    class Stopping:
        def __getattr__(self, name):
            return getattr(story.iam, name)

        def write(self, call, *, patient=False):
            stop.set()
            return story.iam.write(call)

    run(plan, Stopping(), "journal", stop=stop)
    told = [(one["operation"], one["outcome"], one["reason"]) for one in lines("journal") if one["record"] == "call"]
    assert told == [
        ("CreateGroup", "done", ""),
        ("CreateUser", "not tried", "interrupted"),
        ("CreateUser", "not tried", "interrupted"),
        ("AddUserToGroup", "not tried", "interrupted"),
    ]
    assert lines("journal")[-1]["counts"] == {"done": 1, "failed": 0, "not tried": 3}
