"""Documents side by side: `==` decides whether there is a difference, and every difference is seen."""

import json

from hypothesis import given, strategies as st
from profiles import law

from iamspec.policy.document import Document
from iamspec.render.documents import document_difference, document_lines


def shown(before, after, partition="aws"):
    return [f"{line.sign} {line.text}" for line in document_difference(before, after, partition)]


def test_a_document_is_laid_out_in_one_order_with_members_sorted_and_lists_of_one_as_scalars():
    statement = {
        "Resource": ["*"],
        "Condition": {"Bool": {"aws:ViaAWSService": True}, "StringLike": {"aws:PrincipalArn": ["b", "a"]}},
        "Action": ["s3:Put", "s3:Get"],
        "Effect": "Allow",
        "Principal": "*",
        "Sid": "One",
    }
    assert document_lines({"Statement": statement, "Id": "me", "Version": "2012-10-17"}) == [
        "Version: 2012-10-17",
        "Id: me",
        "Statement:",
        "  Sid: One",
        "  Effect: Allow",
        "  Principal AWS: *",
        "  Action:",
        "    s3:Get",
        "    s3:Put",
        "  Resource: *",
        "  Condition:",
        "    Bool aws:ViaAWSService: true",
        "    StringLike aws:PrincipalArn:",
        "      a",
        "      b",
    ]


def test_another_way_of_writing_shows_nothing():
    one = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "S3:getobject", "Resource": ["b", "a"]},
            {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:X": True}}},
        ],
    }
    other = {
        "Statement": [
            {"Condition": {"bool": {"AWS:x": ["true"]}}, "Effect": "Deny", "Action": ["*"], "Resource": "*"},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["a", "b", "a"]},
        ],
        "Version": "2012-10-17",
    }
    assert shown(one, other) == []


def test_of_a_statement_only_what_changed_has_a_sign_whatever_else_is_written_differently():
    before = [{"Effect": "Deny", "Action": "a:B"}, {"Effect": "Allow", "Action": "S3:get", "Resource": "x"}]
    after = [
        {"Effect": "Allow", "Action": ["s3:Get", "s3:Put"], "Resource": ["x"]},
        {"Effect": "Deny", "Action": "A:b"},
    ]
    assert shown({"Statement": before}, {"Statement": after}) == [
        "  Statement:",
        "    Effect: Allow",
        "    Action:",
        "      s3:Get",
        "+     s3:Put",
        "    Resource: x",
        "… 1 unchanged statement",
    ]


def test_statements_with_the_same_sid_are_compared_with_each_other():
    before = {"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "x:Y"}, {"Sid": "B", "Effect": "Deny"}]}
    after = {"Statement": [{"Sid": "B", "Effect": "Allow", "Action": "x:Y"}, {"Sid": "A", "Effect": "Deny"}]}
    assert shown(before, after) == [
        "  Statement:",
        "    Sid: B",
        "-   Effect: Deny",
        "+   Effect: Allow",
        "+   Action: x:Y",
        "  Statement:",
        "    Sid: A",
        "-   Effect: Allow",
        "+   Effect: Deny",
        "-   Action: x:Y",
    ]


def test_statements_that_have_nothing_in_common_go_and_come():
    before = {"Statement": {"Effect": "Allow", "Action": "a:B"}}
    after = {"Statement": {"Effect": "Deny", "Action": "c:D"}}
    assert shown(before, after) == [
        "- Statement:",
        "-   Effect: Allow",
        "-   Action: a:B",
        "+ Statement:",
        "+   Effect: Deny",
        "+   Action: c:D",
    ]


def test_long_runs_of_what_did_not_change_are_folded():
    many = [f"ec2:Describe{number:02}" for number in range(30)]
    before = {"Statement": [{"Effect": "Allow", "Action": many}]}
    after = {"Statement": [{"Effect": "Allow", "Action": [*many, "ec2:Describe12a"]}]}
    assert shown(before, after) == [
        "  Statement:",
        "    Effect: Allow",
        "… 11 unchanged lines",
        "      ec2:Describe10",
        "      ec2:Describe11",
        "      ec2:Describe12",
        "+     ec2:Describe12a",
        "      ec2:Describe13",
        "      ec2:Describe14",
        "      ec2:Describe15",
        "… 14 unchanged lines",
    ]


def test_the_default_version_is_another_than_the_current_one():
    assert shown({"Version": "2012-10-17"}, {}) == ["- Version: 2012-10-17", "+ Version: 2008-10-17"]


def test_an_account_and_its_root_are_one_in_their_own_partition_only():
    account = {"Statement": {"Principal": {"AWS": "123456789012"}}}
    root = {"Statement": {"Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}}}
    assert shown(account, root, "aws-cn") == []
    assert shown(account, root) == [
        "- Statement:",
        "-   Principal AWS: 123456789012",
        "+ Statement:",
        "+   Principal AWS: arn:aws-cn:iam::123456789012:root",
    ]


def test_documents_that_no_layout_tells_apart_are_shown_as_they_are_compared():
    both = {"Statement": {"Condition": {"StringLike": {"k": "a"}, "stringlike": {"k": "b"}}}}
    either = {"Statement": {"Condition": {"StringLike": {"k": ["a", "b"]}}}}
    assert {line[0] for line in shown(both, either)} == {" ", "+", "-"}


def test_what_is_no_document_is_shown_as_a_value():
    assert shown("not json\x1b", {"Version": "2012-10-17"}) == ['- "not json\\u001b"', "+ Version: 2012-10-17"]
    assert shown(None, {}) == ["+ Version: 2008-10-17"]
    assert shown({}, None) == ["- Version: 2008-10-17"]


WORDS = st.sampled_from(
    ["*", "s3:Get", "S3:get", "true", "1", "123456789012", "Allow", "arn:aws:iam::123456789012:root", ""]
)
SCALARS = WORDS | st.booleans() | st.integers(0, 1)
KEYS = ["Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "Condition", "Other", "action"]
TESTS = st.dictionaries(
    st.sampled_from(["Bool", "bool", "StringEqualsIgnoreCase"]),
    st.dictionaries(st.sampled_from("kKl"), st.lists(SCALARS, max_size=2) | SCALARS, max_size=2) | SCALARS,
    max_size=2,
)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.dictionaries(st.sampled_from(["AWS", "Service"]), SCALARS, max_size=1)
    | TESTS
)
STATEMENTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3) | SCALARS
DOCUMENTS = (
    st.fixed_dictionaries(
        {"Statement": STATEMENTS | st.lists(STATEMENTS, max_size=3)},
        optional={"Version": SCALARS, "Id": SCALARS, "Foo": SCALARS},
    )
    | SCALARS
    | st.none()
)


@law(400)
@given(DOCUMENTS, DOCUMENTS)
def test_there_is_something_to_see_exactly_when_documents_differ(before, after):
    seen = any(line.sign in "+-" for line in document_difference(before, after))
    assert seen == (Document(before) != Document(after))


@law(200)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_no_order_of_writing_shows_anything(document, random):
    def shuffled(value):
        if isinstance(value, dict):
            return {key: shuffled(value[key]) for key in random.sample(sorted(value), len(value))}
        return value

    assert document_difference(document, json.loads(json.dumps(shuffled(document)))) == []
