"""An account and a spec between which lies every call that a plan can have, but for taking away alias and password policy."""

import json

import yaml
from saml import metadata
from test_sandbox_credentials import given_everything

from iamspec.policy.suspension import DENY_ALL, NAME

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
OTHER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
EC2 = json.dumps(TRUST).replace("lambda", "ec2")
TEXT = json.dumps(ALLOW)
HUB, LAB, MILL = "https://token.actions.githubusercontent.com", "https://lab.example.com", "https://mill.example.com/ci"
OWN, AWS = "arn:aws:iam::123456789012:", "arn:aws:iam::aws:policy/"
SPEC = {
    "account": {"id": "123456789012", "alias": "acme-new", "password_policy": {"minimum_password_length": 30}},
    "prune": True,
    "absent": {
        "users": {"bob": "2099-01-01"},
        "roles": {"r4": "2099-01-01"},
        "identity_providers": {"mill.example.com/ci": "2099-01-01", "left": "2099-01-01"},
    },
    "policies": {
        "deploy": {"path": "/apps/", "tags": {"new": "1"}, "document": OTHER},
        "fence": {"tags": {"of": "boundary"}, "document": ALLOW},
        "plain": {"document": ALLOW},
    },
    "groups": {
        "developers": {
            "renamed_from": "coders",
            "path": "/eng/",
            "policies": ["deploy", "aws:AmazonS3ReadOnlyAccess"],
            "inline_policies": {"new": ALLOW},
        },
        "fresh": {"path": "/eng/"},
    },
    "users": {
        "alice": {
            "path": "/engineering/",
            "tags": {"team": "platform"},
            "groups": ["developers"],
            "policies": ["aws:AmazonS3ReadOnlyAccess", "aws:job-function/SupportUser"],
            "inline_policies": {"own": ALLOW},
            "permissions_boundary": "fence",
        },
        "carol": {"renamed_from": "carol.smith", "path": "/engineering/"},
        "dave": {
            "path": "/odd$*?{/",
            "tags": {"team": "new"},
            "groups": ["fresh"],
            "policies": ["plain"],
            "permissions_boundary": "fence",
        },
        "erin": {"permissions_boundary": None, "console": False, "access_keys": {"active": 0, "force": True}},
        "frank": {"console": True, "access_keys": 1},
        "grace": {"suspended": True},
        "heidi": {"suspended": False},
    },
    "roles": {
        "r1": {"path": "/r*/", "description": "New", "trust": {"document": TRUST}, "tags": {"a": "1"}},
        "r2": {
            "description": "Works",
            "trust": {"document": TRUST},
            "tags": {"a": "1"},
            "policies": ["plain"],
            "inline_policies": {"own": ALLOW},
            "permissions_boundary": "fence",
            "instance_profile": True,
        },
        "r3": {"trust": {"document": TRUST}, "permissions_boundary": None},
    },
    "instance_profiles": {"lone": {"tags": {"a": "1"}}},
    "identity_providers": {
        "github": {"oidc": HUB, "client_ids": ["sts.amazonaws.com"], "tags": {"a": "1"}},
        "lab": {"oidc": LAB, "client_ids": ["new"], "thumbprints": ["b" * 40], "tags": {"a": "1"}},
        "okta": {"saml": metadata(), "tags": {"a": "1"}},
        "ping": {"saml": metadata(number=2), "tags": {"a": "1"}},
    },
}


def lived(iam):
    """The account before, by the calls of its people."""
    given_everything(iam)  # bob, in the group devs
    tags = {"Tags": [{"Key": "old", "Value": "1"}]}
    deploy = iam.create_policy(PolicyName="deploy", Path="/apps/", PolicyDocument=TEXT, **tags)["Policy"]["Arn"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=deploy, PolicyDocument=TEXT)
    retired = iam.create_policy(PolicyName="retired", PolicyDocument=TEXT)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=retired, PolicyDocument=TEXT)
    iam.create_group(GroupName="coders")
    iam.attach_group_policy(GroupName="coders", PolicyArn=f"{AWS}IAMUserChangePassword")
    iam.put_group_policy(GroupName="coders", PolicyName="old", PolicyDocument=TEXT)
    iam.create_user(UserName="alice", Path="/engineering/", **tags)
    iam.add_user_to_group(UserName="alice", GroupName="devs")
    iam.attach_user_policy(UserName="alice", PolicyArn=f"{AWS}IAMUserChangePassword")
    iam.put_user_policy(UserName="alice", PolicyName="old", PolicyDocument=TEXT)
    iam.create_user(UserName="carol.smith", Path="/sales/")
    iam.create_user(UserName="grace")
    iam.create_user(UserName="heidi")
    iam.create_user(UserName="erin", PermissionsBoundary=f"{AWS}AmazonS3ReadOnlyAccess")
    for name in ("erin", "grace"):
        iam.create_login_profile(UserName=name, Password="Long-enough-1")
        iam.create_access_key(UserName=name)
    iam.put_user_policy(UserName="heidi", PolicyName=NAME, PolicyDocument=DENY_ALL.text)
    iam.create_account_alias(AccountAlias="acme-old")
    iam.create_role(RoleName="r2", AssumeRolePolicyDocument=EC2, **tags)
    iam.attach_role_policy(RoleName="r2", PolicyArn=f"{AWS}AmazonS3ReadOnlyAccess")
    iam.put_role_policy(RoleName="r2", PolicyName="old", PolicyDocument=TEXT)
    iam.create_instance_profile(InstanceProfileName="old")
    iam.add_role_to_instance_profile(InstanceProfileName="old", RoleName="r2")
    iam.create_instance_profile(InstanceProfileName="lone", **tags)
    fence = f"{AWS}AmazonS3ReadOnlyAccess"
    iam.create_role(RoleName="r3", AssumeRolePolicyDocument=json.dumps(TRUST), PermissionsBoundary=fence)
    iam.create_role(RoleName="r4", AssumeRolePolicyDocument=EC2)
    for url in (LAB, MILL):
        iam.create_open_id_connect_provider(Url=url, ClientIDList=["old"], ThumbprintList=["a" * 40], **tags)
    for name in ("ping", "left"):
        iam.create_saml_provider(Name=name, SAMLMetadataDocument=metadata(), **tags)


def written(folder, **changed):
    (folder / "iamspec.yaml").write_text(yaml.safe_dump({**SPEC, **changed}), encoding="utf-8")
    return str(folder)
