"""Running sums over deltas, and the three who show them: the live line, Prometheus, Locust's statistics."""

from __future__ import annotations

import io
import socket
import urllib.request

import pytest
from gevent.threadpool import ThreadPool
from locust.stats import RequestStats

from tacorush.evidence.histogram import Histogram
from tacorush.evidence.recorder import Recorder
from tacorush.evidence.records import PREFLIGHT, ArrivalSecond, CellKey, Claim, Delta, SeatNews
from tacorush.fleet import statistics
from tacorush.fleet.exporter import Exporter, PortTaken, TallyCollector
from tacorush.fleet.progress import Progress, line
from tacorush.fleet.tally import Tally

JOIN = "gateway.v1.QueueService/JoinQueue"
MS = 1_000_000
T0 = 1_700_000_000_000_000_000


def cell(second: int, outcome: str = "ok", code: str = "OK", kind: str = "buyer", clock: str = "response") -> CellKey:
    return CellKey(second, JOIN, kind, outcome, code, clock)


def delta() -> Delta:
    """Second 3: 19 calls of 12 ms and one of 700 ms that failed, counted on both clocks; four arrivals, one late."""
    times = {
        cell(3): Histogram([12 * MS] * 19),
        cell(3, "failed", "INTERNAL"): Histogram([700 * MS]),
        cell(3, clock="service"): Histogram([9 * MS] * 19),
        cell(-1, kind=PREFLIGHT): Histogram([4 * MS]),
        CellKey(3, "journey.total", "buyer", "ticket", "paying", "response"): Histogram([60 * MS] * 2),
        CellKey(3, "generator.lag", "", "", "", "response"): Histogram([MS] * 100),
    }
    arrivals = [ArrivalSecond(3, planned=4, started=3, late=1, dropped=1)]
    return Delta("local", 1, times, arrivals=arrivals, counters={"readback.asked": 2.0})


def sold(seat: str, order: str, event: str = "e", action: str = "sale") -> SeatNews:
    return SeatNews(action, event, (seat,), order, order)


def test_a_delta_is_added_up_by_method_and_a_call_counts_once() -> None:
    """A call stands on two clocks in the evidence, and once here; the generator's own times are no calls."""
    tally = Tally()
    tally.add(delta())
    assert (tally.total, tally.bad) == (21, 1)
    assert dict(tally.journeys) == {("buyer", "ticket"): 2}
    assert dict(tally.arrivals) == {"planned": 4, "started": 3, "late": 1, "dropped": 1}
    assert tally.counters["readback.asked"] == 2
    assert list(tally.recent) == [3]


def test_only_the_last_seconds_are_kept_whole() -> None:
    tally = Tally()
    for second in range(100):
        tally.add(Delta("local", second + 1, {cell(second): Histogram([MS])}))
    assert sorted(tally.recent) == list(range(89, 100))


def test_a_seat_with_two_orders_is_oversold_once() -> None:
    tally = Tally()
    tally.add(Delta("a", 1, seats=[sold("A1", "o1"), sold("A1", "o1"), sold("A2", "o2"), sold("A1", "o2", event="f")]))
    assert tally.oversold.seats == set()
    tally.add(Delta("b", 1, seats=[sold("A1", "o3"), sold("A1", "o4")]))
    assert tally.oversold.seats == {("e", "A1")}


def test_a_seat_that_was_cancelled_and_sold_again_is_not_oversold() -> None:
    tally = Tally()
    tally.add(Delta("a", 1, seats=[sold("A1", "o1"), sold("A1", "o1", action="cancel"), sold("A1", "o2")]))
    assert tally.oversold.seats == set()


def test_a_sale_that_may_have_happened_is_no_oversell_yet() -> None:
    """The live figure shows what is known; what is open is left to the audit."""
    book, tally = Recorder("a", 0, lambda: 0), Tally()
    for order, effect in (("o1", "happened"), ("o2", "may_have")):
        book.claim(Claim("sale", "m", 1, "buyer", event="e", seats=("A1",), order=order, effect=effect))
    tally.add(book.close())
    assert tally.oversold.seats == set()
    book.claim(Claim("sale", "m", 1, "buyer", event="e", seats=("A1",), order="o3", effect="happened"))
    tally.add(book.close())
    assert tally.oversold.seats == {("e", "A1")}


def test_a_sale_takes_its_event_from_its_hold_where_the_answer_names_none() -> None:
    """Seats of two events have the same names; without the event every such pair would look oversold."""
    claims = [
        sold("A1", "r1", event="e", action="hold"),
        sold("A1", "r2", event="f", action="hold"),
        sold("A1", "r1", event=""),
        sold("A1", "r2", event=""),
    ]
    tally = Tally()
    tally.add(Delta("a", 1, seats=claims))
    assert tally.oversold.seats == set()


def test_the_live_line_says_rate_p95_errors_and_oversell() -> None:
    tally = Tally()
    tally.add(delta())
    assert line(tally, 5, 20) == (
        "   5/20 s  3 journeys  20 calls/s  P95 12 ms  errors 4.76 %  oversold 0  late 1  dropped 1"
    )


def test_an_error_told_at_once_makes_no_second_look_fast() -> None:
    """A dead platform refuses in 1 ms; a call that ran into its deadline has its place in the P95."""
    tally = Tally()
    failed = {cell(3, "failed", "UNSENT"): Histogram([MS] * 90), cell(3, "unknown", "TIMEOUT"): Histogram([MS])}
    tally.add(Delta("local", 1, failed))
    assert "91 calls/s  P95 -  errors 100.00 %" in line(tally, 5, 20)
    tally.add(Delta("local", 2, {cell(3, "unknown", "DEADLINE_EXCEEDED"): Histogram([600 * MS])}))
    assert "92 calls/s  P95 600 ms" in line(tally, 5, 20)


def test_the_live_line_of_a_second_without_calls_claims_nothing() -> None:
    """An open end shows no length, no calls no percentile."""
    assert line(Tally(), 5, None) == "   5 s  0 journeys  0 calls/s  P95 -  errors -  oversold 0"


def test_the_live_line_counts_one_journey_as_one() -> None:
    tally = Tally()
    tally.arrivals["started"] = 1
    assert "5 s  1 journey  0 calls/s" in line(tally, 5, None)


def test_lines_replace_each_other_only_in_place() -> None:
    terminal, log = io.StringIO(), io.StringIO()
    for progress in (Progress(terminal, in_place=True), Progress(log, in_place=False)):
        progress.show(5, "one")
        progress.show(10, "two")
        progress.close()
        progress.close()
    assert terminal.getvalue() == f"\r{'one':<100}\r{'two':<100}\n"
    assert log.getvalue() == "one\ntwo\n"


def test_a_line_in_place_is_cut_where_the_terminal_ends() -> None:
    """One that wraps could not be replaced, and each second would leave a line behind."""
    terminal = io.StringIO()
    Progress(terminal, in_place=True, width=4).show(5, "12345")
    assert terminal.getvalue() == "\r1234"


def test_lines_that_stay_come_every_5_s_and_at_the_end() -> None:
    """A line that was due and came late is shown nevertheless; the last is shown once."""
    log = io.StringIO()
    progress = Progress(log, in_place=False)
    for second in (1, 2, 3, 4, 6, 7, 9, 10, 11, 14):
        progress.show(second, str(second))
    for _ in range(2):
        progress.show(14, "end", last=True)
    assert log.getvalue().split() == ["6", "10", "end"]


def test_locusts_statistics_hold_each_call_and_each_error_once() -> None:
    """Fed twice in a row after Locust cleared them: entries are not held on to."""
    stats = RequestStats()
    statistics.feed(stats, delta(), T0)
    stats.clear_all()
    statistics.feed(stats, delta(), T0)
    entry = stats.get(JOIN, "gRPC")
    assert (entry.num_requests, entry.num_failures, stats.total.num_requests) == (21, 1, 21)
    assert (entry.min_response_time, entry.max_response_time, entry.median_response_time) == (4, 700, 12)
    assert entry.num_reqs_per_sec == {T0 // 10**9 + 3: 20, T0 // 10**9 - 1: 1}
    assert [(error.name, error.error, error.occurrences) for error in stats.errors.values()] == [(JOIN, "INTERNAL", 1)]


def scrape(address: str) -> dict[str, float]:
    """What Prometheus would read, by name and labels; asked from a native thread, as the server runs on this one."""

    def ask() -> str:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
            return str(answer.read().decode())

    text = ThreadPool(1).spawn(ask).get(timeout=20)
    assert text is not None, "the thread returns what it read"
    rows = [row.rpartition(" ") for row in text.splitlines() if not row.startswith("#")]
    return {name: float(value) for name, _, value in rows}


def test_prometheus_reads_a_classic_histogram_of_each_method() -> None:
    collector = TallyCollector()
    collector.tally.add(delta())
    collector.info = {"scenario": "flow"}
    exporter = Exporter(collector)
    found = scrape(exporter.start("127.0.0.1", 0))
    exporter.stop()
    labels = 'grpc_code="OK",grpc_method="JoinQueue",grpc_service="gateway.v1.QueueService"'
    buckets = {
        bound: found[f'tacorush_rpc_duration_seconds_bucket{{{labels},le="{bound}",outcome="ok"}}']
        for bound in ("0.005", "0.01", "0.02", "+Inf")
    }
    assert buckets == {"0.005": 1, "0.01": 1, "0.02": 20, "+Inf": 20}
    assert found[f'tacorush_rpc_duration_seconds_count{{{labels},outcome="ok"}}'] == 20
    assert found['tacorush_journeys_total{ending="ticket",kind="buyer"}'] == 2
    assert found['tacorush_arrivals_total{state="late"}'] == 1
    assert found["tacorush_oversold_seats"] == 0
    assert found['tacorush_run_info{scenario="flow"}'] == 1


def test_a_metrics_port_that_was_asked_for_and_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            Exporter(TallyCollector()).start("127.0.0.1", port)
    assert str(raised.value) == (
        f"--metrics-port {port}: cannot listen on 127.0.0.1:{port} (Address already in use); "
        "name another port, or leave the option out for a free one"
    )


def test_the_usual_metrics_port_gives_way_when_it_is_taken() -> None:
    first, second = Exporter(TallyCollector()), Exporter(TallyCollector())
    addresses = {first.start("127.0.0.1", None), second.start("127.0.0.1", None)}
    first.stop()
    second.stop()
    assert len(addresses) == 2
