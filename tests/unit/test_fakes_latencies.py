"""Every method has the latency that was asked for it: by the nearest name, with a chance of its own, as recorded."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.catalogue import METHODS
from fakes.latencies import latencies
from fakes.latency import NONE, Constant, Recording
from tacorush.cli.recordings import recordings
from tacorush.evidence.histogram import Histogram
from tacorush.evidence.records import CellKey, Delta
from tests.examples import examples
from tests.unit.test_runfile import written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fakes.latency import Latency

JOIN = "gateway.v1.QueueService/JoinQueue"
POLL = "gateway.v1.QueueService/GetQueueStatus"
CREATE = ("gateway.v1.GatewayService/CreateReservation", "reservation.v1.ReservationService/CreateReservation")


def no_file(file: str) -> Mapping[str, Recording]:
    raise AssertionError(f"{file} was read")


def made(*texts: str, files: Mapping[str, Mapping[str, Recording]] | None = None, seed: int = 1) -> dict[str, Latency]:
    read = no_file if files is None else files.__getitem__
    return latencies(texts, read, lambda method: Random(f"{seed}/{method}"))


def test_nothing_said_delays_nothing() -> None:
    assert made() == {}


@pytest.mark.parametrize("text", ["constant:5ms", "*=constant:5ms"])
def test_a_model_for_all_is_every_methods(text: str) -> None:
    assert made(text) == dict.fromkeys(METHODS, Constant(0.005))


def test_the_nearest_name_counts_in_whatever_order() -> None:
    """The full name before the short one before the star."""
    texts = ["*=constant:1ms", "CreateReservation=constant:2ms", f"{CREATE[0]}=constant:3ms", "JoinQueue=none"]
    for order in (texts, texts[::-1]):
        found = made(*order)
        assert [found[name] for name in (POLL, CREATE[1], CREATE[0], JOIN)] == [
            Constant(0.001),
            Constant(0.002),
            Constant(0.003),
            NONE,
        ]


def test_a_short_name_means_the_method_of_every_service_and_no_other() -> None:
    assert set(made("CreateReservation=constant:1ms")) == set(CREATE)


def test_what_one_method_draws_never_moves_another() -> None:
    alone = made("JoinQueue=lognormal:p50=8ms,p99=60ms")[JOIN]
    both = made("*=lognormal:p50=8ms,p99=60ms")
    drawn = [(both[JOIN].draw(), both[POLL].draw()) for _ in range(50)]
    assert [alone.draw() for _ in range(50)] == [mine for mine, _ in drawn]
    assert len({*sum(drawn, ())}) == 100


RECORDING = {JOIN: Recording([0.001, 0.2], [3, 1]), POLL: Recording([0.005], [7])}


def test_a_recorded_model_draws_each_value_as_often_as_it_was_seen() -> None:
    found = made("*=recorded:run", files={"run": RECORDING})
    drawn = Counter(found[JOIN].draw() for _ in range(8_000))
    assert set(drawn) == {0.001, 0.2}
    assert drawn[0.2] == pytest.approx(2_000, rel=0.1)
    assert {found[POLL].draw() for _ in range(10)} == {0.005}
    assert found[CREATE[0]] == NONE


@examples(60)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=8), st.integers())
def test_every_recorded_value_comes_and_no_other(counts: list[int], seed: int) -> None:
    """Every bin can be drawn: the first and the last too, and bins of one answer."""
    values = [float(number) for number in range(len(counts))]
    latency = made("JoinQueue=recorded:r", files={"r": {JOIN: Recording(values, counts)}}, seed=seed)[JOIN]
    assert {latency.draw() for _ in range(2_000)} == set(values)


def test_a_short_name_takes_what_is_recorded_of_any_of_its_methods() -> None:
    found = made("CreateReservation=recorded:r", files={"r": {CREATE[1]: Recording([0.5], [1])}})
    assert (found[CREATE[0]].draw(), found[CREATE[1]].draw()) == (0.0, 0.5)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (["JoinQeue=none"], "latency 'JoinQeue=none': there is no method 'JoinQeue'; did you mean JoinQueue?"),
        (["=none"], "latency '=none': there is no method ''; write Method, package.Service/Method or *"),
        (["X=none"], "latency 'X=none': there is no method 'X'; write Method, package.Service/Method or *"),
        (
            ["JoinQueue=slow"],
            "latency 'slow' is none of none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded:F",
        ),
        (["none", "*=constant:1ms"], "latency '*=constant:1ms': * has a model already, 'none'"),
        (
            ["LeaveQueue=recorded:r"],
            "latency 'LeaveQueue=recorded:r': r holds no answers of LeaveQueue, only of GetQueueStatus, JoinQueue",
        ),
        (
            [f"{CREATE[0]}=recorded:e"],
            f"latency '{CREATE[0]}=recorded:e': e holds no answers of {CREATE[0]}, only of no ",
        ),
    ],
)
def test_what_cannot_be_followed_is_quoted_with_the_way_out(texts: list[str], line: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        made(*texts, files={"r": RECORDING, "e": {}})
    assert str(caught.value).startswith(line)


def cell(method: str, outcome: str, clock: str, *values_ms: int, second: int = 0) -> tuple[CellKey, Histogram]:
    key = CellKey(second, method, "flow", outcome, "OK", clock)
    return key, Histogram(value * 1_000_000 for value in values_ms)


def test_the_service_times_of_a_runs_answers_are_what_is_recorded(tmp_path: Path) -> None:
    """Not its response times, which count waiting for a start; not calls without an answer; not the generator's own."""
    cells = [
        cell(JOIN, "ok", "service", 10, 10),
        cell(JOIN, "refused", "service", 30, second=1),
        cell(JOIN, "ok", "response", 99),
        cell(JOIN, "unknown", "service", 600),
        cell("journey.total", "ok", "service", 5000),
    ]
    written(tmp_path / "run.sqlite", Delta("worker-1", 1, cells=dict(cells))).close()
    found = recordings(str(tmp_path))
    assert (list(found), found[JOIN].counts) == ([JOIN], [2, 1])
    assert found[JOIN].seconds == pytest.approx([0.01, 0.03], rel=2e-3)


def test_a_run_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    line = f"latency '*=recorded:{tmp_path}': {tmp_path} holds no run.sqlite: it is no run directory, or its run never"
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        latencies([f"*=recorded:{tmp_path}"], recordings, lambda method: Random(method))
    assert str(caught.value).startswith(line)
