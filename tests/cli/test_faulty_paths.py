"""What `validate` says of PATHs and files that it does not read."""

import os

import pytest
from faulty import faults, warnings, written


def test_a_spec_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("iamspec.desired.load.MAX_SPEC_BYTES", 2**20)
    fits = "users: {}\n".ljust(2**20)
    assert warnings(tmp_path, fits) == []
    assert faults(tmp_path, fits + " ") == ["spec/a.yaml:1:1: is larger than 1 MiB"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "nowhere:1:1: no such file or folder"),
        ("spec/nowhere.yaml", "spec/nowhere.yaml:1:1: no such file or folder"),
        ("spec/.hidden.yaml", "spec/.hidden.yaml:1:1: is hidden; hidden files are never read"),
        ("spec/empty", "spec/empty:1:1: no spec file (*.yaml or *.yml) in this folder; `iamspec init` begins a spec"),
    ],
)
def test_a_path_without_a_spec_is_told(tmp_path, path, message):
    files = {"a.yaml": "users: {}\n", ".hidden.yaml": "users: {}\n", "empty/readme.md": "users: {}\n"}
    assert faults(tmp_path, files, path) == [message]


LINKS = {
    "a link to a file elsewhere": ("other/b.yaml", "leads out of spec; every file must be below the PATH"),
    "a link to a hidden file": ("spec/.hidden/b.yaml", "is hidden; hidden files are never read"),
    "a link to nothing": ("spec/nothing.yaml", "no such file or directory"),
    "a link to itself": ("spec/link.yaml", "cannot be resolved"),
    "a link to a folder": ("other", "a link to a folder is not followed; pass it as a PATH"),
}


@pytest.mark.parametrize(("target", "reason"), LINKS.values(), ids=LINKS)
def test_a_link_that_leads_anywhere_else_is_not_followed(tmp_path, target, reason):
    files = {"a.yaml": "users: {}\n", "../other/b.yaml": "users: {}\n", ".hidden/b.yaml": "users: {}\n"}
    link = written(tmp_path, files) / "link.yaml"
    link.symlink_to(tmp_path / target)
    assert faults(tmp_path) == [f"spec/link.yaml:1:1: {reason}"]


def test_a_link_to_a_file_of_the_same_path_is_that_file(tmp_path):
    """Kills: a refusal of every link, and a declaration that counts twice because of one."""
    spec = written(tmp_path, "users: {alice: {}}\n")
    (spec / "link.yaml").symlink_to(spec / "a.yaml")
    assert warnings(tmp_path, {}) == []


def test_a_pipe_among_the_spec_files_is_not_waited_for(tmp_path):
    os.mkfifo(written(tmp_path, "users: {}\n") / "pipe.yaml")
    assert faults(tmp_path) == ["spec/pipe.yaml:1:1: is no regular file"]


def test_a_link_to_a_folder_does_not_hide_what_else_is_wrong(tmp_path):
    (written(tmp_path, "users: {alice: {pth: /}}\n") / "link").symlink_to(tmp_path)
    assert faults(tmp_path) == [
        'spec/a.yaml:1:17: user/alice: unknown key "pth"; did you mean "path"?',
        "spec/link:1:1: a link to a folder is not followed; pass it as a PATH",
    ]


def test_what_seems_to_be_missing_because_of_a_file_that_cannot_be_parsed_says_so(tmp_path):
    """Kills: a screen full of names that seem to be missing because of one bracket, and nothing that tells why."""
    files = {"a.yaml": "users: {alice: {]}\n", "b.yaml": "groups: {devs: {members: [alice]}}\n"}
    assert faults(tmp_path, files) == [
        "spec/a.yaml:1:17: not YAML: did not find expected node content",
        'spec/b.yaml:1:27: group/devs: members[0]: no user "alice" is declared in the files that could be read',
    ]
