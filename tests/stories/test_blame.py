"""Who changed it: drift with the calls that made it, as the event history of the sandbox has them."""

import json
from datetime import UTC, datetime

import pytest
from render_plans import user
from story import ACCOUNT, Story
from test_sandbox import TRUST, client

from iamspec.cli import main
from iamspec.commands import blame as commands
from iamspec.commands.blame import MOST, last_apply
from iamspec.errors import IamError
from iamspec.iam import Account
from iamspec.live import aws
from iamspec.live.trail import events, lookup
from iamspec.render.blame import sentences
from iamspec.review.model import Blamed
from iamspec.sandbox import environment, running

SPEC = """
account: {id: "123456789012"}
users:
  ben: {groups: [ops]}
  chloe: {access_keys: {active: 0}}
groups:
  ops: {}
"""
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    with running() as found:
        for name, value in environment(found.endpoint, {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(aws, "LOOKUP_PAUSE", 0)
        (tmp_path / "iamspec.yaml").write_text(SPEC, encoding="utf-8")
        assert main(["apply", ".", "--auto-approve"]) == 0
        yield found


def session(sandbox):
    """A client of IAM in the session "jenkins" of the role deploy."""
    root = client(sandbox)
    trust = TRUST.replace('"Service": "ec2.amazonaws.com"', '"AWS": "123456789012"')
    arn = root.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    given = client(sandbox, "sts").assume_role(RoleArn=arn, RoleSessionName="jenkins")["Credentials"]
    return client(sandbox, given=given)


def report(capsys, *words):
    capsys.readouterr()
    code = main(["drift", ".", "--blame", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_each_drifted_entity_has_the_calls_that_made_it_with_who_made_them(sandbox, capsys):
    """Kills: a refused call that is blamed, the identity taken from what the caller said, an older call of apply."""
    jenkins, root = session(sandbox), client(sandbox)
    jenkins.create_user(UserName="intruder")
    jenkins.attach_user_policy(UserName="intruder", PolicyArn=ADMIN)
    jenkins.create_access_key(UserName="chloe")
    with pytest.raises(jenkins.exceptions.NoSuchEntityException):
        jenkins.remove_user_from_group(UserName="ben", GroupName="nobody")
    root.remove_user_from_group(UserName="ben", GroupName="ops")
    root.tag_user(UserName="ben", Tags=[{"Key": "x", "Value": "y"}])  # which is no drift

    code, out, _ = report(capsys, "--format", "json")
    assert code == 2
    found = {
        one["address"]: [(event["name"], event["identity"], event["session"]) for event in one["events"]]
        for one in json.loads(out)["blame"]
    }
    deploy = ("arn:aws:iam::123456789012:role/deploy", "jenkins")
    assert found == {
        "user/intruder": [("AttachUserPolicy", *deploy), ("CreateUser", *deploy)],
        "user/chloe": [("CreateAccessKey", *deploy)],
        "user/ben": [("RemoveUserFromGroup", "arn:aws:iam::123456789012:user/iamspec-sandbox", "")],
    }
    for name in ("text", "markdown", "html"):
        _, out, _ = report(capsys, "--format", name)
        assert "RemoveUserFromGroup" in out
        assert "jenkins" in out
        assert "127.0.0.1" in out


def test_without_the_permission_drift_says_so_and_goes_on(sandbox, capsys, monkeypatch):
    """Kills: a report that fails because a lookup was refused."""
    client(sandbox).create_user(UserName="intruder")
    once = aws.Aws._once

    def denied(self, call):
        if call.operation == "LookupEvents":
            raise aws.IamError(call.operation, "AccessDeniedException", "not authorized")
        return once(self, call)

    monkeypatch.setattr(aws.Aws, "_once", denied)
    code, out, err = report(capsys)
    assert code == 2
    assert "user/intruder" in out
    assert "note: not known who changed it: the permission cloudtrail:LookupEvents is missing" in err


def test_where_no_event_fits_it_says_not_known(sandbox, capsys, monkeypatch):
    client(sandbox).create_user(UserName="intruder")
    monkeypatch.setattr(commands, "events", lambda _: [])
    _, out, _ = report(capsys)
    assert "user/intruder  not known who changed it: no event of CloudTrail fits" in out


@pytest.mark.parametrize(("entities", "calls"), [(3, 3), (20, 20), (21, 1), (60, 2)])
def test_lookups_are_few(sandbox, capsys, monkeypatch, entities, calls):
    """Kills: a lookup for each of hundreds of entities, at two a second."""
    root = client(sandbox)
    for number in range(entities):
        root.create_user(UserName=f"u{number}")
    asked = []
    page = commands._Search._page
    monkeypatch.setattr(commands._Search, "_page", lambda search, call: asked.append(call) or page(search, call))
    code, out, _ = report(capsys, "--format", "json")
    assert (code, len(asked)) == (2, calls)
    assert len(asked) <= MOST
    assert all(one["events"] for one in json.loads(out)["blame"])


class Trail:
    """An event history: pages for each name, each with the names of its events; an error ends it."""

    def __init__(self, **pages):
        self.left, self.asked = {name: list(found) for name, found in pages.items()}, []

    def pages(self, call):
        name = call.params["LookupAttributes"][0]["AttributeValue"]
        self.asked.append(name)
        page = self.left[name].pop(0)
        if isinstance(page, Exception):
            raise page
        yield {
            "Events": [
                {"EventName": one, "EventTime": MIDNIGHT, "EventId": one, "CloudTrailEvent": RECORD} for one in page
            ],
            **({"NextToken": "more"} if self.left[name] else {}),
        }


MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)
RECORD = json.dumps({"userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/eve"}})


def blamed_by(tmp_path, trail, *names):
    """What each undeclared user is blamed on, and the sentence about lookups that were not made."""
    story = Story(tmp_path)
    for name in names:
        story.user(name)
    review, said = commands.with_blame(story.plan(f"{ACCOUNT}users: {{}}\n"), trail, tmp_path)
    return {one.address.name: (*(event.name for event in one.events), one.more) for one in review.blame}, said


READS = ["GetUser"] * 50


def test_older_events_are_read_only_of_who_is_not_explained_yet(tmp_path):
    """Kills: an intruder whose creation stands behind fifty reads of a scanner; pages of those who are explained."""
    trail = Trail(ann=[READS, READS, ["CreateUser"], READS], ben=[["CreateAccessKey"], ["CreateUser"]])
    found, said = blamed_by(tmp_path, trail, "ann", "ben")
    assert (found, said) == ({"ann": ("CreateUser", True), "ben": ("CreateAccessKey", True)}, "")
    assert trail.asked == ["ann", "ben", "ann", "ann"]


def test_the_budget_of_lookups_ends_and_the_report_says_so(tmp_path):
    """Kills: a search without an end, at two lookups a second, and a "not known" that sounds like the whole history."""
    trail = Trail(ann=[READS] * 90, ben=[READS, []])
    found, said = blamed_by(tmp_path, trail, "ann", "ben")
    assert (found, len(trail.asked)) == ({"ann": (True,), "ben": (False,)}, MOST)
    assert said == "not known who changed it for 1 entity: after 20 lookups of CloudTrail, older events were not read"
    assert [next(sentences(Blamed(user("x"), (), more))) for more in (True, False)] == [
        "not known who changed it: no event of CloudTrail fits; older events were not read",
        "not known who changed it: no event of CloudTrail fits; it keeps 90 days, and an event arrives minutes late",
    ]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (
            "ThrottlingException",
            "CloudTrail takes two questions a second from an account, and others are asking; try again later",
        ),
        ("AccessDeniedException", "the permission cloudtrail:LookupEvents is missing"),
    ],
)
def test_what_was_found_before_an_error_is_reported(tmp_path, code, said):
    """Kills: twelve answers that are thrown away because the thirteenth lookup was throttled."""
    trail = Trail(ann=[["CreateUser"]], ben=[IamError("LookupEvents", code, "no")])
    found = blamed_by(tmp_path, trail, "ann", "ben")
    assert found == ({"ann": ("CreateUser", False)}, f"not known who changed it for 1 of 2 entities: {said}")


def test_a_snapshot_has_no_events(sandbox, capsys, tmp_path):
    assert main(["snapshot", "--out", "live.json"]) == 0
    code, _, err = report(capsys, "--snapshot", "live.json")
    assert code == 1
    assert "--blame asks CloudTrail, and a snapshot has no events" in err


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-eusc", "eusc-de-east-1")],
)
def test_events_are_looked_up_where_iam_of_the_partition_is(partition, region):
    call = lookup(partition, "ann", None)
    assert (call.service, call.region, call.params["LookupAttributes"]) == (
        "cloudtrail",
        region,
        [{"AttributeKey": "ResourceName", "AttributeValue": "ann"}],
    )


@pytest.mark.parametrize(
    "record", ["not json", "[]", "null", '{"userIdentity": 3}', '{"errorCode": "AccessDenied"}', ""]
)
def test_a_record_that_cannot_be_read_breaks_nothing(record):
    found = events(
        {"Events": [{"EventName": "CreateUser", "EventTime": datetime.now(UTC), "CloudTrailEvent": record}, 3]}
    )
    assert [one.identity for one in found] in ([], [""])


def test_nothing_before_the_last_apply_explains_drift(sandbox, tmp_path):
    """Kills: the call of last year beside the call of last night, and the calls of iamspec's own apply."""
    found = last_apply(Account("123456789012", endpoint=sandbox.endpoint), tmp_path / ".iamspec")
    assert found is not None
    assert last_apply(Account("999999999999"), tmp_path / ".iamspec") is None
    assert last_apply(Account("123456789012"), tmp_path / "nowhere") is None


def test_two_lookups_a_second_and_no_more(monkeypatch):
    """Kills: an account whose event history nobody else can read for minutes."""
    clock, waits = [100.0], []
    monkeypatch.setattr(aws.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(aws.time, "sleep", lambda pause: (waits.append(pause), clock.__setitem__(0, clock[0] + pause)))
    port = aws.Aws.__new__(aws.Aws)
    port._lookups, port._next_lookup = aws.Lock(), 0.0
    for _ in range(3):
        port._pace()
    assert waits == [0.5, 0.5]
