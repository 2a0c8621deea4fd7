"""Accepted drift: an entity may stay in exactly the state that somebody has seen, and until a day."""

import json

import pytest
from story import ACCOUNT, ALLOW, AWS, OWN, PRUNE, QUARANTINE, Story, seen

from iamspec.commands.drift import drift
from iamspec.kinds.contract import Address
from iamspec.plan.state import state

FTP = Address("user", "ftp")
ANN = "users: {ann: {}}\n"


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    story.user("ann")
    story.group("old")
    story.user("ftp", groups=["old"], policies=[f"{AWS}ReadOnlyAccess"])
    story.iam.given("CreateAccessKey", UserName="ftp")
    return story


def states(story, spec=f"{ACCOUNT}{ANN}"):
    """The states that drift prints, by address."""
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    return {str(one): digest for one, digest in drift([str(story.folder)], story.iam).states.items()}


def entry(address, digest, until="2027-01-01"):
    return f'{{address: {address}, state: "{digest}", reason: "owner: storage", until: {until}}}'


def spec_of(*entries, base=f"{ACCOUNT}{ANN}"):
    return f"{base}drift: {{accept: [{', '.join(entries)}]}}\n"


def accepting(story, *addresses, base=f"{ACCOUNT}{ANN}"):
    """A spec that accepts these entities as they are now."""
    found = states(story, base)
    return spec_of(*(entry(one, found[one]) for one in addresses), base=base)


def reported(story, spec, capsys, *words):
    """The exit code of drift, and its report."""
    (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
    code = story.run("drift", str(story.folder), *words)
    return code, capsys.readouterr().out


def test_drift_prints_the_state_of_each_entity_and_accepts_it(story, capsys):
    """Kills: a digest that another command makes, and an accepted entity that is drift nevertheless."""
    code, shown = reported(story, f"{ACCOUNT}{ANN}", capsys, "--format", "json")
    document = json.loads(shown)
    found = {one["address"]: one["state"] for one in document["undeclared_details"]}
    assert (code, found) == (2, states(story))
    code, shown = reported(story, f"{ACCOUNT}{ANN}", capsys)
    assert all(f"  {digest}  {address}\n" in shown for address, digest in found.items())
    spec = spec_of(*(entry(address, digest) for address, digest in found.items()))
    code, shown = reported(story, spec, capsys)
    assert code == 0
    assert "Accepted until 2027-01-01, as it is: user/ftp (owner: storage)\n" in shown
    assert "\nNo drift: account 123456789012 is what the spec says.\n" in shown
    _, shown = reported(story, spec, capsys, "--format", "json")
    accepted = json.loads(shown)["accepted"]
    assert [(one["address"], one["state"], one["reason"], one["until"]) for one in accepted] == [
        (address, found[address], "owner: storage", "2027-01-01") for address in ("group/old", "user/ftp")
    ]


WRITE = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OTHER_STATES = {
    "policy": ("AttachUserPolicy", {"UserName": "ftp", "PolicyArn": f"{AWS}AdministratorAccess"}),
    "inline policy": ("PutUserPolicy", {"UserName": "ftp", "PolicyName": "x", "PolicyDocument": WRITE}),
    "reserved inline policy": (
        "PutUserPolicy",
        {"UserName": "ftp", "PolicyName": "iamspec-x", "PolicyDocument": WRITE},
    ),
    "second key": ("CreateAccessKey", {"UserName": "ftp"}),
    "password": ("CreateLoginProfile", {"UserName": "ftp", "Password": "Secret-1234567"}),
    "tag": ("TagUser", {"UserName": "ftp", "Tags": [{"Key": "a", "Value": "b"}]}),
    "path": ("UpdateUser", {"UserName": "ftp", "NewPath": "/x/"}),
    "membership": ("AddUserToGroup", {"UserName": "ftp", "GroupName": "external"}),
    "boundary": ("PutUserPermissionsBoundary", {"UserName": "ftp", "PermissionsBoundary": f"{AWS}ReadOnlyAccess"}),
    "policy of an external group": ("AttachGroupPolicy", {"GroupName": "external", "PolicyArn": f"{AWS}IAMFullAccess"}),
    "inline policy of an external group": (
        "PutGroupPolicy",
        {"GroupName": "external", "PolicyName": "x", "PolicyDocument": WRITE},
    ),
    "document of an external policy": (
        "CreatePolicyVersion",
        {"PolicyArn": f"{OWN}external", "PolicyDocument": WRITE, "SetAsDefault": True},
    ),
}


@pytest.mark.parametrize("name", OTHER_STATES)
def test_any_other_state_is_drift(story, name):
    """Kills: an acceptance of a key that covers a second key, and a state without the holders of the entity."""
    story.policy("external")
    story.group("external")
    if name != "membership":
        story.iam.given("AddUserToGroup", UserName="ftp", GroupName="external")
    story.iam.given("AttachUserPolicy", UserName="ftp", PolicyArn=f"{OWN}external")
    base = f"{ACCOUNT}{ANN}groups: {{external: {{external: true}}, old: {{}}}}\npolicies: {{external: {{external: true}}}}\n"
    spec = accepting(story, "user/ftp", base=base)
    assert not story.plan(spec).plan.drifted
    operation, params = OTHER_STATES[name]
    story.iam.given(operation, **params)
    found = story.plan(spec)
    place = f"{story.folder}/iamspec.yaml:5:18"
    assert (found.plan.drifted, seen(found)["undeclared"], found.notes) == (
        True,
        ["user/ftp"],
        (f"{place}: drift.accept[0]: user/ftp is not in the state that was accepted, so the entry has no effect",),
    )


def test_a_new_user_of_the_same_name_is_another_entity(story):
    """Kills: a state that is nothing but a name and policies."""
    spec = accepting(story, "user/ftp", "group/old")
    before = state(FTP, story.plan(spec).live)
    for one in list(story.iam.state.user("ftp").keys):
        story.iam.given("DeleteAccessKey", UserName="ftp", AccessKeyId=one)
    story.iam.given("RemoveUserFromGroup", UserName="ftp", GroupName="old")
    story.iam.given("DetachUserPolicy", UserName="ftp", PolicyArn=f"{AWS}ReadOnlyAccess")
    story.iam.given("DeleteUser", UserName="ftp")
    story.user("ftp", groups=["old"], policies=[f"{AWS}ReadOnlyAccess"])
    after = state(FTP, story.plan(spec).live)
    assert (before is None, after is None, before == after, story.plan(spec).plan.drifted) == (
        False,
        False,
        False,
        True,
    )


def test_the_use_of_a_key_changes_no_state(story):
    """Kills: an entry that ends whenever the user works."""
    spec = accepting(story, "user/ftp", "group/old")
    (key,) = story.iam.state.user("ftp").keys.values()
    key.used = story.iam.state.clock
    assert not story.plan(spec).plan.drifted


def test_a_new_member_of_an_accepted_group_is_drift(story):
    """Kills: an external user who joins an accepted group of administrators."""
    story.user("eve")
    base = f"{ACCOUNT}users: {{ann: {{}}, eve: {{external: true}}, ftp: {{external: true}}}}\n"
    spec = accepting(story, "group/old", base=base)
    assert not story.plan(spec).plan.drifted
    story.iam.given("AddUserToGroup", UserName="eve", GroupName="old")
    assert seen(story.plan(spec))["undeclared"] == ["group/old"]


def test_a_changed_entity_is_accepted_as_it_is_and_apply_heals_it(story, capsys):
    """Kills: an acceptance that turns into a rule for apply."""
    story.iam.given("AttachUserPolicy", UserName="ann", PolicyArn=f"{AWS}ReadOnlyAccess")
    base = f"{ACCOUNT}users: {{ann: {{}}, ftp: {{external: true}}}}\ngroups: {{old: {{external: true}}}}\n"
    spec = accepting(story, "user/ann", base=base)
    code, shown = reported(story, spec, capsys)
    assert (code, "ReadOnlyAccess" in shown) == (0, False)
    assert "Accepted until 2027-01-01, as it is: user/ann (owner: storage)\n" in shown
    assert [str(one.address) for one in story.plan(spec).changes] == ["user/ann"]


def test_an_accepted_entity_is_not_pruned_and_a_tombstone_is(story):
    """Kills: an apply that deletes what the settings accept as it is."""
    base = f"{PRUNE}{ANN}"
    spec = accepting(story, "user/ftp", "group/old", base=base)
    made = story.plan(spec)
    assert (seen(made).get("changes"), made.plan.drifted) == (None, False)
    assert seen(made)["kept"] == [
        "group/old: accepted until 2027-01-01: owner: storage",
        "user/ftp: accepted until 2027-01-01: owner: storage",
    ]
    gone = story.plan(f"{spec}absent: {{users: {{ftp: 2027-01-01}}}}\n")
    assert [str(one.address) for one in gone.changes] == ["user/ftp"]


def test_a_quarantine_is_drift_though_it_is_accepted(story, capsys):
    """Kills: an acceptance of a leaked key."""
    story.iam.given("AttachUserPolicy", UserName="ftp", PolicyArn=QUARANTINE)
    code, shown = reported(story, accepting(story, "user/ftp", "group/old"), capsys)
    assert (code, shown.startswith("ALARM")) == (2, True)


def test_an_entry_that_has_ended_or_fits_nothing_has_no_effect_and_is_a_note(story, capsys):
    """Kills: an end that is not looked at, and silence about entries of yesterday."""
    found = states(story)
    today = story.iam.now().date().isoformat()
    spec = spec_of(
        entry("user/ftp", found["user/ftp"], "2020-01-01"),
        entry("user/nobody", found["user/ftp"]),
        entry("group/old", found["group/old"], today),
        entry("user/ann", states(story, f"{ACCOUNT}")["user/ann"]),
    )
    place = f"{story.folder}/iamspec.yaml"
    notes = [
        f"{place}:3:18: drift.accept[0]: user/ftp ended on 2020-01-01 and has no effect any more; take the entry out",
        "there is no user/nobody in account 123456789012; take the entry out",
        "user/ann is what the spec says, so the entry has no effect; take it out",
    ]
    for command in ("plan", "drift"):
        for form in ("text", "markdown", "json"):
            (story.folder / "iamspec.yaml").write_text(spec, encoding="utf-8")
            assert story.run(command, str(story.folder), "--format", form) == (2 if command == "drift" else 0)
            shown = capsys.readouterr().out
            said = notes if form != "markdown" else ["has no effect any more", "take the entry out"]
            assert [note for note in said if note not in shown] == []
    made = story.plan(spec)
    assert seen(made)["undeclared"] == ["user/ftp"]


def test_a_snapshot_knows_no_passwords_so_nothing_of_a_user_is_accepted(story, capsys):
    """Kills: an acceptance that a snapshot confirms without having looked at keys."""
    from iamspec.commands.plan import plan
    from iamspec.commands.snapshot import take_snapshot
    from iamspec.live.snapshot import SnapshotReader, parse

    story.plan(accepting(story, "user/ftp", "group/old"))
    saved = SnapshotReader(parse(take_snapshot(story.iam).text(), "saved"), story.iam.now())
    made = plan([str(story.folder)], saved)
    assert (made.plan.drifted, [str(one.address) for one in made.plan.accepted]) == (True, ["group/old"])
    assert [note.rpartition("]: ")[2] for note in made.notes] == [
        "the password and keys of user/ftp are not known here, so nothing of it is accepted"
    ]


def test_the_state_of_a_role_out_of_scope_changes_with_its_policies(story):
    """Kills: a state for kinds of the spec alone."""
    story.policy("held", document=ALLOW)
    story.iam.add_role("app", attached=[f"{OWN}held"])
    role = Address("role", "app")
    before = state(role, story.plan(f"{ACCOUNT}{ANN}").live)
    story.iam.given("CreatePolicyVersion", PolicyArn=f"{OWN}held", PolicyDocument=WRITE, SetAsDefault=True)
    after = state(role, story.plan(f"{ACCOUNT}{ANN}").live)
    assert (len(before or ""), len(after or ""), before == after) == (40, 40, False)
