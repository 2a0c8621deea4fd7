"""When two policy documents are one, in both directions: no difference in writing counts, none in meaning is hidden."""

import copy
import json
from random import Random

import pytest
from hypothesis import example, given, strategies as st
from meanings import DOCUMENTS, STATEMENTS, decisions, rewritten
from profiles import law

from iamspec.policy.document import Document, decode
from iamspec.policy.managed import managed_documents
from iamspec.policy.statement import listed

MANY = law(400)
BASE = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole"}
ROOT = "arn:aws:iam::123456789012:root"


def of(statement, **elements):
    return {"Version": "2012-10-17", "Statement": [statement], **elements}


def having(**elements):
    return of({**BASE, **elements})


def trusting(principal):
    return of({**TRUST, "Principal": principal})


def under(block):
    return having(Condition=block)


def without(data, key):
    return {name: value for name, value in data.items() if name != key}


# Each row of the table of equality, with the bug that it is there to find
EQUAL = {
    "an action alone is a list of one": (having(), having(Action=["s3:GetObject"])),
    "so is an excepted one": (
        of({**without(BASE, "Action"), "NotAction": "s3:*"}),
        of({**without(BASE, "Action"), "NotAction": ["s3:*"]}),
    ),
    "so is a resource": (having(), having(Resource=["arn:aws:s3:::b/*"])),
    "so is an excepted resource": (
        of({**without(BASE, "Resource"), "NotResource": "a"}),
        of({**without(BASE, "Resource"), "NotResource": ["a"]}),
    ),
    "so is a principal": (trusting({"AWS": "*"}), trusting({"AWS": ["*"]})),
    "so is a value of a condition": (under({"Bool": {"a:b": "x"}}), under({"Bool": {"a:b": ["x"]}})),
    "actions have no order": (having(Action=["a:b", "c:d"]), having(Action=["c:d", "a:b"])),
    "values have no order": (under({"Bool": {"a:b": ["x", "y"]}}), under({"Bool": {"a:b": ["y", "x"]}})),
    "statements have no order": (
        {"Version": "2012-10-17", "Statement": [BASE, TRUST]},
        {"Version": "2012-10-17", "Statement": [TRUST, BASE]},
    ),
    "elements have no order": (having(), dict(reversed(of(dict(reversed(BASE.items()))).items()))),
    "tests have no order": (
        under({"Bool": {"a:b": "x"}, "Null": {"c:d": "y", "e:f": "z"}}),
        under({"Null": {"e:f": "z", "c:d": "y"}, "Bool": {"a:b": "x"}}),
    ),
    "a statement alone is a list of one": (having(), {"Version": "2012-10-17", "Statement": BASE}),
    "an empty Sid is none": (having(), having(Sid="")),
    "an empty Id is none": (having(), {**having(), "Id": ""}),
    "the case of an action does not count": (having(), having(Action="S3:getOBJECT")),
    "the case of a key does not count": (
        under({"StringEquals": {"aws:PrincipalTag/Team": "x"}}),
        under({"StringEquals": {"AWS:principaltag/team": "x"}}),
    ),
    "the case of an operator does not count": (
        under({"StringEquals": {"a:b": "x"}}),
        under({"stringequals": {"a:b": "x"}}),
    ),
    "the case of a value does not count where the operator ignores it": (
        under({"StringEqualsIgnoreCase": {"a:b": "X"}}),
        under({"StringEqualsIgnoreCase": {"a:b": "x"}}),
    ),
    "an action twice is once": (having(), having(Action=["s3:GetObject", "s3:getobject"])),
    "a resource twice is once": (having(), having(Resource=["arn:aws:s3:::b/*"] * 2)),
    "a principal twice is once": (trusting({"AWS": ROOT}), trusting({"AWS": [ROOT, "123456789012"]})),
    "a value twice is once": (under({"Bool": {"a:b": "x"}}), under({"Bool": {"a:b": ["x", "x"]}})),
    "a statement twice is once": (having(), {"Version": "2012-10-17", "Statement": [BASE, BASE]}),
    "a boolean is its text": (under({"Bool": {"a:b": True}}), under({"Bool": {"a:b": "true"}})),
    "a number is its text": (
        under({"NumericEquals": {"a:b": 9007199254740993}}),
        under({"NumericEquals": {"a:b": "9007199254740993"}}),
    ),
    "an account is its root": (trusting({"AWS": "123456789012"}), trusting({"AWS": ROOT})),
    "everybody is every principal of AWS": (trusting("*"), trusting({"AWS": "*"})),
    "no version is the old one": (without(having(), "Version"), {**having(), "Version": "2008-10-17"}),
    "an empty condition is none": (having(), under({})),
    "an operator without keys is none": (having(), under({"Bool": {}})),
    "keys of one operator may stand apart in case": (
        under({"Bool": {"a:b": "x"}, "BOOL": {"c:d": "y"}}),
        under({"bool": {"a:b": "x", "c:d": "y"}}),
    ),
}
UNEQUAL = {
    "a Sid is told apart": (having(Sid="A"), having(Sid="B")),
    "an Id is told apart": ({**having(), "Id": "A"}, {**having(), "Id": "B"}),
    "an effect": (having(), having(Effect="Deny")),
    "an action": (having(), having(Action="s3:PutObject")),
    "an action and what is excepted": (having(), of({**without(BASE, "Action"), "NotAction": "s3:GetObject"})),
    "a resource and what is excepted": (
        having(),
        of({**without(BASE, "Resource"), "NotResource": "arn:aws:s3:::b/*"}),
    ),
    "the case of a resource": (having(), having(Resource="arn:aws:s3:::B/*")),
    "the case of a value": (under({"StringEquals": {"a:b": "x"}}), under({"StringEquals": {"a:b": "X"}})),
    "the case of an effect": (having(), having(Effect="allow")),
    "an operator": (under({"StringEquals": {"a:b": "x"}}), under({"StringLike": {"a:b": "x"}})),
    "a key": (under({"Bool": {"a:b": "x"}}), under({"Bool": {"a:c": "x"}})),
    "a condition": (having(), under({"Bool": {"a:b": "x"}})),
    "no values and none asked for": (having(), under({"Bool": {"a:b": []}})),
    "no version and the new one": (without(having(), "Version"), having()),
    "everybody and nobody said": (trusting("*"), of(TRUST)),
    "a principal and what is excepted": (trusting({"AWS": ROOT}), of({**TRUST, "NotPrincipal": {"AWS": ROOT}})),
    "kinds of principals": (trusting({"AWS": "*"}), trusting({"Federated": "*"})),
    "a unique id and an ARN": (
        trusting({"AWS": "AIDAEXAMPLEEXAMPLE123"}),
        trusting({"AWS": "arn:aws:iam::123456789012:user/a"}),
    ),
    "an account and a number": (trusting({"AWS": "012345678901"}), trusting({"AWS": 12345678901})),
    "numbers that a float confuses": (
        under({"NumericEquals": {"a:b": 9007199254740993}}),
        under({"NumericEquals": {"a:b": 9007199254740992}}),
    ),
    "an unknown element": (having(), having(Extra="x")),
    "two tests of one key are not one with two values": (
        under({"Bool": {"a:b": ["x", "y"]}}),
        under({"Bool": {"a:b": "x"}, "BOOL": {"a:b": "y"}}),
    ),
}


@pytest.mark.parametrize("row", EQUAL)
def test_documents_are_equal_however_they_are_written(row):
    one, other = map(Document, EQUAL[row])
    assert (one == other, other == one, hash(one) == hash(other), one.signature == other.signature) == (True,) * 4


@pytest.mark.parametrize("row", UNEQUAL)
def test_documents_are_told_apart_by(row):
    one, other = map(Document, UNEQUAL[row])
    assert (one == other, other == one, one.signature == other.signature) == (False,) * 3


def test_labels_alone_leave_access_as_it_is():
    assert Document(having(Sid="A")).grants_as(Document({**having(Sid="B"), "Id": "X"}))
    assert not Document(having()).grants_as(Document(having(Effect="Deny")))


def test_the_root_of_an_account_is_one_with_it_in_its_own_partition_only():
    """The bug: the partition is left out of the comparison."""
    account, root = trusting({"AWS": "123456789012"}), trusting({"AWS": "arn:aws-cn:iam::123456789012:root"})
    assert Document(account, "aws-cn") == Document(root, "aws-cn")
    assert Document(account) != Document(root)


# Laws

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("Version", "Id", "Statement", "Sid", "Effect", "Action", "Resource", "Principal", "AWS"))
            | st.sampled_from(("Condition", "StringEqualsIgnoreCase", "NotAction", "NotResource", "a:b"))
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@MANY
@given(JUNK)
@example({"Statement": [{"Action": [["a"], {"b": None}, 1, None]}, 5, None, [1]], "Version": ["x"]})
@example({"Statement": {"Condition": {"StringEqualsIgnoreCase": {"a": [None, ["X"], 1.5]}}, "Principal": [{}]}})
def test_whatever_live_iam_holds_has_a_canonical_form(data):
    """The bug: a value of another type than the grammar's raises, or two forms of it cannot be sorted."""
    document = Document(data)
    assert document == Document(copy.deepcopy(data))
    assert json.loads(document.signature) == document.canonical


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"Statement":', '{"Statement":[', '{"Statement":{"Condition":'])
def test_no_document_is_too_deep(opening):
    """The bug: a document nested as deep as JSON can be read breaks the plan of a whole account."""
    depth = 400
    closing = "".join({"[": "]", "{": "}"}[sign] for sign in reversed(opening) if sign in "[{")
    texts = [f"{opening * depth}{leaf}{closing * depth}" for leaf in ("1", "1", "2")]
    one, same, other = (Document(decode(text)) for text in texts)
    assert (one == same, hash(one) == hash(same), one == other) == (True, True, False)


def test_numbers_that_are_none_are_equal_to_themselves():
    one, other = (Document(decode('{"Statement": [{"x": NaN}], "y": Infinity}')) for _ in range(2))
    assert (one == other, one.signature == other.signature) == (True, True)


def test_no_digit_of_an_answer_is_lost():
    """The bug: what IAM keeps as text goes through a float."""
    texts = [f'{{"Condition": {{"NumericEquals": {{"a:b": {digits}}}}}}}' for digits in ("1.50", "0.10000000000000001")]
    assert [decode(text)["Condition"]["NumericEquals"]["a:b"] for text in texts] == ["1.50", "0.10000000000000001"]


@MANY
@given(st.data(), DOCUMENTS)
def test_what_is_written_otherwise_is_equal(data, policy):
    """The bug: order, case, repetition, or a list of one counts."""
    assert Document(rewritten(data.draw, policy, split=False)) == Document(policy)


FEW_STATEMENTS = st.lists(
    st.sampled_from(
        (BASE, TRUST, {**BASE, "Sid": "A"}, {**BASE, "Effect": "Deny"}, {**BASE, "Action": ["s3:getobject"]})
    )
    | st.sampled_from(({**BASE, "Extra": "x"}, "text", None, ["a"])),
    max_size=4,
)


@MANY
@given(st.tuples(FEW_STATEMENTS, FEW_STATEMENTS), st.tuples(*[st.sampled_from(("2012-10-17", "2008-10-17"))] * 2))
def test_documents_are_equal_exactly_when_their_canonical_forms_are(statements, versions):
    """The bug: a fast comparison forgets a statement, or counts repeated statements."""
    one, other = (
        Document({"Version": version, "Statement": its}) for version, its in zip(versions, statements, strict=True)
    )
    assert (one == other) == (one.canonical == other.canonical) == (one.signature == other.signature)


def test_documents_of_very_many_statements_are_compared_all_the_same():
    """The bug: what is sorted because there are many statements, is taken for another document."""
    many = [{**BASE, "Sid": f"S{number}"} for number in range(500)]
    one, same, other = (Document({"Statement": its}) for its in (many, many[::-1], many[1:]))
    assert (one == same, one == other) == (True, False)


@MANY
@given(DOCUMENTS, DOCUMENTS)
def test_documents_that_decide_otherwise_are_unequal(one, other):
    """The bug: an element is left out of the canonical form, or NotAction is taken for Action."""
    assert decisions(one) == decisions(other) or Document(one) != Document(other)


ELEMENTS = st.sampled_from((("Effect",), ("Action", "NotAction"), ("Resource", "NotResource"), ("Condition",)))


@MANY
@given(DOCUMENTS, STATEMENTS, ELEMENTS, st.integers(0, 2), st.booleans())
def test_an_edit_that_changes_who_may_do_what_is_unequal(policy, statement, keys, number, turned):
    """The bug: as before, where all but one element stays as it is, or turns into what is excepted."""
    changed = copy.deepcopy(policy)
    edited = changed["Statement"][number % len(changed["Statement"])]
    one, other = keys[0], keys[-1]
    if turned and one != other:
        edited[other if one in edited else one] = edited.pop(one if one in edited else other)
    else:
        for key in keys:
            edited.pop(key, None)
            edited.update({key: statement[key]} if key in statement else {})
    assert decisions(policy) == decisions(changed) or Document(policy) != Document(changed)


def shuffled(value, chance):
    """The same JSON with objects and lists in another order, and what stands alone in a list."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, chance)) for key, one in value.items()]
        chance.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        return chance.sample([shuffled(one, chance) for one in value], len(value))
    return value


def relisted(statement, chance):
    found = {}
    for key, value in statement.items():
        if key in {"Action", "NotAction", "Resource", "NotResource"}:
            texts = [*listed(value)]
            found[key] = texts[0] if len(texts) == 1 and chance.random() < 0.5 else [*texts, chance.choice(texts)]
        else:
            found[key] = value
    return found


def test_every_policy_of_aws_equals_its_permutations_and_hardly_any_other():
    """The bugs: order counts somewhere; all documents are equal."""
    chance, signatures = Random(7), {}
    for arn, document in managed_documents().items():
        data = shuffled(document.data, chance)
        data["Statement"] = [relisted(one, chance) for one in listed(data["Statement"])]
        assert Document(data) == document
        signatures.setdefault(document.signature, []).append(arn)
    assert len(signatures) > 1000


def test_every_policy_of_aws_is_another_without_one_of_its_actions():
    """The bug: lists are compared by their length, or by their first member."""
    chance = Random(8)
    for document in managed_documents().values():
        data = copy.deepcopy(document.data)
        statement = chance.choice(listed(data["Statement"]))
        key = "Action" if "Action" in statement else "NotAction"
        actions = sorted({one.lower() for one in listed(statement[key])})
        actions.remove(chance.choice(actions))
        statement[key] = actions or "x:Y"
        assert Document(data) != document
