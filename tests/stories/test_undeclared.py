"""Undeclared entities: what each may do, how it signs in, and that the most dangerous stands first."""

import json

import pytest
from story import ACCOUNT, AWS, OWN, PRUNE, QUARANTINE, Story, seen

from iamspec.kinds.contract import Address
from iamspec.live.snapshot import SnapshotReader, parse
from iamspec.policy.actions import catalogue
from iamspec.policy.actions.escalation import Holder
from iamspec.policy.document import Document
from iamspec.review.undeclared import Undeclared

SPEC = f"{ACCOUNT}users: {{ann: {{}}}}\n"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
ARN = "arn:aws:iam::123456789012:user/eve"


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    story.user("ann")
    return story


def facts(story, spec=SPEC):
    """The facts of a plan without the times, which stand in tests of their own."""
    return [
        (str(one.address), one.administrator, one.escalates, one.console, one.active_keys, one.groups, one.kept)
        for one in story.plan(spec).undeclared
    ]


def intruder(story):
    """FINDINGS: an undeclared administrator with password and key."""
    story.user("intruder", policies=[f"{AWS}AdministratorAccess"])
    story.iam.given("CreateLoginProfile", UserName="intruder", Password="Secret-1234567")
    story.iam.given("CreateAccessKey", UserName="intruder")


def test_an_undeclared_administrator_with_password_and_key_is_known_whole(story):
    """Kills: the last line of a report, bare."""
    intruder(story)
    created = story.iam.state.user("intruder").created
    [one] = story.plan(SPEC).undeclared
    assert one == Undeclared(
        Address("user", "intruder"), administrator=True, escalates=False, console=True, active_keys=1, created=created
    )


@pytest.mark.parametrize(("command", "code"), [("plan", 0), ("drift", 2)])
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_an_undeclared_administrator_stands_first_in_every_report(story, capsys, command, code, form):
    """Kills: a report of 600 lines whose last line is the intruder."""
    intruder(story)
    (story.folder / "iamspec.yaml").write_text(f"{SPEC}groups: {{devs: {{}}}}\n", encoding="utf-8")
    assert story.run(command, str(story.folder), "--format", form) == code
    shown = capsys.readouterr().out
    begins = shown.index("user/intruder")
    assert begins < shown.index("group/devs")
    lines = "\n".join(shown[begins:].splitlines()[:3])
    for fact in ("administrator", "password", "1 active key", "created", "never used", "in no group"):
        assert fact in lines
    assert begins < 400


def test_the_most_dangerous_stand_first(story):
    """Kills: entities by name, so that an intruder called zoe stands at the end."""
    story.policy("old")
    story.group("ops", policies=[f"{AWS}IAMFullAccess"])
    story.user("bob")
    story.user("cid", groups=["ops"])
    story.iam.given("CreateAccessKey", UserName="cid")
    story.user("dan")
    story.iam.given("CreateAccessKey", UserName="dan")
    story.user("zoe", policies=[f"{AWS}AdministratorAccess"])
    assert facts(story) == [
        ("user/zoe", True, False, False, 0, (), None),
        ("user/cid", False, True, False, 1, ("ops",), None),
        ("group/ops", False, True, None, None, (), None),
        ("user/dan", False, False, False, 1, (), None),
        ("policy/old", False, False, None, None, (), None),
        ("user/bob", False, False, False, 0, (), None),
    ]


def test_an_undeclared_administrator_who_is_kept_is_drift_with_the_same_facts(story, capsys):
    """Kills: a stack that cannot be asked, behind which an administrator hides; drift exits 1 and says so."""
    intruder(story)
    story.iam.fail = lambda call: (call.service == "cloudformation" and _denied(call)) or None
    (story.folder / "iamspec.yaml").write_text(f"{PRUNE}users: {{ann: {{}}}}\n", encoding="utf-8")
    assert story.run("drift", str(story.folder)) == 1
    shown = capsys.readouterr()
    kept = "CloudFormation could not be asked whether a stack owns it: DescribeStackResources: AccessDenied: no"
    assert shown.err == "error: CloudFormation could not be asked whether a stack owns 1 entity\n"
    assert "  user/intruder  administrator\n      sign-in      password, 1 active key; never used\n" in shown.out
    assert f"      kept         {kept}\n" in shown.out


def _denied(call):
    from iamspec.errors import IamError

    return IamError(call.operation, "AccessDenied", "no")


def test_an_entity_of_a_stack_is_drift_with_the_reason_why_it_stays(story, capsys):
    """Kills: `kept` that protects from more than deletion."""
    intruder(story)
    story.iam.stacks = {"intruder": "app"}
    (story.folder / "iamspec.yaml").write_text(f"{PRUNE}users: {{ann: {{}}}}\n", encoding="utf-8")
    assert story.run("drift", str(story.folder), "--format", "json") == 2
    document = json.loads(capsys.readouterr().out)
    assert document["undeclared"] == ["user/intruder"]
    assert document["undeclared_details"] == [
        {
            "address": "user/intruder",
            "administrator": True,
            "escalates": False,
            "console": True,
            "active_keys": 1,
            "created": story.iam.state.user("intruder").created.isoformat(),
            "last_used": None,
            "groups": [],
            "kept": "the CloudFormation stack app owns it",
            "looks_like": None,
            "state": document["undeclared_details"][0]["state"],
        }
    ]


def test_a_quarantined_user_is_drift_even_if_declared(story):
    """Kills: an alarm above the words "No drift"."""
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=QUARANTINE)
    assert (story.plan(SPEC).plan.drifted, list(seen(story.plan(SPEC)))) == (True, ["alarms"])


def test_a_snapshot_says_nothing_of_passwords_and_keys(tmp_path, story):
    """Kills: "no password" of a user without a read of the password."""
    from iamspec.commands.plan import plan
    from iamspec.commands.snapshot import take_snapshot

    intruder(story)
    story.plan(SPEC)
    saved = SnapshotReader(parse(take_snapshot(story.iam).text(), "saved"), story.iam.now())
    [one] = plan([str(tmp_path)], saved).undeclared
    assert (one.administrator, one.console, one.active_keys, one.last_used) == (True, None, None, None)


def allow(action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return Document({"Version": "2012-10-17", "Statement": [statement]})


def deny(action):
    return Document({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": action, "Resource": "*"}]})


WAYS = {  # the policies, the boundary, and whether their holder can become an administrator
    "nothing": ([], None, False),
    "reading": ([allow(["s3:Get*", "iam:List*"])], None, False),
    "attaching to anybody": ([allow("iam:AttachUserPolicy")], None, True),
    "attaching to itself": ([allow("iam:AttachUserPolicy", ARN)], None, True),
    "attaching to itself by variable": (
        [allow("iam:PutUserPolicy", "arn:aws:iam::123456789012:user/${aws:username}")],
        None,
        True,
    ),
    "attaching to somebody else": ([allow("iam:AttachUserPolicy", f"{ARN}-2")], None, False),
    "own keys": ([allow("iam:CreateAccessKey", ARN)], None, False),
    "rewriting an own policy": ([allow("iam:CreatePolicyVersion", f"{OWN}p")], None, True),
    "joining an own group": ([allow("iam:AddUserToGroup", "arn:aws:iam::123456789012:group/g")], None, False),
    "writing into an own group": ([allow("iam:PutGroupPolicy", "arn:aws:iam::123456789012:group/g")], None, True),
    "in two documents": ([allow("iam:PassRole"), allow("cloudformation:CreateStack")], None, True),
    "half of it": ([allow("cloudformation:CreateStack")], None, False),
    "with MFA": ([allow("iam:AttachUserPolicy", Condition=MFA)], None, True),
    "with a boundary demanded": (
        [allow("iam:PutUserPolicy", Condition={"StringEquals": {"iam:PermissionsBoundary": f"{OWN}b"}})],
        None,
        False,
    ),
    "denied": ([allow("iam:*"), deny("iam:*")], None, False),
    "bounded": ([allow("iam:AttachUserPolicy")], allow("s3:*"), False),
    "bounded, but not in this": ([allow("iam:AttachUserPolicy")], allow(["s3:*", "iam:*"]), True),
}


@pytest.mark.parametrize("name", WAYS)
def test_who_can_become_an_administrator(name):
    """Kills: a way on the own ARN that is missed, and a self-service policy that is taken for a way."""
    documents, boundary, expected = WAYS[name]
    arns = (ARN, "arn:aws:iam::123456789012:group/g", f"{OWN}p")
    assert bool(Holder(documents, boundary, "eve", arns).escalations(catalogue())) is expected
