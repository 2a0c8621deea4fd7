"""An endpoint that is not AWS's is found out, and named in every answer."""

import json
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.session import Session
from reports import Answering

from iamspec.cli import main
from iamspec.iam import Caller
from iamspec.live.endpoints import DOMAINS, foreign

SANDBOX = "http://127.0.0.1:4566"
HEADLINE = f"Endpoint {SANDBOX}: this is not AWS"
SPEC = "account: {id: '123456789012'}\nusers: {ann: {}}\n"


def test_the_endpoints_that_botocore_knows_are_awss():
    """Kills: an alarm in a partition that nobody thought of."""
    session = Session()
    session.set_credentials("a", "b")
    found = {
        client.meta.endpoint_url
        for partition in session.get_available_partitions()
        for service in ("iam", "sts")
        for region in [*session.get_available_regions(service, partition, allow_non_regional=True)[:40]]
        for client in [session.create_client(service, region_name=region)]
        if region.count("-") > 1 and "fips" not in region
    }
    assert len(found) > 30
    assert [url for url in sorted(found) if foreign([url])] == []


def test_the_domains_are_those_of_botocores_partitions():
    partitions = Loader().load_data("partitions")["partitions"]
    outputs = [one["outputs"] for one in partitions]
    assert {one[key] for one in outputs for key in ("dnsSuffix", "dualStackDnsSuffix")} <= set(DOMAINS)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"{SANDBOX}/", SANDBOX),
        ("http://user:secret@localhost:4566", "http://localhost:4566"),
        ("http://iam.amazonaws.com", "http://iam.amazonaws.com"),
        ("https://iam.amazonaws.com.evil.example", "https://iam.amazonaws.com.evil.example"),
        ("https://iam.s3.amazonaws.com", "https://iam.s3.amazonaws.com"),  # anybody's bucket
        ("https://iam-1.us-east-1.elb.amazonaws.com", "https://iam-1.us-east-1.elb.amazonaws.com"),
        ("https://ec2-1-2-3-4.compute-1.amazonaws.com", "https://ec2-1-2-3-4.compute-1.amazonaws.com"),
        ("https://iam.us-gov.amazonaws.com", None),
        ("https://iam-fips.amazonaws.com", None),
        ("https://iam.global.api.aws", None),
        ("https://vpce-0a1b-2c3d.sts.eu-west-1.vpce.amazonaws.com", None),
    ],
)
def test_an_endpoint_is_awss_by_its_whole_name(url, told):
    assert foreign(["https://sts.eu-west-1.amazonaws.com", url]) == told


class Elsewhere(Answering):
    def caller(self):
        caller = super().caller()
        return Caller(caller.arn, caller.account, SANDBOX)


@pytest.fixture
def answered(tmp_path, monkeypatch, capsys):
    """What a command prints about an account behind an endpoint that was left over."""
    monkeypatch.chdir(tmp_path)
    Path("iamspec.yaml").write_text(SPEC, encoding="utf-8")
    iam = Elsewhere()
    iam.given("CreateUser", UserName="bob")

    def run(*words):
        main(words, connect=lambda *_, **__: iam)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(
    ("words", "headline"),
    [
        (("plan",), HEADLINE),
        (("drift",), HEADLINE),
        (("plan", "--format", "awscli"), f"# {HEADLINE}"),
        (("apply", "--auto-approve"), HEADLINE),
        (("suspend", "bob", "--auto-approve"), HEADLINE),
        (("credentials", "bob"), HEADLINE),
        (("access", "bob", "--live"), HEADLINE),
        (("import",), f"# {HEADLINE}"),
        (("status",), f"{HEADLINE}\nSecurity status of account 123456789012"),
    ],
)
def test_the_first_line_names_an_endpoint_that_is_not_awss(answered, words, headline):
    """Kills: "No drift" about the sandbox of last week, whose AWS_ENDPOINT_URL is still set."""
    assert answered(*words).startswith(f"{headline}\n")


def test_a_comment_names_it_below_its_heading(answered):
    mark, heading, *below = [one for one in answered("plan", "--format", "markdown").splitlines() if one]
    assert (mark, heading.startswith("### iamspec: ")) == ("<!-- iamspec plan -->", True)
    assert f"**Endpoint `{SANDBOX}`: this is not AWS**" in below[:2]


@pytest.mark.parametrize(
    "words", [("plan",), ("drift",), ("credentials", "bob"), ("access", "bob", "--live"), ("status",)]
)
def test_programs_find_it_under_endpoint(answered, words):
    assert json.loads(answered(*words, "--format", "json"))["endpoint"] == SANDBOX


def test_a_snapshot_remembers_where_it_was_taken(answered):
    Path("saved.json").write_text(answered("snapshot"), encoding="utf-8")
    assert json.loads(Path("saved.json").read_text(encoding="utf-8"))["endpoint"] == SANDBOX
    assert answered("plan", "--snapshot", "saved.json").splitlines()[0] == HEADLINE
