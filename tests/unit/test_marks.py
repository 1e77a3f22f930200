"""`tacorush mark`: what was done to the platform stands in the charts, whatever the run's writer is doing."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.judgement import judge
from reports.pages.material import Percentile, Series, Span
from reports.pages.spans import spans
from reports.pages.write import pages
from tacorush.cli import mark
from tacorush.cli.__main__ import main
from tacorush.cli.failures import UsageError
from tacorush.evidence.runfile import RunFile
from tacorush.evidence.writer import RunFileWriter
from tests.unit.pages_sample import MS, T0_NS
from tests.unit.test_pages_run_file import written

NO_LINE = {"p95": Percentile((), ())}


def test_a_mark_in_a_run_that_goes_on_stands_in_its_charts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.sqlite"
    assert mark.main([str(written(path, ended=False)), "pod  killed"], lambda: T0_NS + 1500 * MS) == 0
    assert capsys.readouterr().out == "marked at 1.5 s: pod killed\n"
    page = pages(judge(path))["report.html"]
    assert page.count(">pod killed</text>") >= 6


def test_a_mark_is_a_fact_of_the_run_file_and_can_stand_at_its_very_beginning(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    writer = RunFileWriter(path, every_s=0.01)
    writer.meta("t0_ns", T0_NS)
    writer.close()
    assert mark.main([str(path), "deployed"], lambda: T0_NS) == 0
    with RunFile(path) as run:
        assert run.meta[f"mark.{T0_NS}"] == {"at_ns": T0_NS, "text": "deployed"}


@pytest.mark.parametrize(
    ("ended", "after_ms", "text", "said"),
    [
        (True, 1, "late", "has ended; marks are for a run that goes on"),
        (False, -1, "early", "has not begun to drive yet; try again in a few seconds"),
        (False, 1, " ", "a mark has 1 to 60 letters, this one 0"),
        (False, 1, "x" * 61, "a mark has 1 to 60 letters, this one 61"),
    ],
)
def test_a_mark_that_cannot_be_made_says_why(tmp_path: Path, ended: bool, after_ms: int, text: str, said: str) -> None:
    run = str(written(tmp_path / "run.sqlite", ended))
    with pytest.raises(UsageError, match=said):
        mark.main([run, text], lambda: T0_NS + after_ms * MS)


def test_a_run_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mark", str(tmp_path / "nowhere"), "x"]) == 2
    assert "there is no run" in capsys.readouterr().err


def test_phases_are_named_and_every_second_of_them_is_shaded() -> None:
    series = Series(tuple(range(9)), 1, (), (), (), (), {}, NO_LINE, {})
    rows = [("before", 0.0, 2.0), ("peak", 2.0, 5.0), ("after", 5.0, 9.0)]
    meta = {"phases": [{"name": name, "from_s": start, "to_s": end} for name, start, end in rows]}
    summary = {"closed_loop": None, "duration_s": 9}
    assert spans(summary, meta, series) == (
        Span("before", 0, 2, shaded=False), Span("peak", 2, 5), Span("after", 5, 9, shaded=False),
    )  # fmt: skip
    assert spans(summary, {"phases": meta["phases"][:1]}, series) == ()
