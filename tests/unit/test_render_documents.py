"""Documents side by side: `==` decides whether there is a difference, and every difference is seen."""

import json
from datetime import date

import yaml
from hypothesis import given, strategies as st
from profiles import law

from iamspec.policy.document import Document
from iamspec.render.documents import FOLDED, document_difference, document_lines
from iamspec.render.yaml_lines import yaml_block, yaml_text


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
        "  - Sid: One",
        "    Effect: Allow",
        "    Principal:",
        '      AWS: "*"',
        "    Action:",
        "      - s3:Get",
        "      - s3:Put",
        '    Resource: "*"',
        "    Condition:",
        "      Bool:",
        '        aws:ViaAWSService: "true"',
        "      StringLike:",
        "        aws:PrincipalArn:",
        "          - a",
        "          - b",
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
        "    - Effect: Allow",
        "      Action:",
        "        - s3:Get",
        "+       - s3:Put",
        "      Resource: x",
        "…   # 1 unchanged statement",
    ]


def test_statements_with_the_same_sid_are_compared_with_each_other():
    before = {"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "x:Y"}, {"Sid": "B", "Effect": "Deny"}]}
    after = {"Statement": [{"Sid": "B", "Effect": "Allow", "Action": "x:Y"}, {"Sid": "A", "Effect": "Deny"}]}
    assert shown(before, after) == [
        "  Statement:",
        "    - Sid: B",
        "-     Effect: Deny",
        "+     Effect: Allow",
        "+     Action: x:Y",
        "    - Sid: A",
        "-     Effect: Allow",
        "+     Effect: Deny",
        "-     Action: x:Y",
    ]


def test_statements_that_have_nothing_in_common_go_and_come():
    before = {"Statement": {"Effect": "Allow", "Action": "a:B"}}
    after = {"Statement": {"Effect": "Deny", "Action": "c:D"}}
    assert shown(before, after) == [
        "  Statement:",
        "-   - Effect: Allow",
        "-     Action: a:B",
        "+   - Effect: Deny",
        "+     Action: c:D",
    ]


def test_long_runs_of_what_did_not_change_are_folded():
    many = [f"ec2:Describe{number:02}" for number in range(30)]
    before = {"Statement": [{"Effect": "Allow", "Action": many}]}
    after = {"Statement": [{"Effect": "Allow", "Action": [*many, "ec2:Describe12a"]}]}
    assert shown(before, after) == [
        "  Statement:",
        "    - Effect: Allow",
        "      Action:",
        "…       # 10 unchanged lines",
        "        - ec2:Describe10",
        "        - ec2:Describe11",
        "        - ec2:Describe12",
        "+       - ec2:Describe12a",
        "        - ec2:Describe13",
        "        - ec2:Describe14",
        "        - ec2:Describe15",
        "…       # 14 unchanged lines",
    ]


def test_the_default_version_is_another_than_the_current_one():
    assert shown({"Version": "2012-10-17"}, {}) == ["- Version: 2012-10-17", "+ Version: 2008-10-17"]


def test_an_account_and_its_root_are_one_in_their_own_partition_only():
    account = {"Statement": {"Principal": {"AWS": "123456789012"}}}
    root = {"Statement": {"Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}}}
    assert shown(account, root, "aws-cn") == []
    assert shown(account, root) == [
        "  Statement:",
        "-   - Principal:",
        '-       AWS: "123456789012"',
        "+   - Principal:",
        "+       AWS: arn:aws-cn:iam::123456789012:root",
    ]


def test_documents_that_no_layout_tells_apart_are_shown_as_they_are_compared():
    both = {"Statement": {"Condition": {"StringLike": {"k": "a"}, "stringlike": {"k": "b"}}}}
    either = {"Statement": {"Condition": {"StringLike": {"k": ["a", "b"]}}}}
    assert {line[0] for line in shown(both, either)} == {" ", "+", "-"}


def test_where_the_first_line_of_a_statement_goes_the_next_one_has_the_dash():
    """Kills: a difference that is no YAML on one of the sides."""
    both = {"Effect": "Allow", "Action": "a:B", "Resource": "*"}
    assert shown({"Statement": [{"Sid": "A", **both}]}, {"Statement": [{**both, "Action": "a:C"}]}) == [
        "  Statement:",
        "-   - Sid: A",
        "-     Effect: Allow",
        "+   - Effect: Allow",
        "-     Action: a:B",
        "+     Action: a:C",
        '      Resource: "*"',
    ]


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


def side(lines, sign):
    """One side of a difference as a reader of YAML reads it, all scalars as text."""
    return yaml.load("\n".join(one.text for one in lines if one.sign in f" {sign}"), yaml.BaseLoader)  # noqa: S506


REGULAR = st.fixed_dictionaries(
    {
        "Statement": st.lists(
            st.dictionaries(st.sampled_from([*KEYS[:4], "Resource"]), WORDS.filter(bool), min_size=1), max_size=3
        )
    },
    optional={"Id": st.sampled_from(["me", "x: y", "# no"])},
)


@law(300)
@given(REGULAR, REGULAR)
def test_each_side_of_a_difference_is_the_document_as_yaml(before, after):
    """Kills: a bare `*`, a key without its dash, a heading that only one side has."""
    for document in (before, after):
        assert Document(side(document_difference(None, document), "+")) == Document(document)
    lines = document_difference(before, after)
    if lines and not any(line.sign == FOLDED for line in lines):
        for document, sign in ((before, "-"), (after, "+")):
            read = side(lines, sign) or {}
            assert canonical(read.get("Statement")) <= canonical(document["Statement"])


def canonical(found):
    """Statements, each as IAM takes it."""
    return {json.dumps(Document({"Statement": one}).canonical, sort_keys=True, default=sorted) for one in found or ()}


TEXTS = st.text(st.sampled_from("ab1 :#*&!|>'\"%@`,[]{}-?~.\\/$_=\n\x1b\u202eé"), max_size=8)


@law(500)
@given(
    st.recursive(
        TEXTS | st.sampled_from(["no", "On", "0042", "1e3", "null", "~", "2012-10-17", ".5", "="]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=6,
    )
)
def test_a_value_as_yaml_is_the_same_value(value):
    """Kills: a text that a reader of YAML takes for a comment, an alias, a number or a flag."""
    text = "\n".join(yaml_block(value))
    assert yaml.load(text, yaml.BaseLoader) == value  # noqa: S506
    assert text.replace("\n", "").isprintable()
    if isinstance(value, str):
        assert yaml.safe_load(yaml_text(value)) in {value, date(2012, 10, 17)}
