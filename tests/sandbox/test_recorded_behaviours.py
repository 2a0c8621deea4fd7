"""Sandbox and fake give the answers that real IAM gave, as recorded."""

import re
from http.client import HTTPConnection
from urllib.parse import urlencode

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from fake import FakeIam
from fake.client import READING, WRITING
from model import problems
from recorded import Answer, differences, operations, raw_numbers, replayable

from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.sandbox import running

RECORDS, NUMBERS = replayable(), raw_numbers()
ENOUGH = 0.97

# Records with which an account differs, and why. A record that agrees does not belong here.
SANDBOX_DIFFERS: dict[str, str] = {}
FAKE_DIFFERS: dict[str, str] = {}


def known_to_fake(record):
    return all(xform_name(operation) in READING | WRITING for operation in operations(record))


OF_FAKE = [name for name, record in RECORDS.items() if known_to_fake(record)]


@pytest.fixture(scope="module")
def sandbox():
    with running() as sandbox:
        yield sandbox


def client(sandbox):
    """A client that sends what it is given: IAM itself is to refuse."""
    return boto3.client(
        "iam",
        region_name="us-east-1",
        endpoint_url=sandbox.endpoint,
        aws_access_key_id="AKIAIAMSPECSANDBOX00",
        aws_secret_access_key="any",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, proxies={}),
    )


def of_sandbox(sandbox):
    sandbox.reset()
    iam = client(sandbox)

    def ask(operation, params):
        try:
            return Answer(getattr(iam, xform_name(operation))(**params))
        except ClientError as error:
            return Answer(error=error.response["Error"]["Code"])

    return ask


def of_fake(iam):
    """The fake asserts that the service model takes a call; where the model does not, IAM says ValidationError."""

    def ask(operation, params):
        call = Call(operation, params)
        if problems(call):
            return Answer(error="ValidationError")
        try:
            reads = xform_name(operation) in READING
            return Answer(next(iter(iam.pages(call))) if reads else iam.write(call))
        except IamError as error:
            return Answer(error=error.code)

    return ask


@pytest.mark.parametrize("name", RECORDS)
def test_the_sandbox_answers_as_iam_did(sandbox, name):
    """Kills: a sandbox that says yes where IAM says no, and each other difference from the record."""
    found = differences(RECORDS[name], of_sandbox(sandbox))
    assert bool(found) == (name in SANDBOX_DIFFERS), found or "agrees now; take it off the list"


@pytest.mark.parametrize("name", OF_FAKE)
def test_the_fake_answers_as_iam_did(name):
    """Kills: laws and stories that hold in an account such as AWS never has."""
    found = differences(RECORDS[name], of_fake(FakeIam()))
    assert bool(found) == (name in FAKE_DIFFERS), found or "agrees now; take it off the list"


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_read_as_iam_reads_them(sandbox, name):
    """Kills: Python's own idea of a number, which takes white space and refuses nothing that is large."""
    sandbox.reset()
    client(sandbox).create_user(UserName="u1")
    record = NUMBERS[name]
    key, _, value = record["call"]["params"]["query"].partition("=")
    query = {"Action": record["call"]["operation"], "Version": "2010-05-08", key: value[1:-1]}
    more = {"UserName": "u1", "ServiceName": "codecommit.amazonaws.com"} if key == "CredentialAgeDays" else {}
    host, port = sandbox.endpoint.removeprefix("http://").split(":")
    connection = HTTPConnection(host, int(port), timeout=10)
    connection.request("POST", "/", urlencode(query | more))
    text = connection.getresponse().read().decode()
    connection.close()
    found = re.search(r"<Code>(.*?)</Code>", text)
    assert (found[1] if found else "") == record["result"].get("error", "")


@pytest.mark.skipif(not RECORDS, reason="no recorded answers here")
def test_few_records_are_on_the_lists():
    assert SANDBOX_DIFFERS.keys() <= RECORDS.keys()
    assert set(OF_FAKE) >= FAKE_DIFFERS.keys()
    assert 1 - len(SANDBOX_DIFFERS) / len(RECORDS) >= ENOUGH
    assert 1 - len(FAKE_DIFFERS) / len(OF_FAKE) >= ENOUGH
