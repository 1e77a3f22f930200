"""report.html in a real browser: nothing is asked of a network, nothing is wrong in the console, and it can be read
light and dark, on a wide screen, on a telephone, on paper, and without JavaScript, which only sorts its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By

from reports.pages.html import page
from tests.browser.browsing import CHROMIUM, CONTRAST, DRIVER, axe_findings, requests, script, show, started
from tests.unit import pages_sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECTIONS = (
    "objectives",
    "oversell",
    "run",
    "time",
    "latency",
    "journeys",
    "sold",
    "methods",
    "findings",
    "calls",
    "generator",
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver, which are not installed here"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless browser that records every request and every message of the console."""
    found = started(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "report.html"
    path.write_text(page(pages_sample.broken()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, with what the target's monitoring saw of it."""
    path = tmp_path_factory.mktemp("watched") / "report.html"
    path.write_text(page(pages_sample.watched()), encoding="utf-8")
    return path


def command(browser: webdriver.Chrome, name: str, **parameters: Any) -> None:
    browser.execute_cdp_cmd(name, parameters)


def test_the_page_asks_for_nothing_but_itself_and_the_console_is_silent(
    browser: webdriver.Chrome, report: Path
) -> None:
    requests(browser)
    show(browser, report)
    asked = requests(browser)
    assert report.as_uri() in asked
    assert [address for address in asked if address != report.as_uri() and not address.startswith("data:")] == []
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_every_section_is_there_and_can_be_seen(browser: webdriver.Chrome, report: Path) -> None:
    show(browser, report)
    assert browser.title == "FAIL · flow · Tacorush"
    assert "✕" in browser.find_element(By.CSS_SELECTOR, ".verdict h1").text
    for name in SECTIONS:
        section = browser.find_element(By.ID, name)
        assert section.is_displayed(), name
        assert section.find_element(By.TAG_NAME, "h2").text
    assert len(browser.find_elements(By.CSS_SELECTOR, "#methods tbody tr")) == len(pages_sample.METHOD_NAMES)
    assert len(browser.find_elements(By.CSS_SELECTOR, "#findings .step")) == 4


@pytest.mark.parametrize(("width", "frame"), [(1280, "wide"), (390, "narrow")])
def test_each_chart_is_shown_once_in_the_drawing_made_for_the_width(
    browser: webdriver.Chrome, report: Path, width: int, frame: str
) -> None:
    show(browser, report, width)
    seen = [chart for chart in browser.find_elements(By.CSS_SELECTOR, "svg.chart") if chart.is_displayed()]
    assert [chart.get_attribute("class") for chart in seen] == [f"chart {frame}"] * 7


@pytest.mark.parametrize("width", [1280, 720, 390, 320])
def test_the_page_never_scrolls_sideways(browser: webdriver.Chrome, report: Path, width: int) -> None:
    """Wide tables scroll inside their own frame."""
    show(browser, report, width)
    assert script(browser, "return document.documentElement.scrollWidth") <= width


def test_on_a_wide_screen_every_table_fits_its_card(browser: webdriver.Chrome, report: Path) -> None:
    """Its last column else lies behind the card's edge. There is room to spare, for runs with longer figures."""
    show(browser, report, 1024)
    overhang = "return [...document.querySelectorAll('.scroll')].map(box => box.scrollWidth - box.clientWidth)"
    found = script(browser, overhang)
    assert found, "there are tables"
    assert max(found) == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_words_in_charts_stay_large_enough_to_read(browser: webdriver.Chrome, report: Path, width: int) -> None:
    show(browser, report, width)
    heights = script(
        browser,
        "return [...document.querySelectorAll('svg.chart text')].map(t => t.getBoundingClientRect().height)"
        ".filter(h => h > 0)",
    )
    assert len(heights) > 40
    assert min(heights) >= 9


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: webdriver.Chrome, report: Path, scheme: str) -> None:
    """The contrast that WCAG AA asks for, 4.5 to 1, in both colour schemes."""
    show(browser, report, scheme=scheme)
    assert script(browser, CONTRAST) == {}


def test_light_and_dark_differ(browser: webdriver.Chrome, report: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        show(browser, report, scheme=scheme)
        grounds.append(script(browser, "return getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] != grounds[1]


def test_the_page_can_be_read_without_javascript(browser: webdriver.Chrome, report: Path) -> None:
    command(browser, "Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(browser, report)
        assert browser.find_element(By.ID, "objectives").text.count("samples") == 10
    finally:
        command(browser, "Emulation.setScriptExecutionDisabled", value=False)


def column(browser: webdriver.Chrome, number: int) -> list[str]:
    return [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, f"#methods tbody tr > :nth-child({number})")]


def test_a_click_on_a_head_sorts_by_its_column_and_a_second_one_turns_it_round(
    browser: webdriver.Chrome, report: Path
) -> None:
    """Figures by their size, whatever they look like, the largest first; names from A on."""
    show(browser, report)
    by_p95 = column(browser, 1)
    heads = browser.find_elements(By.CSS_SELECTOR, "#methods thead tr:last-child th")
    heads[0].find_element(By.TAG_NAME, "button").click()
    assert column(browser, 1) == sorted(by_p95)
    assert heads[0].get_attribute("aria-sort") == "ascending"
    heads[3].find_element(By.TAG_NAME, "button").click()
    assert (column(browser, 1), heads[3].get_attribute("aria-sort")) == (by_p95, "descending")
    assert column(browser, 4)[0] == "1.34 s", "seconds rank above milliseconds"
    heads[3].find_element(By.TAG_NAME, "button").click()
    assert (column(browser, 1), heads[3].get_attribute("aria-sort")) == (by_p95[::-1], "ascending")
    assert heads[0].get_attribute("aria-sort") is None


def test_without_javascript_no_head_looks_as_if_it_could_be_clicked(browser: webdriver.Chrome, report: Path) -> None:
    command(browser, "Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(browser, report)
        assert browser.find_elements(By.CSS_SELECTOR, "th button") == []
        assert len(column(browser, 1)) == len(pages_sample.METHOD_NAMES)
    finally:
        command(browser, "Emulation.setScriptExecutionDisabled", value=False)


def test_on_paper_nothing_is_cut_off_and_the_dark_stays_on_the_screen(browser: webdriver.Chrome, report: Path) -> None:
    """A4 at 96 dots an inch, from a browser that is set to dark; what is folded away on the screen is printed too."""
    show(browser, report, 718, "dark")
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    command(browser, "Emulation.setEmulatedMedia", media="print", features=dark)
    try:
        assert script(browser, "return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        shown = "[...document.querySelectorAll('table, pre, svg, td, dd')].filter(e => e.checkVisibility())"
        beyond = ".filter(e => e.getBoundingClientRect().right > 718.5).map(e => e.outerHTML.slice(0, 200))"
        assert script(browser, f"return {shown}{beyond}") == []
        assert not browser.find_element(By.TAG_NAME, "nav").is_displayed()
        printed = browser.print_page()
    finally:
        command(browser, "Emulation.setEmulatedMedia", media="")
    assert len(printed) > 50_000


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_axe_core_finds_nothing_against_accessibility(
    browser: webdriver.Chrome, report: Path, width: int, scheme: str
) -> None:
    """All of its rules, WCAG 2.2 AA and best practices, of whatever impact."""
    show(browser, report, width, scheme)
    assert axe_findings(browser) == []
