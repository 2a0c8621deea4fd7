"""Pages in a real browser: search, folds, tabs and lines work, no script fails, and no request leaves the page."""

import pytest
from browser import MISSING, browser
from sized import sized

from iamspec.render.plan_html import as_html

pytestmark = pytest.mark.skipif(MISSING, reason="needs chromium and chromedriver")
SHOWN = "return [...document.querySelectorAll('[data-row]')].filter((one) => !one.hidden).length"
OPEN = "return document.querySelectorAll('[data-row][open]').length"


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens the page of a plan of so many changes at this width."""

    def at(number, width, mode="plan"):
        file = tmp_path / "page.html"
        file.write_text(as_html(sized(number), mode, None), encoding="utf-8")
        chromium.emulate(
            "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500
        )
        chromium.complaints(), chromium.requests()
        chromium.open(file)
        return file.resolve().as_uri()

    return at


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("number", [1, 40, 200])
def test_a_page_works_in_a_browser(chromium, opened, number, width):
    """Kills: a style or script whose hash the policy does not have, a line that is drawn nowhere, a page wider than a phone."""
    address = opened(number, width)
    rows = chromium.run("return document.querySelectorAll('[data-row]').length")
    assert rows == number + (number >= 40)
    chromium.type("[data-filter] [type=search]", "read-assets")
    assert chromium.run(SHOWN) == 1
    chromium.click("[data-row]:not([hidden]) summary")
    assert chromium.run(OPEN) == (1 if rows > 3 else 0)
    wide = "return document.documentElement.scrollWidth <= innerWidth"
    assert chromium.run(wide)
    chromium.click("[data-tab=who]")
    assert chromium.run("return document.querySelector('[data-panel=changes]').hidden")
    assert chromium.run("return document.querySelectorAll('.graph path').length") > 0
    assert chromium.run(wide)
    assert chromium.complaints() == []
    assert [one for one in chromium.requests() if one != address] == []


def test_the_heading_of_a_list_has_the_whole_line(chromium, opened):
    """Kills: a heading that is squeezed into the column of the badges, a word on each line."""
    opened(1, 1280)
    assert chromium.run("return [...document.querySelectorAll('summary .what:first-child')].at(-1).offsetHeight") < 40


def test_a_node_lights_everything_that_it_is_joined_to(chromium, opened):
    opened(40, 1280)
    chromium.click("[data-tab=who]")
    chromium.click("[data-node='0 user/ana']")
    lit = "return [...document.querySelectorAll('.nodes .on')].map((one) => one.textContent).sort()"
    assert chromium.run(lit) == ["aws:AdministratorAccess", "user/ana"]
    assert chromium.run("return document.querySelectorAll('.graph path.on.new').length") == 1


def test_a_column_of_many_is_folded_and_can_be_searched(chromium, opened):
    opened(200, 1280)
    chromium.click("[data-tab=who]")
    names = "return [...document.querySelectorAll('.column:first-child .nodes button')].map((one) => one.textContent)"
    assert chromium.run(names) == ["user/ana", "role/deploy", "user/intruder", "user/zoe", "▸ data (197)"]
    chromium.click(".column:first-child .fold")
    assert len(chromium.run(names)) == 202
    chromium.type(".column:first-child input", "person0042")
    assert chromium.run(names) == ["user/person0042"]


def test_a_dark_page_is_dark_and_a_printed_page_is_open(chromium, opened):
    opened(40, 1280)
    chromium.emulate("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert chromium.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    chromium.emulate("Emulation.setEmulatedMedia", media="print", features=[])
    chromium.run("dispatchEvent(new Event('beforeprint'))")
    assert chromium.run(OPEN) == 41
    assert chromium.run("return getComputedStyle(document.querySelector('.tables')).display") == "grid"
    chromium.emulate("Emulation.setEmulatedMedia", media="", features=[])
