"""The event history of the sandbox: what has changed IAM, as LookupEvents tells it."""

import json

import pytest
from test_sandbox import DOCUMENT, OWN, TRUST, client, refusal

from iamspec.sandbox import running


@pytest.fixture
def sandbox():
    with running() as sandbox:
        yield sandbox


def events(sandbox, *, region="us-east-1", **lookup):
    attributes = [{"AttributeKey": key, "AttributeValue": value} for key, value in lookup.items()]
    return client(sandbox, "cloudtrail", region).lookup_events(LookupAttributes=attributes)["Events"]


def names(found):
    return [one["EventName"] for one in found]


def test_what_changes_iam_is_told_newest_first_and_what_reads_is_not(sandbox):
    """Kills: a blame that is tried against an account without a history."""
    iam = client(sandbox)
    made = iam.create_user(UserName="ann", Path="/staff/")["User"]
    iam.get_user(UserName="ann")
    iam.update_user(UserName="ann", NewPath="/")
    created = events(sandbox, EventName="CreateUser")[0]
    assert names(events(sandbox)) == ["UpdateUser", "CreateUser"]
    assert created["Resources"] == [
        {"ResourceType": "AWS::IAM::User", "ResourceName": name}
        for name in (f"{OWN}user/staff/ann", "ann", made["UserId"])
    ]
    assert (created["Username"], created["EventSource"], created["ReadOnly"], created["AccessKeyId"]) == (
        "iamspec-sandbox",
        "iam.amazonaws.com",
        "false",
        "AKIAIAMSPECSANDBOX00",
    )
    record = json.loads(created["CloudTrailEvent"])
    assert record["requestParameters"] == {"userName": "ann", "path": "/staff/"}
    assert record["responseElements"]["user"]["arn"] == f"{OWN}user/staff/ann"
    assert record["userIdentity"]["arn"] == f"{OWN}user/iamspec-sandbox"
    assert (record["eventID"], record["awsRegion"]) == (created["EventId"], "us-east-1")
    (update,) = events(sandbox, EventName="UpdateUser")
    assert update["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "ann"}]
    assert json.loads(update["CloudTrailEvent"])["responseElements"] is None


def test_secrets_are_in_no_event(sandbox):
    """Kills: a password or a secret key in a history that auditors read."""
    iam = client(sandbox)
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Long-enough-1")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.create_service_specific_credential(UserName="ann", ServiceName="codecommit.amazonaws.com")
    text = json.dumps([one["CloudTrailEvent"] for one in events(sandbox)])
    assert all(secret not in text for secret in ("Long-enough-1", key["SecretAccessKey"], 'assword\\": \\"'))
    (found,) = events(sandbox, EventName="CreateAccessKey")
    assert [one["ResourceName"] for one in found["Resources"]] == [key["AccessKeyId"], "ann"]


def test_a_refused_call_is_told_with_its_error(sandbox):
    refusal(client(sandbox).delete_user, UserName="nobody")
    (found,) = events(sandbox, ResourceName="nobody")
    record = json.loads(found["CloudTrailEvent"])
    assert (record["errorCode"], record["errorMessage"]) == (
        "NoSuchEntityException",
        "The user with name nobody cannot be found.",
    )


def test_a_session_is_told_by_its_name_and_by_its_role(sandbox):
    iam = client(sandbox)
    trust = TRUST.replace('"Service": "ec2.amazonaws.com"', '"AWS": "123456789012"')
    arn = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    given = client(sandbox, "sts").assume_role(RoleArn=arn, RoleSessionName="ci")["Credentials"]
    client(sandbox, given=given).create_group(GroupName="devs")
    (found,) = events(sandbox, Username="ci")
    identity = json.loads(found["CloudTrailEvent"])["userIdentity"]
    assert (identity["type"], identity["sessionContext"]["sessionIssuer"]["arn"]) == ("AssumedRole", arn)


def test_events_are_found_by_one_attribute_in_the_home_region_and_in_a_time(sandbox):
    iam = client(sandbox)
    iam.create_group(GroupName="devs")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="devs", PolicyArn=arn)
    assert names(events(sandbox, ResourceName="devs")) == ["AttachGroupPolicy", "CreateGroup"]
    assert names(events(sandbox, ResourceName=arn)) == ["AttachGroupPolicy", "CreatePolicy"]
    assert names(events(sandbox, ResourceType="AWS::IAM::Policy")) == ["AttachGroupPolicy", "CreatePolicy"]
    assert events(sandbox, region="eu-west-1") == []
    trail, two = client(sandbox, "cloudtrail"), {"AttributeKey": "EventName", "AttributeValue": "x"}
    assert refusal(trail.lookup_events, LookupAttributes=[two, two])[0] == "InvalidLookupAttributesException"
    newest = events(sandbox)[0]["EventTime"]
    assert trail.lookup_events(StartTime=newest.replace(year=newest.year + 1))["Events"] == []
    assert len(trail.lookup_events(EndTime=newest)["Events"]) == 3
    backwards = {"StartTime": newest, "EndTime": newest.replace(year=2020)}
    assert refusal(trail.lookup_events, **backwards)[0] == "InvalidTimeRangeException"


def test_pages_have_fifty_events_and_a_token_of_their_own_parameters(sandbox):
    iam = client(sandbox)
    for number in range(60):
        iam.create_group(GroupName=f"g{number}")
    trail = client(sandbox, "cloudtrail")
    first = trail.lookup_events()
    second = trail.lookup_events(NextToken=first["NextToken"])
    assert (len(first["Events"]), len(second["Events"]), "NextToken" in second) == (50, 10, False)
    assert [one["EventId"] for one in first["Events"]][:1] != [one["EventId"] for one in second["Events"]][:1]
    other = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "CreateGroup"}]}
    assert refusal(trail.lookup_events, NextToken=first["NextToken"], **other)[0] == "InvalidNextTokenException"
    assert refusal(trail.lookup_events, MaxResults=51)[0] in {"InvalidMaxResultsException", "ValidationError"}
