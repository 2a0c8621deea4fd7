"""Real processes against a sandbox that holds calls back: interrupted runs, and two runs at once."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
import yaml

from iamspec.cli import main
from iamspec.live.retry import READING
from iamspec.sandbox import environment, running

PATIENCE = 60  # seconds for which a test waits for a process
PROGRAM = ("-m", "iamspec")
HASTY = ("-c", "from iamspec.cli import run; from iamspec.live import aws; aws.LOOKS = 2; run()")


class Held:
    """A sandbox in which writes wait until `gate` is open; `arrived` counts them, by the key of their caller."""

    def __init__(self, sandbox):
        self.sandbox, self.gate, self.arrived = sandbox, threading.Event(), []
        self._changed = threading.Condition()
        self._answer = sandbox.gateway.answer
        sandbox.gateway.answer = self.answer

    def answer(self, asked):
        if not asked.operation.startswith(READING):
            with self._changed:
                self.arrived.append(asked.key_id)
                self._changed.notify_all()
            assert self.gate.wait(PATIENCE)
        return self._answer(asked)

    def wait_for(self, enough):
        with self._changed:
            assert self._changed.wait_for(lambda: enough(self.arrived), PATIENCE)

    def users(self):
        return sorted(self.sandbox.backend.users)


@pytest.fixture
def held():
    with running() as sandbox:
        held = Held(sandbox)
        try:
            yield held
        finally:
            held.gate.set()


def written(folder, spec):
    folder.mkdir(exist_ok=True)
    spec = {"account": {"id": "123456789012"}, **spec}
    (folder / "iamspec.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
    return folder


@contextmanager
def applying(folder, held, *words, key="AKIAIAMSPECSANDBOX00", ignored=None, program=PROGRAM):
    """An apply of the spec in a folder, as a process of its own, which may ignore a signal from the beginning."""
    own = environment(held.sandbox.endpoint, os.environ) | {"AWS_ACCESS_KEY_ID": key}
    command = [sys.executable, *program, "apply", "--auto-approve", *words, str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    ignore = None if ignored is None else lambda: signal.signal(ignored, signal.SIG_IGN)
    with subprocess.Popen(command, env=own, cwd=folder, text=True, preexec_fn=ignore, **pipes) as process:  # noqa: PLW1509
        try:
            yield process
        finally:
            process.kill()


def interrupted(process, number):
    """Sends a signal and waits until the process says that it has heard."""
    process.send_signal(number)
    line = process.stderr.readline()
    if line.startswith("journal: "):
        line = process.stderr.readline()
    assert line == "stopping: calls in flight are finished first; once more to leave at once\n"


def test_a_signal_lets_the_calls_in_flight_finish_and_tells_what_was_done_and_not(tmp_path, held):
    """Kills: a call that is cut off, one that is made after the signal, a report that leaves something out.

    SIGHUP and SIGTERM are sent below.
    """
    names = [f"user-{number}" for number in range(20)]
    folder = written(tmp_path / "spec", {"users": {name: {} for name in names}})
    with applying(folder, held, "--parallelism", "3") as process:
        held.wait_for(lambda arrived: len(arrived) == 3)
        interrupted(process, signal.SIGINT)
        assert held.users() == []
        held.gate.set()
        out, err = process.communicate(timeout=PATIENCE)
    done = held.users()
    assert process.returncode == 130
    assert len(done) == len(held.arrived) == 3
    lines = sorted(err.splitlines())
    assert lines == sorted(
        f"ok   user/{name}  CreateUser" if name in done else f"skip user/{name}  CreateUser: interrupted"
        for name in names
    )
    assert "account 123456789012: 3 calls done, 0 failed, 17 not tried\n" in out


def test_a_second_signal_leaves_at_once(tmp_path, held):
    folder = written(tmp_path / "spec", {"users": {"ann": {}}})
    with applying(folder, held) as process:
        held.wait_for(lambda arrived: len(arrived) == 1)
        interrupted(process, signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 130  # the call is still held back
    assert held.users() == []


def test_a_terminal_that_closes_says_so_twice_and_a_nohup_does_not_hear_it(tmp_path, held):
    """Kills: keys that nobody holds, because the shell and the kernel both sent SIGHUP, and an apply that nohup loses."""
    folder = written(tmp_path / "spec", {"users": {"ann": {}, "bob": {}}})
    with applying(folder, held, "--parallelism", "1") as process:
        held.wait_for(lambda arrived: len(arrived) == 1)
        interrupted(process, signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        held.gate.set()
        process.communicate(timeout=PATIENCE)
    assert (process.returncode, held.users()) == (130, ["ann"])
    held.gate.clear()
    with applying(folder, held, ignored=signal.SIGHUP) as process:
        held.wait_for(lambda arrived: len(arrived) == 2)
        process.send_signal(signal.SIGHUP)
        held.gate.set()
        process.communicate(timeout=PATIENCE)
    assert (process.returncode, held.users()) == (0, ["ann", "bob"])


def apply_here(folder, held, monkeypatch):
    """An apply in this process."""
    for name, value in environment(held.sandbox.endpoint, os.environ).items():
        monkeypatch.setenv(name, value)
    return main(["apply", "--auto-approve", str(folder)])


@pytest.mark.usefixtures("elsewhere")
def test_after_an_interrupt_the_next_run_continues(tmp_path, held, monkeypatch, capsys):
    folder = written(tmp_path / "spec", {"users": {f"user-{number}": {} for number in range(5)}})
    with applying(folder, held, "--parallelism", "1") as process:
        held.wait_for(lambda arrived: len(arrived) == 1)
        interrupted(process, signal.SIGTERM)
        held.gate.set()
        process.communicate(timeout=PATIENCE)
    assert held.users() == ["user-0"]
    assert (apply_here(folder, held, monkeypatch), len(held.users())) == (0, 5)
    assert capsys.readouterr().err.endswith("proved: read again, and nothing is left to do for 123456789012\n")


@pytest.mark.usefixtures("elsewhere")
def test_of_two_applies_at_once_one_at_least_finds_that_the_account_is_not_as_it_was_told(tmp_path, held, monkeypatch):
    """Kills: a proof that looks at the calls which were made instead of at the account."""
    specs = [
        written(tmp_path / group, {"groups": {"devs": {}, "ops": {}}, "users": {"ann": {"groups": [group]}}})
        for group in ("devs", "ops")
    ]
    everything = written(tmp_path / "first", {"groups": {"devs": {}, "ops": {}}, "users": {"ann": {}}})
    held.gate.set()
    assert apply_here(everything, held, monkeypatch) == 0
    held.gate.clear()
    keys = ("AKIAFIRST00000000000", "AKIASECOND0000000000")
    processes = [applying(spec, held, key=key, program=HASTY) for spec, key in zip(specs, keys, strict=True)]
    with processes[0] as first, processes[1] as second:
        held.wait_for(lambda arrived: set(keys) <= set(arrived))  # both have planned
        held.gate.set()
        told = [(process.communicate(timeout=PATIENCE)[1], process.returncode) for process in (first, second)]
    other = "error: every call succeeded, but this is still to be done: something else is changing this account\n"
    proved = "proved: read again, and nothing is left to do for 123456789012\n"
    assert {code for _, code in told} in ({1}, {0, 1})
    assert [err for err, code in told if not err.endswith(other if code else proved)] == []
