"""The first day of an account: the way through the console, screen by screen, as commands against the sandbox.

Everything that is typed and shown stands in `golden/stories/first-day.txt`. IAMSPEC_GOLDEN=write writes it anew; read the diff.
"""

import csv
import os
import re
import shlex
from pathlib import Path

import boto3
import pytest
from places import GOLDEN

from iamspec.cli import main
from iamspec.sandbox import environment, running

SCREENS = GOLDEN / "stories" / "first-day.txt"
VARYING = (
    (re.compile(r"http://127\.0\.0\.1:\d+"), "http://127.0.0.1:PORT"),
    (re.compile(r"Credential report of .* old"), "Credential report of today"),
    (re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}"), "TIME"),
    (re.compile(r"AKIA[0-9A-Z]{16}"), "AKIA…"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DAY"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:…"),
)
SETTINGS = ("account:\n", "account:\n  alias: acme-first\n")
USERS = """\
users:
  ana: # signs in, and has a key for the command line
    path: /people/
    tags: {team: founders, email: ana@acme.example}
    groups: [administrators]
    console: true
    access_keys: 1
  ben:
    path: /people/
    tags: {team: product, email: ben@acme.example}
    groups: [developers]
    console: true
  cleo: # may do what ben may do
    path: /people/
    tags: {team: product, email: cleo@acme.example}
    copy_permissions_from: ben
    console: true
  ci: # a program, which has a key and no password
    path: /machines/
    groups: [developers]
    access_keys: {active: 1, rotate_after_days: 90}
"""


class Terminal:
    """Types commands, and remembers what is typed and shown."""

    def __init__(self, capsys):
        self.capsys, self.seen = capsys, []

    def type(self, line, expected=0):
        code = main(shlex.split(line)[1:])
        shown = self.capsys.readouterr()
        self.seen += [f"$ {line}\n", shown.out, *(f"2> {one}\n" for one in shown.err.splitlines())]
        assert code == expected, "".join(self.seen)
        return shown.out

    def remark(self, text):
        self.seen.append(f"# {text}\n")

    @property
    def screens(self):
        text = "".join(self.seen)
        for pattern, instead in VARYING:
            text = pattern.sub(instead, text)
        return text


def handed_over(user):
    """The row of a user's file, as the console offers it for download."""
    with Path(f"handover/{user}.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    return row


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with running() as sandbox:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in environment(sandbox.endpoint, os.environ).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def sign_in_first(row):
    """What the console has a person do at the first sign-in: another password, and a device for MFA."""
    iam = boto3.client("iam")
    iam.update_login_profile(UserName=row["User name"], Password="Of-my-0wn-choice", PasswordResetRequired=False)
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=row["User name"])["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=row["User name"], SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="234567"
    )


def test_the_way_through_the_console_is_a_few_commands(sandbox, monkeypatch, capsys):
    """Kills: a screen of the console that iamspec lacks, and a status that is green while root is open to a thief."""
    here = Terminal(capsys)
    sandbox.root.mfa, sandbox.root.keys = "", 1  # as AWS hands an account over, apart from the key
    here.remark("An empty account")
    here.type("iamspec status --framework console")
    here.remark("Groups, users, tags, copied permissions, alias and password policy: files to edit")
    here.type("iamspec init iam --account 123456789012")
    edit("iam/iamspec.yaml", *SETTINGS)
    edit("iam/groups.yaml", "aws:ReadOnlyAccess", "aws:AmazonS3ReadOnlyAccess")
    edit("iam/users.yaml", None, USERS)
    here.type("iamspec validate iam")
    here.remark("Review and create")
    here.type("iamspec plan iam")
    here.type("iamspec apply iam --auto-approve --credentials-out handover --parallelism 1")
    here.remark("Download .csv file: password, key and sign-in address, for each user alone")
    rows = {name: handed_over(name) for name in ("ana", "ben", "cleo", "ci")}
    for row in rows.values():
        here.seen.append(f"{', '.join(name for name, value in row.items() if value)}: {row['User name']}\n")
    assert sorted(one.name for one in Path("handover").iterdir()) == ["ana.csv", "ben.csv", "ci.csv", "cleo.csv"]
    people = [row for row in rows.values() if row["Password"]]
    assert {row["Console login link"] for row in people} == {"https://acme-first.signin.aws.amazon.com/console"}
    assert {name for name, row in rows.items() if row["Password"]} == {"ana", "ben", "cleo"}
    assert {name for name, row in rows.items() if row["Access key ID"]} == {"ana", "ci"}
    here.remark("The first sign-in of ana, with her password, and with her key at the command line")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", rows["ana"]["Access key ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", rows["ana"]["Secret access key"])
    sign_in_first(rows["ana"])
    here.type("iamspec plan iam --detailed-exitcode")
    here.type("iamspec access cleo s3:GetObject --spec iam")
    a_day_later(sandbox)
    here.remark("Security recommendations: all green but for root")
    open_, cured = here.type("iamspec status iam --framework console --all"), "Sign in as root: Security credentials"
    assert re.findall(r"FAIL  ([\w-]+)", open_) == ["root-mfa", "root-no-keys"]
    assert open_.count(cured) == 2
    here.remark("Root follows the two lines")
    sandbox.root.mfa, sandbox.root.keys = "hardware", 0
    a_day_later(sandbox)
    here.type("iamspec status iam --framework console --fail-on low")
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        SCREENS.write_text(here.screens, encoding="utf-8")
    assert here.screens == SCREENS.read_text(encoding="utf-8")


def a_day_later(sandbox):
    """IAM makes a credential report every four hours."""
    sandbox.backend.report_made = None


def edit(path, old, new):
    """Replaces a text in a file, or the whole file behind the first line, which names the schema."""
    text = Path(path).read_text(encoding="utf-8")
    text = text.partition("\n")[0] + f"\n{new}" if old is None else text.replace(old, new)
    Path(path).write_text(text, encoding="utf-8")
