"""What `validate` says of entities in a wrong shape, with wrong names, or that do not fit together."""

import pytest
from faulty import Table, faults, fields

SHAPES: Table = {
    "unknown keys of every kind": (
        "users: {a: {group: [x]}, b: {colour: red}, c: {console: {reset_required: true}}, d: {renamed_from: {name: e, ip: x}}}\ngroups: {g: {member: [x]}}\npolicies: {p: {documents: DOC}}\n",
        [
            'spec/a.yaml:1:13: user/a: unknown key "group"; did you mean "groups"?',
            f'spec/a.yaml:1:30: user/b: unknown key "colour"; known are {fields("user")}',
            'spec/a.yaml:1:58: user/c: console: unknown key "reset_required"; did you mean "password_reset_required"?',
            'spec/a.yaml:1:110: user/d: renamed_from: unknown key "ip"; known are id, name',
            'spec/a.yaml:2:14: group/g: unknown key "member"; did you mean "members"?',
            'spec/a.yaml:3:16: policy/p: unknown key "documents"; did you mean "document"?',
        ],
    ),
    "entities that are no mappings": (
        "users: {a: text, b: [x], c: 5}\n",
        [
            'spec/a.yaml:1:12: user/a: must be a mapping (`key: value` lines), not "text"',
            "spec/a.yaml:1:21: user/b: must be a mapping (`key: value` lines), not a list",
            'spec/a.yaml:1:29: user/c: must be a mapping (`key: value` lines), not "5"',
        ],
    ),
    "fields of another type": (
        "users: {a: {path: [/], tags: [x], groups: g, policies: {}, inline_policies: [], permissions_boundary: [], console: maybe, renamed_from: [], copy_permissions_from: {}, external: 'true'}}\n",
        [
            "spec/a.yaml:1:19: user/a: path: must be text, not a list",
            "spec/a.yaml:1:30: user/a: tags: must be a mapping (`key: value` lines), not a list",
            'spec/a.yaml:1:43: user/a: groups: must be a list (`- item` lines), not "g"',
            "spec/a.yaml:1:56: user/a: policies: must be a list (`- item` lines), not a mapping",
            "spec/a.yaml:1:77: user/a: inline_policies: must be a mapping (`key: value` lines), not a list",
            "spec/a.yaml:1:103: user/a: permissions_boundary: must be text, not a list",
            "spec/a.yaml:1:116: user/a: console: must be true, false or {password_reset_required: …}",
            "spec/a.yaml:1:137: user/a: renamed_from: must be a mapping (`key: value` lines), not a list",
            "spec/a.yaml:1:164: user/a: copy_permissions_from: must be text, not a mapping",
            "spec/a.yaml:1:178: user/a: external: must be true or false, without quotes",
        ],
    ),
    "items of another type": (
        "users: {a: {tags: {t: [1]}, groups: [{x: y}], policies: [[p]]}}\n",
        [
            "spec/a.yaml:1:23: user/a: tags.t: must be text, not a list",
            "spec/a.yaml:1:38: user/a: groups[0].name: is missing",
            'spec/a.yaml:1:39: user/a: groups[0]: unknown key "x"; known are expires, name',
            "spec/a.yaml:1:58: user/a: policies[0]: must be text, not a list",
        ],
    ),
    "fields of groups and policies of another type": (
        "groups: {g: {members: a, policies: x, external: yes}}\npolicies: {p: {description: [a], tags: text, document: DOC}}\n",
        [
            'spec/a.yaml:1:23: group/g: members: must be a list (`- item` lines), not "a"',
            'spec/a.yaml:1:36: group/g: policies: must be a list (`- item` lines), not "x"',
            "spec/a.yaml:1:49: group/g: external: must be true or false, without quotes",
            "spec/a.yaml:2:29: policy/p: description: must be text, not a list",
            'spec/a.yaml:2:40: policy/p: tags: must be a mapping (`key: value` lines), not "text"',
        ],
    ),
    "fields without a value": (
        "users: {a: {tags: , groups: , policies: null, inline_policies: ~, permissions_boundary: , console: , external: }}\ngroups: {g: {members: }}\n",
        [
            "spec/a.yaml:1:19: user/a: tags: no value",
            "spec/a.yaml:1:29: user/a: groups: no value",
            'spec/a.yaml:1:41: user/a: policies: must be a list (`- item` lines), not "null"',
            'spec/a.yaml:1:64: user/a: inline_policies: must be a mapping (`key: value` lines), not "~"',
            "spec/a.yaml:1:89: user/a: permissions_boundary: no value; write null if nothing is meant",
            "spec/a.yaml:1:100: user/a: console: must be true, false or {password_reset_required: …}",
            "spec/a.yaml:1:112: user/a: external: must be true or false, without quotes",
            "spec/a.yaml:2:23: group/g: members: no value",
        ],
    ),
    "a path without a value": (
        "users: {a: {path: }}\n",
        ['spec/a.yaml:1:19: user/a: path: "" is no path: it begins and ends with "/", as in "/engineering/"'],
    ),
    "entities without a value": (
        "users:\n  alice:\n  bob: {}\ngroups:\n  devs: null\npolicies: {p: ~}\n",
        [
            "spec/a.yaml:2:3: user/alice: no value; write {} for one without anything",
            "spec/a.yaml:5:3: group/devs: no value; write {} for one without anything",
            "spec/a.yaml:6:12: policy/p: no value; write {} for one without anything",
        ],
    ),
    "a policy without a document": (
        "policies: {p: {}, q: {external: true}}\n",
        [
            'spec/a.yaml:1:12: policy/p: "document" is missing; write {external: true} if the policy is not yours to change'
        ],
    ),
    "a policy that is renamed": (
        "policies: {p: {renamed_from: q, document: DOC}}\n",
        [f'spec/a.yaml:1:16: policy/p: unknown key "renamed_from"; known are {fields("policy")}'],
    ),
}

NAMES: Table = {
    "names with signs that IAM does not take": (
        "users: {'al ice': {}, alicé: {}, '': {}}\ngroups: {a/b: {}}\npolicies: {p*: {external: true}}\n",
        [
            'spec/a.yaml:1:9: user/al ice: "al ice" is no name: letters without accents, digits and _+=,.@- only',
            'spec/a.yaml:1:23: user/alicé: "alicé" is no name: letters without accents, digits and _+=,.@- only',
            "spec/a.yaml:1:34: user/: a name cannot be empty",
            'spec/a.yaml:2:10: group/a/b: "a/b" is no name: letters without accents, digits and _+=,.@- only',
            'spec/a.yaml:3:12: policy/p*: "p*" is no name: letters without accents, digits and _+=,.@- only',
        ],
    ),
    "names that are too long": (
        "users: {" + "u" * 65 + ": {}}\ngroups: {" + "g" * 129 + ": {}}\n",
        [
            "spec/a.yaml:1:9: user/" + "u" * 65 + ": a name has at most 64 characters; this one has 65",
            "spec/a.yaml:2:10: group/" + "g" * 129 + ": a name has at most 128 characters; this one has 129",
        ],
    ),
    "paths of users": (
        "users: {a: {path: engineering}, b: {path: /eng}, c: {path: '/a b/'}, d: {path: '/" + "x" * 520 + "/'}}\n",
        [
            'spec/a.yaml:1:19: user/a: path: "engineering" is no path: it begins and ends with "/", as in "/engineering/"',
            'spec/a.yaml:1:43: user/b: path: "/eng" is no path: it begins and ends with "/", as in "/engineering/"',
            'spec/a.yaml:1:60: user/c: path: "/a b/" is no path: printable ASCII without spaces only',
            "spec/a.yaml:1:80: user/d: path: a path has at most 512 characters; this one has 522",
        ],
    ),
    "paths of policies": (
        "policies:\n  p: {path: /a//b/, document: DOC}\n  q: {path: '/a!b/', document: DOC}\n",
        [
            'spec/a.yaml:2:13: policy/p: path: "/a//b/" is no path: letters, digits and .,+@=_- between single slashes only',
            'spec/a.yaml:3:13: policy/q: path: "/a!b/" is no path: letters, digits and .,+@=_- between single slashes only',
        ],
    ),
    "tags that IAM does not take": (
        "users:\n  a:\n    tags:\n      a&b: c\n      '': d\n      t: 'a#b'\n      u: "
        + "v" * 257
        + "\n      "
        + "k" * 129
        + ": v\n",
        [
            "spec/a.yaml:4:12: user/a: tags.a&b: a tag cannot hold '&': letters, digits, spaces and _.:/=+-@ only",
            "spec/a.yaml:5:11: user/a: tags.: a tag key has 1 to 128 characters",
            "spec/a.yaml:6:10: user/a: tags.t: a tag cannot hold '#': letters, digits, spaces and _.:/=+-@ only",
            "spec/a.yaml:7:10: user/a: tags.u: a tag value has at most 256 characters; this one has 257",
            "spec/a.yaml:8:138: user/a: tags." + "k" * 129 + ": a tag key has 1 to 128 characters",
        ],
    ),
    "tags that are others' own": (
        "users: {a: {tags: {aws:x: y, iamspec:x: y}}}\npolicies: {p: {tags: {AWS:x: y, IamSpec:x: y}, document: DOC}}\n",
        [
            'spec/a.yaml:1:27: user/a: tags.aws:x: "aws:x": tags that begin with "aws:" belong to AWS',
            'spec/a.yaml:1:41: user/a: tags.iamspec:x: tags that begin with "iamspec:" are iamspec\'s own',
            'spec/a.yaml:2:30: policy/p: tags.AWS:x: "AWS:x": tags that begin with "aws:" belong to AWS',
            'spec/a.yaml:2:44: policy/p: tags.IamSpec:x: tags that begin with "iamspec:" are iamspec\'s own',
        ],
    ),
    "tags that are one to IAM": (
        "users: {a: {tags: {Team: a, team: b}}}\npolicies: {p: {tags: {Team: a, team: b}, document: DOC}}\n",
        ['spec/a.yaml:1:35: user/a: tags.team: "Team" and "team" are one tag to IAM'],
    ),
    "too many tags": (
        "users: {a: {tags: {t0: x, t1: x, t2: x, t3: x, t4: x, t5: x, t6: x, t7: x, t8: x, t9: x, t10: x, t11: x, t12: x, t13: x, t14: x, t15: x, t16: x, t17: x, t18: x, t19: x, t20: x, t21: x, t22: x, t23: x, t24: x, t25: x, t26: x, t27: x, t28: x, t29: x, t30: x, t31: x, t32: x, t33: x, t34: x, t35: x, t36: x, t37: x, t38: x, t39: x, t40: x, t41: x, t42: x, t43: x, t44: x, t45: x, t46: x, t47: x, t48: x, t49: x, t50: x}}}\n",
        ["spec/a.yaml:1:19: user/a: tags: 51 tags; IAM allows 50"],
    ),
    "inline policies that are reserved": (
        "users: {a: {inline_policies: {iamspec-lock: DOC}}}\ngroups: {g: {inline_policies: {Iamspec-x: DOC}}}\n",
        [
            'spec/a.yaml:1:45: user/a: inline_policies.iamspec-lock: inline policies that begin with "iamspec-" are iamspec\'s own',
            'spec/a.yaml:2:43: group/g: inline_policies.Iamspec-x: inline policies that begin with "iamspec-" are iamspec\'s own',
        ],
    ),
    "names of inline policies": (
        "users:\n  a:\n    inline_policies:\n      Own: DOC\n      own: DOC\n      o w: DOC\n",
        [
            'spec/a.yaml:5:12: user/a: inline_policies.own: "Own" and "own" differ in case only',
            'spec/a.yaml:6:12: user/a: inline_policies.o w: "o w" is no name: letters without accents, digits and _+=,.@- only',
        ],
    ),
    "references that stand twice": (
        "users: {a: {groups: [g, G], policies: [aws:ReadOnlyAccess, aws:readonlyaccess]}}\ngroups: {g: {members: [a, A]}}\n",
        [
            'spec/a.yaml:1:25: user/a: groups[1]: "G" stands here twice',
            'spec/a.yaml:1:60: user/a: policies[1]: "aws:readonlyaccess" stands here twice',
            'spec/a.yaml:2:27: group/g: members[1]: "A" stands here twice',
        ],
    ),
    "a description that is too long": (
        "policies: {p: {description: " + "x" * 1001 + ", document: DOC}}\n",
        ["spec/a.yaml:1:29: policy/p: description: at most 1000 characters"],
    ),
}

REFERENCES: Table = {
    "a group that is misspelt": (
        "users:\n  alice:\n    groups:\n      - developers\n      - develoeprs\ngroups:\n  developers: {}\n",
        ['spec/a.yaml:5:9: user/alice: groups[1]: no group "develoeprs" is declared; did you mean "developers"?'],
    ),
    "references of every kind": (
        "users:\n  alice:\n    groups: [opps]\n    policies: [deplyo, aws:ReadOnlyAccess]\n    permissions_boundary: boundry\n    copy_permissions_from: bbo\n  bob: {}\ngroups: {ops: {members: [alcie], policies: [dploy]}}\npolicies: {deploy: {document: DOC}, boundary: {document: DOC}}\n",
        [
            'spec/a.yaml:3:14: user/alice: groups[0]: no group "opps" is declared; did you mean "ops"?',
            'spec/a.yaml:4:16: user/alice: policies[0]: no policy "deplyo" is declared; did you mean "deploy"?',
            'spec/a.yaml:5:27: user/alice: permissions_boundary: no policy "boundry" is declared; did you mean "boundary"?',
            'spec/a.yaml:6:28: user/alice: copy_permissions_from: no user "bbo" is declared; did you mean "bob"?',
            'spec/a.yaml:8:26: group/ops: members[0]: no user "alcie" is declared; did you mean "alice"?',
            'spec/a.yaml:8:45: group/ops: policies[0]: no policy "dploy" is declared; did you mean "deploy"?',
        ],
    ),
    "names that are near to none": (
        "users: {alice: {groups: [xyz], policies: [q]}}\n",
        [
            'spec/a.yaml:1:26: user/alice: groups[0]: no group "xyz" is declared',
            'spec/a.yaml:1:43: user/alice: policies[0]: no policy "q" is declared',
        ],
    ),
    "ARNs of no policy": (
        "users:\n  alice:\n    policies:\n      - arn:aws:iam::aws:role/X\n      - arn:nonsense\n      - arn:aws:s3:::bucket\n      - 'aws:'\n      - aws:a b\n",
        [
            'spec/a.yaml:4:9: user/alice: policies[0]: "arn:aws:iam::aws:role/X" is no ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME',
            'spec/a.yaml:5:9: user/alice: policies[1]: "arn:nonsense" is no ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME',
            'spec/a.yaml:6:9: user/alice: policies[2]: "arn:aws:s3:::bucket" is no ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME',
            'spec/a.yaml:7:9: user/alice: policies[3]: "aws:" is no AWS-managed policy: write aws:NAME or aws:PATH/NAME',
            'spec/a.yaml:8:9: user/alice: policies[4]: "aws:a b" is no AWS-managed policy: write aws:NAME or aws:PATH/NAME',
        ],
    ),
    "a policy of no partition of AWS": (
        "users: {alice: {policies: ['arn:aws-foo:iam::aws:policy/ReadOnlyAccess']}}\n",
        [
            'spec/a.yaml:1:28: user/alice: policies[0]: "arn:aws-foo:iam::aws:policy/ReadOnlyAccess" names no partition of AWS; write "${iamspec:partition}"'
        ],
    ),
    "a policy of another account": (
        "account: {id: '123456789012'}\nusers: {alice: {policies: ['arn:aws:iam::210987654321:policy/x']}}\n",
        [
            'spec/a.yaml:2:28: user/alice: policies[0]: "arn:aws:iam::210987654321:policy/x" is a policy of another account, which cannot be attached'
        ],
    ),
    "what is absent": (
        {
            "a.yaml": "absent: {users: {mallory: 2026-11-23}, groups: {old: 2026-01-01}, policies: {p: 2026-01-01}}\n",
            "b.yaml": "users: {a: {groups: [old], policies: [p], copy_permissions_from: mallory}}\ngroups: {g: {members: [mallory]}}\n",
        },
        [
            'spec/b.yaml:1:22: user/a: groups[0]: group "old" is absent',
            'spec/b.yaml:1:39: user/a: policies[0]: policy "p" is absent',
            'spec/b.yaml:1:66: user/a: copy_permissions_from: user "mallory" is absent',
            'spec/b.yaml:2:24: group/g: members[0]: user "mallory" is absent',
        ],
    ),
    "unknown variables": (
        "users: {a: {policies: ['arn:${iamspec:partitoin}:iam::${iamspec:account_id}:policy/x']}}\npolicies: {p: {document: {Version: 2012-10-17, Statement: {Effect: Allow, Action: s3:GetObject, Resource: 'arn:aws:s3:::${iamspec:acount_id}'}}}}\n",
        [
            "spec/a.yaml:1:24: user/a: policies[0]: unknown ${iamspec:partitoin}; there are ${iamspec:account_id} and ${iamspec:partition}",
            "spec/a.yaml:2:107: policy/p: document.Statement.Resource: unknown ${iamspec:acount_id}; there are ${iamspec:account_id} and ${iamspec:partition}",
        ],
    ),
    "settings and entities at once": (
        {
            "a.yaml": "users: {alice: {groups: [x]}\n",
            "b.yaml": "users: {bob: {pth: /}}\n",
            "c.yaml": "groups: {g: {members: [bob, carol]}}\n",
            "iamspec.yaml": "prune: true\n",
        },
        [
            "spec/a.yaml:2:1: not YAML: did not find expected ',' or '}'",
            'spec/b.yaml:1:15: user/bob: unknown key "pth"; did you mean "path"?',
            'spec/c.yaml:1:29: group/g: members[1]: no user "carol" is declared in the files that could be read',
            "spec/iamspec.yaml:1:8: prune: prune needs account.id, so that nothing is deleted in another account",
        ],
    ),
}


@pytest.mark.parametrize(("files", "messages"), SHAPES.values(), ids=SHAPES)
def test_a_value_of_a_wrong_shape_is_told_with_its_place(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


@pytest.mark.parametrize(("files", "messages"), NAMES.values(), ids=NAMES)
def test_what_iam_would_refuse_by_its_patterns_is_told_with_its_place(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages


@pytest.mark.parametrize(("files", "messages"), REFERENCES.values(), ids=REFERENCES)
def test_a_reference_to_nothing_is_told_with_what_may_be_meant(tmp_path, files, messages):
    assert faults(tmp_path, files) == messages
