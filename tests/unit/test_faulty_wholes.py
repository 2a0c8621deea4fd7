"""Messages of `validate` about parts of a spec that contradict each other, and about quotas."""

import pytest
from faulty import DOC, Table, faults, warnings
from places import TESTS

from iamspec.commands.validate import validate
from iamspec.kinds.contract import Address


def wide(size):
    """A document with a resource of so many characters more than its prefix."""
    return DOC.replace("*", "arn:aws:s3:::" + "x" * size)


def names(count, *, prefix="g"):
    return ", ".join(f"{prefix}{number}" for number in range(count))


def empty(count):
    return ", ".join(f"g{number}: {{}}" for number in range(count))


TWICE: Table = {
    "a name in two files": (
        {"a.yaml": "users: {alice: {}}\n", "b.yaml": "users:\n  alice: {}\n"},
        ["spec/b.yaml:2:3: user/alice: declared twice; first at spec/a.yaml:1:9"],
    ),
    "a name in another case": (
        {"a.yaml": "users: {alice: {}}\n", "b.yaml": "users:\n  Alice: {}\n"},
        ["spec/b.yaml:2:3: user/Alice: declared twice; first at spec/a.yaml:1:9"],
    ),
    "a name in another case in one file": (
        "groups: {ops: {}, OPS: {}}\n",
        ["spec/a.yaml:1:19: group/OPS: declared twice; first at spec/a.yaml:1:10"],
    ),
    "a name in three files": (
        {"a.yaml": "users: {alice: {}}\n", "b.yaml": "users: {alice: {}}\n", "c.yaml": "users: {alice: {}}\n"},
        [
            "spec/b.yaml:1:9: user/alice: declared twice; first at spec/a.yaml:1:9",
            "spec/c.yaml:1:9: user/alice: declared twice; first at spec/a.yaml:1:9",
        ],
    ),
    "a name of which one is broken": (
        {"a.yaml": "users: {alice: {pth: y}}\n", "b.yaml": "users:\n  alice: {}\n"},
        [
            'spec/a.yaml:1:17: user/alice: unknown key "pth"; did you mean "path"?',
            "spec/b.yaml:2:3: user/alice: declared twice; first at spec/a.yaml:1:9",
        ],
    ),
    "a name declared and absent": (
        {"a.yaml": "absent: {users: {Mallory: 2026-11-23}}\n", "b.yaml": "users: {mallory: {}}\n"},
        ["spec/b.yaml:1:9: user/mallory: declared, and absent at spec/a.yaml:1:27"],
    ),
    "a group that does not list its member": (
        {
            "a.yaml": "groups:\n  admins:\n    members: [root]\n",
            "b.yaml": "users:\n  root: {}\n  alice: {groups: [admins]}\n",
        },
        [
            "spec/b.yaml:3:20: user/alice: groups[0]: group/admins is closed and its members at spec/a.yaml:3:14 do not list alice"
        ],
    ),
    "a group that does not list who copies a member": (
        {
            "a.yaml": "groups:\n  admins:\n    members: [root]\n",
            "b.yaml": "users:\n  root: {}\n  alice: {copy_permissions_from: root}\n",
        },
        [
            "spec/b.yaml:3:34: user/alice: copy_permissions_from: group/admins is closed and its members at spec/a.yaml:3:14 do not list alice"
        ],
    ),
    "a group that lists nobody": (
        {"a.yaml": "groups: {admins: {members: []}}\n", "b.yaml": "users: {alice: {groups: [Admins]}}\n"},
        [
            "spec/b.yaml:1:26: user/alice: groups[0]: group/admins is closed and its members at spec/a.yaml:1:28 do not list alice"
        ],
    ),
    "a user who copies oneself": (
        "users: {a: {copy_permissions_from: a}}\n",
        ["spec/a.yaml:1:36: user/a: copy_permissions_from: copies in a circle: user/a → user/a"],
    ),
    "users who copy in a circle": (
        "users: {a: {copy_permissions_from: b}, b: {copy_permissions_from: c}, c: {copy_permissions_from: a}}\n",
        ["spec/a.yaml:1:98: user/c: copy_permissions_from: copies in a circle: user/a → user/b → user/c → user/a"],
    ),
    "a user who copies into a circle": (
        "users: {x: {copy_permissions_from: a}, a: {copy_permissions_from: b}, b: {copy_permissions_from: a}}\n",
        ["spec/a.yaml:1:98: user/b: copy_permissions_from: copies in a circle: user/a → user/b → user/a"],
    ),
    "a user who copies an external one": (
        "users: {a: {copy_permissions_from: b}, b: {external: true}}\n",
        ["spec/a.yaml:1:36: user/a: copy_permissions_from: user/b is external, so what it may do is not known here"],
    ),
    "old names": (
        "users:\n  a: {renamed_from: a}\n  b: {renamed_from: B}\n  c: {renamed_from: x}\n  d: {renamed_from: x}\n  e: {renamed_from: f}\n  f: {}\n  g: {renamed_from: gone}\nabsent: {users: {gone: 2026-01-01}}\n",
        [
            "spec/a.yaml:2:21: user/a: renamed_from: user/a has this name already",
            "spec/a.yaml:5:21: user/d: renamed_from: user/c is renamed from x too",
            "spec/a.yaml:6:21: user/e: renamed_from: user/f is also declared, at spec/a.yaml:7:3; say which live entity had the name: {name: f, id: AIDA…}",
            "spec/a.yaml:8:21: user/g: renamed_from: user/gone is absent; a tombstone and a rename exclude each other",
        ],
    ),
    "external entities with more to them": (
        "users: {a: {external: true, groups: [g], path: /x/}}\ngroups: {g: {external: true, members: [a]}}\npolicies: {p: {external: true, document: DOC}}\n",
        [
            "spec/a.yaml:1:37: user/a: groups: an external entity is never changed; remove this line, or `external`",
            "spec/a.yaml:1:48: user/a: path: an external entity is never changed; remove this line, or `external`",
            "spec/a.yaml:2:39: group/g: members: an external entity is never changed; remove this line, or `external`",
            "spec/a.yaml:3:42: policy/p: document: an external entity is never changed; remove this line, or `external`",
        ],
    ),
}

LIMITS: Table = {
    "out of scope by globs": (
        "scope: {users: ['dev-*'], exclude: {policies: [/svc/*]}}\nusers: {alice: {}, dev-a: {}}\ngroups: {g: {}}\npolicies: {p: {path: /svc/, document: DOC}}\n",
        [
            "spec/a.yaml:2:9: user/alice: out of scope: no glob of scope names it; write {external: true} or change the scope",
            'spec/a.yaml:3:10: group/g: out of scope: scope does not name groups; add groups: ["*"] to it; write {external: true} or change the scope',
            'spec/a.yaml:4:12: policy/p: out of scope: scope does not name policies; add policies: ["*"] to it; write {external: true} or change the scope',
        ],
    ),
    "documents that are too long": (
        {
            "a.yaml": f"users: {{a: {{inline_policies: {{i: {wide(1100)}, j: {wide(1100)}}}}}}}\n",
            "b.yaml": f"groups: {{g: {{inline_policies: {{i: {wide(5200)}}}}}}}\n",
            "c.yaml": f"policies: {{p: {{document: {wide(6200)}}}}}\n",
        },
        [
            "spec/a.yaml:1:30: user/a: inline_policies: inline policies have 2412 characters without white space; IAM allows a user 2048 in all",
            "spec/b.yaml:1:31: group/g: inline_policies: inline policies have 5306 characters without white space; IAM allows a group 5120 in all",
            "spec/c.yaml:1:26: policy/p: document: 6306 characters without white space; IAM allows 6144",
        ],
    ),
    "too many groups of a user": (
        f"users: {{a: {{groups: [{names(11)}]}}}}\ngroups: {{{empty(11)}}}\n",
        ["spec/a.yaml:1:21: user/a: groups: 11 groups; IAM allows 10 at most"],
    ),
    "too many policies": (
        f"users: {{a: {{policies: [{names(21, prefix='aws:P')}]}}}}\ngroups: {{g: {{policies: [{names(11, prefix='aws:P')}]}}}}\n",
        [
            "spec/a.yaml:1:23: user/a: policies: 21 attached policies; IAM allows 20 at most",
            "spec/a.yaml:2:24: group/g: policies: 11 attached policies; IAM allows 10 at most",
        ],
    ),
    "too many groups": (
        f"groups: {{{empty(501)}}}\n",
        ["spec/a.yaml:1:4900: group/g500: 501 groups; IAM allows 500 at most"],
    ),
}


@pytest.mark.parametrize(("files", "messages"), TWICE.values(), ids=TWICE)
def test_parts_that_contradict_each_other_are_told_with_both_places(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


@pytest.mark.parametrize(("files", "messages"), LIMITS.values(), ids=LIMITS)
def test_what_is_too_much_or_out_of_scope_is_told(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


DEFAULTS = [
    "spec/a.yaml:1:23: user/a: policies: 11 attached policies; IAM allows 10 unless AWS has raised it (to 20 at most)",
    'spec/a.yaml:3:27: guards.administrators[0]: no user "rot" is declared; did you mean "root"?',
]


def test_what_iam_can_raise_and_a_guard_of_nobody_are_worth_a_word_only(tmp_path):
    """Kills: a default quota that refuses, and a guard that is silent about a name that nobody has."""
    users = f"users: {{a: {{policies: [{names(11, prefix='aws:P')}]}}, root: {{}}}}\n"
    guards = "guards: {administrators: [rot], protected: {users: [root, 'r*']}}\n"
    groups = f"groups: {{{empty(301)}}}\n"
    many = "spec/a.yaml:2:2900: group/g300: 301 groups; IAM allows 300 unless AWS has raised it (to 500 at most)"
    found = [one for one in warnings(tmp_path, users + groups + guards) if "no AWS-managed policy" not in one]
    assert sorted(found) == sorted([*DEFAULTS, many])


def test_a_reference_may_be_written_in_another_case(tmp_path):
    spec = "users: {alice: {groups: [OPS], policies: [Deploy]}}\ngroups: {ops: {members: [Alice]}}\npolicies: {deploy: {document: DOC}}\n"
    assert warnings(tmp_path, spec) == []


def test_all_faults_of_several_files_are_told_at_once(tmp_path):
    """Kills: a first error, or a first file with an error, that hides the rest."""
    files = {
        "a.yaml": "users: {alice: {groups: [x]}\n",
        "b.yaml": "users: {bob: {pth: /}}\n",
        "c.yaml": "groups: {g: {members: [bob, carol]}}\npolicies: {p: {document: {Statement: []}}}\n",
        "iamspec.yaml": "prune: true\n",
    }
    assert faults(tmp_path, files, "spec", "nowhere") == [
        "nowhere:1:1: no such file or folder",
        "spec/a.yaml:2:1: not YAML: did not find expected ',' or '}'",
        'spec/b.yaml:1:15: user/bob: unknown key "pth"; did you mean "path"?',
        'spec/c.yaml:1:29: group/g: members[1]: no user "carol" is declared in the files that could be read',
        "spec/c.yaml:2:38: policy/p: document.Statement: Statement is an empty list; write at least one statement",
        "spec/iamspec.yaml:1:8: prune: prune needs account.id, so that nothing is deleted in another account",
    ]


def test_a_file_that_two_paths_name_is_read_once(tmp_path, monkeypatch):
    assert warnings(tmp_path, "users: {alice: {}}\n") == []
    monkeypatch.chdir(tmp_path)
    spec, _ = validate(["spec", "spec/a.yaml", "."])
    assert set(spec.entities) == {Address("user", "alice")}


def test_the_example_has_no_faults(monkeypatch):
    monkeypatch.chdir(TESTS / "examples")
    spec, found = validate(["whole"])
    assert sorted(map(str, spec.entities)) == [
        "account/alias",
        "group/admins",
        "group/developers",
        "group/legacy-ops",
        "password-policy/account",
        "policy/deploy-artifacts",
        "policy/developer-boundary",
        "user/alice",
        "user/break-glass",
        "user/carol",
    ]
    assert found == []


def test_a_name_that_is_absent_twice_is_told(tmp_path):
    assert faults(tmp_path, "absent: {users: {mallory: 2026-11-23, Mallory: 2026-12-24}}\n") == [
        'spec/a.yaml:1:48: absent.users.Mallory: "mallory" and "Mallory" are one name to IAM'
    ]


def test_an_old_name_that_nobody_can_have_had_is_told(tmp_path):
    assert faults(tmp_path, "users: {a: {renamed_from: }, b: {renamed_from: x y}}\n") == [
        "spec/a.yaml:1:27: user/a: renamed_from: no value; write the old name, or take the line out",
        'spec/a.yaml:1:48: user/b: renamed_from: "x y" is no name: letters without accents, digits and _+=,.@- only',
    ]


def test_more_users_than_iam_allows_at_first_are_a_warning(tmp_path):
    """Kills: an account whose quota AWS has raised, and whose spec is refused."""
    users = "".join(f"  u{number}: {{}}\n" for number in range(5001))
    (tmp_path / "a.yaml").write_text(f"users:\n{users}", encoding="utf-8")
    _, warnings = validate([str(tmp_path)])
    assert [(one.where, one.message) for one in warnings] == [
        ("user/u5000", "5001 users; IAM allows 5000 unless AWS has raised it")
    ]
