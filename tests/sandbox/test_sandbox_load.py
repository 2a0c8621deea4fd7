"""A snapshot in the sandbox is the account that it was taken of."""

import json
from datetime import UTC, datetime

import pytest
from places import DATA
from test_sandbox import DOCUMENT, OWN, TRUST, client, refusal

from iamspec.errors import Unreadable
from iamspec.iam import Account
from iamspec.live import snapshot as snapshots
from iamspec.live.snapshot import Snapshot
from iamspec.sandbox import documents, running
from iamspec.sandbox.backend import aws_managed
from iamspec.sandbox.refusals import Refused

CAPTURED = "arn:aws:iam::111122223333:"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
EMPTY = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
KINDS = ["User", "Group", "Role", "LocalManagedPolicy"]


def data(name):
    """A file of the data folder, or a skip that says where it was looked for."""
    if not (DATA / name).is_file():
        pytest.skip(f"{name} is not in {DATA}; IAMSPEC_DATA names another folder")
    return (DATA / name).read_text()


def details(sandbox, **params):
    """The whole account as one answer."""
    paginator = client(sandbox).get_paginator("get_account_authorization_details")
    return paginator.paginate(**({"Filter": KINDS} | params)).build_full_result()


def taken(account_id="111122223333", **changes):
    return Snapshot(Account(account_id, "aws", "acme"), EMPTY | changes.pop("details", {}), changes.get("policies", {}))


def test_everything_of_a_snapshot_is_there_again():
    created = "2020-02-03T04:05:06+00:00"
    document = json.loads(DOCUMENT)
    versions = [
        {"VersionId": "v7", "IsDefaultVersion": False, "CreateDate": created, "Document": document},
        {"VersionId": "v4", "IsDefaultVersion": True, "CreateDate": created, "Document": document},
    ]
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": f"{CAPTURED}policy/team/deploy"}
    profile = {"InstanceProfileName": "ip", "InstanceProfileId": "AIPA1", "Path": "/p/", "CreateDate": created}
    given = taken(
        policies={f"{CAPTURED}policy/team/deploy": {"Tags": [{"Key": "k", "Value": "v"}], "Description": "why"}},
        details={
            "UserDetailList": [
                {
                    "UserName": "ann",
                    "Path": "/a/",
                    "UserId": "AIDAANN",
                    "CreateDate": created,
                    "GroupList": ["devs"],
                    "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
                    "AttachedManagedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}],
                    "PermissionsBoundary": boundary,
                    "Tags": [{"Key": "team", "Value": "a"}],
                },
                {"UserName": "bare"},
            ],
            "GroupDetailList": [{"GroupName": "devs", "GroupId": "AGPADEVS", "Path": "/", "CreateDate": created}],
            "RoleDetailList": [
                {
                    "RoleName": "r",
                    "RoleId": "AROAR",
                    "Path": "/",
                    "AssumeRolePolicyDocument": json.loads(TRUST),
                    "PermissionsBoundary": boundary,
                    "InstanceProfileList": [profile],
                    "RoleLastUsed": {"LastUsedDate": created, "Region": "eu-west-1"},
                    "Tags": [{"Key": "k", "Value": "v"}],
                }
            ],
            "Policies": [
                {
                    "PolicyName": "deploy",
                    "Arn": f"{CAPTURED}policy/team/deploy",
                    "Path": "/team/",
                    "PolicyId": "ANPADEPLOY",
                    "DefaultVersionId": "v4",
                    "CreateDate": created,
                    "UpdateDate": created,
                    "PolicyVersionList": versions,
                }
            ],
        },
    )
    date = datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC)
    arn = f"{OWN}policy/team/deploy"
    with running(snapshot=given) as sandbox:
        iam = client(sandbox)
        assert iam.list_account_aliases()["AccountAliases"] == ["acme"]
        ann = iam.get_user(UserName="ann")["User"]
        assert ann == {
            "UserName": "ann",
            "Path": "/a/",
            "UserId": "AIDAANN",
            "Arn": f"{OWN}user/a/ann",
            "CreateDate": date,
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn,
            },
            "Tags": [{"Key": "team", "Value": "a"}],
        }
        assert [user["UserId"] for user in iam.get_group(GroupName="devs")["Users"]] == ["AIDAANN"]
        assert iam.get_group(GroupName="devs")["Group"]["GroupId"] == "AGPADEVS"
        assert iam.get_user_policy(UserName="ann", PolicyName="own")["PolicyDocument"] == document
        found = iam.get_policy(PolicyArn=arn)["Policy"]
        assert {key: found[key] for key in found if key not in {"IsAttachable", "PolicyName", "Path"}} == {
            "PolicyId": "ANPADEPLOY",
            "Arn": arn,
            "DefaultVersionId": "v4",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 2,
            "CreateDate": date,
            "UpdateDate": date,
            "Description": "why",
            "Tags": [{"Key": "k", "Value": "v"}],
        }
        shown = [
            (one["VersionId"], one["IsDefaultVersion"]) for one in iam.list_policy_versions(PolicyArn=arn)["Versions"]
        ]
        assert shown == [("v7", False), ("v4", True)]
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT)["PolicyVersion"]
        assert made["VersionId"] == "v8"
        role = iam.get_role(RoleName="r")["Role"]
        assert (role["RoleId"], role["RoleLastUsed"]) == ("AROAR", {"LastUsedDate": date, "Region": "eu-west-1"})
        profiles = iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]
        assert [(one["InstanceProfileId"], one["Arn"]) for one in profiles] == [
            ("AIPA1", f"{OWN}instance-profile/p/ip")
        ]
        bare = next(one for one in details(sandbox)["UserDetailList"] if one["UserName"] == "bare")
        assert (bare["GroupList"], bare["AttachedManagedPolicies"], bare["Tags"]) == ([], [], [])


def test_what_is_attached_without_a_document_gets_one_that_allows_nothing():
    attached = ["arn:aws:iam::aws:policy/service-role/LongGone", f"{CAPTURED}policy/a/lost", READ_ONLY]
    user = {"UserName": "ann", "AttachedManagedPolicies": [{"PolicyArn": arn, "PolicyName": ""} for arn in attached]}
    with running(snapshot=taken(details={"UserDetailList": [user]})) as sandbox:
        iam = client(sandbox)
        held = iam.list_attached_user_policies(UserName="ann")["AttachedPolicies"]
        arns = [one["PolicyArn"] for one in held]
        assert arns == [attached[0], f"{OWN}policy/a/lost", READ_ONLY]
        for arn in arns[:2]:
            document = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
            assert [one["Action"] for one in document["Statement"]] == ["sts:GetCallerIdentity"]
        assert refusal(iam.delete_policy, PolicyArn=attached[0]) == ("AccessDenied", 403)
        assert [one["Arn"] for one in details(sandbox)["Policies"]] == [f"{OWN}policy/a/lost"]


def test_an_aws_policy_that_moto_does_not_know_is_loaded_and_one_that_it_knows_is_not():
    new = {"PolicyName": "New", "Arn": "arn:aws:iam::aws:policy/New", "PolicyId": "ANPANEW"}
    version = {"VersionId": "v3", "IsDefaultVersion": True, "Document": json.loads(DOCUMENT)}
    known = {"PolicyName": "ReadOnlyAccess", "Arn": READ_ONLY, "PolicyVersionList": [version]}
    listed = [new | {"PolicyVersionList": [version]}, known]
    with running(snapshot=taken(details={"Policies": listed})) as sandbox:
        iam = client(sandbox)
        found = iam.get_policy_version(PolicyArn=new["Arn"], VersionId="v3")["PolicyVersion"]["Document"]
        assert found == json.loads(DOCUMENT)
        assert refusal(iam.get_policy_version, PolicyArn=READ_ONLY, VersionId="v3") == ("NoSuchEntity", 404)
        assert details(sandbox)["Policies"] == []


def test_another_sandbox_does_not_see_the_placeholders_of_the_first():
    gone = {"PolicyArn": "arn:aws:iam::aws:policy/LongGone", "PolicyName": "LongGone"}
    with running(snapshot=taken(details={"UserDetailList": [{"UserName": "ann", "AttachedManagedPolicies": [gone]}]})):
        pass
    with running() as sandbox:
        assert refusal(client(sandbox).get_policy, PolicyArn=gone["PolicyArn"]) == ("NoSuchEntity", 404)


def test_an_attachment_that_is_no_policy_is_said():
    user = {"UserName": "ann", "AttachedManagedPolicies": [{"PolicyArn": "nonsense"}]}
    with pytest.raises(Unreadable) as raised, running(snapshot=taken(details={"UserDetailList": [user]})):
        pass
    assert str(raised.value) == 'the snapshot holds the policy "nonsense", which is no ARN of one'


def test_a_snapshot_of_another_partition_keeps_it():
    given = Snapshot(Account("111122223333", "aws-cn"), EMPTY | {"UserDetailList": [{"UserName": "ann"}]}, {})
    with running(snapshot=given) as sandbox:
        assert client(sandbox).get_user(UserName="ann")["User"]["Arn"] == "arn:aws-cn:iam::123456789012:user/ann"
        arn = "arn:aws-cn:iam::aws:policy/ReadOnlyAccess"
        client(sandbox).attach_user_policy(UserName="ann", PolicyArn=arn)
        identity = client(sandbox, "sts", "cn-north-1").get_caller_identity()
        assert identity["Arn"].startswith("arn:aws-cn:iam::123456789012:")


def test_a_real_capture_comes_back_as_it_was():
    capture = snapshots.parse(data("account-authorization-details.json"), "capture")
    with running(account_id=capture.account.id, snapshot=capture) as sandbox:
        found = json.loads(json.dumps(details(sandbox), default=str))

    def compared(entity):
        """An entity of a capture without the counts and uses that a load does not restore. Lists are sorted."""
        loose = {"AttachmentCount", "PermissionsBoundaryUsageCount", "RoleLastUsed", "IsAttachable"}
        whole = {key: value for key, value in entity.items() if key not in loose}
        for key in ("AttachedManagedPolicies", "Tags", "PolicyVersionList", "InstanceProfileList", "GroupList"):
            if key in whole:
                whole[key] = sorted(whole[key], key=json.dumps)
        return whole

    for section in ("UserDetailList", "GroupDetailList", "RoleDetailList"):
        assert [compared(one) for one in found[section]] == [compared(one) for one in capture.details[section]]
    local = [one for one in capture.details["Policies"] if ":aws:policy" not in one["Arn"]]
    assert {one["Arn"]: compared(one) for one in found["Policies"]} | {one["Arn"]: compared(one) for one in local} == {
        one["Arn"]: compared(one) for one in found["Policies"]
    }
    counts = [len(found[section]) for section in ("UserDetailList", "GroupDetailList", "RoleDetailList")]
    assert counts == [44, 5, 78]


def test_documents_that_aws_has_published_are_taken():
    refused = []
    for policy in aws_managed("aws"):
        try:
            documents.check_inline(policy.versions[0].document)
        except Refused as error:
            refused.append((policy.name, str(error)))
    assert refused == []


def test_documents_of_the_user_guide_are_taken_but_for_three_that_are_none():
    refused = set()
    for example in json.loads(data("user-guide-policies.json")):
        text = json.dumps(example["document"])
        if '"Principal"' in text or '"NotPrincipal"' in text:
            continue  # policies of resources
        try:
            documents.check_inline(text)
        except Refused as error:
            refused.add(error.message)
    assert refused == {
        'Resource A list of the resources the role is allowed to access must be in ARN format or "*".',
        'Partition "partition" is not valid for resource "arn:partition:s3:::policy-genius-dev/*".',
        'Resource  * must be in ARN format or "*".',
    }
