"""From evidence to what the pages show: who is counted in which second, and what a journey reached."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.audit.history import History
from reports.distribution import Distribution
from reports.figures import figures
from reports.pages.gather import gather, slowest, times
from reports.pages.material import EventSales, Material, SectionSales, Span, Step
from reports.pages.over_time import MOST_STEPS
from tacorush.evidence.records import (
    PREFLIGHT,
    READBACK,
    ArrivalSecond,
    CellKey,
    Claim,
    KeptCall,
    ProcessInfo,
)
from tests.unit.pages_sample import MS, summary

JOIN = "gateway.v1.QueueService/JoinQueue"


class Values:
    """A histogram that keeps its values."""

    def __init__(self, *values_ms: float) -> None:
        self._values = Counter(round(value * MS) for value in values_ms)
        self.count = len(values_ms)
        self.sum = sum(value * amount for value, amount in self._values.items())
        self.max = max(self._values, default=0)

    def buckets(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows = sorted(self._values.items())
        return np.array([value for value, _ in rows], np.int64), np.array([amount for _, amount in rows], np.int64)


@dataclass
class Written:
    """Evidence written down by hand."""

    meta: dict[str, Any] = field(default_factory=lambda: {"t0_ns": 0})
    written_cells: list[tuple[CellKey, Values]] = field(default_factory=list)
    written_claims: list[Claim] = field(default_factory=list)
    written_calls: list[KeptCall] = field(default_factory=list)
    written_arrivals: list[ArrivalSecond] = field(default_factory=list)
    written_processes: list[ProcessInfo] = field(default_factory=list)

    def cells(self) -> list[tuple[CellKey, Values]]:
        return self.written_cells

    def claims(self) -> list[Claim]:
        return self.written_claims

    def calls(self) -> list[KeptCall]:
        return self.written_calls

    def arrivals(self) -> list[ArrivalSecond]:
        return self.written_arrivals

    def processes(self) -> list[ProcessInfo]:
        return self.written_processes

    def counters(self) -> dict[str, float]:
        return {}

    def add(self, second: int, outcome: str, code: str, *values_ms: float, kind: str = "buyer") -> Written:
        """Adds calls of JoinQueue on both clocks; service times are half the response times."""
        key = CellKey(second, JOIN, kind, outcome, code, "response")
        self.written_cells.append((key, Values(*values_ms)))
        self.written_cells.append((key._replace(clock="service"), Values(*(value / 2 for value in values_ms))))
        return self


def gathered(evidence: Written, document: dict[str, Any]) -> Material:
    history = History.of(evidence.claims())
    return gather(evidence, figures(evidence, history), history.table, document)


def report(duration_s: float = 4, journeys: int = 9) -> dict[str, Any]:
    document = summary(duration_s=duration_s)
    return document | {"totals": document["totals"] | {"journeys": journeys}}


def test_calls_stand_in_the_second_of_their_answer_by_outcome() -> None:
    evidence = Written().add(0, "ok", "OK", 5, 7).add(2, "failed", "INTERNAL", 9).add(2, "ok", "OK", 3)
    series = gathered(evidence, report()).series
    assert (series.starts, series.width_s) == ((0, 1, 2, 3), 1)
    assert series.outcomes["ok"] == (2.0, 0.0, 1.0, 0.0)
    assert series.outcomes["failed"] == (0.0, 0.0, 1.0, 0.0)
    assert series.response["p50"].values == (5.0, None, 3.0, None)
    assert series.service["p99"].values == (3.5, None, 1.5, None)


def test_a_percentile_among_deadlines_is_marked_as_a_bound() -> None:
    evidence = Written().add(0, "ok", "OK", 5).add(0, "unknown", "DEADLINE_EXCEEDED", 600)
    material = gathered(evidence, report())
    assert material.series.response["p95"].values[0] == 600.0
    assert material.series.response["p95"].censored == (True, False, False, False)
    assert material.series.response["p50"].censored == (False, False, False, False)
    assert (material.response.censored, material.response.deadline_ms) == (1, 600.0)


def test_preflight_and_readback_are_not_drawn() -> None:
    evidence = Written().add(-2, "ok", "OK", 900, kind=PREFLIGHT).add(9, "ok", "OK", 900, kind=READBACK)
    material = gathered(evidence.add(1, "ok", "OK", 4), report())
    assert material.series.starts == (0, 1, 2, 3)
    assert sum(material.response.counts) == 1


def test_what_comes_after_the_planned_duration_is_drawn_too() -> None:
    assert gathered(Written().add(6, "ok", "OK", 4), report()).series.starts == tuple(range(7))


def test_arrivals_of_all_processes_add_up() -> None:
    evidence = Written()
    evidence.written_arrivals = [ArrivalSecond(1, 5, 4, 1, 1), ArrivalSecond(1, 5, 5), ArrivalSecond(2, 10, 10)]
    series = gathered(evidence, report()).series
    assert series.planned == (0.0, 10.0, 10.0, 0.0)
    assert series.started == (0.0, 9.0, 10.0, 0.0)
    assert (series.late[1], series.dropped[1]) == (1.0, 1.0)


def test_a_long_run_is_drawn_in_steps_and_loses_nothing() -> None:
    """Rates stay per second, so that the area under a line stays what was counted."""
    evidence = Written()
    for second in range(1000):
        evidence.add(second, "ok", "OK", 5, 6)
    series = gathered(evidence, report(1000)).series
    assert len(series.starts) <= MOST_STEPS
    assert series.width_s == 5
    assert set(series.outcomes["ok"]) == {2.0}
    assert sum(series.outcomes["ok"]) * series.width_s == 2000


def test_a_run_that_saw_nothing_has_empty_series() -> None:
    material = gathered(Written(), report(journeys=0))
    assert material.series.starts == ()
    assert (material.response.counts, material.response.percentiles) == ((), ())
    assert material.funnel == (Step("Began", 0),)


def test_a_journey_counts_once_at_each_station_that_an_answer_proves() -> None:
    def claim(action: str, journey: int, effect: str = "happened", status: str = "") -> Claim:
        return Claim(action, "a/B", journey, "buyer", effect=effect, status=status)

    evidence = Written().add(0, "ok", "OK", 5)
    evidence.written_cells.append(
        (CellKey(0, "journey.admission_wait", "buyer", "ticket", "paying", "response"), Values(1, 2, 3))
    )
    for kind, amount in (("buyer", 3), ("leaver", 2)):
        key = CellKey(1, "journey.total", kind, "ticket", "paying", "response")
        evidence.written_cells.append((key, Values(*range(amount))))
    evidence.written_claims = [
        claim("hold", 1), claim("hold", 1), claim("hold", 2), claim("hold", 3, "may_have"),
        claim("charge", 1, status="PENDING"), claim("read", 1, "did_not", "COMPLETED"), claim("read", 2, status="HOLD"),
        claim("sale", 1), claim("sale", 2, "did_not"), claim("sale", -1),
    ]  # fmt: skip
    assert gathered(evidence, report()).funnel == (
        Step("Began", 9), Step("Admitted", 3, (("leaver", 2),)), Step("Held seats", 2, (("buyer", 1),)),
        Step("Paid", 1, (("buyer", 1),)), Step("Got the ticket", 1),
    )  # fmt: skip


def test_a_run_without_a_queue_has_no_way_to_a_ticket() -> None:
    evidence = Written()
    evidence.written_cells.append((CellKey(0, "a.B/GetQueueStats", "ping", "ok", "OK", "service"), Values(1)))
    assert gathered(evidence, report()).funnel == (Step("Began", 9),)


def test_journeys_are_counted_by_how_they_ended() -> None:
    evidence = Written()
    for kind, ending, amount in (("buyer", "ticket", 3), ("leaver", "left", 1), ("early", "ticket", 2)):
        key = CellKey(1, "journey.total", kind, ending, "paying", "response")
        evidence.written_cells.append((key, Values(*range(amount))))
    assert gathered(evidence, report()).endings == {"left": 1, "ticket": 5}


def test_the_lag_of_a_step_is_its_largest() -> None:
    evidence = Written().add(0, "ok", "OK", 5)
    for second, values in ((0, (1, 9)), (0, (4,)), (2, (3,)), (-4, (700,)), (4, (700,))):
        evidence.written_cells.append((CellKey(second, "generator.lag", "", "", "", "response"), Values(*values)))
    assert gathered(evidence, report()).series.lag_ms == (9.0, None, 3.0, None)


def test_bars_hold_every_answer_and_lie_around_it() -> None:
    drawn = times(Distribution.of([Values(0.5, 1, 5, 5, 99, 100)]))
    assert sum(drawn.counts) == 6
    assert drawn.edges[0] <= 0.5 < drawn.edges[1]
    assert drawn.edges[-2] <= 100.0001 <= drawn.edges[-1]
    assert list(drawn.edges) == sorted(drawn.edges)


def test_the_curve_ends_where_the_deadlines_begin() -> None:
    drawn = times(Distribution.of([Values(*range(1, 91))], [Values(*[600] * 10)]))
    assert drawn.percentiles[-1][0] <= 0.9
    assert max(value for _, value in drawn.percentiles) <= 90
    assert (drawn.censored, drawn.deadline_ms) == (10, 600.0)


def test_the_slowest_call_is_the_one_that_people_waited_for_longest() -> None:
    """By response time, from the planned start, not by how long the platform took."""

    def kept(due: int, sent: int, answered: int, kind: str = "buyer", why: str = "slow") -> KeptCall:
        return KeptCall(JOIN, 1, kind, "ok", "OK", "", due, sent, answered, why)

    rows = [kept(0, 1, 10), kept(0, 18, 20), kept(0, 0, 99, READBACK), kept(0, 0, 99, why="failed")]
    assert slowest(rows) == [rows[1], rows[0]]


def test_seats_of_known_orders_are_counted_by_event_and_by_section() -> None:
    """As sold, else as held; a section is the longest that the platform knows; a seat of two orders counts twice."""

    def claim(action: str, reservation: str, *seats: str, event: str = "evt", order: str = "") -> Claim:
        return Claim(
            action, "a/B", 1, "buyer", event=event, seats=seats, reservation=reservation, order=order,
            status="CONFIRMED" if order else "HOLD", effect="happened", outcome="ok",
        )  # fmt: skip

    evidence = Written()
    evidence.written_claims = [
        claim("hold", "r1", "VIP-1-2", "A-1"), claim("sale", "r1", "VIP-1-2", "A-1", event="", order="o1"),
        claim("hold", "r2", "A-1"), claim("sale", "r2", order="o2"),
        claim("hold", "r3", "A-9"), claim("hold", "r4", "Z-3-1", event="other"), claim("sale", "r4", order="o4"),
    ]  # fmt: skip
    evidence.meta["preflight"] = {
        "events": [{"id": "evt", "total": 9, "available": 8, "sections": [{"name": "VIP", "total": 4, "available": 3}]}]
    }
    evidence.meta["inventory_after"] = {"evt": {"sold": 3, "reserved": 1, "available": 5}}
    material = gathered(evidence, report())
    assert material.events == (EventSales("evt", 3, 9, 8, 3, 1, 5), EventSales("", 1))
    assert material.sections == (SectionSales("A", 2), SectionSales("VIP", 1, 4, 3), SectionSales("Z-3", 1))


def test_the_heat_map_holds_every_answer_in_its_step_and_bar() -> None:
    evidence = Written().add(0, "ok", "OK", 5, 7).add(2, "refused", "SOLD_OUT", 9).add(2, "failed", "INTERNAL", 9)
    heat = gathered(evidence, report()).heat
    assert heat is not None
    assert [sum(column) for column in heat.rates] == [2.0, 0.0, 1.0, 0.0]
    bar = heat.rates[2].index(1.0)
    assert heat.edges[bar] <= 9 < heat.edges[bar + 1]


def test_stalls_and_the_drain_are_spans() -> None:
    document = report() | {"closed_loop": {"stalls": [[1, 2]]}}
    spans = gathered(Written().add(6, "ok", "OK", 4), document).series.spans
    assert spans == (Span("stalled", 1, 3), Span("drain", 4, 7))
    assert gathered(Written().add(3, "ok", "OK", 4), report()).series.spans == ()
