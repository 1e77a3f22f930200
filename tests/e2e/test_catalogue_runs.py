"""The catalogue's crowds against the bundled platform, in short form: each ends in a verdict that makes sense.

A run of seconds has too few samples for most percentiles, and a busy machine may lag: what must hold in any case is
that nothing is proved broken, and that the refusals, failed cards and forgotten carts that a plan asks for are no
errors.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scenarios.scenario import names
from tacorush.evidence.runfile import RunFile
from tests.e2e.whole_runs import run, skip_when_the_generator_lagged

if TYPE_CHECKING:
    from tests.processes import Processes

pytestmark = pytest.mark.timeout(240)
EXAMPLE = Path(__file__).parents[2] / "docs/examples/bargain-hunters.yaml"

SHORT = {
    "abandon": ("--rate=15", "--duration=6s", "--time-scale=0.1"),
    "bots": ("--rate=15", "--duration=6s", "--time-scale=0.1"),
    "cheats": ("--rate=10", "--duration=6s", "--time-scale=0.1"),
    "double-click": ("--rate=10", "--duration=5s"),
    "expiry-storm": ("--rate=4", "--duration=8s", "--time-scale=0.05"),
    "flow": ("--rate=20", "--duration=5s"),
    "ghosts": ("--rate=10", "--duration=5s", "--time-scale=0.02"),
    "hotseat": ("--rate=20", "--duration=6s"),
    "hundred-events": ("--rate=15", "--duration=5s"),
    "k6-2025": ("--scale=0.0005", "--duration=14s", "--time-scale=0.1"),
    "one-event": ("--rate=15", "--duration=5s"),
    "ping": ("--rate=40", "--duration=5s"),
    "queue": ("--rate=10", "--duration=6s", "--time-scale=0.1"),
    "repeats": ("--rate=5", "--duration=5s", "--time-scale=0.1"),
    "rush": ("--rate=10", "--duration=8s", "--time-scale=0.1"),
    "soak": ("--rate=10", "--duration=8s", "--time-scale=0.1"),
    "turnover": ("--rate=20", "--duration=6s", "--time-scale=0.05"),
    "spike": ("--rate=4", "--duration=30s"),
    "streams": ("--rate=3", "--duration=4s", "--time-scale=0.1"),
}
"""Scenario to the shorter form in which it is driven here; `tour` has a test of its own."""
IN_EVERY_SUITE = {"bots", "expiry-storm"}


def endings(folder: Path) -> Counter[tuple[str, str]]:
    """Journeys of the run file by (name in the mix, ending)."""
    counted: Counter[tuple[str, str]] = Counter()
    with RunFile(folder / "run.sqlite") as file:
        for key, histogram in file.cells():
            if key.measure == "journey.total":
                counted[key.journey, key.outcome] += histogram.count
    return counted


def proved_nothing_broken(code: int, report: dict[str, Any], printed: str) -> None:
    """No finding, no error, and PASS, or INCONCLUSIVE for want of samples alone."""
    skip_when_the_generator_lagged(report)
    outcomes = report["totals"]["outcomes"]
    assert (outcomes["failed"], outcomes["unknown"], outcomes["unimplemented"]) == (0, 0, 0), printed
    assert report["findings"] == [], printed
    assert code in (0, 3), printed
    if code == 3:
        assert [each["verdict"] for each in report["objectives"] if each["verdict"] == "FAIL"] == []
        assert "too few samples" in printed or "Run longer" in printed, printed


def test_every_scenario_of_the_catalogue_is_driven_here_or_elsewhere() -> None:
    assert {*SHORT, "tour"} == set(names())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in IN_EVERY_SUITE else pytest.mark.nightly) for name in SHORT],
)
def test_a_scenario_of_the_catalogue_breaks_nothing_on_a_healthy_platform(
    processes: Processes, tmp_path: Path, name: str
) -> None:
    code, report, printed = run(processes, tmp_path / "run", name, *SHORT[name])
    proved_nothing_broken(code, report, printed)
    counted = endings(tmp_path / "run")
    assert sum(counted.values()) == report["totals"]["journeys"] > 0
    if name == "bots":
        assert {ending for (who, ending) in counted if who == "bot"} == {"refused"}
    if name == "cheats":
        cheats = {"token-spender", "token-keeper", "token-lender", "bot"}
        assert {ending for (who, ending) in counted if who in cheats} == {"refused"}
    if name in ("expiry-storm", "double-click", "repeats", "streams"):
        assert {ending for (_, ending) in counted} == {"ticket"}
        assert report["totals"]["orders"] == report["totals"]["journeys"]


def test_a_scenario_and_a_journey_of_ones_own_are_driven_with_workers(processes: Processes, tmp_path: Path) -> None:
    """The documents' example, as it stands there, on the processes that fork from a master."""
    code, _, printed = run(processes, tmp_path / "run", str(EXAMPLE), "--rate=10", "--duration=5s", "--processes=2")
    assert code in (0, 3), printed
    assert endings(tmp_path / "run")["bargain-hunter", "ticket"] > 0


def test_one_process_and_three_plan_the_same_journeys(processes: Processes, tmp_path: Path) -> None:
    """The same personas, seats wanted and payment choices: the digests of every second are equal.

    Each run has a platform of its own: one that has sold seats already names others before the load.
    """
    scenario = tmp_path / "crowd.yaml"
    scenario.write_text(
        "description: people of many kinds after few seats\n"
        "platform: open\nrate: 15\nduration: 6s\nscarce: true\n"
        "arrivals: {profile: constant, spacing: poisson}\n"
        "mix: {buyer: 40, seat-picker: 30, impatient: 10, group: 10, declined: 5, bot: 5}\n"
        "people: {think_s: [0, 0.2], cards: {APPROVE: 3, DELAY: 1, RANDOM: 1}}\n"
        "popularity: {events: {law: zipf, s: 1.2}, seats: {law: zipf, s: 0.8}}\n"
        "fakes: {events: 5, seats: 600}\n"
    )
    planned, kinds = [], []
    for workers in (1, 3):
        out = tmp_path / str(workers)
        code, _, printed = run(processes, out, str(scenario), "--seed=7", f"--processes={workers}")
        assert code in (0, 3), printed
        seconds: dict[int, tuple[int, int]] = {}
        with RunFile(out / "run.sqlite") as file:
            for row in file.arrivals():
                count, digest = seconds.get(row.second, (0, 0))
                seconds[row.second] = count + row.planned, (digest + int(row.digest or "0", 16)) % 2**64
        planned.append(seconds)
        kinds.append(Counter(who for who, _ in endings(out).elements()))
    assert planned[0] == planned[1]
    assert sum(count for count, _ in planned[0].values()) > 60
    assert kinds[0] == kinds[1]
