"""What `validate` says of exceptions in the settings: accepted drift and lifted complaints."""

from datetime import date

import pytest
from faulty import Table, faults, written

from iamspec.cli import main
from iamspec.commands.validate import validate
from iamspec.errors import InvalidSpec
from iamspec.kinds import KINDS as ALL_KINDS

ONE = "address: user/a, state: x"
KINDS = ", ".join(ALL_KINDS)
UNKNOWN = f'there is no kind "usr"; the kinds are {KINDS}; did you mean "user"?'
DRIFT: Table = {
    "no reason": (
        f"drift: {{accept: [{{{ONE}, until: 2027-01-01}}]}}\n",
        ["spec/a.yaml:1:18: drift.accept[0].reason: is missing"],
    ),
    "an empty reason": (
        f"drift: {{accept: [{{{ONE}, reason: ' ', until: 2027-01-01}}]}}\n",
        ["spec/a.yaml:1:54: drift.accept[0].reason: write why this is meant to be so"],
    ),
    "no end": (
        f"drift: {{accept: [{{{ONE}, reason: r}}]}}\n",
        ["spec/a.yaml:1:18: drift.accept[0].until: is missing"],
    ),
    "an end that is no day": (
        f"drift: {{accept: [{{{ONE}, reason: r, until: never}}]}}\n",
        ["spec/a.yaml:1:64: drift.accept[0].until: must be a day, as in 2026-11-23"],
    ),
    "no state": (
        "drift: {accept: [{address: user/a, reason: r, until: 2027-01-01}]}\n",
        ["spec/a.yaml:1:18: drift.accept[0].state: is missing"],
    ),
    "no address": (
        "drift: {accept: [{state: x, reason: r, until: 2027-01-01}]}\n",
        ["spec/a.yaml:1:18: drift.accept[0].address: is missing"],
    ),
    "an unknown kind": (
        "drift: {accept: [{address: usr/a, state: x, reason: r, until: 2027-01-01}]}\n",
        [
            f"spec/a.yaml:1:28: drift.accept[0].address: {UNKNOWN}",
        ],
    ),
    "a name alone": (
        "drift: {accept: [{address: a, state: x, reason: r, until: 2027-01-01}]}\n",
        ["spec/a.yaml:1:28: drift.accept[0].address: must be the address of one entity, as in user/alice"],
    ),
    "a glob": (
        "drift: {accept: [{address: user/*, state: x, reason: r, until: 2027-01-01}]}\n",
        ["spec/a.yaml:1:28: drift.accept[0].address: must be the address of one entity; a glob is not taken here"],
    ),
    "an unknown key": (
        f"drift: {{accept: [{{{ONE}, reason: r, until: 2027-01-01, who: me}}]}}\n",
        [
            'spec/a.yaml:1:76: drift.accept[0]: unknown key "who"; known are address, reason, state, until',
        ],
    ),
}


@pytest.mark.parametrize("name", DRIFT)
def test_accepted_drift_needs_an_entity_a_state_a_reason_and_an_end(tmp_path, name):
    """Kills: an acceptance of everything, for ever, for no reason."""
    files, expected = DRIFT[name]
    assert faults(tmp_path, files) == expected


def test_an_entry_that_has_ended_is_a_warning_and_with_strict_an_error(tmp_path, monkeypatch, capsys):
    """Kills: entries of last year that stay in the file because nobody hears of them."""
    written(tmp_path, f"drift: {{accept: [{{{ONE}, reason: r, until: 2020-01-01}}]}}\n")
    monkeypatch.chdir(tmp_path)
    message = "ended on 2020-01-01 and has no effect any more; take the entry out"
    assert [main(["validate", "spec"]), main(["validate", "spec", "--strict"])] == [0, 1]
    place = "spec/a.yaml:1:18"
    shown = capsys.readouterr().err
    assert f"{place}: warning: drift.accept[0]: {message}\n" in shown
    assert f"{place}: error: drift.accept[0]: {message}\n" in shown


def test_a_day_ends_with_itself(tmp_path, monkeypatch):
    """Kills: an acceptance that ends a day early."""
    written(tmp_path, f"drift: {{accept: [{{{ONE}, reason: r, until: 2027-01-01}}]}}\n")
    monkeypatch.chdir(tmp_path)
    found = [len(validate(["spec"], date(2027, 1, day))[1]) for day in (1, 2)]
    assert found == [0, 1]


LIFT = "guard: protected, address: user/a, change: x"
NEVER = "self-lockout cannot be lifted in a file; a person lifts it for one run: --allow self-lockout"
ALLOW: Table = {
    "no reason": (
        f"guards: {{allow: [{{{LIFT}, until: 2026-12-05}}]}}\n",
        ["spec/a.yaml:1:18: guards.allow[0].reason: is missing"],
    ),
    "no end": (
        f"guards: {{allow: [{{{LIFT}, reason: r}}]}}\n",
        ["spec/a.yaml:1:18: guards.allow[0].until: is missing"],
    ),
    "no change": (
        "guards: {allow: [{guard: protected, address: user/a, reason: r, until: 2026-12-05}]}\n",
        ["spec/a.yaml:1:18: guards.allow[0].change: is missing"],
    ),
    "an unknown guard": (
        "guards: {allow: [{guard: protectd, address: user/a, change: x, reason: r, until: 2026-12-05}]}\n",
        ['spec/a.yaml:1:26: guards.allow[0].guard: there is no guard "protectd"; did you mean "protected"?'],
    ),
    "a guard that no file lifts": (
        "guards: {allow: [{guard: self-lockout, change: x, reason: r, until: 2026-12-05}]}\n",
        [
            f"spec/a.yaml:1:26: guards.allow[0].guard: {NEVER}",
        ],
    ),
    "no address": (
        "guards: {allow: [{guard: protected, change: x, reason: r, until: 2026-12-05}]}\n",
        ["spec/a.yaml:1:18: guards.allow[0]: say for what, as in address: user/alice"],
    ),
    "a glob": (
        "guards: {allow: [{guard: protected, address: 'user/*', change: x, reason: r, until: 2026-12-05}]}\n",
        ["spec/a.yaml:1:46: guards.allow[0].address: must be the address of one entity; a glob is not taken here"],
    ),
}


@pytest.mark.parametrize("name", ALLOW)
def test_a_lifted_complaint_needs_a_guard_an_entity_a_change_a_reason_and_an_end(tmp_path, name):
    """Kills: a permission for everything, for ever, for no reason."""
    files, expected = ALLOW[name]
    assert faults(tmp_path, files) == expected


def test_a_complaint_is_lifted_for_30_days_at_most(tmp_path, monkeypatch):
    """Kills: a permission that outlives everybody who remembers it."""
    written(tmp_path, f"guards: {{allow: [{{{LIFT}, reason: r, until: 2027-01-31}}]}}\n")
    monkeypatch.chdir(tmp_path)
    assert validate(["spec"], date(2027, 1, 1))[1] == []
    with pytest.raises(InvalidSpec) as refused:
        validate(["spec"], date(2026, 12, 31))
    assert list(map(str, refused.value.issues)) == [
        "spec/a.yaml:1:83: guards.allow[0].until: at most 30 days ahead: until 2027-01-30 today"
    ]


NOBODY: Table = {
    "an impossible name": (
        "guards: {administrators: ['a na'], protected: {groups: ['o,ps!']}}\n",
        [
            'spec/a.yaml:1:27: guards.administrators[0]: IAM does not accept the name "a na"',
            'spec/a.yaml:1:57: guards.protected.groups[0]: IAM does not accept the name "o,ps!"',
        ],
    ),
    "a name that must be gone": (
        "guards: {administrators: [ana]}\nabsent: {users: {ana: 2026-01-01}}\n",
        ["spec/a.yaml:1:27: guards.administrators[0]: user/ana is under `absent`, so no entity will have this name"],
    ),
}


@pytest.mark.parametrize("name", NOBODY)
def test_a_guard_of_a_name_that_certainly_nobody_has_is_an_error(tmp_path, name):
    """Kills: a guard that guards nobody because of a typing error."""
    files, expected = NOBODY[name]
    assert faults(tmp_path, files) == expected
