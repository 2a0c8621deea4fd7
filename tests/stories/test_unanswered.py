"""What the next run says of journals that hold calls without an answer, and when it stops saying so."""

import fcntl
import json
from datetime import timedelta
from pathlib import Path

import pytest
from fake import FakeIam

from iamspec.cli import main
from iamspec.commands.unanswered import unanswered
from iamspec.errors import IamError
from iamspec.iam import Call

SPEC = "account: {id: '123456789012'}\nusers: {ann: {access_keys: 1}, bob: {console: true}, cid: {tags: {a: b}}}\n"
APPLY = ("apply", "--auto-approve", "--credentials-out", "keys", "--parallelism", "1", "--allow", "reissue:user/ann", "--allow", "reissue:user/bob")  # fmt: skip


class Killed(BaseException):
    """The program ends here, as by kill -9: nothing after it is done."""


class Mortal(FakeIam):
    """An account whose caller dies in a call: before IAM hears of it, or before the answer is heard."""

    dies, heard = "", True

    def write(self, call, *, patient=False):
        if call.operation == self.dies and not self.heard:
            raise Killed
        answer = super().write(call, patient=patient)
        if call.operation == self.dies:
            raise Killed
        return answer


@pytest.fixture
def iam(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("iamspec.yaml").write_text(SPEC, encoding="utf-8")
    return Mortal()


def run(iam, *words):
    return main(words, connect=lambda *_, **__: iam)


def killed(iam, operation, *, heard=True):
    """An apply that dies in a call; the journal that it leaves."""
    iam.dies, iam.heard = operation, heard
    with pytest.raises(Killed):
        run(iam, *APPLY)
    iam.dies = ""
    [journal] = Path(".iamspec").glob("*.jsonl")
    return journal


def said(iam):
    """What of it is said, without the head that names the journal and the foot that says until when."""
    head, *lines, foot = unanswered(iam)
    [journal] = [one for one in Path(".iamspec").glob("*.jsonl") if str(one) in head]
    assert head.startswith(f"{journal}: the run of 2026-01-01 ")
    assert head.endswith("UTC, which was broken off, has calls without an answer:")
    assert foot == f"  this is said until it is mended, or until {journal} is moved out of .iamspec"
    return lines


def keys(iam):
    return [one["id"] for one in iam.dump()["users"]["ann"]["keys"]]


def test_a_key_whose_secret_was_lost_is_named_until_it_is_gone(iam):
    """Kills: an active key that nobody holds, and a next run that has nothing to do."""
    killed(iam, "CreateAccessKey")
    [key] = keys(iam)
    delete = f"aws iam delete-access-key --user-name ann --access-key-id {key}"
    assert said(iam) == [f"  key {key} of user/ann was made and its secret lost; delete it: {delete}"]
    iam.given("DeleteAccessKey", UserName="ann", AccessKeyId=key)
    assert unanswered(iam) == []


def test_a_key_that_was_never_made_is_not_named(iam):
    killed(iam, "CreateAccessKey", heard=False)
    assert unanswered(iam) == []


def test_a_key_of_another_day_or_of_another_journal_is_not_taken_for_it(iam):
    """Kills: a report that never ends, because the user has got a key since."""
    killed(iam, "CreateAccessKey", heard=False)
    iam.state.clock += timedelta(days=2)
    iam.given("CreateAccessKey", UserName="ann")
    assert unanswered(iam) == []


def test_a_key_whose_secret_is_in_a_file_is_delivered_and_one_in_half_a_file_is_to_be_moved(iam):
    killed(iam, "CreateAccessKey")
    [key] = keys(iam)
    place = Path("keys/.ann.csv.part")
    place.write_text(f"ann,,{key},secret,\r\n", encoding="ascii")
    assert said(iam) == [f"  key {key} of user/ann was made, and its secret is in {place}: move it to its owner"]
    place.rename("keys/ann.csv")
    assert unanswered(iam) == []


def test_a_password_that_was_stored_and_never_set_is_named_until_its_file_is_gone(iam):
    """Kills: a person who waits at the console with a password that is none."""
    killed(iam, "CreateLoginProfile", heard=False)
    assert said(iam) == ["  the password in keys/bob.csv was never set; remove it: rm keys/bob.csv"]
    Path("keys/bob.csv").unlink()
    assert unanswered(iam) == []


def test_a_password_that_was_set_is_in_its_file_and_no_loss(iam):
    killed(iam, "CreateLoginProfile")
    assert unanswered(iam) == []


def test_other_calls_in_doubt_are_named_until_a_later_run_has_ended(iam):
    killed(iam, "CreateUser")
    calls = ", ".join(f"user/{name}  CreateUser" for name in ("ann", "bob", "cid"))
    assert said(iam) == [f"  not known whether carried out, the plan shows what is left: {calls}"]
    iam.state.clock += timedelta(minutes=1)
    assert run(iam, *APPLY) == 0
    assert unanswered(iam) == []


def test_and_a_day_at_most(iam):
    """Kills: a note about a call of last year, where no run has had anything to do since."""
    killed(iam, "CreateUser")
    iam.state.clock += timedelta(days=1, minutes=1)
    assert unanswered(iam) == []


def test_of_another_account_or_endpoint_nothing_is_said(iam):
    """Kills: the journal of a sandbox that is held against production."""
    journal = killed(iam, "CreateAccessKey")
    first, *rest = journal.read_text(encoding="ascii").splitlines()
    other = json.loads(first) | {"endpoint": "http://127.0.0.1:4566"}
    journal.write_text("".join(f"{line}\n" for line in [json.dumps(other), *rest]), encoding="ascii")
    assert unanswered(iam) == []


def test_a_run_that_goes_on_is_left_alone(iam):
    """Kills: an alarm about the calls in flight of the apply in the next window."""
    journal = killed(iam, "CreateAccessKey")
    with journal.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert unanswered(iam) == []
    assert unanswered(iam) != []


def test_what_cannot_be_asked_is_said(iam):
    killed(iam, "CreateAccessKey")
    iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "ListAccessKeys" else None
    )
    why = "ListAccessKeys: AccessDenied: no"
    assert said(iam) == [f"  whether a key of user/ann was made cannot be found out: {why}"]


def test_a_file_that_is_no_journal_is_named_and_hinders_nothing(iam, capsys):
    Path(".iamspec").mkdir()
    Path(".iamspec/x.jsonl").write_text("no\n", encoding="ascii")
    assert run(iam, "plan") == 0
    assert capsys.readouterr().err == ".iamspec/x.jsonl: line 1 is no JSON\n"


@pytest.mark.parametrize("words", [("plan",), ("drift",), APPLY, ("suspend", "bob", "--auto-approve")])
def test_each_command_that_plans_says_it_first_on_stderr(iam, words, capsys):
    journal = killed(iam, "CreateAccessKey")
    capsys.readouterr()
    run(iam, *words)
    assert capsys.readouterr().err.startswith(f"{journal}: the run of ")


def test_a_snapshot_is_not_asked_what_became_of_keys(iam, capsys):
    killed(iam, "CreateAccessKey")
    run(iam, "snapshot", "--out", "account.json")
    capsys.readouterr()
    run(iam, "plan", "--snapshot", "account.json")
    assert capsys.readouterr().err == ""


def test_a_journal_says_where_its_secrets_went_and_at_which_endpoint(iam):
    first = json.loads(killed(iam, "CreateAccessKey").read_text(encoding="ascii").splitlines()[0])
    assert (first["sink"], first["endpoint"]) == ("keys", None)


def test_a_key_that_could_neither_be_stored_nor_deleted_is_in_doubt(iam):
    """Kills: a key that a run has told of once, and no run after it."""
    assert run(iam, *APPLY) == 0
    iam.given("DeleteAccessKey", UserName="ann", AccessKeyId=keys(iam)[0])
    Path("iamspec.yaml").write_text(SPEC, encoding="utf-8")
    iam.fail = lambda call: (
        IamError(call.operation, "AccessDenied", "no") if call.operation == "DeleteAccessKey" else None
    )
    real = iam.write

    def write(call, *, patient=False):
        answer = real(call, patient=patient)
        if call.operation == "CreateAccessKey":
            Path("keys").chmod(0o700)
            for one in Path("keys").iterdir():
                one.unlink()
            Path("keys").rmdir()
        return answer

    iam.write = write
    iam.state.clock += timedelta(minutes=1)
    assert run(iam, *APPLY) == 1
    iam.write, iam.fail = real, lambda _: None
    [key] = keys(iam)
    assert any(f"key {key} of user/ann was made and its secret lost" in line for line in unanswered(iam))
    assert Call("DeleteAccessKey", {"UserName": "ann", "AccessKeyId": key}) in iam.writes
