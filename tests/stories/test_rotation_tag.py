"""A rotation knows its key by the tag `iamspec:rotation`: an intruder's key is drift, and stops the rotation."""

import json
from datetime import timedelta
from threading import Event

import pytest
from journals import lines, run, through_its_file, undoing
from story import ACCOUNT, Story, seen
from vault import Vault, delivered

from iamspec.apply.delivery import Delivery
from iamspec.commands import permissions
from iamspec.commands.apply import run as run_plan
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.plan.secrets import deferred
from iamspec.render.awscli import awscli

SPEC = f"{ACCOUNT}users: {{ci: {{access_keys: {{active: 1, rotate_after_days: 90, overlap_days: 7}}}}}}\n"
DAY = timedelta(days=1)
CURE = "delete the key without an owner, or set the tag iamspec:rotation of the user to the id of the newer key"


@pytest.fixture
def story(tmp_path, monkeypatch):
    """An account with a user whose key is due."""
    monkeypatch.chdir(tmp_path)
    story = Story(tmp_path)
    story.user("ci")
    story.iam.given("CreateAccessKey", UserName="ci")
    story.iam.state.clock += 95 * DAY
    return story


def keys(story):
    return list(story.iam.state.user("ci").keys)


def tag(story):
    return story.iam.state.user("ci").tags.get("iamspec:rotation")


def operations(outcomes):
    return [f"{one.step.call.operation} {one.status.value}" for one in outcomes]


def test_the_key_of_a_rotation_stands_in_the_tag_of_its_user(story):
    plan = story.plan(SPEC)
    assert [step.call for step in plan.steps] == [
        Call("CreateAccessKey", {"UserName": "ci"}),
        Call("TagUser", {"UserName": "ci", "Tags": [{"Key": "iamspec:rotation", "Value": "the-new-access-key"}]}),
    ]
    assert operations(delivered(plan, story.iam)) == ["CreateAccessKey done", "TagUser done"]
    assert tag(story) == keys(story)[1]
    assert seen(story.plan(SPEC)).keys() == {"notes"}


def test_the_first_key_of_a_user_needs_no_tag(story):
    spec = SPEC.replace("users: {", "users: {new: {access_keys: {active: 1, rotate_after_days: 90}}, ")
    made = [step.call.operation for step in story.plan(spec).steps if step.address.name == "new"]
    assert made == ["CreateUser", "CreateAccessKey"]


def test_a_second_key_of_an_intruder_on_the_day_of_the_rotation_is_drift(story, capsys):
    """Kills: the key of the owner put to sleep and deleted, and that of the intruder kept."""
    story.iam.given("CreateAccessKey", UserName="ci")
    own, foreign = keys(story)
    story.iam.state.user("ci").keys[foreign].used = story.iam.state.clock
    story.iam.state.clock += 8 * DAY  # the overlap is over, too
    plan = story.plan(SPEC)
    stops = (
        f"user/ci: the rotation stops: {own} (made on 2026-01-01, never used) and {foreign} (made on 2026-04-06, "
        f"last used on 2026-04-06) are both active, and no rotation made the second; {CURE}"
    )
    assert seen(plan) == {
        "excess": [f"user/ci: access key {foreign}"],
        "notes": [
            stops,
            f"user/ci: access key {foreign} is one more than the spec says; it is left alone",
            f"user/ci: access key {own} is to be rotated, but IAM has no room for another: delete one",
        ],
    }
    assert story.run("drift", str(story.folder)) == 2
    assert stops in capsys.readouterr().out.replace("\n", " ")


def test_an_intruder_who_puts_the_owners_key_to_sleep_is_drift_as_well(story):
    """Kills: a key of an intruder that counts as the key of the spec."""
    story.iam.given("CreateAccessKey", UserName="ci")
    own, foreign = keys(story)
    story.iam.given("UpdateAccessKey", UserName="ci", AccessKeyId=own, Status="Inactive")
    found = seen(story.plan(SPEC))
    assert (found["excess"], "changes" in found) == ([f"user/ci: access key {foreign}"], False)


def test_the_tag_of_an_earlier_rotation_covers_no_other_key(story):
    """Kills: any value of the tag counts."""
    delivered(story.plan(SPEC), story.iam)
    old, rotated = keys(story)
    story.iam.given("DeleteAccessKey", UserName="ci", AccessKeyId=old)
    story.iam.state.clock += 91 * DAY
    story.iam.given("CreateAccessKey", UserName="ci")
    (foreign,) = set(keys(story)) - {rotated}
    assert tag(story) == rotated
    assert seen(story.plan(SPEC))["excess"] == [f"user/ci: access key {foreign}"]


def test_a_key_without_its_tag_does_not_stay(story):
    """Kills: a delivered key that stops the next rotation, because the second write failed."""

    def refused(call):
        return IamError("TagUser", "AccessDenied", "not allowed") if call.operation == "TagUser" else None

    vault, story.iam.fail = Vault(), refused
    before = keys(story)
    outcomes = delivered(story.plan(SPEC), story.iam, vault)
    made = vault.held
    assert operations(outcomes) == ["CreateAccessKey done", "TagUser failed"]
    assert outcomes[1].reason.startswith("TagUser: AccessDenied: not allowed; the new access key AKIA")
    assert outcomes[1].reason.endswith(" was deleted again")
    assert not outcomes[1].unclear
    assert (keys(story), made) == (before, {})


def test_a_key_that_stays_without_its_tag_is_named(story):
    def refused(call):
        if call.operation in {"TagUser", "DeleteAccessKey"}:
            return IamError(call.operation, "AccessDenied", "not allowed")
        return None

    vault, story.iam.fail = Vault(), refused
    outcomes = delivered(story.plan(SPEC), story.iam, vault)
    made = keys(story)[1]
    reason = f"TagUser: AccessDenied: not allowed; and the new access key {made} works, and the tag does not name it"
    assert (outcomes[1].reason, outcomes[1].unclear) == (reason, True)
    assert vault.held["ci"][0].key_id == made


def test_an_interrupt_after_the_key_does_not_leave_it_without_its_tag(story):
    """Kills: Ctrl-C between the two writes, after which the rotation stands still for good."""
    plan, stop = story.plan(SPEC), Event()
    story.iam.fail = lambda call: stop.set() if call.operation == "CreateAccessKey" else None
    delivery = Delivery(story.iam, Vault(), plan.plan, plan.live)
    outcomes = list(run_plan(plan, delivery, parallelism=1, stop=stop))
    assert operations(outcomes) == ["CreateAccessKey done", "TagUser done"]


def test_a_saved_rotation_is_the_same_rotation(story):
    saved = through_its_file(story.plan(SPEC), story.iam)
    delivered(saved, story.iam)
    assert tag(story) == keys(story)[1]


def test_what_waits_for_a_place_for_secrets_is_both_writes(story):
    assert deferred(story.plan(SPEC).plan).steps == ()


def test_the_journal_has_both_writes_and_an_undo_takes_both_back(story, tmp_path):
    """Kills: a tag that names a key which is gone."""
    before, path = keys(story), tmp_path / "journal.jsonl"
    plan = story.plan(SPEC)
    run(plan, Delivery(story.iam, Vault(), plan.plan, plan.live), path)
    made = keys(story)[1]
    done = [(one["operation"], one["id"]) for one in lines(path) if one["record"] == "call"]
    assert done == [("CreateAccessKey", made), ("TagUser", "")]
    assert "secret-of" not in path.read_text(encoding="utf-8")
    back = undoing(path, story.iam)
    assert [step.call.operation for step in back.steps] == ["DeleteAccessKey", "UntagUser"]
    delivered(back, story.iam)
    assert (keys(story), tag(story)) == (before, None)


def test_the_permissions_of_a_rotation_have_both_writes(story, tmp_path):
    story.plan(SPEC)
    document = permissions.to_apply([str(tmp_path)], lambda: story.iam)[0].document
    allowed = {action for one in document["Statement"] for action in _listed(one["Action"])}
    assert {"iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:TagUser"} <= allowed


def test_a_person_writes_the_id_of_the_key_that_was_made(story):
    """Kills: commands of the AWS CLI that write a placeholder into a tag."""
    assert awscli(story.plan(SPEC)).splitlines()[-2:] == [
        "aws iam create-access-key --user-name ci",
        'aws iam tag-user --user-name ci --tags "Key=iamspec:rotation,Value=${ACCESS_KEY_ID:?}"',
    ]


def test_two_old_keys_in_use_are_both_reported(story, capsys):
    """Kills: "Nothing to do", and not a word about the age of the second."""
    story.iam.given("CreateAccessKey", UserName="ci")
    story.iam.state.clock += 200 * DAY
    for key in story.iam.state.user("ci").keys.values():
        key.used = story.iam.state.clock
    story.plan(SPEC)
    assert story.run("plan", str(story.folder)) == 0
    shown = " ".join(capsys.readouterr().out.split())
    first, second = keys(story)
    for key, day in ((first, "2026-01-01"), (second, "2026-04-06")):
        assert f"{key} (made on {day}, last used on 2026-10-23)" in shown
        assert f"access key {key} is to be rotated" in shown


def test_the_plan_is_json_without_an_id_that_nobody_knows(story, capsys):
    story.plan(SPEC)
    assert story.run("plan", str(story.folder), "--format", "json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [one["params"].get("Tags") for one in steps] == [
        None,
        [{"Key": "iamspec:rotation", "Value": "the-new-access-key"}],
    ]


def _listed(value):
    return value if isinstance(value, list) else [value]
