"""Questions about access to a spec and to an account: the answer, the deciding statements, and the unknown facts."""

import json
import re
from pathlib import Path

import pytest
from faulty import written
from story import ALLOW, AWS, DENY, OWN, Story

from iamspec.access import questions
from iamspec.access.declared import spec_book
from iamspec.access.questions import NOT_MODELLED, context
from iamspec.cli import main
from iamspec.commands.access import ask as asked, live_book
from iamspec.commands.snapshot import take_snapshot
from iamspec.commands.validate import validate
from iamspec.errors import IamspecError
from iamspec.live.snapshot import SnapshotReader, parse
from iamspec.policy.evaluate import Answer, Request
from iamspec.render.access import ACCESS_FORMATS

NOTE = f"note: {NOT_MODELLED}\n"
SPEC = {
    "users.yaml": """\
users:
  ann:
    groups: [devs]
  bob:
    policies: [deploy, no-delete]
  eve:
    groups: [devs, legacy]
  fay:
    groups: [devs]
    permissions_boundary: deploy
    inline_policies:
      own:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Action: "s3:DeleteObject", Resource: "*"}]
groups:
  devs: {policies: [deploy]}
  legacy: {external: true}
""",
    "policies.yaml": """\
policies:
  deploy:
    document:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: "s3:Get*", Resource: "arn:aws:s3:::b/*"}
        - Effect: Allow
          Action: "s3:PutObject"
          Resource: "arn:aws:s3:::b/*"
          Condition: {Bool: {aws:MultiFactorAuthPresent: "true"}}
  no-delete:
    document: {file: no-delete.json}
""",
    "no-delete.json": """\
{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Deny",
    "Action": ["s3:Delete*", "s3:GetObject"],
    "Resource": "arn:aws:s3:::b/*"
  }
}
""",
}
KEY = "arn:aws:s3:::b/k"


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, SPEC)
    return spec_book(validate(["spec"])[0])


def ask(book, *words, who=False, context=(), form="text"):
    return ACCESS_FORMATS[form](asked(book, words, context, who=who))


def test_an_answer_says_why_and_where(book):
    assert ask(book, "ann", "s3:GetObject", KEY) == (
        f"user/ann: allowed: s3:GetObject on {KEY}\n"
        "  Allow by Statement[0] of policy/deploy through group/devs at spec/policies.yaml:6:11\n"
        f"{NOTE}"
    )


def test_a_statement_in_a_file_of_its_own_is_found_there(book):
    """The bug: an explicit deny in another policy than the one that allows is overlooked."""
    assert ask(book, "bob", "s3:GetObject", KEY) == (
        f"user/bob: denied: s3:GetObject on {KEY}: explicit deny\n"
        "  Deny by Statement[0] of policy/no-delete at spec/no-delete.json:3:16\n"
        f"{NOTE}"
    )


def test_what_nobody_allows_is_denied(book):
    assert ask(book, "ann", "iam:CreateUser") == f"user/ann: denied: iam:CreateUser: implicit deny\n{NOTE}"


def test_a_condition_that_is_not_known_makes_it_depend(book):
    """The bug: an unknown key is taken for a key that the request lacks."""
    assert ask(book, "ann", "s3:PutObject", KEY) == (
        f"user/ann: depends: s3:PutObject on {KEY}: depends on aws:MultiFactorAuthPresent\n"
        "  Allow by Statement[1] of policy/deploy through group/devs at spec/policies.yaml:7:11, "
        "if aws:MultiFactorAuthPresent\n"
        f"{NOTE}"
    )
    known = ("aws:MultiFactorAuthPresent=true",)
    assert ask(book, "user/ann", "s3:putobject", KEY, context=known).startswith(
        f"user/ann: allowed: s3:PutObject on {KEY} with aws:MultiFactorAuthPresent=true\n"
    )
    assert ask(book, "ann", "s3:PutObject", KEY, context=("aws:MultiFactorAuthPresent=",)).startswith(
        "user/ann: denied: "
    )


def test_a_boundary_keeps_out_what_a_policy_allows(book):
    """The bug: a boundary that grants, or a boundary that is ignored."""
    answer = ask(book, "fay", "s3:DeleteObject", KEY)
    assert answer == (
        f"user/fay: denied: s3:DeleteObject on {KEY}: the permissions boundary does not allow it\n"
        "  Allow by Statement[0] of user/fay inline_policies.own at spec/users.yaml:14:21\n"
        f"{NOTE}"
    )
    assert ask(book, "fay", "s3:GetObject", KEY).splitlines()[0] == f"user/fay: allowed: s3:GetObject on {KEY}"


def test_what_an_external_group_gives_is_not_known(book):
    """The bug: a group that the spec does not describe gives nothing."""
    assert ask(book, "eve", "iam:CreateUser") == (
        f"user/eve: depends: iam:CreateUser: depends on group/legacy, whose documents are not known here\n{NOTE}"
    )
    found = questions.ask(book, book.of("eve"), Request("iam:CreateUser"))
    assert (found.answer, found.unknown) == (Answer.DEPENDS, ("group/legacy",))


def test_what_is_not_known_gives_nothing_beyond_a_boundary_or_against_a_deny(tmp_path, monkeypatch):
    """The bug: a policy that nobody could read makes every answer depend."""
    monkeypatch.chdir(tmp_path)
    spec = SPEC["users.yaml"].replace(
        "groups: [devs]\n    permissions_boundary", "groups: [legacy]\n    permissions_boundary"
    )
    written(
        tmp_path, {**SPEC, "users.yaml": spec.replace("policies: [deploy, no", "groups: [legacy]\n    policies: [no")}
    )
    book = spec_book(validate(["spec"])[0])
    requests = Request("iam:CreateUser"), Request("s3:GetObject", KEY)
    assert [questions.ask(book, book.of(name), one).answer for name in ("fay", "bob") for one in requests] == [
        *(Answer.DENIED, Answer.DEPENDS, Answer.DEPENDS, Answer.DENIED),
    ]


WHEREVER = """\
users:
  ann: {policies: [own], tags: {team: a}}
  bob: {policies: [own]}
  guest: {external: true}
policies:
  own:
    document:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: "iam:GetUser", Resource: "arn:aws:iam::${iamspec:account_id}:user/*"}
        - Effect: Allow
          Action: "s3:GetObject"
          Resource: "*"
          Condition: {StringEquals: {aws:PrincipalTag/team: a}, StringNotEquals: {aws:PrincipalAccount: "999999999999"}}
"""


def told(book, *words):
    return {name: ask(book, name, *words).splitlines()[0].partition(f" {words[0]}")[2] for name in ("ann", "bob")}


def test_what_a_spec_does_not_say_of_its_account_and_users_is_not_known(tmp_path, monkeypatch):
    """The bugs: a spec for any account is one for a certain account; tags that are not managed are none."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"a.yaml": WHEREVER})
    book = spec_book(validate(["spec"])[0])
    user = "arn:aws:iam::111122223333:user/x"
    assert ask(book, "ann", "iam:GetUser", user).splitlines()[0].endswith(": depends on account.id")
    assert told(book, "s3:GetObject") == {
        "ann": ": depends on aws:PrincipalAccount",
        "bob": ": depends on aws:PrincipalAccount, aws:PrincipalTag/team",
    }
    written(tmp_path, {"iamspec.yaml": 'account: {id: "111122223333"}\n'})
    book = spec_book(validate(["spec"])[0])
    assert told(book, "iam:GetUser", user) == {"ann": f" on {user}", "bob": f" on {user}"}
    assert told(book, "s3:GetObject") == {"ann": "", "bob": ": depends on aws:PrincipalTag/team"}


def test_of_an_external_user_nothing_is_known(tmp_path, monkeypatch):
    """The bug: somebody who exists and is not described here may do nothing."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"a.yaml": WHEREVER})
    book = spec_book(validate(["spec"])[0])
    assert ask(book, "iam:CreateUser", who=True) == (
        f"user/guest: depends: iam:CreateUser: depends on user/guest, whose documents are not known here\n{NOTE}"
    )


def test_a_question_with_a_wildcard_is_about_all_that_it_stands_for(book):
    """The bug: a wildcard in a question is one sign of a name."""
    assert ask(book, "ann", "s3:GetObject", "arn:aws:s3:::b/*").startswith("user/ann: allowed: ")
    assert ask(book, "ann", "s3:GetObject", "arn:aws:s3:::*").startswith("user/ann: depends: ")
    assert ask(book, "ann", "s3:GetObject", "arn:aws:s3:::c/*").startswith("user/ann: denied: ")


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:ListAllMyBuckets", "*", "allowed"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", "allowed"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::b/*", "denied"),
        ("s3:ListBucket", "arn:aws:s3:::b", "depends"),  # it works on a bucket, and nobody knows on which
        ("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/i-1", "denied"),
        ("ec2:DescribeInstances", "*", "allowed"),
        ("ec2:DescribeInstances", "arn:aws:ec2:*:*:*", "depends"),  # the guide says nothing of it
        ("iam:ListUsers", "arn:aws:iam::123456789012:user/*", "depends"),  # IAM checks a path
    ],
)
def test_an_action_that_works_on_no_resource_is_about_the_account(tmp_path, monkeypatch, action, resource, answer):
    """Kills: "depends" on the resource, where the action has none."""
    monkeypatch.chdir(tmp_path)
    statement = f"{{Effect: Allow, Action: '{action.partition(':')[0]}:*', Resource: '{resource}'}}"
    document = f"{{Version: '2012-10-17', Statement: [{statement}]}}"
    test = f"{{users: [ann], {'deny' if answer == 'denied' else 'allow'}: ['{action}']}}"
    settings = f"tests: {{it: {test}}}\n"
    written(tmp_path, {"iamspec.yaml": f"{settings}users: {{ann: {{inline_policies: {{own: {document}}}}}}}\n"})
    if answer == "depends":
        with pytest.raises(IamspecError, match=r"depends|that depends"):
            validate(["spec"])
        written(tmp_path, {"iamspec.yaml": f"users: {{ann: {{inline_policies: {{own: {document}}}}}}}\n"})
    made = spec_book(validate(["spec"])[0])
    assert ask(made, "ann", action).startswith(f"user/ann: {answer}: {action}")
    (shown,) = [json.loads(ask(made, "ann", action, form="json"))["question"]["resource"]]
    assert shown == "*"


def test_everybody_who_may_is_named_and_nobody_else(book):
    answer = ask(book, "s3:GetObject", KEY, who=True)
    assert [line.partition(": ")[0] for line in answer.splitlines() if line.startswith("user/")] == [
        *("user/ann", "user/eve", "user/fay"),
    ]
    assert ask(book, "iam:CreateUser", who=True).startswith("user/eve: depends: ")


def test_nobody_is_an_answer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"a.yaml": "users: {ann: {}}\n"})
    nobody = spec_book(validate(["spec"])[0])
    assert ask(nobody, "iam:CreateUser", who=True) == f"nobody may do iam:CreateUser\n{NOTE}"
    assert ask(nobody, "ann") == f"user/ann: nothing is allowed\n{NOTE}"


def test_without_an_action_it_is_all_that_a_user_may_do(book):
    lines = ask(book, "ann").splitlines()
    assert re.fullmatch(
        r"user/ann: \d+ actions \(s3: 1 write, \d+ read\), on some resource or under some condition", lines[0]
    )
    assert [line.partition(":")[0] for line in lines[1:]] == ["  s3", "risk", "note"]
    few = ask(book, "fay")  # within the boundary
    assert "s3:DeleteObject" not in few
    assert ask(book, "eve").splitlines()[-2] == "not known what they say: group/legacy"


def test_as_data_an_answer_is_whole(book):
    data = json.loads(ask(book, "ann", "s3:PutObject", KEY, form="json"))
    assert data == {
        "format_version": 1,
        "endpoint": None,
        "user": None,
        "question": {"action": "s3:PutObject", "resource": KEY, "context": {}, "who": False},
        "through": [],
        "others": [],
        "answers": [
            {
                "address": "user/ann",
                "answer": "depends",
                "note": "depends on aws:MultiFactorAuthPresent",
                "grounds": [
                    {
                        "effect": "Allow",
                        "policy": "policy/deploy",
                        "path": ["document", "Statement", 1],
                        "through": "group/devs",
                        "missing": ["aws:MultiFactorAuthPresent"],
                        "file": "spec/policies.yaml",
                        "line": 7,
                        "column": 11,
                    }
                ],
                "unknown": [],
            }
        ],
        "summary": None,
        "unknown": [],
        "not_modelled": NOT_MODELLED,
    }
    summary = json.loads(ask(book, "fay", form="json"))
    assert (summary["user"], summary["question"], summary["answers"]) == ("user/fay", None, [])
    assert set(summary["summary"]) == {"actions", "levels", "risks", "services"}
    assert "s3:GetObject" in summary["summary"]["actions"]


def test_control_characters_reach_no_terminal(book):
    evil = "arn:aws:s3:::\x1b[31m\x9b"
    for form in ACCESS_FORMATS:
        assert ask(book, "ann", "s3:GetObject", evil, form=form).replace("\n", "").isprintable()


def test_who_is_not_there_is_an_error(book):
    with pytest.raises(IamspecError, match="there is no user/zoe"):
        book.of("zoe")


@pytest.mark.parametrize("pair", ["aws:x", "x=1", "=1"])
def test_a_condition_key_is_written_with_its_value(pair):
    with pytest.raises(IamspecError, match="write KEY=VALUE"):
        context([pair])


def test_one_key_in_two_cases_has_two_values():
    """Kills: one of the two values is lost."""
    assert context(["aws:TagKeys=a", "AWS:tagkeys=b"]) == {"aws:TagKeys": ("a", "b")}


def test_a_context_that_contradicts_the_spec_is_refused(tmp_path, monkeypatch):
    """Kills: a value that is shown in the answer and ignored in it."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"a.yaml": WHEREVER, "iamspec.yaml": 'account: {id: "111122223333"}\n'})
    book = spec_book(validate(["spec"])[0])
    question = ("ann", "s3:GetObject", KEY)
    for pair, said in (
        ("AWS:PrincipalTag/team=b", 'AWS:PrincipalTag/team of user/ann is "a", not "b"'),
        ("aws:PrincipalTag/x=b", 'aws:PrincipalTag/x of user/ann is absent, not "b"'),
        ("aws:username=eve", 'aws:username of user/ann is "ann", not "eve"'),
    ):
        with pytest.raises(IamspecError, match=f"^{re.escape(f'--context: {said}; leave it out of the context')}$"):
            ask(book, *question, context=(pair,))
    assert ask(book, *question, context=("aws:PrincipalTag/team=a",)).startswith("user/ann: allowed: ")
    assert ask(book, "bob", *question[1:], context=("aws:PrincipalTag/team=b",)).startswith("user/bob: denied: ")
    with pytest.raises(IamspecError, match=r"aws:username of user/ann .* \(and so for 2 more\)$"):
        ask(book, *question[1:], who=True, context=("aws:username=zoe",))


SELF = """\
users:
  bob: {policies: [self]}
policies:
  self:
    document:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Action: "iam:*", Resource: "arn:aws:iam::123456789012:user/${aws:username}"}
        - {Effect: Allow, Action: "s3:*", Resource: "arn:aws:s3:::data/*"}
"""


def test_a_question_about_one_resource_has_a_certain_answer(tmp_path, monkeypatch):
    """Kills: "depends on Resource" where nothing is left open, so that a right entry of `tests` fails."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path, {"a.yaml": SELF, "iamspec.yaml": 'account: {id: "123456789012"}\n'})
    book = spec_book(validate(["spec"])[0])
    user = "arn:aws:iam::123456789012:user/"
    requests = (
        ("iam:GetUser", f"{user}zoe"),
        ("iam:GetUser", f"{user}bob"),
        ("iam:GetUser", f"{user}*"),
        ("s3:DeleteBucket", "arn:aws:s3:::data"),
        ("s3:DeleteBucket", "arn:aws:s3:::data*"),
    )
    found = [questions.ask(book, book.of("bob"), Request(*one, wild=True)).answer.value for one in requests]
    assert found == ["denied", "allowed", "depends", "denied", "depends"]


def test_a_condition_key_may_have_no_value_or_several():
    assert context(["a:b=1", "a:b=2", "c:d=", "e:f=x=y"]) == {"a:b": ("1", "2"), "c:d": (), "e:f": ("x=y",)}


# An account


def test_live_documents_of_aws_are_read(tmp_path):
    story = Story(tmp_path)
    story.policy("get", document=ALLOW)
    story.policy("no", document=DENY)
    story.user("ann", policies=[f"{AWS}AdministratorAccess"])
    story.user("bob", policies=[f"{AWS}ReadOnlyAccess"])
    story.user("eve", policies=[f"{OWN}get", f"{OWN}no"])
    live = live_book(story.iam)
    assert ask(live, "ann") == f"user/ann: every action there is, on some resource or under some condition\n{NOTE}"
    assert ask(live, "bob") == (
        f"user/bob: 1 action: sts:GetCallerIdentity, on some resource or under some condition\n  sts: 1 read\n{NOTE}"
    )
    assert ask(live, "eve", "s3:GetObject") == (
        f"user/eve: denied: s3:GetObject: explicit deny\n  Deny by Statement[0] of policy/no\n{NOTE}"
    )
    assert [one.address.name for one in questions.who(live, Request("s3:GetObject"))] == ["ann"]


def test_a_captured_account_answers(data: Path):
    """A Deny in a policy holds against an Allow in another policy."""
    text = (data / "account-authorization-details.json").read_text(encoding="utf-8")
    live = live_book(SnapshotReader(parse(text, "capture")))
    user = "fp2-allow-and-deny-multiple-policies-user"
    assert ask(live, user, "s3:GetObject", KEY) == (
        f"user/{user}: denied: s3:GetObject on {KEY}: explicit deny\n  Deny by Statement[0] of policy/deny-all\n{NOTE}"
    )
    assert ask(live, user) == f"user/{user}: nothing is allowed\n{NOTE}"
    assert user not in {one.address.name for one in questions.who(live, Request("iam:CreateUser"))}
    assert "obama" in {one.address.name for one in questions.who(live, Request("iam:CreateUser"))}


def test_every_user_of_a_captured_account_gets_an_answer_with_denies_across_policies(data: Path, capsys):
    """The bug: a Deny holds in its own policy only, or a user of the capture cannot be asked about."""
    capture = data / "account-authorization-details.json"
    users = [one["UserName"] for one in json.loads(capture.read_text(encoding="utf-8"))["UserDetailList"]]
    live = live_book(SnapshotReader(parse(capture.read_text(encoding="utf-8"), "capture")))
    for user in users:
        for action in ("s3:GetObject", "iam:CreateUser", "iam:CreatePolicyVersion"):
            found = questions.ask(live, live.of(user), Request(action))
            denies = [one for one in found.grounds if one.reason.effect == "Deny" and not one.reason.missing]
            assert not denies or found.answer is Answer.DENIED
    assert len(users) == 44
    asked = ["fp2-allow-and-deny-multiple-policies-user", "fp3-deny-iam-user", "obama", "biden"]
    answers = []
    for user in asked:
        assert main(["access", user, "iam:CreateUser", "--snapshot", str(capture), "--format", "json"]) == 0
        (one,) = json.loads(capsys.readouterr().out)["answers"]
        answers.append((one["address"], one["answer"], sorted({ground["effect"] for ground in one["grounds"]})))
    assert answers == [
        (f"user/{asked[0]}", "denied", ["Deny"]),
        (f"user/{asked[1]}", "denied", ["Deny"]),
        ("user/obama", "allowed", ["Allow"]),
        ("user/biden", "denied", []),
    ]


# The command


def test_the_command_asks_a_spec_or_a_saved_account(book, tmp_path, capsys):
    assert main(["access", "ann", "s3:GetObject", KEY, "--spec", "spec"]) == 0
    assert capsys.readouterr().out.startswith("user/ann: allowed: ")
    story = Story(tmp_path)
    story.user("zoe")
    (tmp_path / "saved.json").write_text(take_snapshot(story.iam).text())
    assert main(["access", "--who", "s3:GetObject", "--snapshot", "saved.json"]) == 0
    assert capsys.readouterr().out == f"nobody may do s3:GetObject\n{NOTE}"
    assert main(["access", "nobody", "--spec", "spec"]) == 1
    assert "there is no user/nobody" in capsys.readouterr().err


def test_the_command_answers_with_a_warning_while_an_entry_of_tests_fails(book, capsys):
    """Kills: no answer in the hour in which somebody asks why a test fails."""
    Path("spec/iamspec.yaml").write_text("tests: {it: {users: [ann], deny: ['s3:GetObject']}}\n", encoding="utf-8")
    assert main(["access", "ann", "s3:GetObject", KEY, "--spec", "spec"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("user/ann: allowed: ")
    assert shown.err == (
        "spec/iamspec.yaml:1:35: warning: tests.it.deny[0]: user/ann should be denied s3:GetObject, but that depends: "
        "Allow by Statement[0] of policy/deploy through group/devs at spec/policies.yaml:6:11, if Resource\n"
    )
