"""Progress of long work: on a terminal a bar after a second, elsewhere a line every ten seconds, of short work nothing."""

import contextlib
import io
import json
import os
import pty
import sys
from collections import Counter

import pytest
from fake import FakeIam
from story import ACCOUNT, Story

from iamspec.cli import output, progress
from iamspec.cli.progress import CHUNK, Meter, Watched
from iamspec.iam import Call
from iamspec.plan import model


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_short_work_says_nothing(clock, capsys):
    """Kills: a bar that flickers in every plan of a small account."""
    meter = Meter("reading", clock)
    clock.now = 0.9
    meter.advance(pages=3)
    assert capsys.readouterr() == ("", "")


def test_in_a_pipeline_there_is_a_line_every_ten_seconds_and_nothing_on_stdout(clock, capsys):
    """Kills: a log with a thousand lines of progress, or one that is silent for minutes."""
    meter = Meter("reading the account", clock)
    for second in range(35):
        clock.now = float(second)
        meter.advance(pages=1, done=second, total=100)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "reading the account: 11 pages, 10 of 100",
        "reading the account: 21 pages, 20 of 100",
        "reading the account: 31 pages, 30 of 100",
    ]


def test_silent_work_has_no_lines_of_its_own(clock, capsys):
    meter = Meter("making calls", clock)
    clock.now = 60.0
    meter.advance(done=1, total=9, silent=True)
    assert capsys.readouterr() == ("", "")


def read_to_end(handle):
    """What was written to a terminal that is closed now."""
    found = b""
    with contextlib.suppress(OSError), os.fdopen(handle, "rb", buffering=0) as stream:
        while chunk := stream.read(10_000):
            found += chunk
    return found.decode()


def test_on_a_terminal_there_is_a_bar_that_goes_again(clock, monkeypatch):
    """Kills: an escape sequence in a log, a bar that stays behind."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        meter = Meter("reading [b]the account", clock)
        clock.now = 2.0
        meter.advance(pages=4, done=30, total=90)
        meter.pause()
    shown = read_to_end(ours)
    assert "reading [b]the account: 4 pages" in shown
    assert "30/90" in shown
    assert "\x1b[2K" in shown  # the line of the bar is cleared


class Counting(FakeIam):
    """An account that remembers how many calls were asked at once."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def attempt_each(self, calls):
        self.batches.append(len(calls))
        return super().attempt_each(calls)


def test_a_watched_account_answers_as_the_account_does(clock):
    """Kills: answers in another order, a call that is lost between two chunks."""
    iam = Counting()
    for number in range(3):
        iam.given("CreateUser", UserName=f"u{number}")
    calls = [Call("GetUser", {"UserName": f"u{number % 3}"}) for number in range(CHUNK + 5)]
    meter = Meter("reading", clock)
    found = Watched(iam, meter).attempt_each(calls)
    assert [one["User"]["UserName"] for one in found] == [f"u{number % 3}" for number in range(CHUNK + 5)]
    assert (iam.batches, meter.answers) == ([CHUNK, 5], CHUNK + 5)
    assert Watched(iam, meter).read_each([]) == []
    assert Watched(iam, meter).account == iam.account


LONG = {  # commands that read an account, with their exit codes
    "plan .": 0,
    "drift .": 0,
    "apply . --auto-approve": 0,
    "permissions .": 0,
    "import": 0,
    "snapshot": 0,
    "rehearse .": 0,
    "accept user/ann": 1,  # it is what the spec says
    "suspend ann --auto-approve": 0,
}


@pytest.mark.parametrize("words", LONG)
def test_every_slow_command_in_a_pipeline_says_how_far_it_is(tmp_path, capsys, monkeypatch, words):
    """Kills: a minute of silence in a command that is not plan."""
    story = Story(tmp_path)
    story.user("ann")
    (tmp_path / "iamspec.yaml").write_text(f"{ACCOUNT}users: {{ann: {{}}}}\n")
    monkeypatch.chdir(tmp_path)
    seconds = iter(range(0, 100_000, 20))
    monkeypatch.setattr(progress.Meter.__init__, "__defaults__", (lambda: float(next(seconds)),))
    assert story.run(*words.split()) == LONG[words]
    out, err = capsys.readouterr()
    assert "reading the account: 1 page" in err
    assert "reading the account" not in out


def test_a_run_sorts_each_call_of_its_plan_once(tmp_path, capsys, monkeypatch):
    """Kills: all calls that are sorted again after each call, to say how many there are."""
    counted = Counter()
    order = model.order
    monkeypatch.setattr(model, "order", lambda step: counted.update([step.call.params["UserName"]]) or order(step))
    story = Story(tmp_path)
    names = [f"user{number:02}" for number in range(30)]
    (tmp_path / "iamspec.yaml").write_text(f"{ACCOUNT}users: {json.dumps({name: {} for name in names})}\n")
    assert story.run("apply", str(tmp_path), "--auto-approve", "--journal", str(tmp_path / "journal")) == 0
    plans = 2  # without an order, and with it
    assert max(counted[name] for name in names) <= plans


def test_a_bar_of_reads_is_gone_while_anything_is_written(clock, monkeypatch, capsys):
    """Kills: an answer that is drawn over by a bar, or that a bar sends to stderr."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(progress.Meter.__init__, "__defaults__", (clock,))
        with progress._reading() as meter:
            clock.now = 2.0
            meter.advance(pages=4)
            assert meter._bar is not None
            output.show("the answer")
            assert meter._bar is None
            output.say("a message")
    assert capsys.readouterr().out == "the answer\n"
    assert read_to_end(ours).endswith("a message\r\n")
    assert output.BEFORE == []


def test_a_stderr_that_is_no_terminal_gets_no_escape_sequence(clock, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    meter = Meter("reading", clock)
    clock.now = 50.0
    meter.advance(pages=1)
    meter.pause()
    assert stream.getvalue() == "reading: 1 page\n"
