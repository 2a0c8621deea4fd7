"""The security status of an account from the command line: exit codes, accepted failures, refusals, and its few calls."""

import json
from collections import Counter

import jsonschema
import pytest
from places import ROOT as PROJECT
from reports import MADE, NOW, Answering, ago, denied, report, root, row

from iamspec.cli import main
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.status.checks import CHECKS, ROWS
from iamspec.status.frameworks import CIS, FRAMEWORKS

SCHEMA = json.loads((PROJECT / "schemas/status.schema.json").read_text(encoding="utf-8"))
OLD = {"access_key_1_active": "true", "access_key_1_last_rotated": ago(131), "access_key_1_last_used_date": ago(1)}
SWEEP = {"ListAccountAliases", "GetAccountPasswordPolicy", "GetAccountAuthorizationDetails"}


def account(**answers):
    """Users etl and bot, whose keys are old."""
    iam = Answering(root(mfa_active="true"), row("etl", **OLD), row("bot", **OLD), **answers)
    for name in ("etl", "bot"):
        iam.given("CreateUser", UserName=name)
    return iam


def run(iam, *words):
    return main(["status", *words], connect=lambda *_, **__: iam)


def checks(iam, capsys, *words):
    """The checks by key, of a status that fits its schema."""
    assert run(iam, "--format", "json", *words) == 0
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
    return {one["key"]: one for one in found["checks"]}


def settings(tmp_path, accept, rest=""):
    (tmp_path / "iamspec.yaml").write_text(f"account: {{id: '123456789012'}}\nstatus: {{accept: {accept}}}\n{rest}")
    return str(tmp_path)


# What is shown


def test_every_check_is_in_the_json_with_its_ids_and_its_cure(capsys):
    found = checks(account(), capsys)
    assert set(found) == set(CHECKS)
    assert found["keys-90"] == {
        "key": "keys-90",
        "title": "Access keys are younger than 90 days",
        "severity": "medium",
        "frameworks": {
            "cis-1.2": "1.4",
            "cis-1.4": "1.14",
            "cis-1.5": "1.14",
            "cis-2.0": "1.14",
            "cis-3.0": "1.14",
            "cis-4.0": "1.14",
            "cis-5.0": "1.13",
            "cis-6.0": "2.13",
            "cis-7.0": "2.12",
            "fsbp": "IAM.3",
        },
        "verdict": "fail",
        "who": ["user/bot", "user/etl"],
        "why": "2 users with a key older than 90 days. The longer a key lives, the more places have a copy of it.",
        "cure": "users: {bot: {access_keys: {active: 1, rotate_after_days: 90}}}",
        "accepted": None,
    }
    assert {one["verdict"] for one in found.values()} == {"pass", "fail", "not applicable", "manual"}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_has_its_own_checks_and_no_others(framework, capsys):
    found = checks(account(), capsys, "--framework", framework)
    assert found.keys() == {one.key for one in ROWS if framework in one.frameworks or framework == "iamspec"}
    assert len(found) >= 7


def test_each_id_of_a_benchmark_stands_once():
    """Kills: two checks that claim one number."""
    for framework in CIS:
        numbers = Counter(one.frameworks[framework] for one in ROWS if framework in one.frameworks)
        assert [number for number, times in numbers.items() if times > 1] == []


def test_the_worst_comes_first_and_what_passed_is_counted(capsys):
    iam = account(GetAccountSummary={"SummaryMap": {"AccountAccessKeysPresent": 1, "AccountMFAEnabled": 1}})
    assert run(iam) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "Security status of account 123456789012",
        "Credential report of 10:30 UTC, 1 h 30 min old",
    ]
    assert lines[3].startswith("critical  FAIL  root-no-keys  Root has an access key")
    assert lines[-1].endswith("(--all lists them)")
    assert max(map(len, lines)) <= 80


# Exit codes


@pytest.mark.parametrize(
    ("level", "code"), [("critical", 0), ("high", 0), ("medium", 2), ("low", 2), (None, 0)], ids=str
)
def test_a_failure_at_or_above_a_level_is_exit_code_2(level, code):
    assert run(account(), *(["--fail-on", level] if level else [])) == code


def test_a_verdict_that_is_not_known_is_exit_code_1_and_never_0():
    """Kills: a denied question that lets a pipeline pass."""
    iam = account(GetAccountSummary=denied("GetAccountSummary"), GetCredentialReport=denied("GetCredentialReport"))
    assert run(iam, "--fail-on", "critical") == 1
    assert run(iam) == 0


def test_a_failure_outweighs_an_unknown_verdict():
    iam = account(GetAlternateContact=denied("GetAlternateContact"))
    assert run(iam, "--fail-on", "medium") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--framework", "cis-5"), 'error: there is no framework "cis-5"; did you mean "cis-5.0"?'),
        (("--fail-on", "hihg"), "'critical', 'high', 'medium', 'low'. Did you mean \"high\"?"),
        (("--format", "jsn"), "'jsn' is not one of"),
    ],
)
def test_an_unknown_framework_or_level_is_refused(words, message, capsys):
    assert run(account(), *words) == 1
    assert message in capsys.readouterr().err


# Refusals


@pytest.mark.parametrize("operation", sorted({"GetAccountSummary", "GetCredentialReport", "GetAlternateContact"}))
def test_one_refused_question_leaves_the_others(operation, capsys):
    found = checks(account(**{operation: denied(operation)}), capsys)
    unknown = {key for key, one in found.items() if one["verdict"] == "cannot tell"}
    service = "account" if operation == "GetAlternateContact" else "iam"
    assert unknown
    assert {found[key]["why"] for key in unknown} == {f"Cannot tell: {service}:{operation} was denied"}


def test_a_refused_password_policy_or_sweep_is_not_an_empty_one(capsys):
    """Kills: an unreadable password policy that counts as a missing policy, and an account without users that fails."""
    iam = account()
    iam.fail = lambda call: denied(call.operation) if call.operation == "GetAccountPasswordPolicy" else None
    found = checks(iam, capsys)
    assert found["pw-length"]["why"] == "Cannot tell: iam:GetAccountPasswordPolicy was denied"
    assert found["groups-only"]["verdict"] == "pass"
    iam.fail = lambda call: denied(call.operation) if call.operation == "GetAccountAuthorizationDetails" else None
    found = checks(iam, capsys)
    assert found["groups-only"]["why"] == "Cannot tell: iam:GetAccountAuthorizationDetails was denied"
    assert (found["pw-length"]["verdict"], found["keys-90"]["verdict"]) == ("fail", "fail")


def test_a_sweep_that_breaks_off_is_an_error(capsys):
    iam = account()
    iam.fail = lambda call: (
        IamError(call.operation, "ServiceFailure", "no") if call.operation[:7] == "GetAcco" else None
    )
    assert run(iam) == 1
    assert "ServiceFailure" in capsys.readouterr().err


# The credential report


def late(code):
    return IamError("GetCredentialReport", code, "no")


def test_a_report_is_asked_for_and_waited_for_and_that_is_said(capsys):
    iam = account(GetCredentialReport=[late("ReportNotPresent"), report(root(), row("etl"), made=NOW)])
    found = checks(iam, capsys)
    assert found["keys-90"]["verdict"] == "pass"
    assert iam.asked.count("GenerateCredentialReport") == 1
    iam = account(GetCredentialReport=[late("ReportExpired"), late("ReportInProgress")])
    assert run(iam) == 0
    out, err = capsys.readouterr()
    assert err == "IAM makes a credential report; this can take a minute\n"
    assert "Without a credential report" in out
    assert "Cannot tell: IAM has not finished the credential report; try again in some minutes" in " ".join(out.split())


def test_a_report_that_stays_old_tells_nothing(capsys):
    """Kills: a status of last week."""
    old = report(root(), made=MADE - (NOW - MADE) * 3)
    found = checks(account(GetCredentialReport=[old, old]), capsys)
    assert found["keys-90"]["verdict"] == "cannot tell"


def test_a_report_that_cannot_be_made_or_read_tells_nothing(capsys):
    iam = account(GetCredentialReport=late("ReportNotPresent"), GenerateCredentialReport=late("LimitExceeded"))
    assert checks(iam, capsys)["keys-90"]["verdict"] == "cannot tell"
    found = checks(account(GetCredentialReport={"Content": b"\xff\xfe", "GeneratedTime": MADE}), capsys)
    assert found["keys-90"]["verdict"] == "cannot tell"


# Accepted failures


def test_an_accepted_failure_counts_no_more_until_somebody_else_fails(tmp_path, capsys):
    """Kills: a new name behind an old acceptance."""
    path = settings(tmp_path, "{keys-90: {reason: a partner's, until: 2026-12-31, who: [user/etl, BOT]}}")
    quiet = ["--framework", "cis-7.0", "--fail-on", "medium"]
    others = "pw-length: {reason: sso, until: 2026-12-31}"
    both = settings(tmp_path, f"{{keys-90: {{reason: x, until: 2026-12-31, who: [user/etl, BOT]}}, {others}}}")
    iam = account()
    assert run(iam, *quiet, both) == 0
    assert "acc.  keys-90" in capsys.readouterr().out
    iam.answers["GetCredentialReport"] = report(
        root(mfa_active="true"), *(row(one, **OLD) for one in ("etl", "bot", "new"))
    )
    assert run(iam, *quiet, path) == 2
    out = capsys.readouterr().out
    assert "user/new (1 key, 131 days)" in out
    assert "user/etl (" not in out


def test_an_acceptance_stands_in_the_json(tmp_path, capsys):
    path = settings(tmp_path, "{keys-90: {reason: a partner's, until: 2026-12-31, who: [etl]}}")
    found = checks(account(), capsys, path)["keys-90"]
    assert found["accepted"] == {"reason": "a partner's", "until": "2026-12-31", "who": ["user/etl"]}
    assert found["who"] == ["user/bot", "user/etl"]
    assert found["cure"] == "users: {bot: {access_keys: {active: 1, rotate_after_days: 90}}}"


def test_what_ended_or_fits_nothing_is_a_note_and_with_strict_an_error(tmp_path, capsys):
    entries = [
        "keys-90: {reason: x, until: 2026-11-23, who: [etl]}",
        "console-mfa: {reason: x, until: 2026-11-24, who: [etl]}",
        "all-mfa: {reason: x, until: 2026-11-24, who: [etl, bot, gone]}",
    ]
    path = settings(tmp_path, f"{{{', '.join(entries)}}}")
    assert run(account(), path) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert notes == [
        "note: status.accept.all-mfa fits nothing for user/gone",
        "note: status.accept.console-mfa fits nothing: the verdict is pass",
        "note: status.accept.keys-90 ended on 2026-11-23 and has no effect",
    ]
    assert run(account(), path, "--strict") == 1
    assert run(account(), path, "--fail-on", "medium") == 2


WRONG = {
    "{kyes-90: {reason: x, until: 2026-12-31}}": 'there is no check "kyes-90"; did you mean "keys-90"?',
    "{keys-90: {reason: x, until: 2026-12-31}}": "this check names entities: say which, as in who: [user/alice]",
    "{pw-length: {reason: x, until: 2026-12-31, who: [etl]}}": "this check names nobody, so take this line out",
    "{pw-length: {reason: ' ', until: 2026-12-31}}": "write why this is meant to be so",
    "{pw-length: {until: 2026-12-31}}": "is missing",
    "{pw-length: {reason: x}}": "is missing",
    "{pw-length: {reason: x, until: 2027-11-26}}": "a failure is accepted for a year at most: until 2027-11-25 today",
    "{pw-length: {reason: x, until: soon}}": "must be a day, as in 2026-11-23",
}


@pytest.mark.parametrize("accept", WRONG)
def test_an_acceptance_that_says_too_little_is_refused(accept, tmp_path, capsys):
    assert run(account(), settings(tmp_path, accept)) == 1
    assert WRONG[accept] in capsys.readouterr().err


def test_a_spec_of_another_account_is_refused(tmp_path, capsys):
    path = settings(tmp_path, "{}")
    (tmp_path / "iamspec.yaml").write_text("account: {id: '999999999999'}\n")
    assert run(account(), path) == 1
    assert "this spec is for account 999999999999, but the credentials are for 123456789012" in capsys.readouterr().err


def test_a_failure_shows_the_line_of_the_spec_and_settings_choose_numbers(tmp_path, capsys, monkeypatch):
    path = settings(tmp_path, "{}", "users:\n  etl: {}\n  bot: {}\n")
    text = (tmp_path / "iamspec.yaml").read_text().replace("accept: {}", "required_tags: [owner], root_unused_days: 1")
    (tmp_path / "iamspec.yaml").write_text(text)
    monkeypatch.chdir(path)
    assert run(account()) == 0
    out = capsys.readouterr().out
    assert "iamspec.yaml:5  users: {bot: {access_keys:" in out
    assert "2 users and roles without the tags owner" in out


# Its calls


def test_five_thousand_users_take_five_calls_beyond_the_sweep(capsys):
    """Kills: a call for each user."""
    rows = [row(f"u{number}", **OLD) for number in range(5000)]
    iam = Answering(root(mfa_active="true"), *rows)
    iam.state.users = {}
    assert run(iam, "--format", "json") == 0
    assert Counter(iam.asked) == Counter(
        (
            "GetAccountSummary",
            "GetCredentialReport",
            "ListVirtualMFADevices",
            "ListServiceSpecificCredentials",
            "GetAlternateContact",
        )
    )
    assert {call.operation for call in iam.calls} == SWEEP
    (one,) = (one for one in json.loads(capsys.readouterr().out)["checks"] if one["key"] == "keys-90")
    assert len(one["who"]) == 5000


def test_more_is_asked_only_where_somebody_asks(capsys):
    iam = account(ListAnalyzers={"analyzers": [{"type": "ORGANIZATION", "status": "ACTIVE"}]})
    found = checks(iam, capsys, "--region", "eu-west-1", "--organization")
    assert (found["external-analyzer"]["verdict"], found["central-root"]["verdict"]) == ("pass", "pass")
    assert (iam.asked.count("ListAnalyzers"), iam.asked.count("ListOrganizationsFeatures")) == (1, 1)
    iam = account()
    assert checks(iam, capsys, "--framework", "cis-7.0")["central-root"]["verdict"] == "pass"
    error = IamError("ListOrganizationsFeatures", "OrganizationNotFoundException", "no")
    found = checks(account(ListOrganizationsFeatures=error), capsys, "--organization")
    assert found["central-root"]["why"] == "the account is in no organization"


def test_a_virtual_device_of_root_is_known_by_its_owner_or_its_name(capsys):
    devices = [
        {"SerialNumber": "arn:aws:iam::123456789012:mfa/phone", "User": {"Arn": "arn:aws:iam::123456789012:root"}},
        {"SerialNumber": "arn:aws:iam::123456789012:mfa/root-account-mfa-device"},
        {"SerialNumber": "arn:aws:iam::123456789012:mfa/etl", "User": {"Arn": "arn:aws:iam::123456789012:user/etl"}},
    ]
    for number, expected in ((0, "fail"), (1, "fail"), (2, "pass")):
        iam = account(ListVirtualMFADevices={"VirtualMFADevices": [devices[number]]})
        assert checks(iam, capsys)["root-hardware-mfa"]["verdict"] == expected


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("GetAccountSummary", {"SummaryMap": 7}),
        ("ListVirtualMFADevices", {"VirtualMFADevices": 7}),
        ("ListServiceSpecificCredentials", {"ServiceSpecificCredentials": [7]}),
        ("GetCredentialReport", {"Content": 7}),
    ],
)
def test_an_answer_that_is_none_tells_nothing(operation, answer, capsys):
    """Kills: a traceback, or a pass, after the answer of a proxy."""
    found = checks(account(**{operation: answer}), capsys)
    assert "cannot tell" in {one["verdict"] for one in found.values()}


def test_the_fake_takes_the_questions_as_aws_does():
    """Kills: a parameter that botocore refuses."""
    import botocore.session
    from botocore.validate import ParamValidator

    from iamspec.status import credential_report, reading

    session = botocore.session.get_session()
    calls = [*reading.FIRST.values(), *reading.SAVED, credential_report.GENERATE]
    for call in [*calls, Call("ListAnalyzers", {}, "accessanalyzer")]:
        shape = session.get_service_model(call.service).operation_model(call.operation).input_shape
        errors = ParamValidator().validate(dict(call.params), shape).has_errors() if shape else bool(call.params)
        assert not errors, call
