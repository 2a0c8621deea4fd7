"""The check of calls against the service model: valid calls pass, and each fault is named."""

from datetime import datetime

import pytest
from model import assert_answer, assert_valid, matches, problems

from iamspec.iam import Call

VALID = [
    Call("GetAccountAuthorizationDetails", {"Filter": ["User", "LocalManagedPolicy"], "MaxItems": 1000}),
    Call("CreateUser", {"UserName": "a+=,.@-_Z9", "Path": "/a/b!/", "Tags": [{"Key": "Größe 3", "Value": ""}]}),
    Call("CreateUser", {"UserName": "x" * 64}),
    Call(
        "CreatePolicy",
        {"PolicyName": "p", "PolicyDocument": "{}\t\r\n\xff", "Path": "/a/b/", "Description": "é" * 1000},
    ),
    Call("CreateAccountAlias", {"AccountAlias": "acme-prod"}),
    Call("GetAccountSummary", {}),
    Call("UpdateAccountPasswordPolicy", {"MinimumPasswordLength": 128, "MaxPasswordAge": 1095}),
    Call("DescribeStackResources", {"PhysicalResourceId": "alice"}, service="cloudformation", region="eu-west-1"),
]

INVALID = [
    (Call("CreateUsers", {}), ["iam has no such operation"]),
    (Call("CreateUser", {}), ['Missing required parameter in input: "UserName"']),
    (Call("GetAccountSummary", {"UserName": "a"}), ["it takes no parameters"]),
    (
        Call("CreateGroup", {"GroupName": "g", "Tags": []}),
        ['Unknown parameter in input: "Tags", must be one of: Path, GroupName'],
    ),
    (Call("CreateGroup", {"GroupName": "gruppe-ä"}), ["GroupName: 'gruppe-ä' does not match [\\w+=,.@-]+"]),
    (Call("CreateGroup", {"GroupName": "g\n"}), ["GroupName: 'g\\n' does not match [\\w+=,.@-]+"]),
    (Call("CreateUser", {"UserName": "x" * 65}), ["UserName: length 65 is above 64"]),
    (
        Call("CreatePolicy", {"PolicyName": "p", "PolicyDocument": "{}", "Path": "/a!/"}),
        ["Path: '/a!/' does not match ((/[A-Za-z0-9\\.,\\+@=_-]+)*)/"],
    ),
    (
        Call("TagUser", {"UserName": "a", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "k?", "Value": "v" * 257}]}),
        ["Tags[1].Key: 'k?' does not match [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+", "Tags[1].Value: length 257 is above 256"],
    ),
    (
        Call("TagPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/p", "Tags": [{"Key": "k", "Value": "v"}] * 51}),
        ["Tags: length 51 is above 50"],
    ),
    (
        Call("UpdateAccessKey", {"UserName": "a", "AccessKeyId": "A" * 16, "Status": "inactive"}),
        ["Status: 'inactive' is none of Active, Inactive, Expired"],
    ),
    (
        Call("PutUserPolicy", {"UserName": "a", "PolicyName": "p", "PolicyDocument": "\u2026"}),
        ["PolicyDocument: '…' does not match [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+"],
    ),
    (
        Call("CreateAccountAlias", {"AccountAlias": "acme--prod"}),
        ["AccountAlias: 'acme--prod' does not match ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"],
    ),
    (Call("UpdateAccountPasswordPolicy", {"MaxPasswordAge": 1096}), ["MaxPasswordAge 1096 is above 1095"]),
    (Call("UpdateAccountPasswordPolicy", {"MaxPasswordAge": True}), ["MaxPasswordAge: a boolean is no integer"]),
]


@pytest.mark.parametrize("call", VALID, ids=lambda call: call.operation)
def test_a_call_that_the_model_takes_has_no_problems(call):
    assert problems(call) == []


@pytest.mark.parametrize(("call", "expected"), INVALID, ids=lambda value: getattr(value, "operation", ""))
def test_a_call_that_the_model_refuses_has_all_its_problems_named(call, expected):
    assert problems(call) == expected


def test_an_invalid_call_fails_with_its_operation_and_parameters():
    with pytest.raises(AssertionError) as failure:
        assert_valid(Call("CreateGroup", {"GroupName": ""}))
    assert str(failure.value).startswith("CreateGroup {'GroupName': ''} is no valid call: ")


def test_letters_of_other_alphabets_are_letters_only_where_a_pattern_asks_for_letters():
    taken = {text: matches(r"[\p{L}\p{N}\p{Z}]+", text) for text in ("ключ", "名前", "٣²", "\u3000", "é", "€", "-")}
    assert taken == {"ключ": True, "名前": True, "٣²": True, "\u3000": True, "é": True, "€": False, "-": False}
    assert not matches(r"[\w]+", "ключ")
    assert not matches(r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢")


def test_an_answer_that_boto3_could_not_give_is_refused():
    profile = {"CreateDate": datetime(2026, 1, 1), "PasswordResetRequired": "no", "Alias": "a"}  # noqa: DTZ001 - the case
    with pytest.raises(AssertionError) as failure:
        assert_answer("GetLoginProfile", {"LoginProfile": profile})
    assert str(failure.value).split("; ") == [
        "GetLoginProfile.LoginProfile.Alias is unknown",
        "GetLoginProfile.LoginProfile.CreateDate: 2026-01-01 00:00:00 has no time zone",
        "GetLoginProfile.LoginProfile.PasswordResetRequired: 'no' is no boolean",
        "GetLoginProfile.LoginProfile.UserName is required",
    ]


def test_an_operation_without_output_answers_with_nothing():
    assert_answer("DeleteUser", {})
    with pytest.raises(AssertionError):
        assert_answer("DeleteUser", {"User": {}})
