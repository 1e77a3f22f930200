"""The live page in a real browser: it follows what it is told, ends with the verdict, and can be read by everybody."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from reports.live import told
from reports.live.page import page
from reports.live.snapshot import ENDED, Outcome, Snapshot
from tests.browser.browsing import CHROMIUM, DRIVER, axe_findings, console, requests, resize, script, started
from tests.processes import Processes, free_port, until
from tests.unit.live_sample import driving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium import webdriver

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="needs chromium and chromedriver, which are not installed here"
)

LIMIT_S = 60


class Told:
    """Serves the live page, and as its figures whatever a test lets them be."""

    def __init__(self) -> None:
        self.figures = "{}"
        told_now = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                html = self.path.endswith("/")
                self.send_response(200 if html or self.path.endswith("/live.json") else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8" if html else "application/json")
                self.end_headers()
                self.wfile.write((page() if html else told_now.figures).encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server.server_port}/tacorush/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tell(self, now: Snapshot) -> None:
        self.figures = json.dumps(told.as_plain(now))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium = started(tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.quit()


@pytest.fixture
def live() -> Iterator[Told]:
    serving = Told()
    serving.tell(driving())
    yield serving
    serving.server.shutdown()
    serving.server.server_close()


def over() -> Snapshot:
    """The same run at its end."""
    outcome = Outcome("FAIL", "The platform broke a promise.", ("Seat <b>A-1</b> was sold twice.",))
    return replace(driving(), stage=ENDED, second=45, outcome=outcome)


def text(browser: webdriver.Chrome, place: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, place).text


def wait(browser: webdriver.Chrome, condition: Callable[[], bool], what: str) -> None:
    WebDriverWait(browser, LIMIT_S, 0.1).until(lambda _: condition(), what)


def show(browser: webdriver.Chrome, live: Told, width: int = 1280, scheme: str = "light") -> None:
    resize(browser, width, scheme)
    browser.get(live.address)
    wait(browser, lambda: bool(browser.find_elements(By.CSS_SELECTOR, ".standing")), "the first figures")


def test_the_page_says_how_the_run_goes(browser: webdriver.Chrome, live: Told) -> None:
    """What is missed stands first; figures are the terminal's."""
    show(browser, live)
    assert text(browser, "#state") == "Driving, peak"
    assert text(browser, "#headline") == "20 s of 45 s, 25 s left; of 1,000 arrivals 3 late and 7 dropped"
    values = [tile.text for tile in browser.find_elements(By.CSS_SELECTOR, ".tile .value")]
    assert values == ["49.5/s", "4.2 ms", "612 ms", "≥ 900 ms", "0.8 %", "1"]
    assert text(browser, ".standing .name") == "P95 of holding seats"
    assert len(browser.find_elements(By.CSS_SELECTOR, ".live-chart path")) == 6
    assert browser.title == "Driving, peak · flow · Tacorush"


def test_the_page_changes_while_the_run_is_on_and_ends_with_the_verdict(browser: webdriver.Chrome, live: Told) -> None:
    """What comes from outside is text, never markup."""
    show(browser, live)
    live.tell(replace(driving(), second=21, part=""))
    wait(browser, lambda: text(browser, "#state") == "Driving", "the next look")
    live.tell(over())
    wait(browser, lambda: text(browser, "#state") == "FAIL", "the verdict")
    assert text(browser, "#reasons") == "Seat <b>A-1</b> was sold twice."
    assert text(browser, "#headline") == "The platform broke a promise."
    assert browser.title == "FAIL · flow · Tacorush"


def test_before_a_run_the_page_waits_for_one(browser: webdriver.Chrome, live: Told) -> None:
    live.figures = "{}"
    browser.get(live.address)
    assert text(browser, "#state") == "Waiting for a run"
    live.tell(driving())
    wait(browser, lambda: text(browser, "#state") == "Driving, peak", "the run that began")


def test_the_page_asks_its_own_server_alone_and_the_console_is_silent(browser: webdriver.Chrome, live: Told) -> None:
    console(browser)
    requests(browser)
    show(browser, live)
    live.tell(over())
    wait(browser, lambda: text(browser, "#state") == "FAIL", "the verdict")
    assert [asked for asked in requests(browser) if not asked.startswith((live.address, "data:"))] == []
    assert console(browser) == []


@pytest.mark.parametrize("width", [1280, 720, 390, 320])
def test_the_page_never_scrolls_sideways(browser: webdriver.Chrome, live: Told, width: int) -> None:
    show(browser, live, width)
    assert script(browser, "return document.documentElement.scrollWidth") <= width


def test_a_server_that_is_gone_is_told(browser: webdriver.Chrome, live: Told) -> None:
    show(browser, live)
    live.server.shutdown()
    live.server.server_close()
    wait(browser, browser.find_element(By.ID, "gone").is_displayed, "that nobody answers")
    assert text(browser, ".tile .value") == "49.5/s"
    live.server = Told().server
    console(browser)


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_core_finds_nothing_against_accessibility(
    browser: webdriver.Chrome, live: Told, width: int, scheme: str, ended: bool
) -> None:
    if ended:
        live.tell(over())
    show(browser, live, width, scheme)
    assert axe_findings(browser) == []


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.URLError:
        return False


def test_a_run_is_watched_from_locusts_page_to_its_verdict(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Tabs within Locust's page, a link from there to ours, figures that change, and the verdict when it is made."""
    port = free_port()
    with Processes(tmp_path) as processes:
        words = ["tacorush", "run", "flow", "--web", "--rate=20", "--duration=12s", "--time-scale=0.2", "--out=run"]
        processes.start("run", [*words, "--metrics-port=0", "--", "--web-host=127.0.0.1", f"--web-port={port}"])
        until(lambda: answers(f"http://127.0.0.1:{port}/"), "Locust's page")
        resize(browser)
        browser.get(f"http://127.0.0.1:{port}/?tab=slo")
        rows = "//td[text()='P95 of all calls']/following-sibling::td"
        wait(browser, lambda: bool(browser.find_elements(By.XPATH, rows)), "the objectives in the tab SLO")
        assert browser.find_element(By.XPATH, rows).text == "< 500 ms"
        browser.find_element(By.XPATH, "//button[contains(., 'Oversell')]").click()
        wait(browser, lambda: "Seats sold twice, by the answers seen" in text(browser, "table"), "the tab Oversell")
        console(browser)
        browser.find_element(By.ID, "tacorush-live").click()
        wait(browser, lambda: text(browser, "#state").startswith("Driving"), "a run that drives")
        began = text(browser, "#stations .share b")
        wait(browser, lambda: text(browser, "#stations .share b") != began, "more people")
        wait(browser, lambda: browser.find_element(By.ID, "why").is_displayed(), "the verdict")
        assert text(browser, "#state") in {"PASS", "INCONCLUSIVE"}
        assert "This rests on " in text(browser, "#reasons")
        assert console(browser) == []
