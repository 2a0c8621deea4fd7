"""Globs that are bounded in time match what they would match otherwise, and nothing that anybody writes makes a plan hang."""

import json
import re
from fnmatch import fnmatchcase
from functools import cache

import pytest
from hypothesis import example, given, strategies as st
from profiles import law
from story import Story

from iamspec.desired.scope import matches
from iamspec.policy.globs import bounded, meet
from iamspec.policy.wildcards import ANY, LITERAL, _regex, subsumes

SIGNS = {"*": ".*", "?": "[^/]", "+": "[^/]*"}


@law(500)
@given(st.text("ab/*?+", max_size=8), st.text("ab/", max_size=8))
def test_a_bounded_regex_matches_what_the_plain_one_matches(glob, text):
    """Kills: a repetition that takes too little or too much because it is never tried again."""
    pieces = [SIGNS.get(sign, sign) for sign in glob]
    assert bool(re.fullmatch(bounded(pieces), text)) == bool(re.fullmatch("".join(pieces), text))


@law(300)
@given(st.text("aB/*?", max_size=8), st.text("ab/", max_size=8))
def test_a_glob_of_a_scope_matches_as_globs_do(glob, name):
    assert matches([glob], "", name) == fnmatchcase(name, glob.lower())


def test_a_sign_that_is_escaped_is_no_repetition():
    assert bounded([r"a\*", ".*", r"\\\*", "b"]) == r"a\*.*\\\*b"


PIECES = ("a", "b", ":", ":", "*", "*", "?", "$", "${v}", "${w}", "${*}")
PATTERNS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=12)
PRIVATE = {"${v}": chr(0xF0000), "${w}": chr(0xF0001), **LITERAL}


@law(500)
@given(PATTERNS, PATTERNS, st.booleans())
@example(["a", ":", "*", ":", "*"], ["a", ":", "b", ":", "*"], True)
@example(["a", "*", "b", ":", "a"], ["a", "a", ":", "b", ":", "a"], True)
@example(["a", "*", "b"], ["a", "b", "b"], False)
@example(["$"], ["$", "$"], False)
def test_what_takes_no_regex_decides_as_the_regex_does(wide, narrow, arn):
    """Kills: parts that overlap, a `*` that leaves its segment, a variable that a `?` takes."""
    whole, text = "".join(wide), "".join(ANY if piece == "*" else PRIVATE.get(piece, piece) for piece in narrow)
    found = re.fullmatch(_regex(whole, PRIVATE, arn=arn), text, re.DOTALL) is not None
    assert subsumes(whole, "".join(narrow), arn=arn) == (found or whole in {"*", "".join(narrow)})


HARD = ["*a" * 25 + "*b", "?*" * 40 + "b", "*" * 60 + "b", "a*" * 30 + "b*c"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("hard", HARD)
def test_no_pattern_takes_long(hard, tmp_path):
    """Kills: a pull request that keeps `plan` busy until the end of time."""
    text = "a" * 120
    assert not matches([hard], "/", text)
    assert not subsumes(f"arn:aws:s3:::{hard}", f"arn:aws:s3:::{text}", arn=True)
    story = Story(tmp_path)
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::{text}", "arn:aws:s3:::a*a"]}
    story.policy("p", document={"Version": "2012-10-17", "Statement": statement})
    story.user("u", policies=["arn:aws:iam::123456789012:policy/p"])
    wide = statement | {"Resource": f"arn:aws:s3:::{hard}", "Action": ["s3:GetObject", f"s3:{hard}"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": wide})
    plan = story.plan(f"users: {{u: {{policies: [p]}}}}\npolicies: {{p: {{document: {document}}}}}\n")
    assert [str(one.address) for one in plan.changes] == ["policy/p"]


@cache
def in_common(one: str, other: str) -> bool:
    """The same by trying everything."""
    if one[:1] in ("*", "\0") and one:
        taken = bool(other) and not (one[0] == "\0" and other[0] == "/")
        return in_common(one[1:], other) or (taken and in_common(one, other[1:]))
    if other[:1] == "*":
        return in_common(one, other[1:]) or (bool(one) and in_common(one[1:], other))
    if not one or not other:
        return one == other
    return ("?" in (one[0], other[0]) or one[0] == other[0]) and in_common(one[1:], other[1:])


@law(2000)
@given(st.text("ab/*?\0", max_size=8), st.text("ab/*?", max_size=8))
@example("\0", "*/")
@example("*\0a", "?a")
def test_two_globs_meet_if_some_text_matches_both(one, other):
    """Kills: a `*` that matches nothing is forgotten, or a `*` that no slash takes."""
    assert meet(one, other) == in_common(one, other)


class Counted(str):
    """A text that counts how many of its signs are looked at."""

    __slots__ = ()
    seen = 0

    def __iter__(self):
        for sign in str(self):
            Counted.seen += 1
            yield sign


def test_two_globs_meet_in_a_step_for_each_sign():
    """Kills: work that grows with the product of two lengths, so that two documents of 6 KB keep a plan busy."""
    one, other = "*a?*b?" * 500 + "c", Counted("*b?*a?" * 500 + "d")
    assert not meet(one, other)
    assert meet(one, str(other) + "*c")
    assert Counted.seen <= len(other)
