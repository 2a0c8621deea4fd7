"""Standard streams that are closed, full, broken or without UTF-8: no traceback, and the fault is named."""

import io
import os
import subprocess
import sys

import pytest
from fake import FakeIam

from iamspec.cli import main, output
from iamspec.cli.output import Screen, say, show

IAMSPEC = f"{sys.executable} -m iamspec"
SPEC = "account: {id: '123456789012'}\nusers: {ann: {}, bob: {}}\n"
LOST = "error: standard output cannot be written: "


def shell(line, **more):
    """The exit code and the standard error of a shell's line, in which `iamspec` is the program."""
    command = ["bash", "-c", line.replace("iamspec", IAMSPEC)]
    done = subprocess.run(command, capture_output=True, check=False, env=os.environ | more)
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("iamspec schema >/dev/full", 1, f"{LOST}No space left on device\n"),
        ("iamspec schema >&-", 1, f"{LOST}it is closed\n"),
        ("iamspec schema | true; exit ${PIPESTATUS[0]}", 1, f"{LOST}Broken pipe\n"),
        ("iamspec schema >&- 2>&-", 1, ""),
        ("iamspec bogus 2>&-", 1, ""),
        ("iamspec bogus 2>/dev/full", 1, ""),
        ("iamspec bogus <&- >&- 2>&-", 1, ""),
    ],
)
def test_a_stream_that_takes_nothing_is_named_and_never_a_traceback(line, code, told):
    """Kills: an AttributeError, exit code 120, and an interpreter that complains of itself at its end."""
    assert shell(line) == (code, b"", told)


def test_a_pipe_gets_utf_8_whatever_the_locale():
    """Kills: UnicodeEncodeError in a job that has no locale, and JSON in which no other program finds a letter."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert shell("iamspec schema", **plain) == shell("iamspec schema", PYTHONUTF8="1")


def test_what_an_encoding_lacks_is_escaped_as_json_has_it(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1"))
    show('"é → 😀 \ud800"')
    assert raw.getvalue() == b'"\xe9 \\u2192 \\ud83d\\ude00 \\ud800"\n'


def test_where_stderr_is_gone_nobody_is_told_and_nothing_ends(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    say("anything")


def broken(monkeypatch, *, after=0):
    """Lets standard output fail, after so many answers."""
    taken = []

    def put(stream, text):
        if stream is sys.stdout and len(taken) >= after:
            raise BrokenPipeError(32, "Broken pipe")
        taken.append(text)

    monkeypatch.setattr(output, "_put", put)
    return taken


def spec(folder):
    (folder / "iamspec.yaml").write_text(SPEC, encoding="utf-8")


@pytest.mark.parametrize("after", [0, 1])
def test_an_apply_that_cannot_show_what_it_does_does_it_all_and_says_so(tmp_path, monkeypatch, after):
    """Kills: `apply | tee log` whose reader dies, and half of the calls with it."""
    monkeypatch.chdir(tmp_path)
    spec(tmp_path)
    iam, taken = FakeIam(), broken(monkeypatch, after=after)
    assert main(["apply", "--auto-approve", "--journal", "j"], connect=lambda *_, **__: iam) == 1
    assert sorted(iam.dump()["users"]) == ["ann", "bob"]
    assert taken[-2:] == [
        "proved: read again, and nothing is left to do for 123456789012\n",
        f"{LOST}Broken pipe\n",
    ]
    assert (tmp_path / "j").read_text(encoding="ascii").splitlines()[-1].startswith('{"record": "end"')


def test_a_plan_that_nobody_could_see_is_not_asked_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    iam, taken = FakeIam(), broken(monkeypatch)
    assert main(["apply"], connect=lambda *_, **__: iam) == 1
    assert taken == [f"{LOST}Broken pipe; the plan could not be shown, and nothing was changed\n"]
    assert iam.writes == []


@pytest.mark.parametrize("answer", [None, io.TextIOWrapper(io.BytesIO(b"yes\xff\n"), encoding="utf-8")])
def test_an_answer_that_is_none_changes_nothing(tmp_path, monkeypatch, answer):
    """Kills: an AttributeError where standard input is closed, a UnicodeDecodeError where it is no text."""
    monkeypatch.chdir(tmp_path)
    spec(tmp_path)
    monkeypatch.setattr(sys, "stdin", answer)
    iam = FakeIam()
    assert main(["apply"], connect=lambda *_, **__: iam) == 1
    assert iam.writes == []


def test_a_screen_remembers_the_first_fault(monkeypatch):
    broken(monkeypatch)
    screen = Screen()
    screen.show("a")
    screen.show("b")
    assert screen.fault == "standard output cannot be written: Broken pipe"


def test_a_journal_that_cannot_be_written_stops_the_run_and_what_was_done_is_shown(tmp_path, monkeypatch, capsys):
    """Kills: calls without a line in the output, and a summary that is lost on a full disk."""
    monkeypatch.chdir(tmp_path)
    spec(tmp_path)
    written = []

    def write(handle, data):
        written.append(data)
        if len(written) > 2:
            raise OSError(28, "No space left on device")
        return len(data)

    iam = FakeIam()
    monkeypatch.setattr("iamspec.saved.journal.os.write", write)
    words = ["apply", "--auto-approve", "--journal", "j", "--parallelism", "1"]
    assert main(words, connect=lambda *_, **__: iam) == 1
    shown = capsys.readouterr()
    assert sorted(iam.dump()["users"]) == ["ann"]
    assert shown.out.endswith(
        "account 123456789012: 1 call done, 0 failed, 1 not tried\n\nDone:\n  user/ann  CreateUser\n\n"
        "Not tried:\n  user/bob  CreateUser\n      an error has stopped the run\n"
    )
    why = "error: j: No space left on device: the journal could not be written, so no further call is made\n"
    assert shown.err.endswith(why)
