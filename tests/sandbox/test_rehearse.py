"""`iamspec rehearse`: the plan is run in a copy of the account, and the account itself is only read."""

import http.client
import json

import pytest
from story import ACCOUNT, ALLOW, AWS, OWN, Story

from iamspec import sandbox
from iamspec.commands import rehearse as rehearsing


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9")  # nobody answers there
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:9")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


def rehearsed(story, spec, capsys, *words):
    (story.folder / "iamspec.yaml").write_text(spec.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")
    story.iam.calls.clear()
    code = story.run("rehearse", str(story.folder), *words)
    assert story.iam.writes == []
    shown = capsys.readouterr()
    assert shown.err == ""
    return code, shown.out


def test_a_plan_converges_in_the_copy_and_the_account_is_only_read(story, capsys):
    """Kills: a rehearsal on the stage, a journal of it, and a secret that it makes."""
    story.group("ops", policies=[f"{AWS}ReadOnlyAccess"])
    story.user("ann", groups=["ops"])
    story.policy("read")
    spec = (
        f"{ACCOUNT}users: {{ann: {{tags: {{a: b}}}}, bob: {{groups: [ops], console: true, policies: [read]}}}}\n"
        "groups: {ops: {policies: [aws:IAMReadOnlyAccess]}}\npolicies: {read: {document: ALLOW}}\n"
    )
    code, shown = rehearsed(story, spec, capsys)
    assert shown.startswith("Rehearsed in a copy of account 123456789012: 7 calls, none failed, and nothing was left")
    assert code == 0
    assert "  new passwords and access keys: user/bob\n" in shown
    assert "policies of the organization (SCPs, RCPs)" in shown
    assert sorted(one.name for one in story.folder.iterdir()) == ["iamspec.yaml"]
    assert OWN not in shown


def test_a_call_that_fails_in_the_copy_fails_the_rehearsal(story, capsys, monkeypatch):
    """Kills: a report that is the same whatever happened."""
    story.user("ann")
    own = rehearsing._writer

    def broken(*words):
        from iamspec.errors import IamError

        writer = own(*words)
        write = writer.write

        def refuse(call, **options):
            if call.operation == "TagUser":
                raise IamError("TagUser", "LimitExceeded", "no more")
            return write(call, **options)

        writer.write = refuse
        return writer

    monkeypatch.setattr(rehearsing, "_writer", broken)
    code, shown = rehearsed(story, f"{ACCOUNT}users: {{ann: {{tags: {{a: b}}}}}}\n", capsys)
    assert code == 1
    assert "failed: 0 calls done, 1 not, 1 changes left" in shown
    assert "  still to do: user/ann" in shown


def test_a_refused_plan_is_not_rehearsed(story, capsys):
    story.policy("fence", document=ALLOW)
    spec = f"{ACCOUNT}guards: {{protected: {{policies: ['fen*']}}}}\nabsent: {{policies: {{fence: 2027-01-01}}}}\n"
    code, shown = rehearsed(story, spec, capsys)
    assert (code, shown.splitlines()[0]) == (
        1,
        "Not rehearsed: apply would refuse this plan for account 123456789012; `iamspec plan` says why",
    )


def test_the_copy_answers_to_the_key_of_its_run_alone():
    """Kills: a copy of the account that any program on this machine can read."""
    body = b"Action=ListUsers&Version=2010-05-08"
    with sandbox.running(key="AKIA0123") as copy:
        for header in (
            {},
            {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260101/us-east-1/iam/aws4_request"},
        ):
            connection = http.client.HTTPConnection(copy.endpoint.removeprefix("http://"))
            connection.request("POST", "/", body, header)
            assert connection.getresponse().status == 403
            connection.close()
