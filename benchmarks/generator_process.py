"""One row of `generator_calls`, in a process of its own: `python -m benchmarks.generator_process ROW ANSWERS RATE`.

Prints the row as JSON. Importing Locust patches the process with gevent, as in a run.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent
from gevent.event import Event
from locust.stats import RequestStats

from benchmarks.generator_calls import ACROSS, AT_ONCE, DURATION_S, PARTS, WAITERS
from benchmarks.scripted_wire import EVENT, ScriptedChannel, own_cost_us
from scenarios.crowd import Crowd
from scenarios.facts import EventFacts, SectionFacts
from scenarios.plan import Plan
from scenarios.scenario import load
from tacorush.evidence.delta import pack, unpack
from tacorush.evidence.recorder import Recorder
from tacorush.evidence.writer import RunFileWriter
from tacorush.fleet import statistics
from tacorush.fleet.clock import SECOND_NS, anchored_clock
from tacorush.fleet.crew import Crew, process_info
from tacorush.fleet.equipment import SWITCH_S
from tacorush.fleet.green import GreenIo
from tacorush.fleet.messages import Order
from tacorush.fleet.progress import line
from tacorush.fleet.tally import Tally
from tacorush.targets.permit import Permit
from tacorush.targets.target import Target

if TYPE_CHECKING:
    from tacorush.evidence.records import Delta

TIME_SCALE = 0.001
"""So short that the few who look again after a while need no wait of their own."""
MOST_INSIDE = 100_000


class Forgetful:
    """A book that counts calls and keeps nothing."""

    def __init__(self) -> None:
        self.calls = 0

    def call(self, *_: Any) -> None:
        """One call."""
        self.calls += 1

    def time(self, *_: Any) -> None:
        """One time."""

    def claim(self, _: Any) -> None:
        """One claim."""

    def count(self, *_: Any) -> None:
        """One more of something."""


class Intake:
    """What becomes of a delta, with the parts that are measured."""

    def __init__(self, parts: set[str], folder: Path, t0_ns: int) -> None:
        self._parts, self._t0_ns = parts, t0_ns
        self.tally, self._statistics = Tally(), RequestStats()
        self._writer = RunFileWriter(folder / "run.sqlite") if "file" in parts else None
        self.calls = self.seconds = self.late = 0

    def take(self, delta: Delta) -> None:
        """Takes one in."""
        self.calls += sum(h.count for key, h in delta.cells.items() if "/" in key.measure and key.clock == "service")
        self.late += sum(row.late for row in delta.arrivals)
        self.seconds += 1
        if ACROSS in self._parts:
            delta = unpack(pack(delta))
        if self._writer is not None:
            self._writer.put(delta)
        if "tally" in self._parts:
            self.tally.add(delta)
        if "locust" in self._parts:
            statistics.feed(self._statistics, delta, self._t0_ns)
        if "live line" in self._parts:
            line(self.tally, self.seconds, DURATION_S)

    def finish(self) -> None:
        """Waits until all is in the file."""
        if self._writer is not None:
            self._writer.finish({"how": "completed"})


def planned(rate: int, time_scale: float) -> Plan:
    """`flow` at this pace, on six events with three sections each."""
    sections = tuple(SectionFacts(name, 1000, 1000) for name in ("VIP", "R", "S"))
    plan = Plan.of(load("flow"), seed=1, run_id="bench", rate=rate, duration_s=DURATION_S, time_scale=time_scale)
    return plan.with_events(tuple(EventFacts(f"{EVENT}{n}", "A show", 3000, 3000, sections) for n in range(6)))


def measured(until: str, answers: str, rate: int, folder: Path) -> dict[str, Any]:
    """Drives for DURATION_S with all parts up to `until`, and returns a row of the table."""
    sys.setswitchinterval(SWITCH_S)
    waiting, rows = until == WAITERS, (*PARTS, ACROSS)
    parts = set(PARTS if waiting else rows[: rows.index(until) + 1])
    clock = anchored_clock()
    channel = ScriptedChannel(clock, answers != AT_ONCE, clock() + 600 * SECOND_NS, queue=waiting)
    own_us = own_cost_us(channel)
    plan = planned(rate, 1.0 if waiting else TIME_SCALE)
    t0_ns = clock() + SECOND_NS // 2
    recorder, forgetful, intake = Recorder("local", t0_ns, clock), Forgetful(), Intake(parts, folder, t0_ns)
    permit = Permit(Target("bench", {"gateway": "127.0.0.1:1"}, max_rate=1e6))
    book = recorder if "recorder" in parts else forgetful
    crowd = Crowd(plan, channel.entrances(), book, GreenIo(clock), permit)
    if "crew" in parts:
        order = Order("s", plan.pack(), True, 0, 1, None, "grpcio", MOST_INSIDE)
        info = process_info("local", "local", {})
        crew = Crew(order, plan, crowd, recorder, clock, intake.take, info, Event(), lambda: None)
        used = _by_crew(crew, t0_ns, 0.01 if waiting else 10.0, intake)
    else:
        used = _bare(crowd, plan, recorder, intake)
    calls = intake.calls or forgetful.calls
    return {
        "parts_up_to": until,
        "answers": answers,
        "journeys_per_s": rate,
        "calls": calls,
        "channel_us": own_us,
        "us_per_call": used / calls * 1e6 - own_us,
        "late": intake.late,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _by_crew(crew: Crew, t0_ns: int, drain_s: float, intake: Intake) -> float:
    """Returns CPU seconds from T0 until everything is in the file."""
    clock = anchored_clock()
    crew.begin(t0_ns)
    gevent.sleep((t0_ns - clock()) / 1e9)
    before = time.process_time()
    gevent.sleep((t0_ns + DURATION_S * SECOND_NS - clock()) / 1e9)
    crew.end()
    crew.drain(drain_s)
    crew.finish()
    intake.finish()
    return time.process_time() - before


def _bare(crowd: Crowd, plan: Plan, recorder: Recorder, intake: Intake) -> float:
    """Journey after journey with nothing around them; the recorder is closed as often as in a run."""
    clock = anchored_clock()
    gc.collect()
    gc.freeze()
    rate, before = round(plan.rate), time.process_time()
    for arrival in plan.arrivals():
        crowd.perform(arrival.number, clock())
        if arrival.number % rate == rate - 1:
            intake.take(recorder.close())
    return time.process_time() - before


def main() -> int:
    """Measures one row and prints it."""
    until, answers, rate = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(measured(until, answers, int(rate), Path(folder))) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
