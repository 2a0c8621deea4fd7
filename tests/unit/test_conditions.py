"""Condition operators, one case a line, after the IAM User Guide."""

import pytest

from iamspec.policy.evaluate.conditions import conditions, holds
from iamspec.policy.evaluate.truth import Context
from iamspec.policy.grammar import condition
from iamspec.policy.statement import Statement

ARN = "arn:aws:sns:eu-west-1:123456789012:topic"
OPEN = frozenset({"k"})
ABSENT: tuple[str, ...] = ()


def asked(block, context=None, closed=(), *, variables=True, effect="Allow"):
    statement = Statement({"Effect": effect, "Condition": block})
    return holds(conditions(statement, variables=variables), Context(context or {}, closed))


def one(operator, policy, *values):
    return asked({operator: {"k": policy}}, {"k": values})


@pytest.mark.parametrize(
    ("operator", "policy", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", ["x", "a"], "a", True),
        ("StringEquals", [], "a", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ["x", "a"], "a", False),
        ("StringNotEquals", ["x", "y"], "a", True),
        ("StringEqualsIgnoreCase", "Ab", "aB", True),
        ("StringEqualsIgnoreCase", "a", "b", False),
        ("StringNotEqualsIgnoreCase", "Ab", "aB", False),
        ("StringNotEqualsIgnoreCase", "a", "b", True),
        ("StringLike", "a*c", "a/b:c", True),
        ("StringLike", "a?c", "abc", True),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "a*c", "A-C", False),
        ("StringLike", "*b*b", "b", False),
        ("StringLike", "a.c", "abc", False),
        ("StringLike", "a*", "a\nb", True),
        ("StringLike", "", "", True),
        ("StringNotLike", "a*", "ab", False),
        ("StringNotLike", "a*", "ba", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "1e1", True),
        ("NumericEquals", 9007199254740993, "9007199254740992", False),
        ("NumericNotEquals", "10", "11", True),
        ("NumericNotEquals", "10", "10.0", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "10.5", False),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericGreaterThanEquals", "10", "-11", False),
        ("DateEquals", "2026-11-23T10:00:00Z", "2026-11-23T12:00:00+02:00", True),
        ("DateEquals", "2026-11-23", "2026-11-23T00:00:00Z", True),
        ("DateEquals", "2026", "2026-01-01T00:00:00Z", True),
        ("DateEquals", "0", "1970-01-01T00:00:00Z", True),
        ("DateEquals", 1795428000, "2026-11-23T10:00:00Z", True),
        ("DateNotEquals", "2026-11-23", "2026-11-24", True),
        ("DateNotEquals", "2026-11-23", "2026-11-23", False),
        ("DateLessThan", "2026-11-23T10:00:00Z", "2026-11-23T09:59:59.5Z", True),
        ("DateLessThan", "10000-01-01", "9999-12-31T23:59:59Z", True),
        ("DateLessThan", "2026-11-23", "2026-11-23", False),
        ("DateLessThanEquals", "2026-11-23", "2026-11-23", True),
        ("DateGreaterThan", "2026-11-23", "2026-11-22", False),
        ("DateGreaterThan", "2026-11-23", "2026-11-24", True),
        ("DateGreaterThanEquals", "2026-11-23", "2026-11-23", True),
        ("Bool", "true", "true", True),
        ("Bool", True, "True", True),
        ("Bool", "false", "true", False),
        ("Bool", "yes", "yes", True),
        ("Bool", "yes", "true", False),
        ("Bool", "false", "", True),
        ("DateEquals", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.0009Z", True),
        ("DateEquals", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.001Z", False),
        ("StringEqualsIgnoreCase", "ß", "SS", False),
        ("StringEqualsIgnoreCase", "ΟΣ", "ος", True),
        ("StringEqualsIgnoreCase", "\U00010400", "\U00010428", False),
        ("StringEqualsIgnoreCase", "A\U00010400", "a\U00010400", True),
        ("StringLike", "?", "\U00010400", False),
        ("StringLike", "a??b", "a\U00010400b", True),
        ("StringNotLike", "\U00010400?", "\U00010400x", False),
        ("BinaryEquals", "QQ==", "QQ==", True),
        ("BinaryEquals", "QQ==", "Qg==", False),
        ("BinaryEquals", "YQ==", "YR==", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9/24", "203.0.113.200", True),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:DB8::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("IpAddress", "192.000.002.0/+24", "192.0.2.9", True),
        ("IpAddress", "192.0.2.0/24", "::ffff:192.0.2.1", True),
        ("IpAddress", "192.0.2.0/24", "::FFFF:c000:201", True),
        ("IpAddress", "::ffff:c000:200/120", "::ffff:c000:201", False),
        ("IpAddress", "::/0", "192.0.2.1", False),
        ("IpAddress", "2001:db8::/64", "2001:db8:0:0::", True),
        ("IpAddress", "2001:db8::5/64", "2001:db8::5", False),
        ("IpAddress", "2001:db8::/64", "2001:db8::192.0.2.1", False),
        ("IpAddress", "2001:db8::/129", "2001:db8::1", False),
        ("IpAddress", "192.0.2.0/33", "192.0.2.1", False),
        ("IpAddress", "192.0.2.0/", "192.0.2.0", False),
        ("IpAddress", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", True),
        ("IpAddress", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0", True),
        ("IpAddress", "::/0", "1:2:3:4:5:6:7", False),
        ("IpAddress", "::/0", "1:2:3:4:5:6:7:8:9", False),
        ("IpAddress", "::/0", "1::2::3", False),
        ("IpAddress", "::/0", ":", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.1", True),
        ("NotIpAddress", ["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.1", False),
        ("ArnEquals", "arn:aws:sns:*:123456789012:*", ARN, True),
        ("ArnLike", "arn:aws:sns:eu-west-?:123456789012:t*", ARN, True),
        ("ArnLike", "arn:aws:sns:*:topic", ARN, False),
        ("ArnLike", "arn:*:*:*:*:*", ARN, True),
        ("ArnLike", "arn:aws:sns:EU-west-1:123456789012:topic", ARN, False),
        ("ArnLike", "arn:aws:s*x:*:*:*", "arn:aws:s3:x:1:2", False),
        ("ArnLike", "arn:aws:logs:*:*:log-group:a*:z", "arn:aws:logs:r:1:log-group:a:b:z", True),
        ("ArnNotEquals", "arn:aws:sns:*:*:*", ARN, False),
        ("ArnNotLike", "arn:aws:sqs:*:*:*", ARN, True),
    ],
)
def test_an_operator_compares_a_value(operator, policy, value, expected):
    assert one(operator, policy, value) == expected
    assert one(operator.upper(), policy, value) == expected
    assert one(operator + "IfExists", policy, value) == expected


@pytest.mark.parametrize(
    ("operator", "policy", "value"),
    [
        ("NumericEquals", "NaN", "NaN"),
        ("NumericEquals", "ten", "10"),
        ("NumericLessThan", "1e9999999999999999999", "1"),
        ("NumericEquals", "١", "1"),
        ("DateLessThan", "2026-13-01", "2026-01-01"),
        ("DateEquals", "2026-01-01T00:00:00+25:00", "2026-01-01"),
        ("BinaryEquals", "not base64", "not base64"),
        ("BinaryEquals", "ä", "ä"),
        ("IpAddress", "300.0.0.0/8", "10.0.0.1"),
        ("ArnLike", "topic", "topic"),
        ("StringEquals", {"a": 1}, "a"),
        ("NumericEquals", "${k}", "1"),
    ],
)
def test_a_value_of_another_type_never_matches(operator, policy, value):
    assert one(operator, policy, value) is False


@pytest.mark.parametrize(
    ("operator", "policy", "value", "expected"),
    [
        ("NumericNotEquals", "10", "ten", True),
        ("NumericNotEquals", "ten", "10", True),
        ("DateNotEquals", "2026-01-01", "yesterday", True),
        ("DateNotEquals", "2026-01-01", "", True),
        ("NotIpAddress", "10.0.0.0/8", "ec2.amazonaws.com", False),
        ("NotIpAddress", "10.0.0.0/8", " 192.0.2.1 ", False),
        ("NotIpAddress", "10.0.0.0/8", "192.0.2.1/32", False),
        ("ArnNotLike", "arn:aws:sns:*:*:*", "topic", False),
        ("StringNotEquals", [["a"]], "b", OPEN),
    ],
)
def test_a_value_of_another_type_differs_for_numbers_and_dates_only(operator, policy, value, expected):
    """Kills: a Deny with a negated operator that is taken to apply, or not to apply, against the record."""
    assert one(operator, policy, value) == expected


@pytest.mark.parametrize(
    ("operator", "policy", "granted", "denied"),
    [
        ("ArnLike", ["topic"], False, True),
        ("ArnNotLike", ["topic"], False, True),
        ("ArnLike", [ARN, "topic"], True, True),
        ("ArnLike", ["topic", ARN], False, True),
        ("ArnNotLike", [ARN, "topic"], False, False),
        ("ArnNotLike", ["topic", ARN], False, True),
        ("ArnLike", ["${open}", "topic"], {"open"}, True),
        ("ArnNotLike", ["${open}", "topic"], False, {"open"}),
    ],
)
def test_a_policy_value_that_is_no_arn_grants_nothing_and_denies(operator, policy, granted, denied):
    """Kills: a Deny that does not apply because IAM cannot read it, or a value before the bad one that is not seen."""
    block, context = {operator: {"k": policy}}, {"k": (ARN,)}
    assert (asked(block, context, effect="Allow"), asked(block, context, effect="Deny")) == (granted, denied)
    assert asked(block, {"k": ("no arn",)}, effect="Deny") is False


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEquals", ("team",), False),
        ("StringNotEquals", ("env",), False),
        ("StringEqualsIfExists", ("team",), False),
        ("StringNotEquals", (), True),
        ("StringEquals", (), False),
        ("StringEqualsIfExists", (), True),
        ("ForAnyValue:StringEquals", ("env", "team"), True),
        ("ForAllValues:StringEquals", ("team",), True),
    ],
)
def test_tag_keys_never_match_without_a_quantifier(operator, values, expected):
    """Kills: "denied: explicit deny" by a Deny that never applies."""
    assert asked({operator: {"aws:TagKeys": "team"}}, {"aws:tagkeys": values}) == expected


def test_other_keys_of_many_values_are_open_without_a_quantifier():
    """Kills: a guess about ses:Recipients, which IAM may compare otherwise than one text."""
    known = {"ses:recipients": ("a",), "events:detail-type": ("a",), "aws:calledvia": ("a",)}
    keys = ("ses:Recipients", "events:detail-type", "aws:CalledVia")
    assert [asked({"StringEquals": {key: "a"}}, known) for key in keys] == [{"ses:Recipients"}, True, {"aws:CalledVia"}]
    assert asked({"ForAnyValue:StringEquals": {"ses:Recipients": "a"}}, known) is True
    assert asked({"StringNotEquals": {"ses:Recipients": "a"}}, {"ses:recipients": ()}) is True


@pytest.mark.parametrize("variable", ["${aws:TagKeys}", "${aws:TagKeys, 'team'}"])
def test_tag_keys_never_expand_in_a_variable(variable):
    """Kills: a variable that expands to the tag keys of the request."""
    context = {"k": ("team",), "aws:tagkeys": ("team",)}
    blocks = [{operator: {"k": variable}} for operator in ("StringEquals", "StringNotEquals")]
    assert [asked(block, context) for block in blocks] == [False, True]


def test_an_empty_tag_value_is_a_value():
    """Kills: Null and quantifiers that take an empty tag for none."""
    key, context = "aws:RequestTag/team", {"aws:requesttag/team": ("",)}
    blocks = [
        {"Null": {key: "false"}},
        {"ForAnyValue:StringEquals": {key: ""}},
        {"ForAllValues:StringEquals": {key: "a"}},
    ]
    assert [asked(block, context) for block in blocks] == [True, True, False]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringNotEqualsIgnoreCase", True),
        ("StringLike", False),
        ("StringNotLike", True),
        ("NumericNotEquals", True),
        ("NumericLessThan", False),
        ("DateNotEquals", True),
        ("DateGreaterThan", False),
        ("Bool", False),
        ("BinaryEquals", False),
        ("IpAddress", False),
        ("NotIpAddress", True),
        ("ArnLike", False),
        ("ArnNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("BoolIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAllValues:StringEqualsIfExists", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", OPEN),
    ],
)
def test_an_absent_key_is_told_from_an_unknown_one(operator, expected):
    assert one(operator, "v") == expected
    assert asked({operator: {"k": "v"}}) == OPEN


@pytest.mark.parametrize(
    ("operator", "policy", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
        ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "a"), False),
        ("ForAllValues:StringEquals", "a", ("",), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("x", "b"), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("x", "y"), False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "x"), True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("a", "b"), False),
        ("ForAnyValue:StringNotEquals", "a", ("",), False),
        ("StringEquals", ["a", "b"], ("a", "b"), True),
        ("StringEquals", "a", ("a", "b"), OPEN),
        ("StringEquals", "a", ("x", "y"), False),
        ("StringNotEquals", "a", ("a", "b"), OPEN),
    ],
)
def test_several_values_are_taken_together_by_the_quantifier(operator, policy, values, expected):
    assert one(operator, policy, *values) == expected


@pytest.mark.parametrize(
    ("policy", "values", "expected"),
    [
        ("true", ABSENT, True),
        ("true", ("v",), False),
        (False, ("v",), True),
        ("false", ABSENT, False),
        (["true", "false"], ("v",), True),
        ("maybe", ABSENT, False),
        ("maybe", ("v",), True),
        ("false", ("",), OPEN),
    ],
)
def test_null_asks_whether_a_key_is_there(policy, values, expected):
    assert one("Null", policy, *values) == expected
    assert asked({"Null": {"k": policy}}) == OPEN


@pytest.mark.parametrize(
    ("operator", "policy", "expected"),
    [
        ("StringEquals", "${aws:username}", True),
        ("StringEquals", "${AWS:UserName}", True),
        ("StringEquals", "${aws:username, 'x'}", True),
        ("StringLike", "al${*}", False),
        ("StringLike", "al*${$}", False),
        ("StringEquals", "${gone}", False),
        ("StringEquals", "${gone, 'alice'}", True),
        ("StringNotEquals", "${gone}", True),
        ("StringEquals", ["${open}", "alice"], True),
        ("StringEquals", ["${open}", "bob"], frozenset({"open"})),
        ("StringNotEquals", ["${open}", "alice"], False),
        ("StringLike", "${starred}", frozenset({"starred"})),
        ("StringEquals", "${two}", frozenset({"two"})),
        ("StringEquals", "${open", False),
    ],
)
def test_a_variable_stands_for_the_value_of_its_key(operator, policy, expected):
    context = {"k": ("alice",), "aws:username": ("alice",), "gone": (), "starred": ("a*",), "two": ("alice", "b")}
    assert asked({operator: {"k": policy}}, context) == expected


@pytest.mark.parametrize(("policy", "value"), [("a${*}c", "a*c"), ("${?}", "?"), ("${$}{x}", "${x}")])
def test_an_escaped_character_is_itself(policy, value):
    assert (one("StringLike", policy, value), one("StringEquals", policy, value)) == (True, True)
    assert one("StringLike", policy, "abc") is False


def test_a_policy_without_version_reads_no_variables():
    context = {"k": ("${aws:username}",), "aws:username": ("alice",)}
    assert asked({"StringEquals": {"k": "${aws:username}"}}, context, variables=False) is True


def test_a_variable_may_hold_a_whole_arn():
    context = {"k": (ARN,), "aws:sourcearn": (ARN,)}
    assert asked({"ArnEquals": {"k": "${aws:SourceArn}"}}, context) is True


def test_all_tests_must_hold_and_one_that_fails_decides():
    context = {"a": ("1",), "b": ("2",)}
    both = {"StringEquals": {"a": "1", "B": "2"}, "NumericLessThan": {"a": "5"}}
    assert asked(both, context) is True
    assert asked({**both, "Null": {"b": "true"}}, context) is False
    assert asked({"StringEquals": {"open": "1", "b": "x"}}, context) is False
    assert asked({"StringEquals": {"open": "1", "b": "2"}, "Bool": {"shut": "true"}}, context) == {"open", "shut"}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({}, True),
        ({"StringEquals": {}}, True),
        (None, {"Condition"}),
        ("x", {"Condition"}),
        ({"StringEquals": "x"}, {"StringEquals"}),
        ({"StringSame": {"k": "v"}}, OPEN),
        ({"NullIfExists": {"k": "true"}}, OPEN),
        ({"ForAllValues:Null": {"k": "true"}}, OPEN),
        ({"ForSomeValues:StringEquals": {"k": "v"}}, OPEN),
        ({"ArnLike": {"k": "*"}}, OPEN),
        ({"ArnLike": {"k": "arn:aws:sqs:*"}}, False),
    ],
)
def test_what_nobody_documents_stays_open(block, expected):
    assert asked(block, {"k": (ARN,)}) == expected


def test_every_operator_that_validation_accepts_is_evaluated():
    unclear = [name for name in condition.OPERATORS if one(name, "true") == OPEN]
    assert unclear == []
