"""A part of a plan: the choice of `--target` and `--exclude`, the entities that come along, and refused patterns."""

import pytest
from fake import FakeIam
from story import Story

from iamspec.commands import plan as commands
from iamspec.commands.options import Options

SPEC = """\
account: {id: '123456789012'}
groups: {devs: {policies: [deploy]}, ops: {}}
policies: {deploy: {document: ALLOW}}
users: {ann: {groups: [devs]}, bob: {groups: [ops]}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    story.plan(SPEC)
    return story


def made(story):
    return {section: story.names(section) for section in ("users", "groups", "policies") if story.names(section)}


def test_a_target_brings_along_what_it_cannot_do_without_and_says_what_it_skips(story, capsys):
    assert story.run("apply", "--auto-approve", "--target", "user/ann") == 0
    printed = capsys.readouterr()
    assert "Skipped, as not asked for:\n  group/ops\n  user/bob\n" in printed.out
    assert printed.err.endswith("proved: read again, and nothing is left to do for 123456789012\n")
    assert made(story) == {"users": ["ann"], "groups": ["devs"], "policies": ["deploy"]}


def test_targets_are_globs_whose_case_is_ignored_and_add_up(story):
    words = ("--target", "USER/B*", "--target", "group/ops", "--exclude", "user/ann")
    assert story.run("apply", "--auto-approve", *words) == 0
    assert made(story) == {"users": ["bob"], "groups": ["ops"]}


def test_drift_is_that_of_the_targets(story):
    assert story.run("apply", "--auto-approve", "--target", "group/ops") == 0
    assert story.run("drift", "--target", "group/o*") == 0
    assert story.run("drift", "--target", "group/*") == 2
    assert story.run("plan", "--detailed-exitcode", "--target", "group/ops") == 0
    assert story.run("plan", "--detailed-exitcode", "--target", "user/bob") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "ann"), '"ann" is no address; write KIND/NAME, as in user/alice or group/*'),
        (("--target", "user/eve"), "user/eve is neither declared nor live"),
        (("--target", "user/e*"), "user/e* matches nothing that is declared or live"),
        (("--target", "usr/*"), 'usr/*: no kind of entity is called "usr"; did you mean "user"?'),
        (("--exclude", "users/ann"), 'users/ann: no kind of entity is called "users"; did you mean "user"?'),
        (
            ("--target", "bucket/*"),
            'bucket/*: no kind of entity is called "bucket"; there are policy, identity-provider, group, user, instance-profile, role, account, password-policy',
        ),
    ],
)
def test_a_target_that_nobody_can_have_meant_is_an_error_and_not_a_silent_nothing(story, capsys, words, message):
    """Kills: an apply for `usr/*` that does nothing and says that all is well."""
    assert story.run("apply", "--auto-approve", *words) == 1
    assert (capsys.readouterr().err, story.iam.writes) == (f"error: {message}\n", [])


def test_an_exclusion_that_matches_nothing_is_none(tmp_path):
    story = Story(tmp_path, FakeIam())
    story.plan("account: {id: '123456789012'}\nusers: {ann: {}}\n")
    assert story.run("apply", "--auto-approve", "--exclude", "user/svc-*") == 0
    assert made(story) == {"users": ["ann"]}


def test_a_part_of_a_plan_follows_from_the_policies_as_they_stay(tmp_path):
    """Kills: an attachment in the order of a Deny, although the policy denies only after a change outside of this plan."""
    story = Story(tmp_path)
    story.policy("p")
    story.user("ann")
    spec = "policies: {p: {document: DENY}}\nusers: {ann: {policies: [p]}}\n"
    phases = [[step.phase.label for step in story.plan(spec).steps]]
    part = commands.plan([str(tmp_path)], story.iam, Options(targets=("user/*",)))
    phases.append([step.phase.label for step in part.steps])
    assert phases == [["update", "update"], ["grant"]]
