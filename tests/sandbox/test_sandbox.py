"""The sandbox as a server: who it says the caller is, what it cannot do, and how commands reach it alone."""

import json
import os
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from iamspec.cli import main
from iamspec.errors import IamspecError
from iamspec.sandbox import environment, running

DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}},
        ],
    }
)
OWN = "arn:aws:iam::123456789012:"


def client(sandbox, service="iam", region="us-east-1", key="AKIAIAMSPECSANDBOX00", given=None):
    """A client that cannot reach anything but the sandbox; `given` are the Credentials of an answer of STS."""
    given = given or {}
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id=given.get("AccessKeyId", key),
        aws_secret_access_key="any",
        aws_session_token=given.get("SessionToken"),
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def refusal(call, **params):
    """The error code and HTTP status with which a call is refused."""
    with pytest.raises(ClientError) as raised:
        call(**params)
    answer = raised.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def sandbox():
    with running() as sandbox:
        yield sandbox


def test_any_credentials_are_those_of_the_account_that_is_served():
    with running(account_id="210987654321") as sandbox:
        identity = client(sandbox, "sts", key="AKIAEVERYBODYELSE000").get_caller_identity()
        user = client(sandbox).create_user(UserName="alice")["User"]
    assert (identity["Account"], identity["Arn"]) == (
        "210987654321",
        "arn:aws:iam::210987654321:user/iamspec-sandbox",
    )
    assert user["Arn"] == "arn:aws:iam::210987654321:user/alice"


def test_a_key_made_here_is_its_user(sandbox):
    iam = client(sandbox)
    user = iam.create_user(UserName="alice", Path="/staff/")["User"]
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.update_user(UserName="alice", NewUserName="alicia")
    identity = client(sandbox, "sts", key=key).get_caller_identity()
    assert (identity["UserId"], identity["Arn"]) == (user["UserId"], f"{OWN}user/staff/alicia")
    own = client(sandbox, key=key)
    assert own.get_user()["User"]["UserName"] == "alicia"
    assert [one["AccessKeyId"] for one in own.list_access_keys()["AccessKeyMetadata"]] == [key]


def test_a_caller_who_is_no_user_must_name_one(sandbox):
    assert refusal(client(sandbox).list_access_keys) == ("ValidationError", 400)


def test_an_assumed_role_calls_under_its_session(sandbox):
    trust = TRUST.replace('"Service": "ec2.amazonaws.com"', '"AWS": "123456789012"')
    role = client(sandbox).create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)["Role"]
    sts = client(sandbox, "sts")
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ci")["Credentials"]
    identity = client(sandbox, "sts", given=given).get_caller_identity()
    assert (identity["UserId"], identity["Arn"]) == (
        f"{role['RoleId']}:ci",
        "arn:aws:sts::123456789012:assumed-role/deploy/ci",
    )
    nobody = f"{OWN}role/nobody"
    assert refusal(sts.assume_role, RoleArn=nobody, RoleSessionName="ci") == ("AccessDenied", 403)


def test_what_the_sandbox_lacks_it_says_so_that_clients_understand(sandbox):
    simulate = {"PolicyInputList": [DOCUMENT], "ActionNames": ["s3:GetObject"]}
    assert refusal(client(sandbox).simulate_custom_policy, **simulate) == ("NotImplemented", 501)
    assert refusal(client(sandbox, "sts").get_session_token) == ("NotImplemented", 501)
    assert refusal(client(sandbox, "cloudformation").list_stacks) == ("NotImplemented", 501)
    assert refusal(client(sandbox, "resourcegroupstaggingapi").get_tag_keys) == ("NotImplemented", 501)
    assert refusal(client(sandbox, "organizations").list_policies, Filter="TAG_POLICY") == ("NotImplemented", 501)
    analyzer = client(sandbox, "accessanalyzer")
    assert refusal(analyzer.validate_policy, policyDocument=DOCUMENT, policyType="IDENTITY_POLICY") == (
        "NotImplemented",
        501,
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:80"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:1", "Origin": "http://localhost:3000"}, 200),
        ({"Host": "[::1]:80"}, 200),
    ],
)
def test_only_callers_on_this_machine_are_answered(sandbox, headers, status):
    """Kills: a page of a browser that, under a name that leads to loopback, makes users in the sandbox or mints tokens."""
    host, port = sandbox.endpoint.removeprefix("http://").split(":")
    body = "Action=ListUsers&Version=2010-05-08"
    connection = HTTPConnection(host, int(port), timeout=10)
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert (answer.status, b"ListUsersResponse" in content) == (status, status == 200)


def test_a_key_that_is_off_or_gone_calls_nothing(sandbox):
    """Kills: a sandbox that takes the holder of a deleted key for an administrator."""
    iam = client(sandbox)
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    owner = client(sandbox, key=key)
    owner.get_user()
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    assert refusal(owner.get_user) == ("InvalidClientTokenId", 403)
    iam.delete_access_key(UserName="alice", AccessKeyId=key)
    assert refusal(owner.list_users) == ("InvalidClientTokenId", 403)
    assert refusal(client(sandbox, key="ASIAUNKNOWN").list_users) == ("InvalidClientTokenId", 403)


def test_an_operation_that_iam_does_not_have_is_an_invalid_action(sandbox):
    body = b"Action=MakeCoffee&Version=2010-05-08"
    request = Request(sandbox.endpoint, data=body)  # noqa: S310 - loopback
    with pytest.raises(OSError, match="400"), urlopen(request):  # noqa: S310
        pass


def test_a_stack_owns_what_is_declared_in_its_region_or_everywhere(sandbox):
    sandbox.own("svc-stacked", "network")
    sandbox.own(f"{OWN}policy/p", "storage", "eu-west-1")
    here, there = (client(sandbox, "cloudformation", region) for region in ("us-east-1", "eu-west-1"))

    def owner(cloudformation, physical_id):
        answer = cloudformation.describe_stack_resources(PhysicalResourceId=physical_id)
        return [(one["StackName"], one["PhysicalResourceId"]) for one in answer["StackResources"]]

    assert owner(here, "svc-stacked") == owner(there, "svc-stacked") == [("network", "svc-stacked")]
    assert owner(there, f"{OWN}policy/p") == [("storage", f"{OWN}policy/p")]
    with pytest.raises(ClientError) as raised:
        owner(here, f"{OWN}policy/p")
    assert raised.value.response["Error"] == {
        "Type": "Sender",
        "Code": "ValidationError",
        "Message": f"Stack for {OWN}policy/p does not exist",
    }


def test_the_server_is_on_loopback_and_gone_at_the_end():
    with running() as sandbox:
        host, port = sandbox.endpoint.removeprefix("http://").split(":")
        assert host == "127.0.0.1"
        socket.create_connection((host, int(port))).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_a_port_in_use_is_an_error_and_not_the_end_of_the_process(sandbox):
    port = int(sandbox.endpoint.rsplit(":", 1)[1])
    with pytest.raises(IamspecError) as raised, running(port=port):
        pass
    assert str(raised.value) == f"port {port} of 127.0.0.1 cannot be used: Address already in use; choose another"


def test_a_given_port_is_taken():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with running(port=port) as sandbox:
        assert sandbox.endpoint == f"http://127.0.0.1:{port}"


def test_two_sandboxes_of_one_account_know_nothing_of_each_other(sandbox):
    client(sandbox).create_user(UserName="alice", Tags=[{"Key": "team", "Value": "a"}])
    with running() as other:
        assert client(other).list_users()["Users"] == []
        client(other).create_user(UserName="alice")
        assert "Tags" not in client(other).get_user(UserName="alice")["User"]


def test_requests_side_by_side_lose_nothing(sandbox):
    def make(start):
        iam = client(sandbox)
        for number in range(start, start + 10):
            iam.create_user(UserName=f"user-{number}")

    threads = [threading.Thread(target=make, args=(start,)) for start in range(0, 40, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {user["UserName"] for user in client(sandbox).list_users()["Users"]}
    assert names == {f"user-{number}" for number in range(40)}


def test_requests_are_not_logged(sandbox, caplog, capfd):
    caplog.set_level("INFO", logger="werkzeug")
    client(sandbox).list_users()
    assert ([one for one in caplog.records if one.name == "werkzeug"], capfd.readouterr()) == ([], ("", ""))


def test_a_command_inherits_no_way_to_production():
    inherited = {
        "HOME": "/home/alice",
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL_IAM": "https://iam.amazonaws.com",
        "aws_container_credentials_full_uri": "http://169.254.170.2/",
        "HTTP_PROXY": "http://proxy:3128",
        "NO_PROXY": "internal",
    }
    assert environment("http://127.0.0.1:1", inherited) == {
        "HOME": "/home/alice",
        "HTTP_PROXY": "http://proxy:3128",
        "NO_PROXY": "internal,127.0.0.1",
        "no_proxy": "internal,127.0.0.1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "AKIAIAMSPECSANDBOX00",
        "AWS_SECRET_ACCESS_KEY": "iamspec-sandbox",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def test_a_command_in_the_environment_talks_to_the_sandbox(sandbox):
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    inherited = os.environ | {"AWS_PROFILE": "production", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(sandbox.endpoint, inherited),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{OWN}user/iamspec-sandbox\n"


@pytest.mark.parametrize("account", ["1", "12345678901a", "aws", "1234567890123"])
def test_the_account_of_a_sandbox_has_an_id_that_accounts_have(account, capsys):
    assert main(["sandbox", "--account", account, "--", "true"]) == 1
    reason = f'error: --account {account}: an account id has 12 digits, as in "123456789012"\n'
    assert capsys.readouterr() == ("", reason)


def test_without_a_command_it_says_how_a_shell_gets_there_and_nowhere_else():
    """Kills: a shell with the sandbox's endpoint and a person's own credentials, profile or other endpoints."""
    mine = {"AWS_PROFILE": "prod", "AWS_ACCESS_KEY_ID": "AKIAPROD", "AWS_ENDPOINT_URL_IAM": "https://iam.amazonaws.com"}
    kept = {"PATH": os.environ["PATH"], "AWS_REGION": "us-east-1"}
    with subprocess.Popen(
        [sys.executable, "-m", "iamspec", "sandbox"], env=kept | mine, stdout=subprocess.PIPE, text=True
    ) as server:
        lines = [server.stdout.readline() for _ in range(11)]
        server.terminate()
    shell = subprocess.run(
        ["sh"], input="".join(lines) + "env", env=kept | mine, capture_output=True, text=True, check=True
    )
    found = dict(line.split("=", 1) for line in shell.stdout.splitlines())
    assert {name: value for name, value in found.items() if name.lower().startswith(("aws_", "no_"))} == {
        name: value for name, value in environment(found["AWS_ENDPOINT_URL"], kept | mine).items() if name != "PATH"
    }
    assert found["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
