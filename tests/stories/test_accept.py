"""`iamspec accept` writes live entities into an existing spec, and keeps comments and order."""

import json

import pytest
from story import ACCOUNT, ALLOW, AWS, OWN, QUARANTINE, Story

ADMINISTRATOR = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SETTINGS = f"# the settings\n{ACCOUNT}"
PEOPLE = """\
# who works here
users:
  ann:             # the first
    path: /eng/
    groups: [ops]  # two more to come
    tags: {team: platform, on: NO, zip: 0042}
  # nobody is below
groups:
  ops: {}
  closed: {members: [ann]}   # exactly these
"""


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    for name in ("ops", "closed"):
        story.group(name)
    story.user("ann", "/eng/", groups=["ops", "closed"])
    tags = {"team": "platform", "on": "NO", "zip": "0042"}
    story.iam.given("TagUser", UserName="ann", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    write(story, SETTINGS, PEOPLE)
    return story


def write(story, settings, people):
    (story.folder / "iamspec.yaml").write_text(settings, encoding="utf-8")
    (story.folder / "people.yaml").write_text(people, encoding="utf-8")


def people(story):
    return (story.folder / "people.yaml").read_text(encoding="utf-8")


def accepted(story, *words, code=0):
    assert story.run("accept", *words, "--spec", str(story.folder)) == code
    assert story.iam.writes == []


def drift(story):
    return story.run("drift", str(story.folder))


def test_an_undeclared_user_is_written_into_the_file_of_the_users(story, capsys):
    """Kills: a file that loses its comments, its order or its quotes."""
    story.user("bob", groups=["ops", "closed"])
    story.iam.given("TagUser", UserName="bob", Tags=[{"Key": "zip", "Value": "0123"}])
    accepted(story, "user/bob")
    shown = capsys.readouterr()
    assert shown.out.startswith("becomes official: user/bob: no administrator; no password, no active key; created ")
    assert shown.err == f"wrote {story.folder}/people.yaml\nthe plan for user/bob is empty\n"
    lines = people(story).splitlines()
    assert [line for line in PEOPLE.splitlines() if line not in lines] == [
        "  closed: {members: [ann]}   # exactly these"
    ]
    assert "  closed: {members: [ann, bob]} # exactly these" in lines
    assert '      zip: "0123"' in lines
    assert drift(story) == 0


def test_a_change_of_a_declared_user_is_written_where_it_stands(story, capsys):
    """Kills: an entity that is written anew, without the lines that its author thought about.

    Kills as well: printed lines, such as `access_keys: 0`, that no
    file gets.
    """
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=f"{AWS}ReadOnlyAccess")
    story.iam.given("RemoveUserFromGroup", UserName="ann", GroupName="ops")
    story.iam.given("UntagUser", UserName="ann", TagKeys=["zip"])
    story.iam.given("UpdateUser", UserName="ann", NewPath="/x/")
    accepted(story, "user/ann")
    printed = capsys.readouterr().out.splitlines()
    assert printed[1:] == [
        "    users:",
        "      ann:",
        "        path: /x/",
        "        groups: []",
        "        tags:",
        "          team: platform",
        "          'on': 'NO'",
        "        policies: ['aws:ReadOnlyAccess']",
    ]
    text = people(story)
    for line in ("# who works here", "  ann:             # the first", "    path: /x/", "  # nobody is below"):
        assert line in text.splitlines()
    assert "tags: {team: platform, on: NO}" in text
    assert drift(story) == 0


DANGERS = {
    "administrator": lambda story: story.user("eve", policies=[f"{AWS}AdministratorAccess"]),
    "escalation": lambda story: story.user("eve", policies=[f"{AWS}IAMFullAccess"]),
    "suspended": lambda story: story.user("eve", policies=[QUARANTINE]),
    "credentials": lambda story: (story.user("eve"), story.iam.given("CreateAccessKey", UserName="eve")),
}


@pytest.mark.parametrize("danger", DANGERS)
def test_what_is_dangerous_is_refused_unless_it_is_named(story, capsys, danger):
    """Kills: an intruder whom one command makes official."""
    DANGERS[danger](story)
    accepted(story, "user/eve", code=1)
    said = capsys.readouterr().err
    assert f"if that is meant, pass --even-if {danger}" in said
    assert people(story) == PEOPLE
    if danger != "suspended":  # a quarantine is always drift
        accepted(story, "user/eve", "--even-if", danger)
        assert drift(story) == 0


def test_an_intruder_is_accepted_only_if_every_danger_is_named(story, capsys):
    story.user("eve", policies=[f"{AWS}AdministratorAccess"])
    story.iam.given("CreateLoginProfile", UserName="eve", Password="Secret-1234567")
    story.iam.given("CreateAccessKey", UserName="eve")
    accepted(story, "eve", "--even-if", "administrator", code=1)
    assert "--even-if credentials" in capsys.readouterr().err
    accepted(story, "eve", "--even-if", "administrator,credentials")
    assert "    console: true\n    access_keys:\n      active: 1\n" in people(story) or "access_keys: 1" in people(
        story
    )
    assert drift(story) == 0


def test_a_policy_that_makes_administrators_is_refused(story, capsys):
    story.policy("all", document=ADMINISTRATOR)
    accepted(story, "policy/all", code=1)
    assert "--even-if administrator" in capsys.readouterr().err
    accepted(story, "policy/all", "--even-if", "administrator")
    assert drift(story) == 0


def test_a_second_key_is_accepted_as_a_credential(story, capsys):
    write(story, SETTINGS, PEOPLE.replace("path: /eng/", "path: /eng/\n    access_keys: 1"))
    for _ in range(2):
        story.iam.given("CreateAccessKey", UserName="ann")
    accepted(story, "user/ann", code=1)
    assert "--even-if credentials" in capsys.readouterr().err
    accepted(story, "user/ann", "--even-if", "credentials")
    assert "    access_keys: 2\n" in people(story)
    assert drift(story) == 0


def refused(story, capsys, *words, settings=SETTINGS, text=PEOPLE):
    write(story, settings, text)
    capsys.readouterr()
    accepted(story, *words, code=1)
    assert people(story) == text
    return capsys.readouterr().err


def test_what_cannot_be_accepted_is_refused_with_the_reason(story, capsys):
    story.user("bob")
    assert "there is nothing to accept" in refused(story, capsys, "user/ann")
    assert "user/nobody is not live" in refused(story, capsys, "user/nobody")
    assert "is no address of one entity" in refused(story, capsys, "user/*")
    scope = "scope: {exclude: {users: [bob]}}\n"
    assert "user/bob is out of scope" in refused(story, capsys, "user/bob", settings=f"{SETTINGS}{scope}")
    absent = "absent: {users: {bob: 2027-01-01}}\n"
    assert "take the tombstone out first" in refused(story, capsys, "user/bob", settings=f"{SETTINGS}{absent}")
    external = PEOPLE.replace("  # nobody", "  bob: {external: true}\n  # nobody")
    assert "user/bob is external" in refused(story, capsys, "user/bob", text=external)
    assert 'there is no danger "all"' in refused(story, capsys, "user/bob", "--even-if", "all")


def test_a_document_from_elsewhere_is_refused_with_the_lines_to_paste(story, capsys):
    """Kills: an edit that breaks the link between a spec and its document."""
    story.policy("read")
    (story.folder / "read.json").write_text(json.dumps(ALLOW).replace("GetObject", "PutObject"), encoding="utf-8")
    text = f"{PEOPLE}policies:\n  read: {{document: {{file: read.json}}}}\n"
    said = refused(story, capsys, "policy/read", text=text)
    assert "policy/read: document is taken from read.json" in said
    assert "Action: s3:GetObject" in said


@pytest.mark.parametrize(
    "text",
    [
        PEOPLE.replace("  ann:             # the first\n", "  ann: &ann\n").replace(
            "  # nobody", "  dan: *ann\n  # nobody"
        ),
        "x-a: &x {path: /eng/}\n" + PEOPLE.replace("    path: /eng/\n", "    <<: *x\n"),
        PEOPLE.replace("groups: [ops]", "groups: &g [ops]"),
    ],
    ids=["an entity with an anchor", "merged keys", "a list with an anchor"],
)
def test_an_edit_that_would_change_another_place_is_refused_with_the_lines_to_paste(story, capsys, text):
    """Kills: an acceptance for ann that gives dan the same."""
    if "dan" in text:
        story.user("dan", "/eng/", groups=["ops"])
    story.group("new")
    story.iam.given("AddUserToGroup", UserName="ann", GroupName="new")
    write(story, SETTINGS, text.replace("  ops: {}", "  ops: {}\n  new: {}"))
    said = refused(story, capsys, "user/ann", text=text.replace("  ops: {}", "  ops: {}\n  new: {}"))
    assert "change the file by hand. Lines that say what is live:\nusers:\n  ann:\n" in said


def test_what_a_copy_gives_cannot_be_taken_away_and_nothing_is_written(story, capsys):
    """Kills: a file that is half edited, and an acceptance after which the plan is not empty."""
    story.user("dan")
    story.iam.given("AddUserToGroup", UserName="dan", GroupName="closed")
    text = PEOPLE.replace("  # nobody", "  dan: {copy_permissions_from: ann}\n  # nobody").replace(
        "[ann]}", "[ann, dan]}"
    )
    said = refused(story, capsys, "user/dan", text=text)
    assert "groups has ops from elsewhere, such as copy_permissions_from" in said


def test_the_mode_of_the_file_stays(story):
    file = story.folder / "people.yaml"
    file.chmod(0o640)
    story.user("bob")
    accepted(story, "user/bob")
    assert file.stat().st_mode & 0o777 == 0o640
    assert OWN not in people(story)


def test_an_identity_provider_is_a_trust_in_outsiders(story, capsys):
    """Kills: a door for tokens of somebody else, made official by a command that refuses roles with such a trust."""
    story.iam.given("CreateOpenIDConnectProvider", Url="https://evil.example", ClientIDList=["sts.amazonaws.com"])
    write(story, f"{SETTINGS}scope: {{users: ['*'], groups: ['*'], identity_providers: ['*']}}\n", PEOPLE)
    (story.folder / "people.yaml").write_text(f"{PEOPLE}identity_providers: {{}}\n", encoding="utf-8")
    accepted(story, "identity-provider/evil.example", code=1)
    assert capsys.readouterr().err.startswith(
        "error: identity-provider/evil.example lets people and jobs from outside of the account in, where a role trusts it"
    )
    accepted(story, "identity-provider/evil.example", "--even-if", "trust")
    assert drift(story) == 0


def test_lines_of_windows_stay_lines_of_windows(story):
    """Kills: a file of which every line is another one, for a group more."""
    (story.folder / "people.yaml").write_bytes(PEOPLE.replace("\n", "\r\n").encode())
    story.group("devs")
    accepted(story, "group/devs")
    assert (story.folder / "people.yaml").read_bytes() == f"{PEOPLE}  devs: {{}}\n".replace("\n", "\r\n").encode()


def test_a_user_who_is_to_be_renamed_in_case_only_is_renamed_first(story, capsys):
    """Kills: a line `name:`, which no spec has, and a reason that explains nothing."""
    write(story, SETTINGS, PEOPLE.replace("  ann: ", "  Ann: ").replace("[ann]", "[Ann]"))
    accepted(story, "user/ann", code=1)
    assert capsys.readouterr().err == "error: user/ann is to be renamed to user/Ann; apply that first\n"


def test_a_deny_that_live_iam_has_opened_is_dangerous(story, capsys):
    """Kills: an administrator made official by the policy that should have restricted it, which itself allows little."""
    story.policy("all", document=ADMINISTRATOR)
    story.policy("limit", document=ALLOW)
    story.user("bob", policies=[f"{OWN}all", f"{OWN}limit"])
    deny = json.dumps({**ALLOW, "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]})
    bob = PEOPLE.replace("  # nobody is below", "  bob: {policies: [all, limit]}")
    write(story, SETTINGS, f"{bob}policies: {{all: {{external: true}}, limit: {{document: {deny}}}}}\n")
    accepted(story, "policy/limit", code=1)
    assert capsys.readouterr().err == (
        "error: policy/limit leaves user/bob an administrator, which the spec does not; if that is meant, pass --even-if "
        "administrator\n"
    )
    accepted(story, "policy/limit", "--even-if", "administrator")
    told = "it leaves user/bob an administrator, which the spec does not"
    assert told in capsys.readouterr().out.splitlines()[0]
