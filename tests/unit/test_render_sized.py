"""Reports about plans of every size, in every format: golden files, and what is dangerous stands first in each of them.

A golden file has the report as a reader sees it: without styles and scripts of a page, and without the rules of a SARIF log
(0.*.sarif has them). Of a long report it has the beginning, the end, and a digest of the whole.
"""

import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import pytest
from places import GOLDEN
from sized import sized

from iamspec.render.formats import FORMATS
from iamspec.render.markdown import MAX_LENGTH, markdown
from iamspec.review.direction import of_live

BASE = "https://git.example/acme/iam/blob/main"
SIZES = (0, 1, 40, 400, 5000)
SHOWN = ("text", "json", "markdown", "html", "github", "junit", "sarif")
CLOSED = re.compile(r"\[`iam/iamspec\.yaml:(\d+)`\]\(https://git\.example/acme/iam/blob/main/iam/iamspec\.yaml#L\1\)")
LIMIT = 65_536  # characters of a comment
WHOLE, HEAD, TAIL = 5_000, 3_000, 600  # characters of a golden file


def modes(number, name):
    """The modes in which a report is made: a document is the same in each, and the largest plan is shown once."""
    return ("plan",) if name == "json" or (number == 5000 and name not in {"text", "markdown"}) else ("plan", "drift")


@cache
def drifted(number):
    review = sized(number)
    return replace(review, live_impact=of_live(review).impact)


@cache
def report(number, name, mode):
    """The report, made once."""
    return FORMATS[name](drifted(number) if mode == "drift" else sized(number), mode=mode, base=BASE)


def seen(shown, name, number):
    """The part of a report that is kept in a golden file."""
    if name == "html":
        shown = re.sub(r"<(style|script)\b.*?</\1>|<meta http-equiv[^>]*>", "", shown, flags=re.DOTALL)
    if name == "sarif" and number:
        log = json.loads(shown)
        del log["runs"][0]["tool"]["driver"]["rules"]
        shown = json.dumps(log, indent=1)
    if len(shown) <= WHOLE:
        return shown
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return f"{shown[:HEAD]}\n… {len(shown)} characters, sha256 {digest} …\n{shown[-TAIL:]}"


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("number", SIZES)
def test_a_report_of_any_size_is_what_was_read_and_approved(number, name):
    """Kills: a format that changes unseen, as nobody opens it before a customer does."""
    assert len(sized(number).changes) == number
    for mode in modes(number, name):
        shown, file = seen(report(number, name, mode), name, number), GOLDEN / "sized" / f"{number}.{mode}.{name}"
        if os.environ.get("IAMSPEC_GOLDEN") == "write":
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8")


def test_every_golden_file_of_a_size_belongs_to_a_report():
    wanted = {f"{number}.{mode}.{name}" for number in SIZES for name in SHOWN for mode in modes(number, name)}
    assert {one.name for one in (GOLDEN / "sized").iterdir()} == wanted


def first_texts(shown, name):
    """The beginning of a report, which has everything dangerous, as a text."""
    if name == "text":
        return shown[:1_500]
    if name == "markdown":
        return shown[:3_000]
    if name == "html":
        return re.sub(r"<(style|script)\b.*?</\1>", "", shown, flags=re.DOTALL)[:6_000]
    if name == "github":
        return "\n".join(shown.splitlines()[:5])
    if name == "junit":
        return "\n".join(one[0].attrib["message"] for one in ET.fromstring(shown).iter("testcase") if len(one))[:900]  # noqa: S314
    return "\n".join(one["message"]["text"] for one in json.loads(shown)["runs"][0]["results"][:5])


@pytest.mark.parametrize("name", [one for one in SHOWN if one != "json"])
@pytest.mark.parametrize("number", [40, 400, 5000])
def test_what_is_dangerous_stands_first_in_every_format(number, name):
    """Kills: an administrator on the last line of a report, cut from it, or called an update of a user."""
    first = first_texts(report(number, name, "plan"), name).lower().replace(":**", ":")
    places = [
        re.search(rf"{words}\W.{{0,40}}user/{who}|user/{who}\W.{{0,40}}{words}", first, re.DOTALL)
        for words, who in WANTED
    ]
    assert None not in places, first
    assert [one.start() for one in places] == sorted(one.start() for one in places)
    ordinary = first.find("user/person")
    assert ordinary == -1 or ordinary > max(one.start() for one in places)
    if "drift" in modes(number, name):
        assert "user/intruder" in first_texts(report(number, name, "drift"), name)


WANTED = [("new administrator", "ana"), ("can become administrator", "zoe"), ("administrator", "intruder")]


@pytest.mark.parametrize("number", SIZES)
@pytest.mark.parametrize("mode", ["plan", "drift"])
def test_a_comment_of_any_size_is_under_the_limit(number, mode):
    """Kills: a comment that GitHub refuses, so that the pull request has the plan of yesterday."""
    shown = report(number, "markdown", mode)
    assert (len(shown) <= LIMIT, len(shown.encode()) <= MAX_LENGTH) == (True, True)


def test_every_link_of_a_comment_is_closed():
    """Kills: the place of a change that stands there as `[users.yaml:4](https://…` and leads nowhere."""
    lines = markdown(sized(40), base=BASE).splitlines()
    places = [one for one in lines if one.startswith("[`")]
    assert len(places) == 40
    assert [one for one in places if not CLOSED.fullmatch(one)] == []
