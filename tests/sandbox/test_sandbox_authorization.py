"""A sandbox that is told a policy refuses what that policy does not allow, in IAM's words."""

import json
import os
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError
from saml import metadata
from test_sandbox import DOCUMENT, OWN, TRUST, client

from iamspec.cli import main
from iamspec.policy.document import Document
from iamspec.sandbox import running

CALLER = f"{OWN}user/iamspec-sandbox"
FENCE = f"{OWN}policy/fence"


@pytest.fixture
def sandbox():
    """Alice below /staff/, the policy fence, the group devs and the role deploy, made before anything is enforced."""
    with running() as sandbox:
        iam = client(sandbox)
        iam.create_user(UserName="alice", Path="/staff/")
        iam.create_policy(PolicyName="fence", PolicyDocument=DOCUMENT)
        iam.create_group(GroupName="devs", Path="/eng/")
        trust = TRUST.replace('"Service": "ec2.amazonaws.com"', '"AWS": "123456789012"')
        iam.create_role(RoleName="deploy", Path="/ci/", AssumeRolePolicyDocument=trust)
        yield sandbox


def allow(sandbox, *statements):
    """Enforces what allows some actions on some resources, each with a condition or without."""
    listed = []
    for actions, resource, *condition in statements:
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        listed.append(statement | ({"Condition": condition[0]} if condition else {}))
    sandbox.enforce = Document({"Version": "2012-10-17", "Statement": listed})
    return client(sandbox)


def refused(call, **params):
    """The action, the resource and the reason of a refusal; None if there is none."""
    try:
        call(**params)
    except ClientError as error:
        answer = error.response
        assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDenied", 403)
        told = answer["Error"]["Message"].removeprefix(f"User: {CALLER} is not authorized to perform: ")
        action, _, rest = told.partition(" on resource: ")
        resource, _, reason = rest.partition(" ")
        return action, resource, reason
    return None


def test_what_no_statement_allows_is_refused_with_action_and_resource(sandbox):
    iam = allow(sandbox, ("iam:GetUser", f"{OWN}user/staff/*"))
    assert refused(iam.get_user, UserName="alice") is None
    assert refused(iam.delete_user, UserName="alice") == (
        "iam:DeleteUser",
        f"{OWN}user/staff/alice",
        "because no identity-based policy allows the iam:DeleteUser action",
    )
    assert refused(iam.get_user, UserName="nobody")[:2] == ("iam:GetUser", f"{OWN}user/nobody")
    sandbox.enforce = None
    assert refused(client(sandbox).delete_user, UserName="alice") is None


def test_an_explicit_deny_is_told_as_one(sandbox):
    deny = {"Effect": "Deny", "Action": "iam:Delete*", "Resource": "*"}
    sandbox.enforce = Document({"Version": "2012-10-17", "Statement": [json.loads(DOCUMENT)["Statement"][0], deny]})
    told = refused(client(sandbox).delete_user, UserName="alice")
    assert told == ("iam:DeleteUser", f"{OWN}user/staff/alice", "with an explicit deny in an identity-based policy")


def test_who_one_is_needs_no_permission_and_a_role_does(sandbox):
    allow(sandbox, ("iam:GetUser", "*"))
    sts = client(sandbox, "sts")
    role = {"RoleArn": f"{OWN}role/ci/deploy", "RoleSessionName": "ci"}
    assert refused(sts.get_caller_identity) is None
    assert refused(sts.assume_role, **role)[:2] == ("sts:AssumeRole", f"{OWN}role/ci/deploy")
    allow(sandbox, ("sts:AssumeRole", f"{OWN}role/ci/deploy"))
    assert refused(sts.assume_role, **role) is None


@pytest.mark.parametrize(
    ("operation", "params", "resource"),
    [
        ("add_user_to_group", {"GroupName": "devs", "UserName": "alice"}, "group/eng/devs"),
        ("create_group", {"GroupName": "new", "Path": "/x/"}, "group/x/new"),
        ("get_policy", {"PolicyArn": FENCE}, "policy/fence"),
        ("create_policy", {"PolicyName": "new", "PolicyDocument": DOCUMENT}, "policy/new"),
        ("delete_virtual_mfa_device", {"SerialNumber": f"{OWN}mfa/alice"}, "mfa/alice"),
        ("get_role", {"RoleName": "deploy"}, "role/ci/deploy"),
        (
            "create_open_id_connect_provider",
            {"Url": "https://hub.example.com:443/x"},
            "oidc-provider/hub.example.com/x",
        ),
        ("create_saml_provider", {"Name": "okta", "SAMLMetadataDocument": metadata()}, "saml-provider/okta"),
    ],
)
def test_each_operation_is_held_against_its_own_resource(sandbox, operation, params, resource):
    iam = allow(sandbox, ("iam:*", f"{OWN}user/*"))
    action, found, _ = refused(getattr(iam, operation), **params)
    assert (action.lower(), found) == (f"iam:{operation.replace('_', '')}", f"{OWN}{resource}")


def test_an_operation_without_a_resource_needs_a_star(sandbox):
    iam = allow(sandbox, ("iam:*", f"{OWN}*"))
    assert refused(iam.list_account_aliases)[:2] == ("iam:ListAccountAliases", "*")
    iam = allow(sandbox, ("iam:ListAccountAliases", "*"))
    assert refused(iam.list_account_aliases) is None


def test_a_stack_is_asked_about_with_permission_only(sandbox):
    allow(sandbox, ("iam:*", "*"))
    cloudformation = client(sandbox, "cloudformation")
    asked = {"PhysicalResourceId": "alice"}
    assert refused(cloudformation.describe_stack_resources, **asked)[0] == "cloudformation:DescribeStackResources"


def test_a_key_is_its_users(sandbox):
    key = client(sandbox).create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam = allow(sandbox, ("iam:GetAccessKeyLastUsed", f"{OWN}user/staff/alice"))
    assert refused(iam.get_access_key_last_used, AccessKeyId=key) is None
    assert refused(iam.get_access_key_last_used, AccessKeyId="AKIANOBODY0000000000")[1] == "*"


def test_a_rename_needs_the_right_on_both_names(sandbox):
    rename = {"UserName": "alice", "NewUserName": "alicia", "NewPath": "/x/"}
    old, new = f"{OWN}user/staff/alice", f"{OWN}user/x/alicia"
    assert refused(allow(sandbox, ("iam:UpdateUser", old)).update_user, **rename)[:2] == ("iam:UpdateUser", new)
    assert refused(allow(sandbox, ("iam:UpdateUser", new)).update_user, **rename)[:2] == ("iam:UpdateUser", old)
    assert refused(allow(sandbox, ("iam:UpdateUser", [old, new])).update_user, **rename) is None


def test_tags_on_what_is_made_need_their_own_right(sandbox):
    tagged = {"UserName": "new", "Tags": [{"Key": "a", "Value": "b"}]}
    iam = allow(sandbox, ("iam:CreateUser", "*"))
    assert refused(iam.create_user, **tagged)[:2] == ("iam:TagUser", f"{OWN}user/new")
    assert refused(iam.create_user, UserName="new") is None


def test_the_policy_of_an_attachment_is_a_condition(sandbox):
    condition = {"ArnEquals": {"iam:PolicyARN": FENCE}}
    iam = allow(sandbox, ("iam:AttachUserPolicy", "*", condition))
    other = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert refused(iam.attach_user_policy, UserName="alice", PolicyArn=FENCE) is None
    assert refused(iam.attach_user_policy, UserName="alice", PolicyArn=other)[0] == "iam:AttachUserPolicy"


def test_the_boundary_is_that_of_the_request_or_else_of_the_user(sandbox):
    """Kills: a user made without the boundary that its maker must give, or changed who does not have it."""
    condition = {"StringEquals": {"iam:PermissionsBoundary": FENCE}}
    iam = allow(sandbox, (["iam:CreateUser", "iam:PutUserPolicy"], "*", condition))
    own = {"PolicyName": "own", "PolicyDocument": DOCUMENT}
    assert refused(iam.create_user, UserName="free")[0] == "iam:CreateUser"
    assert refused(iam.create_user, UserName="bound", PermissionsBoundary=FENCE) is None
    assert refused(iam.put_user_policy, UserName="alice", **own)[0] == "iam:PutUserPolicy"
    assert refused(iam.put_user_policy, UserName="bound", **own) is None


def test_what_the_sandbox_cannot_tell_is_refused(sandbox):
    iam = allow(sandbox, ("iam:DeleteUser", "*", {"StringEquals": {"aws:ResourceTag/team": "a"}}))
    assert refused(iam.delete_user, UserName="alice")[2] == (
        "because the sandbox cannot tell: it depends on aws:ResourceTag/team"
    )


def test_the_command_takes_the_policy_from_a_file(tmp_path):
    reading = tmp_path / "read.json"
    statement = {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}
    reading.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}), encoding="utf-8")
    code = "import boto3; i = boto3.client('iam'); print(i.list_users()['Users']); i.get_account_summary()"
    words = ["sandbox", "--enforce", str(reading), "--", sys.executable, "-c", code]
    done = subprocess.run(
        [sys.executable, "-m", "iamspec", *words], capture_output=True, text=True, env=os.environ, check=False
    )
    assert (done.returncode, done.stdout) == (1, "[]\n")
    assert f"User: {CALLER} is not authorized to perform: iam:GetAccountSummary on resource: *" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "error: {file}: this is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n"),
        ('{"Statement": {"Effect": "Allow", "Action": "*"}}', "{file}:1:1: Statement: the statement has neither Resource nor NotResource; write one of them\n1 error\n"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_policy_is_refused_before_anything_runs(tmp_path, capsys, text, told):
    path = tmp_path / "policy.json"
    path.write_text(text, encoding="utf-8")
    assert main(["sandbox", "--enforce", str(path), "--", "false"]) == 1
    assert capsys.readouterr().err == told.replace("{file}", str(path))
