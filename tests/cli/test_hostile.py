"""Attacks in a pull request: on the job that reads it, and on the access of all administrators."""

import json
from typing import Any

import pytest
from story import AWS, Story

from iamspec.commands.validate import validate
from iamspec.desired.source import parse_document
from iamspec.errors import InvalidSpec, uncommanded
from iamspec.render.formats import FORMATS

ADMIN = "policies: [aws:AdministratorAccess]"


@pytest.fixture
def story(tmp_path) -> Story:
    story = Story(tmp_path)
    story.user("ann", policies=[f"{AWS}AdministratorAccess"])
    story.iam.caller_arn = "arn:aws:iam::123456789012:user/ann"
    return story


def complaints(story: Story, spec: str) -> list[str]:
    return [f"{one.guard} {one.address}: {one.message}" for one in story.plan(spec).complaints]


# Everybody shut out


def test_who_applies_does_not_lose_the_last_key(story):
    """Kills: a guard of one's own access that looks at policies alone."""
    story.iam.given("CreateAccessKey", UserName="ann")
    found = complaints(story, f"users: {{ann: {{{ADMIN}, access_keys: {{active: 0, force: true}}}}}}\n")
    assert [one.partition(":")[0] for one in found] == [
        "admin-quorum None",
        "recently-used user/ann",
        "self-lockout user/ann",
    ]


def test_an_administrator_as_whom_nobody_can_sign_in_is_none(story):
    """Kills: the last administrator in exchange for a new user with neither password nor key."""
    story.iam.caller_arn = "arn:aws:sts::123456789012:assumed-role/deploy/session"
    assert [one[:12] for one in complaints(story, f"users: {{ann: {{}}, decoy: {{{ADMIN}}}}}\n")] == ["admin-quorum"]
    assert complaints(story, f"users: {{ann: {{}}, zoe: {{{ADMIN}, console: true}}}}\n") == []


def test_who_applies_keeps_the_tags_that_a_policy_asks_for(story):
    """Kills: access by `aws:PrincipalTag` taken away with the tag."""
    asks = {"StringEquals": {"aws:PrincipalTag/role": "admin"}}
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": asks},
    }
    story.iam.given("PutUserPolicy", UserName="ann", PolicyName="p", PolicyDocument=json.dumps(document))
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": "role", "Value": "admin"}])
    spec = f"users: {{ann: {{{ADMIN}, tags: {{role: no}}, inline_policies: {{p: {json.dumps(document)}}}}}}}\n"
    assert complaints(story, spec) == [
        "self-lockout user/ann: these are your own credentials, and they would lose tags that a policy asks for"
    ]


# A job that never ends


def issues(tmp_path, spec: str) -> list[Any]:
    (tmp_path / "iamspec.yaml").write_text(spec, encoding="utf-8")
    with pytest.raises(InvalidSpec) as refused:
        validate([str(tmp_path)])
    return list(refused.value.issues)


def test_thousands_of_unknown_names_are_not_each_compared_with_thousands(tmp_path):
    """Kills: a minute for each thousand."""
    groups = "".join(f"  group-number-{one}: {{}}\n" for one in range(2000))
    users = "".join(f"  u{one}: {{groups: [group-numbr-x{one}]}}\n" for one in range(2000))
    found = issues(tmp_path, f"groups:\n{groups}users:\n{users}")
    assert (len(found), sum("did you mean" in one.message for one in found) < 100) == (
        2001,
        True,
    )  # and too many groups


def test_a_document_that_many_name_is_read_for_places_once_and_not_told_for_each_without_end(tmp_path):
    """Kills: one file of a hundred kilobytes, read anew for each place of each fault in it."""
    faulty = {"Effect": "Allow", "Action": "s3:*", "Resorce": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [faulty] * 200})
    (tmp_path / "p.json").write_text(text)
    users = "".join(f"  u{one}: {{inline_policies: {{p: {{file: p.json}}}}}}\n" for one in range(50))
    found = issues(tmp_path, f"users:\n{users}")
    assert sum("Resorce" in str(one) for one in found) <= 1200
    tree = parse_document(text, "p.json")
    tree.location(("Statement", 0))
    first = tree.placed
    tree.location(("Statement", 1))
    assert tree.placed is first


# Commands to the job


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::add-mask::secret", "\\x3a:add-mask::secret"),
        ("  ::set-output name=code::0", "  \\x3a:set-output name=code::0"),
        ("a ##[add-mask]x", "a \\x23#[add-mask]x"),
        ("##vso[task.setvariable]x", "\\x23#vso[task.setvariable]x"),
        ("::1/128", "::1/128"),
        ("arn:aws:iam::123456789012:user/a::b", "arn:aws:iam::123456789012:user/a::b"),
        ("## heading", "## heading"),
    ],
)
def test_no_line_is_a_command_to_a_job(text, shown):
    """Kills: a file name or a value of a condition that masks words in the log, or sets an output of its step."""
    assert uncommanded(text) == shown


def test_a_file_name_commands_nothing(tmp_path, capsys, monkeypatch):
    (tmp_path / "::set-output name=code::0.yaml").write_text("usrs: {}\n")
    monkeypatch.chdir(tmp_path)
    assert Story(tmp_path).run("validate") == 1
    assert not any(line.lstrip().startswith("::") for line in capsys.readouterr().err.splitlines())


def test_a_value_of_a_condition_commands_nothing(story):
    condition = {"StringEquals": {"aws:RequestTag/x": ["::add-mask::AdministratorAccess", "b"]}}
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition},
    }
    plan = story.plan(f"users: {{ann: {{{ADMIN}}}}}\npolicies: {{p: {{document: {json.dumps(document)}}}}}\n")
    shown = str(FORMATS["text"](plan, mode="plan", colour=False))
    assert "add-mask" in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
