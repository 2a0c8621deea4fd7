"""The least that any program must do to see an account: boto3, its paginator, the pages. `bare.py ENDPOINT`."""

import sys

import boto3

client = boto3.client("iam", region_name="us-east-1", endpoint_url=sys.argv[1])
paginator = client.get_paginator("get_account_authorization_details")
pages = paginator.paginate(
    Filter=["Group", "LocalManagedPolicy", "Role", "User"],
    PaginationConfig={"PageSize": 1000},
)
print(sum(len(page["UserDetailList"]) for page in pages))
