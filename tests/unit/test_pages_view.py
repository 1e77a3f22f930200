"""The rows that the pages print: what comes first, what is a lower bound, what is red, and what was run."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from reports.pages import facts, journeys, methods, view
from reports.pages.bars import bar_of
from reports.pages.html import latency_limit
from reports.pages.material import EventSales, Material, Percentile
from tests.unit import pages_sample
from tests.unit.pages_sample import objective


def with_meta(**more: Any) -> Material:
    material = pages_sample.material()
    return dataclasses.replace(material, meta={**material.meta, **more})


def fact(material: Material, name: str) -> str | None:
    return dict(facts.facts(material)).get(name)


@pytest.mark.parametrize(
    ("count", "censored", "name", "bound"),
    [
        (100, 5, "p95", False), (100, 6, "p95", True), (1000, 1, "p99.9", False), (1000, 2, "p99.9", True),
        (100, 1, "max", True), (100, 0, "max", False), (0, 0, "p95", False), (10, 10, "p50", True),
    ],
)  # fmt: skip
def test_a_percentile_is_a_bound_when_its_rank_lies_among_the_deadlines(
    count: int, censored: int, name: str, bound: bool
) -> None:
    assert view.is_censored({"count": count, "censored": censored}, name) is bound


def test_a_bound_is_written_as_one_in_tiles_and_methods() -> None:
    summary = pages_sample.summary()
    slow = {**pages_sample.latency(1.0, 100, 10), "p95": 600.0, "p99": 600.0}
    summary["latency_ms"]["overall"]["response"] = slow
    summary["latency_ms"]["methods"]["gateway.v1.QueueService/JoinQueue"]["response"] = slow
    assert (view.tiles(summary)[0].value, view.tiles(summary)[0].note) == ("≥ 600 ms", "P50 9.4 ms, P99 ≥ 600 ms")
    row = methods.method_rows(dataclasses.replace(pages_sample.material(), summary=summary))[0]
    assert row.name == "JoinQueue"
    assert [figure.text for figure in row.response] == ["9.4 ms", "≥ 600 ms", "≥ 600 ms", "≥ 388 ms"]


def test_a_key_figure_is_red_when_its_own_objective_failed_or_a_seat_was_sold_twice() -> None:
    def red(**more: Any) -> list[str]:
        return [tile.name for tile in view.tiles(pages_sample.summary("FAIL", **more)) if tile.bad]

    slow = objective("a", "p(95)<500", "response_ms", 612, 500, verdict="FAIL")
    wrong = objective("b", "rate<0.01", "errors", 0.2, 0.01, verdict="FAIL")
    fine = objective("c", "p(95)<500", "response_ms", 12, 500)
    twice = {"definite": 1, "possible": 0, "contended_seats": 3, "witnesses": []}
    assert red(objectives=[slow]) == ["P95 response time"]
    assert red(objectives=[wrong, fine]) == ["Calls in error"]
    assert red(objectives=[fine], oversell=twice) == ["Seats sold twice"]
    assert red(objectives=[fine]) == []


def test_the_error_tile_counts_what_the_error_rate_counts() -> None:
    """Of journeys' calls, unimplemented ones aside."""
    summary = pages_sample.summary()
    row = summary["latency_ms"]["methods"]["gateway.v1.QueueService/JoinQueue"]
    row["outcomes"] = {"ok": 90, "refused": 5, "failed": 3, "unknown": 2, "unimplemented": 50}
    summary["latency_ms"]["methods"] = {"gateway.v1.QueueService/JoinQueue": row}
    tile = view.tiles(summary)[1]
    assert (tile.value, tile.note) == ("5 %", "5 of 100 calls failed or unknown")


def test_definite_findings_come_before_possible_ones() -> None:
    possible = pages_sample.finding() | {"certainty": "possible"}
    rows = view.finding_rows(pages_sample.summary(findings=[possible, pages_sample.finding(), possible]))
    assert [row.certainty for row in rows] == ["definite", "possible", "possible"]


def test_the_ticket_comes_first_and_other_endings_by_weight() -> None:
    material = dataclasses.replace(pages_sample.material(), endings={"left": 2, "failed": 7, "ticket": 1})
    assert [(row.name, row.amount, row.part, row.width) for row in journeys.ending_rows(material)] == [
        ("got a ticket", "1", "10 %", 10.0),
        ("met an error", "7", "70 %", 70.0),
        ("left on its own", "2", "20 %", 20.0),
    ]


def test_an_ending_without_words_is_refused() -> None:
    material = dataclasses.replace(pages_sample.material(), endings={"eaten": 2})
    with pytest.raises(KeyError, match="no words for how a journey ended: eaten"):
        journeys.ending_rows(material)


def test_stations_are_shares_of_the_first() -> None:
    assert [row.part for row in journeys.funnel_rows(pages_sample.material())] == [
        "100 %", "97.8 %", "94.9 %", "90.1 %", "89.4 %",
    ]  # fmt: skip


def test_a_station_says_who_came_no_farther() -> None:
    assert [row.lost for row in journeys.funnel_rows(pages_sample.material())][:4] == [
        "",
        "60 came no farther: 51 leavers, 9 buyers",
        "79 came no farther: 79 buyers",
        "128 came no farther: 92 cancellers, 36 buyers",
    ]


def test_what_the_platform_did_not_tell_of_its_seats_is_a_dash() -> None:
    material = pages_sample.material()
    events, sections = journeys.event_table(material.events), journeys.section_table(material.sections)
    assert events is not None
    assert sections is not None
    assert [text for text, _ in events.rows[0].figures] == ["2,580", "2,580", "2,600", "2,600", "3", "0"]
    assert (events.rows[0].part, events.rows[0].width) == ("100.8 %", 100.0)
    assert (events.rows[1].name, [text for text, _ in events.rows[1].figures]) == (
        "not named", ["–", "–", "12", "–", "–", "–"],
    )  # fmt: skip
    assert [(row.name, row.part) for row in sections.rows] == [("VIP", "83.9 %"), ("not named", "–")]


def test_a_run_that_sold_nothing_has_no_tables_of_sales() -> None:
    assert journeys.event_table([EventSales("evt", 0, 10, 10)]) is None


def test_seats_that_others_took_are_told_beside_those_of_the_runs_own_orders() -> None:
    """What was freed meanwhile is nobody's, and where the platform counts nothing, nothing is told."""
    own, freed, uncounted = EventSales("a", 3, 10, 10, 3, 0, 7), EventSales("b", 1, 9, 5, 1, 0, 8), EventSales("c", 4)
    assert journeys.taken_beyond([own, freed, uncounted]) == ""
    foreign = EventSales("d", 2, 10, 10, 5, 1, 4)
    assert journeys.taken_beyond([own, freed, foreign]).startswith("4 seats are taken beyond these: ")
    assert journeys.section_table([]) is None


def test_a_sparkline_breaks_where_nothing_was_answered_and_says_its_range() -> None:
    line = Percentile((10.0, None, 40.0, 20.0), (False, False, True, False))
    spark = methods.spark(line, range(60))
    assert spark is not None
    assert spark.path == "M12.5 16h0 M62.5 1h0 L87.5 11"
    assert spark.most == "≥ 40 ms"
    assert spark.said == "P95 over time, between 10 ms and ≥ 40 ms, most from second 30 on"
    assert methods.spark(Percentile((None,), (False,)), range(1)) is None


def test_a_kept_call_has_both_its_times_and_its_place_in_the_run() -> None:
    (row,) = view.call_rows([pages_sample.kept(3, "failed", "INTERNAL", "why")], pages_sample.T0_NS)
    assert (row.at, row.response, row.service, row.journey) == ("30.021 s", "387 ms", "385 ms", "1,403")
    (row,) = view.call_rows([dataclasses.replace(pages_sample.kept(3), journey=-1)], pages_sample.T0_NS)
    assert row.journey == "–"


def test_the_limit_of_the_charts_is_the_objective_of_all_calls_alone() -> None:
    of_one = objective("a", "p(95)<200", "response_ms", 1, 200, where={"method": "JoinQueue"})
    median = objective("b", "p(50)<100", "response_ms", 1, 100)
    service = objective("c", "p(95)<300", "service_ms", 1, 300)
    overall = objective("d", "p(95)<500", "response_ms", 1, 500)
    assert latency_limit({"objectives": [of_one, median, service, overall]}) == 500.0
    assert latency_limit({"objectives": [of_one, median, service]}) is None


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        ({"how": "completed", "at_ns": 1, "reason": ""}, None),
        ({"how": "interrupted", "at_ns": 1, "reason": "Ctrl-C"}, "interrupted (Ctrl-C)"),
        ({"how": "aborted", "at_ns": 1, "reason": ""}, "aborted"),
        (None, "it was killed: the run file does not say that it ended"),
    ],
)
def test_how_a_run_ended_is_said_unless_it_ended_as_planned(ended: dict[str, Any] | None, said: str | None) -> None:
    assert fact(with_meta(ended=ended), "Ended") == said


@pytest.mark.parametrize(
    ("addresses", "said"),
    [
        ({"gateway": "127.0.0.1:50051"}, "127.0.0.1:50051"),
        ({"gateway": "h:1", "payment": "h:1"}, "127.0.0.1:50051 (h:1)"),
        ({"gateway": "h:1", "payment": "h:2"}, "127.0.0.1:50051 (gateway h:1, payment h:2)"),
        (None, "127.0.0.1:50051"),
    ],
)
def test_a_target_is_named_with_its_addresses(addresses: dict[str, str] | None, said: str) -> None:
    assert fact(with_meta(addresses=addresses), "Target") == said


def test_open_and_closed_loops_are_told_apart() -> None:
    assert fact(with_meta(mode="open"), "Load") == "open loop, 2,700 arrivals, 45 a second on average"
    assert str(fact(with_meta(mode="closed"), "Load")).startswith("closed loop:")


def test_the_objectives_are_told_with_the_digest_of_what_stood_in_their_file() -> None:
    assert fact(with_meta(slo="slo/x.yaml", slo_text="objectives: []"), "Objectives") == (
        "slo/x.yaml · SHA-256 dd6c49b58b8b363b"
    )
    assert fact(with_meta(slo="slo/x.yaml"), "Objectives") == "slo/x.yaml"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((12, 11, 0, 0), "12 open questions asked after the load, 11 answered"),
        ((1, 1, 2, 0), "1 open question asked after the load, 1 answered; 2 could not be asked any more"),
        ((0, 0, 0, 3), "3 holds or refunds not due by then, so nothing is said of their ends"),
        ((0, 0, 0, 0), None),
    ],
)
def test_what_reading_back_could_not_settle_is_told(counts: tuple[int, ...], said: str | None) -> None:
    summary = pages_sample.summary()
    summary["readback"] = dict(zip(("asked", "answered", "unasked", "not_due"), counts, strict=True))
    assert fact(dataclasses.replace(pages_sample.material(), summary=summary), "Read back") == said


def test_connections_are_told_with_what_renews_them() -> None:
    said = {"connections": 2, "max_age_s": 30.0, "calls_a_connection": 0, "keepalive_s": 10.0}
    assert fact(with_meta(connections=said), "Connections") == (
        "2 to each address, renewed after 30 s, kept alive every 10 s"
    )
    assert fact(with_meta(), "Connections") is None


def test_what_the_run_file_does_not_say_is_left_out() -> None:
    bare = dataclasses.replace(pages_sample.material(seed=None), meta={})
    assert [name for name, _ in facts.facts(bare)] == [
        "Scenario",
        "Target",
        "Started",
        "Duration",
        "Load",
        "Ended",
        "Run id",
    ]
    assert facts.command({}) == ""
    assert facts.told_before({}) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("tacorush run flow --out runs/x --overwrite --rate 20", "tacorush run flow --rate 20"),
        ("tacorush run 'my flow.yaml' --out=/a --run-id=r7 --seed 3", "tacorush run 'my flow.yaml' --seed 3"),
        (["tacorush", "run", "flow", "--run-id", "r 7", "--outlook"], "tacorush run flow --outlook"),
        ("tacorush run flow --out x -- --csv y --overwrite", "tacorush run flow -- --csv y --overwrite"),
        ("tacorush run flow --out", "tacorush run flow"),
        ("tacorush run 'flow --out x", "tacorush run 'flow --out x"),
    ],
)
def test_the_command_repeats_the_run_and_not_its_place(command: str | list[str], said: str) -> None:
    """Repeated as it was typed, it would meet a folder that holds a run."""
    assert facts.command({"command": command}) == said


def test_only_an_unusual_time_scale_is_told() -> None:
    assert fact(with_meta(time_scale=1), "Time scale") is None
    assert fact(with_meta(time_scale=0.05), "Time scale") == "0.05"


def test_what_was_seen_before_the_load_is_told_in_sentences() -> None:
    preflight = {"shortages": ["too few seats"], "unserved": ["a.B/C", "a.B/D"], "warnings": ["odd"]}
    assert facts.told_before({"preflight": preflight}) == ["too few seats", "odd", "Not served by the target: C, D"]


def test_the_heading_names_the_run() -> None:
    summary = pages_sample.summary(started_at="2026-11-23T13:15:00.123Z")
    assert facts.heading(summary) == "flow against 127.0.0.1:50051 · 2026-11-23 13:15:00 UTC · 60 s"


def test_a_table_has_no_column_of_an_outcome_that_never_came() -> None:
    summary = pages_sample.summary()
    assert methods.outcome_columns(summary) == ["ok", "refused", "failed", "unknown"]
    for row in summary["latency_ms"]["methods"].values():
        row["outcomes"] |= {"refused": 0, "failed": 0, "unimplemented": 1}
    assert methods.outcome_columns(summary) == ["ok", "failed", "unknown", "unimplemented"]


def test_the_bar_of_an_interval_that_runs_backwards_has_a_width() -> None:
    """Its ends may lie among calls at different deadlines."""
    row = pages_sample.objective("a", "p(95)<500", "response_ms", 253, 500, interval=[554, 502], censored=True)
    bar = bar_of(row)
    assert bar is not None
    assert bar.low < bar.high
