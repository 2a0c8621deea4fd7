"""Passwords and keys of users and their ages: out of IAM's report, which is hours old, or by a read for each user."""

import csv
import io
import json
import os
from datetime import UTC, datetime, timedelta

import places
import pytest
from fake import FakeIam
from story import Story

from iamspec.cli import main
from iamspec.commands.credentials import NOT_OF_ROOT, WITHOUT_REPORT, KeyRow, Row, take
from iamspec.commands.validate import validate
from iamspec.errors import IamError, IamspecError, Unreadable
from iamspec.policy.suspension import DENY_ALL, NAME
from iamspec.render.credentials import CREDENTIAL_FORMATS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOURS = timedelta(hours=4)
GOLDEN = places.GOLDEN / "credentials"
COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]
NO_KEY = {
    f"access_key_{number}_{name}": "false" if name == "active" else "N/A"
    for number in (1, 2)
    for name in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
}


def line(user, **known):
    """A row with what IAM writes where there is nothing."""
    values = {"user": user, "arn": f"arn:aws:iam::123456789012:user/{user}", "mfa_active": "false", **NO_KEY, **known}
    return {name: values.get(name, "N/A") for name in COLUMNS}


def content(*rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


ROOT = line(
    "<root_account>",
    password_enabled="not_supported",
    password_last_changed="not_supported",
    password_next_rotation="not_supported",
    password_last_used="2026-01-02T03:04:05+00:00",
    access_key_1_active="true",
    access_key_1_last_rotated="2019-01-01T00:00:00+00:00",
)
ALICE = line(
    "alice",
    password_enabled="true",
    password_last_used="no_information",
    password_last_changed="2026-10-25T12:00:00+00:00",
    password_next_rotation="2027-01-23T12:00:00+00:00",
)
CI = line(
    "ci",
    password_enabled="false",
    access_key_1_active="true",
    access_key_1_last_rotated="2026-07-01T00:00:00+00:00",
    access_key_1_last_used_date="2026-11-24T00:00:00+00:00",
    access_key_2_active="false",
    access_key_2_last_rotated="2026-11-20T00:00:00+00:00",
)
ODD = line("=1+1", password_enabled="false", mfa_active="true")


class Reported(FakeIam):
    """An account with the reports of a test: answers of GetCredentialReport, in order."""

    def __init__(self, *answers, refused=None):
        super().__init__()
        self.answers, self.refused, self.asked = list(answers), refused, []
        for name in ("alice", "ci", "=1+1"):
            self.given("CreateUser", UserName=name)
        self.given("CreateLoginProfile", UserName="alice", Password="Correct-horse-7-battery-staple")
        self.key = self.given("CreateAccessKey", UserName="ci")["AccessKey"]["AccessKeyId"]
        self.given("PutUserPolicy", UserName="ci", PolicyName=NAME, PolicyDocument=DENY_ALL.text)
        self.state.clock = NOW
        self.state.user("ci").keys[self.key].created = NOW - timedelta(days=100)

    def attempt_each(self, calls):
        return [self._report(call) or super(Reported, self).attempt_each([call])[0] for call in calls]

    def _report(self, call):
        if call.operation == "GenerateCredentialReport":
            self.asked.append("generate")
            return self.refused or {"State": "STARTED"}
        if call.operation != "GetCredentialReport":
            return None
        self.asked.append("get")
        return self.answers.pop(0)


def made(age=timedelta(minutes=90), rows=(ROOT, CI, ALICE, ODD)):
    return {"Content": content(*rows), "GeneratedTime": NOW - age, "ReportFormat": "text/csv"}


def no(code):
    return IamError("GetCredentialReport", code, "no")


def rows(report):
    return {row.user: row for row in report.rows}


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BY_REPORT = {
    "<root_account>": Row(
        "<root_account>",
        console=None,
        mfa=False,
        password_used=day("2026-01-02T03:04:05"),
        keys=(KeyRow(active=True, created=day("2019-01-01"), used=None),),
    ),
    "=1+1": Row("=1+1", console=False, mfa=True),
    "alice": Row(
        "alice",
        console=True,
        mfa=False,
        password_changed=day("2026-10-25T12:00:00"),
        next_rotation=day("2027-01-23T12:00:00"),
    ),
    "ci": Row(
        "ci",
        console=False,
        mfa=False,
        keys=(
            KeyRow(active=True, created=day("2026-07-01"), used=day("2026-11-24")),
            KeyRow(active=False, created=day("2026-11-20"), used=None),
        ),
        suspended=True,
    ),
}


def test_a_report_that_is_fresh_tells_of_everybody_the_root_user_first():
    """Kills: a value that says nothing and is taken for a date, or a root user with a password nobody can know of."""
    iam = Reported(made())
    report = take(iam, [], HOURS)
    assert (rows(report), report.reported, report.made) == (BY_REPORT, True, NOW - timedelta(minutes=90))
    assert [row.user for row in report.rows] == ["<root_account>", "=1+1", "alice", "ci"]
    assert iam.asked == ["get"]


@pytest.mark.parametrize("code", ["ReportNotPresent", "ReportExpired"])
def test_a_report_that_is_not_there_is_asked_for(code):
    iam = Reported(no(code), made(timedelta(0)))
    assert take(iam, [], HOURS).reported
    assert iam.asked == ["get", "generate", "get"]


def test_a_report_that_stays_old_is_not_used():
    """Kills: a table of yesterday, and root dropped where the report is not there."""
    old = made(timedelta(hours=3, minutes=59, seconds=59))
    assert take(Reported(old), [], HOURS).reported
    report = take(Reported(old, old), [], timedelta(hours=1))
    assert (report.reported, report.made) == (False, NOW)
    assert report.notes == (WITHOUT_REPORT, NOT_OF_ROOT)
    assert rows(report) == {
        "<root_account>": Row("<root_account>", console=None, mfa=None),
        "=1+1": Row("=1+1", console=False, mfa=False),
        "alice": Row("alice", console=True, mfa=False),
        "ci": Row(
            "ci",
            console=False,
            mfa=False,
            keys=(KeyRow(active=True, created=NOW - timedelta(days=100), used=None, id=rows(report)["ci"].keys[0].id),),
            suspended=True,
        ),
    }


def test_a_report_that_is_not_done_after_all_waiting_is_no_reason_to_give_up():
    """Kills: an error on the first day of an account, where asking about each user would have told it."""
    report = take(Reported(no("ReportNotPresent"), no("ReportInProgress")), [], HOURS)
    assert (report.reported, sorted(rows(report))) == (False, ["<root_account>", "=1+1", "alice", "ci"])


def test_who_may_not_read_a_report_is_told_so():
    with pytest.raises(Unreadable, match="the credential report cannot be read: GetCredentialReport: AccessDenied"):
        take(Reported(no("AccessDenied")), [], HOURS)
    refused = IamError("GenerateCredentialReport", "AccessDenied", "no")
    with pytest.raises(Unreadable, match="a credential report cannot be made: GenerateCredentialReport: AccessDenied"):
        take(Reported(no("ReportNotPresent"), refused=refused), [], HOURS)


def test_who_is_named_is_asked_about_and_nobody_else_is():
    iam = Reported()
    report = take(iam, ["CI"], HOURS)
    assert ([row.user for row in report.rows], report.notes, iam.asked) == (["ci"], (), [])
    assert {call.params["UserName"] for call in iam.calls if "UserName" in call.params} == {"ci"}


def test_a_name_that_nobody_has_is_told():
    with pytest.raises(IamspecError) as refused:
        take(Reported(), ["alise"], HOURS)
    assert str(refused.value) == 'no user "alise" is live in account 123456789012; did you mean "alice"?'


def test_a_spec_tells_when_keys_are_replaced(tmp_path):
    story = Story(tmp_path, Reported(made(), made()))
    story.plan("users: {ci: {access_keys: {rotate_after_days: 90}, suspended: true}, alice: {console: true}}\n")
    spec, _ = validate([str(tmp_path)])
    found = rows(take(story.iam, [], HOURS, spec))
    assert (found["ci"].next_rotation, found["alice"].next_rotation) == (day("2026-09-29"), day("2027-01-23T12:00:00"))
    asked = rows(take(story.iam, ["ci"], HOURS, spec))
    assert asked["ci"].next_rotation == NOW - timedelta(days=10)


@pytest.mark.parametrize("name", sorted(CREDENTIAL_FORMATS))
def test_what_is_shown_is_what_was_read_and_approved(name):
    report = take(Reported(made()), [], HOURS)
    if os.environ.get("IAMSPEC_GOLDEN") == "write":
        (GOLDEN / f"credentials.{name}").write_text(CREDENTIAL_FORMATS[name](report), encoding="utf-8")
    assert CREDENTIAL_FORMATS[name](report) == (GOLDEN / f"credentials.{name}").read_text(encoding="utf-8")


def test_names_in_a_table_are_themselves():
    """IAM's names have no parentheses, quotes or bars: as a formula one can only reckon, and programs compare names."""
    text = CREDENTIAL_FORMATS["csv"](take(Reported(made()), [], HOURS))
    assert [one["user"] for one in csv.DictReader(io.StringIO(text))] == ["<root_account>", "=1+1", "alice", "ci"]


def test_an_answer_cannot_write_on_the_terminal():
    """Kills: a name out of a forged answer that hides the line above it."""
    report = take(Reported(made(rows=(line("x\x1b[1A\x1b[2Ky", password_enabled="true"),))), [], HOURS)
    for colour in (False, True):
        text = CREDENTIAL_FORMATS["text"](report, colour=colour)
        assert "\x1b[1A" not in text
        assert "x\\x1b[1A\\x1b[2Ky" in text
    assert "\x1b" not in CREDENTIAL_FORMATS["json"](report)


def test_the_command_shows_no_secret_and_says_where_it_knows_from(capsys):
    iam = Reported(made(), made(), made())
    connect = {"connect": lambda *_, **__: iam}
    assert main(["credentials"], **connect) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "Credentials in account 123456789012, by IAM's credential report, which is 1 h 30 min old"
    assert main(["credentials", "--format", "json"], **connect) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "credential report"
    assert main(["credentials", "ci", "--format", "csv"], **connect) == 0
    out = capsys.readouterr().out
    assert iam.key in out
    assert "secret" not in out
    assert main(["credentials", "alise"], **connect) == 1
    assert 'did you mean "alice"?' in capsys.readouterr().err
