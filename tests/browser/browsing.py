"""A headless browser for the tests of pages, and the questions that every page is asked."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from tests.browser.axe_core import axe_source

if TYPE_CHECKING:
    from pathlib import Path

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

CONTRAST = """
const luminance = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (!/^rgba\\(.*, 0\\)$/.test(c)) return c; } return 'rgb(255,255,255)'; };
const worst = {};
for (const e of document.querySelectorAll('h1, h2, h3, p, li, dt, dd, td, th, a, .badge, .quiet, figcaption p')) {
  if (!e.innerText || e.closest('svg')) continue;
  const [a, b] = [luminance(getComputedStyle(e).color), luminance(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) worst[e.className + ' ' + e.innerText.slice(0, 30)] = ratio;
}
return worst;
"""
"""Returns the texts whose contrast with their ground is under 4.5 to 1, which WCAG AA asks for."""


def started(profile: Path) -> webdriver.Chrome:
    """A headless browser that records every request and every message of the console."""
    assert CHROMIUM is not None
    assert DRIVER is not None
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(DRIVER))


def show(browser: webdriver.Chrome, page: Path, width: int = 1280, scheme: str = "light") -> None:
    """Opens a page afresh, at a width and in a colour scheme."""
    resize(browser, width, scheme)
    browser.get(page.as_uri())


def resize(browser: webdriver.Chrome, width: int = 1280, scheme: str = "light") -> None:
    """Sets the width and the colour scheme of whatever page is shown."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def script(browser: webdriver.Chrome, text: str) -> Any:
    """Runs a script in the page and returns what it returns."""
    return browser.execute_script(text)


def requests(browser: webdriver.Chrome) -> list[str]:
    """The addresses that the browser asked for since the last look."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]  # type: ignore[no-untyped-call]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


def console(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    """What the console said since the last look."""
    said: list[dict[str, Any]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    return said


def axe_findings(browser: webdriver.Chrome) -> list[tuple[str, str, list[str]]]:
    """What axe-core has against the page that is shown: rule, impact and where; skips where npm cannot fetch it."""
    source = axe_source()
    if source is None:
        pytest.skip("needs axe-core, which npm could not fetch here")
    browser.execute_script(source)
    found = browser.execute_async_script("axe.run(document).then(arguments[0])")
    assert len(found["passes"]) > 15
    return [
        (rule["id"], rule["impact"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found["violations"]
    ]
