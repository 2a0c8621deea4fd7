"""A large account is read while its spec is checked. What a command answers does not depend on it."""

from collections import Counter
from threading import Event

import pytest
from fake import ACCOUNT, FakeIam
from test_call_counts import exit_code, made, settled, spec_of, sweep, write

from iamspec.commands import ahead, plan as commands, validate
from iamspec.errors import IamError, InvalidSpec

SIZE = (8, 2, 60)
WAIT = 60.0  # seconds after which a test gives up
OTHER = "999999999999"


@pytest.fixture(autouse=True)
def many(monkeypatch):
    """Every spec of these tests is a large one."""
    monkeypatch.setattr(ahead, "MANY", 1)


class Refusing(FakeIam):
    """An account that does not say who asks, and notes that it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = Event()

    def caller(self):
        self.asked.set()
        raise IamError("GetCallerIdentity", "ExpiredToken", "the token has ended")


def test_the_sweep_begins_before_the_checks_end(tmp_path, monkeypatch):
    """Kills: a sweep that waits for the checks."""
    _, iam = settled(tmp_path, SIZE, SIZE[2])
    check, read, asked = validate.check, iam.caller, Event()

    def waiting(spec):
        assert asked.wait(WAIT), "nobody asked the account while the spec was checked"
        return check(spec)

    def noted():
        asked.set()
        return read()

    monkeypatch.setattr(validate, "check", waiting)
    monkeypatch.setattr(iam, "caller", noted)
    assert commands.plan([str(tmp_path)], iam).changes == ()
    assert iam.counted == sweep(SIZE) | {"GetResources": 1}


@pytest.mark.parametrize("least", [1, 10_000], ids=["ahead", "after"])
def test_the_plan_is_the_same_whenever_the_account_is_read(tmp_path, monkeypatch, least):
    """Kills: a reading ahead that loses tags, names or the account of the command line."""
    monkeypatch.setattr(ahead, "MANY", least)
    spec, iam = spec_of(SIZE, SIZE[2]), made(spec_of(SIZE, SIZE[2]))
    del spec["users"]["u1"]["groups"]
    spec["policies"]["p3"]["tags"] = {"a": "c"}
    review = commands.plan(write(tmp_path, spec), iam)
    assert [(str(one.address), len(one.steps)) for one in review.changes] == [("policy/p3", 1), ("user/u1", 1)]


def test_a_faulty_spec_is_told_and_not_the_account_that_refuses(tmp_path):
    """Kills: a refused call that hides what is wrong with the spec."""
    spec, iam = spec_of(SIZE), Refusing()
    spec["users"]["u1"]["groups"] = ["nowhere"]
    with pytest.raises(InvalidSpec, match='no group "nowhere" is declared'):
        commands.plan(write(tmp_path, spec), iam)
    assert iam.asked.wait(WAIT)


def test_a_spec_whose_files_are_faulty_asks_nobody(tmp_path):
    """Kills: calls for a spec that cannot be read."""
    spec, iam = spec_of(SIZE), Refusing()
    spec["users"]["u1"]["colour"] = "red"
    with pytest.raises(InvalidSpec, match="colour"):
        commands.plan(write(tmp_path, spec), iam)
    assert not iam.asked.is_set()


def test_a_refused_call_ends_the_command(tmp_path):
    """Kills: a failure of the sweep that is lost with its thread."""
    with pytest.raises(IamError, match="the token has ended"):
        commands.plan(write(tmp_path, spec_of(SIZE)), Refusing())


def test_the_spec_of_another_account_is_refused_before_the_account_is_swept(tmp_path, capsys):
    """Kills: an account that is compared with the spec of another."""
    spec, (_, iam) = spec_of(SIZE), settled(tmp_path, SIZE)
    spec["account"]["id"] = OTHER
    assert exit_code(iam, "plan", *write(tmp_path, spec)) == 1
    assert f"this spec is for account {OTHER}, but the credentials are for {ACCOUNT.id}" in capsys.readouterr().err
    assert iam.counted == Counter({"GetCallerIdentity": 1})
