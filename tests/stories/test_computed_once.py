"""What a run works out about an account, it works out once for each time that it reads the account."""

import sys
from collections import Counter

import pytest
from story import OWN, Story

from iamspec.access import account as access
from iamspec.commands import saved  # noqa: F401 - whatever is watched must be loaded before
from iamspec.desired import granted
from iamspec.live import relations, simulate

WATCHED = {
    "powers of all principals": access.powers_of,
    "who names whom": relations.referrers_of,
    "who holds what": relations.holders_of,
    "who is in which group": relations.members_of,
    "the calls carried out": simulate.carry_out_all,
    "the grants of the spec": granted.all_granted,
}
ORDERING = ("iamspec.plan.order.", "iamspec.access.principals")  # simulates many orders, to find the best one
SPEC = """\
account: {id: '123456789012'}
tests: {reads: {users: [ann], allow: [{action: s3:GetObject}]}}
users: {ann: {groups: [devs], policies: [aws:IAMFullAccess]}, bob: {groups: [devs]}}
groups: {devs: {policies: [read]}}
policies: {read: {document: ALLOW}}
"""
ONCE = dict.fromkeys(list(WATCHED)[1:4], 1)  # relations, by sweep
PLANNED = ONCE | {"powers of all principals": 2, "the calls carried out": 1, "the grants of the spec": 2}
EMPTY = {
    "who holds what": 1,
    "who is in which group": 1,
    "the grants of the spec": 2,
}  # there are no calls to look at
RUNS = {  # the powers are those before and after the plan, the grants those of today and those without an end
    "plan": (("plan", "iam"), PLANNED),
    "drift": (("drift", "iam"), PLANNED),
    "apply": (("apply", "iam", "--auto-approve"), Counter(PLANNED) + Counter(EMPTY)),  # it reads the account twice
    "apply PLANFILE": (
        ("apply", "plan.json", "--auto-approve"),
        {
            "powers of all principals": 2,
            "the calls carried out": 1,
            "who names whom": 1,
            "who holds what": 1,
            "who is in which group": 1,
        },
    ),
}


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iam").mkdir()
    story = Story(tmp_path / "iam")
    story.policy("old")
    story.group("devs", policies=[f"{OWN}old"])
    story.user("bob", groups=["devs"], policies=["arn:aws:iam::aws:policy/ReadOnlyAccess"])
    story.plan(SPEC)  # writes the spec
    assert story.run("plan", "iam", "--out", "plan.json") == 0
    return story


@pytest.fixture
def counted(story, monkeypatch):
    """How often each of the computations was made since."""
    counts = Counter()

    def counting(name, function):
        def called(*arguments, **named):
            counts[name] += 1
            return function(*arguments, **named)

        return called

    for name, function in WATCHED.items():
        for place, module in list(sys.modules.items()):
            if place.startswith("iamspec.") and not place.startswith(ORDERING):
                for word, value in list(vars(module).items()):
                    if value is function:
                        monkeypatch.setattr(module, word, counting(name, function))
    return counts


@pytest.mark.parametrize("name", RUNS)
def test_each_computation_about_an_account_is_made_once_for_each_read(story, counted, name):
    """Kills: powers, relations or a simulation that are worked out again for a guard, a fingerprint or a report."""
    words, expected = RUNS[name]
    assert story.run(*words) in {0, 2}
    assert counted == Counter(expected)


def test_undo_computes_the_account_before_it_and_after_it(story, counted):
    """Kills: an undo that simulates the whole journal for each entity in it."""
    assert story.run("apply", "iam", "--auto-approve", "--journal", "journal") == 0
    counted.clear()
    assert story.run("undo", "journal", "--auto-approve", "--allow", "admin-quorum") == 0
    assert counted == {
        "powers of all principals": 2,
        "the calls carried out": 3,  # those that are certain, those that are possible, and those of the undo
        "who names whom": 3,  # now, and as the undo would leave users, then policies
        "who holds what": 1,
        "who is in which group": 1,
    }
