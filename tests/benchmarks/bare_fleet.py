"""The least that any program must do to see many accounts: assume a role, read the pages. `bare_fleet.py ENDPOINT N THREADS`.

Each thread has a session of its own, as boto3 advises.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3

endpoint, count, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
here = threading.local()


def users(number: int) -> int:
    if not hasattr(here, "session"):
        here.session = boto3.Session(region_name="us-east-1")
        here.sts = here.session.client("sts", endpoint_url=endpoint)
    role = f"arn:aws:iam::{200_000_000_000 + number}:role/iamspec"
    found = here.sts.assume_role(RoleArn=role, RoleSessionName="bare")["Credentials"]
    client = here.session.client(
        "iam",
        endpoint_url=endpoint,
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
    )
    pages = client.get_paginator("get_account_authorization_details").paginate(
        Filter=["Group", "LocalManagedPolicy", "Role", "User"], PaginationConfig={"PageSize": 1000}
    )
    return sum(len(page["UserDetailList"]) for page in pages)


with ThreadPoolExecutor(threads) as pool:
    print(sum(pool.map(users, range(count))))
