"""Losses of protection without a call: new exceptions, later ends, fields that are not compared any more."""

import pytest

from iamspec.desired.load import load
from iamspec.review.loosened import loosened

DOT = "dot: {groups: [{name: ops, expires: 2999-01-01}], console: false, access_keys: 0, expires: 2999-03-01}"
ONE = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}"
SPEC = """
account: {id: "123456789012", password_policy: {minimum_password_length: 14}}
scope: {users: ["*"], groups: ["*"], roles: ["*"]}
tests:
  engineers: {users: ["/eng/*"], roles: [app], deny: ["iam:*"]}
drift:
  accept: [{address: user/cid, state: abc, reason: r, until: 2027-01-01}]
groups: {ops: {}}
users:
  DOT
  eve: {policies: [{name: aws:ReadOnlyAccess, expires: 2999-01-01}], inline_policies: {in: {expires: 2999-01-01, document: ONE}},
    access_keys: {active: 1, rotate_after_days: 90}, suspended: true}
roles: {app: {trust: [{service: ec2.amazonaws.com}]}}
""".replace("DOT", DOT).replace("ONE", ONE)
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
    "a rename that drops ends": (
        (DOT, "dora: {renamed_from: dot, groups: [ops], console: false, access_keys: 0}"),
        ["user/dora ends 2999-03-02 → never", "user/dora group ops ends 2999-01-02 → never"],
    ),
    "a group whose name changes while an end goes": (
        (
            f"groups: {{ops: {{}}}}\nusers:\n  {DOT}",
            f"groups: {{people: {{renamed_from: ops}}}}\nusers:\n  {DOT.replace('{name: ops, expires: 2999-01-01}', 'people')}",
        ),
        ["user/dot group ops ends 2999-01-02 → never"],
    ),
    "another spelling of a policy that loses its end": (
        ("[{name: aws:ReadOnlyAccess, expires: 2999-01-01}]", "['arn:aws:iam::aws:policy/ReadOnlyAccess']"),
        ["user/eve policy aws:ReadOnlyAccess ends 2999-01-02 → never"],
    ),
    "an inline policy that loses its end": (
        (f"{{expires: 2999-01-01, document: {ONE}}}", ONE),
        ["user/eve inline policy in ends 2999-01-02 → never"],
    ),
    "a rotation that stops": (
        ("{active: 1, rotate_after_days: 90}", "1"),
        ["user/eve keys rotate after 90 days → never"],
    ),
    "a suspension that nobody compares any more": (
        (", suspended: true", ""),
        ["user/eve has no suspended any more: the end of the suspension is no drift"],
    ),
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
