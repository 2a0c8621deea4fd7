"""Answers that are none, through a real client: foreign, half, without an end, or drop by drop."""

from itertools import count, repeat
from threading import Event
from types import SimpleNamespace

import botocore
import pytest
from wire import CALLER, line, refusal, result

from iamspec.errors import IamError, IamspecError
from iamspec.iam import Call
from iamspec.kinds.contract import sweep
from iamspec.live import client, deadlines, retry
from iamspec.live.observe import read_live

PORTALS = {
    "nothing": b"",
    "a page": b"<!DOCTYPE html><html><body>Sign in<br></body></html>",
    "a page after many comments": b"<!-- menu -->" * 60 + b"<!DOCTYPE html><html></html>",  # split in 2 ** 59 ways
    "a page that is XML": b"<html><body>Sign in</body></html>",
    "JSON": b'{"message": "sign in"}',
    "bytes": b"\xff\xfe\x00",
    "the answer to another call": result("GetUser"),
    "a refusal": refusal("NoSuchEntity"),
    "no result": b"<ListAccessKeysResponse/>",
    "an empty result": result("ListAccessKeys"),
    "half an answer": result("ListAccessKeys")[:40],
}


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """No pauses: what is not answered at once is given up at once."""
    monkeypatch.setattr(retry, "FOREIGN_BUDGET", 0.0)
    monkeypatch.setattr(retry, "BUDGET", 0.0)


def refused(function, *words):
    with pytest.raises(IamspecError) as error:
        function(*words)
    return str(error.value)


@pytest.mark.parametrize("portal", PORTALS)
def test_what_is_no_answer_of_iam_is_an_unclear_answer(portal):
    """Kills: a KeyError in the middle of an apply, and a page of a captive portal that is taken for an empty list."""
    body = PORTALS[portal]
    with line(lambda *_: body) as account:
        read = account.attempt_each([Call("ListAccessKeys", {"UserName": "ana"})])[0]
        with pytest.raises(IamError) as written:
            account.write(Call("CreateAccessKey", {"UserName": "ana"}))
        with pytest.raises(IamError) as silent:
            account.write(Call("DeleteUser", {"UserName": "ana"}))
    assert {read.code, written.value.code, silent.value.code} == {"Unclear"}


def test_a_page_in_place_of_secrets_manager_stores_no_secret():
    """Kills: a key whose secret went to a captive portal."""
    call = Call("CreateSecret", {"Name": "ana", "SecretString": "{}", "ClientRequestToken": "t" * 32}, "secretsmanager")
    for body in (PORTALS["a page"], b"[]", b"{}"):
        with line(lambda *_, body=body: body) as account, pytest.raises(IamError) as refusal:
            account.write(call)
        assert refusal.value.code == "Unclear"


@pytest.mark.parametrize("status", [200, 302, 403, 500, 503])
def test_a_proxy_that_refuses_is_no_refusal_of_iam(status):
    """Kills: a gateway's page that is taken for IAM's last word."""
    with line(lambda *_: (status, b"<html><body>Gateway</body></html>")) as account, pytest.raises(IamError) as refusal:
        account.write(Call("CreateAccessKey", {"UserName": "ana"}))
    assert refusal.value.code in retry.BROKEN


@pytest.mark.parametrize(
    "error",
    [
        b"<ErrorResponse><Error>x</Error></ErrorResponse>",
        b"<ErrorResponse><Error><Code><a/></Code></Error></ErrorResponse>",
    ],
)
def test_a_refusal_that_makes_no_sense_is_an_unclear_answer(error):
    with line(lambda *_: (400, error)) as account, pytest.raises(IamError) as refusal:
        account.write(Call("DeleteUser", {"UserName": "ana"}))
    assert str(refusal.value) == "DeleteUser: Unclear: the refusal could not be read"


USER = "<member><UserName>ana</UserName></member>"
HALF = "so the account could be read in part only"


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ([{}], "Unclear: the answer has no IsTruncated"),
        ([{"UserDetailList": USER}], "Unclear: the answer has no IsTruncated"),
        ([{"IsTruncated": "true"}], f"HalfRead: a page says that more pages follow, and not where, {HALF}"),
        (repeat({"IsTruncated": "true", "Marker": "m"}), f"HalfRead: a page leads back to a page before it, {HALF}"),
        (({"IsTruncated": "true", "Marker": n} for n in count()), f"HalfRead: 100 pages in a row are empty, {HALF}"),
    ],
    ids=["nothing", "no end", "no marker", "a circle", "no content"],
)
def test_no_plan_is_made_of_a_half_read_account(pages, told):
    """Kills: "55 to create", because the account looked empty, and a program that follows the same page for ever."""
    answers = iter(pages)

    def reply(operation, params):
        if operation == "GetCallerIdentity":
            return CALLER
        if operation == "ListAccountAliases":
            return result(operation, "<AccountAliases/>", IsTruncated="false")
        if operation == "GetAccountPasswordPolicy":
            return 404, refusal("NoSuchEntity")
        if params["Filter.member.1"] != "User":  # each type of entity is a sweep of its own
            return result(operation, IsTruncated="false")
        return result(operation, **next(answers))

    with line(reply) as account:
        assert refused(read_live, account) == f"GetAccountAuthorizationDetails: {told}"


def test_an_answer_that_drips_is_given_up(monkeypatch):
    """Kills: a call that waits for ever, because every byte comes in time."""
    monkeypatch.setattr(deadlines, "LONGEST", 0.4)
    never, dripped = Event(), []

    def drops():
        for number in range(1000):
            dripped.append(number)
            never.wait(0.02)
            yield b" "

    with line(lambda *_: drops()) as account, pytest.raises(IamError) as given_up:
        account.write(Call("CreateAccessKey", {"UserName": "ana"}))
    assert str(given_up.value) == "CreateAccessKey: Unclear: no whole answer within 0 seconds"
    assert 0 < len(dripped) < 1000


def test_without_the_pools_of_botocore_nothing_is_asked():
    """Kills: calls without a deadline, because a new botocore keeps its connections elsewhere."""
    bare = SimpleNamespace(_endpoint=SimpleNamespace(http_session=object()))
    assert refused(client._watch, bare, deadlines.SHARED) == (
        f"botocore {botocore.__version__} keeps its connections where iamspec does not know them; "
        "install an older botocore, or a newer iamspec"
    )


@pytest.mark.parametrize("many", [False, True])
def test_the_clients_of_a_role_sign_with_its_credentials_which_are_fetched_again(many):
    """Kills: calls with the rights of the person who started the run, and a run that ends with its first session."""
    client._only.cache_clear()
    signers, ends = [], iter(["2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])

    def reply(operation, params):
        if operation != "AssumeRole":
            return result(operation, "<AccountAliases/>", IsTruncated="false")
        pieces = {"AccessKeyId": f"ROLE{len(signers)}", "SecretAccessKey": "s", "SessionToken": "t"}
        inside = "".join(f"<{name}>{text}</{name}>" for name, text in {**pieces, "Expiration": next(ends)}.items())
        return result(operation, f"<Credentials>{inside}</Credentials>")

    with line(reply, signers, assume_role="arn:aws:iam::123456789012:role/x", many=many) as account:
        for _ in range(2):
            account.read_each([Call("ListAccountAliases")])
    assumed, asked = ("AssumeRole", "test"), ("ListAccountAliases", "ROLE2")
    assert signers == [assumed, assumed, asked, asked]


def test_an_account_is_swept_type_by_type_and_each_page_is_read_once():
    """Kills: pages that are read twice, markers of a sweep that are given to another, and a type that is left out."""
    asked = []

    def reply(operation, params):
        if operation != "GetAccountAuthorizationDetails":
            return {"GetCallerIdentity": lambda: CALLER}.get(operation, lambda: (404, refusal("NoSuchEntity")))()
        asked.append((params["Filter.member.1"], params.get("Marker"), "Filter.member.2" in params))
        if params["Filter.member.1"] == "User" and "Marker" not in params:
            return result(operation, UserDetailList=USER, IsTruncated="true", Marker="2")
        return result(operation, IsTruncated="false")

    with line(reply) as account:
        pages = list(account.pages(sweep("Group", "LocalManagedPolicy", "User")))
    assert sorted(asked, key=str) == [
        ("Group", None, False),
        ("LocalManagedPolicy", None, False),
        ("User", "2", False),
        ("User", None, False),
    ]
    assert [len(page.get("UserDetailList", ())) for page in pages if page.get("UserDetailList")] == [1]
