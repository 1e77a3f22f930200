"""The recorder: every call stands once on each clock, in its second, and the worst are kept whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.evidence.recorder import KEPT, SECOND_NS, Recorder
from tacorush.evidence.records import CellKey, Claim

T0 = 1_700_000_000 * SECOND_NS
METHOD = "gateway.v1.QueueService/JoinQueue"


class ScriptedClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = T0

    def __call__(self) -> int:
        return self.now_ns


def recorder() -> Recorder:
    return Recorder("local", T0, ScriptedClock())


def called(book: Recorder, at_ns: int, took_ns: int, outcome: str = "ok", waited_ns: int = 0) -> None:
    """One call that was due at `at_ns` after T0, left `waited_ns` later and took `took_ns` from the send."""
    due = T0 + at_ns
    sent = due + waited_ns
    book.call(METHOD, "buyer", 1, outcome, "OK", due, sent, sent + took_ns)


def test_a_call_is_counted_on_both_clocks_in_the_second_of_its_answer() -> None:
    """Response runs from the planned start, service from the send; the wait between them is in the first alone."""
    book = recorder()
    called(book, at_ns=900_000_000, took_ns=200_000_000, waited_ns=50_000_000)
    cells = book.close().cells
    assert {key: histogram.max for key, histogram in cells.items()} == {
        CellKey(1, METHOD, "buyer", "ok", "OK", "response"): 250_000_000,
        CellKey(1, METHOD, "buyer", "ok", "OK", "service"): 200_000_000,
    }


def test_what_came_before_t0_lies_in_negative_seconds() -> None:
    book = recorder()
    called(book, at_ns=-3 * SECOND_NS, took_ns=1)
    assert {key.second for key in book.close().cells} == {-3}


@given(st.lists(st.tuples(st.integers(0, 5 * SECOND_NS), st.integers(0, SECOND_NS), st.booleans()), max_size=60))
def test_closing_in_between_changes_nothing_of_the_sum(calls: list[tuple[int, int, bool]]) -> None:
    """Deltas that are merged hold what one delta at the end would hold."""
    one, many = recorder(), recorder()
    merged: dict[CellKey, int] = {}
    sequences = []
    for at_ns, took_ns, close in calls:
        called(one, at_ns, took_ns)
        called(many, at_ns, took_ns)
        if close:
            delta = many.close()
            sequences.append(delta.sequence)
            for key, histogram in delta.cells.items():
                merged[key] = merged.get(key, 0) + histogram.count
    for key, histogram in many.close(final=True).cells.items():
        merged[key] = merged.get(key, 0) + histogram.count
    assert merged == {key: histogram.count for key, histogram in one.close().cells.items()}
    assert sequences == list(range(1, len(sequences) + 1))


@given(st.lists(st.integers(1, 10_000), max_size=300))
def test_the_slowest_calls_are_kept_whole(times: list[int]) -> None:
    """The KEPT slowest of a method are among those handed over, however they come."""
    book = recorder()
    for number, took in enumerate(times):
        called(book, at_ns=number, took_ns=took)
    kept = sorted((call.answered_ns - call.due_ns for call in book.close().calls), reverse=True)
    assert kept[:KEPT] == sorted(times, reverse=True)[:KEPT]


@pytest.mark.parametrize("slower", [0, 1])
def test_no_more_calls_travel_than_are_kept(slower: int) -> None:
    """Calls that take all the same, and calls that take longer and longer, are the two ways to keep too many."""
    book = recorder()
    for number in range(3 * KEPT):
        called(book, at_ns=number, took_ns=5 + slower * number)
    assert len(book.close().calls) == KEPT


def test_the_first_failed_calls_are_kept_whole_and_no_more() -> None:
    book = recorder()
    for number in range(3 * KEPT):
        called(book, at_ns=number, took_ns=5, outcome="failed")
    calls = book.close().calls
    failed = [call for call in calls if call.why == "failed"]
    assert [call.due_ns - T0 for call in failed] == list(range(KEPT))


def test_arrivals_add_up_by_second_and_digests_forget_the_order() -> None:
    one, other = recorder(), recorder()
    for digest in (2**64 - 1, 5, 77):
        one.arrival(3, planned=1, digest=digest)
    for digest in (77, 2**64 - 1, 5):
        other.arrival(3, planned=1, digest=digest)
    one.arrival(3, started=2, late=1, dropped=1)
    row = one.close().arrivals[0]
    assert (row.second, row.planned, row.started, row.late, row.dropped) == (3, 3, 2, 1, 1)
    assert row.digest == other.close().arrivals[0].digest == f"{81:016x}"


def test_times_claims_counters_and_facts_are_handed_over_once() -> None:
    clock = ScriptedClock()
    book = Recorder("w1", T0, clock)
    clock.now_ns = T0 + 2 * SECOND_NS
    book.time("journey.total", "buyer", "ticket", "paying", 40)
    claim = Claim("hold", METHOD, 1, "buyer")
    book.claim(claim)
    book.count("wire.connections")
    book.count("wire.connections", 2)
    book.fact("note", "x")
    delta = book.close()
    assert delta.cells[CellKey(2, "journey.total", "buyer", "ticket", "paying", "response")].sum == 40
    assert (delta.claims, delta.counters, delta.extra) == ([claim], {"wire.connections": 3}, {"note": "x"})
    again = book.close()
    assert (again.cells, again.claims, again.counters, again.extra) == ({}, [], {}, {})
