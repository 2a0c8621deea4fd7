"""Lines that fit the terminal: broken between words, further in, and whole where people copy them."""

import io

import pytest

from iamspec.cli import output
from iamspec.cli.output import say, show
from iamspec.cli.wrapping import fitted


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def of_forty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")


def lines(text):
    return fitted(text, Terminal()).split("\n")


def test_a_line_breaks_between_words_and_goes_on_further_in():
    """Kills: words that a terminal cuts in two, and lines without a visible beginning."""
    assert lines('users.yaml:21:25: user/chloe: no group "develoeprs"; did you mean "developers"?') == [
        "users.yaml:21:25: user/chloe: no group",
        '  "develoeprs"; did you mean',
        '  "developers"?',
    ]
    assert lines("    groups: developers (via user/chloe), employees") == [
        "    groups: developers (via user/chloe),",
        "      employees",
    ]


def test_a_line_that_fits_stays_as_it_is():
    short = ["", "+ user/dan  create  users.yaml:25", "x" * 40, "    a  b", "\x1b[1m" + "x" * 40 + "\x1b[0m"]
    assert lines("\n".join(short)) == short


def test_a_word_and_a_command_stay_whole():
    """Kills: half a fingerprint, and a command that cannot be copied."""
    word = "sha256:" + "0" * 64
    command = "  iamspec plan /work/repositories/iam --target policy/deploy"
    assert lines(f"fingerprint {word}\n{word}\n{command}") == ["fingerprint", word, word, command]


def test_a_long_word_stands_as_far_in_as_it_can():
    assert lines("        Resource: arn:aws:iam::123456789012:user/people/a") == [
        "        Resource:",
        " arn:aws:iam::123456789012:user/people/a",
    ]


def test_styles_take_no_room():
    words = " ".join(["\x1b[31mfour\x1b[0m"] * 9)
    assert [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in lines(words)] == [
        "four four four four four four four four",
        "  four",
    ]


def test_what_a_program_reads_is_never_broken(monkeypatch):
    """Kills: JSON and shell lines with line ends that nobody wrote."""
    text = "some words " * 8
    seen = Terminal()
    monkeypatch.setattr(output.sys, "stdout", seen)
    show(text, "json")
    assert seen.getvalue() == f"{text}\n"
    assert fitted(text, io.StringIO()) == fitted(text, None) == text


def test_messages_fit_too(monkeypatch):
    seen = Terminal()
    monkeypatch.setattr(output.sys, "stderr", seen)
    say("error: " + "some words " * 4)
    assert seen.getvalue() == "error: some words some words some words\n  some words\n"
