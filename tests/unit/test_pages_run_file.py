"""From a real run file through the judge to the files beside it: the same bytes each time, also of a killed run."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reports.judgement import judge
from reports.pages import html
from reports.pages.write import pages, write_pages
from tacorush.evidence.recorder import Recorder
from tacorush.evidence.records import ProcessInfo
from tacorush.evidence.writer import RunFileWriter
from tests.unit.pages_sample import MS, T0_NS

SLO = Path(html.__file__).parents[2] / "slo"
JOIN = "gateway.v1.QueueService/JoinQueue"


def written(path: Path, ended: bool = True) -> Path:
    """A run of three seconds with 300 calls of which one failed, one hit its deadline."""
    recorder = Recorder("local", T0_NS, lambda: T0_NS + 2500 * MS)
    for number in range(300):
        sent = T0_NS + number * 10 * MS
        outcome, code = {7: ("failed", "INTERNAL"), 8: ("unknown", "DEADLINE_EXCEEDED")}.get(number, ("ok", "OK"))
        recorder.call(JOIN, "buyer", number, outcome, code, sent - MS, sent, sent + (5 + number % 9) * MS, "<b>", "t")
        recorder.arrival(number // 100, planned=1, started=1)
        recorder.time("journey.total", "buyer", "left", "browsing", 9 * MS)
    recorder.time("generator.lag", "", "", "", 2 * MS)
    writer = RunFileWriter(path, every_s=0.01)
    facts = {
        "schema_version": 1,
        "run_id": "r1",
        "scenario": "flow",
        "seed": 7,
        "target": "127.0.0.1:1",
        "t0_ns": T0_NS,
    }
    facts |= {"duration_s": 3, "mode": "open", "rate": 100, "planned_total": 300, "processes": 1, "time_scale": 1.0}
    for name, value in facts.items():
        writer.meta(name, value)
    writer.put(recorder.close())
    writer.process(ProcessInfo("local", "local", "here", 1, cpu_seconds=0.5, final=True))
    if ended:
        writer.finish({"how": "completed", "at_ns": T0_NS + 4000 * MS, "reason": ""})
    writer.close()
    return path


def test_a_run_file_becomes_four_files_beside_it(tmp_path: Path) -> None:
    judgement = judge(written(tmp_path / "run.sqlite"), SLO / "smoke.yaml")
    page = write_pages(tmp_path, judgement)
    assert page == tmp_path / "report.html"
    assert {path.name for path in tmp_path.iterdir()} == {
        "run.sqlite", "report.html", "report.json", "report.md", "junit.xml",
    }  # fmt: skip
    schema = json.loads((Path(html.__file__).parents[1] / "schema.json").read_text(encoding="utf-8"))
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    text = page.read_text(encoding="utf-8")
    assert f"</i>{judgement.verdict}</h1>" in text
    assert "Of 300 planned arrivals 300 started, 0 late; 0 were dropped." in text
    assert "298 ok, 1 failed, 1 unknown" in text
    assert "&lt;b&gt;" in text


def test_the_same_run_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "run.sqlite")
    assert pages(judge(path, SLO / "production.yaml")) == pages(judge(path, SLO / "production.yaml"))


@pytest.mark.parametrize("slo", [SLO / "production.yaml", SLO / "smoke.yaml", None])
def test_a_killed_run_still_has_its_pages_and_no_pass(tmp_path: Path, slo: Path | None) -> None:
    judgement = judge(written(tmp_path / "run.sqlite", ended=False), slo)
    text = write_pages(tmp_path, judgement).read_text(encoding="utf-8")
    assert judgement.verdict != "PASS"
    assert "it was killed: the run file does not say that it ended" in text


def test_a_run_file_that_holds_nothing_still_has_its_pages(tmp_path: Path) -> None:
    RunFileWriter(tmp_path / "run.sqlite").close()
    judgement = judge(tmp_path / "run.sqlite")
    text = write_pages(tmp_path, judgement).read_text(encoding="utf-8")
    assert judgement.verdict == "INCONCLUSIVE"
    assert "Nothing was recorded over time" in text
