"""`tacorush plan`: chart, figures and picture of what a run would drive, and one line for what cannot be planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tacorush.cli.__main__ import main
from tacorush.cli.planning.cost import ASSUMED_US, cost_of
from tacorush.cli.terminal_chart import chart, columns_for, length


def plan(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command."""
    code = main(["plan", *words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_chart_shows_the_shape_by_eighths_from_zero_to_the_highest() -> None:
    assert chart([0, 1, 2, 4, 8, 0.1], end_s=90, height=2) == [
        "8 ┤    █",
        "  │ ▂▄██▁",
        "0 ┼──────",
        "   0 1m30s",
    ]


def test_a_chart_without_unicode_is_plain_characters() -> None:
    lines = chart([0, 4, 8], end_s=60, height=2, unicode=False)
    assert all(line.isascii() for line in lines)
    assert [len(line) for line in lines[:3]] == [6, 6, 6]


def test_a_chart_of_nobody_is_empty() -> None:
    assert chart([0.0, 0.0], end_s=1, height=2) == ["0 ┤", "  │", "0 ┼──", "   0 1s"]


@pytest.mark.parametrize("width", [20, 80, 200])
def test_a_chart_fits_the_width_that_it_was_made_for(width: int) -> None:
    columns = columns_for(width, 12_345)
    assert max(map(len, chart([12_345.0] * columns, end_s=3600))) <= width


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (45, "45s"), (60, "1m"), (90, "1m30s"), (3600, "1h"), (3601.2, "1h2s")]
)
def test_a_length_reads_as_people_write_it(seconds: float, text: str) -> None:
    assert length(seconds) == text


def test_a_plan_fits_the_terminal_and_has_every_figure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    code, out, _ = plan(capsys, "rush", "--people=100")
    assert code == 0
    lines = out.splitlines()
    assert max(map(len, lines)) <= 72
    assert "█" in out
    assert "\x1b" not in out
    for figure in (
        "arrivals in all",
        "peak rate",
        "users in flight",
        "Little's law",
        "RPC/s by method",
        "ReservationService/CreateReservation",
        "seats needed",
        "admissions needed",
        "processes likely",
        "No load was made",
    ):
        assert figure in out, figure


def test_a_plan_is_the_same_twice_and_another_seed_is_another_plan(capsys: pytest.CaptureFixture[str]) -> None:
    one, again, other = (plan(capsys, "rush", "--people=100", f"--seed={seed}")[1] for seed in (1, 1, 2))
    assert one == again != other


def test_the_figures_for_programs_are_those_of_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = plan(capsys, "flow", "--rate=20", "--duration=30s", "--people=200", "--json")
    found: dict[str, Any] = json.loads(out)
    assert (code, found["arrivals"], found["peak_per_s"], found["rate"]) == (0, 600, 20, 20)
    assert sum(found["planned_per_s"]) / len(found["planned_per_s"]) == pytest.approx(20)
    assert found["rpcs_per_s"]["mean"] == pytest.approx(
        sum(row["mean_per_s"] for row in found["methods"].values()), rel=0.01
    )
    assert found["processes"] == 1
    assert found["assumed"] == {"service_ms": 10, "people": 200, "one_person_in": 3}


def test_a_burst_in_one_instant_has_no_peak_rate_in_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Infinity is no JSON; the busiest second says how many came."""
    mine = tmp_path / "burst.yaml"
    mine.write_text(
        "description: all at once\nrate: 2\nduration: 10s\nmix: {buyer: 1}\narrivals: {profile: burst, at_s: 3}\n"
    )
    found = json.loads(plan(capsys, str(mine), "--json")[1])
    assert found["peak_per_s"] is None
    assert found["busiest"] == {"second": 3, "arrivals": 20}


def test_the_picture_is_a_png(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    picture = tmp_path / "rush.png"
    code, _, _ = plan(capsys, "rush", "--people=50", f"--plot={picture}")
    assert code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["rush.jpog", "nowhere/rush.png"])
def test_a_picture_that_cannot_be_written_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    code, _, said = plan(capsys, "ping", "--people=5", f"--plot={tmp_path / name}")
    assert code == 2
    assert said.count("\n") == 1
    assert "--plot" in said


def test_an_unknown_scenario_is_named_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = plan(capsys, "rsuh")
    assert (code, said.count("\n")) == (2, 1)
    assert "did you mean rush?" in said


def report(folder: Path, name: str, scenario: str, host: str, us: float, started: str, rpcs: int = 5000) -> None:
    """The report of a run, as far as its cost goes."""
    (folder / name).mkdir(parents=True)
    content = {
        "scenario": scenario,
        "started_at": started,
        "totals": {"rpcs": rpcs},
        "generator": {"cpu_us_per_rpc": us, "processes": [{"host": host}]},
    }
    (folder / name / "report.json").write_text(json.dumps(content))


def test_the_cost_of_a_call_is_taken_from_the_latest_run_of_the_scenario_on_this_machine(tmp_path: Path) -> None:
    report(tmp_path, "a", "flow", "here", 100, "2025-01-01T00:00:00Z")
    report(tmp_path, "b", "flow", "here", 110, "2025-01-02T00:00:00Z")
    report(tmp_path, "c", "ping", "here", 120, "2025-01-03T00:00:00Z")
    report(tmp_path, "d", "flow", "elsewhere", 130, "2025-01-04T00:00:00Z")
    report(tmp_path, "e", "flow", "here", 140, "2025-01-05T00:00:00Z", rpcs=10)
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "report.json").write_text("{")
    assert (cost_of("flow", tmp_path, "here").us_per_call, cost_of("flow", tmp_path, "here").source) == (
        110,
        "measured",
    )
    other = cost_of("rush", tmp_path, "here")
    assert other.us_per_call == 120
    assert "run of ping on 2025-01-03" in other.said
    assert "other calls" in other.said


def test_without_a_run_of_this_machine_the_cost_is_assumed_and_says_so(tmp_path: Path) -> None:
    report(tmp_path, "d", "flow", "elsewhere", 130, "2025-01-04T00:00:00Z")
    cost = cost_of("flow", tmp_path, "here")
    assert (cost.us_per_call, cost.source) == (ASSUMED_US, "assumed")
    assert "--calibrate" in cost.said


def test_a_journey_of_ones_own_that_fails_is_named_and_is_no_bug_of_tacorush(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = "from scenarios.journeys import Kind\ndef peek(person, wishes):\n    person.dance()\n"
    (tmp_path / "mine.py").write_text(code + "JOURNEYS = {'peek': Kind(peek, (), 1)}\n")
    path = tmp_path / "mine.yaml"
    path.write_text("description: d\nrate: 1\nduration: 1\njourneys: mine.py\nmix: {peek: 1}\n")
    exit_code, _, said = plan(capsys, str(path))
    assert exit_code == 2
    assert said.startswith(f"tacorush plan: {tmp_path}/mine.py, line 3: the journey peek failed: AttributeError: ")
    assert said.count("\n") == 1


def test_a_plan_takes_what_a_run_takes_of_rates(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Or what a run of it would need could not be asked."""
    (tmp_path / "traffic.csv").write_text("start_s,count\n0,5\n1,30\n2,7\n")
    replayed = json.loads(plan(capsys, "flow", f"--replay={tmp_path / 'traffic.csv'}", "--json")[1])
    scaled = json.loads(plan(capsys, "k6-2025", "--scale=0.0001", "--people=50", "--json")[1])
    assert (replayed["arrivals"], replayed["duration_s"]) == (42, 3)
    assert scaled["rate"] == pytest.approx(10_901.43 / 10_000)
    code, _, said = plan(capsys, "flow", "--rate=1", "--scale=2")
    assert (code, said.count("\n")) == (2, 1)
    assert "give one of them" in said
