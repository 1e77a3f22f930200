"""On a healthy platform no alarm rings: a hundred short runs of every kind, and the audit finds nothing.

Each run has a seed of its own; between them they have every scenario here with both error modes, both routes, both
transports and both servers. What a busy machine makes of the objectives does not matter: a finding is one in any case.
"""

from __future__ import annotations

from collections import Counter
from itertools import cycle, islice, product
from typing import TYPE_CHECKING, NamedTuple

import pytest

from reports.audit.claim_table import ClaimTable
from tacorush.evidence.runfile import RunFile
from tests.e2e.whole_runs import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes

pytestmark = pytest.mark.timeout(240)
RUNS = 100
SCALE = "--time-scale=0.1"


class Crowd(NamedTuple):
    """A scenario in short, and the platform that it is meant for."""

    scenario: str
    drive: tuple[str, ...]
    platform: tuple[str, ...]
    seen: frozenset[str] = frozenset()
    """Actions of claims that its runs leave beside those of plain buyers, so that rules have something to look at."""


CROWDS = (
    Crowd("flow", ("--rate=20", "--duration=4s"), ("--platform=open", "--events=6")),
    Crowd("hotseat", ("--rate=20", "--duration=4s"), ("--platform=open", "--events=1", "--seats=60")),
    Crowd("abandon", ("--rate=15", "--duration=4s", SCALE), ("--platform=documented", "--events=6", SCALE)),
    Crowd(
        "turnover",
        ("--rate=20", "--duration=6s", "--time-scale=0.05"),
        ("--platform=open", "--events=1", "--seats=100", "--time-scale=0.05"),
    ),
    Crowd("repeats", ("--rate=10", "--duration=4s"), ("--platform=open", "--events=6")),
    Crowd("bots", ("--rate=15", "--duration=4s", SCALE), ("--platform=documented", "--events=6", SCALE)),
    Crowd("double-click", ("--rate=10", "--duration=4s"), ("--platform=open", "--events=6")),
    Crowd(
        "expiry-storm",
        ("--rate=4", "--duration=6s", "--time-scale=0.05"),
        ("--platform=open", "--events=2", "--time-scale=0.05"),
    ),
    Crowd("hundred-events", ("--rate=15", "--duration=4s"), ("--platform=open", "--events=100")),
    Crowd("rush", ("--rate=10", "--duration=6s", SCALE), ("--platform=documented", "--events=2", "--seats=40", SCALE)),
    Crowd("k6-2025", ("--scale=0.0005", "--duration=8s", SCALE), ("--platform=open", "--events=6", SCALE)),
    Crowd(
        "streams",
        ("--rate=8", "--duration=4s", "--time-scale=0.05", "--webhook-listen=127.0.0.1:0"),
        ("--platform=documented", "--events=2", "--time-scale=0.05"),
        frozenset({"stream", "update", "webhook"}),
    ),
    Crowd(
        "cheats",
        ("--rate=15", "--duration=4s", SCALE),
        ("--platform=deployed", "--events=6", SCALE),
        frozenset({"join", "admission"}),
    ),
)
WAYS = tuple(product(("in-message", "status"), ("services", "gateway"), ("wire", "grpcio"), ("wire", "grpcio")))
"""Error mode, route, transport, server."""


class Healthy(NamedTuple):
    """One run."""

    seed: int
    crowd: Crowd
    errors: str
    route: str
    transport: str
    server: str

    def __str__(self) -> str:
        return "-".join([str(self.seed), self.crowd.scenario, *self[2:]])


HEALTHY = [
    Healthy(seed, crowd, *way)  # 13 crowds and 16 ways have no divisor in common, so every crowd meets many ways
    for seed, crowd, way in islice(zip(range(1, RUNS + 1), cycle(CROWDS), cycle(WAYS), strict=False), RUNS)
]
IN_EVERY_SUITE = (HEALTHY[1], HEALTHY[42], HEALTHY[76])


def drive(processes: Processes, folder: Path, healthy: Healthy) -> None:
    """Drives one run and holds it to having found nothing, and to having had something to look at."""
    crowd, seed = healthy.crowd, f"--seed={healthy.seed}"
    words = [*crowd.platform, f"--errors={healthy.errors}", f"--server={healthy.server}", seed]
    fakes = processes.start("fakes", ["tacorush", "fakes", "--port=0", *words])
    address = fakes.wait_for_line("ready").split()[1]
    words = [*crowd.drive, f"--target={address}", f"--route={healthy.route}", f"--transport={healthy.transport}", seed]
    _, report, printed = run(processes, folder, crowd.scenario, *words)
    assert report, printed
    assert report["findings"] == [], printed
    assert report["totals"]["rpcs"] > 50, printed
    assert report["totals"]["orders"] > 0 or crowd.scenario == "bots", printed
    with RunFile(folder / "run.sqlite") as file:
        assert crowd.seen <= {example.action for example in ClaimTable(file.claims()).examples}, printed


def test_the_hundred_runs_are_of_every_kind() -> None:
    assert len(HEALTHY) == len({healthy.seed for healthy in HEALTHY}) == RUNS
    assert {(healthy.crowd.scenario, healthy.errors) for healthy in HEALTHY} == {
        (crowd.scenario, errors) for crowd in CROWDS for errors in ("in-message", "status")
    }
    ways = Counter(healthy[2:] for healthy in HEALTHY)
    assert set(ways) == set(WAYS)
    for place in range(2, 6):
        assert len({healthy[place] for healthy in IN_EVERY_SUITE}) == 2


@pytest.mark.parametrize("healthy", IN_EVERY_SUITE, ids=str)
def test_a_healthy_run_has_no_finding(processes: Processes, tmp_path: Path, healthy: Healthy) -> None:
    drive(processes, tmp_path / "run", healthy)


@pytest.mark.nightly
@pytest.mark.parametrize("healthy", [healthy for healthy in HEALTHY if healthy not in IN_EVERY_SUITE], ids=str)
def test_none_of_a_hundred_healthy_runs_has_a_finding(processes: Processes, tmp_path: Path, healthy: Healthy) -> None:
    drive(processes, tmp_path / "run", healthy)
