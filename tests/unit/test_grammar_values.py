"""Actions, resources and conditions that IAM refuses are faults, and the rest passes."""

from typing import Any

import pytest
from documents import condition, found_in

# Actions


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "*:*",
        "s3:*",
        "s3:Get*",
        "iam:*AccessKey*",
        "ec2:?escribe*",
        "SNS:Publish",
        "aws-portal:View*",
        "a4b:x",
        "s3.s:List",
        "ec2:* ",  # matches nothing, of which lint warns
    ],
)
def test_what_iam_takes_as_an_action_is_taken(action: str) -> None:
    assert found_in(Action=action) == []
    assert found_in(Action=..., NotAction=[action]) == []


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("GetObject", 'names no service; write service:Name, such as "s3:GetObject", or "*"'),
        ("", 'names no service; write service:Name, such as "s3:GetObject", or "*"'),
        ("iam.CreateUser", 'names no service; write service:Name, such as "s3:GetObject", or "*"'),
        ("s3:List:Bucket", 'has more than one colon; write service:Name, such as "s3:GetObject"'),
        (
            "*:Untag*",
            'has a wildcard for the service, which IAM refuses; name the service, or write "*" for all actions',
        ),
        ("s3 :GetObject", "holds white space in the name of the service; take it out"),
        ("s3:", 'is no action; write service:Name, such as "s3:GetObject" or "s3:*"'),
        (":GetObject", 'is no action; write service:Name, such as "s3:GetObject" or "s3:*"'),
        ("s_3:GetObject", 'is no action; write service:Name, such as "s3:GetObject" or "s3:*"'),
    ],
)
def test_another_action_is_refused_with_what_to_write(action: str, reason: str) -> None:
    assert found_in(Action=["s3:*", action]) == [("Statement.Action[1]", f'Action "{action}" {reason}')]


@pytest.mark.parametrize("element", ["Action", "Resource"])
def test_actions_and_resources_are_texts(element: str) -> None:
    wanted = "write a text or a list of texts"
    assert found_in(**{element: []}) == [(f"Statement.{element}", f"{element} is an empty list; name at least one")]
    assert found_in(**{element: {}}) == [(f"Statement.{element}", f"{element} is an object; {wanted}")]
    assert found_in(**{element: ["*", None, ["*"], 1]}) == [
        (f"Statement.{element}[1]", f"{element} is null; {wanted}"),
        (f"Statement.{element}[2]", f"{element} is a list; {wanted}"),
        (f"Statement.{element}[3]", f"{element} is the number 1; {wanted}"),
    ]


# Resources

FORM = "arn:partition:service:region:account:resource"
NO_ARN = f'is no ARN; write {FORM}, such as "arn:aws:s3:::bucket/*", or "*"'
NO_PARTITION = (
    'has no partition of AWS after "arn:"; write "aws", "aws-cn", "aws-us-gov", "*" or "${iamspec:partition}"'
)
BUCKET = 'but the ARN of a bucket has none; write "arn:aws:s3:::bucket/*"'
NO_KIND = 'names no kind of IAM resource; write user/…, group/…, role/…, policy/… or another one, or "*"'


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:s3:::bucket",
        "arn:aws-us-gov:s3:::bucket/key with spaces",
        "arn:*:kms:*:::*",
        "arn:aws:logs:*:*:log-group:/aws/x:log-stream:*",
        "arn:aws:organizations::*:",
        "arn:aws:cloudfront:*",
        "arn:*",
        "*:*",
        "arn:${iamspec:partition}:iam::${iamspec:account_id}:user/${aws:username}",
        "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'company-wide'}/${$}",
        "arn:aws:s3:::${aws:PrincipalTag/a:b}",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::*:*",
        "arn:aws:iam::123456789012:${aws:username}",
        "arn:aws:iam::*:role/*",
        "arn:aws:iam::aws:role-template/*",
        "arn:aws:iam::*:mfa/${aws:username}",
        "arn:aws:*",
        "arn:aws:s3::*:logs-*",
        "arn:aws:s3:*:*:bucket/*",
        "arn:aws:s3:eu-west-1:123456789012:accesspoint/a/object/*",
        "arn:aws:s3::123456789012:accesspoint/mrap",
        "arn:aws:s3:eu-west-1:123456789012:storage-lens/x",
        "arn:aws-iso-f:s3:::bucket",
        "arn:aws*:s3:::bucket",
    ],
)
def test_what_iam_takes_as_a_resource_is_taken(resource: str) -> None:
    assert found_in(Resource=resource) == []
    assert found_in(Resource=..., NotResource=[resource]) == []


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ("", NO_ARN),
        (" *", NO_ARN),
        ("bucket", NO_ARN),
        ("aws:s3:::bucket", NO_ARN),
        ("${aws:username}", NO_ARN),
        ("arn:error:s3:::bucket", NO_PARTITION),
        ("arn::s3:::bucket", NO_PARTITION),
        ("arn:${Partition}:s3:::bucket", NO_PARTITION),
        ("arn:${aws:partition}:s3:::bucket", NO_PARTITION),
        ("arn:aws", f"has 2 of the six parts of an ARN; write {FORM} (region and account may be empty)"),
        ("arn:aws:s3:bucket", f"has 4 of the six parts of an ARN; write {FORM} (region and account may be empty)"),
        ("arn:aws:s3::*", f"has 5 of the six parts of an ARN; write {FORM} (region and account may be empty)"),
        ("arn:aws:s3:${aws:x}", f"has 4 of the six parts of an ARN; write {FORM} (region and account may be empty)"),
        ("arn:aws::::bucket", f"names no service; write {FORM}"),
        (
            "arn:aws:iam:us-east-1:123456789012:user/x",
            'has a region, but IAM is global; leave it empty, as in "arn:aws:iam::123456789012:user/alice"',
        ),
        ("arn:aws-foo:s3:::bucket", NO_PARTITION),
        ("arn:aws:s3*:::b/*", f"has a wildcard in the service, which IAM refuses; name the service: {FORM}"),
        ("arn:aws:*:*:*:*", f"has a wildcard in the service, which IAM refuses; name the service: {FORM}"),
        ("arn:aws:s?:::b", f"has a wildcard in the service, which IAM refuses; name the service: {FORM}"),
        ("arn:aws:s3:eu-west-1::b", f"has region, {BUCKET}"),
        ("arn:aws:s3::123456789012:b/*", f"has account, {BUCKET}"),
        ("arn:aws:s3:eu-west-1:123456789012:b", f"has region and account, {BUCKET}"),
        ("arn:aws:iam::123456789012:x", NO_KIND),
        ("arn:aws:iam::123456789012:users/bob", NO_KIND),
        ("arn:aws:iam::123456789012:*/*", NO_KIND),
        ("arn:aws:iam::*:user*", NO_KIND),
        ("arn:aws:iam::123456789012:", NO_KIND),
    ],
)
def test_another_resource_is_refused_with_what_to_write(resource: str, reason: str) -> None:
    assert found_in(Resource=["*", resource]) == [("Statement.Resource[1]", f'Resource "{resource}" {reason}')]


# Conditions


@pytest.mark.parametrize(
    "value", [{}, {"StringEquals": {}}, {"Whatever": {}}, {"DateLessThan": {"aws:CurrentTime": []}}]
)
def test_a_condition_that_tests_nothing_is_taken_as_iam_takes_it(value: Any) -> None:
    assert found_in(Condition=value) == []


@pytest.mark.parametrize("value", [None, "a", [], [{"Bool": {"aws:SecureTransport": "true"}}]])
def test_a_condition_is_an_object(value: Any) -> None:
    ((where, message),) = found_in(Condition=value)
    wanted = 'write an object such as {"Bool": {"aws:ViaAWSService": "true"}}'
    assert (where, message.split("; ")[1]) == ("Statement.Condition", wanted)


def test_an_operator_holds_an_object_and_a_key_holds_scalars() -> None:
    value = {"Bool": "true", "StringLike": {"s3:prefix": ["", None, {}], "aws:PrincipalTag/a.b": {}}}
    wanted = "write a text, number or boolean, or a list of them"
    assert found_in(Condition=value) == [
        ("Statement.Condition.Bool", '"Bool" is "true"; write an object of condition keys and their values'),
        ("Statement.Condition.StringLike.s3:prefix[1]", f"the value is null; {wanted}"),
        ("Statement.Condition.StringLike.s3:prefix[2]", f"the value is an object; {wanted}"),
        ("Statement.Condition.StringLike.aws:PrincipalTag/a.b", f"the value is an object; {wanted}"),
    ]


VALUES = {
    "String": ["", "text", "é*?", 7, 1.5, True],
    "Numeric": ["10", "-1.5", "1.", ".5", "1e3", 10, 1.5],
    "Date": [
        "2026-12-31T23:59:59Z",
        "2014-11-30T15:00Z",
        "2014",
        "2014-11",
        "01T",
        "2016-12-13t2:00:00.5+23",
        "1700000000",
        17,
    ],
    "Bool": ["true", "False", True, False, "yes", "", 1],  # what is not "true" means false
    "Null": ["true", "False", True, False, "null"],
    "Binary": ["QmluYXJ5VmFsdWU=", ""],
    "IpAddress": ["203.0.113.0/24", "203.0.113.7/24", "203.0.113.7", "2001:DB8:1234:5678::/64", "::1"],
    "NotIpAddress": ["0.0.0.0/0", "192.000.002.0/024", "192.0.2.0/+24", "2001:db8:::1/128"],
    "Arn": ["arn:aws:iam::123456789012:user/a", "arn:aws:s3*", "*", "arn:aws:sns:*:*:topic-?"],
}
ORDERED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "String": [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
    ],
    "Numeric": [f"Numeric{order}" for order in ORDERED],
    "Date": [f"Date{order}" for order in ORDERED],
    "Binary": ["BinaryEquals"],
    "Arn": ["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
}
SUITABLE = [(name, values) for family, values in VALUES.items() for name in OPERATORS.get(family, [family])]


@pytest.mark.parametrize(("operator", "values"), SUITABLE, ids=[name for name, _ in SUITABLE])
def test_every_operator_takes_its_values_and_variables(operator: str, values: list[Any]) -> None:
    suffixes = [""] if operator == "Null" else ["", "IfExists"]
    spellings = [f"{word}{operator}{suffix}" for word in ("", "ForAllValues:", "ForAnyValue:") for suffix in suffixes]
    for spelling in (*spellings, *map(str.lower, spellings), *map(str.upper, spellings)):
        assert condition(spelling, [*values, "${aws:PrincipalTag/x}"]) == []


@pytest.mark.parametrize(
    ("operator", "value", "message"),
    [
        ("NumericEquals", "ten", '"ten" is no number; write one, such as "10"'),
        ("NumericEqualsIfExists", True, 'true is no number; write one, such as "10"'),
        ("DateLessThan", "tomorrow", '"tomorrow" is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
        ("DateLessThan", "2026-13", '"2026-13" is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
        ("DateLessThan", "2026-02-01 10:00", '"2026-02-01 10:00" is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
        ("DateEquals", 2**63, f'the number {2**63} is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
        ("DateEquals", str(2**63), f'"{2**63}" is no date; write "2026-12-31T23:59:59Z" (ISO 8601) or seconds since 1970'),
        ("BinaryEquals", "QmluYXJ5VmFsdWU", '"QmluYXJ5VmFsdWU" is not base64; write the bytes in base64, padded with ='),
        ("BinaryEquals", "QmFy!", '"QmFy!" is not base64; write the bytes in base64, padded with ='),
        ("BinaryEquals", "é", '"é" is not base64; write the bytes in base64, padded with ='),
        ("IpAddress", "203.0.113.0/33", '"203.0.113.0/33" is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
        ("NotIpAddress", "10.*", '"10.*" is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
        ("IpAddress", "fe80::1%eth0", '"fe80::1%eth0" is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
        ("IpAddress", "2001:db8::5/64", '"2001:db8::5/64" is an IPv6 range with bits beyond its prefix, which IAM refuses; write "2001:db8::/64"'),
        ("IpAddress", "::ffff:192.0.2.1", '"::ffff:192.0.2.1" is an IPv6 address with dots, which IAM refuses; write it with colons only, such as "2001:db8::c000:201"'),
        ("NotIpAddress", "2001:db8::/129", '"2001:db8::/129" is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
        ("IpAddress", 1, 'the number 1 is no IP address or range; write "203.0.113.0/24" or "2001:db8::/32"'),
        ("ArnLike", "alice", '"alice" is no ARN; write all six parts, such as "arn:aws:iam::123456789012:role/deploy"'),
        ("ArnEquals", "arn:aws:s3:bucket", '"arn:aws:s3:bucket" is no ARN; write all six parts, such as "arn:aws:iam::123456789012:role/deploy"'),
    ],
)  # fmt: skip
def test_a_value_that_its_operator_cannot_compare_is_refused(operator: str, value: Any, message: str) -> None:
    assert condition(operator, value) == [(f"Statement.Condition.{operator}.aws:Key", message)]


@pytest.mark.parametrize(
    ("operator", "reason"),
    [
        ("StringEqual", 'is no condition operator; did you mean "StringEquals"?'),
        ("stringequal", 'is no condition operator; did you mean "StringEquals"?'),
        ("StringLikeIfExist", 'is no condition operator; did you mean "StringLike"?'),
        ("StringLkeIfExists", 'is no condition operator; did you mean "StringLikeIfExists"?'),
        ("ForAnyValues:StringEquals", 'is no condition operator; did you mean "ForAnyValue:StringEquals"?'),
        ("ForAnyValue::StringEquals", 'is no condition operator; did you mean "ForAnyValue:StringEquals"?'),
        ("x", 'is no condition operator; write "StringEquals" or another one'),
        ("NullIfExists", 'is no condition operator: "Null" itself asks whether a key exists; write "Null"'),
    ],
)
def test_an_unknown_operator_is_told_with_the_nearest_known_one(operator: str, reason: str) -> None:
    assert condition(operator, "a") == [(f"Statement.Condition.{operator}", f'"{operator}" {reason}')]


def test_digits_of_other_scripts_make_no_number() -> None:
    where = "Statement.Condition.NumericEquals.aws:Key"
    assert condition("NumericEquals", "٣") == [
        (where, '"٣" is no number; write one, such as "10"'),
        (where, "the character U+0663 is not allowed in a policy document; use U+0020 to U+00FF, tab and line ends"),
    ]
