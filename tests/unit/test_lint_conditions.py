"""Warnings about conditions and variables: each rule where it speaks and where it must be silent."""

from dataclasses import astuple

import pytest
import yaml
from documents import check

from iamspec.desired.lint import RULES
from iamspec.policy import trust
from iamspec.policy.document import Document
from iamspec.policy.lint import TEXTS, Remark, lint, lint_trust
from iamspec.policy.lint_texts import trust_texts


def statement(operator, key, value, *, effect="Allow", action="s3:GetObject", resource="arn:aws:s3:::b/*"):
    return {"Effect": effect, "Action": action, "Resource": resource, "Condition": {operator: {key: value}}}


def told(*statements):
    """The warnings about statements: code and message."""
    found = lint(Document({"Version": "2012-10-17", "Statement": list(statements)}))
    return [(one.code, one.message) for one in found if one.code not in {"administrator", "escalation"}]


def codes(*statements):
    return [code for code, _ in told(*statements)]


# Wildcards


@pytest.mark.parametrize(
    ("operator", "like"),
    [
        ("StringEquals", "StringLike"),
        ("stringnotequals", "StringNotLike"),
        ("StringEqualsIgnoreCase", "StringLike"),
        ("ForAnyValue:StringEqualsIfExists", "ForAnyValue:StringLikeIfExists"),
    ],
)
def test_a_wildcard_under_an_operator_without_like_is_told(operator, like):
    """Kills: a Deny that never applies because the pattern is compared as a text."""
    message = f'"{operator}" compares "admin-*" character by character; for a pattern write "{like}"'
    assert told(statement(operator, "aws:PrincipalTag/job", "admin-*")) == [("wildcard-without-like", message)]


@pytest.mark.parametrize(
    ("operator", "value"),
    [("StringLike", "a*"), ("ArnEquals", "arn:aws:iam::*:role/a"), ("StringEquals", "${*}${?}"), ("StringEquals", "a")],
)
def test_a_wildcard_that_works_or_is_meant_as_a_character_is_fine(operator, value):
    assert codes(statement(operator, "aws:PrincipalArn", value)) == []


def test_a_wildcard_in_a_list_has_its_own_place():
    one = statement("StringEquals", "aws:userid", ["AIDAX", "AROAX:*"])
    (remark,) = lint(Document({"Version": "2012-10-17", "Statement": one}))
    assert remark == Remark(
        "wildcard-without-like",
        ("Statement", "Condition", "StringEquals", "aws:userid", 1),
        '"StringEquals" compares "AROAX:*" character by character; for a pattern write "StringLike"',
    )


# Quantifiers


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "StringLikeIfExists"])
@pytest.mark.parametrize("key", ["aws:TagKeys", "AWS:tagkeys", "aws:CalledVia", "dynamodb:LeadingKeys"])
def test_a_key_with_several_values_needs_a_quantifier(operator, key):
    """Kills: StringEquals on aws:TagKeys, which IAM was recorded never to match."""
    found = [
        one
        for one in told(statement(operator, key, "team", action="dynamodb:*", resource="*"))
        if one[0] != "key-never-set"
    ]
    choice = f'write "ForAnyValue:{operator}" or "ForAllValues:{operator}"'
    message = f'a request may have several values of "{key}", which "{operator}" never matches; {choice}'
    assert found == [("missing-qualifier", message)]


@pytest.mark.parametrize("operator", ["ForAnyValue:StringEquals", "Null"])
def test_a_quantifier_or_null_is_enough(operator):
    value = "false" if operator == "Null" else "team"
    assert codes(statement(operator, "aws:TagKeys", value, action="ec2:CreateTags", resource="*")) == []


@pytest.mark.parametrize("key", ["aws:PrincipalTag/team", "events:detail-type", "saml:groups"])
def test_a_key_with_one_value_or_of_unknown_kind_needs_no_quantifier(key):
    assert codes(statement("StringEquals", key, "a", action="events:PutRule", resource="*")) == []


TAGGED = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}


@pytest.mark.parametrize(
    ("action", "key", "reason"),
    [
        ("s3:*", "aws:TagKeys", 'no request for s3:AbortMultipartUpload has; add {"Null": {"aws:TagKeys": "false"}}'),
        ("s3:GetObject", "aws:TagKeys", 'no request for s3:GetObject has; add {"Null": {"aws:TagKeys": "false"}}'),
        ("s3:GetObject", "aws:CalledVia", 'not every request has; add {"Null": {"aws:CalledVia": "false"}}'),
        ("s3:GetObject", "s3:ExistingObjectTag/a", 'has one value at most; write "StringEquals"'),
    ],
)
def test_for_all_values_in_an_allow_is_told_where_a_request_may_lack_the_key(action, key, reason):
    """Kills: an Allow that looks limited and is not."""
    message = f'"ForAllValues" holds without "{key}", which {reason}'
    assert told(statement("ForAllValues:StringEquals", key, "team", action=action, resource="*")) == [
        ("forallvalues-allow", message)
    ]


def test_for_all_values_with_not_action_is_told():
    one = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*", "Condition": TAGGED}
    assert codes(one) == ["forallvalues-allow", "allow-not-action"]


@pytest.mark.parametrize(
    "one",
    [
        {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": TAGGED},
        {"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "*", "Condition": TAGGED},
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {**TAGGED, "Null": {"aws:tagkeys": "false"}},
        },
    ],
)
def test_for_all_values_is_fine_where_each_action_sets_the_key_or_it_is_demanded(one):
    assert codes(one) == []


# Keys that an action does not set


@pytest.mark.parametrize(
    ("effect", "operator", "so"),
    [
        ("Allow", "StringEquals", "this test never holds"),
        ("Deny", "StringEquals", "this does not deny it"),
        ("Deny", "StringNotEquals", "this test always holds"),
        ("Allow", "StringNotLike", "this test always holds"),
    ],
)
def test_a_key_that_the_action_never_sets_is_told(effect, operator, so):
    """Kills: a Deny by a tag that no request for the action has, which denies nothing."""
    one = statement(operator, "aws:RequestTag/team", "a", effect=effect, action="sagemaker:DeleteDomain", resource="*")
    message = f'no request for sagemaker:DeleteDomain has "aws:RequestTag/team", so that {so}'
    assert told(one) == [("key-never-set", message)]


def test_of_a_deny_each_action_that_it_does_not_reach_is_told():
    actions = ["ec2:RunInstances", "ec2:DescribeVpcs", "ec2:DescribeTags", "ec2:DescribeImages", "ec2:DescribeRegions"]
    one = statement("StringEquals", "aws:RequestTag/team", "a", effect="Deny", action=actions, resource="*")
    shown = "ec2:DescribeVpcs, ec2:DescribeTags, ec2:DescribeImages and 1 more"
    message = f'no request for {shown} has "aws:RequestTag/team", so that this does not deny it'
    assert told(one) == [("key-never-set", message)]


@pytest.mark.parametrize(
    "one",
    [
        statement(
            "StringEquals", "aws:RequestTag/team", "a", action=["ec2:RunInstances", "ec2:DescribeVpcs"], resource="*"
        ),
        statement(
            "StringNotEquals", "s3:prefix", "a", effect="Deny", action=["s3:ListBucket", "s3:GetObject"], resource="*"
        ),
        statement("StringEqualsIfExists", "aws:RequestTag/team", "a", action="ec2:DescribeVpcs", resource="*"),
        statement("StringEquals", "ec2:SourceInstanceARN", "a", effect="Deny"),  # comes with any request
        statement("StringEquals", "aws:PrincipalTag/team", "a", effect="Deny", action="ec2:DescribeVpcs", resource="*"),
        statement("StringEquals", "s3:prefix", "a", effect="Deny", action="*", resource="*"),
        statement("StringEquals", "s3:prefix", "a", effect="Deny", action="nosuch:Thing", resource="*"),
        statement("StringEquals", "kms:ViaService", "a", action="kms:Decrypt", resource="*"),
    ],
)
def test_a_key_that_may_be_set_is_fine(one):
    assert [code for code in codes(one) if code == "key-never-set"] == []


# Addresses and booleans


@pytest.mark.parametrize("value", ["10.0.0.0/8", ["192.168.1.7", "172.16.0.0/12"], "fd00::/8", "127.0.0.1"])
def test_private_addresses_alone_are_told(value):
    why = '"aws:SourceIp" is the public address of the caller, so that this test'
    cure = 'for addresses within a VPC write "aws:VpcSourceIp"'
    assert told(statement("IpAddress", "aws:SourceIp", value)) == [("private-address", f"{why} never holds; {cure}")]
    assert told(statement("NotIpAddress", "aws:SourceIp", value, effect="Deny")) == [
        ("private-address", f"{why} always holds; {cure}")
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:SourceIp", "203.0.113.0/24"),
        ("aws:SourceIp", ["203.0.113.0/24", "10.0.0.0/8"]),
        ("aws:SourceIp", "0.0.0.0/0"),
        ("aws:VpcSourceIp", "10.0.0.0/8"),
    ],
)
def test_a_public_address_or_another_key_is_fine(key, value):
    assert codes(statement("IpAddress", key, value)) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.000.002.0/24", "192.0.2.0/24"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("192.0.2.0/+24", "192.0.2.0/24"),
        ("2001:db8:::1/128", "2001:db8::1/128"),
    ],
)
def test_an_address_in_an_unusual_form_is_told_as_iam_reads_it(written, meant):
    assert told(statement("IpAddress", "aws:SourceIp", written)) == [
        ("odd-address", f'IAM reads "{written}" as "{meant}"; write that')
    ]


@pytest.mark.parametrize(("operator", "value"), [("Bool", "yes"), ("BoolIfExists", "1"), ("Null", "")])
def test_a_text_that_is_no_boolean_is_told(operator, value):
    message = f'"{value}" means false, as every text but "true" does; write "true" or "false"'
    assert told(statement(operator, "aws:SecureTransport", value)) == [("odd-boolean", message)]


@pytest.mark.parametrize("value", ["true", "FALSE", True, "${aws:PrincipalTag/x}"])
def test_a_boolean_or_a_variable_is_fine(value):
    assert codes(statement("Bool", "aws:SecureTransport", value)) == []


# MFA

PRESENT, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", PRESENT, "false"),
        ("bool", PRESENT, [False]),
        ("StringEquals", PRESENT, "false"),
        ("NumericGreaterThan", AGE, "3600"),
    ],
)
def test_a_deny_that_misses_requests_with_access_keys_is_told(operator, key, value):
    """Kills: the Deny of AWS's own old examples, which no access key ever meets."""
    absent = f'a request with an access key has no "{key}", so that this does not deny it'
    assert told(statement(operator, key, value, effect="Deny")) == [
        ("mfa-not-enforced", f'{absent}; write "{operator}IfExists"')
    ]


def test_an_allow_that_takes_requests_with_access_keys_is_told():
    absent = f'a request with an access key has no "{PRESENT}", so that this allows it without MFA'
    assert told(statement("BoolIfExists", PRESENT, "true")) == [("mfa-not-enforced", f'{absent}; write "Bool"')]


@pytest.mark.parametrize(
    "statements",
    [
        [statement("BoolIfExists", PRESENT, "false", effect="Deny")],
        [statement("Bool", PRESENT, "true")],
        [statement("NumericGreaterThanIfExists", AGE, "3600", effect="Deny")],
        [statement("NumericLessThan", AGE, "3600")],
        [statement("Bool", PRESENT, "false", effect="Deny"), statement("Null", PRESENT, "true", effect="Deny")],
    ],
)
def test_mfa_that_is_asked_for_is_fine(statements):
    assert codes(*statements) == []


# Variables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${aws:username/*", '"${aws:username/*" has no closing brace; write "}" behind the name'),
        ("${}", "\"${}\" is no variable; write ${key} or ${key, 'default'}, without blanks in the key"),
        (
            "${ aws:username}",
            "\"${ aws:username}\" is no variable; write ${key} or ${key, 'default'}, without blanks in the key",
        ),
        (
            "${aws:username, all}",
            "\"${aws:username, all}\" is no variable; write ${key} or ${key, 'default'}, without blanks in the key",
        ),
        ("&{aws:username}", 'a variable begins with "${", not with "&{"'),
    ],
)
def test_a_variable_in_another_form_is_told(text, message):
    resource = f"arn:aws:s3:::b/{text}"
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}
    assert told(one) == [("malformed-variable", message)]
    assert told(statement("StringLike", "aws:PrincipalTag/home", ["a", text])) == [("malformed-variable", message)]


@pytest.mark.parametrize(
    ("name", "rest"),
    [
        (
            "aws:usrname",
            'no key "aws:usrname" is known, so that "${aws:usrname}" matches nothing; did you mean "${aws:username}"?',
        ),
        (
            "username",
            'no key "username" is known, so that "${username}" matches nothing; did you mean "${aws:username}"?',
        ),
        ("s3:prefx", 'no key "s3:prefx" is known, so that "${s3:prefx}" matches nothing; did you mean "${s3:prefix}"?'),
        ("AWS::AccountId", '"${AWS::AccountId}" is replaced by CloudFormation alone; write "${iamspec:account_id}"'),
        ("AWS::Region", 'no key "AWS::Region" is known, so that "${AWS::Region}" matches nothing'),
    ],
)
def test_a_variable_of_an_unknown_key_is_told(name, rest):
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b/${{{name}}}/*"}
    assert told(one) == [("unknown-variable", rest)]


def test_a_variable_of_a_key_with_several_values_is_told():
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:TagKeys, 'x'}"}
    message = '"${aws:TagKeys}" is never replaced, because a request may have several values of "aws:TagKeys"'
    assert told(one) == [("multivalued-variable", message)]


@pytest.mark.parametrize(
    "text",
    [
        "${aws:username}",
        "${AWS:UserName}",
        "${*}${?}${$}",
        "${aws:PrincipalTag/team, 'all of us'}",
        "${saml:sub}",
        "$x{y}",
    ],
)
def test_a_variable_that_iam_replaces_is_fine(text):
    one = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b/{text}"}
    assert told(one) == []


@pytest.mark.parametrize("operator", ["NumericLessThan", "DateLessThan", "IpAddress", "BinaryEquals", "Null"])
def test_a_variable_under_an_operator_that_replaces_none_is_told(operator):
    message = f'"{operator}" replaces no variables, so that "${{aws:PrincipalTag/x}}" matches nothing'
    assert told(statement(operator, "aws:PrincipalTag/y", "${aws:PrincipalTag/x}")) == [
        ("variable-not-supported", message)
    ]


def test_who_may_set_the_default_version_of_a_policy_may_gain_more():
    """Kills: an older version that allows more, made the default again."""
    one = {"Effect": "Allow", "Action": "iam:SetDefaultPolicyVersion", "Resource": "*"}
    (remark,) = lint(Document({"Version": "2012-10-17", "Statement": one}))
    assert (remark.code, "set-default-version (iam:SetDefaultPolicyVersion)" in remark.message) == ("escalation", True)


# Texts


def test_every_code_has_a_text_and_no_text_is_empty():
    """Kills: a warning that `explain` does not know."""
    assert set(TEXTS) == set(RULES)
    assert {code: one.code for code, one in TEXTS.items()} == {code: code for code in TEXTS}
    assert [code for code, one in TEXTS.items() if not all(astuple(one))] == []


OF_SPECS = {"inline-size"}  # about several documents of one entity


@pytest.mark.parametrize("code", sorted(set(TEXTS) - OF_SPECS))
def test_the_example_of_a_code_draws_its_warning_and_the_better_one_does_not(code):
    """Kills: an example that teaches what the program does not do."""
    example = yaml.load(TEXTS[code].example, yaml.BaseLoader)  # noqa: S506 - it makes texts of everything
    assert sorted(example) == ["better", "warned"]

    def document(one):
        return one if "Statement" in one else {"Version": "2012-10-17", "Statement": one}

    of_trust = code in {one.code for one in trust_texts.ALL}
    linted, refused = (lint_trust, trust.check) if of_trust else (lint, check)
    found = {name: [one.code for one in linted(Document(document(data)))] for name, data in example.items()}
    assert code in found["warned"]
    assert found["better"] == []
    assert {name: refused(document(data)) for name, data in example.items()} == {"better": [], "warned": []}
