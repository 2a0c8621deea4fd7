"""A part of a spec is refused: settings above the PATHs are found, and nothing of them is believed."""

import os
from pathlib import Path

import pytest
from fake import FakeIam

from iamspec.cli import main

SETTINGS = "account: {id: '999999999999'}\nprune: true\n"
POLICY = "policies:\n  read: {document: {Version: 2012-10-17, Statement: {Effect: Deny, Action: '*', Resource: '*'}}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder outside of git, in which `iam/policies` is a part of a spec; the home directory is elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write("iam/policies/read.yaml", POLICY)
    return tmp_path


def write(name, text=""):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def run(*words):
    """The exit code, and how often the account was asked."""
    iam = FakeIam()
    return main(words, connect=lambda *_, **__: iam), len(iam.calls)


def refused(capsys, *words):
    """The command that a refusal prints."""
    capsys.readouterr()
    assert run(*words) == (1, 0)
    out, err = capsys.readouterr()
    first, second, *rest = err.splitlines()
    assert (out, rest) == ("", [])
    assert "999999999999" not in err
    assert first.startswith("error: ")
    assert first.endswith("A spec of its own needs settings of its own, such as account.id. Nothing was done. Run:")
    return second.strip()


WORDS = {
    "validate": ("validate iam/policies", "validate FOLDER/iam"),
    "lint": ("lint iam/policies --strict", "lint FOLDER/iam --strict"),
    "plan": ("plan iam/policies", "plan FOLDER/iam --target policy/read"),
    "plan of a file": ("plan iam/read.yaml", "plan FOLDER/iam --target policy/read"),
    "apply": ("apply --auto-approve iam/policies", "apply FOLDER/iam --target policy/read --auto-approve"),
    "drift": ("drift iam/policies --format json", "drift FOLDER/iam --target policy/read --format json"),
    "a target of one's own": ("plan iam/policies --target policy/*", "plan FOLDER/iam --target 'policy/*'"),
    "permissions": ("permissions iam/policies", "permissions FOLDER/iam --target policy/read"),
    "permissions to read": (
        "permissions --for plan iam/policies",
        "permissions FOLDER/iam --target policy/read --for plan",
    ),
    "access": (
        "access --spec iam/policies bob s3:GetObject",
        "access --spec FOLDER/iam bob s3:GetObject",
    ),
    "access, joined": ("access bob --spec=iam/policies", "access --spec FOLDER/iam bob"),
    "credentials": ("credentials --spec iam/policies", "credentials --spec FOLDER/iam"),
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_every_command_refuses_a_part_of_a_spec_and_prints_the_one_for_the_whole(folder, capsys, words):
    """Kills: account.id, scope and guards that are gone without a word because somebody stood in a subfolder."""
    write("iam/iamspec.yaml", SETTINGS)
    write("iam/read.yaml", POLICY)
    given, expected = words
    assert refused(capsys, *given.split()) == f"iamspec {expected}".replace("FOLDER", str(folder))


def test_the_current_folder_may_be_the_part(folder, capsys, monkeypatch):
    """Kills: a default PATH that no word of the command line names."""
    write("iam/iamspec.yaml", SETTINGS)
    monkeypatch.chdir("iam/policies")
    assert refused(capsys, "plan", "--parallelism", "1") == (
        f"iamspec plan {folder}/iam --target policy/read --parallelism 1"
    )


def test_an_empty_part_and_a_faulty_one_are_parts(folder, capsys):
    """Kills: the errors of half a spec instead of the reason for them."""
    write("iam/iamspec.yaml", SETTINGS)
    Path("iam/empty").mkdir()
    assert refused(capsys, "validate", "iam/empty") == f"iamspec validate {folder}/iam"
    write("iam/teams/groups.yaml", "groups: {ops: {policies: [nowhere]}}\n")
    assert refused(capsys, "validate", "iam/teams") == f"iamspec validate {folder}/iam"


def test_many_entities_are_no_targets(folder, capsys):
    write("iam/iamspec.yaml", SETTINGS)
    write("iam/users.yaml", "users: {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}}\n")
    assert refused(capsys, "plan", "iam/users.yaml") == f"iamspec plan {folder}/iam"


def test_of_several_parts_each_has_its_whole(folder, capsys):
    """Kills: one PATH that is forgotten, two that become the same."""
    write("iam/iamspec.yaml", SETTINGS)
    write("iam/users.yaml", "users: {}\n")
    write("alone/x/users.yaml", "users: {}\n")
    assert refused(capsys, "validate", "iam/policies", "alone/x", "iam/users.yaml") == (
        f"iamspec validate {folder}/iam alone/x"
    )


def test_settings_in_one_path_are_enough():
    """Kills: a search that goes on although the settings are there."""
    write("iam/iamspec.yaml", "account: {id: '123456789012'}\n")
    write("own/iamspec.yaml", "prune: false\n")
    assert run("validate", "own", "iam/policies") == (0, 0)


def test_in_a_git_work_tree_the_search_ends_at_its_root(folder, capsys):
    """Kills: only the parent looked at, and a search that leaves the work tree."""
    write("iam/a/b/c/users.yaml", "users: {}\n")
    write("iamspec.yml", SETTINGS)
    assert run("validate", "iam/a/b/c") == (0, 0)
    write("iam/.git/HEAD", "ref: refs/heads/main\n")
    assert run("validate", "iam/a/b/c") == (0, 0)
    write("iam/iamspec.yml", SETTINGS)
    assert refused(capsys, "validate", "iam/a/b/c") == f"iamspec validate {folder}/iam"


def test_the_root_of_a_work_tree_has_nothing_above_it():
    write("iamspec.yaml", SETTINGS)
    write("iam/.git", "gitdir: /elsewhere\n")
    assert run("validate", "iam") == (0, 0)


def test_the_home_directory_is_never_left(folder, monkeypatch, capsys):
    """Kills: a search above home; home itself not searched."""
    write("iamspec.yaml", SETTINGS)
    monkeypatch.setenv("HOME", str(folder / "iam"))
    write("iam/.git/HEAD")
    write(".git/HEAD")
    assert run("validate", "iam") == (0, 0)
    assert run("validate", "iam/policies") == (0, 0)
    write("iam/iamspec.yaml", SETTINGS)
    assert refused(capsys, "validate", "iam/policies") == f"iamspec validate {folder}/iam"


def test_a_mount_point_is_never_left(folder, monkeypatch):
    write("iam/iamspec.yaml", SETTINGS)
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == str(folder / "iam" / "policies"))
    assert run("validate", "iam/policies") == (0, 0)


def test_a_file_that_somebody_else_owns_is_not_looked_at(monkeypatch):
    """Kills: a file planted in a shared folder that stops everybody's runs."""
    write("iam/iamspec.yaml", SETTINGS)
    found = os.stat_result
    real = Path.lstat
    other = lambda path: found((*real(path)[:4], 4242, *real(path)[5:]))  # noqa: E731
    monkeypatch.setattr(Path, "lstat", other)
    assert run("validate", "iam/policies") == (0, 0)


def test_a_file_of_root_is_looked_at(folder, monkeypatch, capsys):
    write("iam/iamspec.yaml", SETTINGS)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    real_stat, real_lstat = Path.stat, Path.lstat
    rooted = lambda stat: os.stat_result((*stat[:4], 0, *stat[5:]))  # noqa: E731
    monkeypatch.setattr(Path, "lstat", lambda path: rooted(real_lstat(path)))
    monkeypatch.setattr(Path, "stat", lambda path, **more: rooted(real_stat(path, **more)))
    assert refused(capsys, "validate", "iam/policies") == f"iamspec validate {folder}/iam"


@pytest.mark.parametrize("text", ["", "users: {a: {}}\n", "version: 1\n", "- account\n", "account\n"])
def test_a_file_without_settings_is_none(text):
    write("iam/iamspec.yaml", text)
    assert run("validate", "iam/policies") == (0, 0)


@pytest.mark.parametrize("text", ["account: [\n", "account: &a {x: *a}\n", "\0", "prune: maybe\n"])
def test_a_file_that_makes_no_sense_is_taken_for_settings(folder, capsys, text):
    """Kills: a spec that is applied without its settings, because the settings file is half edited."""
    write("iam/iamspec.yaml", text)
    assert refused(capsys, "validate", "iam/policies") == f"iamspec validate {folder}/iam"


def test_a_folder_or_a_pipe_of_that_name_is_no_file(folder):
    """Kills: a run that waits for ever."""
    Path("iam/iamspec.yaml").mkdir()
    os.mkfifo("iam/iamspec.yml")
    assert run("validate", "iam/policies") == (0, 0)


def test_links_are_followed_first(folder, capsys):
    """Kills: a part that hides behind a link."""
    write("iam/iamspec.yaml", SETTINGS)
    Path("link").symlink_to("iam/policies")
    assert refused(capsys, "validate", "link") == f"iamspec validate {folder}/iam"


def test_a_path_that_does_not_exist_is_told_as_that(capsys):
    write("iam/iamspec.yaml", SETTINGS)
    assert run("validate", "iam/polices") == (1, 0)
    assert capsys.readouterr().err == "iam/polices:1:1: no such file or folder\n1 error\n"


def test_a_faulty_file_is_told_before_what_is_missing(capsys):
    """Kills: a part whose own settings file cannot be read, taken for one without settings."""
    write("iam/iamspec.yaml", SETTINGS)
    write("iam/policies/iamspec.yaml", "account: [\n")
    assert run("validate", "iam/policies") == (1, 0)
    assert "iam/policies/iamspec.yaml:2:1: not YAML" in capsys.readouterr().err
