"""Messages of `validate` about files that are no YAML, no spec, or have impossible settings."""

import pytest
from faulty import KNOWN, Table, faults

YAML: Table = {
    "an open bracket": (
        "users: {alice: [}\n",
        ["spec/a.yaml:1:17: not YAML: did not find expected node content"],
    ),
    "a line out of step": (
        "users:\n  alice:\n    path: /\n   tags: {}\n",
        ["spec/a.yaml:4:4: not YAML: did not find expected key"],
    ),
    "a tab": (
        "users:\n\talice: {}\n",
        ["spec/a.yaml:2:1: not YAML: a tab; YAML is indented with spaces"],
    ),
    "a name twice": (
        "users:\n  alice: {}\n  bob: {}\n  alice: {}\n",
        ['spec/a.yaml:4:3: duplicate key "alice" (first on line 2)'],
    ),
    "a section twice": (
        "users: {alice: {}}\nusers: {bob: {}}\n",
        ['spec/a.yaml:2:1: duplicate key "users" (first on line 1)'],
    ),
    "a field twice": (
        "users:\n  alice: {path: /, path: /a/}\n",
        ['spec/a.yaml:2:20: duplicate key "path" (first on line 2)'],
    ),
    "two documents": (
        "users: {}\n---\ngroups: {}\n",
        ["spec/a.yaml:2:1: a second document begins here; one file holds one"],
    ),
    "a tag of Python": (
        "users: !!python/object/apply:os.system [id]\n",
        ["spec/a.yaml:1:8: YAML tags (`!…`) are not supported; write the value plainly"],
    ),
    "a tag of one's own": (
        "users: {alice: {path: !secret /}}\n",
        ["spec/a.yaml:1:23: YAML tags (`!…`) are not supported; write the value plainly"],
    ),
    "a set": (
        "users: {alice: {groups: !!set {a, b}}}\n",
        ["spec/a.yaml:1:25: YAML tags (`!…`) are not supported; write the value plainly"],
    ),
    "fifty levels": (
        "users: " + "[" * 50 + "]" * 50,
        ["spec/a.yaml:1:48: nested deeper than 40 levels"],
    ),
    "an alias inside its anchor": (
        "x-a: &a [*a]\nusers: {}\n",
        ["spec/a.yaml:1:10: an alias (`*…`) without its anchor (`&…`) before it"],
    ),
    "an alias without an anchor": (
        "users: *u\n",
        ["spec/a.yaml:1:8: an alias (`*…`) without its anchor (`&…`) before it"],
    ),
    "a list as a key": (
        "users: {[a]: {}}\n",
        ["spec/a.yaml:1:9: a key must be text"],
    ),
    "a merge of a list of text": (
        "users: {alice: {<<: [a]}}\n",
        ["spec/a.yaml:1:21: `<<` takes a mapping or a list of mappings"],
    ),
    "a bell": (
        "users: {}\n# \x07\n",
        ["spec/a.yaml:2:1: a character that YAML does not allow"],
    ),
    "Latin-1": (
        b"users: {}\n# \xe9t\xe9\n",
        ["spec/a.yaml:1:1: is not UTF-8 text"],
    ),
    "UTF-16": (
        b"\xff\xfeu\x00s\x00e\x00r\x00s\x00:\x00 \x00{\x00}\x00\n\x00",
        ["spec/a.yaml:1:1: is not UTF-8 text"],
    ),
    "nothing at all": (
        "",
        [f"spec/a.yaml:1:1: no known top-level key ({KNOWN})"],
    ),
    "a list": (
        "- users\n",
        [f"spec/a.yaml:1:1: a spec file is a mapping of sections: {KNOWN}"],
    ),
    "a word": (
        "users\n",
        [f"spec/a.yaml:1:1: a spec file is a mapping of sections: {KNOWN}"],
    ),
    "a known key misspelt, and none else": (
        "user: {alice: {}}\n",
        [f'spec/a.yaml:1:1: no known top-level key ({KNOWN}); did you mean "users"?'],
    ),
    "nothing but anchors": (
        "x-a: {}\n",
        [f"spec/a.yaml:1:1: no known top-level key ({KNOWN})"],
    ),
}

SECTIONS: Table = {
    "a section without a value": (
        "users:\n",
        ["spec/a.yaml:1:1: users: no value; write {} if it is meant to be empty"],
    ),
    "sections that are null": (
        "users: null\ngroups: ~\n",
        [
            "spec/a.yaml:1:1: users: no value; write {} if it is meant to be empty",
            "spec/a.yaml:2:1: groups: no value; write {} if it is meant to be empty",
        ],
    ),
    "sections of another type": (
        "users: [a]\ngroups: text\npolicies: 5\n",
        [
            "spec/a.yaml:1:1: users: must be a mapping of names to their descriptions",
            "spec/a.yaml:2:1: groups: must be a mapping of names to their descriptions",
            "spec/a.yaml:3:1: policies: must be a mapping of names to their descriptions",
        ],
    ),
    "an unknown section": (
        "users: {}\ngroup: {}\nfoo: {}\n",
        [
            'spec/a.yaml:2:1: unknown key "group"; did you mean "groups"?',
            f'spec/a.yaml:3:1: unknown key "foo"; known are {KNOWN}, and x-… is ignored',
        ],
    ),
    "no file": (
        {"readme.md": "users: {}\n"},
        ["spec:1:1: no spec file (*.yaml or *.yml) in this folder; `iamspec init` begins a spec"],
    ),
    "only hidden files": (
        {".a.yaml": "users: {}\n", ".more/a.yaml": "users: {}\n"},
        ["spec:1:1: no spec file (*.yaml or *.yml) in this folder; `iamspec init` begins a spec"],
    ),
    "settings in two files": (
        {"a.yaml": "prune: false\n", "b.yaml": "account: {alias: acme}\nguards: {}\n"},
        ["spec/b.yaml:1:1: account: settings stand in one file; spec/a.yaml has them already"],
    ),
    "settings in a folder below": (
        {"a.yaml": "users: {}\n", "sub/b.yaml": "users: {}\nguards: {}\n"},
        ["spec/sub/b.yaml:2:1: guards: settings stand in one file directly in the PATH spec, and nowhere else"],
    ),
    "a folder above the spec": (
        {"iam/iamspec.yaml": "account: {alias: acme}\nusers: {}\n"},
        [
            (
                "spec/iam/iamspec.yaml:1:1: account: settings stand in one file directly in the PATH spec, and nowhere "
                "else; if spec/iam is meant, write it as the PATH"
            )
        ],
    ),
    "prune without an account": (
        {"a.yaml": "prune: true\n"},
        ["spec/a.yaml:1:8: prune: prune needs account.id, so that nothing is deleted in another account"],
    ),
    "prune with an alias for an account": (
        {"a.yaml": "prune: true\naccount: {alias: acme}\n"},
        ["spec/a.yaml:1:8: prune: prune needs account.id, so that nothing is deleted in another account"],
    ),
}

SETTINGS: Table = {
    "unknown keys": (
        "account: {alais: acme}\nscope: {usrs: []}\nguards: {max_delete: 5, colour: red}\n",
        [
            'spec/a.yaml:1:11: account: unknown key "alais"; did you mean "alias"?',
            'spec/a.yaml:2:9: scope: unknown key "usrs"; did you mean "users"?',
            'spec/a.yaml:3:10: guards: unknown key "max_delete"; did you mean "max_deletes"?',
            'spec/a.yaml:3:25: guards: unknown key "colour"; known are administrators, allow, max_deletes, max_revokes, min_admins, pipelines, protected, recent_days, stack_regions',
        ],
    ),
    "wrong types of the sections": (
        "account: []\nscope: all\nprune: yes\nguards: []\nabsent: [a]\nversion: 2\n",
        [
            "spec/a.yaml:1:10: account: must be a mapping (`key: value` lines), not a list",
            'spec/a.yaml:2:8: scope: must be a mapping (`key: value` lines), not "all"',
            "spec/a.yaml:3:8: prune: must be true or false, without quotes, or a list of kinds",
            "spec/a.yaml:4:9: guards: must be a mapping (`key: value` lines), not a list",
            "spec/a.yaml:5:9: absent: must be a mapping (`key: value` lines), not a list",
            "spec/a.yaml:6:10: version: must be 1, the only version there is",
        ],
    ),
    "wrong types of what is in them": (
        "account: {id: [a], alias: {}}\nscope: {users: svc-*, exclude: [a]}\nprune: 'true'\nguards: {administrators: root, protected: [a], stack_regions: us-east-1}\nabsent: {users: [m]}\n",
        [
            "spec/a.yaml:1:15: account.id: must be text, not a list",
            "spec/a.yaml:1:27: account.alias: must be text, not a mapping",
            'spec/a.yaml:2:16: scope.users: must be a list (`- item` lines), not "svc-*"',
            "spec/a.yaml:2:32: scope.exclude: must be a mapping (`key: value` lines), not a list",
            "spec/a.yaml:3:8: prune: must be true or false, without quotes, or a list of kinds",
            'spec/a.yaml:4:26: guards.administrators: must be a list (`- item` lines), not "root"',
            "spec/a.yaml:4:43: guards.protected: must be a mapping (`key: value` lines), not a list",
            'spec/a.yaml:4:63: guards.stack_regions: must be a list (`- item` lines), not "us-east-1"',
            "spec/a.yaml:5:17: absent.users: must be a mapping (`key: value` lines), not a list",
        ],
    ),
    "numbers that are none": (
        "guards: {max_deletes: '5', min_admins: -1, recent_days: 1.5, max_revokes: 0x10}\n",
        [
            "spec/a.yaml:1:23: guards.max_deletes: must be a whole number from 0 on, without quotes",
            "spec/a.yaml:1:40: guards.min_admins: must be a whole number from 0 on, without quotes",
            "spec/a.yaml:1:57: guards.recent_days: must be a whole number from 0 on, without quotes",
            "spec/a.yaml:1:75: guards.max_revokes: must be a whole number from 0 on, without quotes",
        ],
    ),
    "days that are none": (
        "absent: {users: {a: tomorrow, b: 2026-02-30, c: , d: 2026-1-1}}\n",
        [
            "spec/a.yaml:1:21: absent.users.a: must be a day, as in 2026-11-23",
            "spec/a.yaml:1:34: absent.users.b: must be a day, as in 2026-11-23",
            "spec/a.yaml:1:49: absent.users.c: must be a day, as in 2026-11-23",
            "spec/a.yaml:1:54: absent.users.d: must be a day, as in 2026-11-23",
        ],
    ),
    "an account id without quotes": (
        "account: {id: 123456789012}\n",
        ['spec/a.yaml:1:15: account.id: an account id is text: write it with quotes, as in "123456789012"'],
    ),
    "an account id without quotes that looks octal": (
        "account:\n  id: 012345678901\n",
        ['spec/a.yaml:2:7: account.id: an account id is text: write it with quotes, as in "123456789012"'],
    ),
    "an account id of five digits": (
        "account: {id: '12345'}\n",
        ['spec/a.yaml:1:15: account.id: "12345" is no account id: it has 12 digits'],
    ),
    "an alias with capitals": (
        "account: {alias: Acme_Prod}\n",
        [
            'spec/a.yaml:1:18: account/alias: alias: "Acme_Prod" is no alias: 3 to 63 lower-case letters, digits and single hyphens, a letter or digit at both ends, and no account id'
        ],
    ),
    "an account id as alias": (
        "account: {alias: '123456789012'}\n",
        [
            'spec/a.yaml:1:18: account/alias: alias: "123456789012" is no alias: 3 to 63 lower-case letters, digits and single hyphens, a letter or digit at both ends, and no account id'
        ],
    ),
    "an alias with two hyphens": (
        "account: {alias: a--b}\n",
        [
            'spec/a.yaml:1:18: account/alias: alias: "a--b" is no alias: 3 to 63 lower-case letters, digits and single hyphens, a letter or digit at both ends, and no account id'
        ],
    ),
    "an alias without a value": (
        "account: {alias: }\n",
        ["spec/a.yaml:1:18: account.alias: no value; write null if nothing is meant"],
    ),
}


@pytest.mark.parametrize(("files", "messages"), YAML.values(), ids=YAML)
def test_a_file_that_is_no_spec_is_told_with_its_place(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


@pytest.mark.parametrize(("files", "messages"), SECTIONS.values(), ids=SECTIONS)
def test_sections_and_settings_are_told_where_they_do_not_belong(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


@pytest.mark.parametrize(("files", "messages"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_that_nobody_can_mean_is_told_with_its_place(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


def test_aliases_that_multiply_are_refused(tmp_path):
    """Kills: a bomb of a few hundred bytes that fills the memory."""
    layers = [f"x-{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 10)}]\n" for number in range(1, 8)]
    assert faults(tmp_path, "x-0: &a0 [a]\n" + "".join(layers) + "users: {}\n") == [
        "spec/a.yaml:7:16: more than 1,000,000 values, aliases counted; split the file"
    ]


def test_an_unknown_kind_is_told_with_what_may_be_meant(tmp_path):
    spec = "scope: {exclude: {user: [a]}}\nguards: {protected: {group: [a]}}\nabsent: {policy: {a: 2026-01-01}}\n"
    assert faults(tmp_path, spec) == [
        'spec/a.yaml:1:19: scope.exclude.user: unknown key; the kinds are policies, identity_providers, groups, users, instance_profiles, roles; did you mean "users"?',
        'spec/a.yaml:2:22: guards.protected.group: unknown key; the kinds are policies, identity_providers, groups, users, instance_profiles, roles; did you mean "groups"?',
        'spec/a.yaml:3:10: absent.policy: unknown key; the kinds are policies, identity_providers, groups, users, instance_profiles, roles; did you mean "policies"?',
    ]


def test_an_unknown_key_of_the_password_policy_is_told(tmp_path):
    assert faults(tmp_path, "account: {password_policy: {minimum_pasword_length: 14}}\n") == [
        'spec/a.yaml:1:29: account.password_policy: unknown key "minimum_pasword_length"; did you mean "minimum_password_length"?'
    ]


def test_aliases_count_into_the_depth(tmp_path):
    """Kills: two anchors of thirty levels that are one value of sixty."""
    spec = f"x-a: &a {'[' * 30 + ']' * 30}\nx-b: {'[' * 30}*a{']' * 30}\nusers: {{}}\n"
    assert faults(tmp_path, spec) == ["spec/a.yaml:2:36: nested deeper than 40 levels, aliases counted"]
