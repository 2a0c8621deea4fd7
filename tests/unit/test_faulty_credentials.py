"""What `validate` says of credentials, suspensions and ends in a wrong shape."""

import pytest
from faulty import Table, faults

CONSOLE = "must be true, false or {password_reset_required: …}"
KEYS = "must be 0, 1 or 2, or {active: …, rotate_after_days: …}"
FLAG = "must be true or false, without quotes"
DAY = "must be a day, as in 2026-12-31, or a time, as in 2026-12-31T18:00:00Z"
RECIPIENT = "must be a recipient of age: age1…, or a public key ssh-ed25519 …"
EXTERNAL = "an external entity is never changed; remove this line, or `external`"

FIELDS = {
    "console": {"yes": CONSOLE, "null": CONSOLE, '"true"': CONSOLE, "1": CONSOLE, "[true]": CONSOLE, "": CONSOLE},
    "access_keys": {
        "-1": KEYS,
        "3": KEYS,
        "01": KEYS,
        "1.5": KEYS,
        "true": KEYS,
        "null": KEYS,
        '"1"': KEYS,
        "[1]": KEYS,
        "": KEYS,
    },
    "suspended": {"yes": FLAG, "null": FLAG, "'true'": FLAG, "1": FLAG, "": FLAG},
    "expires": {
        "tomorrow": DAY,
        "0": DAY,
        "null": DAY,
        "": DAY,
        "2026-13-01": DAY,
        "31.12.2026": DAY,
        "[2026-12-31]": DAY,
        "2026-12-31T25:00": DAY,
    },
    "deliver_to": {
        "null": RECIPIENT,
        "alice@example.com": RECIPIENT,
        "age1xyz": "this is no recipient of age: its checksum does not fit; copy the whole age1… again",
    },
}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [(field, value, message) for field, values in FIELDS.items() for value, message in values.items()],
)
def test_a_value_that_is_none_of_the_field_s_is_told_at_its_place(tmp_path, field, value, message):
    text = f"users:\n  alice:\n    {field}: {value}\n"
    column = len(f"    {field}: ") + 1 if value else len(f"    {field}:") + 1
    assert faults(tmp_path, text) == [f"spec/a.yaml:3:{column}: user/alice: {field}: {message}"]


SHAPES: Table = {
    "misspelled fields": (
        "users: {a: {consol: true, acess_keys: 1, suspend: true, expire: 2026-12-31, deliver: age1}}\n",
        [
            'spec/a.yaml:1:13: user/a: unknown key "consol"; did you mean "console"?',
            'spec/a.yaml:1:27: user/a: unknown key "acess_keys"; did you mean "access_keys"?',
            'spec/a.yaml:1:42: user/a: unknown key "suspend"; did you mean "suspended"?',
            'spec/a.yaml:1:57: user/a: unknown key "expire"; did you mean "expires"?',
            'spec/a.yaml:1:77: user/a: unknown key "deliver"; did you mean "deliver_to"?',
        ],
    ),
    "misspelled options": (
        "users: {a: {console: {password_reset_requird: true}, access_keys: {activ: 1, rotate_after: 9}}}\n",
        [
            (
                'spec/a.yaml:1:23: user/a: console: unknown key "password_reset_requird"; '
                'did you mean "password_reset_required"?'
            ),
            'spec/a.yaml:1:68: user/a: access_keys: unknown key "activ"; did you mean "active"?',
            'spec/a.yaml:1:78: user/a: access_keys: unknown key "rotate_after"; did you mean "rotate_after_days"?',
        ],
    ),
    "options out of bounds": (
        "users: {a: {console: {password_reset_required: yes}, access_keys: {active: 3, overlap_days: -1, force: yes}}}\n",
        [
            f"spec/a.yaml:1:48: user/a: console.password_reset_required: {FLAG}",
            'spec/a.yaml:1:76: user/a: access_keys.active: must be at most 2, not "3"',
            "spec/a.yaml:1:93: user/a: access_keys.overlap_days: must be a whole number from 0 on, without quotes",
            f"spec/a.yaml:1:104: user/a: access_keys.force: {FLAG}",
        ],
    ),
    "a rotation of no day": (
        "users: {a: {access_keys: {rotate_after_days: 0}}, b: {access_keys: {rotate_after_days: 9, overlap_days: 366}}}\n",
        [
            'spec/a.yaml:1:46: user/a: access_keys.rotate_after_days: must be at least 1, not "0"',
            'spec/a.yaml:1:105: user/b: access_keys.overlap_days: must be at most 365, not "366"',
        ],
    ),
    "a rotation without room": (
        "users: {a: {access_keys: {active: 2, rotate_after_days: 9}}, b: {access_keys: {active: 0, rotate_after_days: 9}}}\n",
        [
            f"spec/a.yaml:1:{column}: user/{name}: access_keys.rotate_after_days: "
            "IAM has room for two keys, so a rotation needs `active: 1`"
            for name, column in (("a", 57), ("b", 110))
        ],
    ),
    "grants that end": (
        (
            "users: {a: {groups: [{nme: x}, {name: x, expires: bad}, {name: x, expire: 2026-12-31}], "
            "policies: [{name: x, expires: 0}, {expires: 2026-12-31}]}}\n"
        ),
        [
            "spec/a.yaml:1:22: user/a: groups[0].name: is missing",
            'spec/a.yaml:1:23: user/a: groups[0]: unknown key "nme"; did you mean "name"?',
            f"spec/a.yaml:1:51: user/a: groups[1].expires: {DAY}",
            'spec/a.yaml:1:67: user/a: groups[2]: unknown key "expire"; did you mean "expires"?',
            f"spec/a.yaml:1:119: user/a: policies[0].expires: {DAY}",
            "spec/a.yaml:1:123: user/a: policies[1].name: is missing",
        ],
    ),
    "members and policies of groups that end": (
        "groups: {g: {members: [{name: a, expires: soon}, {}], policies: [{until: 2026-12-31, name: 'aws:ReadOnlyAccess'}]}}\n",
        [
            f"spec/a.yaml:1:43: group/g: members[0].expires: {DAY}",
            "spec/a.yaml:1:50: group/g: members[1].name: is missing",
            'spec/a.yaml:1:67: group/g: policies[0]: unknown key "until"; known are expires, name',
        ],
    ),
    "inline policies that end": (
        (
            "users: {a: {inline_policies: {i: {expires: 2026-12-31}, j: {expires: bad, document: DOC}, "
            "k: {expires: 2026-12-31, documnt: DOC}}}}\n"
        ),
        [
            "spec/a.yaml:1:34: user/a: inline_policies.i.document: is missing",
            f"spec/a.yaml:1:70: user/a: inline_policies.j.expires: {DAY}",
            "spec/a.yaml:1:177: user/a: inline_policies.k.document: is missing",
            'spec/a.yaml:1:199: user/a: inline_policies.k: unknown key "documnt"; did you mean "document"?',
        ],
    ),
    "an end among the statements": (
        "users: {a: {inline_policies: {i: {expires: 2026-12-31, Version: 2012-10-17, Statement: []}}}}\n",
        [
            (
                "spec/a.yaml:1:34: user/a: inline_policies.i: "
                "an end stands beside the document, not in it: {expires: …, document: {…}}"
            )
        ],
    ),
    "what is wrong in a document that ends": (
        (
            "users: {a: {inline_policies: {i: {expires: 2026-12-31, document: "
            "{Statement: {Effect: Alow, Action: 's3:*', Resource: '*'}}}, j: {expires: 2026-12-31, document: {}}}}}\n"
        ),
        [
            (
                'spec/a.yaml:1:87: user/a: inline_policies.i.document.Statement.Effect: Effect is "Alow"; '
                'write "Allow" or "Deny"'
            ),
            (
                "spec/a.yaml:1:162: user/a: inline_policies.j.document: this is no policy document, since it has no "
                'Statement; write an object with "Version" and "Statement"'
            ),
        ],
    ),
    "a file that is not there in what ends": (
        "users: {a: {inline_policies: {i: {expires: 2026-12-31, document: {file: nope.json}}}}}\n",
        ['spec/a.yaml:1:73: user/a: inline_policies.i.document.file: "nope.json": no such file or directory'],
    ),
    "an inline policy in iamspec's place": (
        "users: {a: {inline_policies: {iamspec-suspended: DOC}}}\n",
        [
            (
                "spec/a.yaml:1:50: user/a: inline_policies.iamspec-suspended: "
                'inline policies that begin with "iamspec-" are iamspec\'s own'
            )
        ],
    ),
    "credentials of somebody else's user": (
        "users: {a: {external: true, console: true, access_keys: 1, suspended: true, expires: 2026-12-31}}\n",
        [
            f"spec/a.yaml:1:{column}: user/a: {field}: {EXTERNAL}"
            for field, column in (("console", 38), ("access_keys", 57), ("suspended", 71), ("expires", 86))
        ],
    ),
}


@pytest.mark.parametrize(("files", "found"), SHAPES.values(), ids=SHAPES)
def test_a_shape_that_is_wrong_is_told_with_its_place(tmp_path, files, found):
    assert faults(tmp_path, files) == found
