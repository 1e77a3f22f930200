"""Hangs the fleet on Locust's events. Registering opens and starts nothing; `init` does, once forks are made."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from gevent.event import Event
from locust import events
from locust.runners import MasterRunner, WorkerRunner

from tacorush import __version__
from tacorush.fleet import lifeline, options
from tacorush.fleet.attachment import attach
from tacorush.fleet.briefing import OPEN, brief
from tacorush.fleet.clock import anchored_clock
from tacorush.fleet.conductor import Conductor, NoUsers
from tacorush.fleet.crew import process_info
from tacorush.fleet.crews import LocalCrews, RemoteCrews
from tacorush.fleet.desk import Desk
from tacorush.fleet.equipment import prepare_transport
from tacorush.fleet.exporter import Exporter, PortTaken, TallyCollector
from tacorush.fleet.hello import versions
from tacorush.fleet.live_feed import LiveFeed
from tacorush.fleet.live_pages import address, hang
from tacorush.fleet.options import METRICS_PORT, OptionError, Options, chosen, from_the_page
from tacorush.fleet.outfit import outfit_local, outfit_worker
from tacorush.fleet.progress import Nobody, Progress, Stream
from tacorush.fleet.session import EXIT_USAGE, Session
from tacorush.fleet.unfit import Unfit
from tacorush.fleet.watching import nobody
from tacorush.fleet.worker import WorkerFleet, pass_over_first_interrupt

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from pathlib import Path

    from locust.env import Environment

    from tacorush.fleet.briefing import Briefing
    from tacorush.fleet.live_feed import LiveView
    from tacorush.fleet.watching import MakeWatch
    from tacorush.wire.channel import Clock

    Judge = Callable[[Path, Path], int]
    """Judges a run file by an objectives file, writes and shows what there is to show, and returns the exit code."""


class Screen(Stream, Protocol):
    """What a person watches, or a log."""

    def isatty(self) -> bool:
        """True when a person may be looking."""


CLOSED = "closed loop: users wait for answers, so a stall thins out the load and hides itself; see --rate"
"""What is said before a run without `--rate`."""
JUDGE = "TACORUSH_JUDGE"
"""Environment variable: `parent` leaves the verdict to the process that started this one."""
SCREEN = "TACORUSH_SCREEN"
"""Environment variable: `parent` leaves the live figures to the process that started this one."""


def register(judge: Judge, screen: Screen, watch: MakeWatch = nobody, live: LiveView | None = None) -> None:
    """Hangs the fleet on Locust; `judge` gives the exit code of a finished run, `screen` shows how it goes.

    `watch` makes what may end a run early, from its objectives; `live` is what Locust's web page shows of a run.
    """
    imported_in = os.getpid()

    def declare(parser: Any, **_: Any) -> None:
        options.declare(parser)

    def begin(environment: Environment, runner: Any, **_: Any) -> None:
        try:
            lifeline.watch(lifeline.descriptor(os.environ), lifeline.parent_to_watch(imported_in))
            asked = chosen(parsed(environment))
            if isinstance(runner, WorkerRunner):
                _worker(environment, runner, asked)
            else:
                _Chief(environment, runner, asked, judge, screen, watch, live).begin()
        except (Unfit, OptionError, PortTaken, ValueError) as failure:
            sys.stderr.write(f"tacorush: {failure}\n")
            sys.exit(EXIT_USAGE)

    hooks: Any = events
    hooks.init_command_line_parser.add_listener(declare)
    hooks.init.add_listener(begin)


def parsed(environment: Environment) -> Namespace:
    """What Locust's parser found; a page of the web may have changed it since."""
    found: Namespace | None = environment.parsed_options
    assert found is not None, "Locust parses its options before it fires any event"
    return found


def _worker(environment: Environment, runner: WorkerRunner, asked: Options) -> None:
    pass_over_first_interrupt()
    clock = anchored_clock()
    fleet = WorkerFleet(
        environment,
        runner,
        clock,
        lambda order, us, ship, gate: outfit_worker(
            order, us.process, us.versions, asked.targets_file, clock, ship, gate
        ),
    )
    attach(environment, fleet)


class _Chief:
    """The process that keeps the run file: alone, or master of others. Makes a session for each run."""

    def __init__(
        self,
        environment: Environment,
        runner: Any,
        asked: Options,
        judge: Judge,
        screen: Screen,
        watch: MakeWatch,
        live: LiveView | None,
    ) -> None:
        self._watch, self._live = watch, live
        self._feed: LiveFeed | None = None
        self._environment, self._asked, self._judge, self._screen = environment, asked, judge, screen
        self._clock: Clock = anchored_clock()
        self._headless = bool(parsed(environment).headless)
        self._gate = Event()
        self._local: LocalCrews | None = None
        self._remote = RemoteCrews(runner, self._clock) if isinstance(runner, MasterRunner) else None
        self._collector = TallyCollector()
        quiet = bool(parsed(environment).skip_log_setup or parsed(environment).only_summary)
        self._progress = Progress(
            Nobody() if os.environ.get(SCREEN) == "parent" else screen,
            in_place=quiet and screen.isatty(),
            width=shutil.get_terminal_size().columns - 1,
        )
        self._briefed: Briefing | None = None

    def begin(self) -> None:
        """Everything that happens once, before the first run."""
        environment, asked = self._environment, self._asked
        open_loop = asked.paced or os.environ.get(OPEN) == "1"
        metrics = self._export()
        if self._headless:
            self._briefed = self._brief(asked, 0)
        if metrics:
            self._say(metrics)
        prepare_transport(asked.carriage.transport, asked.max_in_flight)
        if open_loop:
            environment.dispatcher_class = NoUsers
            if parsed(environment).num_users:
                self._say("open loop: the plan decides who comes; -u and -r are ignored")
        else:
            self._say(CLOSED)
        attach(environment, self)
        self._show_live()
        Conductor(environment, self._session, self._headless).take_interrupts()

    def _show_live(self) -> None:
        """Adds our pages to Locust's, where it has any."""
        if self._environment.web_ui is None or self._live is None:
            return
        self._feed = LiveFeed(self._live.words)
        asked = parsed(self._environment)
        hang(self._environment.web_ui, asked, self._feed, self._live.page)
        self._say(f"live figures, charts and the verdict: {address(asked)}")

    def walk_in(self) -> None:
        """One journey of a user; waits while no run is on."""
        self._gate.wait()
        if self._local is not None and self._local.crew is not None:
            self._local.crew.walk_in()

    def think_s(self) -> float:
        """How long a user pauses before the next journey."""
        crew = self._local.crew if self._local is not None else None
        return crew.think_s() if crew is not None else 0.0

    def _say(self, text: str) -> None:
        self._progress.close()
        self._screen.write(f"{text}\n")

    def _export(self) -> str:
        """Starts the exporter; returns what there is to say about its place."""
        exporter = Exporter(self._collector)
        address = exporter.start(self._asked.metrics_host, self._asked.metrics_port)
        if self._asked.metrics_port is None and not address.endswith(f":{METRICS_PORT}"):
            return f"port {METRICS_PORT} is taken; metrics are on {address}"
        return ""

    def _brief(self, asked: Options, number: int) -> Briefing:
        return brief(asked, parsed(self._environment).run_time, datetime.now(UTC), number)

    def _session(self, number: int) -> Session:
        """Makes the session of the next run; raises Unfit."""
        if self._briefed is not None and number == 0:
            briefing = self._briefed
        else:
            briefing = self._brief(from_the_page(self._asked, parsed(self._environment)), number)
        if self._feed is not None:
            self._feed.follow(briefing.run_file)
        role = "local" if self._remote is None else "master"
        desk = Desk(
            briefing,
            process_info(role, role, versions()),
            self._clock,
            lambda: self._environment.stats,
            self._say,
            self._watch,
        )
        self._collector.tally = desk.tally
        self._collector.info = {
            "run_id": briefing.run_id,
            "scenario": briefing.scenario.name,
            "target": briefing.target.name,
            "release": briefing.options.release or "",
            "version": __version__,
        }
        if self._remote is not None:
            self._remote.sit(desk)
        else:
            self._local = LocalCrews(lambda order: outfit_local(order, desk, self._clock, self._gate))
        crews = self._remote or self._local
        assert crews is not None, "one of the two was made"
        return Session(briefing, crews, desk, self._clock, self._say, self._progress, self._conclude)

    def _conclude(self, briefing: Briefing) -> int:
        self._progress.close()
        if os.environ.get(JUDGE) == "parent":
            return 0
        return self._judge(briefing.run_file, briefing.slo)
