"""Whatever the program writes beside the sink has no password and no secret key in it, in whatever form.

A whole story is told, by the commands as people type them: on the account in memory, with its calls failing too, and on a
sandbox, with everybody logging all that they can.
"""

import html
import json
import logging
import os
import subprocess
import sys
import traceback
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from botocore.parsers import ResponseParserError
from fake import FakeIam
from places import TESTS
from vault import Vault

from iamspec.apply.delivery import Delivery
from iamspec.apply.delivery.sinks import Secret
from iamspec.cli import main
from iamspec.errors import IamError
from iamspec.iam import Call
from iamspec.live import aws
from iamspec.live.aws import AwsWriter
from iamspec.live.connection import Connection
from iamspec.sandbox import environment, running

FIRST = """
account: {id: '123456789012', alias: acme, password_policy: {minimum_password_length: 30, require_symbols: true}}
guards: {max_deletes: 50}
users:
  ann: {console: true, access_keys: 1}
  bob: {console: {password_reset_required: false}, access_keys: 2}
  ci: {access_keys: {active: 1, rotate_after_days: 90}}
  old: {console: true}
"""
SECOND = """
account: {id: '123456789012', alias: null, password_policy: null}
prune: true
guards: {max_deletes: 50, recent_days: 0}
users:
  ann: {console: false, access_keys: 0}
  bob: {suspended: true}
  ci: {access_keys: {active: 2}, expires: 2020-01-01}
  eve: {console: true, access_keys: 2, deliver_to: age1rlq3474clvaa5rq3ck8sfl3uvltynspy735tlny3n5ncus002peq0cd823}
"""
FORMATS = ("text", "json", "markdown", "awscli")
SINK = ("--credentials-out", "sink")
STORY = [
    *(("plan", "first", "--format", one) for one in FORMATS),
    ("plan", "first", "--out", "saved.json"),
    ("apply", "--auto-approve", "first"),  # refused: no sink
    ("apply", "--auto-approve", "first", "--credentials-out", "first/iamspec.yaml"),
    ("apply", "--auto-approve", "saved.json", *SINK, "--journal", "one.jsonl"),
    *(("drift", "first", "--format", one) for one in FORMATS),
    *(("credentials", "ann", "bob", "--format", one) for one in ("text", "json", "csv")),
    ("snapshot", "--out", "snapshot.json"),
    ("import",),
    ("import", "--out", "imported"),
    ("suspend", "--auto-approve", "ann", "bob", "--journal", "two.jsonl"),
    ("resume", "--auto-approve", "ann", "bob", "--activate-keys"),
    *(("plan", "second", "--format", one) for one in FORMATS),
    ("apply", "--auto-approve", "second", "--defer-credentials"),
    ("apply", "--auto-approve", "second", *SINK, "--allow", "reissue:user/eve", "--journal", "three.jsonl"),
    ("undo", "--auto-approve", "two.jsonl"),
    ("undo", "--auto-approve", "one.jsonl", "--out", "undo.json"),
    ("undo", "--auto-approve", "one.jsonl"),
    ("apply", "--auto-approve", "saved.json", *SINK),  # the account has moved
    (
        "apply",
        "--auto-approve",
        "first",
        *SINK,
        *(f"--allow=reissue:user/{name}" for name in ("ann", "bob", "ci", "old")),
    ),
    ("permissions", "first", "--for", "apply"),
    ("apply", "--auto-approve", "nowhere"),
]


def written(folder):
    for name, text in (("first", FIRST), ("second", SECOND)):
        (folder / name).mkdir()
        (folder / name / "iamspec.yaml").write_text(text, encoding="utf-8")


def forms(secret):
    """How a secret may look in a log, a body, a message or a file."""
    found = {secret, quote(secret), quote_plus(secret), quote(secret, safe=""), html.escape(secret)}
    return found | {html.escape(secret, quote=False), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


def leaks(secrets, texts):
    """Where secrets stand in texts by their names."""
    return sorted({name for name, text in texts.items() for one in secrets for form in forms(one) if form in text})


def files(folder):
    """Every file below a folder, but for those of the sink."""
    return {
        str(one.relative_to(folder)): one.read_text(encoding="utf-8", errors="replace")
        for one in folder.rglob("*")
        if one.is_file() and one.relative_to(folder).parts[0] != "sink"
    }


@pytest.fixture
def delivered(monkeypatch):
    """Every secret that was ever on its way, whatever became of it."""
    found = set()
    made = Secret.__init__

    def remember(self, *words, **named):
        made(self, *words, **named)
        found.update({self.password, self.secret_key} - {""})

    monkeypatch.setattr(Secret, "__init__", remember)
    return found


class Typed:
    """What was said on both streams, logged, and left in a folder."""

    def __init__(self, folder, capsys, caplog, iam):
        self.folder, self.iam, self._capsys, self._caplog = folder, iam, capsys, caplog
        self.said = ""

    def types(self, *words):
        self._capsys.readouterr()
        try:
            code = main(list(words), connect=lambda *_, **__: self.iam)
        except Exception:  # noqa: BLE001 - what a person would see
            code = traceback.format_exc()
        self.said += "".join(self._capsys.readouterr())
        return code

    def texts(self):
        return {"said": self.said, "logged": self._caplog.text, **files(self.folder)}


@pytest.fixture
def typed(tmp_path, capsys, caplog, monkeypatch):
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    written(tmp_path)
    iam = FakeIam()
    iam.add_role("deploy")
    return Typed(tmp_path, capsys, caplog, iam)


def test_a_whole_story_leaves_secrets_in_the_sink_only(typed, delivered):
    codes = [typed.types(*words) for words in STORY]
    assert [one for one in codes if one not in {0, 1}] == []
    assert codes.count(0) > len(STORY) / 2
    assert len(delivered) == 13
    assert leaks(delivered, typed.texts()) == []
    assert {"one.jsonl", "two.jsonl", "three.jsonl", "saved.json", "snapshot.json", "undo.json"} <= typed.texts().keys()
    for name, text in (("typed", f"x {next(iter(sorted(delivered)))} x"), ("other", "x")):
        assert leaks(delivered, {name: text}) == ([name] if name == "typed" else [])


def saying(call):
    """A refusal that quotes all that it was given, as services do."""
    return IamError(call.operation, "ValidationError", f"Value {dict(call.params)} failed to satisfy constraint")


@pytest.mark.parametrize("code", ["ValidationError", "Unclear", "PasswordPolicyViolation"])
@pytest.mark.parametrize(
    "operation", ["CreateLoginProfile", "CreateAccessKey", "DeleteAccessKey", "DeleteLoginProfile"]
)
def test_calls_that_fail_say_nothing_of_secrets(typed, delivered, monkeypatch, code, operation):
    """Kills: IAM's own message, or that of the connection, printed and written down as it came."""
    made = typed.iam.write

    def write(call, *, patient=False):
        if call.operation == operation or (operation.startswith("Delete") and call.operation == "CreateLoginProfile"):
            if code == "Unclear":
                made(call, patient=patient)
            raise IamError(call.operation, code, f"{dict(call.params)} was not understood")
        return made(call, patient=patient)

    monkeypatch.setattr(typed.iam, "write", write)
    assert typed.types("apply", "--auto-approve", "first", *SINK) == 1
    assert delivered != set()
    assert leaks(delivered, typed.texts()) == []


@pytest.mark.parametrize("operation", ["CreateLoginProfile", "CreateAccessKey", "ListAccessKeys"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_no_traceback_shows_a_secret(typed, delivered, monkeypatch, operation, when):
    """Kills: an unexpected exception whose cause quotes the request."""
    made = {name: getattr(typed.iam, name) for name in ("write", "attempt_each")}

    def broken(name):
        def method(call, **named):
            calls = [call] if isinstance(call, Call) else call
            hit = operation in {one.operation for one in calls}
            if hit and when == "before":
                raise ZeroDivisionError("nobody expected this")
            answer = made[name](call, **named)
            if hit:
                raise ZeroDivisionError("nobody expected this")
            return answer

        return method

    for name in made:
        monkeypatch.setattr(typed.iam, name, broken(name))
    shown = typed.types("apply", "--auto-approve", "first", *SINK)
    secrets = delivered | {f"secret-of-{key}" for user in typed.iam.state.users.values() for key in user.keys}
    assert "ZeroDivisionError: nobody expected this" in shown
    assert leaks(secrets, {**typed.texts(), "traceback": shown}) == []


# Over the wire


LOUD = f"""
import json, logging, sys
sys.path.append({str(TESTS)!r})
from models import share
share()
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
import boto3, botocore.session
for name in list(logging.root.manager.loggerDict):
    logging.getLogger(name).setLevel(logging.DEBUG)
boto3.set_stream_logger("", logging.DEBUG)
logging.debug("as loud as can be")
from iamspec.cli import main
from iamspec.live import aws
aws.LOOKS = 1  # the sandbox is consistent at once
for words in json.loads(sys.argv[1]):
    logging.debug("%s ended with %s", words, main(words))
"""


def test_a_sandbox_and_the_loudest_loggers_repeat_no_secret(tmp_path):
    """Kills: botocore, which logs the bodies of requests and answers at DEBUG."""
    written(tmp_path)
    once = [words for words in STORY[:-1] if "--format" not in words or "text" in words]  # a format makes no request
    story = [*once, ("credentials",)]
    command = [sys.executable, "-m", "iamspec", "sandbox", "--", sys.executable, "-c", LOUD, json.dumps(story)]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr[-2000:]
    found = set()
    for one in (tmp_path / "sink").iterdir():
        if one.suffix == ".csv":
            found |= {field for line in _lines(one) for field in (line[1], line[3]) if field}
    assert len(found) > 8
    assert "as loud as can be" in done.stderr
    assert leaks(found, {"stdout": done.stdout, "stderr": done.stderr, **files(tmp_path)}) == []


def _lines(path):
    import csv

    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]


@pytest.fixture
def account(monkeypatch):
    """A writer on a sandbox in this process."""
    with running() as sandbox:
        for name, value in environment(sandbox.endpoint, os.environ).items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        yield AwsWriter(Connection())


@pytest.mark.parametrize("name", ["botocore.parsers", "botocore.endpoint", "botocore.hooks", "botocore", "boto3"])
def test_a_logger_that_somebody_wakes_afterwards_repeats_no_secret_either(account, caplog, name):
    """Kills: a level that is set once, and set back by the next who wants to see what is going on."""
    account.write(Call("CreateUser", {"UserName": "ann"}))
    for level in (logging.DEBUG, 1):
        with caplog.at_level(level, logger=name), caplog.at_level(level):
            caplog.clear()
            answer = account.write(Call("CreateAccessKey", {"UserName": "ann"}))
            secret = answer["AccessKey"]["SecretAccessKey"]
            assert leaks({secret}, {"logged": caplog.text}) == []


def test_warnings_of_botocore_are_heard(account, caplog):
    account.write(Call("CreateUser", {"UserName": "ann"}))
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("botocore.parsers").warning("something is odd")
    assert "something is odd" in caplog.text


ANSWER = "<CreateAccessKeyResult><SecretAccessKey>hunter2</SecretAccessKey><AccessKe"


def test_an_answer_that_cannot_be_read_is_not_quoted_and_leaves_no_key(account, tmp_path, monkeypatch):
    """Kills: half an answer in a traceback, and the key in it that nobody has."""
    monkeypatch.setattr(aws.time, "sleep", lambda _: None)
    account.write(Call("CreateUser", {"UserName": "ci"}))
    client = account._client("iam", None)
    made = client.create_access_key

    def torn(**params):
        made(**params)
        raise ResponseParserError(f"Unable to parse response (no element found), invalid XML received:\n{ANSWER}")

    monkeypatch.setattr(client, "create_access_key", torn)
    plan = _plan_for_a_key(account, tmp_path)
    with pytest.raises(IamError) as refused:
        Delivery(account, Vault(), plan.plan, plan.live).write(Call("CreateAccessKey", {"UserName": "ci"}))
    assert str(refused.value) == "CreateAccessKey: Unclear: the answer could not be read"
    assert "hunter2" not in "".join(traceback.format_exception(refused.value))
    assert client.list_access_keys(UserName="ci")["AccessKeyMetadata"] == []


def _plan_for_a_key(account, folder: Path):
    from iamspec.commands import plan as commands

    (folder / "iamspec.yaml").write_text("users: {ci: {access_keys: 1}}\n", encoding="utf-8")
    return commands.plan([str(folder)], account)
