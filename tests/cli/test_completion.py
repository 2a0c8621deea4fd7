"""Tab completes addresses, guards, frameworks and topics; help fits a terminal of 80 columns."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner
from places import ROOT

from iamspec.cli import cli

STARTUP = ROOT / "examples" / "startup"


@pytest.fixture
def proposed(monkeypatch):
    """Says what bash is told to propose after the last word of a line."""

    def proposed(line, folder=STARTUP):
        monkeypatch.chdir(folder)
        for name, value in typed(line).items():
            monkeypatch.setenv(name, value)
        return words(BashComplete(cli, {}, "iamspec", "_IAMSPEC_COMPLETE").complete())

    return proposed


def typed(line):
    return {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}


def words(answer):
    return [one.partition(",")[2] for one in answer.splitlines() if one]


def test_bash_asks_a_process():
    """Kills: a command line that does not answer, or that answers more than proposals."""
    asked = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "_IAMSPEC_COMPLETE": "bash_complete"}
    start = "from iamspec.cli import cli; cli(prog_name='iamspec')"
    environment = asked | typed("iamspec plan --target user/c")
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=STARTUP, env=environment, capture_output=True, text=True, check=False
    )
    assert (words(done.stdout), done.stderr) == (["user/chloe", "user/ci-deploy"], "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("iamspec sta", ["status"]),
        ("iamspec plan --target user/c", ["user/chloe", "user/ci-deploy"]),
        ("iamspec plan --exclude group/e", ["group/employees"]),
        ("iamspec plan --allow mass", ["mass-delete"]),
        ("iamspec plan --allow prot", ["protected:"]),
        ("iamspec plan --allow protected:user/ch", ["protected:user/chloe"]),
        ("iamspec suspend ch", ["chloe"]),
        ("iamspec status --framework cis-5", ["cis-5.0"]),
        ("iamspec explain users.access_keys.ro", ["users.access_keys.rotate_after_days"]),
        ("iamspec explain root-m", ["root-mfa"]),
        ("iamspec explain admin-q", ["admin-quorum"]),
    ],
)
def test_tab_knows_the_spec_and_the_words(proposed, capfd, line, expected):
    assert (proposed(line), capfd.readouterr()) == (expected, ("", ""))


def test_without_a_spec_there_is_no_proposal_and_no_message(proposed, capfd, tmp_path):
    """Kills: a traceback in the middle of a line that somebody types."""
    assert proposed("iamspec plan --target user/", tmp_path) == []
    (tmp_path / "iamspec.yaml").write_text("users: [")
    assert proposed("iamspec plan --target user/", tmp_path) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", [None, *sorted(cli.commands)])
def test_help_fits_eighty_columns_without_a_sentence_cut_off(name):
    words = ["--help"] if name is None else [name, "--help"]
    done = CliRunner().invoke(cli, words, prog_name="iamspec", env={"COLUMNS": "80"}, terminal_width=80)
    assert done.exit_code == 0
    assert [
        line for line in done.output.splitlines() if len(line) > 80 or (line.endswith("...") and "Usage:" not in line)
    ] == []
