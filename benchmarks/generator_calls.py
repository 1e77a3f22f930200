"""What the generator spends around a call, without any wire: planning, journeys, judging, evidence, run file, looks.

The real crowd, crew, recorder and writer drive `flow` in one gevent process against a channel that answers by itself;
the channel's own cost is measured apart and taken off. Each row adds one part to the row before it, in a process of its
own (importing Locust patches a process), so what a part costs is the difference between two rows. All of it is CPU of
the whole process, the thread that writes the file included.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacorush.evidence.records import Delta

ROOT = Path(__file__).parents[1]
JOURNEYS_PER_S = 2_000
DURATION_S = 6
PARTS = ("journeys", "recorder", "crew", "file", "tally", "locust", "live line")
"""From the inside out; `journeys` alone leaves its evidence to a book that forgets."""
ACROSS = "worker to master"
"""Row that has all parts, and packs every delta as a worker does and unpacks it as a master does."""
WAITERS = "waiting"
"""Row in which everybody stands in the queue until the end; its figure is memory."""
WAITING = 10_000
"""Journeys that stand in the queue at the same time when memory is measured."""
TIME_SCALE = 0.001
"""So short that the few who look again after a while need no wait of their own."""
SECOND_NS = 1_000_000_000


def measure() -> Table:
    """Measures every part at one pace, the whole also with a turn of the loop for each call, and memory."""
    table = Table("generator_calls")
    before = 0.0
    for until in (*PARTS, ACROSS):
        row = _child(until, "at once", JOURNEYS_PER_S)
        row["added_us_per_call"] = row["us_per_call"] - before
        before = row["us_per_call"]
        table.rows.append(row)
    table.rows.append(_child(PARTS[-1], "after a turn", JOURNEYS_PER_S))
    table.rows.append(_child(WAITERS, "after a turn", WAITING // DURATION_S))
    whole, journeys = table.rows[len(PARTS) - 1], table.rows[0]
    table.ratios["whole_to_journeys_alone"] = whole["us_per_call"] / journeys["us_per_call"]
    return table


def _child(until: str, answers: str, rate: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.generator_calls", until, answers, str(rate)]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    row: dict[str, Any] = json.loads(told.splitlines()[-1])
    return row


def drive(until: str, answers: str, rate: int, folder: Path) -> dict[str, Any]:
    """Drives for DURATION_S in this process, with all parts up to `until`, and returns a row of the table."""
    import gevent
    import gevent.event
    from locust.stats import RequestStats

    from benchmarks.scripted_wire import EVENT, ScriptedChannel, own_cost_us
    from scenarios.crowd import Crowd
    from scenarios.facts import EventFacts, SectionFacts
    from scenarios.plan import Plan
    from scenarios.scenario import load
    from tacorush.evidence.delta import pack, unpack
    from tacorush.evidence.recorder import Recorder
    from tacorush.evidence.writer import RunFileWriter
    from tacorush.fleet import statistics
    from tacorush.fleet.clock import anchored_clock
    from tacorush.fleet.crew import Crew, process_info
    from tacorush.fleet.equipment import SWITCH_S
    from tacorush.fleet.green import GreenIo
    from tacorush.fleet.messages import Order
    from tacorush.fleet.progress import line
    from tacorush.fleet.tally import Tally
    from tacorush.targets.permit import Permit
    from tacorush.targets.target import Target

    sys.setswitchinterval(SWITCH_S)
    clock = anchored_clock()
    channel = ScriptedChannel(clock, answers != "at once", clock() + 600 * SECOND_NS, queue=until == WAITERS)
    own_us = own_cost_us(channel)
    sections = tuple(SectionFacts(name, 1000, 1000) for name in ("VIP", "R", "S"))
    plan = Plan.of(
        load("flow"),
        seed=1,
        run_id="bench",
        rate=rate,
        duration_s=DURATION_S,
        time_scale=1 if until == WAITERS else TIME_SCALE,
    )
    plan = plan.with_events(tuple(EventFacts(f"{EVENT}{n}", "A show", 3000, 3000, sections) for n in range(6)))
    permit = Permit(Target("bench", dict.fromkeys(("gateway",), "127.0.0.1:1"), allow_load=True, max_rate=1e6))
    waiting = until == WAITERS
    rows = (*PARTS, ACROSS)
    parts = set(PARTS if waiting else rows[: rows.index(until) + 1])
    t0_ns = clock() + SECOND_NS // 2
    recorder = Recorder("local", t0_ns, clock)
    book: Any = recorder if "recorder" in parts else Forgetful()
    crowd = Crowd(plan, channel.entrances(), book, GreenIo(clock), permit)
    tally, stats = Tally(), RequestStats()
    writer = RunFileWriter(folder / "run.sqlite") if "file" in parts else None
    calls = 0

    def take(delta: Delta) -> None:
        nonlocal calls
        calls += sum(h.count for key, h in delta.cells.items() if "/" in key.measure and key.clock == "service")
        if ACROSS in parts:
            delta = unpack(pack(delta))
        if writer is not None:
            writer.put(delta)
        if "tally" in parts:
            tally.add(delta)
        if "locust" in parts:
            statistics.feed(stats, delta, t0_ns)
        if "live line" in parts:
            line(tally, (clock() - t0_ns) // SECOND_NS, DURATION_S)

    if "crew" in parts:
        order = Order("s", plan.pack(), True, 0, 1, None, "grpcio", 100_000)
        crew = Crew(
            order, plan, crowd, recorder, clock, take, process_info("local", "local", {}),
            gevent.event.Event(), lambda: None,
        )  # fmt: skip
        used = _driven_by_crew(crew, t0_ns, clock, gevent.sleep, 0.01 if waiting else 10.0)
    else:
        used = _driven_bare(crowd, plan, clock, recorder if "recorder" in parts else None, take)
        calls = calls or book.calls
    if writer is not None:
        before = time.process_time()
        writer.finish({"how": "completed"})
        used += time.process_time() - before
    return {
        "parts_up_to": until,
        "answers": answers,
        "journeys_per_s": rate,
        "calls": calls,
        "channel_us": own_us,
        "us_per_call": used / calls * 1e6 - own_us,
        "late": tally.arrivals["late"],
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _driven_by_crew(
    crew: Any, t0_ns: int, clock: Callable[[], int], sleep: Callable[[float], None], drain_s: float
) -> float:
    crew.begin(t0_ns)
    sleep((t0_ns - clock()) / 1e9)
    before = time.process_time()
    sleep((t0_ns + DURATION_S * SECOND_NS - clock()) / 1e9)
    crew.end()
    crew.drain(drain_s)
    crew.finish()
    return time.process_time() - before


def _driven_bare(crowd: Any, plan: Any, clock: Callable[[], int], recorder: Any, take: Callable[..., None]) -> float:
    """Journey after journey with nothing around them; the recorder, where there is one, is closed as often."""
    gc.collect()
    gc.freeze()
    rate, before = round(plan.rate), time.process_time()
    for arrival in plan.arrivals():
        crowd.perform(arrival.number, clock())
        if recorder is not None and arrival.number % rate == rate - 1:
            take(recorder.close())
    return time.process_time() - before


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


def main() -> int:
    """Measures one row in this process and prints it as JSON."""
    until, answers, rate = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(drive(until, answers, int(rate), Path(folder))) + "\n")
    return 0


if __name__ == "__main__":
    import gevent.monkey

    gevent.monkey.patch_all()
    raise SystemExit(main())
