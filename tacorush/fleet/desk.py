"""The desk of a run: where the evidence of all processes comes in, is committed, and is summed up for looks.

It asks the pre-flight's questions, opens the run file with all that describes the run, and closes it with how the run
ended. It stands in the one process of a local run, where the crew writes into the desk's own recorder so that one
process has one row of numbers, or in the master, which drives nothing and counts only its own questions and CPU.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from scenarios import preflight, readback, releases, think
from scenarios.grpc_ticketing import Line
from scenarios.phases import phases
from tacorush.evidence.recorder import Recorder
from tacorush.evidence.writer import RunFileWriter
from tacorush.fleet import statistics
from tacorush.fleet.equipment import equip
from tacorush.fleet.late_book import LateBook
from tacorush.fleet.mailbox import PATIENCE_S, Mailbox
from tacorush.fleet.tally import Tally
from tacorush.fleet.unfit import Unfit
from tacorush.fleet.watching import nobody
from tacorush.targets.probe import served_methods

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from locust.stats import RequestStats

    from scenarios.grpc_ticketing import Book
    from scenarios.plan import Plan
    from tacorush.evidence.records import Delta, ProcessInfo
    from tacorush.fleet.briefing import Briefing
    from tacorush.fleet.equipment import Equipment
    from tacorush.fleet.watching import MakeWatch, Watch
    from tacorush.wire.channel import Channel, Clock


def _served(channels: Mapping[str, Channel]) -> Collection[str] | None:
    """The contract's methods that the target lists; None when no entrance lists any."""
    by_channel = {channel: served_methods(channel) for channel in set(channels.values())}
    lists = {entrance: by_channel[channel] for entrance, channel in channels.items()}
    if all(served is None for served in lists.values()):
        return None
    served = set()
    for name, method in METHODS.items():
        listed = lists[method.entrance]
        if listed is None or name in listed:
            served.add(name)
    return served


class Desk:
    """One run's desk."""

    def __init__(
        self,
        briefing: Briefing,
        info: ProcessInfo,
        clock: Clock,
        statistics_now: Callable[[], RequestStats],
        tell: Callable[[str], None],
        make_watch: MakeWatch = nobody,
    ) -> None:
        self._make_watch = make_watch
        self._watch: Watch | None = None
        self._briefing, self.info, self._clock = briefing, info, clock
        self._statistics_now, self._tell = statistics_now, tell
        self.equipment: Equipment = equip(briefing.target, briefing.permit, clock, briefing.options.carriage)
        listen = briefing.options.webhook_listen
        self._mailbox = Mailbox(listen, clock) if listen else None
        self.recorder: Recorder | None = None
        """Of this process; there is one once the file is open."""
        self.tally = Tally()
        self._early = LateBook()
        self._facts: preflight.Preflight | None = None
        self._versions: dict[str, str] = {}
        self._writer: RunFileWriter | None = None
        self._plan: Plan | None = None
        self._t0_ns = 0
        self._cpu_before = 0.0

    def examine(self) -> Plan:
        """Asks the platform what it has, and returns the plan that knows it; raises Unfit."""
        briefing, tools = self._briefing, self.equipment
        plan = briefing.plan()
        try:
            facts = preflight.examine(
                plan,
                tools.channels,
                self._early,
                tools.io,
                tools.permit,
                events=briefing.options.events or briefing.target.events,
                served=_served(tools.channels),
            )
        except preflight.TargetUnusable as failure:
            raise Unfit(str(failure)) from None
        for sentence in (*facts.shortages, *facts.warnings):
            self._tell(f"note: {sentence}")
        self._facts, self._plan = facts, plan.with_events(facts.events)
        if self._mailbox is not None:
            self._plan = self._plan.told_at(self._mailbox.url)
        self._versions = releases.versions(self._line(self._early))
        return self._plan

    def open(self, t0_ns: int, processes: int) -> Recorder:
        """Makes the run file, writes down what describes the run, and returns this process's recorder."""
        assert self._plan is not None, "examined before it is opened"
        self._t0_ns = t0_ns
        try:
            self._writer = RunFileWriter(self._briefing.run_file, on_error=self._tell)
        except OSError as failure:
            raise Unfit(f"--out: {failure}") from None
        about = self._describe(self._plan, processes)
        for name, value in about.items():
            self._writer.meta(name, value)
        self._watch = self._make_watch(self._briefing.slo_text, str(self._briefing.slo), about)
        self.recorder = Recorder(self.info.process, t0_ns, self._clock)
        self.recorder.meter(self.equipment.counts)
        self._early.copy_to(self.recorder)
        if self._mailbox is not None:
            self._mailbox.begin(self.recorder.claim)
        return self.recorder

    def take(self, delta: Delta) -> None:
        """Takes in what a process saw, once."""
        assert self._writer is not None, "opened before anything comes in"
        self._writer.put(delta)
        self.tally.add(delta)
        if self._watch is not None:
            self._watch.take(delta)
        statistics.feed(self._statistics_now(), delta, self._t0_ns)

    def hopeless(self, second: int) -> str:
        """Says which objective ends the run in this second, and why; empty while none does."""
        return "" if self._watch is None else self._watch.hopeless(second, len(self.tally.oversold.seats))

    def committed(self) -> Mapping[str, int]:
        """Process to the number up to which its deltas are on disk."""
        return {} if self._writer is None else self._writer.acknowledged()

    def mark_cpu(self) -> None:
        """From now on this process's CPU counts: call it at T0. A crew counts its own."""
        self._cpu_before = time.process_time()

    def hear_out(self, *, in_haste: bool) -> None:
        """Waits for the webhooks that may still come, unless somebody is in haste, and takes no more of them."""
        if self._mailbox is None:
            return
        assert self._writer is not None, "opened before it is closed"
        patience_s = PATIENCE_S * self._briefing.options.time_scale
        if not in_haste:
            self._tell(f"note: webhooks may still come for {patience_s:g} s")
        facts = self._mailbox.hear_out(0.0 if in_haste else patience_s)
        self._writer.meta("mailbox", facts | {"patience_ns": round(patience_s * 1e9)})

    def ask_inventory(self) -> None:
        """Asks what inventory, queue and health calls say after the run, and writes it down."""
        assert self._writer is not None, "opened before it is asked"
        assert self.recorder is not None, "opened before it is asked"
        line = self._line(self.recorder)
        self._writer.meta("inventory_after", readback.inventory_after(line))
        if self._facts is not None and self._facts.queues and line.plan.queuers():
            self._writer.meta("queues_after", readback.queues_after(line))
        self._writer.meta("versions_after", releases.versions(line))

    def _line(self, book: Book) -> Line:
        """A line to the platform whose calls are written down in `book`."""
        assert self._plan is not None, "examined before it is asked"
        tools = self.equipment
        return Line(self._plan, tools.channels, book, tools.io, tools.permit)

    def report(self, final: bool) -> None:
        """Takes in what the master itself saw; a crew in this process reports for both."""
        assert self.recorder is not None, "opened before it reports"
        delta = self.recorder.close(final=final)
        self.info.final = final
        if final:
            self.info.cpu_seconds = time.process_time() - self._cpu_before
        delta.info = self.info
        self.take(delta)

    def close(self, ended: Mapping[str, Any], figures: Mapping[str, Any], lost: Sequence[ProcessInfo]) -> None:
        """Writes down the rest, waits until everything is on disk, and lets the file say how the run ended."""
        assert self._writer is not None, "opened before it is closed"
        for info in lost:
            self._writer.process(info)
        for name, value in figures.items():
            self._writer.meta(name, value)
        self._writer.meta("clock_jump_ns", time.time_ns() - self._clock())
        self._writer.finish(dict(ended))
        self._writer.close()
        self.equipment.close()

    def abandon(self) -> None:
        """The run does not begin: leaves nothing behind."""
        self.equipment.close()
        if self._mailbox is not None:
            self._mailbox.close()
        if self._writer is None:
            with suppress(OSError):
                self._briefing.folder.rmdir()

    def _describe(self, plan: Plan, processes: int) -> dict[str, Any]:
        briefing, options = self._briefing, self._briefing.options
        assert self._facts is not None, "examined before it is described"
        return {
            "run_id": briefing.run_id,
            "scenario": briefing.scenario.name,
            "scenario_text": briefing.scenario_text,
            "own_roles": briefing.scenario.own_roles,
            "seed": options.seed,
            "target": briefing.target.name,
            "addresses": dict(briefing.target.addresses),
            "t0_ns": self._t0_ns,
            "duration_s": briefing.limit_s or 0,
            "mode": "open" if briefing.open_loop else "closed",
            "rate": plan.rate if briefing.open_loop else None,
            "arrivals": briefing.scenario.arrivals.model_dump(mode="json") if briefing.open_loop else None,
            "planned_total": plan.planned_total if briefing.open_loop else None,
            "phases": [phase._asdict() for phase in phases(plan)] if briefing.open_loop else [],
            "transport": options.carriage.transport,
            "connections": options.carriage.pack(),
            "route": plan.route,
            "platform": options.platform or briefing.target.promises,
            "time_scale": plan.time_scale,
            "think": "" if briefing.open_loop else options.think,
            "think_s": 0.0 if briefing.open_loop else think.parse(options.think).typical_s * plan.time_scale,
            "processes": processes,
            "command": briefing.command,
            "versions": dict(self.info.versions),
            "host": socket.gethostname(),
            "slo": str(briefing.slo),
            "slo_text": briefing.slo_text,
            "scarce": briefing.scenario.scarce,
            "sole_buyer": options.sole_buyer,
            "release": options.release or "",
            "versions_before": self._versions,
            "preflight": self._facts.as_meta(),
        }
