"""All faults are reported in one run: a fault does not hide other faults of the same entity or file."""

from faulty import faults, fields

NO_PATH = 'it begins and ends with "/", as in "/engineering/"'

ENTITIES = """\
users:
  alice:
    grups: [developers]
    path: bad
    policies: [nope]
    tags: [a]
  b b: {group: x}
policies:
  p: {docment: DOC, path: bad}
  q: {document: {file: x.json}, foo: 1}
groups: {g: {members: [alice, zed], xx: y}}
"""


def test_an_unknown_key_or_a_wrong_shape_hides_nothing_else_of_the_entity(tmp_path):
    """Kills: an entity with a typing error in a key of which nothing else is checked."""
    assert faults(tmp_path, ENTITIES) == [
        'spec/a.yaml:3:5: user/alice: unknown key "grups"; did you mean "groups"?',
        f'spec/a.yaml:4:11: user/alice: path: "bad" is no path: {NO_PATH}',
        'spec/a.yaml:5:16: user/alice: policies[0]: no policy "nope" is declared',
        "spec/a.yaml:6:11: user/alice: tags: must be a mapping (`key: value` lines), not a list",
        'spec/a.yaml:7:3: user/b b: "b b" is no name: letters without accents, digits and _+=,.@- only',
        'spec/a.yaml:7:9: user/b b: unknown key "group"; did you mean "groups"?',
        'spec/a.yaml:9:7: policy/p: unknown key "docment"; did you mean "document"?',
        f'spec/a.yaml:9:110: policy/p: path: "bad" is no path: {NO_PATH}',
        'spec/a.yaml:10:24: policy/q: document.file: "x.json": no such file or directory',
        f'spec/a.yaml:10:33: policy/q: unknown key "foo"; known are {fields("policy")}',
        'spec/a.yaml:11:31: group/g: members[1]: no user "zed" is declared',
        f'spec/a.yaml:11:37: group/g: unknown key "xx"; known are {fields("group")}',
    ]


def test_a_faulty_key_is_not_told_again_as_what_follows_from_its_absence(tmp_path):
    """Kills: a path that counts as `/`, or `external` as false, because its line could not be read."""
    spec = (
        "scope: {users: [/eng/*]}\nusers: {a: {pth: /eng/}, b: {path: [/eng/]}, c: {external: 'true', groups: [x]}}\n"
    )
    assert faults(tmp_path, spec) == [
        'spec/a.yaml:2:13: user/a: unknown key "pth"; did you mean "path"?',
        "spec/a.yaml:2:36: user/b: path: must be text, not a list",
        "spec/a.yaml:2:60: user/c: external: must be true or false, without quotes",
    ]


def test_a_faulty_setting_hides_no_other(tmp_path):
    spec = (
        "account: {alais: acme}\nprune: 1\nguards: {max_deletes: many, max_revoke: 2}\n"
        "absent: {users: {bob: 2026-01-01, joe: nope}}\nscope: {user: [x], users: [/eng/*]}\nusers: {ann: {}}\n"
    )
    assert faults(tmp_path, spec) == [
        'spec/a.yaml:1:11: account: unknown key "alais"; did you mean "alias"?',
        "spec/a.yaml:2:8: prune: must be true or false, without quotes, or a list of kinds",
        "spec/a.yaml:3:23: guards.max_deletes: must be a whole number from 0 on, without quotes",
        'spec/a.yaml:3:29: guards: unknown key "max_revoke"; did you mean "max_revokes"?',
        "spec/a.yaml:4:40: absent.users.joe: must be a day, as in 2026-11-23",
        'spec/a.yaml:5:9: scope: unknown key "user"; did you mean "users"?',
        "spec/a.yaml:6:9: user/ann: out of scope: no glob of scope names it; write {external: true} or change the scope",
    ]


def test_a_key_that_stands_twice_hides_nothing_else_of_the_file(tmp_path):
    spec = (
        "users:\n  a: {groups: [developers]}\n  a: {groups: [develoeprs]}\ngroups: {developers: {}, developers: {}}\n"
    )
    files = {"a.yaml": spec, "b.yaml": "users: {b: {groups: [developer]}, c: {}, c: {}}\n"}
    assert faults(tmp_path, files) == [
        'spec/a.yaml:3:3: duplicate key "a" (first on line 2)',
        'spec/a.yaml:3:16: user/a: groups[0]: no group "develoeprs" is declared; did you mean "developers"?',
        'spec/a.yaml:4:26: duplicate key "developers" (first on line 4)',
        'spec/b.yaml:1:22: user/b: groups[0]: no group "developer" is declared; did you mean "developers"?',
        'spec/b.yaml:1:42: duplicate key "c" (first on line 1)',
    ]


def test_a_key_that_stands_twice_is_told_with_the_broken_yaml_after_it(tmp_path):
    assert faults(tmp_path, "users:\n  a: {}\n  a: {}\n  b: {\n") == [
        'spec/a.yaml:3:3: duplicate key "a" (first on line 2)',
        "spec/a.yaml:5:1: not YAML: did not find expected node content",
    ]


def test_a_variable_is_looked_for_in_keys_of_documents_too(tmp_path):
    """Kills: a condition key with a variable that is sent to IAM as it stands."""
    condition = "Condition: {StringEquals: {'aws:PrincipalTag/${iamspec:acount_id}': x}}"
    document = f"{{Version: 2012-10-17, Statement: {{Effect: Allow, Action: s3:*, Resource: '*', {condition}}}}}"
    known = "${iamspec:account_id} and ${iamspec:partition}"
    where = "policy/p: document.Statement.Condition.StringEquals.aws:PrincipalTag/${iamspec:acount_id}"
    assert faults(tmp_path, f"policies: {{p: {{document: {document}}}}}\n") == [
        f"spec/a.yaml:1:172: {where}: unknown ${{iamspec:acount_id}}; there are {known}"
    ]


def test_whom_users_copy_in_turn_may_be_many(tmp_path):
    """Kills: a chain of references that is followed by recursion until the stack is gone."""
    users = "".join(f"  u{number}: {{copy_permissions_from: u{number + 1}}}\n" for number in range(2000))
    assert faults(tmp_path, f"users:\n{users}  u2000: {{groups: [nobody]}}\n") == [
        'spec/a.yaml:2002:20: user/u2000: groups[0]: no group "nobody" is declared'
    ]


def test_what_a_spec_says_makes_no_lines_of_its_own(tmp_path):
    """Kills: a message that a log, or a runner that reads it, takes for two."""
    assert faults(tmp_path, 'users: {"a\\n::error::b": {}}\n') == [
        'spec/a.yaml:1:9: user/a\\n::error::b: "a\\n::error::b" is no name: letters without accents, digits and _+=,.@- only'
    ]


def test_a_number_is_not_longer_than_numbers_are(tmp_path):
    assert faults(tmp_path, f"guards: {{max_deletes: {'9' * 5000}}}\nusers: {{}}\n") == [
        "spec/a.yaml:1:23: guards.max_deletes: must be a whole number from 0 on, without quotes"
    ]
