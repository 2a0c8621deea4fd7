"""Comments about plans of every size: golden files, and what is dangerous stands first in each of them."""

import os
import re

import pytest
from places import GOLDEN
from sized import sized

from iamspec.render.markdown import MAX_LENGTH, markdown

SIZES = (0, 1, 40, 400, 5000)
FIRST = 3_000  # characters within which everything dangerous stands
CLOSED = re.compile(r"\[`iam/iamspec\.yaml:(\d+)`\]\(https://git\.example/acme/iam/blob/main/iam/iamspec\.yaml#L\1\)")
LIMIT = 65_536  # characters of a comment


@pytest.mark.parametrize("number", SIZES)
def test_a_comment_is_what_was_read_and_approved_and_begins_with_what_is_dangerous(number):
    """Kills: an administrator on the last line of a comment, or cut from it."""
    review = sized(number)
    assert len(review.changes) == number
    for mode in ("plan", "drift"):
        shown = markdown(review, mode=mode, base="https://git.example/acme/iam/blob/main")
        file = GOLDEN / "sized" / f"{number}.{mode}.md"
        if os.environ.get("IAMSPEC_GOLDEN") == "write":
            file.parent.mkdir(exist_ok=True)
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8")
        assert len(shown) <= LIMIT
        assert len(shown.encode()) <= MAX_LENGTH
        if number >= 40:
            assert_dangers_first(shown[:FIRST], mode)


def test_every_link_of_a_comment_is_closed():
    """Kills: the place of a change that stands there as `[users.yaml:4](https://…` and leads nowhere."""
    lines = markdown(sized(40), base="https://git.example/acme/iam/blob/main").splitlines()
    places = [one for one in lines if one.startswith("[`")]
    assert len(places) == 40
    assert [one for one in places if not CLOSED.fullmatch(one)] == []


def assert_dangers_first(first, mode):
    """Alerts and folds of what is dangerous, in this order."""
    wanted = ["`user/intruder`: **administrator**; password, 1 active key"]
    if mode == "plan":
        alerts = ["**New administrator:** `user/ana`", "**Can become administrator:** `user/zoe`"]
        folds = ["<code>user/ana</code>", "<code>user/zoe</code>", "<code>policy/read-assets</code>"]
        wanted = [*alerts, *wanted, *folds]
    places = [first.find(one) for one in wanted]
    assert -1 not in places
    assert places == sorted(places)
