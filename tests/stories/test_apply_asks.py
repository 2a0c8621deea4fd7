"""Who is asked before an apply, where the answer comes from, and what needs no answer."""

import io
import sys
from pathlib import Path

import pytest
from story import Story

SPEC = "account: {id: '123456789012'}\nusers: {ann: {}}\n"


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    story = Story(tmp_path)
    story.fingerprint = story.plan(SPEC).fingerprint
    return story


class Terminal(io.StringIO):
    def isatty(self):
        return True


def apply(story, answer, *words, terminal=False):
    """The exit code of an apply with something on standard input, and who is there afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Terminal(answer) if terminal else io.StringIO(answer))
        code = story.run("apply", *words)
    return code, story.names("users")


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_only_yes_is_a_yes(story, capsys, terminal):
    for answer in ("no\n", "y\n", "YES\n", "\n", "yes please\n"):
        assert apply(story, answer, terminal=terminal) == (1, [])
        assert capsys.readouterr().err.endswith("error: not applied; nothing was changed\n")
    assert apply(story, "yes\n", terminal=terminal) == (0, ["ann"])


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipe"])
def test_nobody_to_ask_is_no_yes(story, capsys, terminal):
    assert apply(story, "", terminal=terminal) == (1, [])
    reason = (
        "error: the question was not answered, and nothing was changed; pass --auto-approve, or --expect FINGERPRINT\n"
    )
    assert capsys.readouterr().err.endswith(reason)


NAMELESS = "users: {ann: {}}\n"
NEEDED = (
    "error: apply --auto-approve needs to know the account: write `account: {id: …}` into the settings of the spec, or pass "
    "--account ID; nothing was changed\n"
)


def test_where_nobody_is_asked_the_account_is_named(story, tmp_path, capsys):
    """Kills: 46 policies in another account, because the credentials of the shell were for it."""
    (tmp_path / "iamspec.yaml").write_text(NAMELESS, encoding="utf-8")
    before = len(story.iam.calls)
    assert apply(story, "", "--auto-approve") == (1, [])
    assert capsys.readouterr().err == NEEDED
    assert len(story.iam.calls) == before
    assert apply(story, "", "--auto-approve", "--account", "210987654321") == (1, [])
    wrong = "error: --account 210987654321: the credentials are for 123456789012; nothing was compared\n"
    assert capsys.readouterr().err == wrong
    assert apply(story, "", "--auto-approve", "--account", "1234") == (1, [])
    assert capsys.readouterr().err == 'error: --account 1234: an account id has 12 digits, as in "123456789012"\n'
    assert apply(story, "", "--auto-approve", "--account", "123456789012") == (0, ["ann"])


def test_a_saved_plan_names_its_account(story, tmp_path, capsys):
    (tmp_path / "iamspec.yaml").write_text(NAMELESS, encoding="utf-8")
    path = saved(story, str(tmp_path.parent / "named.json"))
    assert apply(story, "", path, "--auto-approve", "--account", "210987654321") == (1, [])
    assert apply(story, "", path, "--auto-approve") == (0, ["ann"])


def test_the_question_names_the_account(story, tmp_path, capsys):
    story.iam.given("CreateAccountAlias", AccountAlias="acme")
    (tmp_path / "iamspec.yaml").write_text(NAMELESS, encoding="utf-8")
    assert apply(story, "no\n", terminal=True) == (1, [])
    question = 'Apply this plan to account 123456789012 (acme)? Only "yes" is a yes:'
    assert question in capsys.readouterr().err.splitlines()


def saved(story, name):
    assert story.run("plan", "--out", name) == 0
    return name


@pytest.mark.parametrize("name", ["plan.json", "plan.out", "plan", "plan.yaml"])
def test_a_saved_plan_is_known_by_what_is_in_it_and_needs_no_answer_where_there_is_no_terminal(story, tmp_path, name):
    """Kills: a plan that is read as a spec because its file has another name."""
    path = saved(story, str(tmp_path.parent / name))
    assert apply(story, "no\n", path, terminal=True) == (1, [])
    assert apply(story, "", path) == (0, ["ann"])


def test_a_plan_that_is_expected_needs_no_answer_where_there_is_no_terminal(story, capsys):
    assert apply(story, "", "--expect", "sha256:other") == (1, [])
    refused = "refused: this plan is not the one that was expected (sha256:other); nothing was changed\n"
    assert capsys.readouterr().err == refused
    assert apply(story, "no\n", "--expect", story.fingerprint, terminal=True) == (1, [])
    assert apply(story, "", "--expect", story.fingerprint) == (0, ["ann"])


def test_a_saved_plan_is_run_by_itself(story, tmp_path, capsys):
    path = saved(story, str(tmp_path.parent / "plan.out"))
    assert apply(story, "yes\n", path, str(tmp_path)) == (1, [])
    assert capsys.readouterr().err == f"error: {path} is a saved plan, which is run whole and by itself\n"


def test_what_was_saved_is_what_is_printed_as_json(story, capsys):
    story.run("plan", "--out", "p", "--format", "json")
    assert Path("p").read_text(encoding="utf-8") == capsys.readouterr().out


def test_an_interrupt_after_the_last_call_says_that_nothing_is_proved(story, capsys, monkeypatch):
    """Kills: a bare `interrupted`, after which nobody knows whether a call is missing."""

    def remainder(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("iamspec.commands.apply.remainder", remainder)
    assert apply(story, "yes\n") == (130, ["ann"])
    told = "every call was made; the account was not read again, so nothing proves the result\n\ninterrupted\n"
    assert capsys.readouterr().err.endswith(told)
