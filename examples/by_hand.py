# ruff: noqa: T201 - a script, and it talks
"""What happens to an account that can be changed by clicking: three changes that no spec knows of."""

import json

import boto3

iam = boto3.client("iam")
account = boto3.client("sts").get_caller_identity()["Account"]

iam.attach_user_policy(UserName="chloe", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
print("chloe was in a hurry, and got AdministratorAccess for just this once")

read_assets = f"arn:aws:iam::{account}:policy/read-assets"
document = iam.get_policy_version(PolicyArn=read_assets, VersionId="v1")["PolicyVersion"]["Document"]
document["Statement"][1]["Action"] = "s3:*"
iam.create_policy_version(PolicyArn=read_assets, PolicyDocument=json.dumps(document), SetAsDefault=True)
print("an upload did not work, so read-assets now allows s3:*")

iam.create_user(UserName="mallory")
iam.create_access_key(UserName="mallory")
iam.add_user_to_group(UserName="mallory", GroupName="developers")
print("somebody made a user mallory with an access key, who is a developer now")
