"""What ends by itself: told a week before, gone at the next apply, and over in IAM even if no job runs."""

import json
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from faulty import faults
from hypothesis import given, strategies as st
from story import ALLOW, AWS, DENY, Story, seen

from iamspec.access import questions
from iamspec.cli import main
from iamspec.commands.access import live_book
from iamspec.desired.schema import spec_schema
from iamspec.policy.document import Document
from iamspec.policy.evaluate import Answer, Request
from iamspec.policy.expiry import end, ended, ending, timestamp

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHEN = datetime(2027, 1, 1, tzinfo=UTC)
STAMP = "2027-01-01T00:00:00Z"


@pytest.fixture
def story(tmp_path):
    made = Story(tmp_path)
    made.iam.state.clock = NOW
    return made


# Dates

DATES = {
    "2026-12-31": "2027-01-01T00:00:00Z",
    "20261231": "2027-01-01T00:00:00Z",
    "2028-02-28": "2028-02-29T00:00:00Z",
    "2026-12-31T18:00:00Z": "2026-12-31T18:00:00Z",
    "2026-12-31T18:00": "2026-12-31T18:00:00Z",
    "2026-12-31 18:00": "2026-12-31T18:00:00Z",
    "2026-12-31T18:00:00+01:00": "2026-12-31T17:00:00Z",
    "2026-12-31T00:00:00-05:30": "2026-12-31T05:30:00Z",
    "2026-12-31T00:00": "2026-12-31T00:00:00Z",
    "2026-12-31T18:00:00.999Z": "2026-12-31T18:00:00Z",
    " 2026-12-31 ": "2027-01-01T00:00:00Z",
    "0001-01-01": "0001-01-02T00:00:00Z",
}


@pytest.mark.parametrize(("written", "meant"), DATES.items(), ids=DATES)
def test_a_day_ends_with_itself_and_a_time_without_a_zone_is_utc(written, meant):
    """Kills: a day that ends as it begins, or with the day of whoever runs the job."""
    assert timestamp(end(written)) == meant


@pytest.mark.parametrize(
    "written", ["tomorrow", "0", "", "2026-13-01", "2026-02-30", "31.12.2026", "12-31-2026", "2026-12-31T25:00", "2026"]
)
def test_nonsense_is_no_date(written):
    with pytest.raises(ValueError, match=r"^must be a day, as in 2026-12-31, or a time, as in 2026-12-31T18:00:00Z$"):
        end(written)


@pytest.mark.parametrize("written", ["9999-12-31", "9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00+10:00"])
def test_a_date_beyond_all_counting_is_told_and_no_traceback(tmp_path, written):
    """Kills: the usual way of writing never, which ended in an OverflowError."""
    message = f"{written} is beyond the years that can be counted; leave it out for no end"
    assert faults(tmp_path, f"users: {{a: {{expires: '{written}'}}}}\n") == [
        f"spec/a.yaml:1:22: user/a: expires: {message}"
    ]


@given(st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_written_for_iam_is_the_same_moment(when):
    assert end(timestamp(when)) == when.replace(microsecond=0)


# Documents


def statement(**more):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def until(**condition):
    return statement(Condition=condition)


END = {"DateLessThan": {"aws:CurrentTime": STAMP}}
REWRITTEN = {
    "a statement": (statement(), statement(Condition=END)),
    "an empty condition": (statement(Condition={}), statement(Condition=END)),
    "a denial stays": (statement(Effect="Deny"), statement(Effect="Deny")),
    "another condition still has to hold": (
        until(Bool={"aws:MultiFactorAuthPresent": "true"}),
        until(Bool={"aws:MultiFactorAuthPresent": "true"}, **END),
    ),
    "the same operator on another key": (
        until(DateLessThan={"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}),
        until(DateLessThan={"aws:TokenIssueTime": "2030-01-01T00:00:00Z", "aws:CurrentTime": STAMP}),
    ),
    "the operator in another case": (
        until(dateLessThan={"aws:TokenIssueTime": "2030-01-01T00:00:00Z"}),
        until(dateLessThan={"aws:TokenIssueTime": "2030-01-01T00:00:00Z", "aws:CurrentTime": STAMP}),
    ),
    "an end of its author's own stays beside it": (
        until(DateLessThan={"aws:currenttime": "2026-12-01T00:00:00Z"}),
        until(
            DateLessThan={"aws:currenttime": "2026-12-01T00:00:00Z"},
            DateLessThanEquals={"aws:CurrentTime": STAMP},
        ),
    ),
    "a beginning of its author's own": (
        until(DateGreaterThan={"aws:CurrentTime": "2026-12-01T00:00:00Z"}),
        until(DateGreaterThan={"aws:CurrentTime": "2026-12-01T00:00:00Z"}, **END),
    ),
}


@pytest.mark.parametrize(("written", "sent"), REWRITTEN.values(), ids=REWRITTEN)
def test_the_end_narrows_what_the_author_wrote_and_replaces_none_of_it(written, sent):
    """Kills: a rewrite that loses a condition, which would give more than before it was to end."""
    assert ending(document(written), WHEN) == document(sent)
    assert ending({"Statement": written}, WHEN) == {"Statement": sent}  # one statement stays no list


def test_the_author_s_document_is_not_touched():
    written = document(statement(Condition={"Bool": {"a:b": "true"}}))
    before = json.dumps(written)
    ending(written, WHEN)
    assert json.dumps(written) == before


OPERATORS = ("DateLessThan", "DateLessThanEquals", "DateLessThanIfExists", "DateLessThanEqualsIfExists")


def test_an_author_who_has_used_all_operators_gets_nothing_rather_than_no_end():
    """Kills: an end that is lost."""
    taken = {one: dict.fromkeys(("aws:CurrentTime", "aws:EpochTime"), STAMP) for one in OPERATORS}
    [sent] = ending(document(statement(Condition=taken)), WHEN)["Statement"]
    assert sent["Condition"] == {**taken, "Null": {"aws:CurrentTime": "true"}}


@pytest.mark.parametrize("data", [None, "text", [], {}, {"Statement": "x"}, {"Statement": [statement(Condition="x")]}])
def test_what_is_no_document_is_left_to_those_who_say_so(data):
    assert ending(data, WHEN) == data


def test_of_what_has_ended_the_denials_stay():
    deny = statement(Effect="Deny")
    assert ended(document(statement(), deny)) == document(deny)
    assert ended({"Statement": deny}) == {"Statement": [deny]}
    assert [ended(document(statement())), ended({}), ended(None), ended("x")] == [None] * 4


# In a plan

USER = "groups: {devs: {}}\nusers: {alice: {EXTRA}}\n"


def with_(extra):
    return USER.replace("EXTRA", extra)


def alice(story, **given):
    story.group("devs")
    story.user("alice", **given)


GRANTS = {
    "a membership": (
        "groups: [{name: devs, expires: DAY}]",
        {"groups": ["devs"]},
        "user/alice: its membership of devs",
        "revoke RemoveUserFromGroup GroupName=devs UserName=alice",
    ),
    "an attached policy": (
        "policies: [{name: 'aws:ReadOnlyAccess', expires: DAY}]",
        {"policies": [f"{AWS}ReadOnlyAccess"]},
        "user/alice: the attachment of aws:ReadOnlyAccess",
        f"revoke DetachUserPolicy PolicyArn={AWS}ReadOnlyAccess UserName=alice",
    ),
}
GRANTS_OF = pytest.mark.parametrize(("extra", "held", "what", "step"), GRANTS.values(), ids=GRANTS)


@GRANTS_OF
def test_what_ends_is_told_a_week_before_and_goes_when_it_is_over(story, extra, held, what, step):
    """Kills: an end that nobody hears of before, or that takes something away a day too soon."""
    alice(story, **held)
    assert seen(story.plan(with_(extra.replace("DAY", "2026-12-02")))) == {}
    assert seen(story.plan(with_(extra.replace("DAY", "2026-11-30")))) == {
        "notes": [f"{what} ends at 2026-12-01T00:00:00Z"]
    }
    assert seen(story.plan(with_(extra.replace("DAY", "2026-11-24")))) == {
        "notes": [f"{what} ends at 2026-11-25T00:00:00Z"]
    }
    told = story.applied(with_(extra.replace("DAY", "2026-11-23")))
    assert (told["steps"], told["notes"]) == ([step], [f"{what} has ended at 2026-11-24T00:00:00Z; take the line out"])


@pytest.mark.parametrize("extra", [extra for extra, *_ in GRANTS.values()], ids=GRANTS)
def test_what_is_over_is_not_given(story, extra):
    alice(story)
    story.iam.state.clock = NOW
    assert "steps" not in seen(story.plan(with_(extra.replace("DAY", "2026-11-24T12:00:00Z"))))
    assert len(story.plan(with_(extra.replace("DAY", "2026-11-24T12:00:01Z"))).steps) == 1


def test_policies_and_inline_policies_of_groups_end(story):
    story.group("devs", policies=[f"{AWS}ReadOnlyAccess"])
    story.iam.given("PutGroupPolicy", GroupName="devs", PolicyName="i", PolicyDocument=json.dumps(ALLOW))
    text = (
        "groups: {devs: {policies: [{name: 'aws:ReadOnlyAccess', expires: 2026-11-23}],"
        " inline_policies: {i: {expires: 2026-11-23, document: ALLOW}}}}\n"
    )
    assert story.applied(text) == {
        "changes": ["update group/devs: policies, inline_policies"],
        "steps": [
            "revoke DeleteGroupPolicy GroupName=devs PolicyName=i",
            f"revoke DetachGroupPolicy GroupName=devs PolicyArn={AWS}ReadOnlyAccess",
        ],
        "notes": [
            "group/devs: the attachment of aws:ReadOnlyAccess has ended at 2026-11-24T00:00:00Z; take the line out",
            "group/devs: its inline policy i has ended at 2026-11-24T00:00:00Z; take the line out",
        ],
    }


def test_a_member_of_a_closed_group_leaves_when_its_time_is_over(story):
    alice(story, groups=["devs"])
    story.user("ext", groups=["devs"])
    text = (
        "groups: {devs: {members: [{name: alice, expires: 2026-11-23}, {name: ext, expires: 2026-11-23}]}}\n"
        "users: {alice: {}, ext: {external: true}}\n"
    )
    assert story.applied(text)["steps"] == [
        "revoke RemoveUserFromGroup GroupName=devs UserName=ext",
        "revoke RemoveUserFromGroup GroupName=devs UserName=alice",
    ]


@pytest.mark.parametrize(
    ("members", "groups"),
    [("[{name: alice, expires: 2026-11-23}]", "[devs]"), ("[alice]", "[{name: devs, expires: 2026-11-23}]")],
    ids=["the group says so", "the user says so"],
)
def test_an_end_in_either_place_ends_a_membership_of_a_closed_group(story, members, groups):
    """Kills: an end in one of the two places that the entry in the other place makes void."""
    alice(story, groups=["devs"])
    text = f"groups: {{devs: {{members: {members}}}}}\nusers: {{alice: {{groups: {groups}}}}}\n"
    assert story.applied(text)["steps"] == ["revoke RemoveUserFromGroup GroupName=devs UserName=alice"]


def test_a_user_whose_time_is_over_is_suspended(story):
    alice(story, groups=["devs"])
    text = with_("groups: [devs], expires: DAY")
    soon = "user/alice: expires at 2026-11-25T00:00:00Z, and is suspended by the next apply after that"
    assert seen(story.plan(text.replace("DAY", "2026-12-24"))) == {}
    assert seen(story.plan(text.replace("DAY", "2026-11-24"))) == {"notes": [soon]}
    told = story.applied(text.replace("DAY", "2026-11-23"))
    assert (told["changes"], len(told["steps"])) == (["update user/alice: suspended"], 1)
    assert seen(story.plan(text.replace("DAY", "2026-11-23"))) == {}
    assert story.live("users", "alice")["groups"] == ["devs"]


def test_a_user_whose_time_is_over_gets_no_password_and_no_key(story):
    text = with_("groups: [devs], console: true, access_keys: 1, expires: 2026-11-23")
    assert story.applied(text)["changes"] == ["create group/devs: path", "create user/alice: path, suspended"]


def test_an_inline_policy_is_sent_with_its_end(story):
    alice(story)
    text = with_(
        "inline_policies: {i: {expires: 2026-12-31, document: ALLOW}, j: {expires: 2026-12-31, document: DENY}}"
    )
    story.applied(text)
    sent = document({**ALLOW["Statement"][0], "Condition": END})
    assert story.live("users", "alice")["inline"] == {"i": sent, "j": DENY}


def test_an_inline_policy_that_has_ended_keeps_its_denials(story):
    alice(story)
    both = json.dumps(document(*ALLOW["Statement"], *DENY["Statement"]))
    text = with_(f"inline_policies: {{i: {{expires: 2026-11-23, document: {both}}}}}")
    told = story.applied(text)
    assert told["notes"] == ["user/alice: its inline policy i has ended at 2026-11-24T00:00:00Z; take the line out"]
    assert story.live("users", "alice")["inline"] == {"i": DENY}


def test_a_file_may_stand_in_what_ends(story):
    """Kills: a `{file: …}` that is taken for the document itself."""
    alice(story)
    (story.folder / "doc.json").write_text(json.dumps(ALLOW))
    story.applied(with_("inline_policies: {i: {expires: 2026-12-31, document: {file: doc.json}}}"))
    sent = document({**ALLOW["Statement"][0], "Condition": END})
    assert story.live("users", "alice")["inline"] == {"i": sent}


def test_the_size_counts_with_the_end_in_it(tmp_path):
    """Kills: a document that has room as it is written, and none as it is sent."""
    full = "inline policies have {} characters without white space; IAM allows a user 2048 in all"
    long = {**statement(), "Resource": f"arn:aws:s3:::{'x' * 1900}"}
    text, size = json.dumps(document(long)), len(json.dumps(ending(document(long), WHEN), separators=(",", ":")))
    assert faults(
        tmp_path, f"users: {{a: {{inline_policies: {{i: {{expires: 2026-12-31, document: {text}}}}}}}}}\n"
    ) == [f"spec/a.yaml:1:30: user/a: inline_policies: {full.format(size)}"]


def test_who_copies_has_it_until_the_same_end(story):
    """Kills: a copy that outlives what it was copied from."""
    alice(story, groups=["devs"], policies=[f"{AWS}ReadOnlyAccess"])
    story.user("bob", groups=["devs"], policies=[f"{AWS}ReadOnlyAccess"])
    text = (
        "groups: {devs: {}}\nusers:\n"
        "  alice: {groups: [{name: devs, expires: DAY}], policies: [{name: 'aws:ReadOnlyAccess', expires: DAY}],"
        " inline_policies: {i: {expires: 2026-12-31, document: ALLOW}}}\n"
        "  bob: {copy_permissions_from: alice}\n"
    )
    soon = seen(story.plan(text.replace("DAY", "2026-11-25")))["notes"]
    assert [note for note in soon if note.startswith("user/bob")] == [
        "user/bob: its membership of devs ends at 2026-11-26T00:00:00Z",
        "user/bob: the attachment of aws:ReadOnlyAccess ends at 2026-11-26T00:00:00Z",
    ]
    story.applied(text.replace("DAY", "2026-11-23"))
    assert story.live("users", "alice") == story.live("users", "bob")
    assert story.live("users", "bob")["inline"]["i"]["Statement"][0]["Condition"] == END


def test_a_snapshot_is_judged_by_the_time_that_it_is_today(story, capsys, monkeypatch):
    """Kills: a saved account in which nothing ever ends."""
    alice(story, groups=["devs"])
    monkeypatch.chdir(story.folder)
    (story.folder / "iamspec.yaml").write_text(with_("groups: [{name: devs, expires: 2020-01-01}]"))
    connect = {"connect": lambda *_, **__: story.iam}
    assert main(["snapshot", "--out", "live.json"], **connect) == 0
    assert main(["drift", "--snapshot", "live.json"], **connect) == 2
    assert "its membership of devs has ended at 2020-01-02T00:00:00Z" in capsys.readouterr().out


def test_the_end_is_one_for_the_evaluator_too(story):
    alice(story)
    story.applied(with_("inline_policies: {i: {expires: 2026-12-31, document: ALLOW}}"))
    book = live_book(story.iam)
    found = [
        questions.ask(book, book.of("alice"), Request("s3:GetObject", "*", {"aws:currenttime": (when,)})).answer
        for when in ("2026-12-31T23:59:59Z", STAMP, "2027-06-01T00:00:00Z")
    ]
    assert found == [Answer.ALLOWED, Answer.DENIED, Answer.DENIED]


def test_a_document_that_ends_equals_itself_in_whatever_order():
    one = Document(ending(document(statement(Condition={"Bool": {"a:b": "true"}})), WHEN))
    other = Document(
        document(statement(Condition={"datelessthan": {"AWS:CurrentTime": [STAMP]}, "bool": {"A:B": True}}))
    )
    assert one == other
    assert one != Document(
        ending(document(statement(Condition={"Bool": {"a:b": "true"}})), WHEN + timedelta(seconds=1))
    )


def is_valid(user):
    return jsonschema.Draft202012Validator(spec_schema()).is_valid({"users": {"a": user}})


SHAPES = [
    ({"expires": "2026-12-31"}, True),
    ({"groups": ["g", {"name": "g", "expires": "2026-12-31"}]}, True),
    ({"policies": [{"name": "p", "expires": "2026-12-31"}]}, True),
    ({"inline_policies": {"i": {"expires": "2026-12-31", "document": ALLOW}, "j": ALLOW, "k": {"file": "x"}}}, True),
    ({"groups": [{"nme": "g"}]}, False),
    ({"groups": [{"name": "g", "expire": "2026-12-31"}]}, False),
    ({"policies": [{"expires": "2026-12-31"}]}, False),
    ({"groups": [["g"]]}, False),
    ({"expires": 0}, False),
    ({"access_keys": {"active": 2, "overlap_days": 0}}, True),
    ({"access_keys": {"active": 3}}, False),
    ({"access_keys": {"active": -1}}, False),
    ({"access_keys": {"rotate_after_days": 0}}, False),
    ({"expire": "2026-12-31"}, False),
]


@pytest.mark.parametrize(("user", "valid"), SHAPES, ids=[json.dumps(user) for user, _ in SHAPES])
def test_the_schema_takes_what_the_spec_takes(user, valid):
    assert is_valid(user) is valid
