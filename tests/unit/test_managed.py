"""AWS's own policies as data of the package: facts that are known offline, and messages about references."""

import json

import pytest
from fake import AWS_MANAGED, FakeIam
from faulty import faults, warnings
from moto.iam.aws_managed_policies import aws_managed_policies_data
from story import OWN, Story, seen

from iamspec.policy.document import Document
from iamspec.policy.managed import as_of, default_version, is_reserved, managed_documents, suggestion, versions

MOTO = {f"{one['Path'][1:]}{name}": one for name, one in json.loads(aws_managed_policies_data).items()}
AWS = "arn:aws:iam::aws:policy/"


def test_the_data_are_those_of_the_installed_moto():
    """Kills: a table that was not made anew, or whose lines belong to other names. The cure: make managed-policies."""
    assert versions() == {name: MOTO[name]["DefaultVersionId"] for name in sorted(MOTO)}
    assert {arn: one.data for arn, one in managed_documents().items()} == {
        f"{AWS}{name}": MOTO[name]["Document"] for name in MOTO
    }
    assert as_of() == max(one["UpdateDate"] for one in MOTO.values())[:10]


def test_another_partition_has_its_own_arns():
    """Kills: documents that name resources of another partition, so that they would allow nothing."""
    documents = managed_documents("aws-cn")
    arn = "arn:aws-cn:iam::aws:policy/IAMUserChangePassword"
    assert documents[arn].data["Statement"][0]["Resource"] == [
        "arn:aws-cn:iam::*:user/${aws:username}",
        "arn:aws-cn:iam::*:user/*/${aws:username}",
    ]
    assert (arn in documents, f"{AWS}IAMUserChangePassword" in documents) == (True, False)
    assert documents.get(f"{AWS}IAMUserChangePassword") is None
    assert (default_version(f"{AWS}AdministratorAccess"), default_version(arn)) == ("v1", None)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ReadOnlyAcces", "ReadOnlyAccess"),
        ("readonlyaccess", "ReadOnlyAccess"),
        ("Billing", "job-function/Billing"),
        ("job-function/AdministratorAccess", "AdministratorAccess"),
        ("AWSLambdaBasicExecutionRole", "service-role/AWSLambdaBasicExecutionRole"),
        ("S3ReadOnly", "AmazonS3ReadOnlyAccess"),
        ("Administrator", "AdministratorAccess"),
        ("Nope", None),  # AmazonOpenSearch… holds these letters, but no such word
        ("Quux", None),
        ("aws-service-role/AWSSupportServiceRolePolicy", None),  # nobody may attach it
    ],
)
def test_a_wrong_name_is_told_the_policy_that_it_means(name, meant):
    assert suggestion(name) == meant


def test_policies_for_services_and_tasks_of_aws_are_reserved():
    reserved = [name for name in versions() if is_reserved(name)]
    assert {name.partition("/")[0] for name in reserved} == {"aws-service-role", "root-task"}
    assert not is_reserved("service-role/AWSLambdaBasicExecutionRole")


KEPT = "cannot be attached, nor be a boundary: AWS keeps the policies below"


def test_a_reserved_policy_is_refused_offline_wherever_it_stands(tmp_path):
    """Kills: a plan that is fine and an apply that fails half-way with PolicyNotAttachable."""
    spec = """
users:
  ann:
    policies: [aws:aws-service-role/AWSSupportServiceRolePolicy, aws:service-role/AWSLambdaBasicExecutionRole]
    permissions_boundary: arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials
groups:
  devs: {policies: ["arn:${iamspec:partition}:iam::aws:policy/aws-service-role/NewOne"]}
"""
    assert faults(tmp_path, spec) == [
        f'spec/a.yaml:4:16: user/ann: policies[0]: "aws:aws-service-role/AWSSupportServiceRolePolicy" {KEPT} aws-service-role/ for itself',
        f'spec/a.yaml:5:27: user/ann: permissions_boundary: "{AWS}root-task/IAMAuditRootUserCredentials" {KEPT} root-task/ for itself',
        f'spec/a.yaml:7:21: group/devs: policies[0]: "{AWS}aws-service-role/NewOne" {KEPT} aws-service-role/ for itself',
    ]


UNKNOWN = """
users:
  ann: {policies: [aws:ReadOnlyAcces, aws:ReadOnlyAccess], permissions_boundary: aws:Billing}
groups:
  devs: {policies: ["arn:aws:iam::aws:policy/Quux"]}
"""


def test_an_unknown_policy_of_aws_is_a_warning_offline(tmp_path):
    """Kills: a slip in a name that nobody hears of before the plan."""
    tail = f"known as of {as_of()} (plan asks AWS itself)"
    assert sorted(warnings(tmp_path, UNKNOWN)) == [
        f'spec/a.yaml:3:20: user/ann: policies[0]: no AWS-managed policy "ReadOnlyAcces" is {tail}; did you mean "aws:ReadOnlyAccess"?',
        f'spec/a.yaml:3:82: user/ann: permissions_boundary: no AWS-managed policy "Billing" is {tail}; did you mean "aws:job-function/Billing"?',
        f'spec/a.yaml:5:21: group/devs: policies[0]: no AWS-managed policy "Quux" is {tail}',
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ReadOnlyAccess", "; a policy of AWS is written aws:ReadOnlyAccess"),
        ("Billing", "; a policy of AWS is written aws:job-function/Billing"),
        ("AdministratorAcess", "; a policy of AWS is written aws:AdministratorAccess"),
        ("deploy", ""),
        ("MyOwnThing", ""),
    ],
)
def test_a_policy_of_aws_without_its_prefix_is_told_how_it_is_written(tmp_path, name, hint):
    """Kills: a hint that names a policy which AWS does not have."""
    assert faults(tmp_path, f"users: {{ann: {{policies: [{name}]}}}}\n") == [
        f'spec/a.yaml:1:26: user/ann: policies[0]: no policy "{name}" is declared{hint}'
    ]


def test_a_policy_that_aws_lets_nobody_attach_is_refused_by_the_plan(tmp_path, monkeypatch):
    """Kills: an answer of GetPolicy whose IsAttachable is not read."""
    story = Story(tmp_path, FakeIam())
    read_each = story.iam.read_each

    def closed(calls):
        answers = zip(calls, read_each(calls), strict=True)
        return [
            {"Policy": {**answer["Policy"], "IsAttachable": False}}
            if call.operation == "GetPolicy" and answer
            else answer
            for call, answer in answers
        ]

    monkeypatch.setattr(story.iam, "read_each", closed)
    assert story.refused("users: {a: {policies: [aws:ReadOnlyAccess], permissions_boundary: aws:SecurityAudit}}\n") == [
        "user/a: policies[0]: AWS allows no entity to attach its policy ReadOnlyAccess",
        "user/a: permissions_boundary: AWS allows no entity to attach its policy SecurityAudit",
    ]


def test_a_slip_in_a_name_is_told_by_the_plan_with_what_was_meant(tmp_path):
    assert Story(tmp_path).refused("users: {a: {policies: [aws:AdministratorAcess, aws:Quux]}}\n") == [
        "user/a: policies[0]: AWS has no policy AdministratorAcess; did you mean aws:AdministratorAccess?",
        "user/a: policies[1]: AWS has no policy Quux",
    ]


def test_every_document_is_one_that_compares_with_itself():
    assert all(one == Document(json.loads(one.text)) for one in managed_documents().values())


LAKE = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lakeformation:*", "Resource": "*"}}


def test_a_policy_of_aws_that_denies_goes_after_what_it_holds_back(tmp_path):
    """Kills: policies of AWS that count as Allow by their names, so that a Deny goes before what it forbids."""
    story = Story(tmp_path, FakeIam(aws_managed=[*AWS_MANAGED, "AWSLakeFormationDataAdmin"]))
    story.policy("lake", document=LAKE)
    story.group("admins", policies=[f"{AWS}AWSLakeFormationDataAdmin"])
    story.user("ann", groups=["admins"], policies=[f"{OWN}lake"])
    spec = f"users: {{ann: {{}}}}\ngroups: {{admins: {{}}}}\npolicies: {{lake: {{document: {json.dumps(LAKE)}}}}}\n"
    assert seen(story.plan(spec))["steps"] == [
        f"revoke DetachUserPolicy PolicyArn={OWN}lake UserName=ann",
        f"revoke DetachGroupPolicy GroupName=admins PolicyArn={AWS}AWSLakeFormationDataAdmin",
        "revoke RemoveUserFromGroup GroupName=admins UserName=ann",
    ]
