"""report.json: it validates, its figures are what the design says they mean, and it is the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from reports.console import verdict_lines
from tacorush.evidence.records import PREFLIGHT, READBACK, ProcessInfo
from tests.unit.test_verdict import be_slow, drop, kill, leave_open, lose, measure_nothing, oversell
from tests.unit.told_claims import bought, denied, hold
from tests.unit.written_run import CHECK, SECONDS, STEPS, Written, healthy, judged

SCHEMA = json.loads((Path(__file__).parents[2] / "reports/schema.json").read_text())


def document(run: Written) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(judged(run).report_json)
    return found


@pytest.mark.parametrize(
    "change",
    [lambda run: None, kill, oversell, leave_open, be_slow, measure_nothing, lose, drop],
    ids=["healthy", "killed", "oversold", "open", "slow", "empty", "lost", "dropped"],
)
def test_the_document_validates_whatever_the_run(change: Any) -> None:
    """And the schema is a schema."""
    Draft202012Validator.check_schema(SCHEMA)
    run = healthy()
    change(run)
    errors = Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(document(run))
    assert [error.message for error in errors] == []


def test_a_run_file_with_nothing_in_it_makes_a_document() -> None:
    """A run that was killed at once."""
    found = document(Written())
    assert list(Draft202012Validator(SCHEMA).iter_errors(found)) == []
    assert (found["verdict"], found["totals"]["rpcs"], found["rate"]["rpcs_per_s"]) == ("INCONCLUSIVE", 0, None)
    assert found["latency_ms"]["overall"]["response"]["p95"] is None


def test_the_pinned_keys_are_all_there() -> None:
    """A check of the schema itself: a key that is dropped is missed."""
    found = document(healthy())
    for path in ("oversell", "totals", "rate", "generator", "verdict"):
        broken = {key: value for key, value in found.items() if key != path}
        assert list(Draft202012Validator(SCHEMA).iter_errors(broken)), path
    found["totals"]["outcomes"].pop("unknown")
    assert list(Draft202012Validator(SCHEMA).iter_errors(found))


def test_totals_mean_what_the_design_says() -> None:
    """Calls of journeys and read-back; the pre-flight's apart; the five outcomes add up."""
    run = healthy().call(SECONDS + 1, 5, 5, kind=READBACK).call(-1, 5, 5, 5, kind=PREFLIGHT)
    run.call(3, 5, outcome="unimplemented", code="UNIMPLEMENTED", method=CHECK)
    found = document(run)
    assert found["totals"] == {
        "rpcs": 10_003,
        "other_rpcs": 3,
        "planned": 1000,
        "journeys": 1000,
        "orders": 200,
        "seats_sold": 200,
        "outcomes": {"ok": 10_002, "refused": 0, "failed": 0, "unknown": 0, "unimplemented": 1},
    }
    assert sum(found["totals"]["outcomes"].values()) == found["totals"]["rpcs"]
    assert found["rate"] == {"planned_per_s": 25, "achieved_per_s": 25, "rpcs_per_s": 250.025}
    assert found["latency_ms"]["overall"]["response"]["count"] == 10_000
    assert list(found["latency_ms"]["methods"]) == sorted(STEPS)


def test_the_head_says_what_was_run() -> None:
    """T0 in RFC 3339."""
    found = document(healthy())
    head = ("scenario", "seed", "run_id", "target", "started_at", "duration_s", "schema_version")
    assert [found[key] for key in head] == [
        "flow",
        7,
        "flow-1",
        "127.0.0.1:50051",
        "2026-05-28T20:26:40.000Z",
        40,
        1,
    ]


def test_objectives_carry_measured_interval_and_reason() -> None:
    """And null where nothing was measured."""
    run = healthy()
    be_slow(run)
    found = {row["name"]: row for row in document(run)["objectives"]}
    row = found["P95 of joining the queue"]
    assert (row["expression"], row["metric"], row["where"]) == ("p(95)<500", "response_ms", {"method": "JoinQueue"})
    assert row["measured"] == pytest.approx(700, rel=0.001)
    assert row["interval"] == pytest.approx([700, 700], rel=0.001)
    assert (row["threshold"], row["samples"], row["verdict"], row["censored"]) == (500, 3000, "FAIL", False)
    assert f"{row['name']}: {row['reason']}" in document(run)["reasons"]
    empty = healthy()
    measure_nothing(empty)
    row = {row["name"]: row for row in document(empty)["objectives"]}["P95 of joining the queue"]
    assert (row["measured"], row["interval"], row["samples"]) == (None, [None, None], 0)


def test_oversell_has_seats_and_witnesses() -> None:
    """Definite ones first, each with its certainty; contended seats beside."""
    run = healthy()
    oversell(run)
    leave_open(run)
    run.written_claims += [hold("", "A-5", 30, journey=77, **denied())]
    run.written_claims += [*bought("rsv_y", "ord_y", "A-9", 3)]
    found = document(run)["oversell"]
    assert (found["definite"], found["possible"], found["contended_seats"]) == (2, 1, 1)
    assert [(each["certainty"], each["seat"]) for each in found["witnesses"]] == [
        ("definite", "A-1"),
        ("definite", "A-9"),
        ("possible", "A-2"),
    ]


def test_censored_percentiles_are_told_by_their_count() -> None:
    """A percentile whose rank exceeds count - censored is a lower bound."""
    run = Written().call(0, *[10] * 94).call(0, *[250] * 6, outcome="unknown", code="DEADLINE_EXCEEDED")
    found = document(run)["latency_ms"]["overall"]["response"]
    assert (found["count"], found["censored"], found["p90"]) == (100, 6, pytest.approx(10, rel=0.001))
    assert found["p95"] == found["max"] == pytest.approx(250, rel=0.001)


def test_the_generator_is_shown_with_its_processes() -> None:
    """CPU of all of them, per call."""
    run = healthy()
    run.written_processes = [ProcessInfo("w", "worker", "h", 1, cpu_seconds=4.0), ProcessInfo("m", "master", "h", 2)]
    run.written_processes[0].lost = True
    found = document(run)["generator"]
    assert (found["cpu_seconds"], found["cpu_us_per_rpc"], found["lost_workers"]) == (4, 400, 1)
    assert [row["process"] for row in found["processes"]] == ["m", "w"]
    assert found["lag_ms"] == pytest.approx({"p50": 0.3, "p99": 0.3, "max": 0.3}, rel=0.001)
    assert found["start_delay_ms"] == pytest.approx({"p50": 0.1, "p99": 0.1, "max": 0.1}, rel=0.001)


def test_the_same_evidence_gives_the_same_bytes() -> None:
    """In whatever order it was written down."""
    one, other = healthy(), healthy()
    for run in (one, other):
        oversell(run)
        be_slow(run)
    other.written_claims.reverse()
    other.written_cells.reverse()
    other.written_arrivals.reverse()
    assert judged(one).report_json == judged(other).report_json
    assert judged(one).junit_xml == judged(other).junit_xml


def test_rates_of_a_run_cut_short_are_over_the_time_that_it_drove() -> None:
    """123 journeys in the 6 s until Ctrl-C are 20.5/s, whatever was planned for the rest of the minute."""
    whole, cut = healthy(seconds=2), healthy(seconds=2)
    cut.meta["duration_s"] = 60
    cut.meta["ended"].update(how="interrupted", at_ns=cut.meta["t0_ns"] + 2 * 10**9)
    assert document(cut)["rate"] == document(whole)["rate"]
    assert (document(cut)["duration_s"], document(cut)["driven_s"]) == (60, 2)
    assert any(line.endswith(" in 2 s") for line in verdict_lines(document(cut)))


def test_how_the_reading_back_went_is_told_and_nothing_where_there_was_none() -> None:
    """Holds that were not due are no less open than questions that nobody answered."""
    run = healthy()
    assert document(run)["readback"] is None
    counts = {"asked": 7, "answered": 6, "unasked": 2, "not_due": 5}
    run.written_counters.update({f"readback.{name}": count for name, count in counts.items()}, readback=9)
    assert document(run)["readback"] == counts
    assert list(Draft202012Validator(SCHEMA).iter_errors(document(run))) == []
