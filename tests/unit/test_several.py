"""Several PATHs with settings: a later PATH may add or tighten, and what would loosen is told with both places."""

from collections.abc import Mapping

import pytest
from faulty import written

from iamspec.cli import main
from iamspec.commands.validate import validate
from iamspec.desired.load import load
from iamspec.desired.settings import Settings
from iamspec.desired.several import CLOSED, RULES, WHOLE
from iamspec.errors import InvalidSpec

ID = 'account: {id: "123456789012"}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder, *texts):
    """The spec of the PATHs `a`, `b` … with these settings; InvalidSpec if they do not go together."""
    names = [chr(ord("a") + number) for number in range(len(texts))]
    written(folder, {f"../{name}/iamspec.yaml": text for name, text in zip(names, texts, strict=True)})
    spec, issues = load(names)
    if issues:
        raise InvalidSpec(issues)
    return spec


def said(folder, *texts):
    """The settings, without keys that are left out."""
    return read(folder, *texts).settings.model_dump(mode="json", exclude_unset=True)


def refused(folder, *texts):
    with pytest.raises(InvalidSpec) as found:
        read(folder, *texts)
    return list(map(str, found.value.issues))


EARLIER, LATER = "loosens what an earlier PATH says at", "a later PATH may add or tighten"
OTHER = "is not what an earlier PATH says at"

STRICTER = (
    "account: {password_policy: {minimum_password_length: 8, max_password_age: 30, require_symbols: true, "
    "password_reuse_prevention: 5}}\n"
)
MERGED: dict[str, tuple[str, str, Mapping[str, object]]] = {
    "smaller limits": (
        "guards: {max_deletes: 5, max_revokes: 3}\n",
        "guards: {max_deletes: 2, max_revokes: 9}\n",
        {"guards": {"max_deletes": 2, "max_revokes": 3}},
    ),
    "larger minima": (
        "guards: {min_admins: 2, recent_days: 30}\n",
        "guards: {min_admins: 1, recent_days: 90}\n",
        {"guards": {"min_admins": 2, "recent_days": 90}},
    ),
    "lists": (
        "guards: {administrators: [ana], protected: {users: [ana]}, stack_regions: [us-east-1]}\n",
        "guards: {administrators: [ben, ana], protected: {users: [ben], groups: [ops]}, stack_regions: [eu-west-1]}\n",
        {
            "guards": {
                "administrators": ["ana", "ben"],
                "protected": {"users": ["ana", "ben"], "groups": ["ops"]},
                "stack_regions": ["us-east-1", "eu-west-1"],
            }
        },
    ),
    "accepted drift": (
        "drift: {accept: [{address: user/a, state: x, reason: r, until: 2027-01-01}]}\n",
        "drift: {accept: [{address: user/b, state: y, reason: r, until: 2027-01-01}]}\n",
        {
            "drift": {
                "accept": [
                    {"address": "user/a", "state": "x", "reason": "r", "until": "2027-01-01"},
                    {"address": "user/b", "state": "y", "reason": "r", "until": "2027-01-01"},
                ]
            }
        },
    ),
    "what only one says": (
        "guards: {max_deletes: 7}\n",
        f"{ID}tests: {{t: {{users: [], deny: ['iam:CreateUser']}}}}\nlint: {{ignore: {{inline-size: meant}}}}\n",
        {
            "guards": {"max_deletes": 7},
            "account": {"id": "123456789012"},
            "tests": {"t": {"users": [], "deny": [{"action": "iam:CreateUser"}]}},
            "lint": {"ignore": {"inline-size": "meant"}},
        },
    ),
    "a stricter password policy": (
        "account: {password_policy: {minimum_password_length: 14, max_password_age: 90, require_symbols: false}}\n",
        STRICTER,
        {
            "account": {
                "password_policy": {
                    "minimum_password_length": 14,
                    "max_password_age": 30,
                    "require_symbols": True,
                    "password_reuse_prevention": 5,
                }
            }
        },
    ),
    "less scope": (
        "scope: {users: ['/eng/*', 'svc-*'], exclude: {users: [x]}}\n",
        "scope: {users: ['svc-*'], exclude: {users: [y], policies: [z]}}\n",
        {"scope": {"users": ["svc-*"], "exclude": {"users": ["x", "y"], "policies": ["z"]}}},
    ),
    "a scope after exclusions": (
        "scope: {exclude: {users: [x]}}\n",
        "scope: {groups: ['*']}\n",
        {"scope": {"exclude": {"users": ["x"]}, "groups": ["*"]}},
    ),
    "the same twice": (
        f"{ID}absent: {{users: {{mallory: 2026-11-23}}}}\ntests: {{t: {{users: [], deny: ['iam:*']}}}}\n",
        f"{ID}absent: {{users: {{mallory: 2026-11-23, eve: 2026-11-24}}}}\ntests: {{t: {{users: [], deny: ['iam:*']}}}}\n",
        {
            "account": {"id": "123456789012"},
            "absent": {"users": {"mallory": "2026-11-23", "eve": "2026-11-24"}},
            "tests": {"t": {"users": [], "deny": [{"action": "iam:*"}]}},
        },
    ),
    "prune in each": (f"{ID}prune: true\n", "prune: true\n", {"account": {"id": "123456789012"}, "prune": True}),
    "prune off in one": (f"{ID}prune: true\n", "prune: false\n", {"account": {"id": "123456789012"}, "prune": False}),
    "prune off in the other": (
        f"{ID}prune: false\n",
        "prune: true\n",
        {"account": {"id": "123456789012"}, "prune": False},
    ),
    "fewer accepted findings": (
        "status: {accept: {root-mfa: {reason: r, until: 2027-01-01}}, root_unused_days: 30, required_tags: [a]}\n",
        "status: {root_unused_days: 60, required_tags: [b]}\n",
        {
            "status": {
                "accept": {"root-mfa": {"reason": "r", "until": "2027-01-01"}},
                "root_unused_days": 30,
                "required_tags": ["a", "b"],
            }
        },
    ),
}
LOOSENED = {
    "another account": (
        ID,
        'account: {id: "210987654321"}\n',
        [f"b/iamspec.yaml:1:11: account.id: {OTHER} a/iamspec.yaml:1:11; {LATER}"],
    ),
    "another alias, and none": (
        "account: {alias: acme, password_policy: null}\n",
        "account:\n  alias: null\n  password_policy: {}\n",
        [
            f"b/iamspec.yaml:2:3: account.alias: {OTHER} a/iamspec.yaml:1:11; {LATER}",
            f"b/iamspec.yaml:3:3: account.password_policy: {OTHER} a/iamspec.yaml:1:24; {LATER}",
        ],
    ),
    "a test of the same name": (
        "tests: {t: {users: [], deny: ['iam:*']}}\n",
        "tests: {t: {users: [], deny: []}}\n",
        [f"b/iamspec.yaml:1:9: tests.t: {OTHER} a/iamspec.yaml:1:9; {LATER}"],
    ),
    "more scope": (
        "scope: {users: ['/eng/*']}\n",
        "scope: {users: ['*'], groups: ['*']}\n",
        [
            f"b/iamspec.yaml:1:9: scope.users: {EARLIER} a/iamspec.yaml:1:9; {LATER}",
            f"b/iamspec.yaml:1:23: scope.groups: {EARLIER} a/iamspec.yaml:1:1; {LATER}",
        ],
    ),
    "more warnings that are ignored": (
        "lint: {ignore: {inline-size: meant}}\n",
        "lint: {ignore: {not-principal: meant}}\n",
        [f"b/iamspec.yaml:1:17: lint.ignore.not-principal: {EARLIER} a/iamspec.yaml:1:8; {LATER}"],
    ),
    "more findings that are accepted": (
        "status: {accept: {root-mfa: {reason: r, until: 2027-01-01, who: [user/a]}}}\n",
        "status: {accept: {root-mfa: {reason: r, until: 2027-01-01, who: [user/b]}, keys-90: {reason: r, until: 2027-01-01}}}\n",
        [
            f"b/iamspec.yaml:1:19: status.accept.root-mfa: {OTHER} a/iamspec.yaml:1:19; {LATER}",
            f"b/iamspec.yaml:1:76: status.accept.keys-90: {EARLIER} a/iamspec.yaml:1:10; {LATER}",
        ],
    ),
    "a later tombstone": (
        "absent: {users: {mallory: 2026-11-23}}\n",
        "absent: {users: {mallory: 2027-11-23}}\n",
        [f"b/iamspec.yaml:1:18: absent.users.mallory: {OTHER} a/iamspec.yaml:1:18; {LATER}"],
    ),
    "who may change a password": (
        "account: {password_policy: {allow_users_to_change_password: true}}\n",
        "account: {password_policy: {allow_users_to_change_password: false}}\n",
        [
            f"b/iamspec.yaml:1:29: account.password_policy.allow_users_to_change_password: {OTHER} a/iamspec.yaml:1:29; {LATER}"
        ],
    ),
}


@pytest.mark.parametrize(("earlier", "later", "merged"), MERGED.values(), ids=MERGED)
def test_a_later_path_adds_and_tightens(folder, earlier, later, merged):
    """Kills: limits of the last PATH, lists that replace each other, deletions that only one owner has agreed to."""
    assert said(folder, earlier, later) == merged


@pytest.mark.parametrize(("earlier", "later", "issues"), LOOSENED.values(), ids=LOOSENED)
def test_what_would_loosen_is_an_error_with_both_places(folder, earlier, later, issues):
    """Kills: a team that widens what another owner has reviewed."""
    assert refused(folder, earlier, later) == issues


def test_prune_that_one_path_does_not_say_is_off_and_a_warning(folder):
    """Kills: deletions that the owner of the other settings knows nothing of."""
    spec = read(folder, f"{ID}guards: {{max_deletes: 1}}\n", "prune: true\n")
    assert spec.settings.prune is False
    assert list(map(str, validate(["a", "b"])[1])) == [
        "b/iamspec.yaml:1:8: prune: prune is off, as a/iamspec.yaml has settings and does not say `prune: true`, too"
    ]


def test_three_paths_are_merged_one_after_the_other(folder):
    texts = (
        "guards: {max_deletes: 9, administrators: [a]}\n",
        "guards: {max_deletes: 3, administrators: [b]}\n",
        "guards: {max_deletes: 6, administrators: [c]}\n",
    )
    assert said(folder, *texts) == {"guards": {"max_deletes": 3, "administrators": ["a", "b", "c"]}}


def test_each_part_of_the_settings_knows_its_file(folder):
    """Kills: places of the first file for what stands in another."""
    spec = read(
        folder,
        "guards: {administrators: [a], max_deletes: 9}\n",
        "guards:\n  administrators: [a, b]\n  max_deletes: 3\n",
        "tests:\n  t: {users: []}\n",
    )
    places = {
        "a": spec.issue("", "guards", "administrators", 0),
        "b": spec.issue("", "guards", "administrators", 1),
        "max": spec.issue("", "guards", "max_deletes"),
        "test": spec.issue("", "tests", "t", "users"),
    }
    assert {name: str(issue.location) for name, issue in places.items()} == {
        "a": "a/iamspec.yaml:1:27",
        "b": "b/iamspec.yaml:2:23",
        "max": "b/iamspec.yaml:3:16",
        "test": "c/iamspec.yaml:2:14",
    }


def test_in_one_path_there_is_still_one_file(folder):
    written(folder, {"../a/iamspec.yaml": ID, "../a/more.yaml": "prune: true\n", "../b/iamspec.yaml": "prune: true\n"})
    with pytest.raises(InvalidSpec) as found:
        validate(["a", "b"])
    assert list(map(str, found.value.issues)) == [
        "a/more.yaml:1:1: prune: settings stand in one file; a/iamspec.yaml has them already"
    ]


def test_faulty_settings_are_told_each_in_its_file(folder):
    """Kills: a merge of values that are none."""
    assert refused(
        folder, "guards: {max_deletes: x}\n", "guards: {max_deletes: -1}\n", "account: {id: 123456789012}\n"
    ) == [
        "a/iamspec.yaml:1:23: guards.max_deletes: must be a whole number from 0 on, without quotes",
        "b/iamspec.yaml:1:23: guards.max_deletes: must be a whole number from 0 on, without quotes",
        'c/iamspec.yaml:1:15: account.id: an account id is text: write it with quotes, as in "123456789012"',
    ]


def test_the_account_of_one_path_holds_for_all(folder, capsys):
    """Kills: a spec that is applied to an account that one of its PATHs refuses."""
    from fake import FakeIam

    written(folder, {"../a/iamspec.yaml": "guards: {}\n", "../b/iamspec.yaml": 'account: {id: "210987654321"}\n'})
    assert main(["plan", "a", "b"], connect=lambda *_, **__: FakeIam()) == 1
    assert capsys.readouterr().err.startswith("b/iamspec.yaml:1:15: account.id: this spec is for account 210987654321")


def test_every_rule_is_about_a_setting():
    """Kills: a rule for a key that has another name by now; the first part is enough."""
    paths = {pattern for pattern, _ in RULES} | {*WHOLE, *CLOSED}
    assert [path for path in sorted(paths) if path.split(".")[0] not in Settings.model_fields] == []
