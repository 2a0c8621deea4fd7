"""Which documents IAM stores: the grammar is held to recorded answers of IAM."""

import json

from documents import found, statement

STORED = {"PutUserPolicy", "PutGroupPolicy", "PutRolePolicy", "CreatePolicy", "CreatePolicyVersion"}


def recorded(data):
    """Every document that IAM was asked to store, and whether IAM took it."""
    whole = json.loads((data / "recorded" / "behaviours.json").read_text())
    for one in whole["behaviours"]:
        written = one["call"]["params"].get("PolicyDocument")
        if one["call"]["operation"] in STORED and written is not None:
            refused = one["result"].get("error") == "MalformedPolicyDocument"
            yield (
                one["id"],
                whole["documents"].get(written, written) if isinstance(written, str) else written,
                not refused,
            )
    decisions = json.loads((data / "recorded" / "condition-decisions.json").read_text())
    for one in decisions["storage"]:
        yield one["id"], _document(one["condition"]), one["accepted"]
    for one in decisions["decisions"]:
        if "storable" in one:
            condition = {one["operator"]: {one["key"]: one["policy_values"]}}
            yield one["id"], _document(condition), one["storable"]


def _document(condition):
    return {"Version": "2012-10-17", "Statement": statement(Condition=condition)}


def test_the_grammar_takes_what_iam_was_recorded_to_take_and_refuses_the_rest(data):
    """Kills: an apply that fails half-way over a document that validate took, and a document that only iamspec refuses."""
    answers = list(recorded(data))
    assert len(answers) > 200
    assert {name: found(document) for name, document, taken in answers if bool(found(document)) == taken} == {}
