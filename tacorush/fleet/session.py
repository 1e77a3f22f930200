"""One run from its first question to its exit code.

    prepare   pre-flight: what is there, is it enough; the plan is made and frozen; crews get their stripes
    load      from T0 to the end of the plan, or until somebody stops it
    drain     nobody begins any more; crews wait for those inside, settle, and send everything
    close     what the inventory says now; the file says how the run ended; only then is it complete
    judge     the judge that was handed in writes pages and gives the exit code

What cannot begin raises Unfit before any load: exit code 2. Any other end of the session without a verdict is exit code
3. `stop` may be called at any time and as often as somebody likes: the first call ends the load, the drain goes on.
"""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

from tacorush.evidence.writer import EvidenceLostError
from tacorush.fleet.clock import SECOND_NS
from tacorush.fleet.crew import CRASHED, OWN_FAILED
from tacorush.fleet.messages import BEAT_S, Order
from tacorush.fleet.progress import line
from tacorush.fleet.unfit import Unfit
from tacorush.fleet.watching import LOOK_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.plan import Plan
    from tacorush.fleet.briefing import Briefing
    from tacorush.fleet.crews import Crews
    from tacorush.fleet.desk import Desk
    from tacorush.fleet.progress import Progress
    from tacorush.wire.channel import Clock

EXIT_USAGE = 2
EXIT_INCONCLUSIVE = 3
LEAD_S = 1.0
"""Seconds between the fixing of T0 and T0: every worker hears of it in time."""
DRAIN_S = 75.0
"""How long journeys inside may take to end: longer than a hold lives."""
INTERRUPTED_DRAIN_S = 10.0
"""The same after Ctrl-C: somebody waits."""


@dataclass(slots=True)
class Ended:
    """How a run ended, as its file says it."""

    how: str
    """completed, interrupted, aborted, or hopeless when an objective could not be met any more."""
    at_ns: int
    reason: str = ""


class Session:
    """One run of this process, be it alone or the master of others."""

    def __init__(
        self,
        briefing: Briefing,
        crews: Crews,
        desk: Desk,
        clock: Clock,
        say: Callable[[str], None],
        progress: Progress,
        judge: Callable[[Briefing], int],
    ) -> None:
        self._briefing, self._crews, self._desk, self._clock = briefing, crews, desk, clock
        self._say, self._progress, self._judge = say, progress, judge
        self._stop = Event()
        self._ended = Ended("completed", 0)
        self._t0_ns = 0
        self._next_look_s = LOOK_S
        self.phase = "prepare"
        self.exit_code = EXIT_INCONCLUSIVE

    def __repr__(self) -> str:
        return f"<Session {self._briefing.scenario.name}: {self.phase}>"

    @property
    def open_end(self) -> bool:
        """It lasts until somebody stops it, so that stopping completes it."""
        return self._briefing.limit_s is None

    def stop(self, how: str, reason: str) -> None:
        """Ends the load if it still goes on."""
        if self.phase in ("prepare", "load") and not self._stop.is_set():
            self._ended = Ended(how, self._clock(), reason)
            self._stop.set()

    def run(self) -> None:
        """Runs it whole; `exit_code` is set when it returns, whatever happens."""
        try:
            self._drive()
            self.phase = "judge"
            self.exit_code = self._judge(self._briefing)
        except Unfit as failure:
            sys.stderr.write(f"tacorush: {failure}\n")
            self.exit_code = EXIT_USAGE
        except EvidenceLostError as failure:
            sys.stderr.write(f"tacorush: {failure}\n")
            self.exit_code = EXIT_INCONCLUSIVE
        except Exception:
            traceback.print_exc()
            sys.stderr.write("tacorush: the run ended in an error of the harness; please report the lines above\n")
            self.exit_code = EXIT_INCONCLUSIVE
        finally:
            self.phase = "over"

    def _drive(self) -> None:
        desk = self._desk
        try:
            processes = self._crews.muster()
            plan = desk.examine()
            self._crews.order(lambda stripe, of: self._order(plan, stripe, of))
            self._t0_ns = self._clock() + int(LEAD_S * SECOND_NS)
            desk.open(self._t0_ns, processes)
        except BaseException:
            desk.abandon()
            raise
        self._load(plan)
        self._drain()

    def _order(self, plan: Plan, stripe: int, of: int) -> Order:
        options = self._briefing.options
        return Order(
            session=f"{plan.run_id}-{self._briefing.number}",
            plan=plan.pack(),
            open_loop=self._briefing.open_loop,
            stripe=stripe,
            of=of,
            target=options.target,
            carriage=options.carriage.pack(),
            max_in_flight=options.max_in_flight,
            think=options.think,
        )

    def _load(self, plan: Plan) -> None:
        self.phase = "load"
        self._crews.begin(self._t0_ns)
        self._desk.mark_cpu()
        limit_s = self._briefing.limit_s
        end_ns = None if limit_s is None else self._t0_ns + limit_s * SECOND_NS
        self._say(self._briefing.sentence(plan))
        telling = gevent.spawn(self._tell_each_second, limit_s)
        while not self._stop.is_set() and (end_ns is None or self._clock() < end_ns):
            left_s = BEAT_S if end_ns is None else max(0.0, (end_ns - self._clock()) / 1e9)
            self._stop.wait(min(BEAT_S, left_s))
            if self._crews.all_lost():
                self.stop("aborted", "every worker was lost")
            self._look()
        if not self._ended.at_ns:
            self._ended.at_ns = self._clock()
        self.phase = "drain"
        telling.kill()
        self._tell((self._ended.at_ns - self._t0_ns) // SECOND_NS, limit_s, last=True)
        self._progress.close()

    def _look(self) -> None:
        """Ends a run that cannot meet its objectives any more, where they ask for that."""
        second = (self._clock() - self._t0_ns) // SECOND_NS
        if second < self._next_look_s:
            return
        self._next_look_s = second + LOOK_S
        if hopeless := self._desk.hopeless(second):
            self._say(f"ending this run, for an objective cannot be met any more: {hopeless}")
            self.stop("hopeless", hopeless)

    def _drain(self) -> None:
        began_ns = self._clock()
        limit_s = INTERRUPTED_DRAIN_S if self._ended.how != "completed" else DRAIN_S
        self._crews.end(limit_s)
        self._crews.drain(limit_s)
        self._desk.ask_inventory()
        drained_ns = self._clock()
        self._desk.hear_out(in_haste=self._ended.how != "completed")
        self._crews.finish()
        if (broken := self._broken()) and self._ended.how == "completed":
            self._ended.how, self._ended.reason = "aborted", broken
        self._desk.close(
            ended={"how": self._ended.how, "at_ns": self._ended.at_ns, "reason": self._ended.reason},
            figures={"drain_s": (drained_ns - began_ns) / 1e9, "duration_s": self._duration_s()},
            lost=self._crews.lost(),
        )

    def _broken(self) -> str:
        """What failed that is not the platform's; empty when nothing did."""
        counters = self._desk.tally.counters
        if crashed := counters[CRASHED]:
            return f"the harness itself failed {_times(crashed)}"
        if failed := counters[OWN_FAILED]:
            return f"the scenario's own journeys failed in their own code {_times(failed)}"
        return ""

    def _duration_s(self) -> int:
        if self._briefing.limit_s is not None:
            return self._briefing.limit_s
        return max(1, round((self._ended.at_ns - self._t0_ns) / 1e9))

    def _tell_each_second(self, limit_s: int | None) -> None:
        while True:
            second = (self._clock() - self._t0_ns) // SECOND_NS
            self._tell(second, limit_s)
            gevent.sleep((self._t0_ns + (second + 1) * SECOND_NS - self._clock()) / 1e9)

    def _tell(self, second: int, limit_s: int | None, last: bool = False) -> None:
        second = second if limit_s is None else min(second, limit_s)
        if second > 0:
            self._progress.show(second, line(self._desk.tally, second, limit_s), last)


def _times(number: float) -> str:
    return "once" if number == 1 else f"{number:,.0f} times"
