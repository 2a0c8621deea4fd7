"""Fleets for tests: an organization in a sandbox, a folder with fleet.yaml, and the command line over both."""

import json
import os
import threading
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from iamspec import sandbox as box
from iamspec.cli import main

MANAGEMENT = "123456789012"
ROLE = "OrganizationAccountAccessRole"
FLEET = """\
version: 1
organization: {units: ["Workloads/*"]}
paths: [common, "accounts/${iamspec:account_id}?"]
assume_role: {arn: "arn:${iamspec:partition}:iam::${iamspec:account_id}:role/OrganizationAccountAccessRole"}
"""
COMMON = """\
policies:
  readers:
    document:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: "arn:aws:s3:::logs-${iamspec:account_id}/*"}]
groups:
  readers: {policies: [readers]}
"""
ROLES = "roles: {OrganizationAccountAccessRole: {external: true}}\n"  # or drift warns of it
SETTINGS = "version: 1\n"


def account(number: int) -> str:
    """The id of the n-th member of the sandbox's organization, from 1 on."""
    return str(200_000_000_000 + number)


def nothing(home, asked):
    """Hears of a request."""


class Requests:
    """What the sandbox was asked, by account and operation. `before` hears of each request, and may raise."""

    def __init__(self, sandbox):
        self.made: Counter[tuple[str, str]] = Counter()
        self.before = self.after = nothing
        self._lock = threading.Lock()
        self._here = threading.local()
        gateway, web = sandbox.gateway, sandbox._answer

        def received(http):
            self._here.headers = http.headers
            return web(http)

        sandbox._answer = received
        answer = gateway.answer

        def heard(asked):
            home = gateway.sessions.caller(asked.key_id, asked.token).account if asked.key_id else ""
            with self._lock:
                self.made[home, asked.operation] += 1
            self.before(home, asked)
            answered = answer(asked)
            self.after(home, asked)
            return answered

        gateway.answer = heard

    @property
    def headers(self):
        """Those of the request that this thread answers."""
        return self._here.headers

    def of(self, operation):
        """How often each account was asked for an operation."""
        return {home: number for (home, name), number in sorted(self.made.items()) if name == operation}


@contextmanager
def organized(members, monkeypatch):
    """A sandbox with members, which the commands of this process reach."""
    with box.running(members=members) as sandbox:
        reach(sandbox, monkeypatch)
        yield sandbox


def reach(sandbox, monkeypatch):
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in box.environment(sandbox.endpoint, {}).items():
        monkeypatch.setenv(name, value)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def inside(sandbox, home, service="iam"):
    """A client in a member account, by the role that every member has."""
    at = {"region_name": "us-east-1", "endpoint_url": sandbox.endpoint, "config": Config(proxies={})}
    sts = boto3.client("sts", aws_access_key_id="AKIAIAMSPECSANDBOX00", aws_secret_access_key="any", **at)
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{home}:role/{ROLE}", RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        **at,
    )


def fingerprint(folder):
    return json.loads((Path(folder) / "fleet.json").read_text())["fingerprint"]


class Line:
    """The command line, its exit code, and what it printed."""

    def __init__(self, capsys):
        self._capsys = capsys
        self.out = self.err = ""

    @property
    def flat(self):
        """What it printed, without line breaks."""
        return " ".join(self.out.split())

    def __call__(self, *words, connect=None):
        code = main(["fleet", *map(str, words)], connect=connect)
        self.out, self.err = self._capsys.readouterr()
        return code
