"""What Prometheus scrapes of both exporters follows its conventions, stays small, and fits what the objectives ask."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from fakes.exporter import JournalCollector
from fakes.journal import Journal
from reports.objectives.file import load
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import CellKey, Delta
from tacorush.fleet.exporter import TallyCollector
from tacorush.fleet.tally import BOUNDS_S, MOST_KINDS, OTHER_CODE
from tests.unit.test_fleet_tally import JOIN, MS, delta

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

ROOT = Path(__file__).parents[2]
SERIES_A_KIND = len(BOUNDS_S) + 3
"""Every bucket, the one without a bound, sum and count."""


def of_run() -> TallyCollector:
    """What a run tells that has gone on for some seconds."""
    collector = TallyCollector()
    collector.tally.add(delta())
    collector.info = {"run_id": "r", "scenario": "flow", "target": "t", "release": "1.4", "version": "0"}
    return collector


def of_fakes() -> JournalCollector:
    """What the bundled platform tells when it has served, counted and holds something."""
    journal = Journal(lambda: 0.0)
    journal.called(JOIN, "OK")
    journal.count("reservation.v1.ReservationService", "orders_total")
    journal.gauge("gateway.v1.QueueService", "waiting_tokens", lambda: 7)
    return JournalCollector(lambda: list(journal.measures()))


def scraped(collector: Collector) -> str:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def checked(text: str) -> tuple[int, str]:
    """The exit code and the words of Prometheus' own linter."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("collector", [of_run(), of_fakes()], ids=["run", "fakes"])
def test_prometheus_own_linter_has_nothing_to_say(collector: Collector) -> None:
    """Names, units, HELP and TYPE."""
    assert checked(scraped(collector)) == (0, "")


def test_the_linter_would_complain_of_a_counter_that_is_not_called_total() -> None:
    """Else its silence above would mean nothing."""
    code, said = checked("# HELP calls Calls\n# TYPE calls counter\ncalls 1\n")
    assert code != 0
    assert "_total" in said


def test_every_limit_of_the_objectives_that_come_along_is_a_bound_of_a_bucket() -> None:
    """So that the share of calls within it is exact."""
    limits = {
        objective.parsed.threshold / 1000
        for file in (ROOT / "slo").glob("*.yaml")
        for objective in load(file)
        if objective.metric in ("response_ms", "service_ms")
    }
    assert limits
    assert limits <= set(BOUNDS_S)


def test_the_run_tells_what_it_is() -> None:
    assert 'tacorush_run_info{release="1.4",run_id="r",scenario="flow",target="t",version="0"} 1.0' in scraped(of_run())


def test_a_scrape_is_as_large_as_there_are_kinds_of_calls_not_calls() -> None:
    collector = of_run()
    before = len(scraped(collector).splitlines())
    for second in range(100):
        cells = {CellKey(second, JOIN, "buyer", "ok", "OK", "response"): Histogram([MS] * 50)}
        collector.tally.add(Delta("local", second + 2, cells))
    assert len(scraped(collector).splitlines()) == before


def test_a_platform_that_makes_up_codes_cannot_swell_a_scrape() -> None:
    """Kinds beyond the most are counted under one code, and no call is lost."""
    collector = TallyCollector()
    codes = 2 * MOST_KINDS
    cells = {
        CellKey(1, JOIN, "buyer", "failed", f"CODE_{number}", "response"): Histogram([MS]) for number in range(codes)
    }
    collector.tally.add(Delta("local", 1, cells))
    rows = [row for row in scraped(collector).splitlines() if row.startswith("tacorush_rpc_duration_seconds")]
    assert len(rows) == (MOST_KINDS + 1) * SERIES_A_KIND
    assert collector.tally.total == codes
    (other,) = [row for row in rows if "_count" in row and f'grpc_code="{OTHER_CODE}"' in row]
    assert float(other.split()[-1]) == codes - MOST_KINDS
