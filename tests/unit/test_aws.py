"""The adapter to AWS, against botocore's Stubber: pages, retries, and errors in our words."""

import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber

from iamspec.apply.delivery import SinkError
from iamspec.apply.delivery.others import SecretsManager
from iamspec.apply.delivery.sinks import Recipient
from iamspec.errors import IamError, Unreadable
from iamspec.iam import Call, Caller
from iamspec.kinds.contract import sweep
from iamspec.kinds.operations import NEVER_TWICE
from iamspec.live import aws
from iamspec.live.aws import Aws, AwsWriter
from iamspec.live.connection import Connection
from iamspec.live.retry import FOUND, RETRIED

DATE = "2026-01-01T00:00:00Z"


@pytest.fixture
def account(monkeypatch):
    """A writer whose IAM client is stubbed, and which notes its pauses instead of making them."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    writer = AwsWriter(Connection())
    writer.pauses = []
    monkeypatch.setattr(aws.time, "sleep", writer.pauses.append)
    with Stubber(writer._client("iam", None)) as stub:
        yield writer, stub
        stub.assert_no_pending_responses()


def user(name):
    return {"UserName": name, "Path": "/", "UserId": "AIDA0000000000000000", "Arn": f"arn:aws:iam::123456789012:user/{name}", "CreateDate": DATE}  # fmt: skip


def test_pages_follow_the_marker_even_when_a_page_is_empty(account):
    writer, stub = account
    base = sweep("User").params
    stub.add_response(
        "get_account_authorization_details", {"UserDetailList": [user("a")], "IsTruncated": True, "Marker": "1"}, base
    )
    stub.add_response(
        "get_account_authorization_details",
        {"UserDetailList": [], "IsTruncated": True, "Marker": "2"},
        {**base, "Marker": "1"},
    )
    stub.add_response(
        "get_account_authorization_details",
        {"UserDetailList": [user("b")], "IsTruncated": False},
        {**base, "Marker": "2"},
    )
    names = [one["UserName"] for page in writer.pages(sweep("User")) for one in page["UserDetailList"]]
    assert names == ["a", "b"]


def test_what_does_not_exist_is_none_and_any_other_refusal_raises(account):
    writer, stub = account
    call = Call("GetLoginProfile", {"UserName": "a"})
    stub.add_client_error("get_login_profile", "NoSuchEntity", http_status_code=404)
    assert writer.read_each([call]) == [None]
    stub.add_client_error("get_login_profile", "AccessDenied", "no", http_status_code=403)
    with pytest.raises(Unreadable, match="GetLoginProfile: AccessDenied: no"):
        writer.read_each([call])


def test_a_reader_makes_no_call_that_writes(account):
    writer, _ = account
    with pytest.raises(AssertionError, match="DeleteUser does not read"):
        writer.read_each([Call("DeleteUser", {"UserName": "a"})])


@pytest.mark.parametrize(
    "code", ["Throttling", "ConcurrentModification", "EntityTemporarilyUnmodifiable", "ServiceFailure"]
)
def test_a_passing_refusal_is_waited_out(account, code):
    writer, stub = account
    stub.add_client_error("create_group", code, http_status_code=409)
    stub.add_client_error("create_group", code, http_status_code=409)
    stub.add_response("create_group", {"Group": {"Path": "/", "GroupName": "g", "GroupId": "AGPA0000000000000000", "Arn": "arn:aws:iam::123456789012:group/g", "CreateDate": DATE}})  # fmt: skip
    assert writer.write(Call("CreateGroup", {"GroupName": "g"}))["Group"]["GroupName"] == "g"
    assert len(writer.pauses) == 2


@pytest.mark.parametrize(
    "code", ["AccessDenied", "LimitExceeded", "MalformedPolicyDocument", "NoSuchEntity", "EntityAlreadyExists"]
)
def test_a_refusal_for_good_is_not_repeated(account, code):
    writer, stub = account
    stub.add_client_error("create_group", code, "why", http_status_code=400, response_meta={"RequestId": "r-1"})
    with pytest.raises(IamError) as caught:
        writer.write(Call("CreateGroup", {"GroupName": "g"}))
    assert str(caught.value) == f"CreateGroup: {code}: why (request r-1)"
    assert writer.pauses == []


def test_the_budget_of_pauses_ends(account):
    writer, stub = account
    for _ in range(100):
        stub.add_client_error("create_group", "Throttling", http_status_code=429)
    with pytest.raises(IamError, match="Throttling"):
        writer.write(Call("CreateGroup", {"GroupName": "g"}))
    assert 0 < sum(writer.pauses) <= aws.BUDGET
    stub._queue.clear()


def test_what_was_made_a_moment_ago_may_not_be_known_yet(account):
    writer, stub = account
    call = Call("AddUserToGroup", {"GroupName": "g", "UserName": "a"})
    stub.add_client_error("add_user_to_group", "NoSuchEntity", http_status_code=404)
    stub.add_response("add_user_to_group", {})
    writer.write(call, patient=True)
    assert len(writer.pauses) == 1


def failing(monkeypatch, writer, method, errors, answer=None):
    """Lets a client's method fail on the way, as often as there are errors."""
    client, queue = writer._client("iam", None), list(errors)

    def call(**params):
        if queue:
            raise queue.pop(0)
        return answer if answer is not None else {}

    monkeypatch.setattr(client, method, call)


def test_a_lost_answer_is_asked_for_again(account, monkeypatch):
    writer, _ = account
    lost = ReadTimeoutError(endpoint_url="x")
    failing(monkeypatch, writer, "attach_user_policy", [lost, ConnectTimeoutError(endpoint_url="x")])
    writer.write(Call("AttachUserPolicy", {}))
    assert len(writer.pauses) == 2


@pytest.mark.parametrize("operation", sorted(NEVER_TWICE))
def test_what_would_make_two_is_never_repeated_after_a_lost_answer(account, monkeypatch, operation):
    writer, stub = account
    if operation == "CreateLoginProfile":
        stub.add_client_error("get_login_profile", "NoSuchEntity", http_status_code=404)
    if operation == "AddRoleToInstanceProfile":
        stub.add_response("list_instance_profiles", {"InstanceProfiles": []})
    failing(monkeypatch, writer, aws.xform_name(operation), [ReadTimeoutError(endpoint_url="x")])
    with pytest.raises(IamError, match="Unclear"):
        writer.write(Call(operation, {"UserName": "a", "InstanceProfileName": "p", "RoleName": "r"}))
    assert writer.pauses == []
    stub.assert_no_pending_responses()


def test_a_user_that_exists_after_a_lost_answer_was_made_by_it(account, monkeypatch):
    writer, _ = account
    exists = IamError("CreateUser", "EntityAlreadyExists", "")
    failing(monkeypatch, writer, "create_user", [ReadTimeoutError(endpoint_url="x"), exists])
    assert writer.write(Call("CreateUser", {"UserName": "a"})) == {RETRIED: FOUND}


def test_missing_credentials_say_what_to_do(account, monkeypatch):
    writer, _ = account
    failing(monkeypatch, writer, "get_policy", [NoCredentialsError()])
    with pytest.raises(Unreadable, match=r"no usable AWS credentials .* set AWS_PROFILE"):
        writer.read_each([Call("GetPolicy", {"PolicyArn": "x"})])


def test_the_caller_comes_with_its_account_and_partition(account):
    writer, _ = account
    with Stubber(writer._client("sts", None)) as sts:
        arn = "arn:aws-cn:iam::123456789012:user/x"
        sts.add_response("get_caller_identity", {"Arn": arn, "Account": "123456789012", "UserId": "A"})
        assert writer.caller() == Caller(arn, "123456789012")
    assert Caller(arn, "1").partition == "aws-cn"


@pytest.mark.parametrize("url", ["nonsense", "", "http://", "127.0.0.1:5000"])
def test_an_endpoint_that_is_no_url_is_told_as_such(url, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(Unreadable) as raised:
        Aws(Connection(endpoint_url=url)).caller()
    assert str(raised.value) == f"no client for sts: Invalid endpoint: {url}"


def test_a_secret_is_stored_again_under_the_same_token_until_it_is(account):
    """Kills: a second version of a secret, or a refusal of one's own, after an answer that was lost."""
    writer, _ = account
    params = {"Name": "prod/ann", "SecretString": "{}", "ClientRequestToken": "t" * 32}
    with Stubber(writer._client("secretsmanager", None)) as shop:
        shop.add_client_error("create_secret", "InternalServiceError", http_status_code=500, expected_params=params)
        shop.add_response("create_secret", {"Name": "prod/ann"}, params)
        answer = writer.write(Call("CreateSecret", params, "secretsmanager"))
        assert answer == {"Name": "prod/ann", RETRIED: "tried 2 times in 0 of 60 seconds"}
        shop.assert_no_pending_responses()


def test_whether_a_secret_exists_is_asked_of_secrets_manager(account):
    writer, _ = account
    sink = SecretsManager("prod/", writer)
    with Stubber(writer._client("secretsmanager", None)) as shop:
        shop.add_client_error("describe_secret", "ResourceNotFoundException", http_status_code=400)
        sink.try_out([Recipient("ann")])
        shop.add_response("describe_secret", {"Name": "prod/ann"}, {"SecretId": "prod/ann"})
        with pytest.raises(SinkError) as exists:
            sink.try_out([Recipient("ann")])
        shop.add_client_error("describe_secret", "AccessDeniedException", "no", http_status_code=400)
        with pytest.raises(SinkError) as denied:
            sink.try_out([Recipient("ann")])
    assert [str(one.value) for one in (exists, denied)] == [
        "the secret prod/ann exists; hand it over and delete it, or take another prefix",
        "Secrets Manager cannot be asked about prod/ann: DescribeSecret: AccessDeniedException: no",
    ]
