"""A status out of a snapshot: saved facts are judged at the time of the snapshot, and missing facts are unknown."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from reports import MADE, NOW, ago, content, denied, report, root, row
from test_status import OLD, account, checks, run

from iamspec.cli import main
from iamspec.commands.status import Question, take
from iamspec.live.snapshot import SnapshotReader, load
from iamspec.status.checks import CHECKS


def saved(iam, tmp_path, *words):
    file = str(tmp_path / "account.json")
    assert main(["snapshot", "--out", file, *words], connect=lambda *_, **__: iam) == 0
    return file


def test_a_snapshot_with_the_report_gives_the_same_status_as_the_account(tmp_path, capsys):
    """Kills: a fact that is lost on the way into the file."""
    iam = account()
    file = saved(iam, tmp_path, "--with-credential-report")
    live, offline = checks(iam, capsys), checks(iam, capsys, "--snapshot", file)
    assert {key for key in CHECKS if live[key] != offline[key]} == set()
    assert json.loads((tmp_path / "account.json").read_text())["status"].keys() == {
        "GetAccountSummary",
        "GetCredentialReport",
        "ListVirtualMFADevices",
        "ListServerCertificates",
        "ListServiceSpecificCredentials",
        "GetAlternateContact",
    }


class Enveloped:
    """An account whose answers tell of themselves, as those of AWS do."""

    def __init__(self, iam):
        self.iam = iam

    def __getattr__(self, name):
        return getattr(self.iam, name)

    def pages(self, call):
        return map(_enveloped, self.iam.pages(call))

    def read_each(self, calls):
        return [_enveloped(one) for one in self.iam.read_each(calls)]

    def attempt_each(self, calls):
        return [_enveloped(one) for one in self.iam.attempt_each(calls)]


def _enveloped(answer):
    meta = {"ResponseMetadata": {"RequestId": "r-1"}, "IsTruncated": False}
    return answer | meta if isinstance(answer, dict) else answer


def test_nothing_about_the_answers_is_in_a_snapshot(tmp_path):
    """Kills: a snapshot that differs each time, by the id and the minute of a request."""
    files = []
    for wrapped in (Enveloped, lambda iam: iam):
        iam = account()
        iam.given("CreateOpenIDConnectProvider", Url="https://hub.example.com", ClientIDList=["a"])
        files.append(Path(saved(wrapped(iam), tmp_path, "--with-credential-report")).read_text())
    assert files[0] == files[1]


def test_the_name_and_number_of_the_contact_stay_out(tmp_path, capsys):
    file = saved(account(), tmp_path, "--with-credential-report")
    assert "555 0100" not in (tmp_path / "account.json").read_text()
    assert checks(account(), capsys, "--snapshot", file)["security-contact"]["verdict"] == "pass"


def test_ages_count_up_to_the_day_of_the_report(tmp_path, capsys):
    """Kills: a key that was 89 days old when somebody looked, and is told to be older than that."""
    young = row("etl", **{**OLD, "access_key_1_last_rotated": ago(89)})
    file = saved(account(GetCredentialReport=report(root(), young)), tmp_path, "--with-credential-report")
    later = SnapshotReader(load(file), NOW + timedelta(days=200))
    status = take(later, [], Question("cis-7.0", offline=True))
    found = {one.check.key: str(one.verdict) for one in status.findings}
    assert (found["keys-90"], status.now) == ("pass", MADE)


def test_a_snapshot_without_the_report_knows_nothing_of_credentials(tmp_path, capsys):
    """Kills: an older snapshot in which nothing looks like nothing wrong."""
    file = saved(account(), tmp_path)
    found = checks(account(), capsys, "--snapshot", file)
    unknown = {key for key, one in found.items() if one["verdict"] == "cannot tell"}
    assert {"root-mfa", "keys-90", "security-contact", "certs-valid", "api-keys-end"} <= unknown
    assert {found[key]["verdict"] for key in ("groups-only", "no-admin-policy")} == {"pass"}
    assert found["pw-length"]["verdict"] == "fail"  # a snapshot has the password policy
    assert found["caller-mfa"]["verdict"] == "not applicable"


def test_a_capture_of_the_cli_does_not_know_the_password_policy(tmp_path, capsys):
    raw = {"UserDetailList": [{"UserName": "a", "Arn": "arn:aws:iam::123456789012:user/a"}]}
    raw |= {"GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    file = tmp_path / "raw.json"
    file.write_text(json.dumps(raw))
    found = checks(account(), capsys, "--snapshot", str(file))
    assert found["pw-length"]["why"] == "Cannot tell: the snapshot has no GetAccountPasswordPolicy"


def test_what_could_not_be_saved_is_told(tmp_path, capsys):
    iam = account(GetCredentialReport=denied("GetCredentialReport"), GetAlternateContact=denied("GetAlternateContact"))
    saved(iam, tmp_path, "--with-credential-report")
    assert capsys.readouterr().err.splitlines() == [
        "not saved: GetCredentialReport: iam:GetCredentialReport was denied",
        "not saved: GetAlternateContact: account:GetAlternateContact was denied",
    ]


@pytest.mark.parametrize(
    "status",
    [7, {"GetAccountSummary": 7}, {"GetCredentialReport": {"Content": content(root()).decode()}}],
)
def test_a_damaged_snapshot_is_refused_or_tells_nothing(status, tmp_path, capsys):
    file = saved(account(), tmp_path)
    whole = json.loads((tmp_path / "account.json").read_text())
    (tmp_path / "account.json").write_text(json.dumps({**whole, "status": status}))
    code = run(account(), "--snapshot", file, "--format", "json")
    out = capsys.readouterr().out
    assert (code, out) == (1, "") or "cannot tell" in out


# what the capture of an account says of checks, counted by hand in its JSON: verdict, and how many fail
CAPTURED = {
    "root-no-keys": ("cannot tell", 0),
    "root-mfa": ("cannot tell", 0),
    "root-hardware-mfa": ("cannot tell", 0),
    "no-admin-policy": ("fail", 9),  # 3 policies, the group admin, 4 roles and a user with AdministratorAccess
    "external-analyzer": ("manual", 0),
    "no-cloudshell-full": ("pass", 0),
    "console-mfa": ("cannot tell", 0),
    "pw-length": ("cannot tell", 0),
    "groups-only": ("fail", 42),  # of 44 users
    "no-service-admin": ("fail", 2),
    "tagged": ("fail", 98),  # 44 users, and 54 roles that are not linked to a service
    "support-role": ("fail", 0),
    "individual-users": ("pass", 0),
    "no-public-principal": ("pass", 0),
}


def test_the_verdicts_on_a_captured_account_are_those_of_a_count_by_hand(data):
    """Kills: a role, a second version of a policy or an inline policy that is counted twice or not at all."""
    reader = SnapshotReader(load(str(data / "account-authorization-details.json")), NOW)
    found = {one.check.key: (str(one.verdict), len(one.ruling.who)) for one in take(reader, []).findings}
    assert {key: found[key] for key in CAPTURED} == CAPTURED
    (own,) = (one for one in take(reader, [], Question("fsbp")).findings if one.check.key == "no-admin-policy")
    assert [str(one.address) for one in own.ruling.who] == [
        "policy/fp2-allow-all",
        "policy/privesc-AssumeRole-high-priv-policy",
        "policy/privesc-high-priv-service-policy",
    ]
