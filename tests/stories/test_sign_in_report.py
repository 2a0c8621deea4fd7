"""Above 500 users IAM's credential report answers for those about whom it agrees with the spec, and who have no power."""

import json
from collections import Counter
from datetime import timedelta

import pytest
import yaml
from fake import FakeIam
from reports import content, row
from story import ACCOUNT, AWS, Story

from iamspec.commands import plan as commands, sign_in_report
from iamspec.errors import IamError

SIZE, MANY = 60, 50  # users; and how many are asked about one by one here, instead of 500
OWN_KEYS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
    ],
}
KEYS_OF_OTHERS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/ci/*"}],
}
ESCALATES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*"}],
}
REPORTS = ("GetCredentialReport", "GenerateCredentialReport")
ASKED = ("GetLoginProfile", "ListAccessKeys", "GetAccessKeyLastUsed")


class Reporting(FakeIam):
    """An account that answers with a credential report of `made`, of everybody then but the `late`, or with an error."""

    def __init__(self):
        super().__init__()
        self.report, self.made, self.late, self.counted = None, None, set(), Counter()

    def take(self):
        """The report of now."""
        self.made = self.state.clock
        self.report = content(*(self._row(one) for one in self.state.users.values() if one.name not in self.late))

    def _row(self, user):
        keys = list(user.keys.values())
        known = {"password_enabled": "true" if user.password else "false"}
        for number, key in enumerate(keys, 1):
            known[f"access_key_{number}_active"] = "true" if key.status == "Active" else "false"
            known[f"access_key_{number}_last_rotated"] = key.created.isoformat()
        return row(user.name, **known)

    def attempt_each(self, calls):
        return [self._reported(call) for call in calls]

    def read_each(self, calls):
        self.counted.update(call.operation for call in calls)
        return [None if isinstance(one, IamError) and one.missing else one for one in super().attempt_each(calls)]

    def _reported(self, call):
        self.counted[call.operation] += 1
        if call.operation == "GenerateCredentialReport":
            return {"State": "STARTED"}
        if call.operation == "GetCredentialReport":
            if self.report is None:
                return IamError(call.operation, "AccessDenied", "no")
            return {"Content": self.report, "GeneratedTime": self.made}
        return super().attempt_each([call])[0]


@pytest.fixture(scope="module")
def grown():
    """An account of many users with a password and a key each, and its spec."""
    iam = Reporting()
    iam.add_role("deploy")
    users = {}
    for number in range(SIZE):
        name = f"u{number:03}"
        iam.given("CreateUser", UserName=name)
        iam.given("CreateLoginProfile", UserName=name, Password="Correct-horse-7-battery-staple")
        iam.given("CreateAccessKey", UserName=name)
        users[name] = {"console": True, "access_keys": 1}
    iam.given("PutUserPolicy", UserName="u000", PolicyName="own", PolicyDocument=json.dumps(OWN_KEYS))
    users["u000"]["inline_policies"] = {"own": {"document": OWN_KEYS}}
    iam.state.clock += timedelta(days=40)
    iam.take()
    iam.state.clock += timedelta(hours=3)
    return iam, users


@pytest.fixture
def story(grown, tmp_path, monkeypatch, elsewhere):
    iam, users = grown
    monkeypatch.setattr(commands, "MANY", MANY)
    copy = Reporting()
    other = iam.copy()
    copy.state, copy.report, copy.made = other.state, iam.report, iam.made
    story = Story.__new__(Story)
    story.folder, story.iam = tmp_path, copy
    story.users = json.loads(json.dumps(users))
    return story


def written(story):
    text = f"{ACCOUNT}{yaml.safe_dump({'users': story.users})}"
    (story.folder / "iamspec.yaml").write_text(text, encoding="utf-8")


def asked(story, *words, command="drift"):
    """The exit code of a command, and the calls about sign-in that it made."""
    written(story)
    story.iam.counted.clear()
    code = story.run(command, str(story.folder), *words)
    return code, {name: story.iam.counted[name] for name in (*REPORTS, *ASKED) if story.iam.counted[name]}


def last(capsys):
    return next(line for line in capsys.readouterr().out.splitlines() if line.startswith("No drift"))


def told(story, users):
    return f"; sign-in of {users} users as of {story.iam.made:%H:%M} UTC"


def test_one_call_answers_for_all_and_the_headline_says_so(story, capsys):
    """Kills: 180 calls for an account that is as it should be, and a bare "No drift" of three hours ago."""
    assert asked(story) == (0, {"GetCredentialReport": 1})
    assert last(capsys) == f"No drift: account 123456789012 is what the spec says{told(story, SIZE)}."


def test_exact_asks_about_everybody(story, capsys):
    assert asked(story, "--exact") == (0, dict.fromkeys(ASKED, SIZE))
    assert last(capsys) == "No drift: account 123456789012 is what the spec says."


def test_up_to_500_users_are_asked_about():
    assert sign_in_report.MANY == 500


def test_as_many_users_as_that_are_asked_about(story):
    for number in range(MANY, SIZE):
        del story.users[f"u{number:03}"]
    assert asked(story)[1].get("GetCredentialReport") is None


def grant(story, name, document):
    story.iam.given("PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
    story.users[name]["inline_policies"] = {"p": {"document": document}}


def administrator(story, name):
    story.iam.given("AttachUserPolicy", UserName=name, PolicyArn=f"{AWS}AdministratorAccess")
    story.users[name]["policies"] = ["aws:AdministratorAccess"]


EXACT = {
    "an administrator": administrator,
    "a user who can become one": lambda story, name: grant(story, name, ESCALATES),
    "a user who may make keys for others": lambda story, name: grant(story, name, KEYS_OF_OTHERS),
    "a user who rotates": lambda story, name: story.users[name].update(
        access_keys={"active": 1, "rotate_after_days": 90}
    ),
    "a user whom the plan changes": lambda story, name: story.users[name].update(tags={"team": "x"}),
    "a user without the password that the spec says": lambda story, name: story.users[name].update(console=False),
}


@pytest.mark.parametrize("case", EXACT)
def test_who_matters_is_asked_about_exactly(story, case):
    """Kills: an administrator's key of this morning that a report of last night does not know."""
    EXACT[case](story, "u007")
    assert asked(story)[1] == {
        "GetCredentialReport": 1,
        "GetLoginProfile": 1,
        "ListAccessKeys": 1,
        "GetAccessKeyLastUsed": 1,
    }


def test_a_key_that_was_made_for_an_administrator_after_the_report_is_drift(story, capsys):
    administrator(story, "u007")
    story.iam.given("CreateAccessKey", UserName="u007")
    code, _ = asked(story)
    assert code == 2
    assert "user/u007" in capsys.readouterr().out


def test_twenty_are_three_calls_each_and_the_report_three_at_most(story, capsys):
    """Kills: the calls of one careful question for each of 5,000 users."""
    for number in range(20):
        administrator(story, f"u{number + 20:03}")
    story.iam.made -= timedelta(hours=5)
    fresh = story.iam.state.clock

    def again(call):
        story.iam.made = fresh

    story.iam.fail = None
    original = story.iam._reported

    def generated(call):
        if call.operation == "GenerateCredentialReport":
            again(call)
        return original(call)

    story.iam._reported = generated
    code, calls = asked(story)
    assert (code, calls) == (
        0,
        {"GetCredentialReport": 2, "GenerateCredentialReport": 1, **dict.fromkeys(ASKED, 20)},
    )
    assert sum(calls.values()) == 3 + 3 * 20
    assert told(story, SIZE - 20) in last(capsys)


def test_who_is_not_in_the_report_is_asked_about(story):
    story.iam.late = {"u009"}
    clock, story.iam.state.clock = story.iam.state.clock, story.iam.made
    story.iam.take()
    story.iam.state.clock = clock
    assert asked(story)[1]["ListAccessKeys"] == 1


def test_who_was_made_anew_after_the_report_is_asked_about(story):
    """Kills: the row of a user who is gone, taken for another user of that name."""
    for operation, params in (
        ("DeleteLoginProfile", {}),
        ("DeleteAccessKey", {"AccessKeyId": next(iter(story.iam.state.user("u009").keys))}),
        ("DeleteUser", {}),
        ("CreateUser", {}),
    ):
        story.iam.given(operation, UserName="u009", **params)
    code, calls = asked(story)
    assert (code, calls["GetLoginProfile"]) == (2, 1)


@pytest.mark.parametrize("case", ["denied", "too old", "unknown column", "damaged"])
def test_without_a_report_that_can_be_used_everybody_is_asked_about(story, capsys, case):
    if case == "denied":
        story.iam.report = None
    elif case == "too old":
        story.iam.made -= timedelta(hours=6)
    elif case == "unknown column":
        head, _, rest = story.iam.report.partition(b"\r\n")
        story.iam.report = head + b",passkey_active\r\n" + rest.replace(b"\r\n", b",false\r\n")
    else:
        story.iam.report = story.iam.report[:-200]
    code, calls = asked(story)
    assert (code, calls["ListAccessKeys"]) == (0, SIZE)
    assert "the sign-in of each user is asked for" in " ".join(capsys.readouterr().out.split())


def test_every_format_has_the_age(story, capsys):
    """Kills: a comment on a pull request that says no drift and not since when."""
    written(story)
    for name in ("text", "markdown", "json"):
        assert story.run("drift", str(story.folder), "--format", name) == 0
        shown = capsys.readouterr().out
        if name == "json":
            assert json.loads(shown)["sign_in"] == {"users": SIZE, "as_of": story.iam.made.isoformat()}
        else:
            assert told(story, SIZE) in shown


def test_an_apply_proves_what_it_changed_exactly(story, capsys):
    """Kills: a proof out of a report that was made before the apply."""
    story.users["u009"]["console"] = False
    code, calls = asked(story, "--auto-approve", "--allow", "recently-used:user/u009", command="apply")
    assert (code, calls["GetLoginProfile"]) == (0, 2)
    assert "proved: read again" in capsys.readouterr().err
