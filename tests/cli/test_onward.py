"""At a terminal, a plan ends with the command that applies it."""

import shlex
import sys

import pytest
from fake import FakeIam

from iamspec.cli import main

SPEC = "account: {id: '123456789012'}\nusers: {ann: {}}\n"
KEYS = "account: {id: '123456789012'}\nusers: {ann: {access_keys: 1}, bob: {}}\n"


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iam").mkdir()
    iam = FakeIam()
    iam.add_role("deploy")

    def types(*words, spec=SPEC, at_terminal=True):
        (tmp_path / "iam" / "iamspec.yaml").write_text(spec, encoding="utf-8")
        monkeypatch.setattr(sys.stderr, "isatty", lambda: at_terminal)
        code = main(list(words), connect=lambda *_, **__: iam)
        said = capsys.readouterr()
        found = [line.strip() for line in said.err.partition("Next\n")[2].splitlines()]
        return code, said.out, found

    return types


def fingerprint(out):
    return out.split("fingerprint ")[1].split()[0]


@pytest.mark.parametrize(
    ("words", "spec", "command"),
    [
        (("plan", "iam"), SPEC, "iamspec apply iam --expect {}"),
        (
            (
                "plan",
                "--allow",
                "reissue:user/ann",
                "iam",
                "--target",
                "user/a*",
                "--target=user/ann",
                "--format",
                "text",
            ),
            SPEC,
            "iamspec apply iam --target 'user/a*' --target user/ann --allow reissue:user/ann --expect {}",
        ),
        (("plan", "iam", "--out", "a plan.json"), SPEC, "iamspec apply 'a plan.json' --expect {}"),
        (("plan", "iam"), KEYS, "iamspec apply iam --expect {} --credentials-out DIR"),
        (("plan", "iam", "--defer-credentials"), KEYS, "iamspec apply iam --defer-credentials --expect {}"),
    ],
)
def test_the_last_line_is_the_command_that_runs_exactly_this_plan(desk, words, spec, command):
    """Kills: a command that loses an option, so that apply refuses another plan than the one that was read."""
    code, out, found = desk(*words, spec=spec)
    assert (code, found) == (0, [command.format(fingerprint(out))])
    again = shlex.split(found[0].replace("DIR", "keys"))[1:]
    assert desk(*again, "--auto-approve", "--journal", "journal", spec=spec)[0] == 0


def test_where_nobody_reads_or_nothing_is_to_run_there_is_no_such_line(desk):
    assert desk("plan", "iam", at_terminal=False)[2] == []
    assert desk("plan", "iam", "--what-if-prune")[2] == []
    assert desk("plan", "iam", spec="account: {id: '123456789012'}\nusers: {}\n")[2] == []
    desk("apply", "iam", "--auto-approve", "--journal", "journal")
    refused = "account: {id: '123456789012'}\nprune: true\nguards: {protected: [user/ann]}\nusers: {}\n"
    assert desk("plan", "iam", spec=refused)[::2] == (1, [])
