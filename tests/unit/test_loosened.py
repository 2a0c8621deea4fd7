"""Losses of protection without a call: new exceptions, later ends, fields that are not compared any more."""

import pytest

from iamspec.desired.load import load
from iamspec.review.loosened import loosened

SPEC = """
account: {id: "123456789012", password_policy: {minimum_password_length: 14}}
scope: {users: ["*"], groups: ["*"], roles: ["*"]}
tests:
  engineers: {users: ["/eng/*"], roles: [app], deny: ["iam:*"]}
drift:
  accept: [{address: user/cid, state: abc, reason: r, until: 2027-01-01}]
users:
  dot: {groups: [{name: ops, expires: 2999-01-01}], console: false, access_keys: 0, expires: 2999-03-01}
groups: {ops: {}}
roles: {app: {trust: [{service: ec2.amazonaws.com}]}}
"""
CHANGES = {
    "less of a test of roles": (
        ("roles: [app], deny", "deny"),
        ["test engineers asserts less: deny iam:* for role app"],
    ),
    "a later end of accepted drift": (
        ("until: 2027-01-01", "until: 2030-01-01"),
        ["drift.accept accepts user/cid until 2030-01-01: r"],
    ),
    "an earlier end of accepted drift": (("until: 2027-01-01", "until: 2026-12-31"), []),
    "an end of a membership that is put off": (
        ("expires: 2999-01-01", "expires: 2999-06-01"),
        ["user/dot group ops ends 2999-01-02 → 2999-06-02"],
    ),
    "a membership that goes": (("groups: [{name: ops, expires: 2999-01-01}], ", ""), []),
    "an end that is taken away": ((", expires: 2999-03-01", ""), ["user/dot ends 2999-03-02 → never"]),
    "an end that comes earlier": (("expires: 2999-03-01", "expires: 2999-02-01"), []),
    "sign-in that nobody compares any more": (
        ("console: false, access_keys: 0, ", ""),
        [
            "user/dot has no console any more: a new one is no drift",
            "user/dot has no access_keys any more: a new one is no drift",
        ],
    ),
    "a password policy that nobody compares any more": (
        (", password_policy: {minimum_password_length: 14}", ""),
        ["account.password_policy is left out: it is not compared any more"],
    ),
}


def read(folder, text):
    folder.mkdir()
    (folder / "iamspec.yaml").write_text(text, encoding="utf-8")
    spec, issues = load([str(folder)])
    assert issues == []
    return spec


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_gives_up_is_said_though_no_call_follows(tmp_path, name):
    """Kills: access for ever, or a key that is no drift, by a change for which the plan is empty."""
    (old, new), expected = CHANGES[name]
    assert old in SPEC
    found = loosened(read(tmp_path / "old", SPEC), read(tmp_path / "new", SPEC.replace(old, new, 1)))
    assert [one.message for one in found] == expected
