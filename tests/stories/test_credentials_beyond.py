"""A credential that the spec does not want is drift, though apply leaves it alone."""

import json
from datetime import timedelta

import pytest
from story import ACCOUNT, Story, seen

CLEAN = "No drift: account 123456789012 is what the spec says."


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def key(story, name="ci"):
    """The id of a new access key of the user."""
    before = set(story.iam.state.user(name).keys)
    story.iam.given("CreateAccessKey", UserName=name)
    (made,) = set(story.iam.state.user(name).keys) - before
    return made


def user(settings):
    return f"{ACCOUNT}users: {{ci: {{{settings}}}}}\n"


def drift(story, spec, capsys, *words):
    """The exit code of drift, and its last sentence."""
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    code = story.run("drift", str(story.folder), *words)
    lines = capsys.readouterr().out.splitlines()
    return code, next(line for line in reversed(lines) if line.startswith(("Drift in", "No drift")))


BEYOND = "Drift in account 123456789012: 1 credential beyond the spec"


@pytest.mark.parametrize(
    "settings", ["access_keys: 1", "access_keys: {active: 1, rotate_after_days: 90}"], ids=["counted", "rotated"]
)
def test_a_second_active_key_is_drift_and_stays(story, capsys, settings):
    """Kills: "No drift" beside the key of an intruder."""
    story.user("ci")
    first = key(story)
    assert drift(story, user(settings), capsys) == (0, CLEAN)
    story.iam.state.clock += timedelta(days=3)
    second = key(story)
    assert drift(story, user(settings), capsys) == (2, BEYOND)
    stops = (
        f"user/ci: the rotation stops: {first} (made on 2026-01-01, never used) and {second} (made on 2026-01-04, never "
        "used) are both active, and no rotation made the second; delete the key without an owner, or set the tag "
        "iamspec:rotation of the user to the id of the newer key"
    )
    assert story.applied(user(settings)) == {
        "excess": [f"user/ci: access key {second}"],
        "notes": [
            *([stops] if "rotate" in settings else []),
            f"user/ci: access key {second} is one more than the spec says; it is left alone",
        ],
    }


def test_a_sleeping_key_is_no_drift(story, capsys):
    story.user("ci")
    key(story)
    story.iam.given("UpdateAccessKey", UserName="ci", AccessKeyId=key(story), Status="Inactive")
    assert drift(story, user("access_keys: 1"), capsys) == (0, CLEAN)


def test_keys_that_the_spec_does_not_manage_are_no_drift(story, capsys):
    story.user("ci")
    key(story)
    key(story)
    assert drift(story, user(""), capsys) == (0, CLEAN)
    assert drift(story, user("access_keys: 2"), capsys) == (0, CLEAN)


def test_a_key_in_use_that_apply_does_not_take_away_is_drift(story, capsys):
    """Kills: a key where the spec says none, unseen for as long as somebody uses it every day."""
    story.user("ci")
    made = key(story)
    story.iam.state.user("ci").keys[made].used = story.iam.state.clock
    assert drift(story, user("access_keys: 0"), capsys) == (2, BEYOND)
    assert seen(story.plan(user("access_keys: 0")))["excess"] == [f"user/ci: access key {made}"]


def test_a_password_where_the_spec_says_none_is_drift(story, capsys):
    story.user("ci")
    story.iam.given("CreateLoginProfile", UserName="ci", Password="by-Hand-7-and-long")
    last = "Drift in account 123456789012: 1 changed"
    assert drift(story, user("console: false"), capsys) == (2, last)
    assert drift(story, user(""), capsys) == (0, CLEAN)


def test_the_keys_of_a_user_to_be_suspended_are_changes_and_not_counted_again(story, capsys):
    """Kills: drift that counts one key twice."""
    story.user("ci")
    key(story)
    key(story)
    assert seen(story.plan(user("access_keys: 1, suspended: true"))).get("excess") is None


def test_a_part_of_a_plan_has_the_credentials_of_that_part(story, capsys):
    story.user("ci")
    story.user("bob")
    key(story)
    key(story)
    spec = f"{ACCOUNT}users: {{ci: {{access_keys: 1}}, bob: {{}}}}\n"
    assert drift(story, spec, capsys, "--target", "user/ci") == (2, BEYOND)
    assert drift(story, spec, capsys, "--target", "user/bob")[0] == 0


def test_a_saved_plan_says_so_too(story, capsys):
    """Kills: a plan file that forgets the credentials, or that cannot be read."""
    story.user("ci")
    key(story)
    second = key(story)
    (story.folder / "iamspec.yaml").write_text(user("access_keys: 1, path: /x/"), encoding="utf-8")
    file = story.folder / "plan.json"
    assert story.run("plan", str(story.folder), "--out", str(file)) == 0
    found = json.loads(file.read_text(encoding="utf-8"))["excess"]
    assert found == [{"address": "user/ci", "credential": f"access key {second}"}]
    assert story.run("apply", str(file), "--auto-approve", "--journal", str(story.folder / "j")) == 0
