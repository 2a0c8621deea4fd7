"""A comment on a pull request: red first, never too long, and no text of others marks anything up."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from profiles import law
from render_plans import HOSTILE, changed, clean, document, full, policy, user

from iamspec.errors import IamspecError, Location
from iamspec.plan.diff import Difference
from iamspec.plan.findings import Kept
from iamspec.plan.model import Action, Change, Plan
from iamspec.render.links import address_of, checked_base
from iamspec.render.markdown import MAX_LENGTH, markdown
from iamspec.render.prose import code, fenced, prose
from iamspec.review.model import Complaint

SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)  # a code span after CommonMark 6.1


def outside_of_code(line: str) -> str:
    return SPAN.sub("", line)


OWN_HTML = re.compile(r"</?(?:details|summary|b)>|<!-- iamspec (?:plan|drift) -->")


def outside_of_html_code(line: str) -> str:
    """A line without code elements and without the elements that folds are made of."""
    return OWN_HTML.sub("", re.sub(r"<code>[^<]*</code>", "", line))


def test_with_nothing_to_do_the_comment_is_a_heading_and_the_fingerprint():
    end = f"in acme (123456789012)\n\n`{clean().fingerprint}`\n"
    assert markdown(clean()) == f"<!-- iamspec plan -->\n### iamspec: nothing to do {end}"
    assert markdown(clean(), mode="drift") == f"<!-- iamspec drift -->\n### iamspec: no drift {end}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("its boundary would come off, too.", "its boundary would come off, too."),
        ("user/alice: is (gone)", "`user/alice`: is (gone)"),
        ("@octocat", "`@octocat`"),
        ("see #1 and GH-12", "see `#1` and `GH-12`"),
        ("www.example.com https://x.y", "`www.example.com` `https://x.y`"),
        (
            "<b>*x*</b> _y_ [z](w) &amp; :+1: 1. ~",
            "`<b>*x*</b>` `_y_` `[z](w`) `&amp`; `:+1`: `1`. `~`",
        ),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("größe don't well-known", "größe don't well-known"),
    ],
)
def test_only_plain_words_stand_outside_of_code(text, shown):
    assert prose(text) == shown


ANY = st.text(st.sampled_from("ab1 `|<>@#*_[]()!~\\&:./-+=\n\x1b\u202e"), max_size=20)


@law(300)
@given(ANY)
def test_no_text_gets_out_of_a_code_span(text):
    span = SPAN.fullmatch(code(text))
    assert span is not None
    assert "\n" not in code(text)


@law(300)
@given(ANY)
def test_no_sentence_marks_up_or_mentions(text):
    assert set(outside_of_code(prose(text))) <= set("ab1-() .,:!?")
    assert not re.search(r"[`@#<*_\[]", outside_of_code(prose(text)))


@law(200)
@given(st.lists(st.text(st.sampled_from("`a\n "), max_size=12), max_size=5))
def test_no_line_closes_the_block_that_it_stands_in(lines):
    first, *inside, last = fenced(lines)
    assert first == f"{last}diff"
    assert set(last) == {"`"}
    assert not any(last in line or "\n" in line for line in inside)
    assert len(inside) == len(lines)


def test_outside_of_code_hostile_text_is_nowhere():
    plan = changed(full(), notes=(HOSTILE,), alarms=(HOSTILE,), kept=(Kept(user("a"), HOSTILE),))
    lines = markdown(plan).splitlines()
    in_block = False
    outside = []
    for line in lines:
        if line.strip().startswith("```"):
            in_block = not in_block
        elif not in_block:
            outside.append(outside_of_html_code(outside_of_code(line)))
    assert [line for line in outside if re.search(r"[<@`]|octocat", line)] == []


def test_what_is_dangerous_and_what_is_refused_stand_before_what_changes():
    shown = markdown(full())
    order = [
        "> [!CAUTION]",
        "**Apply would refuse this: 2 complaints, 1 blocked**",
        "| policies |",
        "<details>",
        "`sha256:",
    ]
    places = [shown.index(one) for one in order]
    assert places == sorted(places)
    assert shown.splitlines()[-1] == f"`{full().fingerprint}`"


def test_a_fold_is_a_difference_in_yaml():
    """Kills: a form of its own that no editor and no reader of a spec knows."""
    shown = markdown(full())
    fold = shown[shown.index("<code>policy/deploy-artifacts</code>") :]
    assert fold[: fold.index("</details>")].splitlines() == [
        "<code>policy/deploy-artifacts</code>: document</summary>",
        "",
        "`policies.yaml:9`",
        "",
        "```diff",
        "  document:",
        "    Statement:",
        "      - Sid: Upload",
        "        Effect: Allow",
        "        Action:",
        "+         - s3:AbortMultipartUpload",
        "          - s3:PutObject",
        "        Resource: arn:aws:s3:::artifacts/*",
        "      # 2 unchanged statements",
        "```",
        "",
    ]


def test_drift_speaks_of_live():
    """Kills: a minus before what somebody has added by hand."""
    change = Change(user("a"), Action.UPDATE, (Difference("groups", ["admins"], []),))
    review = changed(clean(), changes=(change,))
    assert "+   - admins" in markdown(review, mode="drift")
    assert "-   - admins" in markdown(review)


def test_places_are_links_below_the_base():
    shown = markdown(full(), base="https://git.example/acme/iam/blob/main")
    assert "([`policies.yaml:20`](https://git.example/acme/iam/blob/main/policies.yaml#L20))" in shown


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("a b/(x).yaml", "https://h/a%20b/%28x%29.yaml#L7"),
        ("x](http://evil).yaml", "https://h/x%5D%28http%3A/evil%29.yaml#L7"),
        ("../outside.yaml", None),
        ("/etc/passwd", None),
    ],
)
def test_a_file_name_cannot_end_a_link(file, address):
    assert address_of(Location(file, 7), "https://h") == address


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)", "https://h/) [x](http://evil", "http://a b", "//h", "https://h?x=1"]
)
def test_a_base_that_is_no_address_is_refused(base):
    with pytest.raises(IamspecError, match="--link-base"):
        checked_base(base)


def large(number: int, size: int) -> Plan:
    statements = [{"Effect": "Allow", "Action": f"s3:{index:04}{'é' * 20}", "Resource": "*"} for index in range(size)]
    changes = tuple(
        Change(policy(f"p{index:05}"), Action.CREATE, (Difference("document", None, document(*statements)),))
        for index in range(number)
    )
    return changed(full(), changes=changes)


@pytest.mark.parametrize(("number", "size"), [(1, 2000), (40, 30), (300, 5), (3000, 1), (9000, 0)])
def test_a_comment_is_never_too_long_and_says_what_was_cut(number, size):
    plan = large(number, size)
    comment = markdown(plan)
    assert len(comment.encode()) <= MAX_LENGTH
    assert f"| policies | {number} | 0 | 0 |" in comment
    assert "--allow boundary:user/alice" in comment
    assert comment.endswith(f"\n\n`{plan.fingerprint}`\n")
    said = re.search(r"the details of (\d+) of (\d+) changes, and (\d+) changes altogether, the least risky\.", comment)
    heads, folds = comment.count("- **create** `policy/"), comment.count("<b>create</b>")
    assert said is not None
    assert tuple(map(int, said.groups())) == (heads, number, number - heads - folds)


def test_a_comment_with_many_different_changes_is_never_too_long():
    changes = tuple(
        replace(change, address=replace(change.address, name=f"{change.address.name}{number}"))
        for number in range(200)
        for change in full().changes
    )
    for end in (*range(0, 800, 159), len(changes)):  # the limit is reached among the first hundreds
        for mode in ("plan", "drift"):
            assert len(markdown(changed(full(), changes=changes[:end]), mode=mode).encode()) <= MAX_LENGTH


def test_as_many_details_are_shown_as_there_is_room_for():
    assert len(markdown(large(300, 5)).encode()) > MAX_LENGTH * 0.8
    assert "Cut," not in markdown(large(30, 5))


def test_even_complaints_and_lists_without_end_leave_the_fingerprint():
    plan = changed(
        clean(),
        complaints=tuple(Complaint("protected", user(f"u{number}"), "is protected") for number in range(2000)),
        undeclared=tuple(user(f"v{number}") for number in range(5000)),
    )
    comment = markdown(plan)
    assert len(comment.encode()) <= MAX_LENGTH
    assert re.search(r"^- and \d+ more, cut because a comment has room for no more$", comment, re.MULTILINE)
    assert comment.endswith(f"\n\n`{plan.fingerprint}`\n")


def test_all_alerts_together_stand_within_the_first_characters():
    """Kills: an administrator below a long list of loosened settings."""
    from datetime import UTC, datetime

    from iamspec.plan.findings import Excess
    from iamspec.review.undeclared import Undeclared

    many = range(60)
    made = datetime(2026, 1, 1, tzinfo=UTC)
    known = tuple(Undeclared(user(f"intruder-{one:03}"), True, False, True, 1, made) for one in many)
    review = replace(
        changed(
            full(),
            alarms=tuple(f"user/quarantined-{one:03}: AWS has attached AWSCompromisedKeyQuarantineV3" for one in many),
            undeclared=tuple(one.address for one in known),
            excess=tuple(Excess(user(f"chloe{one:03}"), f"access key AKIA{one:016}") for one in many),
        ),
        undeclared=known,
    )
    first = markdown(review, mode="drift")[:3_000]
    wanted = ("user/quarantined-000", "`user/intruder-000`: **administrator**", "`user/chloe000`")
    assert [one for one in wanted if one not in first] == []
    assert re.search(r"and \d+ more: \d+ administrators", first)
