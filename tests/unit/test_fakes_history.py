"""GetMetrics tells what measures came to over any stretch of the platform's life, from a bounded number of samples."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import admin_pb2
from fakes.aggregations import AGGREGATIONS
from fakes.history import SAMPLES, History, key
from fakes.journal import Journal, Measure
from fakes.timing import ScriptedTime
from tests.examples import examples
from tests.unit.ticket_desk import EVENT, Desk

QUEUE = "gateway.v1.QueueService"


def join(desk: Desk, number: int) -> None:
    for _ in range(number):
        desk.do("queue/JoinQueue", event_id=EVENT, user_id=f"user_{len(desk.platform.queue)}")


def stamp(at: float) -> Timestamp:
    made = Timestamp()
    made.FromMicroseconds(round(at * 1e6))
    return made


def told(desk: Desk, name: str, start: float | None = None, end: float | None = None, how: str = "") -> Any:
    """One measure of the queue: joins (calls_total) or waiting_tokens; moments are seconds of the platform's life."""
    began = desk.platform.started
    asked: dict[str, Any] = {"service": QUEUE, "aggregation": how}
    if start is not None:
        asked["start_time"] = stamp(began + start)
    if end is not None:
        asked["end_time"] = stamp(began + end)
    (found,) = (metric for metric in desk.do("admin/GetMetrics", **asked).metrics if metric.name == name)
    return found


def test_counts_and_gauges_are_told_as_they_stood_then_as_they_stand_now_and_as_they_grew() -> None:
    """3 people join at once, 6 more after 10 s, 1 after 20 s; it is asked at 40 s."""
    desk = Desk()
    for number, seconds in ((3, 10), (6, 10), (1, 20)):
        join(desk, number)
        desk.time.advance(seconds)
    assert [told(desk, "calls_total", end=end).value for end in (0, 9, 12, 25, 40, 99)] == [0, 0, 3, 9, 10, 10]
    assert told(desk, "calls_total").value == told(desk, "waiting_tokens").value == 10
    assert told(desk, "calls_total", 12, how="increase").value == 7
    assert told(desk, "calls_total", 0, how="increase").value == 10
    rate = told(desk, "calls_total", 0, 40, "rate")
    assert (rate.value, rate.unit, rate.type) == (0.25, "1/s", admin_pb2.METRIC_TYPE_GAUGE)
    assert [told(desk, "waiting_tokens", 5, 40, how).value for how in ("min", "max")] == [0, 10]
    assert told(desk, "waiting_tokens", 0, 40, "avg").value == (0 * 10 + 3 * 10 + 9 * 20) / 40
    assert told(desk, "calls_total", 12, 40, "last").type == admin_pb2.METRIC_TYPE_COUNTER
    assert told(desk, "calls_total", end=12).timestamp.seconds == int(desk.platform.started) + 12


def test_what_was_sampled_at_a_call_holds_all_that_was_done_before_it_and_not_the_call() -> None:
    """Timers change things between calls; the first call after shows them."""
    desk = Desk()
    join(desk, 2)
    desk.time.advance(400)
    desk.do("queue/GetQueueStats")
    assert told(desk, "waiting_tokens", end=399).value == 0
    desk.time.advance(400)
    assert told(desk, "waiting_tokens").value == 0
    assert told(desk, "waiting_tokens", end=401).value == 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"aggregation": "sum"}, "aggregation must be one of last, increase, rate, min, max, avg, not 'sum'"),
        ({"start_time": Timestamp(seconds=2**33)}, "start_time must be before end_time, and not in the future"),
        (
            {"start_time": Timestamp(seconds=20), "end_time": Timestamp(seconds=10)},
            "start_time must be before end_time, and not in the future",
        ),
    ],
)
def test_a_stretch_or_an_aggregation_that_there_is_not_is_refused(asked: dict[str, Any], words: str) -> None:
    assert Desk().refused("admin/GetMetrics", **asked) == ("INVALID_ARGUMENT", words)


def test_an_empty_stretch_has_no_rate_and_its_average_is_what_stands() -> None:
    course = [(5.0, 7.0), (5.0, 9.0)]
    assert {name: each.of(course) for name, each in AGGREGATIONS.items()} == {
        "last": 9,
        "increase": 2,
        "rate": 0,
        "min": 7,
        "max": 9,
        "avg": 9,
    }


def test_a_platform_that_died_hands_its_history_on() -> None:
    time = ScriptedTime()
    journal = Journal(time.now)
    journal.count("platform", "restarts_total")
    time.advance(5)
    journal.history.keep(time.now())
    first, last = journal.history.between(time.now() - 5, time.now(), time.now())
    assert list(first.values.values()) == []
    assert list(last.values.values()) == [1]


@examples(30)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=40), st.integers(1, 3_000), st.data())
def test_however_long_it_lives_it_keeps_so_many_samples_and_no_moment_is_told_from_later(
    gaps: list[int], calls: int, data: st.DataObject
) -> None:
    """The measure is the time itself, so a sample betrays when it was taken."""
    now = 0.0
    measure = [Measure("s", "n", {}, 0.0, True)]
    history = History(0.0, lambda: measure)
    for number in range(calls):
        now += gaps[number % len(gaps)]
        measure[0] = measure[0]._replace(value=now)
        if now >= history.due:
            history.keep(now)
    start = data.draw(st.integers(-1, int(now)))
    end = data.draw(st.integers(start, int(now)))
    samples = history.between(start, end, now)
    assert len(samples) <= SAMPLES + 2
    seen = [sample.values.get(key(measure[0]), 0.0) for sample in samples]
    assert all(value <= max(sample.at, 0) for value, sample in zip(seen, samples, strict=True))
    assert seen == sorted(seen)
    assert [samples[0].at, samples[-1].at] == [start, end]
