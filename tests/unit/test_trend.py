"""`tacorush history`: runs in the order of their time, apart by their load, their changes, and what is left out."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from reports.console import WIDTH
from reports.pages.history import page
from reports.trend.console import history_lines
from reports.trend.past_runs import past_runs
from reports.trend.trend import Trend, trends
from tacorush.cli.__main__ import main
from tests.unit.many_runs import folder_of_runs, run_file

STEADY, RISEN = [1.0] * 6, [3.0] * 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve runs of which the last six are slower, one of another load, one that was killed, one that is broken."""
    found = folder_of_runs(tmp_path_factory.mktemp("history") / "nightly", [*STEADY, *RISEN])
    run_file(found / "deeper" / "rush" / "run.sqlite", 2, scenario="rush", rate=20.0, release="9.9")
    run_file(found / "killed.sqlite", 4, slower=50.0, ended=None)
    (found / "run-03" / "report.html").write_text("the report")
    (found / "broken").mkdir()
    (found / "broken" / "run.sqlite").write_bytes(b"no run at all")
    return found


@pytest.fixture(scope="module")
def found(folder: Path) -> list[Trend]:
    return trends(past_runs(folder)[0])


def test_runs_come_in_the_order_of_their_time_wherever_they_lie(found: list[Trend]) -> None:
    """Those of another load apart; the load of the newest run first."""
    assert [trend.load for trend in found] == ["flow, 6 journeys/s", "rush, 20 journeys/s"]
    names = [run.name for run in found[0].runs]
    assert [name for name in names if name != "killed.sqlite"] == [f"run-{number:02}" for number in range(12)]
    started = [run.summary["started_at"] for run in found[0].runs]
    assert started == sorted(started)
    assert [run.name for run in found[1].runs] == ["deeper/rush"]


def test_what_is_no_run_is_left_out_and_says_why(folder: Path) -> None:
    _, unread = past_runs(folder)
    assert [tuple(file) for file in unread] == [("broken", "cannot be read as a run file: file is not a database")]


def test_a_change_is_told_with_both_sides_and_a_run_in_doubt_is_none(found: list[Trend]) -> None:
    """The killed run is fifty times as slow, and counts for nothing."""
    trend = found[0]
    (point,) = trend.changes
    assert trend.runs[point.at].name == "run-06"
    assert "P95 of all calls" in point.series
    assert re.fullmatch(r"P95 of all calls 1\d(\.\d)? → 4\d(\.\d)? ms", trend.change(point, "P95 of all calls"))
    (killed,) = [number for number, run in enumerate(trend.runs) if run.doubts]
    assert trend.runs[killed].name == "killed.sqlite"
    assert killed not in trend.sound


def test_a_figure_that_an_objective_shares_is_looked_at_once(found: list[Trend]) -> None:
    """The objective `P95 of all calls` is the key figure itself."""
    (point,) = found[0].changes
    assert sorted(point.series) == ["P95 of all calls", "P95 of holding seats"]


def test_runs_of_other_objectives_leave_gaps_in_the_lines(tmp_path: Path) -> None:
    """They are no zeros."""
    folder_of_runs(tmp_path, STEADY)
    slo = "objectives:\n  - {name: Mean, metric: response_ms, expression: avg<500}\n"
    run_file(tmp_path / "last" / "run.sqlite", 9, slo_text=slo)
    (trend,) = trends(past_runs(tmp_path)[0])
    lines = {line.name: line.values for line in trend.objectives}
    assert next(iter(lines)) == "Mean"
    assert lines["Mean"][:6] == [None] * 6
    assert lines["Error rate"][-1] is None


def test_all_can_be_judged_by_the_same_objectives(folder: Path, tmp_path: Path) -> None:
    slo = tmp_path / "strict.yaml"
    slo.write_text("objectives:\n  - {name: strict, metric: response_ms, expression: p(95)<1}\n")
    runs, _ = past_runs(folder, slo)
    assert {run.summary["verdict"] for run in runs if not run.doubts} == {"FAIL"}


def test_the_terminal_shows_every_run_and_where_it_changed(found: list[Trend], folder: Path) -> None:
    lines = history_lines(found, past_runs(folder)[1], "nightly/history.html")
    text = "\n".join(lines)
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == "flow, 6 journeys/s: 13 runs"
    changed = next(number for number, line in enumerate(lines) if "changed here: " in line)
    assert lines[changed - 1].endswith("run-05")
    assert any(line.endswith("run-06") for line in lines[changed : changed + 4])
    assert "killed.sqlite (in doubt)" in text
    assert "left out: broken cannot be read as a run file" in text
    assert "fewer than 8 runs whose load is not in doubt cannot show a change" in text
    assert re.search(r"  P95 of all calls      [▁▂▃▄▅▆▇█·]{13}  \d\d", text)
    assert lines[-1] == "history: nightly/history.html"


def test_the_same_folder_gives_the_same_page_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "nightly"
    shutil.copytree(folder, copy)
    pages = []
    for each in (folder, copy):
        runs, unread = past_runs(each)
        pages.append(page("nightly", trends(runs), unread))
    assert pages[0] == pages[1]


def test_the_page_links_to_the_reports_that_are_there(folder: Path, found: list[Trend]) -> None:
    """And to nothing else; names from outside stay words."""
    said = page("<b>nightly</b>", found, past_runs(folder)[1])
    assert re.findall(r'<a href="([^#"]+)"', said) == ["run-03/report.html"]
    assert "<b>nightly</b>" not in said
    assert said.count('class="chart wide"') == 2, "P95 and error rate of the load with more than one run"


def test_the_command_writes_the_page_into_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", str(folder)]) == 0
    assert capsys.readouterr().out.endswith(f"history: {folder}/history.html\n")
    assert (folder / "history.html").is_file()


def test_a_folder_without_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"tacorush history: {tmp_path} holds no run file (*.sqlite), at whatever depth\n"
    assert main(["history", str(tmp_path / "nowhere")]) == 2
    assert "name one that holds runs, such as runs" in capsys.readouterr().err
