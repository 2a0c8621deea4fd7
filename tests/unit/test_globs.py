"""Globs that are bounded in time match what they would match otherwise, and nothing that anybody writes makes a plan hang."""

import json
import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given, strategies as st
from profiles import law
from story import Story

from iamspec.desired.scope import matches
from iamspec.policy.globs import bounded
from iamspec.policy.meaning.wildcards import ANY, LITERAL, _regex, subsumes

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
