"""Checks of users by IAM's credential report: an uncertain answer of the report never passes."""

import pytest
from reports import COLUMNS, MADE, NOW, ago, content, report, root, row

from iamspec.errors import Unreadable
from iamspec.iam import Account, Caller
from iamspec.status.assess import rule
from iamspec.status.checks import CHECKS
from iamspec.status.evidence import Evidence, Missing, ServiceKey
from iamspec.status.report import read_report

PASS, FAIL, UNKNOWN = "pass", "fail", "cannot tell"


def judged(key, *rows, framework="iamspec", **facts):
    """The verdict and the entities that fail, each with its note."""
    found = Evidence(Account("123456789012"), NOW, report=read_report(content(*rows).decode(), MADE), **facts)
    ruling = rule(CHECKS[key], found, framework)
    return str(ruling.verdict), [f"{one.address} {one.note}".strip() for one in ruling.who]


def password(**known):
    return {"password_enabled": "true", "password_last_changed": ago(200), **known}


def key(number=1, rotated=1, used=None, active="true"):
    start = f"access_key_{number}_"
    used = "N/A" if used is None else ago(used)
    return {f"{start}active": active, f"{start}last_rotated": ago(rotated), f"{start}last_used_date": used}


NONE = {"mfa_active": "true"}
CASES = {
    # key, case: what the report says of user/a, and the note of user/a if the check fails
    ("console-mfa", "no password"): ({}, None),
    ("console-mfa", "password and MFA"): (password(mfa_active="TRUE"), None),
    ("console-mfa", "password"): (password(), "password"),
    ("console-mfa", "nobody knows whether there is a password"): ({"password_enabled": "not_supported"}, "password"),
    ("console-mfa", "nobody knows whether there is MFA"): (password(mfa_active="N/A"), "password"),
    ("all-mfa", "MFA"): (NONE, None),
    ("all-mfa", "no MFA"): ({}, ""),
    ("no-key-at-creation", "key without password"): (key(), None),
    ("no-key-at-creation", "password and a used key"): ({**password(), **key(used=1)}, None),
    ("no-key-at-creation", "password and a new key"): ({**password(), **key()}, "1 key"),
    ("no-key-at-creation", "password and an inactive key"): ({**password(), **key(active="false")}, None),
    ("unused-45", "password 44 days"): (password(password_last_used=ago(44)), None),
    ("unused-45", "password 45 days"): (password(password_last_used=ago(45)), "password"),
    ("unused-45", "password never used, new"): (password(password_last_changed=ago(44)), None),
    ("unused-45", "password never used, old"): (password(password_last_used="no_information"), "password"),
    ("unused-45", "password of nobody knows when"): (password(password_last_changed="soon"), "password"),
    ("unused-45", "key never used, new"): (key(rotated=44), None),
    ("unused-45", "key never used, old"): (key(rotated=45), "1 key"),
    ("unused-45", "key 45 days"): (key(rotated=400, used=45), "1 key"),
    ("unused-45", "inactive key"): (key(rotated=400, active="false"), None),
    ("unused-45", "key neither active nor inactive"): (key(rotated=400, active="?"), "1 key"),
    ("unused-45", "all of it"): (
        {**password(), **key(1, 50), **key(2, 60)},
        "password and 2 keys",
    ),
    ("unused-90", "45 days"): (key(rotated=400, used=45), None),
    ("unused-90", "90 days"): (key(rotated=400, used=90), "1 key"),
    ("unused-year", "364 days"): (key(rotated=400, used=364), None),
    ("unused-year", "365 days"): (key(rotated=400, used=365), "1 key"),
    ("one-key", "one active"): ({**key(1), **key(2, active="false")}, None),
    ("one-key", "two active"): ({**key(1), **key(2)}, "2 keys"),
    ("keys-90", "90 days"): (key(rotated=90), None),
    ("keys-90", "91 days"): (key(rotated=91), "1 key"),
    ("keys-90", "91 days and inactive"): (key(rotated=91, active="false"), None),
    ("keys-90", "of nobody knows when"): ({**key(), "access_key_1_last_rotated": "N/A"}, "1 key"),
    ("no-certs", "none"): ({}, None),
    ("no-certs", "active"): ({"cert_2_active": "true"}, "1 certificate"),
    ("no-certs", "neither"): ({"cert_2_active": "maybe"}, "1 certificate"),
}


@pytest.mark.parametrize(("check", "case"), CASES)
def test_a_user_passes_only_for_certain(check, case):
    """Kills: a value that nobody knows and that passes, an edge off by a day, an inactive key that counts."""
    known, note = CASES[check, case]
    expected = (PASS, []) if note is None else (FAIL, [f"user/a {note}".strip()])
    assert judged(check, root(), row("a", **known), row("fine", **NONE)) == expected


def test_root_is_not_one_of_the_users():
    rich = {**password(), **key(rotated=400), **key(2, 400)}
    for check in ("console-mfa", "all-mfa", "one-key", "keys-90", "unused-45"):
        assert judged(check, root(**rich), row("fine", **NONE)) == (PASS, [])


def test_a_column_that_nobody_knows_makes_no_check_pass():
    """Kills: a third access key in a new column, unseen by every check of keys."""
    new = {"access_key_3_active": "true"}
    assert judged("one-key", root(**new), row("a", **new)) == (UNKNOWN, [])
    assert judged("one-key", root(**new), row("a", **new, **key(1), **key(2))) == (FAIL, ["user/a 2 keys"])
    assert judged("root-unused", root(**new)) == (UNKNOWN, [])


def test_a_date_that_cannot_be_read_makes_no_check_pass():
    """Kills: a use of root at an unreadable time that counts as no use."""
    odd = {"password_last_used": "2026-13-01"}
    assert judged("root-unused", root(**odd)) == (UNKNOWN, [])
    assert judged("unused-45", root(), row("a", **password(password_last_changed=ago(1)), **odd)) == (UNKNOWN, [])
    assert judged("unused-45", root(), row("a", **odd), row("b", **key(rotated=50))) == (FAIL, ["user/b 1 key"])


def test_a_user_with_more_keys_than_the_report_shows_makes_no_check_of_keys_pass():
    more = {"additional_credentials_info": "1 additional access key, see ListAccessKeys"}
    known = {"additional_credentials_info": "N/A"}
    rows = (root(**known), row("a", **more, **NONE))
    assert [judged(check, *rows)[0] for check in ("keys-90", "console-mfa")] == [UNKNOWN, PASS]
    assert judged("keys-90", root(**known), row("a", **known)) == (PASS, [])


@pytest.mark.parametrize("column", ["user", "mfa_active", "access_key_2_active"])
def test_a_report_without_a_column_is_none(column):
    text = ",".join(name for name in COLUMNS if name != column)
    with pytest.raises(Unreadable, match=f"no column {column}"):
        read_report(text, MADE)


def test_a_report_without_certificates_cannot_tell_of_them_alone():
    bare = [name for name in COLUMNS if not name.startswith("cert_")]
    text = "\n".join(",".join(one) for one in (bare, [row("a", **NONE)[name] for name in bare]))
    found = Evidence(Account("123456789012"), NOW, report=read_report(text, MADE))
    assert [str(rule(CHECKS[check], found).verdict) for check in ("no-certs", "all-mfa")] == [UNKNOWN, PASS]


@pytest.mark.parametrize("text", ["", "\n", "no,report", "<html>", f"{','.join(COLUMNS)}\na,b"])
def test_what_is_no_report_is_not_read_as_an_empty_one(text):
    """Kills: half a report, or the page of a proxy, in which nobody is at fault."""
    with pytest.raises(Unreadable):
        read_report(text, MADE)


def test_the_console_asks_the_caller_for_mfa():
    rows = (root(), row("ana"), row("ben", **NONE))
    arn = "arn:aws:iam::123456789012:user/people/"
    asked = {
        name: judged("caller-mfa", *rows, caller=Caller(f"{arn}{name}", "123456789012")) for name in ("Ana", "ben", "x")
    }
    assert asked == {"Ana": (FAIL, ["user/Ana"]), "ben": (PASS, []), "x": (UNKNOWN, [])}
    role = Caller("arn:aws:sts::123456789012:assumed-role/deploy/session", "123456789012")
    assert judged("caller-mfa", *rows, caller=role)[0] == judged("caller-mfa", *rows)[0] == "not applicable"


def test_a_service_specific_credential_has_to_end():
    """Kills: an API key of Bedrock that is good for ever."""
    ends = ServiceKey("a", "bedrock.amazonaws.com", active=True, created=NOW, expires=NOW)
    endless = ServiceKey("b", "bedrock.amazonaws.com", active=True, created=NOW, expires=None)
    assert judged("api-keys-end", root(), service_keys=(ends,)) == (PASS, [])
    assert judged("api-keys-end", root(), service_keys=(ends, endless)) == (FAIL, ["user/b bedrock.amazonaws.com"])
    refused = Missing("iam:ListServiceSpecificCredentials was denied")
    assert judged("api-keys-end", root(), service_keys=refused) == (UNKNOWN, [])


def test_a_report_is_what_iam_writes():
    assert report(root())["Content"].decode().splitlines()[0] == ",".join(COLUMNS)
