"""Hostile names and documents through every format of every command: none of them says anything of its own.

The names come out of a capture, as IAM would not take most of them; tags, descriptions, paths and documents it does take.
"""

import csv
import json
import re
import shlex
import xml.etree.ElementTree as ET

import pytest
from sarif_shape import assert_sarif
from story import AWS, Story
from test_credential_report import ROOT, Reported, line as row_of, made
from test_pages import Page
from test_render_markdown import outside_of_code, outside_of_html_code
from test_results import annotations

from iamspec.cli import main
from iamspec.cli.options import FORMAT_NAMES
from iamspec.cli.status import FORMATS as STATUS_NAMES
from iamspec.desired.source import parse_yaml
from iamspec.desired.tree import plain as plain_value
from iamspec.desired.yaml_text import dump
from iamspec.errors import is_visible, uncommanded
from iamspec.kinds.contract import Address
from iamspec.render.credentials import CREDENTIAL_FORMATS
from iamspec.review.lookalike import lookalikes

HOSTILE = (
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "::add-mask::x",
    "\n::error file=a::x",
    "\r\n##[add-mask]x",
    "%0A::error::x",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</code></summary></details>",
    "@acme/admins",
    "#1 GH-12 https://evil.example",
    "[free money](https://evil.example)",
    "```\n# heading\n```",
    "`@octocat`",
    "| a | b |\n| - | - |",
    "\u202egnp.exe",
    "in\u200bvis\u2060ib\ufeffle",
    "\u3164\u115f\u2800\ufe0f",
    "$(touch x)`id`'\";\\",
    "-->]]><!--{{7*7}}{% raw %}",
    "\u0430dmin",
    "=cmd|' /C calc'!A0",
)


def document(text):
    condition = {"StringEquals": {f"aws:RequestTag/{text}": text}}
    statement = {
        "Sid": "A",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{text}",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def capture():
    """An account in which everything that can hold text holds a hostile text."""
    users, policies = [], []
    for number, text in enumerate(HOSTILE):
        tags = [{"Key": text, "Value": text}]
        users.append(
            {
                "UserName": f"u{number}{text}",
                "Path": f"/{text}/",
                "Arn": f"arn:aws:iam::123456789012:user/{text}/u{number}{text}",
                "UserId": f"AIDA{number:016}",
                "GroupList": [],
                "CreateDate": "2026-01-01T00:00:00+00:00",
                "AttachedManagedPolicies": [{"PolicyName": "Admin", "PolicyArn": f"{AWS}AdministratorAccess"}],
                "UserPolicyList": [{"PolicyName": f"p{text}", "PolicyDocument": document(text)}],
                "Tags": tags,
            }
        )
        policies.append(
            {
                "PolicyName": f"p{number}{text}",
                "Path": "/",
                "Arn": f"arn:aws:iam::123456789012:policy/p{number}{text}",
                "PolicyId": f"ANPA{number:016}",
                "DefaultVersionId": "v1",
                "Description": text,
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document(text)}],
                "Tags": tags,
            }
        )
    return {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": policies}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the capture, a spec with hostile texts where a spec can have them, and a spec that is wrong."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "live.json").write_text(json.dumps(capture()), encoding="utf-8")
    tags = {f"k{number}": text for number, text in enumerate(HOSTILE) if re.fullmatch(r"[\w .:/=+@-]*", text)}
    allowed = {number: text for number, text in enumerate(HOSTILE) if re.fullmatch(r"[\t\r\n -~\xa0-\xff]+", text)}
    spec = {
        "account": {"id": "123456789012"},
        "prune": True,
        "users": {"ann": {"tags": tags}},
        "policies": {f"d{number}": {"document": document(text)} for number, text in allowed.items()},
    }
    assert len(allowed) > 12
    (folder / "good").mkdir()
    (folder / "good" / "iamspec.yaml").write_text(json.dumps(spec), encoding="utf-8")
    (folder / "bad").mkdir()
    wrong = {"users": {f"u{text}": {"groups": [text], text: text, "path": text} for text in HOSTILE}}
    (folder / "bad" / "iamspec.yaml").write_text(json.dumps(wrong), encoding="utf-8")
    return folder


CI = ("github", "junit", "sarif")
COMMANDS = [
    *((command, name, "good") for command in ("plan", "drift") for name in FORMAT_NAMES),
    *((command, name, "bad") for command in ("plan", "drift") for name in CI),
    *(("validate", name, spec) for name in ("text", *CI) for spec in ("good", "bad")),
    *(("lint", name, spec) for name in ("text", "json", *CI) for spec in ("good", "bad")),
    *(("access", name, "") for name in ("text", "json", "html")),
    *(("status", name, "") for name in STATUS_NAMES),
    ("import", "text", ""),
    ("snapshot", "text", ""),
]


def words(command, name, spec, place):
    snapshot = ["--snapshot", str(place / "live.json")]
    shape = ["--format", name]
    return {
        "plan": ["plan", str(place / spec), *snapshot, *shape],
        "drift": ["drift", str(place / spec), *snapshot, *shape],
        "validate": ["validate", "--strict", str(place / spec), *shape],
        "lint": ["lint", str(place / spec), *shape],
        "access": ["access", "--who", "s3:GetObject", *snapshot, *shape],
        "status": ["status", "--all", *snapshot, *shape],
        "import": ["import", *snapshot],
        "snapshot": ["snapshot"],
    }[command]


@pytest.mark.parametrize(("command", "name", "spec"), COMMANDS)
def test_no_hostile_text_speaks(place, capsys, monkeypatch, command, name, spec):
    """Kills: a terminal that is cleared, a mention, a link, an element, a command to a runner, a hidden sign."""
    monkeypatch.chdir(place)
    story = Story(place)
    story.iam.given("CreateUser", UserName="ann", Tags=[{"Key": "k", "Value": "\u3164\u2028::add-mask::x"}])
    story.run(*words(command, name, spec, place))
    out, err = capsys.readouterr()
    assert out or err
    for text in (out, err):
        assert is_visible(re.sub("[\n\t]", "", text)), [
            one for one in re.sub("[\n\t]", "", text) if not is_visible(one)
        ][:5]
    assert uncommanded(err) == err
    CHECKS[name](out)


@pytest.mark.parametrize("name", sorted(CREDENTIAL_FORMATS))
def test_no_user_of_a_credential_report_speaks(capsys, name):
    """Kills: a forged name in the table of credentials that hides a line of it, or adds one."""
    rows = [row_of(text, password_enabled="true", access_key_1_active="true") for text in HOSTILE]
    iam = Reported(made(rows=(ROOT, *rows)))
    assert main(["credentials", "--format", name], connect=lambda *_, **__: iam) == 0
    out, err = capsys.readouterr()
    hidden = sorted({one for one in re.sub("[\n\t]", "", out + err) if not is_visible(one)})
    assert hidden == []
    CHECKS[name](out)


def plain(out):
    assert uncommanded(out) == out


def as_json(out):
    plain(out)
    if out:
        json.loads(out)


def as_markdown(out):
    plain(out)
    fence, outside = "", []
    for line in out.splitlines():
        run = re.match(r"\s*(`{3,})", line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif run:
            fence = run[1]
        else:
            outside.append(outside_of_html_code(outside_of_code(line)))
    assert fence == ""
    quoted = [re.sub(r"^> |\[!(CAUTION|WARNING|NOTE)\]", "", line) for line in outside]
    assert [line for line in quoted if re.search(r"[<@`]|https?:|evil|GH-|\]\(", line)] == []


def as_html(out):
    found = Page(out)
    assert (found.names.count("script"), found.names.count("style"), found.links) == (1, 1, [])
    assert not set(found.names) & {"img", "a", "iframe", "object", "base", "link", "embed"}


def as_shell(out):
    plain(out)
    shlex.split(out, comments=True)


def as_sarif(out):
    plain(out)
    found = assert_sarif(out)
    messages = [one["message"]["text"] for one in found["runs"][0]["results"]]
    assert all(is_visible(one) for one in messages)
    assert [one for one in messages if "](" in one] == []


def as_junit(out):
    plain(out)
    root = ET.fromstring(out)  # noqa: S314 - the program's own
    assert {one.tag for one in root.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "error", "skipped"}
    assert all(is_visible(value) for one in root.iter() for value in one.attrib.values())


def as_csv(out):
    """Each user is one row of all columns, after the root user."""
    rows = list(csv.DictReader(out.splitlines(keepends=True)))
    assert len(rows) == len(HOSTILE) + 1
    assert [row for row in rows if None in row or None in row.values()] == []
    plain(out)


CHECKS = {
    "csv": as_csv,
    "text": plain,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
    "awscli": as_shell,
    "github": annotations,
    "junit": as_junit,
    "sarif": as_sarif,
}


def test_every_format_has_a_check():
    assert {*FORMAT_NAMES, *STATUS_NAMES, *CREDENTIAL_FORMATS} == set(CHECKS)


# Names that look like other names


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("a1ice", "alice"),
        ("aIice", "alice"),
        ("adrnin", "admin"),
        ("r00t-ops", "root-ops"),
        ("ci_deploy", "ci-deploy"),
        ("\u0430dmin", "admin"),
    ],
)
def test_a_name_that_looks_like_another_is_pointed_out(name, other):
    suspect, known = Address("user", name), Address("user", other)
    assert lookalikes([suspect], [known]) == {suspect: known}


@pytest.mark.parametrize(
    ("name", "other"), [("alice", "ALICE"), ("person0001", "person0002"), ("ann", "anna"), ("bob", "rob")]
)
def test_other_names_are_not(name, other):
    assert lookalikes([Address("user", name)], [Address("user", other)]) == {}


def test_an_undeclared_lookalike_is_named_in_every_report(tmp_path, capsys):
    """Kills: an intruder who hides behind the name of a colleague."""
    story = Story(tmp_path)
    story.user("alice")
    story.user("a1ice", policies=[f"{AWS}AdministratorAccess"])
    (tmp_path / "iamspec.yaml").write_text("users: {alice: {}}\n")
    for name in ("text", "markdown", "html", "github", "json"):
        assert story.run("drift", str(tmp_path), "--format", name) == 2
        shown = capsys.readouterr().out
        assert re.search("looks[ _]like", shown), name
        assert "user/alice" in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_an_import_is_yaml_that_commands_nothing(text):
    """Kills: a tag whose value is a line of its own in the log of the job that imports."""
    value = {"users": {text: {"tags": {text: text, "k": [text, f"a\n{text}\nb"]}}}}
    written = dump(value)
    assert uncommanded(written) == written
    assert plain_value(parse_yaml(written, "x.yaml").data) == value
