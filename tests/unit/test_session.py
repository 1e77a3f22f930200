"""A run's life in order, and every way in which it can end otherwise, over scripted crews and a scripted desk."""

from __future__ import annotations

import io
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tacorush.fleet.carriage import Carriage
from tacorush.fleet.clock import SECOND_NS
from tacorush.fleet.crew import CRASHED, OWN_FAILED
from tacorush.fleet.progress import Progress
from tacorush.fleet.session import DRAIN_S, INTERRUPTED_DRAIN_S, Session
from tacorush.fleet.tally import Tally
from tacorush.fleet.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable


class Stage:
    """Scripted crews and desk in one: writes down what is asked of them, in order; `on` makes a step do something."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.on: dict[str, Callable[[], Any]] = {}
        self.tally = Tally()
        self.ended: dict[str, Any] = {}
        self.figures: dict[str, Any] = {}
        self.drain_s = 0.0
        self.gone = False
        self.no_hope, self.no_hope_s = "", 0

    def _step(self, name: str) -> Any:
        self.asked.append(name)
        return self.on.get(name, lambda: None)()

    def muster(self) -> int:
        self._step("muster")
        return 1

    def examine(self) -> Any:
        self._step("examine")
        return SimpleNamespace(run_id="r", pack=dict)

    def order(self, order_for: Any) -> None:
        assert order_for(0, 1).session == "r-0"
        self._step("order")

    def open(self, t0_ns: int, processes: int) -> None:
        self._step("open")

    def mark_cpu(self) -> None:
        self._step("mark_cpu")

    def begin(self, t0_ns: int) -> None:
        self._step("begin")

    def end(self, drain_s: float) -> None:
        self.drain_s = drain_s
        self._step("end")

    def drain(self, limit_s: float) -> None:
        self._step("drain")

    def ask_inventory(self) -> None:
        self._step("ask_inventory")

    def hear_out(self, *, in_haste: bool) -> None:
        self._step("hear_out in haste" if in_haste else "hear_out")

    def finish(self) -> None:
        self._step("finish")

    def lost(self) -> tuple[()]:
        return ()

    def all_lost(self) -> bool:
        return self.gone

    def hopeless(self, second: int) -> str:
        return self.no_hope if second >= self.no_hope_s else ""

    def close(self, ended: dict[str, Any], figures: dict[str, Any], lost: Any) -> None:
        self.ended, self.figures = ended, figures
        self._step("close")

    def abandon(self) -> None:
        self._step("abandon")


def session(stage: Stage, limit_s: int | None = 1, judge: Callable[[Any], int] = lambda briefing: 0) -> Session:
    options = SimpleNamespace(target=None, carriage=Carriage(), max_in_flight=1, think="")
    briefing = SimpleNamespace(
        scenario=SimpleNamespace(name="flow"), options=options, open_loop=True, limit_s=limit_s, number=0,
        sentence=lambda plan: "driving",
    )  # fmt: skip
    # Every look at the clock takes a second: a run is over after a few looks, in the same order.
    seconds = itertools.count()
    return Session(
        cast("Any", briefing), stage, cast("Any", stage), lambda: next(seconds) * SECOND_NS,
        lambda text: None, Progress(io.StringIO(), in_place=False), judge,
    )  # fmt: skip


ORDERLY = [
    "muster", "examine", "order", "open", "begin", "mark_cpu",
    "end", "drain", "ask_inventory", "hear_out", "finish", "close",
]  # fmt: skip


def test_a_run_goes_through_its_phases_in_order_and_then_is_judged() -> None:
    """The judge sees a file that is complete: the desk is closed before."""
    stage = Stage()
    seen: list[list[str]] = []

    def judge(_briefing: Any) -> int:
        seen.append(list(stage.asked))
        return 1

    run = session(stage, judge=judge)
    run.run()
    assert seen == [ORDERLY]
    assert (run.exit_code, stage.ended["how"], stage.figures["duration_s"]) == (1, "completed", 1)
    assert stage.drain_s == DRAIN_S


def test_a_run_that_cannot_meet_an_objective_any_more_ends_in_order_and_says_which() -> None:
    """It is looked at every few seconds; what is inside has as long as after Ctrl-C."""
    stage = Stage()
    stage.no_hope, stage.no_hope_s = "P95 of all calls: 900 ms", 20
    run = session(stage, limit_s=600)
    run.run()
    assert stage.asked == ["hear_out in haste" if step == "hear_out" else step for step in ORDERLY]
    assert (stage.ended["how"], stage.ended["reason"]) == ("hopeless", "P95 of all calls: 900 ms")
    assert stage.drain_s == INTERRUPTED_DRAIN_S


@pytest.mark.parametrize("step", ["muster", "examine", "order", "open"])
def test_what_cannot_begin_is_one_line_exit_code_2_and_nothing_left(
    step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise Unfit("the seats are gone: come tomorrow")

    stage = Stage()
    stage.on[step] = refuse
    run = session(stage)
    run.run()
    assert (run.exit_code, stage.asked[-1]) == (2, "abandon")
    assert "begin" not in stage.asked
    assert capsys.readouterr().err == "tacorush: the seats are gone: come tomorrow\n"


@pytest.mark.parametrize("step", ["begin", "drain", "finish", "close"])
def test_an_error_of_the_harness_under_way_is_exit_code_3_and_no_verdict(
    step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken run must not reach a judge that could pass it."""

    def fail() -> None:
        raise RuntimeError("bug")

    stage = Stage()
    stage.on[step] = fail
    run = session(stage, judge=lambda briefing: pytest.fail("judged"))
    run.run()
    assert run.exit_code == 3
    assert "the run ended in an error of the harness" in capsys.readouterr().err


def test_a_run_that_is_stopped_says_interrupted_drains_shortly_and_is_judged() -> None:
    stage = Stage()
    run = session(stage, limit_s=1000)
    stage.on["begin"] = lambda: run.stop("interrupted", "Ctrl-C")
    run.run()
    assert (stage.ended["how"], stage.ended["reason"]) == ("interrupted", "Ctrl-C")
    assert stage.drain_s == INTERRUPTED_DRAIN_S
    in_haste = {"hear_out": "hear_out in haste"}
    assert stage.asked == [in_haste.get(step, step) for step in ORDERLY]
    assert run.exit_code == 0


def test_stopping_a_run_that_drains_already_changes_nothing() -> None:
    """The load is complete then, and whoever presses Ctrl-C only waits for the verdict."""
    stage = Stage()
    run = session(stage)
    stage.on["drain"] = lambda: run.stop("interrupted", "Ctrl-C")
    run.run()
    assert stage.ended["how"] == "completed"


def test_a_run_without_a_length_lasts_until_it_is_stopped_and_is_then_complete() -> None:
    stage = Stage()
    run = session(stage, limit_s=None)
    stage.on["begin"] = lambda: run.stop("completed", "stopped on the web page")
    run.run()
    assert run.open_end
    assert (stage.ended["how"], stage.figures["duration_s"] >= 1) == ("completed", True)


def test_a_run_whose_workers_are_all_lost_is_aborted() -> None:
    stage = Stage()
    stage.gone = True
    session(stage).run()
    assert (stage.ended["how"], stage.ended["reason"]) == ("aborted", "every worker was lost")


def test_a_journey_that_crashed_the_harness_aborts_a_run_that_else_was_complete() -> None:
    stage = Stage()
    stage.tally.counters[CRASHED] = 2
    session(stage).run()
    assert (stage.ended["how"], stage.ended["reason"]) == ("aborted", "the harness itself failed 2 times")


def test_a_journey_of_ones_own_that_failed_aborts_the_run_and_gets_the_blame() -> None:
    stage = Stage()
    stage.tally.counters[OWN_FAILED] = 1
    session(stage).run()
    assert stage.ended["how"] == "aborted"
    assert stage.ended["reason"] == "the scenario's own journeys failed in their own code once"
