"""Checks of root, in every combination of credentials of root and of readable answers."""

import itertools

import pytest
from reports import MADE, NOW, ago, content, root

from iamspec.iam import Account
from iamspec.status.assess import rule
from iamspec.status.checks import CHECKS
from iamspec.status.evidence import Asked, Evidence, Missing
from iamspec.status.report import read_report

DENIED = Missing("iam:GetAccountSummary was denied")
NO_REPORT = Missing("IAM has not finished the credential report; try again in some minutes")
NO_DEVICES = Missing("iam:ListVirtualMFADevices was denied")
VIRTUAL = ("arn:aws:iam::123456789012:mfa/root-account-mfa-device",)
PASS, FAIL, UNKNOWN = "pass", "fail", "cannot tell"


def summary(*, keys=0, mfa=1, password=1):
    return {"AccountAccessKeysPresent": keys, "AccountMFAEnabled": mfa, "AccountPasswordPresent": password}


def reported(**known):
    return read_report(content(root(**known)).decode(), MADE)


def verdicts(keys="root-no-keys root-mfa root-hardware-mfa", *, framework="iamspec", **facts):
    found = Evidence(Account("123456789012"), NOW, **facts)
    return [str(rule(CHECKS[key], found, framework).verdict) for key in keys.split()]


KEY = {"access_key_1_active": "true", "access_key_1_last_rotated": ago(3)}
# root has a key, MFA, a password; then the verdicts on its keys, its MFA and its hardware MFA
TABLE = {
    (0, "hardware", 1): [PASS, PASS, PASS],
    (0, "virtual", 1): [PASS, PASS, FAIL],
    (0, "none", 1): [PASS, FAIL, FAIL],
    (0, "none", 0): [PASS, PASS, PASS],
    (0, "hardware", 0): [PASS, PASS, PASS],
    (0, "virtual", 0): [PASS, PASS, FAIL],
    (1, "hardware", 1): [FAIL, PASS, PASS],
    (1, "virtual", 1): [FAIL, PASS, FAIL],
    (1, "none", 1): [FAIL, FAIL, FAIL],
    (1, "none", 0): [FAIL, PASS, PASS],
    (1, "hardware", 0): [FAIL, PASS, PASS],
    (1, "virtual", 0): [FAIL, PASS, FAIL],
}


@pytest.mark.parametrize(("keys", "mfa", "password"), TABLE)
@pytest.mark.parametrize("report", [NO_REPORT, reported()], ids=["report missing", "report there"])
def test_root_is_judged_by_the_account_summary_whatever_the_report_says(keys, mfa, password, report):
    """Kills: root dropped where the report is not there, and a member account without root credentials that fails."""
    facts = summary(keys=keys, mfa=int(mfa != "none"), password=password)
    devices = VIRTUAL if mfa == "virtual" else ()
    assert verdicts(summary=facts, report=report, root_devices=devices) == TABLE[keys, mfa, password]


def test_the_table_has_every_combination():
    assert set(TABLE) == set(itertools.product((0, 1), ("hardware", "virtual", "none"), (0, 1)))


WITHOUT_SUMMARY = {
    "nothing is known": (NO_REPORT, NO_DEVICES, [UNKNOWN, UNKNOWN, UNKNOWN]),
    "the report has no row of root": (read_report(content().decode(), MADE), NO_DEVICES, [UNKNOWN, UNKNOWN, UNKNOWN]),
    "a key and MFA in the report": (reported(mfa_active="true", **KEY), NO_DEVICES, [FAIL, PASS, UNKNOWN]),
    "no MFA in the report": (reported(), (), [UNKNOWN, FAIL, FAIL]),
    "no password in the report": (reported(password_enabled="false"), (), [UNKNOWN, PASS, PASS]),
    "MFA is no flag": (reported(mfa_active="perhaps"), (), [UNKNOWN, UNKNOWN, UNKNOWN]),
}


@pytest.mark.parametrize("case", WITHOUT_SUMMARY)
def test_without_the_account_summary_the_report_speaks_for_root_as_far_as_it_can(case):
    """Kills: a refused question that counts as a pass."""
    report, devices, expected = WITHOUT_SUMMARY[case]
    assert verdicts(summary=DENIED, report=report, root_devices=devices) == expected


def test_a_refused_list_of_devices_leaves_open_what_the_mfa_of_root_is():
    assert verdicts(summary=summary(), report=NO_REPORT, root_devices=NO_DEVICES) == [PASS, PASS, UNKNOWN]


def test_a_summary_that_says_nothing_of_a_password_takes_none_for_granted():
    """Kills: an old account summary, without AccountPasswordPresent, that passes as one without root credentials."""
    old = {"AccountAccessKeysPresent": 0, "AccountMFAEnabled": 0}
    assert verdicts(summary=old, report=NO_REPORT) == [PASS, FAIL, FAIL]
    assert verdicts(summary=old, report=reported(password_enabled="FALSE")) == [PASS, PASS, PASS]
    assert verdicts(summary={}, report=NO_REPORT) == [UNKNOWN, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("report", "expected"), [(reported(), PASS), (reported(**KEY), FAIL), (NO_REPORT, FAIL)], ids=str
)
def test_the_console_forgives_a_key_of_root_that_is_certainly_inactive(report, expected):
    assert verdicts("root-no-keys", framework="console", summary=summary(keys=1), report=report) == [expected]
    assert verdicts("root-no-keys", summary=summary(keys=1), report=report) == [FAIL]


USES = {
    "never": ({}, PASS),
    "password 31 days ago": ({"password_last_used": ago(31, NOW)}, PASS),
    "password yesterday": ({"password_last_used": ago(1, NOW)}, FAIL),
    "password long ago, key yesterday": (
        {"password_last_used": ago(400), "access_key_2_last_used_date": ago(1)},
        FAIL,
    ),
    "no_information": ({"password_last_used": "no_information"}, PASS),
}


@pytest.mark.parametrize("case", USES)
def test_the_newest_use_of_root_counts_be_it_of_a_key(case):
    """Kills: a look at the password that misses yesterday's key."""
    known, expected = USES[case]
    assert verdicts("root-unused", report=reported(**known)) == [expected]


def test_the_settings_say_when_root_is_unused():
    facts = {"report": reported(password_last_used=ago(3, NOW))}
    assert verdicts("root-unused", asked=Asked(root_unused_days=3), **facts) == [PASS]
    assert verdicts("root-unused", asked=Asked(root_unused_days=4), **facts) == [FAIL]
    assert verdicts("root-unused", report=NO_REPORT) == [UNKNOWN]
