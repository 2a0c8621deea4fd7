"""Apply with secrets to hand over: refusals, secrets that wait, and the last lines."""

import json
import re
import signal

import pytest
from fake import FakeIam

from iamspec.cli import main
from iamspec.errors import IamError
from iamspec.iam import Account
from iamspec.plan.fingerprint import digest

SPEC = "account: {id: '123456789012'}\nusers: {ann: {console: true, access_keys: 1}, bob: {groups: [devs]}}\ngroups: {devs: {}}\n"
NEEDS = (
    "error: this plan makes secrets, and there is no place for them (user/ann: an access key, a password): "
    "pass --credentials-out (DIR, age:RECIPIENT, secretsmanager:PREFIX or stdout), or --defer-credentials to run all the "
    "rest; nothing was changed\n"
)
WAITS = "waiting for credentials: user/ann: an access key, a password; run apply with --credentials-out --allow reissue:user/ann for them\n"
SIGN_IN = "sign in at https://123456789012.signin.aws.amazon.com/console\n"


class Desk:
    """An account, and somebody who types commands about it."""

    def __init__(self, folder, capsys, iam=None):
        self.folder, self.iam, self._capsys = folder, iam or FakeIam(), capsys
        self.iam.add_role("deploy")
        self.write(SPEC)

    def write(self, spec):
        (self.folder / "spec").mkdir(exist_ok=True)
        (self.folder / "spec" / "iamspec.yaml").write_text(spec, encoding="utf-8")

    def types(self, *words):
        """The exit code, and what was said on stdout and on stderr."""
        self._capsys.readouterr()
        code = main(list(words), connect=lambda *_, **__: self.iam)
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def apply(self, *words):
        return self.types("apply", "--auto-approve", *words)

    def made(self, start=0):
        return [call.operation for call in self.iam.writes[start:]]


@pytest.fixture
def desk(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


def fingerprint(out):
    return re.findall("sha256:[0-9a-f]{64}", out)[-1]


def test_without_a_sink_apply_refuses_before_the_first_call_and_names_who(desk):
    code, _, err = desk.apply("spec")
    assert (code, err, desk.iam.writes) == (1, NEEDS, [])


def test_a_plan_without_secrets_needs_no_sink(desk):
    desk.write("account: {id: '123456789012'}\nusers: {ann: {}}\n")
    assert desk.apply("spec")[0] == 0


def test_a_sink_and_waiting_exclude_each_other(desk):
    code, _, err = desk.apply("spec", "--credentials-out", "out", "--defer-credentials")
    message = "error: --credentials-out and --defer-credentials exclude each other\n"
    assert (code, err, desk.iam.writes) == (1, message, [])


@pytest.mark.parametrize("saved", [False, True])
def test_deferred_credentials_wait_and_a_later_apply_makes_them(desk, saved):
    """Kills: a new colleague who holds up a revocation, and one who is forgotten."""
    if saved:
        assert desk.types("plan", "spec", "--out", "plan.json")[0] == 0
    what = "plan.json" if saved else "spec"
    code, _, err = desk.apply(what, "--defer-credentials")
    assert code == 0
    assert err.endswith(f"proved: read again, and nothing else is left to do for 123456789012\n{WAITS}")
    assert sorted(desk.made()) == ["AddUserToGroup", "CreateGroup", "CreateUser", "CreateUser"]
    # a user who exists without a credential: it may have been taken away
    assert desk.apply("spec", "--credentials-out", "out")[0] == 1
    code, out, err = desk.apply("spec", "--credentials-out", "out", "--allow", "reissue:user/ann")
    assert (code, desk.made(4)) == (0, ["CreateAccessKey", "CreateLoginProfile"])
    assert out.endswith(SIGN_IN)
    assert err.endswith("nothing is left to do for 123456789012\ncredentials of user/ann: out/ann.csv\n")
    assert desk.types("plan", "spec", "--detailed-exitcode")[0] == 0


def test_if_nothing_but_credentials_is_left_deferring_does_nothing_and_says_who_waits(desk):
    desk.apply("spec", "--defer-credentials")
    done = len(desk.iam.writes)
    code, _, err = desk.apply("spec", "--defer-credentials")
    assert (code, desk.made(done)) == (0, [])
    assert err == f"proved: read again, and nothing else is left to do for 123456789012\n{WAITS}"


@pytest.mark.parametrize("saved", [False, True])
def test_who_waits_for_a_credential_holds_up_nobody_else(desk, saved):
    """Kills: a guard that complains about deferred credentials, so that no plan passes until they are handed over."""
    desk.apply("spec", "--defer-credentials")
    desk.write(SPEC.replace("groups: {devs: {}}", "groups: {devs: {}, ops: {}}"))
    done = len(desk.iam.writes)
    code, out, _ = desk.types("plan", "spec", "--out", "plan.json")
    assert (code, "refused  reissue  user/ann" in out) == (1, True)
    code, out, _ = desk.types("plan", "spec", "--defer-credentials", "--out", "plan.json")
    assert (code, "reissue" in out, "console: false → true" in out) == (0, False, True)
    what = "plan.json" if saved else "spec"
    assert desk.apply(what, "--expect", fingerprint(out), "--defer-credentials")[0] == 0
    assert desk.made(done) == ["CreateGroup"]


def test_a_key_that_is_only_switched_on_does_not_wait(desk):
    """Kills: a deferral that takes the guard away from what is done all the same."""
    desk.apply("spec", "--credentials-out", "out")
    [key] = desk.iam.state.user("ann").keys.values()
    key.status = "Inactive"
    code, out, _ = desk.types("plan", "spec", "--defer-credentials")
    assert (code, f"would be given {key.id} again" in out) == (1, True)


@pytest.mark.parametrize("saved", [False, True])
def test_a_proof_in_spite_of_waiting_is_one(desk, saved, monkeypatch):
    """Kills: a remainder that is thrown away with the credentials in it."""
    desk.types("plan", "spec", "--out", "plan.json")
    forgotten = desk.iam.write

    def write(call, *, patient=False):
        return {} if call.operation == "AddUserToGroup" else forgotten(call, patient=patient)

    monkeypatch.setattr(desk.iam, "write", write)
    code, _, err = desk.apply("plan.json" if saved else "spec", "--defer-credentials")
    message = "error: every call succeeded, but this is still to be done: something else is changing this account\n"
    assert (code, err.endswith(f"{message}{WAITS}")) == (1, True)


def test_the_fingerprint_is_the_same_whether_credentials_wait_or_not(desk):
    """Kills: a reviewed plan that a pipeline without a sink cannot run."""
    expected = fingerprint(desk.types("plan", "spec")[1])
    assert desk.apply("spec", "--defer-credentials", "--expect", "sha256:other")[0] == 1
    assert desk.iam.writes == []
    assert desk.apply("spec", "--defer-credentials", "--expect", expected)[0] == 0


@pytest.mark.parametrize("words", [["out"], ["age:age1nobody"], ["secretsmanager:"]])
def test_the_sink_is_tried_before_the_first_call(desk, words, tmp_path):
    """Kills: half of a plan carried out before anybody finds that there is no room."""
    (tmp_path / "out").write_text("a file", encoding="ascii")
    if words == ["secretsmanager:"]:
        desk.iam.attempt_each = lambda calls: [IamError(one.operation, "AccessDeniedException", "no") for one in calls]
    code, _, err = desk.apply("spec", "--credentials-out", *words)
    assert (code, desk.iam.writes, err.count("\n")) == (1, [], 1)


def test_standard_output_has_the_secrets_when_asked_by_name_and_the_address_last(desk):
    code, out, _ = desk.apply("spec", "--credentials-out", "stdout")
    user = desk.iam.state.user("ann")
    assert code == 0
    assert out.count(user.password.text) == 1
    assert [out.count(f"secret-of-{key}") for key in user.keys] == [1]
    assert out.endswith(SIGN_IN)


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "signin.aws.amazon.com"),
        ("aws-cn", "signin.amazonaws.cn"),
        ("aws-us-gov", "signin.amazonaws-us-gov.com"),
    ],
)
@pytest.mark.parametrize(("written", "name"), [("", "old"), (", alias: new", "new"), (", alias: null", "123456789012")])
def test_the_last_line_says_where_to_sign_in_by_the_alias_as_it_is_then(
    tmp_path, capsys, monkeypatch, partition, host, written, name
):
    """Kills: the address that stopped working a second ago, and that of another part of AWS."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, capsys, FakeIam(Account("123456789012", partition)))
    desk.iam.given("CreateAccountAlias", AccountAlias="old")
    desk.write(f"account: {{id: '123456789012'{written}}}\nusers: {{ann: {{console: true}}}}\n")
    code, out, _ = desk.apply("spec", "--credentials-out", "out")
    link = f"https://{name}.{host}/console"
    assert (code, out.splitlines()[-1]) == (0, f"sign in at {link}")
    assert (tmp_path / "out" / "ann.csv").read_text(encoding="utf-8").splitlines()[1].endswith(f",,,{link}")


def test_no_address_is_given_to_a_machine(desk):
    desk.write("account: {id: '123456789012'}\nusers: {ci: {access_keys: 1}}\n")
    code, out, err = desk.apply("spec", "--credentials-out", "out")
    assert (code, "sign in" in out) == (0, False)
    assert err.endswith("credentials of user/ci: out/ci.csv\n")


def test_ctrl_c_between_key_and_password_leaves_each_with_its_owner_or_nowhere(desk, tmp_path, monkeypatch):
    """Kills: an interrupt after which the sink and IAM have different secrets."""
    made = desk.iam.write
    heard_before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

    def write(call, *, patient=False):
        answer = made(call, patient=patient)
        if call.operation == "CreateAccessKey":
            signal.getsignal(signal.SIGINT)(signal.SIGINT, None)  # at once: a real signal waits for the main thread
        return answer

    monkeypatch.setattr(desk.iam, "write", write)
    try:
        code, _, err = desk.apply("spec", "--credentials-out", "out", "--parallelism", "1")
    finally:
        signal.signal(signal.SIGINT, heard_before)
    user = desk.iam.state.user("ann")
    [key] = user.keys
    assert (code, user.password) == (130, None)
    assert "skip user/ann  CreateLoginProfile: interrupted\n" in err
    assert err.endswith("credentials of user/ann: out/ann.csv\n")
    assert (tmp_path / "out" / "ann.csv").read_text(encoding="utf-8").splitlines()[1] == f"ann,,{key},secret-of-{key},"
    code, out, _ = desk.apply("spec", "--credentials-out", "out", "--allow", "reissue:user/ann")
    assert (code, sorted(one.name for one in (tmp_path / "out").iterdir())) == (0, ["ann.csv", "ann~2.csv"])
    assert out.endswith(SIGN_IN)
    assert desk.types("plan", "spec", "--detailed-exitcode")[0] == 0


def test_what_was_delivered_is_said_even_if_the_run_breaks_off(desk, monkeypatch):
    """Kills: a file with a key that no message names."""
    made = desk.iam.write

    def write(call, *, patient=False):
        if call.operation == "CreateLoginProfile":
            raise OSError(28, "No space left on device", "journal")
        return made(call, patient=patient)

    monkeypatch.setattr(desk.iam, "write", write)
    code, _, err = desk.apply("spec", "--credentials-out", "out", "--parallelism", "1")
    assert (code, err.endswith("credentials of user/ann: out/ann.csv\nerror: journal: No space left on device\n")) == (
        1,
        True,
    )


# Saved plans


def test_a_saved_plan_hands_over_what_it_makes(desk, tmp_path):
    desk.types("plan", "spec", "--out", "plan.json")
    assert desk.apply("plan.json")[1:] == (desk.types("plan", "spec")[1], NEEDS)
    assert desk.iam.writes == []
    code, out, err = desk.apply("plan.json", "--credentials-out", "out")
    user = desk.iam.state.user("ann")
    [key] = user.keys
    assert (code, out.endswith(SIGN_IN)) == (0, True)
    assert err.endswith("nothing is left to do for 123456789012\ncredentials of user/ann: out/ann.csv\n")
    line = (tmp_path / "out" / "ann.csv").read_text(encoding="utf-8").splitlines()[1]
    assert line == f"ann,{user.password.text},{key},secret-of-{key},{SIGN_IN.rsplit(maxsplit=1)[-1]}"


@pytest.mark.parametrize(
    ("operation", "params"),
    [("CreateLoginProfile", {"Password": "Somebody-else-7"}), ("CreateAccessKey", {})],
)
def test_a_saved_plan_is_refused_if_somebody_has_given_its_user_a_credential_meanwhile(desk, operation, params):
    """Kills: a second key for who has got one by now, and a password that is replaced."""
    desk.iam.given("CreateUser", UserName="ann")
    assert desk.types("plan", "spec", "--out", "plan.json", "--allow", "reissue:user/ann")[0] == 0
    desk.iam.given(operation, UserName="ann", **params)
    code, _, err = desk.apply("plan.json", "--credentials-out", "out", "--allow", "reissue:user/ann")
    message = "error: plan.json: user/ann has changed since; nothing was run, plan again\n"
    assert (code, err, desk.iam.writes) == (1, message, [])


def test_a_saved_plan_does_not_ask_about_credentials_of_users_whose_own_it_leaves_alone(desk):
    """Kills: a plan refused because somebody has got a key that has nothing to do with it."""
    desk.iam.given("CreateUser", UserName="bob")
    desk.types("plan", "spec", "--out", "plan.json")
    desk.iam.given("CreateAccessKey", UserName="bob")
    assert desk.apply("plan.json", "--credentials-out", "out")[0] == 0


def forged(path, change):
    """A saved plan that somebody has changed, with the checksum and the fingerprint that it should have."""
    from iamspec.saved import plan_file as planfile

    raw = json.loads(path.read_text(encoding="utf-8"))
    change(raw)
    for _ in range(2):  # the fingerprint is in what the checksum is about
        raw["checksum"] = digest({key: value for key, value in raw.items() if key != "checksum"})
        path.write_text(json.dumps(raw), encoding="utf-8")
        raw["fingerprint"] = planfile._plan(planfile.read(path.read_text(encoding="utf-8"), "")).fingerprint
    raw["checksum"] = digest({key: value for key, value in raw.items() if key != "checksum"})
    path.write_text(json.dumps(raw), encoding="utf-8")
    return raw["fingerprint"]


def test_a_forged_plan_for_somebody_without_a_key_is_a_complaint_again(desk, tmp_path):
    """Kills: guards that were asked when the plan was made, and believed ever after."""
    desk.iam.given("CreateUser", UserName="mallory")
    desk.write("users: {mallory: {access_keys: 1}}\n")
    code, _, err = desk.types("plan", "spec", "--out", "plan.json")
    assert (code, err) == (1, "refused: apply would not run this plan\n")
    forged(tmp_path / "plan.json", lambda raw: raw.update(complaints=[]))
    code, out, err = desk.apply("plan.json", "--credentials-out", "out")
    assert (code, err, desk.iam.writes) == (1, "refused: nothing was changed\n", [])
    assert "reissue" in out


def test_a_key_for_somebody_whom_the_plan_has_not_looked_at_is_no_plan(desk, tmp_path):
    desk.iam.given("CreateUser", UserName="mallory")
    desk.write("users: {ann: {access_keys: 1}}\n")
    desk.types("plan", "spec", "--out", "plan.json")

    def change(raw):
        for step in raw["steps"]:
            if step["operation"] == "CreateAccessKey":
                step["params"]["UserName"] = "mallory"

    forged(tmp_path / "plan.json", change)
    code, _, err = desk.apply("plan.json", "--credentials-out", "out")
    assert (code, desk.iam.writes) == (1, [])
    assert err.startswith("error: plan.json: ")
    assert "CreateAccessKey is not about user/ann" in err


RECIPIENTS = (
    "age1rlq3474clvaa5rq3ck8sfl3uvltynspy735tlny3n5ncus002peq0cd823",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
)


@pytest.mark.parametrize("whom", RECIPIENTS)
def test_a_saved_plan_knows_for_whom_secrets_are_encrypted(desk, tmp_path, whom):
    desk.write(f"users: {{ann: {{console: true, deliver_to: '{whom}'}}, bob: {{access_keys: 1}}}}\n")
    desk.types("plan", "spec", "--out", "plan.json")
    assert desk.apply("plan.json", "--credentials-out", "out")[0] == 0
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == ["ann.csv.age", "bob.csv"]


def test_another_recipient_is_another_fingerprint(desk, tmp_path):
    """Kills: a plan that was reviewed for one reader and is run for another."""
    spec = f"users: {{ann: {{console: true, deliver_to: {RECIPIENTS[0]}}}}}\n"
    desk.write(spec)
    expected = fingerprint(desk.types("plan", "spec", "--out", "plan.json")[1])
    other = forged(tmp_path / "plan.json", lambda raw: raw["changes"][0].update(deliver_to=None))
    assert other != expected
    code, _, err = desk.apply("plan.json", "--credentials-out", "out", "--expect", expected)
    message = f"refused: this plan is not the one that was expected ({expected}); nothing was changed\n"
    assert (code, err, desk.iam.writes) == (1, message, [])


def test_undo_takes_back_what_was_handed_over(desk):
    """Kills: an undo that leaves a user with nothing but a key."""
    _, _, err = desk.apply("spec", "--credentials-out", "out")
    journal = err.splitlines()[0].removeprefix("journal: ")
    assert desk.types("undo", "--auto-approve", journal)[0] == 0
    assert desk.iam.dump()["users"] == {}


def test_undo_of_credentials_for_who_was_there_takes_those_only(desk):
    desk.iam.given("CreateUser", UserName="ann")
    desk.iam.given("CreateUser", UserName="bob")
    desk.iam.given("CreateGroup", GroupName="devs")
    desk.iam.given("AddUserToGroup", UserName="bob", GroupName="devs")
    before = desk.iam.dump()
    code, _, err = desk.apply("spec", "--credentials-out", "out", "--allow", "reissue:user/ann")
    journal = err.splitlines()[0].removeprefix("journal: ")
    assert (code, desk.types("undo", "--auto-approve", journal)[0]) == (0, 0)
    assert desk.iam.dump() == before


class Patient(FakeIam):
    """An account that may be read six times after a run, as that of AWS."""

    looked = 0

    def looks(self):
        for _ in range(6):
            self.looked += 1
            yield


@pytest.mark.parametrize("saved", [False, True])
def test_an_account_in_which_only_credentials_wait_is_read_once_after_the_run(tmp_path, capsys, monkeypatch, saved):
    """Kills: the reads and pauses of an account that is not what it should be, where nothing but secrets is left."""
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, capsys, Patient())
    if saved:
        assert desk.types("plan", "spec", "--out", "plan.json")[0] == 0
    assert desk.apply("plan.json" if saved else "spec", "--defer-credentials")[0] == 0
    assert desk.iam.looked == 1
