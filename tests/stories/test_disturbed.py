"""An apply with twenty credentials, disturbed in the middle: no key and no password is lost without a word.

Afterwards each key is in one file of the sink, or gone, or named by the next run; so is each password.
"""

import csv
import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
import yaml
from wire import dripping, result

from iamspec.cli import main
from iamspec.live import deadlines, retry
from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection
from iamspec.sandbox import environment, running

OVER_THE_LINE = True
PATIENCE = 60  # seconds for which a test waits for a process
USERS = [f"user-{number}" for number in range(10)]
SPEC = {"account": {"id": "123456789012"}, "users": {name: {"console": True, "access_keys": 1} for name in USERS}}
APPLY = ("apply", "--auto-approve", "--credentials-out", "keys", "--parallelism", "4")


class Meddled:
    """A sandbox in which a test has a hand in the answers to one operation: `meddle(number, answer)`."""

    def __init__(self, box, operation, meddle):
        self.box, self.operation, self.meddle, self.count = box, operation, meddle, 0
        self._lock, self._real = threading.Lock(), box.gateway.answer
        box.gateway.answer = self.answer

    def answer(self, asked):
        whole = self._real(asked)
        if asked.operation != self.operation:
            return whole
        with self._lock:
            self.count += 1
            number = self.count
        return self.meddle(number, whole)


class Held:
    """The answers to CreateAccessKey wait, from the third on; IAM has made these keys."""

    def __init__(self):
        self.gate, self.arrived = threading.Event(), threading.Event()

    def __call__(self, number, answer):
        if number >= 3:
            self.arrived.set()
            assert self.gate.wait(PATIENCE)
        return answer


@pytest.fixture
def box(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("iamspec.yaml").write_text(yaml.safe_dump(SPEC), encoding="utf-8")
    with running() as sandbox:
        yield sandbox


@contextmanager
def applying(box, **streams):
    own = environment(box.endpoint, os.environ)
    command = [sys.executable, "-m", "iamspec", *APPLY]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    with subprocess.Popen(command, env=own, **streams) as process:
        try:
            yield process
        finally:
            process.kill()


def disturbed(box, disturb, **streams):
    """An apply that is disturbed while answers are held back: its exit code and what it said on stderr."""
    held = Held()
    Meddled(box, "CreateAccessKey", held)
    with applying(box, **streams) as process:
        try:
            assert held.arrived.wait(PATIENCE)
            disturb(process)
        finally:
            held.gate.set()
        _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, (err or b"").decode()


def next_run(box, monkeypatch, capsys):
    """What the next plan says on stderr."""
    for name, value in environment(box.endpoint, os.environ).items():
        monkeypatch.setenv(name, value)
    capsys.readouterr()
    assert main(["plan"], connect=lambda *_, **__: AwsWriter(Connection(endpoint_url=box.endpoint))) in {0, 1}
    return capsys.readouterr().err.replace("refused: apply would not run this plan\n", "")


def rows():
    """The lines of all files of the sink, by user."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path("keys").glob("*.csv"))]
    return [row for text in texts for row in csv.DictReader(StringIO(text))]


def lost(box, said):
    """Keys and passwords that are in no file, or in two, and that nobody has named."""
    found = rows()
    delivered = [row["Access key ID"] for row in found if row["Access key ID"]]
    passwords = [row["User name"] for row in found if row["Password"]]
    users = box.backend.users.values()
    keys = {key.access_key_id for user in users for key in user.access_keys}
    signing_in = {user.name for user in users if user.password}
    faults = [f"{key} is in {delivered.count(key)} files" for key in sorted(keys) if delivered.count(key) != 1]
    faults += [f"{name} has no password file" for name in sorted(signing_in - set(passwords))]
    faults += [f"{key} is in a file and gone" for key in sorted(set(delivered) - keys)]
    faults += [f"{name}.csv has a password never set" for name in sorted(set(passwords) - signing_in)]
    return [one for one in faults if one.split(" ")[0] not in said]


def test_a_kill_leaves_keys_that_the_next_run_names(box, monkeypatch, capsys):
    """Kills: active keys without a holder and without a line in the report."""
    code, _ = disturbed(box, lambda process: process.kill())
    said = next_run(box, monkeypatch, capsys)
    assert code == -signal.SIGKILL
    assert said.count("was made and its secret lost; delete it: aws iam delete-access-key") >= 1
    assert lost(box, said) == []
    assert lost(box, "") != []


def test_a_signal_lets_the_keys_in_flight_be_delivered(box, monkeypatch, capsys):
    """Kills: the eight keys of a terminal that was closed."""
    code, err = disturbed(box, lambda process: process.send_signal(signal.SIGHUP))
    assert (code, "stopping: calls in flight are finished first" in err) == (130, True)
    assert lost(box, "") == []
    assert next_run(box, monkeypatch, capsys) == ""
    assert 0 < len(rows()) < len(USERS) * 2


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_is_closed_on_the_way_stops_nothing(box, stream, monkeypatch, capsys):
    """Kills: `apply 2>&1 | tee` whose reader has died, and with it every call that was to come."""
    code, err = disturbed(box, lambda process: getattr(process, stream).close())
    assert code == (1 if stream == "stdout" else 0), err
    assert (len(rows()), lost(box, "")) == (len(USERS), [])
    assert next_run(box, monkeypatch, capsys) == ""


def test_a_full_disk_leaves_no_key_without_a_file(box, monkeypatch, capsys):
    """Kills: keys whose secrets a full disk has swallowed, and a run that goes on without a journal."""

    def fill(process):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (50, resource.RLIM_INFINITY))

    code, err = disturbed(box, fill)
    assert code == 1
    assert "File too large: the journal could not be written, so no further call is made" in err
    assert "Traceback" not in err
    assert lost(box, next_run(box, monkeypatch, capsys)) == []


def in_process(box, monkeypatch, capsys, endpoint=None):
    """An apply in this process, without pauses."""
    for name, value in environment(box.endpoint, os.environ).items():
        monkeypatch.setenv(name, value)
    writer = AwsWriter(Connection(endpoint_url=endpoint or box.endpoint))
    code = main([*APPLY], connect=lambda *_, **__: writer)
    return code, capsys.readouterr()


@pytest.mark.parametrize("operation", ["CreateAccessKey", "CreateLoginProfile"])
def test_a_foreign_page_in_place_of_an_answer_leaves_nothing_behind(box, operation, monkeypatch, capsys):
    """Kills: a KeyError in the middle, and an orphan key for each page of the captive portal."""
    page = b"<html><body>Sign in</body></html>"
    Meddled(box, operation, lambda number, whole: replace(whole, body=page) if number in {3, 4} else whole)
    code, shown = in_process(box, monkeypatch, capsys)
    assert code == (1 if operation == "CreateAccessKey" else 0), shown.err
    assert (lost(box, ""), "Traceback" in shown.err) == ([], False)
    assert next_run(box, monkeypatch, capsys) == ""


def test_a_list_of_keys_without_an_end_makes_no_key(box, monkeypatch, capsys):
    """Kills: an apply that follows the same marker for ever."""
    endless = result("ListAccessKeys", "<AccessKeyMetadata/>", IsTruncated="true", Marker="m")
    Meddled(box, "ListAccessKeys", lambda _, whole: replace(whole, status=200, body=endless))
    code, shown = in_process(box, monkeypatch, capsys)
    assert (code, lost(box, "")) == (1, [])
    assert shown.out.count("a page leads back to a page before it, so the account could be read in part only") == 10
    assert sum(len(user.access_keys) for user in box.backend.users.values()) == 0


def test_an_answer_that_drips_is_given_up_and_its_key_removed(box, monkeypatch, capsys):
    """Kills: an apply that waits for ever, and the key that it waits for."""
    monkeypatch.setattr(deadlines, "LONGEST", 0.6)
    monkeypatch.setattr(retry, "BUDGET", 5.0)
    with dripping(box.endpoint, "CreateAccessKey", numbers={3}) as endpoint:
        code, shown = in_process(box, monkeypatch, capsys, endpoint)
    assert (code, lost(box, "")) == (1, [])
    assert shown.out.count("CreateAccessKey\n      Unclear: no whole answer within") == 1
