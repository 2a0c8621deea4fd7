"""Files that are written: whole or not at all, never through a link, and with the modes that they must have."""

import os
import resource
import signal
import stat
from contextlib import contextmanager

import pytest

from iamspec.desired.writing import SHARED, NotWritten, create, parts, write


def mode(place):
    return stat.S_IMODE(place.lstat().st_mode)


def names(folder):
    return sorted(one.name for one in folder.iterdir())


@contextmanager
def no_file_longer_than(size):
    """As on a disk that is full: what goes beyond is refused in the middle of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_file_is_replaced_whole_and_is_nobody_elses_to_read(tmp_path):
    """Kills: a mode of 0644 for a plan, and the mode of the old file for the new one."""
    place = tmp_path / "plan.json"
    place.write_text("old", encoding="ascii")
    place.chmod(0o644)
    write(place, "new Ω")
    assert (place.read_text(encoding="utf-8"), mode(place), names(tmp_path)) == ("new Ω", 0o600, ["plan.json"])


def test_what_goes_into_git_has_the_mode_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "users.yaml", b"users: {}\n", SHARED, durable=False)
    finally:
        os.umask(before)
    assert mode(tmp_path / "users.yaml") == 0o640


def test_a_disk_that_is_full_leaves_the_old_file_and_no_half_of_the_new(tmp_path):
    """Kills: a file that was opened for writing before anything could be written to it."""
    place = tmp_path / "plan.json"
    place.write_text("old", encoding="ascii")
    with no_file_longer_than(1000), pytest.raises(NotWritten) as refused:
        write(place, "x" * 2000)
    part = tmp_path / ".plan.json.part"
    told = f"{place} cannot be written: File too large (while {part} was written, which is gone again)"
    assert (str(refused.value), place.read_text(encoding="ascii")) == (told, "old")
    assert names(tmp_path) == ["plan.json"]


def test_no_link_is_followed_and_no_device_is_replaced(tmp_path):
    """Kills: a secret that is written to where somebody else points, and a file in place of /dev/stdout."""
    victim = tmp_path / "victim"
    victim.write_text("theirs", encoding="ascii")
    link, pipe, folder = tmp_path / "link", tmp_path / "pipe", tmp_path / "folder"
    link.symlink_to(victim)
    os.mkfifo(pipe)
    folder.mkdir()
    told = []
    for place in (link, pipe, folder):
        with pytest.raises(NotWritten) as refused:
            write(place, "mine")
        told.append(str(refused.value))
    what = "name a new file, or a file that may be replaced"
    assert told == [
        f"{link} cannot be written: it is a link; {what}",
        f"{pipe} cannot be written: it is no regular file; {what}",
        f"{folder} cannot be written: it is a folder; {what}",
    ]
    assert (victim.read_text(encoding="ascii"), names(tmp_path)) == ("theirs", ["folder", "link", "pipe", "victim"])


def test_a_link_that_waits_under_the_name_of_the_part_is_left_alone(tmp_path):
    victim, place = tmp_path / "victim", tmp_path / "plan.json"
    (tmp_path / ".plan.json.part").symlink_to(victim)
    write(place, "mine")
    assert (place.read_text(encoding="ascii"), victim.exists()) == ("mine", False)
    assert names(tmp_path) == [".plan.json.part", "plan.json"]


def test_parts_that_killed_runs_have_left_are_no_obstacle_until_there_are_very_many(tmp_path):
    place = tmp_path / "plan.json"
    for name in parts(place.name):
        (tmp_path / name).touch()
    (tmp_path / ".plan.json.99.part").unlink()
    write(place, "mine")
    assert (place.exists(), (tmp_path / ".plan.json.99.part").exists()) == (True, False)
    (tmp_path / ".plan.json.99.part").touch()
    place.unlink()
    with pytest.raises(NotWritten, match="killed runs have left 100 files such as"):
        write(place, "mine")


@pytest.mark.parametrize("name", ["x" * 250, "é" * 125])
def test_a_name_of_any_length_that_a_file_may_have_will_do(tmp_path, name):
    write(tmp_path / name, "mine")
    assert names(tmp_path) == [name]


def test_a_folder_that_is_not_there_is_told_by_the_name_of_the_file(tmp_path):
    place = tmp_path / "none" / "plan.json"
    with pytest.raises(NotWritten) as refused:
        write(place, "mine")
    assert str(refused.value) == f"{place} cannot be written: No such file or directory"


def test_a_new_file_is_never_one_that_is_there(tmp_path):
    place = tmp_path / "journal"
    os.close(create(place))
    with pytest.raises(FileExistsError):
        create(place)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        create(tmp_path / "link")
    assert (mode(place), (tmp_path / "nowhere").exists()) == (0o600, False)
