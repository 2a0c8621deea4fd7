"""The schema in an editor: it refuses the specs that validate refuses, as far as a schema can, and accepts all others."""

import json

import pytest
from jsonschema import Draft202012Validator
from test_schemas import complaints

from iamspec.commands.imported import as_files
from iamspec.commands.importing import take
from iamspec.commands.validate import validate
from iamspec.desired.schema import spec_schema
from iamspec.errors import InvalidSpec
from iamspec.live.snapshot import SnapshotReader, load
from iamspec.policy.grammar import check

ALLOW = "{Effect: Allow, Action: 's3:GetObject', Resource: '*'}"
ADDITIONAL, ANY, PATTERN = "additionalProperties", "anyOf", "pattern"


def document(statement):
    return f"policies: {{p: {{document: {{Version: '2012-10-17', Statement: [{statement}]}}}}}}"


WRONG = {
    "account: {id: 123456789012}": "type",
    "account: {id: '12345'}": PATTERN,
    "account: {alias: Acme}": ANY,
    "prune: true": "required",
    "prune: true\naccount: {alias: acme}": "required",
    "users: {'a b': {}}": PATTERN,
    f"users: {{{'a' * 65}: {{}}}}": "maxLength",
    "users: {a: {path: engineering}}": PATTERN,
    "users: {a: {access_keys: 3}}": ANY,
    "users: {a: {access_keys: {active: 1, rotate_after_days: 0}}}": ANY,
    "users: {a: {expires: soon}}": PATTERN,
    "users: {a: {external: true, groups: [b]}}": "maxProperties",
    "users: {a: {console: maybe}}": ANY,
    "users: {a: {inline_policies: {p: {Statement: []}}}}": ANY,
    "groups: {a: {policies: {b: c}}}": "type",
    "status: {accept: {keys-90: {reason: x}}}": "required",
    "status: {root_unused_days: 0}": "minimum",
    "absent: {users: {m: yesterday}}": "format",
    document("{Effect: Alow, Action: '*', Resource: '*'}"): ANY,
    document("{Effect: Allow, Action: '*'}"): ANY,
    document("{Effect: Allow, Action: '*', NotAction: '*', Resource: '*'}"): ANY,
    document("{Effect: Allow, Action: getobject, Resource: '*'}"): ANY,
    document("{Effect: Allow, Action: '*', Resource: '*', Principal: '*'}"): ANY,
    document("{Sid: a-b, Effect: Allow, Action: '*', Resource: '*'}"): ANY,
    document("{Effect: Allow, Action: '*', Resource: '*', Condition: {StringEqual: {a: b}}}"): ANY,
    document("{Effect: Allow, Action: '*', Resource: '*', Condition: {NullIfExists: {a: b}}}"): ANY,
}


@pytest.mark.parametrize("text", WRONG)
def test_the_schema_and_validate_refuse_the_same(text, tmp_path):
    """Kills: a fault that an editor shows only after the push, and one that only the editor sees."""
    (tmp_path / "iamspec.yaml").write_text(text, encoding="utf-8")
    found = {one.rpartition(": ")[2] for one in complaints(text)}
    assert WRONG[text] in found or (WRONG[text] == "format" and found == set())
    with pytest.raises(InvalidSpec):
        validate([str(tmp_path)])


RIGHT = [
    document(ALLOW),
    "policies: {p: {document: {file: p.json}}}",
    document("{effect: x}").replace(
        "{effect: x}", "{Effect: Deny, NotAction: ['iam:*'], NotResource: 'arn:aws:s3:::a'}"
    ),
    document(
        "{Effect: Allow, Action: '*', Resource: '*', Condition: {'forallvalues:stringlikeifexists': {k: [a, 1]}}}"
    ),
    document("{Effect: Allow, Action: 's3:${iamspec:partition}', Resource: '${iamspec:account_id}'}"),
    f"users: {{a: {{inline_policies: {{p: {{Statement: {ALLOW}}}, q: {{expires: 2027-01-01, document: {{Statement: {ALLOW}}}}}}}}}}}",
    "users: {a: {external: true}}",
    "users: {a: {external: false, groups: [b], expires: '2027-01-01T10:00:00Z'}}",
    "prune: true\naccount: {id: '123456789012'}",
]


@pytest.mark.parametrize("text", RIGHT)
def test_the_schema_takes_what_validate_takes(text):
    assert complaints(text) == []


def test_an_imported_account_fits_the_schema(data):
    """Kills: a pattern that real names or real documents break."""
    snapshot = load(str(data / "account-authorization-details.json"))
    for name, text in as_files(take(SnapshotReader(snapshot))).items():
        assert complaints(text) == [], name


DOCUMENTS = Draft202012Validator({"$ref": "#/$defs/PolicyDocument", "$defs": spec_schema()["$defs"]})


def test_real_documents_are_judged_alike(data):
    """Kills: an action, an operator or a resource that IAM takes and the schema underlines."""
    raw = json.loads((data / "user-guide-policies.json").read_text(encoding="utf-8"))
    documents = [
        one.get("document", one) if isinstance(one, dict) else one
        for one in (raw if isinstance(raw, list) else raw.values())
    ]
    assert len(documents) > 100
    stricter = [one for one in documents if check(one) == [] and not DOCUMENTS.is_valid(one)]
    assert stricter == []
