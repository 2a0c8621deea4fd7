"""Parts of a plan: entities that a target brings along or holds back, and the list of the rest."""

import json

import pytest
from story import ACCOUNT, ALLOW, OWN, PRUNE, Story, seen

from iamspec.cli import main
from iamspec.commands import plan as commands
from iamspec.commands.options import Options
from iamspec.errors import IamspecError


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Story(tmp_path)


SPEC = f"""{ACCOUNT}users: {{ann: {{groups: [devs]}}, bob: {{}}}}
groups: {{devs: {{policies: [deploy]}}, ops: {{}}}}
policies: {{deploy: {{document: ALLOW}}}}
"""


def part(story, spec, *targets, excluded=()):
    (story.folder / "iamspec.yaml").write_text(spec.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")
    options = Options(targets=targets, excluded=tuple(excluded))
    return commands.plan([str(story.folder)], story.iam, options)


def addresses(plan):
    return [str(one.address) for one in plan.changes], [str(one) for one in plan.plan.skipped]


CHOICES = {
    "one": (("user/bob",), (), ["user/bob"], ["group/devs", "group/ops", "policy/deploy", "user/ann"]),
    "with what it needs": (("user/ann",), (), ["policy/deploy", "group/devs", "user/ann"], ["group/ops", "user/bob"]),
    "a glob": (("group/*",), (), ["policy/deploy", "group/devs", "group/ops"], ["user/ann", "user/bob"]),
    "in another case": (("USER/BOB",), (), ["user/bob"], ["group/devs", "group/ops", "policy/deploy", "user/ann"]),
    "all but one": ((), ("user/ann",), ["policy/deploy", "group/devs", "group/ops", "user/bob"], ["user/ann"]),
    "some but one": (("user/*",), ("user/ann",), ["user/bob"], ["group/devs", "group/ops", "policy/deploy", "user/ann"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_a_part_is_what_was_asked_for_and_what_that_needs(story, name):
    targets, excluded, chosen, skipped = CHOICES[name]
    assert addresses(part(story, SPEC, *targets, excluded=excluded)) == (chosen, skipped)


def test_what_is_undeclared_and_was_not_asked_for_is_told_as_skipped(story, capsys):
    """Kills: a drift of a part that looks like one of the whole."""
    story.user("mallory")
    plan = part(story, SPEC, "group/ops")
    assert "user/mallory" in addresses(plan)[1]
    assert plan.plan.undeclared == ()
    assert main(["drift", "iamspec.yaml", "--target", "group/ops"], connect=lambda *_, **__: story.iam) == 2
    assert "Skipped, as not asked for:\n  group/devs\n  policy/deploy\n  user/ann\n  user/bob\n  user/mallory\n" in (
        capsys.readouterr().out
    )


def test_a_deletion_that_needs_the_rest_is_kept(story):
    story.policy("old")
    story.user("bob", policies=[f"{OWN}old"])
    plan = part(story, SPEC.replace(ACCOUNT, PRUNE), "policy/old")
    assert plan.changes == ()
    assert [f"{one.address}: {one.reason}" for one in plan.plan.kept] == [
        "policy/old: held by user/bob, which is not among the targets"
    ]


def test_the_guards_look_at_the_part_alone(story):
    """Kills: a tombstone elsewhere that stands in the way of everybody."""
    story.policy("old")
    story.iam.add_role("worker", attached=[f"{OWN}old"])
    spec = f"{SPEC}absent: {{policies: {{old: 2099-01-01}}}}\n"
    assert part(story, spec).refused
    assert not part(story, spec, "user/bob").refused


def test_apply_of_a_part_does_that_and_no_more(story):
    (story.folder / "iamspec.yaml").write_text(SPEC.replace("ALLOW", json.dumps(ALLOW)), encoding="utf-8")
    words = ["apply", "iamspec.yaml", "--auto-approve", "--target", "user/ann"]
    assert main(words, connect=lambda *_, **__: story.iam) == 0
    assert (story.names("users"), story.names("groups")) == (["ann"], ["devs"])


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nobody", '"nobody" is no address; write KIND/NAME, as in user/alice or group/*'),
        ("user/nobody", "user/nobody is neither declared nor live"),
    ],
)
def test_a_target_that_is_nothing_is_an_error(story, target, message):
    for choice in ({"targets": (target,)}, {"excluded": (target,)}):
        with pytest.raises(IamspecError) as refused:
            part(story, SPEC, *choice.get("targets", ()), excluded=choice.get("excluded", ()))
        assert str(refused.value) == message


def test_the_order_of_a_part_waits_for_nothing_that_is_left_out(story):
    """Kills: a revoke that is held back for a grant which nobody makes."""
    story.group("devs")
    story.user("ann", groups=["devs"])
    spec = f"{ACCOUNT}users: {{ann: {{}}, bob: {{groups: [devs]}}}}\ngroups: {{devs: {{}}}}\n"
    plan = part(story, spec, "user/ann")
    assert seen(plan)["steps"] == ["revoke RemoveUserFromGroup GroupName=devs UserName=ann"]
    assert plan.plan.connections == {}
