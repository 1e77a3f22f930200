"""Judging a stored run: what comes from the run file, what may be given, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reports.audit.promised import Told
from reports.judgement import capacity_of, judge, judge_evidence, own_objectives, queues_of
from tacorush.evidence.recorder import Recorder
from tacorush.evidence.records import Claim, ProcessInfo
from tacorush.evidence.writer import RunFileWriter
from tests.unit.told_claims import EVENT, T0_NS, at, bought, cancel, hold, join, poll, sale, turned_away
from tests.unit.written_run import JOIN, MS, Written

STRICT = "objectives:\n  - {name: P95, metric: response_ms, expression: p(95)<1}\n"
EASY = "objectives:\n  - {name: P95, metric: response_ms, expression: p(95)<500}\n"


def stored(path: Path, *claims: Claim, **meta: Any) -> Path:
    """A run of three seconds with 300 calls of 5 to 13 ms."""
    recorder = Recorder("local", T0_NS, lambda: T0_NS + 2500 * MS)
    for number in range(300):
        sent = T0_NS + number * 10 * MS
        recorder.call(JOIN, "buyer", number, "ok", "OK", sent, sent, sent + (5 + number % 9) * MS, "", "")
        recorder.arrival(number // 100, planned=1, started=1)
    for claim in claims:
        recorder.claim(claim)
    writer = RunFileWriter(path, every_s=0.01)
    usual = {"run_id": "r1", "scenario": "flow", "t0_ns": T0_NS, "duration_s": 3, "mode": "open"}
    for name, value in (usual | meta).items():
        writer.meta(name, value)
    writer.put(recorder.close(final=True))
    writer.process(ProcessInfo("local", "local", "here", 1, final=True))
    writer.finish({"how": "completed", "at_ns": T0_NS + 4000 * MS, "reason": ""})
    writer.close()
    return path


def test_a_run_is_judged_by_the_objectives_that_it_carries(tmp_path: Path) -> None:
    """The file alone is enough, wherever it was copied to."""
    assert judge(stored(tmp_path / "a.sqlite", slo="slo/x.yaml", slo_text=EASY)).verdict == "PASS"
    assert judge(stored(tmp_path / "b.sqlite", slo="slo/x.yaml", slo_text=STRICT)).verdict == "FAIL"


def test_objectives_that_are_given_replace_those_of_the_run(tmp_path: Path) -> None:
    """A gate may ask for more than the run did."""
    path, strict = stored(tmp_path / "run.sqlite", slo_text=EASY), tmp_path / "strict.yaml"
    strict.write_text(STRICT)
    judgement = judge(path, strict)
    assert judgement.verdict == "FAIL"
    assert [row["expression"] for row in judgement.summary["objectives"]] == ["p(95)<1"]


def test_claims_of_the_run_file_reach_the_audit(tmp_path: Path) -> None:
    """From SQLite to a definite double sale."""
    claims = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", ms=50)]
    judgement = judge(stored(tmp_path / "run.sqlite", *claims, slo_text=EASY))
    assert judgement.verdict == "FAIL"
    assert judgement.summary["oversell"]["definite"] == 1
    assert judgement.summary["oversell"]["witnesses"][0]["orders"] == ["ord_1", "ord_2"]


def test_the_same_run_file_gives_the_same_document(tmp_path: Path) -> None:
    """Nothing of the judging's own time or place is in it."""
    path = stored(tmp_path / "run.sqlite", slo_text=EASY)
    assert judge(path).report_json == judge(path).report_json


def test_what_cannot_be_judged_is_one_line_that_names_it(tmp_path: Path) -> None:
    """A file that is not there, one that is no run, and objectives that are none."""
    with pytest.raises((OSError, ValueError), match=r"gone\.sqlite"):
        judge(tmp_path / "gone.sqlite")
    other = tmp_path / "other.sqlite"
    other.write_text("hello")
    with pytest.raises(ValueError, match=r"other\.sqlite"):
        judge(other)
    path = stored(tmp_path / "run.sqlite", slo="slo/x.yaml", slo_text="objectives: 1")
    with pytest.raises(ValueError, match=r"slo/x\.yaml, line 1, column 13: objectives: is a list of"):
        judge(path)


def test_a_run_that_carries_no_objectives_has_none() -> None:
    """It is judged by the audit and the guards, and cannot pass."""
    assert own_objectives({}) == ()
    assert own_objectives({"slo_text": ""}) == ()
    assert judge_evidence(Written(), ()).verdict == "INCONCLUSIVE"


def test_keys_are_remembered_as_long_as_the_run_was_scaled() -> None:
    """At twenty times the speed a key lives 15 s, so that a second answer after 20 s is legal."""
    claims = [hold(f"rsv_{number}", "", number * 20_000, key="k", user="u") for number in (1, 2)]
    for scale, count in ((1.0, 1), (0.05, 0)):
        found = judge_evidence(Written(meta={"time_scale": scale}, written_claims=claims), ())
        assert len(found.summary["findings"]) == count


def test_the_allowed_skew_is_an_argument() -> None:
    """Clocks known to agree show a late confirmation that clocks a second apart would hide."""
    late = [hold("rsv_1", "A-1", 0, expires_ns=at(1000)), sale("rsv_1", "ord_1", "A-1", 1500)]
    run = Written(written_claims=late)
    rules = [[row["rule"] for row in judge_evidence(run, (), skew).summary["findings"]] for skew in (10**9, 10**8)]
    assert rules == [["sale_without_payment"], ["sale_without_payment", "confirmed_after_expiry"]]


def test_the_clocks_of_several_hosts_may_differ_by_the_skew() -> None:
    """A cancellation seen a moment after the other sale, elsewhere, may have come before it."""
    both = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", ms=1000), cancel("rsv_1", 1500)]
    here, there = ProcessInfo("w1", "worker", "here", 1), ProcessInfo("w2", "worker", "there", 2)
    master = ProcessInfo("m", "master", "elsewhere", 3)
    for processes, expected in (([here, there], "possible"), ([here, master], "definite")):
        found = judge_evidence(Written(written_claims=both, written_processes=processes), ())
        assert [row["certainty"] for row in found.summary["findings"] if row["rule"] == "double_sale"] == [expected]


def test_capacity_is_what_the_target_said_before_the_load() -> None:
    """Events that told none are left out."""
    events = [{"id": EVENT, "total": 400, "available": 10}, {"id": "evt_2", "total": 0}, {"id": "evt_3"}]
    assert capacity_of({"preflight": {"events": events}}) == {EVENT: 400}
    assert capacity_of({}) == {}


def test_what_is_told_of_a_queue_counts_where_it_is_told_before_and_after_and_its_counts_went_on() -> None:
    """A platform that came back without a memory has let in fewer than before."""
    queues = {name: {"admitted": 7, "per_minute": 600} for name in ("a", "gone", "forgotten")}
    after = {name: {"admitted": count, "per_minute": 1200} for name, count in (("a", 9), ("forgotten", 3), ("new", 3))}
    assert queues_of({"preflight": {"queues": queues}, "queues_after": after}) == {"a": Told(2, (10.0, 20.0))}
    assert queues_of({}) == {}
    assert queues_of({"preflight": {"queues": queues}}) == {}


def test_who_was_turned_away_is_judged_by_what_the_run_file_says_of_the_queue(tmp_path: Path) -> None:
    """By the promises of `deployed` (ten a second), ten times as fast."""
    claims = [join("ann", 0), poll("ann", 4000, 12, status="READY"), turned_away("ann", 4020)]
    told = {EVENT: {"admitted": 0, "per_minute": 6000}}
    about = {"platform": "deployed", "time_scale": 0.1, "preflight": {"queues": told}}
    whole = judge(stored(tmp_path / "a.sqlite", *claims, **about, queues_after=told)).summary
    assert [finding["rule"] for finding in whole["findings"]] == ["turned_away"]
    assert judge(stored(tmp_path / "b.sqlite", *claims, **about)).summary["findings"] == []
