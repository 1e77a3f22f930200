"""The tables for pandas: what they hold is what the report says, and nothing is written by halves without a word."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from reports.exports import TABLES, tables, write_csv
from reports.judgement import judge
from tacorush.cli import report
from tacorush.cli.__main__ import main
from tests.unit.test_pages_run_file import SLO, written
from tests.unit.written_run import healthy, judged

HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None


def test_the_tables_hold_what_the_report_says() -> None:
    judgement = judged(healthy())
    found, summary = tables(judgement), judgement.summary
    assert set(found) == set(TABLES)
    assert found["seconds"]["planned"].sum() == summary["totals"]["planned"]
    assert found["seconds"]["ok"].sum() == found["calls"]["calls"].sum() == summary["totals"]["rpcs"]
    methods = found["methods"].set_index("method")
    for name, row in summary["latency_ms"]["methods"].items():
        assert methods.loc[name, "response_p95_ms"] == pytest.approx(row["response"]["p95"], rel=1e-5)
        assert methods.loc[name, "service_max_ms"] == pytest.approx(row["service"]["max"], rel=1e-5)
    assert found["journeys"]["journeys"].sum() == 980
    assert list(found["objectives"]["verdict"]) == [row["verdict"] for row in summary["objectives"]]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    findings = tables(judge(written(tmp_path / "run.sqlite")))["findings"]
    assert len(findings) == 0
    assert list(findings.columns) == ["rule", "certainty", "severity", "count", "message"]


def test_calls_at_their_deadline_are_counted_and_rank_above_answers(tmp_path: Path) -> None:
    second = tables(judge(written(tmp_path / "run.sqlite")))["seconds"].set_index("second").loc[0]
    assert (second["hit_deadline"], second["unknown"], second["failed"], second["ok"]) == (1, 1, 1, 98)
    assert second["response_max_ms"] >= second["response_p99_ms"] >= second["response_p50_ms"] > 0


def test_csv_files_come_out_the_same_each_time_and_pandas_reads_them_back(tmp_path: Path) -> None:
    judgement = judge(written(tmp_path / "run.sqlite"), SLO / "smoke.yaml")
    first, second = write_csv(tmp_path / "a", judgement), write_csv(tmp_path / "b", judgement)
    assert [path.name for path in first] == [f"{name}.csv" for name in TABLES]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    kept = pd.read_csv(tmp_path / "a" / "kept_calls.csv")
    assert set(kept[kept["why"] == "failed"]["code"]) == {"INTERNAL", "DEADLINE_EXCEEDED"}


def test_report_writes_tables_and_opens_the_page_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[str] = []
    run = str(written(tmp_path / "run.sqlite"))

    def show(page: str) -> bool:
        shown.append(page)
        return True

    assert report.main([run, "--csv", str(tmp_path / "tables"), "--open"], show) == 0
    assert shown == [(tmp_path / "report.html").as_uri()]
    assert str(tmp_path / "tables" / "seconds.csv") in capsys.readouterr().out.split("\n")
    assert report.main([run, "--open"], lambda _: False) == 0
    assert f"no browser was found here; open {tmp_path / 'report.html'} yourself" in capsys.readouterr().out


@pytest.mark.skipif(HAS_PYARROW, reason="pyarrow is installed")
def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(written(tmp_path / "run.sqlite")), "--parquet", str(tmp_path / "p")]) == 2
    assert "Parquet needs pyarrow, which is not installed: `pip install pyarrow`" in capsys.readouterr().err


@pytest.mark.skipif(not HAS_PYARROW, reason="needs pyarrow, which is an extra: pip install 'tacorush[parquet]'")
def test_parquet_holds_what_csv_holds(tmp_path: Path) -> None:
    run = str(written(tmp_path / "run.sqlite"))
    assert main(["report", run, "--parquet", str(tmp_path / "p"), "--csv", str(tmp_path / "c")]) == 0
    for name in ("seconds", "methods"):
        parquet, csv = pd.read_parquet(tmp_path / "p" / f"{name}.parquet"), pd.read_csv(tmp_path / "c" / f"{name}.csv")
        pd.testing.assert_frame_equal(parquet, csv, check_dtype=False)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["report", str(written(tmp_path / "run.sqlite")), "--csv", str(tmp_path / "taken")]) == 2
    assert f"cannot write the tables: {tmp_path}" in (said := capsys.readouterr().err)
    assert "[Errno" not in said


def test_the_docs_tell_every_table() -> None:
    told = (SLO.parent / "docs" / "report.md").read_text(encoding="utf-8")
    assert [name for name in TABLES if f"| `{name}` |" not in told] == []
