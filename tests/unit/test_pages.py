"""Pages for a browser: whole without scripts, without network, small, and nothing of live IAM is an element of them."""

import re
import stat
from contextlib import redirect_stdout
from html.parser import HTMLParser

import pytest
from render_plans import HOSTILE, changed, clean, full
from sized import sized
from story import ACCOUNT, AWS, OWN, Story
from test_render import hostile_plan

from iamspec.cli import main
from iamspec.render.formats import FORMATS
from iamspec.render.lines import visible
from iamspec.render.plan_html import as_html
from iamspec.render.who import Holder, Link, who

FOREIGN = re.compile(r"https?:|//[a-z]|@import|url\(")


class Page(HTMLParser):
    """The elements of a page with their texts, and everything that could load or run."""

    def __init__(self, text):
        super().__init__()
        self.names, self.links, self.policy, self.text = [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "action", "srcset", "style"}]
        self.links += [name for name in found if name.startswith("on")]
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("mode", ["plan", "drift"])
@pytest.mark.parametrize(
    "review", [clean(), full(), hostile_plan("<script>alert(1)</script>`@team|\u202e\u200b\x1b[2J")]
)
def test_a_page_loads_nothing_and_runs_nothing_but_its_own_script(review, mode):
    """Kills: a name that is an element, an image of a foreign host, a direction of text that hides what follows."""
    shown = as_html(review, mode, None)
    found = Page(shown)
    own = {"html", "head", "meta", "title", "style", "body", "header", "main", "footer", "script"}
    own |= {"p", "h1", "h2", "div", "strong", "span", "code", "section", "nav", "button", "form", "input", "fieldset"}
    own |= {"legend", "label", "details", "summary", "pre", "ins", "del", "table", "caption", "thead", "tbody", "tr"}
    own |= {"th", "td", "ul", "li", "svg"}
    assert set(found.names) <= own
    assert (found.names.count("script"), found.names.count("style"), found.links) == (1, 1, [])
    assert FOREIGN.findall(shown) == []
    assert found.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "Confidential" in found.text
    assert [sign for sign in "\u202e\u200b\x1b" if sign in shown] == []


def test_hostile_text_is_still_to_be_read():
    assert visible(HOSTILE) in Page(as_html(full(), "plan", None)).text


def test_a_page_is_open_without_scripts():
    """Kills: a page that a reader who blocks scripts sees nothing of."""
    shown = as_html(full(), "plan", None)
    assert shown.count("<details") == shown.count('<details class="row" open')
    assert '<table data-holders="principal">' in shown
    assert "hidden" not in re.findall(r'<div class="tables"[^>]*>', shown)[0]


def test_places_are_links_only_below_the_base():
    shown = Page(as_html(full(), "plan", "https://git.example/acme"))
    assert set(shown.links) == {
        f"https://git.example/acme/{one}"
        for one in (
            "policies.yaml#L3",
            "policies.yaml#L9",
            "policies.yaml#L20",
            "groups.yaml#L5",
            "users.yaml#L12",
            "iamspec.yaml#L9",
        )
    }


def test_a_page_of_thousands_of_changes_stays_below_three_megabytes():
    many = changed(full(), changes=full().changes * 1500)
    shown = as_html(many, "plan", None)
    assert len(shown.encode()) <= 3_000_000
    assert "more changes, which this page has no room for" in shown


# Who gets what


def test_who_gets_what_says_what_comes_and_what_goes(tmp_path):
    """Kills: a new grant that looks like one that was there before."""
    story = Story(tmp_path)
    story.policy("deploy")
    story.group("devs", policies=[f"{OWN}deploy"])
    story.user("ann", groups=["devs"], policies=[f"{AWS}ReadOnlyAccess"])
    review = story.plan(
        f"{ACCOUNT}users: {{ann: {{path: /eng/, groups: [ops]}}, bob: {{tags: {{team: web}}, groups: [devs]}}}}\n"
        "groups: {devs: {policies: [deploy]}, ops: {policies: [aws:AdministratorAccess]}}\n"
        "policies: {deploy: {document: ALLOW}}\n"
    )
    found = who(review, "plan")
    users = {str(one.address): one for one in found.principals}
    assert users["user/ann"] == Holder(
        users["user/ann"].address,
        "",
        "/eng/",
        (Link("devs", "gone"), Link("ops", "new")),
        (Link("aws:ReadOnlyAccess", "gone"),),
    )
    assert users["user/bob"] == Holder(users["user/bob"].address, "new", "web", (Link("devs", "new"),), ())
    assert [(str(one.address), one.state, one.policies) for one in found.groups] == [
        ("group/devs", "", (Link("deploy"),)),
        ("group/ops", "new", (Link("aws:AdministratorAccess", "new"),)),
    ]
    backwards = {str(one.address): one for one in who(review, "drift").principals}
    assert backwards["user/ann"].groups == (Link("devs", "new"), Link("ops", "gone"))


def test_of_a_large_account_those_with_a_change_are_shown():
    from iamspec.render import who as module

    review = sized(40)
    assert who(review, "plan").hidden == 0
    most, module.MOST = module.MOST, 10
    try:
        found = who(review, "plan")
    finally:
        module.MOST = most
    assert ([str(one.address) for one in found.principals], found.hidden) == (["user/ana", "user/zoe"], 39)


# Files


def test_a_file_that_a_page_goes_to_is_for_its_owner_alone(tmp_path):
    """Kills: a page with every user and policy that anybody on the machine can read."""
    (tmp_path / "iamspec.yaml").write_text("users: {ann: {}}\n")
    modes = {}
    for name in ("html", "text"):
        with (tmp_path / name).open("w") as file, redirect_stdout(file):
            assert main(["access", "--who", "s3:GetObject", "--spec", str(tmp_path), "--format", name]) == 0
        modes[name] = stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o077
    assert modes["html"] == 0
    assert modes["text"] != 0


def test_a_saved_plan_says_that_it_is_confidential():
    assert '"confidential": true' in FORMATS["json"](full())
