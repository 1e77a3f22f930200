"""The live page of plain Locust, local and over a master with workers: figures while a run is on, then its verdict."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.fleet_runs import forks, start_fakes, start_locust
from tests.processes import Processes, free_port, until

if TYPE_CHECKING:
    from pathlib import Path


def asked(address: str) -> str:
    """What a page answers; empty while nobody does."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except urllib.error.URLError:
        return ""


@pytest.mark.parametrize(
    "options",
    [
        ["--rate=20", "--duration=6s", *forks(2)],
        pytest.param(["-u5", "-r5", "-t6s"], marks=pytest.mark.nightly),
    ],
    ids=["master", "users"],
)
def test_the_live_page_follows_a_run_of_plain_locust(tmp_path: Path, options: list[str]) -> None:
    """Ours lie beside Locust's own pages, under its base path; the verdict is there while its page stays open."""
    port = free_port()
    base = f"http://127.0.0.1:{port}/load"
    seen: list[dict[str, Any]] = []

    def look() -> dict[str, Any]:
        seen.append(json.loads(asked(f"{base}/tacorush/live.json") or "{}"))
        return seen[-1]

    with Processes(tmp_path) as processes:
        target = start_fakes(processes)
        web = ["--web-host=127.0.0.1", f"--web-port={port}", "--web-base-path=/load", "--autostart"]
        locust = start_locust(processes, "locust", *web, *options, f"--target={target}", "--out=run")
        until(lambda: bool(look().get("outcome")), "the verdict on the live page")
        assert f"live figures, charts and the verdict: {base}/tacorush/" in locust.output()
        assert 'href="/load/tacorush/"' in asked(f"{base}/")
        assert "Content-Security-Policy" in asked(f"{base}/tacorush/")
        tabs = {row["key"]: row["data"] for row in json.loads(asked(f"{base}/stats/requests"))["extended_stats"]}
        assert tabs["slo"][0]["state"] == seen[-1]["outcome"]["verdict"]
        assert {row["fact"] for row in tabs["oversell"]} >= {"Seats sold", "Got the ticket"}
    stages = [found["stage"] for found in seen if found]
    assert stages.index("driving") < stages.index("ended")
    assert seen[-1]["stations"][0]["journeys"] > 0
