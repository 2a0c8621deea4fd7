"""The first files of a spec: they are valid, a refused folder stays as it was, and only --import asks an account."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml
from fake import FakeIam
from places import ROOT
from story import AWS
from test_schemas import complaints

from iamspec.cli import main
from iamspec.cli.starting import checked_id
from iamspec.commands.plan import plan
from iamspec.commands.validate import validate
from iamspec.desired.tree import plain
from iamspec.errors import IamError

ACCOUNT = "123456789012"


def nobody(*_, **__):
    raise AssertionError("an account was asked")


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_text() for path in sorted(Path(folder).rglob("*")) if path.is_file()
    }


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path


def init(*words, connect=nobody):
    return main(["init", *words], connect=connect)


# A start with names to edit


@pytest.mark.parametrize("words", [["iam"], ["iam", "--account", ACCOUNT], ["."], ["deep/er", "--account", ACCOUNT]])
def test_what_init_leaves_is_valid_without_a_warning(words, here):
    """Kills: a first file that validate refuses, or that an editor underlines."""
    assert init(*words) == 0
    spec, warnings = validate([words[0]])
    assert warnings == []
    assert sorted(map(str, spec.entities)) == [
        "account/alias",
        "group/administrators",
        "group/developers",
        "password-policy/account",
        "user/ana",
        "user/ben",
    ]
    assert (spec.settings.account.id, spec.settings.prune) == (ACCOUNT if "--account" in words else None, False)
    for name, text in tree(words[0]).items():
        if name.endswith(".yaml"):
            assert complaints(text) == [], name


def test_editors_find_the_schema_and_git_ignores_secrets(here):
    init("iam")
    first = (here / "iam/users.yaml").read_text().splitlines()[0]
    schema = here / "iam" / first.removeprefix("# yaml-language-server: $schema=")
    assert schema.read_text() == (ROOT / "schemas/iamspec.schema.json").read_text()
    assert {".iamspec/", "handover/"} <= set((here / "iam/.gitignore").read_text().splitlines())


def test_init_prints_the_next_command(here, capsys):
    assert init("iam") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-4:] == [
        "Change the names in users.yaml and groups.yaml. Next",
        "  iamspec validate iam                 checks the files",
        "  iamspec sandbox -- iamspec plan iam  tries them on this machine",
        "  iamspec plan iam                     shows what apply would do",
    ]
    assert max(map(len, lines)) <= 80


def test_a_start_goes_through_to_an_apply(here):
    """Kills: a first spec that validates and cannot be applied."""
    init("iam", "--account", ACCOUNT)
    iam = FakeIam()
    words = ["apply", "iam", "--auto-approve", "--credentials-out", "handover", "--allow", "admin-quorum"]
    assert main(words, connect=lambda *_, **__: iam) == 0
    assert plan(["iam"], iam).plan.changes == ()


def test_what_init_leaves_can_be_applied_with_nothing_but_names_edited(here, capsys):
    """Kills: a start that validates, and that an account then refuses."""
    assert init("iam", "--account", ACCOUNT) == 0
    users = here / "iam" / "users.yaml"
    users.write_text(users.read_text().replace("ana:", "zoe:").replace("ben:", "yan:"))
    iam = FakeIam()
    for words in (
        ["validate", "iam"],
        ["plan", "iam"],
        ["apply", "iam", "--auto-approve", "--credentials-out", "keys"],
        ["plan", "iam", "--detailed-exitcode"],
    ):
        assert main(words, connect=lambda *_, **__: iam) == 0, capsys.readouterr().err
    assert sorted(iam.dump()["users"]) == ["yan", "zoe"]
    assert sorted(tree("keys")) == ["yan.csv", "zoe.csv"]


# Refusals


@pytest.mark.parametrize("name", ["users.yaml", ".hidden", "folder/file"])
def test_a_folder_with_files_is_refused_and_stays_as_it_is(name, here, capsys):
    path = here / "iam" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert init("iam") == 1
    assert tree(here) == {f"iam/{name}": "mine"}
    told = "init overwrites nothing; name a new folder, as in `iamspec init iam-spec`"
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("name", [".git", ".iamspec"])
def test_an_empty_repository_is_an_empty_folder_and_journals_are_no_files(name, here):
    """Kills: an init that refuses a folder with journals of another spec."""
    (here / name).mkdir()
    assert init() == 0
    assert (here / "iamspec.yaml").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["iam", "--account", "12345"], "an account id has 12 digits"),
        (["iam", "--account", "١٢٣٤٥٦٧٨٩٠١٢"], "an account id has 12 digits"),
        (["file"], "file is a file; name a new folder, as in `iamspec init iam`"),
        (["iam", "--ci", "jenkins"], "'jenkins' is not one of"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(words, message, here, capsys):
    (here / "file").write_text("")
    assert init(*words) == 1
    assert message in capsys.readouterr().err
    assert tree(here) == {"file": ""}


def test_in_an_empty_folder_every_command_names_init(here, capsys):
    for command in ("validate", "plan", "drift", "apply", "lint"):
        assert main([command], connect=lambda *_, **__: FakeIam()) == 1
        assert "`iamspec init` begins a spec" in capsys.readouterr().err


# What is live


def account():
    iam = FakeIam()
    iam.given("CreateGroup", GroupName="devs")
    iam.given("CreateUser", UserName="ana")
    iam.given("AddUserToGroup", UserName="ana", GroupName="devs")
    iam.given("AttachGroupPolicy", GroupName="devs", PolicyArn=f"{AWS}ReadOnlyAccess")
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    iam.given("CreatePolicy", PolicyName="deploy", PolicyDocument=text)
    return iam


def test_an_import_writes_what_is_live_and_proves_it(here, capsys):
    """Kills: a first plan that wants to change an account that nobody touched."""
    iam = account()
    assert init("iam", "--import", "--account", ACCOUNT, connect=lambda *_, **__: iam) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Read 1 user, 1 group, 1 policy of account {ACCOUNT}."
    assert "The plan is empty: the files say what the account is." in lines
    assert lines[-4:] == [
        "Next",
        "  git add iam && git commit -m 'IAM as it is'",
        "  iamspec plan iam    shows what a change to the files would do",
        "  iamspec status iam  shows what to mend first",
    ]
    assert iam.writes == []
    assert validate(["iam"])[1] == []
    policy = (here / "iam/policies/deploy.yaml").read_text()
    assert policy.startswith("# yaml-language-server: $schema=../.iamspec.schema.json\n")


def test_an_import_of_another_account_or_one_that_fails_writes_nothing(here, capsys):
    iam = account()
    assert init("iam", "--import", "--account", "999999999999", connect=lambda *_, **__: iam) == 1
    assert "--account 999999999999: the credentials are for 123456789012" in capsys.readouterr().err
    iam.fail = lambda call: IamError(call.operation, "AccessDenied", "no")
    assert init("iam", "--import", connect=lambda *_, **__: iam) == 1
    assert tree(here) == {}


# In CI


@pytest.mark.parametrize(("ci", "path"), [("github", ".github/workflows/iam.yml"), ("gitlab", ".gitlab-ci.yml")])
def test_a_workflow_stands_at_the_root_and_knows_the_folder(ci, path, here, capsys):
    (here / ".git").mkdir()
    assert init("infra/iam", "--ci", ci) == 0
    text = (here / path).read_text()
    assert 'SPEC: "infra/iam"' in text
    yaml.safe_load(text)
    out = " ".join(capsys.readouterr().out.replace("\\\n", " ").split())
    assert re.search(r"iamspec apply \S+iamspec-roles\.yaml --allow external-trust:identity-provider/", out)
    validate(["infra/iam"])


def test_a_workflow_that_is_there_is_kept_and_nothing_is_written(here, capsys):
    (here / ".git").mkdir()
    (here / ".gitlab-ci.yml").write_text("mine")
    assert init("iam", "--ci", "gitlab") == 1
    assert tree(here) == {".gitlab-ci.yml": "mine"}
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_packaged_workflow_is_the_example(ci):
    """Kills: a fix of the example that nobody who runs init gets."""
    name = {"github": "github-actions.yml", "gitlab": "gitlab-ci.yml"}[ci]
    packaged = ROOT / "iamspec/commands/data" / name
    assert packaged.read_text() == (ROOT / "examples/ci" / name).read_text()


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_roles_trust_one_repository_and_have_the_policies_that_iamspec_prints(ci, here):
    """Kills: a role that any repository can assume."""
    from iamspec.commands.ci_roles import APPLY, CLOCK, PLAN, spec
    from iamspec.desired.trusts import trusts
    from iamspec.review.permissions import ending, managing, reading

    (here / "roles.yaml").write_text(spec(ci, "roles.yaml", "acme/iam"), encoding="utf-8")
    read, warnings = validate(["roles.yaml"])
    assert warnings == []
    known = {"account_id": "123456789012", "partition": "aws"}
    found = {one.declared.address.name: one.document.data["Statement"] for one in trusts(read, known)}
    assert sorted(found) == [APPLY, CLOCK, PLAN]
    for name, expected in ((PLAN, reading()), (APPLY, managing()), (CLOCK, ending())):
        subjects = [
            value
            for statement in found[name]
            for tests in statement["Condition"].values()
            for key, value in tests.items()
            if key.endswith(":sub")
        ]
        assert subjects
        assert all("acme/iam" in one for one in subjects)
        assert name == PLAN or "*" not in str(subjects)
        (policy,) = [one for one in read.of("policy") if one.address.name == name]
        assert plain(policy.shape.document) == expected.document


@pytest.mark.parametrize("words", [(), ("--import",)])
def test_the_role_of_the_nights_may_do_what_the_imported_spec_asks_for(words, here):
    """Kills: a nightly role that may make keys for every user of an account in which no key rotates."""
    iam = account()
    assert init("iam", "--ci", "github", *words, connect=lambda *_, **__: iam) == 0
    text = (here / ".github/iamspec-roles.yaml").read_text()
    allowed = str(yaml.safe_load(text)["policies"]["iamspec-clock"]["document"])
    assert ("CreateAccessKey" in allowed, "for the spec as it is today" in text) == (not words, bool(words))
    validate([".github/iamspec-roles.yaml"])


def test_the_example_is_what_init_writes():
    """Kills: a fix of the example that nobody who runs init gets."""
    from iamspec.commands.ci_roles import spec

    assert (ROOT / "examples/ci/roles.yaml").read_text(encoding="utf-8") == spec("github", "roles.yaml")


# At a terminal


class Person:
    """Standard input of a person who types these lines, at a terminal."""

    def __init__(self, *lines):
        self.lines = list(lines)

    def isatty(self):
        return True

    def readline(self, *_):
        return self.lines.pop(0) + "\n" if self.lines else ""


def test_a_person_is_asked_for_what_was_not_given(here, monkeypatch, capsys):
    asked = []

    def answers(text, **_):
        asked.append(text)
        return {"Account id (12 digits, or nothing)": ACCOUNT, "A workflow for CI?": "no"}[text]

    monkeypatch.setattr(sys, "stdin", Person())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", answers)
    monkeypatch.setattr("click.confirm", lambda text, **_: asked.append(text))
    assert init("iam") == 0
    assert asked == [
        "Write what is live in the account now?",
        "Account id (12 digits, or nothing)",
        "A workflow for CI?",
    ]
    assert validate(["iam"])[0].settings.account.id == ACCOUNT
    asked.clear()
    assert init("iam2", "--account", ACCOUNT, "--ci", "github") == 0
    assert asked == ["Write what is live in the account now?"]


def test_an_account_id_that_is_none_is_asked_for_again():
    """Kills: all questions answered, and then an error about the first."""
    with pytest.raises(click.BadParameter, match="an account id has 12 digits"):
        checked_id("12345")
    assert (checked_id(" 123456789012 "), checked_id("")) == (ACCOUNT, "")


def test_init_without_an_account_loads_no_library_of_aws_and_no_model(here):
    """Kills: a second of waiting for three files."""
    command = [sys.executable, "-X", "importtime", "-m", "iamspec", "init", "iam"]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert loaded & {"boto3", "pydantic", "yaml", "iamspec.kinds", "iamspec.review"} == set()
