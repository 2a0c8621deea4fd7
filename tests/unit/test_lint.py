"""Warnings about policy documents: each rule where it speaks and where it must be silent."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from iamspec.policy.actions import catalogue
from iamspec.policy.document import Document
from iamspec.policy.lint import Remark, lint

BUCKET = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b"}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def remarks(*statements: dict, grants: bool = True, **elements: str) -> list[Remark]:
    return lint(Document({"Version": "2012-10-17", **elements, "Statement": list(statements)}), grants=grants)


def codes(*statements: dict, **elements: str) -> list[str]:
    return [remark.code for remark in remarks(*statements, **elements)]


def about(action: object, resource: object = "*", **elements: object) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def test_a_sound_document_has_no_remarks():
    assert remarks(BUCKET, about(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::b/*")) == []


def test_an_unknown_action_is_told_with_what_was_meant():
    assert remarks(about(["s3:GetObject", "s3:PutObjet"], "arn:aws:s3:::b/*")) == [
        Remark(
            "unknown-action",
            ("Statement", 0, "Action", 1),
            'no action "s3:PutObjet" is known; did you mean "s3:PutObject"?',
        )
    ]


def test_a_single_statement_and_a_single_action_have_the_path_of_what_is_there():
    data = {"Version": "2012-10-17", "Statement": about("s3:Frobnicate")}
    message = 'no action "s3:Frobnicate" is known; look it up in the Service Authorization Reference'
    assert lint(Document(data)) == [Remark("unknown-action", ("Statement", "Action"), message)]


def test_an_unknown_action_under_not_action_is_told():
    assert codes({"Effect": "Deny", "NotAction": "iam:GetUsr", "Resource": "*"}) == ["unknown-action"]


def test_an_unknown_service_is_told_once_for_a_name():
    assert [remark.message for remark in remarks(about(["efs:DescribeMountTargets", "codedploy:*"]))] == [
        'no service with the prefix "efs" is known; did you mean "elasticfilesystem:DescribeMountTargets"?',
        'no service with the prefix "codedploy" is known; did you mean "codedeploy"?',
    ]


@pytest.mark.parametrize(
    "action",
    ["evidently:*", "CodeStar:CreateProject", "iotevents:Frobnicate", "payments:GetPaymentPref*", "zocalo:*"],
)
def test_a_name_that_the_policies_of_aws_use_is_known(action):
    """Kills: a service that AWS has retired, or a new action, taken for a mistake because no page is there."""
    assert remarks(about(action)) == []


def test_a_pattern_of_aws_makes_no_name_known():
    """Kills: every typing error known, since a policy of AWS allows s3:*."""
    assert codes(about(["s3:Frobnicate", "s3:Frob*", "payments:Frobnicate"])) == [
        "unknown-action",
        "no-such-wildcard",
        "unknown-action",
    ]


def test_an_operation_of_the_api_is_not_an_action():
    assert remarks(about("s3:CopyObject")) == [
        Remark(
            "not-an-action",
            ("Statement", 0, "Action"),
            '"s3:CopyObject" is an operation of the API, not an action; it needs "s3:GetObject" and "s3:PutObject"',
        )
    ]


def test_a_pattern_that_matches_nothing_is_told():
    assert remarks(about("s3:Gte*")) == [
        Remark(
            "no-such-wildcard",
            ("Statement", 0, "Action"),
            '"s3:Gte*" matches no known action; check its spelling',
        )
    ]
    [blank] = remarks(about("ec2:* "))
    assert blank.message == '"ec2:* " matches no known action; take out its white space'


@pytest.mark.parametrize("action", ["S3:getOBJECT", "s3:Get*", "*", "s3:G?tObject"])
def test_what_matches_in_whatever_case_is_no_unknown_action(action):
    assert codes(about(action, Effect="Deny")) == []


@pytest.mark.parametrize("action", ["GetObject", "", 7, None])
def test_what_grammar_refuses_is_left_to_it(action):
    assert codes(about(action)) == []


@pytest.mark.parametrize("data", [None, "text", [], {}, {"Statement": "x"}, {"Statement": [{"Condition": 3}, 4]}])
def test_a_document_of_no_shape_has_no_remarks(data):
    assert lint(Document(data)) == []


def test_an_unknown_condition_key_is_told():
    condition = {"StringEquals": {"aws:PrincipalTags/team": "a", "aws:PrincipalTag/team": "b"}}
    assert remarks({**BUCKET, "Condition": condition}) == [
        Remark(
            "unknown-condition-key",
            ("Statement", 0, "Condition", "StringEquals", "aws:PrincipalTags/team"),
            'no condition key "aws:PrincipalTags/team" is known; did you mean "aws:PrincipalTag/team"?',
        )
    ]


def test_an_action_on_what_it_does_not_apply_to_is_told():
    assert remarks(about(["s3:ListBucket", "s3:GetObject"], "arn:aws:s3:::b/*")) == [
        Remark(
            "resource-mismatch",
            ("Statement", 0, "Action", 0),
            '"s3:ListBucket" applies to no resource of this statement; it needs arn:${Partition}:s3:::${BucketName} '
            "or arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}",
        )
    ]


def test_an_action_that_needs_a_star_is_told():
    assert [remark.message for remark in remarks(about("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*"))] == [
        '"ec2:DescribeInstances" cannot be limited to resources; give it a statement with Resource "*"'
    ]


def test_a_pattern_none_of_whose_actions_applies_is_told():
    assert codes(about("sqs:*", "arn:aws:sns:eu-west-1:123456789012:topic")) == ["resource-mismatch"]


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        (["s3:ListBucket", "s3:GetObject"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
        ("s3:*", "arn:aws:s3:::b/*"),
        ("s3:GetObject", "arn:aws:s3:::DOC-EXAMPLE-BUCKET*"),
        ("s3:GetObject", "arn:aws:s3:::${aws:username}"),
        ("s3:GetObject", "*"),
        ("s3:GetObject", "arn:aws:*"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
        ("iam:ListUsers", "arn:aws:iam::*:user/Development/*"),
        ("logs:PutLogEvents", "arn:aws:logs:*:*:/aws-glue/*"),
        ("ssmmessages:OpenDataChannel", "arn:aws:ssm:*:*:session/${aws:userid}-*"),
        ("elasticloadbalancing:AddTags", "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*"),
        ("nosuch:Action", "arn:aws:s3:::b"),
    ],
)
def test_what_may_apply_is_no_mismatch(action, resource):
    assert [code for code in codes(about(action, resource)) if code != "unknown-service"] == []


def test_not_resource_is_no_mismatch():
    assert codes({"Effect": "Deny", "Action": "s3:ListBucket", "NotResource": "arn:aws:s3:::b/*"}) == []


@pytest.mark.parametrize("statement", [about("*"), about("s3:ListBucket", "arn:aws:s3:::b/*"), about("iam:*")])
def test_the_policy_of_a_resource_is_not_judged_by_its_resources_or_grants(statement):
    assert codes({**statement, "Principal": {"AWS": "*"}}) == []


def test_allow_with_not_action_is_told():
    found = remarks({"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "arn:aws:s3:::b"})
    assert [(one.code, one.path) for one in found] == [("allow-not-action", ("Statement", 0, "NotAction"))]


def test_allow_with_not_resource_is_told():
    found = remarks({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"})
    assert [(one.code, one.path) for one in found] == [("allow-not-resource", ("Statement", 0, "NotResource"))]


def test_deny_with_not_action_or_not_resource_is_usual():
    assert codes({"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}) == []


ADMINISTRATOR = "allows every action on every resource without a condition; list what is needed"


@pytest.mark.parametrize(
    ("action", "resource"), [("*", "*"), (["*:*"], ["arn:aws:s3:::b", "*"]), ("**", "arn:*:*:*:*:*")]
)
def test_an_administrator_is_told_once_and_not_for_its_parts(action, resource):
    assert remarks(BUCKET, about(action, resource)) == [Remark("administrator", ("Statement", 1), ADMINISTRATOR)]


def test_an_administrator_in_two_halves_is_told():
    halves = ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, about("iam:*"))
    assert [remark for remark in remarks(*halves) if remark.code != "allow-not-action"] == [
        Remark("administrator", ("Statement",), ADMINISTRATOR)
    ]


def test_an_administrator_who_is_denied_a_little_is_one_still():
    assert codes(about("*"), about("s3:DeleteBucket", Effect="Deny")) == ["administrator"]


def test_an_administrator_who_is_denied_iam_is_none():
    assert "administrator" not in codes(about("*"), about("iam:*", Effect="Deny"))


@pytest.mark.parametrize("limit", [{"Condition": MFA}, {"Resource": "arn:aws:s3:::b/*"}, {"Effect": "Deny"}])
def test_everything_within_limits_is_no_administrator(limit):
    assert codes({**about("*"), **limit}) == []


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:PassRole", "*"),
        ("iam:Pass*", "arn:aws:iam::123456789012:role/*"),
        (["s3:GetObject", "IAM:PASSROLE"], "*"),
    ],
)
def test_passing_any_role_is_told_at_the_pattern_that_allows_it(action, resource):
    path = ("Statement", 0, "Action", 1) if isinstance(action, list) else ("Statement", 0, "Action")
    message = "lets every role be passed to every service; name the roles, or set iam:PassedToService"
    assert remarks(about(action, resource)) == [Remark("pass-role-any", path, message)]


@pytest.mark.parametrize(
    "limit",
    [
        {"Resource": "arn:aws:iam::123456789012:role/deploy-*"},
        {"Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}},
        {"Effect": "Deny"},
    ],
)
def test_passing_some_roles_is_usual(limit):
    assert codes({**about("iam:PassRole"), **limit}) == []


def test_passing_roles_is_not_told_where_it_is_denied():
    assert codes(about("iam:PassRole"), about("iam:PassRole", Effect="Deny")) == []


def test_an_escalation_across_statements_is_told_once_with_its_sets_longest_first():
    found = remarks(about("iam:PassRole", Condition=MFA), about("lambda:UpdateFunctionCode"), about("lambda:Inv*"))
    assert found == [
        Remark(
            "escalation",
            ("Statement",),
            "lets its holder gain further access: lambda-004 (lambda:UpdateFunctionCode + lambda:InvokeFunction), "
            "lambda-003 (lambda:UpdateFunctionCode); limit Resource or add a Condition",
        )
    ]


def test_of_many_escalations_five_are_shown_and_the_rest_counted():
    (told,) = (remark.message for remark in remarks(about("iam:*")) if remark.code == "escalation")
    shown = "iam-003 (iam:CreateAccessKey + iam:DeleteAccessKey), iam-015 (iam:AttachUserPolicy + iam:CreateAccessKey)"
    assert told.startswith(f"lets its holder gain further access: {shown}, iam-018 (")
    assert told.count(" (") == 5
    assert told.endswith(" and 14 more; limit Resource or add a Condition")


@pytest.mark.parametrize("resource", ["arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:*", "arn:*"])
def test_every_user_is_as_good_as_a_star(resource):
    assert codes(about("iam:AttachUserPolicy", resource)) == ["escalation"]


@pytest.mark.parametrize(
    "limit",
    [{"Resource": "arn:aws:iam::*:user/${aws:username}"}, {"Condition": MFA}, {"Effect": "Deny"}],
)
def test_an_escalation_within_limits_is_not_told(limit):
    assert codes({**about("iam:AttachUserPolicy"), **limit}) == []


def test_an_escalation_is_not_told_where_it_is_denied():
    assert codes(about("iam:AttachUserPolicy"), about("iam:Attach*", Effect="Deny")) == []


def test_half_an_escalation_is_none():
    assert codes(about("lambda:CreateFunction"), about("lambda:InvokeFunction")) == []


def test_a_bound_grants_nothing():
    statements = (about("*"), {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "*"})
    assert remarks(*statements, grants=False) == []


VARIABLE = about("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*")


@pytest.mark.parametrize("elements", [{"Version": "2008-10-17"}, {}])
def test_a_variable_in_an_old_version_is_told_once(elements):
    assert lint(Document({**elements, "Statement": [BUCKET, VARIABLE, VARIABLE]})) == [
        Remark(
            "version-2008-variables",
            ("Statement", 1, "Resource"),
            '"arn:aws:s3:::b/${aws:username}/*" is plain text in Version 2008-10-17, which a missing Version means; '
            'for variables, write "Version": "2012-10-17"',
        )
    ]


def test_a_variable_in_a_condition_of_an_old_version_is_told():
    condition = {"StringLike": {"s3:prefix": ["", "${aws:username}/*"]}}
    assert codes({**BUCKET, "Condition": condition}, Version="2008-10-17") == ["version-2008-variables"]


def test_variables_are_fine_where_they_are_variables_or_ours():
    ours = about("s3:GetObject", "arn:aws:s3:::b-${iamspec:account_id}/*")
    assert codes(VARIABLE) == codes(BUCKET, ours, Version="2008-10-17") == []


def test_remarks_come_in_the_order_of_the_document():
    statements = [about("s3:Frobnicate") for _ in range(11)]
    assert [remark.path[1] for remark in remarks(*statements)] == list(range(11))


VARIABLES = re.compile(r"\$\{[^}]*\}")
known = st.sampled_from(catalogue().actions)


@given(st.lists(known, min_size=1, max_size=4))
@settings(deadline=None)
def test_a_known_action_on_the_types_that_it_supports_is_never_told_of_its_names_or_resources(some):
    """Kills: a spelling rule that heeds case, and a mismatch that asks for all types instead of any."""
    for action in some:
        forms = [VARIABLES.sub("x", one.arn) for one in catalogue().resource_types(action)] or ["*"]
        statement = about(action.swapcase(), forms, Condition=MFA)
        assert remarks(statement) == []


@given(st.lists(known, min_size=1, max_size=6))
@settings(deadline=None)
def test_a_deny_alone_is_never_told_of_its_power(some):
    """Kills: a rule about grants that forgets to look at Effect."""
    denials = (
        about(["*", *some], Effect="Deny"),
        about("iam:*", "arn:aws:iam::*:*", Effect="Deny"),
        {"Effect": "Deny", "NotAction": some, "NotResource": "*"},
    )
    assert [remarks(denial) for denial in denials] == [[], [], []]


def test_the_user_guide_is_faulted_for_what_is_wrong_or_risky_alone(data: Path):
    documents = json.loads((data / "user-guide-policies.json").read_text())
    found = [(remark, one["document"]) for one in documents for remark in lint(Document(one["document"]))]
    assert Counter(remark.code for remark, _ in found) == {
        "allow-not-action": 1,
        "allow-not-resource": 1,
        "escalation": 11,
        "forallvalues-allow": 1,  # secretsmanager:* with aws:TagKeys: meant, since a request without tags does no harm
        "key-never-set": 1,  # an example of a condition that does not fit its actions
        "missing-qualifier": 1,  # datapipeline:PipelineCreator, which the reference calls a list
        "no-such-wildcard": 2,  # a blank after the star
        "pass-role-any": 2,
        "resource-mismatch": 4,  # codecommit:* on builds, two S3 actions on the wrong half, a stream that is no table
        "unknown-action": 2,  # an example of a mistyped action, and one that never was
        "unknown-service": 8,  # placeholders such as service-prefix, and an example of a mistyped service
        "version-2008-variables": 1,
    }
