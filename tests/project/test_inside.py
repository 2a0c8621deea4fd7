"""A program answered in this process is to its shell what a process would be."""

import os
import sys
from pathlib import Path

import pytest
from inside import Inside


@pytest.fixture
def inside(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    inside = Inside(programs, {"shown": shown, "broken": broken})
    yield inside
    inside.close()


def shown(argv):
    print(argv, Path.cwd().name, os.environ["COLOUR"], sys.stdin.read())
    print("to stderr", file=sys.stderr)
    os.environ["COLOUR"] = "changed"
    os.chdir("/")
    return 7


def broken(argv):
    raise RuntimeError(argv[0])


def run(inside, tmp_path, script):
    environment = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}"}
    return inside.run(["bash", "-c", script], tmp_path, environment)


def test_the_shell_gives_a_program_all_that_a_process_gets(inside, tmp_path):
    """Kills: a lost stream, folder, variable, argument or exit code; output that comes after the end."""
    (tmp_path / "there").mkdir()
    script = 'cd there; echo tea | COLOUR=red shown "a b" "" > out 2> err; echo "${PIPESTATUS[1]}"; cat out err; exit 3'
    expected = "7\n['a b', ''] there red tea\n\nto stderr\n"
    assert run(inside, tmp_path, script) == (3, expected)


def test_a_program_leaves_this_process_as_it_was(inside, tmp_path):
    """Kills: a folder, a variable or a stream of one call in the next test."""

    def state():
        return dict(os.environ), Path.cwd(), sys.stdin, sys.stdout, sys.stderr

    before = state()
    assert run(inside, tmp_path, "COLOUR=red shown < /dev/null > /dev/null 2>&1 || broken x 2> /dev/null")[0] == 1
    assert state() == before


def test_an_exception_ends_a_program_with_its_traceback(inside, tmp_path):
    """Kills: an error of a program that its shell takes for success."""
    code, printed = run(inside, tmp_path, "broken because")
    assert (code, printed.splitlines()[-1]) == (1, "RuntimeError: because")
