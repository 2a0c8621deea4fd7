"""Import writes passwords and access keys as they are, so that a key that is made by hand tomorrow is drift."""

from pathlib import Path

import pytest
from story import Story, seen

from iamspec.commands import importing
from iamspec.commands.imported import SIGN_IN, as_files, as_text

USERS = """\
users:
  idle:
    console: false
  keys:
    console: false
    access_keys: 2
  nothing:
    console: false
    access_keys: 0
  password:
    console: true
    access_keys: 1
"""


@pytest.fixture
def story(tmp_path, elsewhere):
    """Users with a password, with keys of which one sleeps, and without anything; and one who is suspended."""
    story = Story(tmp_path)
    for name in ("password", "keys", "nothing", "idle", "asleep"):
        story.user(name)
    story.iam.given("CreateLoginProfile", UserName="password", Password="by-Hand-7-and-long")
    for name in ("password", "keys", "keys", "idle", "asleep"):
        story.iam.given("CreateAccessKey", UserName=name)
    (key,) = story.iam.state.users["idle"].keys.values()
    key.status = "Inactive"
    story.run("suspend", "asleep", "--auto-approve")
    story.iam.calls.clear()
    return story


def users(story, **options):
    return as_files(importing.take(story.iam, **options))["users.yaml"]


def test_passwords_and_keys_are_written_as_they_are(story):
    """Kills: a password of an imported user that nobody compares; `access_keys: 0`, which deletes a sleeping key."""
    imported = importing.take(story.iam)
    (key,) = story.iam.state.users["idle"].keys
    assert (
        as_files(imported)["users.yaml"] == f"{SIGN_IN}{USERS.replace('users:', 'users:' + chr(10) + '  asleep: {}')}"
    )
    assert imported.skipped == [
        "user/asleep: is suspended, which is left out and so left as it is",
        f"user/idle: access_keys: {key} is not active; `access_keys: 0` would delete it",
        "1 role: `iamspec import --roles` writes roles, too",
        "identity providers and instance profiles were not read: `iamspec import --roles` writes them, too",
    ]


def test_the_plan_after_it_is_empty(story):
    text = as_text(importing.take(story.iam), whole=True)
    plan = story.plan(text)
    assert (plan.changes, plan.plan.undeclared) == ((), ())
    assert SIGN_IN in text


def test_a_password_made_by_hand_is_told_the_next_day(story):
    """Kills: a way in that no spec ever said."""
    text = as_text(importing.take(story.iam), whole=True)
    story.iam.given("CreateLoginProfile", UserName="nothing", Password="by-Hand-7-and-long")
    assert seen(story.plan(text))["changes"] == ["update user/nothing: console"]


def test_an_import_without_credentials_asks_and_says_nothing_of_them(story, tmp_path):
    out = str(tmp_path / "spec")
    assert story.run("import", "--without-credentials", "--out", out) == 0
    assert {call.operation for call in story.iam.calls} & {"GetLoginProfile", "ListAccessKeys"} == set()
    names = ("asleep", "idle", "keys", "nothing", "password")
    assert Path(out, "users.yaml").read_text(encoding="utf-8") == "users:\n" + "".join(
        f"  {one}: {{}}\n" for one in names
    )


def test_the_use_of_keys_is_not_asked_for(story):
    """Kills: a call for each key of which nothing is written."""
    importing.take(story.iam)
    assert "GetAccessKeyLastUsed" not in {call.operation for call in story.iam.calls}


def test_a_snapshot_knows_nothing_of_credentials(story, tmp_path):
    """Kills: `console: false` for everybody, out of an answer that says nothing."""
    saved = str(tmp_path / "saved.json")
    assert story.run("snapshot", "--out", saved) == 0
    assert story.run("import", "--snapshot", saved, "--out", str(tmp_path / "spec")) == 0
    assert "console" not in (tmp_path / "spec" / "users.yaml").read_text(encoding="utf-8")
