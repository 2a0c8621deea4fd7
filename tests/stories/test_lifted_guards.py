"""Complaints that the settings lift: an entry covers a guard, an entity, and only the change that was seen."""

import json
from datetime import timedelta

import pytest
from story import ACCOUNT, ALLOW, AWS, DENY, OWN, PRUNE, Story

from iamspec.commands.saved import load, ready
from iamspec.errors import IamspecError, InvalidSpec

PROTECTED = "guards: {{protected: {{policies: [fence]}}{more}}}\n"
FENCE = "policies: {{fence: {{document: {document}}}}}\n"


@pytest.fixture
def story(tmp_path):
    story = Story(tmp_path)
    story.policy("fence", document=DENY)
    return story


def settings(*entries, document="ALLOW", base=ACCOUNT):
    more = f", allow: [{', '.join(entries)}]" if entries else ""
    return base + PROTECTED.format(more=more) + FENCE.format(document=document)


def entry(story, change, guard="protected", address="policy/fence", days=5):
    until = story.iam.now().date() + timedelta(days=days)
    about = f"address: {address}, " if address else ""
    return f'{{guard: {guard}, {about}change: "{change}", reason: "moved: see issue 7", until: {until}}}'


def change_of(story, spec):
    (one,) = story.plan(spec).complaints
    return one.change


def test_an_entry_lifts_the_complaint_about_exactly_this_change(story, capsys):
    """Kills: a permission for an entity that allows whatever its next change is."""
    change = change_of(story, settings())
    spec = settings(entry(story, change))
    made = story.plan(spec)
    assert ([(one.guard, one.allowed) for one in made.complaints], made.refused) == ([("protected", True)], False)
    text = story.folder / "iamspec.yaml"
    assert story.run("plan", str(story.folder)) == 0
    until = story.iam.now().date() + timedelta(days=5)
    assert "  allowed  protected  policy/fence: " in (shown := capsys.readouterr().out)
    assert f"           lifted by {text}:2 until {until}: moved: see issue 7\n" in shown
    assert f"           change {change}\n" in shown
    assert story.run("plan", str(story.folder), "--format", "json") == 0
    (one,) = json.loads(capsys.readouterr().out)["complaints"]
    assert (one["change"], one["lift"]) == (
        change,
        {"reason": "moved: see issue 7", "until": str(until), "source": {"file": str(text), "line": 2}},
    )
    document = json.dumps(ALLOW).replace("GetObject", "PutObject")
    other = story.plan(settings(entry(story, change), document=document))
    assert (other.refused, [note.rpartition("]: ")[2] for note in other.notes if "allow[0]" in note]) == (
        True,
        ["protected of policy/fence is about another change than the one that was allowed, so the entry has no effect"],
    )


def test_a_change_of_the_same_kind_to_another_live_state_is_another_change(story):
    """Kills: a digest of the wanted document alone, which lets through the loss of something else."""
    change = change_of(story, settings())
    both = {"Version": "2012-10-17", "Statement": [*DENY["Statement"], {**DENY["Statement"][0], "Action": "iam:*"}]}
    arn = "arn:aws:iam::123456789012:policy/fence"
    story.iam.given("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=json.dumps(both), SetAsDefault=True)
    assert story.plan(settings(entry(story, change))).refused


def test_a_change_through_another_entity_is_bound_to_that_entity(story):
    """Kills: a complaint about a user, lifted for whatever happens to the group."""
    for name, action in (("read", "s3:GetObject"), ("write", "s3:PutObject")):
        story.policy(name, document={**ALLOW, "Statement": [{**ALLOW["Statement"][0], "Action": action}]})
    story.group("ops", policies=[f"{OWN}read", f"{OWN}write"])
    story.user("ann", groups=["ops"])

    def spec(policies, *entries):
        allow = f", allow: [{', '.join(entries)}]" if entries else ""
        guards = f"guards: {{protected: {{users: [ann]}}{allow}}}\n"
        fence = "policies: {fence: {document: DENY}, read: {external: true}, write: {external: true}}\n"
        return (
            f"{ACCOUNT}{guards}{fence}users: {{ann: {{groups: [ops]}}}}\ngroups: {{ops: {{policies: [{policies}]}}}}\n"
        )

    made = story.plan(spec("read"))
    (one,) = made.complaints
    allowed = entry(story, one.change, address="user/ann")
    assert not story.plan(spec("read", allowed)).refused
    assert story.plan(spec("write", allowed)).refused
    assert story.plan(spec("", allowed)).refused


def test_other_changes_of_the_plan_do_not_matter(story):
    """Kills: a permission that ends with the next merge of somebody else."""
    change = change_of(story, settings())
    more = "users: {new: {}}\n"
    assert not story.plan(settings(entry(story, change)) + more).refused


def test_a_complaint_about_the_whole_plan_is_bound_to_the_whole_plan(story):
    """Kills: one permission for every mass deletion of a month."""
    for number in range(7):
        story.user(f"u{number}")
    made = story.plan(f"{PRUNE}guards: {{max_deletes: 5}}\npolicies: {{fence: {{document: DENY}}}}\n")
    change = next(one.change for one in made.complaints if one.guard == "mass-delete")
    allow = entry(story, change, guard="mass-delete", address="")
    base = f"{PRUNE}guards: {{max_deletes: 5, allow: [{allow}]}}\npolicies: {{fence: {{document: DENY}}}}\n"
    assert not story.plan(base).refused
    story.user("u7")
    assert story.plan(base).refused


@pytest.mark.parametrize("days", [-1, 31])
def test_an_end_in_the_past_lifts_nothing_and_one_too_far_ahead_is_an_error(story, days):
    """Kills: a permission for ever."""
    spec = settings(entry(story, change_of(story, settings()), days=days))
    if days > 0:
        with pytest.raises(InvalidSpec, match="at most 30 days ahead"):
            story.plan(spec)
    else:
        made = story.plan(spec)
        assert made.refused
        assert any("and has no effect any more; take the entry out" in note for note in made.notes)


@pytest.mark.parametrize("days", [0, 30])
def test_the_first_and_the_last_day_count(story, days):
    """Kills: a permission that ends a day early."""
    assert not story.plan(settings(entry(story, change_of(story, settings()), days=days))).refused


@pytest.mark.parametrize("guard", ["root-caller", "quarantine", "self-lockout"])
def test_no_file_lifts_what_only_a_person_may(story, guard):
    """Kills: a pull request that locks the pipeline out and says that this is meant."""
    story.folder.joinpath("iamspec.yaml").write_text(settings(entry(story, "x", guard=guard)).replace("ALLOW", "{}"))
    with pytest.raises(InvalidSpec) as refused:
        story.plan(settings(entry(story, "x", guard=guard)))
    assert [issue.message for issue in refused.value.issues] == [
        f"{guard} cannot be lifted in a file; a person lifts it for one run: --allow {guard}"
    ]


def test_a_saved_plan_is_lifted_only_with_its_fingerprint(story):
    """Kills: a file that says of itself that somebody has allowed it."""
    story.plan(settings(entry(story, change_of(story, settings()))))
    file = story.folder / "plan.json"
    assert story.run("plan", str(story.folder), "--out", str(file)) == 0
    saved = load(str(file))
    assert ready(saved, story.iam).refused
    approved = ready(saved, story.iam, approved=True)
    assert (approved.refused, [one.lift.reason for one in approved.complaints if one.lift]) == (
        False,
        ["moved: see issue 7"],
    )
    story.iam.state.clock += timedelta(days=6)
    assert ready(saved, story.iam, approved=True).refused


def test_a_forged_entry_in_a_saved_plan_has_another_fingerprint(story):
    """Kills: an entry that is no part of what a person has approved."""
    story.plan(settings())
    file = story.folder / "plan.json"
    story.run("plan", str(story.folder), "--out", str(file))
    document = json.loads(file.read_text(encoding="utf-8"))
    change = document["complaints"][0]["change"]
    until = str(story.iam.now().date())
    forged = {"guard": "protected", "address": "policy/fence", "change": change, "reason": "r", "until": until}
    document["guards"]["allow"] = [forged]
    del document["checksum"]
    from iamspec.plan.fingerprint import digest

    file.write_text(json.dumps({**document, "checksum": digest(document)}), encoding="utf-8")
    with pytest.raises(IamspecError, match="the fingerprint does not fit the content"):
        load(str(file))


def test_an_entry_releases_a_copier_whose_source_has_ended(story):
    """Kills: a guard that the settings cannot lift because its change is not planned yet."""

    def spec(*entries):
        allow = f"guards: {{allow: [{', '.join(entries)}]}}\n" if entries else ""
        fence = "policies: {fence: {document: DENY}}\n"
        people = (
            "users: {dan: {copy_permissions_from: ann}, ann: {expires: 2020-01-01, policies: [aws:ReadOnlyAccess]}}\n"
        )
        return f"{ACCOUNT}{allow}{fence}{people}"

    story.user("ann", policies=[f"{AWS}ReadOnlyAccess"])
    story.user("dan")
    made = story.plan(spec())
    (one,) = made.complaints
    assert (one.guard, one.allowed, [str(held) for held in made.held_back]) == ("copy-ended", False, ["user/dan"])
    lifted = story.plan(spec(entry(story, one.change, guard="copy-ended", address="user/dan")))
    assert ([str(change.address) for change in lifted.changes], lifted.held_back) == (["user/ann", "user/dan"], ())
    story.iam.given("AttachUserPolicy", UserName="dan", PolicyArn=f"{AWS}IAMFullAccess")
    assert story.plan(spec(entry(story, one.change, guard="copy-ended", address="user/dan"))).held_back


def test_a_date_in_a_message_is_no_part_of_the_change(story):
    """Kills: a permission that ends whenever the user works."""
    story.user("bob")
    key = story.iam.given("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    used = story.iam.state.user("bob").keys[key]
    used.used = story.iam.now() - timedelta(days=3)

    def spec(*entries):
        allow = f"guards: {{allow: [{', '.join(entries)}]}}\n" if entries else ""
        return f"{PRUNE}{allow}policies: {{fence: {{document: DENY}}}}\n"

    (one,) = story.plan(spec()).complaints
    used.used = story.iam.now()
    assert not story.plan(spec(entry(story, one.change, guard="recently-used", address="user/bob"))).refused
