"""compare.html and history.html in a real browser: no request, a silent console, readable at any width and light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reports.comparing.comparison import compare
from reports.pages.compared import write as write_comparison
from reports.pages.history import write as write_history
from reports.trend.past_runs import past_runs
from reports.trend.trend import trends
from tests.browser.browsing import CHROMIUM, CONTRAST, DRIVER, axe_findings, requests, script, show, started
from tests.unit.many_runs import folder_of_runs, run_file
from tests.unit.two_runs import TENTH, only, side, slower
from tests.unit.written_run import CREATE, healthy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium import webdriver

PAGES = ("compare", "history")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver, which are not installed here"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    found = started(tmp_path_factory.mktemp("profile"))
    yield found
    found.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A comparison that fails, with a loosened objective and other loads; a history with a change and a broken run."""
    folder = tmp_path_factory.mktemp("pages")
    new = slower(CREATE, 2.0)
    new.meta |= {"rate": 50.0, "release": "a-release-with-a-rather-long-label-2026.11"}
    for second in range(40):
        new.call(second, *[9.0 + second % 5] * 3, outcome="failed", code="INTERNAL")
    base = side(healthy(), "slo/production.yaml", "runs/release-1.4-of-the-whole-platform")
    compared = compare(base, side(new, only("errors", "rate<0.1"), "runs/release-1.5"), TENTH)
    runs = folder_of_runs(folder / "runs", [1.0] * 7 + [3.0] * 7, release="2026.11.27-rc1")
    run_file(runs / "rush" / "run.sqlite", 3, scenario="rush")
    run_file(runs / "killed" / "run.sqlite", 4, ended=None)
    (runs / "broken.sqlite").write_text("no run")
    (runs / "run-03" / "report.html").write_text("the report")
    found, unread = past_runs(runs)
    return {"compare": write_comparison(folder, compared), "history": write_history(runs, trends(found), unread)}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_but_itself_and_the_console_is_silent(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    requests(browser)
    show(browser, pages[name])
    asked = requests(browser)
    assert pages[name].as_uri() in asked
    assert [each for each in asked if each != pages[name].as_uri() and not each.startswith("data:")] == []
    assert browser.get_log("browser") == []  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1280, 720, 390, 320])
def test_a_page_never_scrolls_sideways(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, width: int
) -> None:
    """Wide tables scroll inside their own frame."""
    show(browser, pages[name], width)
    assert script(browser, "return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_on_a_wide_screen_every_table_fits_its_card(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str
) -> None:
    show(browser, pages[name])
    beyond = "return [...document.querySelectorAll('.scroll')].map(box => box.scrollWidth - box.clientWidth)"
    found = script(browser, beyond)
    assert found, "there are tables"
    assert max(found) == 0


@pytest.mark.parametrize(("name", "charts"), [("compare", 2), ("history", 2)])
@pytest.mark.parametrize(("width", "frame"), [(1280, "wide"), (390, "narrow")])
def test_each_chart_is_shown_once_in_the_drawing_made_for_the_width_and_can_be_read(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, charts: int, width: int, frame: str
) -> None:
    show(browser, pages[name], width)
    shown = "[...document.querySelectorAll('svg.chart')].filter(e => e.checkVisibility())"
    assert script(browser, f"return {shown}.map(e => e.getAttribute('class'))") == [f"chart {frame}"] * charts
    heights = script(
        browser,
        "return [...document.querySelectorAll('svg.chart text')].map(t => t.getBoundingClientRect().height)"
        ".filter(h => h > 0)",
    )
    assert min(heights) >= 9


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, scheme: str
) -> None:
    show(browser, pages[name], scheme=scheme)
    assert script(browser, CONTRAST) == {}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_axe_core_finds_nothing_against_accessibility(
    browser: webdriver.Chrome, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    """All of its rules, WCAG 2.2 AA and best practices, of whatever impact."""
    show(browser, pages[name], width, scheme)
    assert axe_findings(browser) == []
