"""`tacorush run SCENARIO`: one run from start to verdict.

This process is the parent: it checks what was asked, starts the fakes (unless a target is named) and Locust as
children, waits, and judges the run file that they leave. Whatever becomes of them, the run file is judged as it is.
"""

from __future__ import annotations

import math
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fakes.options import MOST_SEATS
from tacorush.cli import rundir
from tacorush.cli.bundled import start_fakes
from tacorush.cli.children import Children
from tacorush.cli.conclusion import conclude, get_ready, objectives
from tacorush.cli.driven import brought_by, planned, rate_of, take_pace, take_ways
from tacorush.cli.failures import EXIT_INCONCLUSIVE, EXIT_PASS, EXIT_USAGE, UsageError
from tacorush.cli.live_screen import LiveScreen, wanted
from tacorush.cli.looking import Looking
from tacorush.cli.observing.observe import Inquiry, inquiry, observe, take_inquiry
from tacorush.cli.parsing import Parser, count, port, positive, take_colours, take_inconclusive
from tacorush.cli.screen import take_colours_off
from tacorush.targets.address import TargetError, split_listening

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from scenarios.plan import Plan

STOPPING_S = 90.0
"""How long a generator that was asked to end in order may take; its own bounds are far below."""
HINT = "Ctrl-C ends the run in order, with a verdict; twice at once"
LOCUSTFILE = Path(__file__).parents[2] / "locustfile.py"

EPILOG = """\
examples:
  tacorush run flow                                       bundled platform, steady crowd
  tacorush run flow --rate 100 --duration 5m              another pace
  tacorush run k6-2025 --scale 0.001 --duration 2m        a ladder, a thousandth as high and in two minutes
  tacorush run hotseat --time-scale 0.1                   holds run out ten times faster
  tacorush run flow --target 127.0.0.1:50051              something that listens already
  tacorush run flow --target staging --targets-file deploy/targets.yaml --processes 2
  tacorush run flow --replay traffic.csv                  a recorded spike, second by second
  tacorush run flow --webhook-listen 127.0.0.1:0          webhooks too: lost, told twice, forged, untrue
  tacorush run flow --target staging --observe http://prometheus:9090 --queries deploy/observe.yaml
  tacorush run flow -- --csv results                      what follows -- goes to Locust

exit codes: 0 PASS, 1 FAIL, 2 wrong usage or configuration (no load was made), 3 INCONCLUSIVE
"""


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush run",
        "Drives one scenario in an open loop, judges it, and writes the run directory: run.sqlite, report.html,\n"
        "report.json, report.md, junit.xml. Without --target the bundled platform is started for the run.",
        EPILOG,
    )
    take_pace(made)
    made.add_argument(
        "--target", metavar="T", help="HOST:PORT, gateway=H:P,reservation=H:P,…, or a name (targets file)"
    )
    made.add_argument("--targets-file", metavar="FILE", help="targets by name, with what each allows")
    made.add_argument(
        "--promises",
        choices=["documented", "deployed"],
        help="profile whose figures the audit holds a --target's admissions to, all the run (default: its file's)",
    )
    made.add_argument("--event", action="append", default=[], metavar="ID", help="drive this event only (repeatable)")
    made.add_argument("--slo", metavar="FILE", help="objectives to judge by (default: the scenario's)")
    take_inconclusive(made)
    made.add_argument("--processes", type=count, default=1, metavar="N", help="generator processes (default 1)")
    made.add_argument(
        "--transport",
        choices=["wire", "grpcio"],
        default="wire",
        help="what carries the calls: our own HTTP/2 (wire, the default) or grpcio",
    )
    made.add_argument("--connections", type=count, metavar="N", help="connections to each address (default 2)")
    made.add_argument(
        "--connection-max-age", type=positive, metavar="S", help="seconds after which a connection is replaced"
    )
    made.add_argument("--connection-calls", type=count, metavar="N", help="calls after which one is replaced: churn")
    made.add_argument("--keepalive", type=positive, metavar="S", help="seconds between two PINGs (default: none)")
    made.add_argument(
        "--webhook-listen",
        metavar="HOST:PORT",
        help="take the platform's webhooks in there (port 0: a free one), ask for them, and audit them",
    )
    made.add_argument(
        "--sole-buyer",
        action="store_true",
        help="nobody else buys from these events meanwhile: the audit holds their counters to this run alone",
    )
    take_ways(made)
    made.add_argument("--server", choices=["wire", "grpcio"], default="wire", help="what serves the bundled platform")
    made.add_argument("--run-id", metavar="ID", help="name of the run in user ids and keys (default: made up anew)")
    made.add_argument("--release", metavar="LABEL", help="what the release under test is called, for the verdict")
    made.add_argument("--max-in-flight", type=count, metavar="N", help="journeys at once in one process")
    made.add_argument(
        "--metrics-port", type=port, metavar="PORT", help="Prometheus exporter (default 9646 or a free one)"
    )
    take_inquiry(made)
    made.add_argument("--out", metavar="DIR", help="run directory (default runs/SCENARIO-UTCTIME)")
    made.add_argument("--overwrite", action="store_true", help="replace the run that --out holds")
    made.add_argument("--web", action="store_true", help="open Locust's web page and keep it until Ctrl-C")
    take_colours(made)
    return made


@dataclass(frozen=True, slots=True)
class Order:
    """One run as it was asked for, checked as far as can be without a target."""

    options: argparse.Namespace
    plan: Plan
    slo: Path
    out: Path
    asked: Inquiry | None
    """What the target's monitoring is asked when the run is over."""
    words: tuple[str, ...]
    """The command's words, to repeat it."""
    locust_words: tuple[str, ...]
    """What stood behind `--`."""


def prepare(words: Sequence[str]) -> Order:
    """Checks what was asked and makes the run directory; raises UsageError."""
    ours, theirs = _parted(words)
    options = parser().read(ours)
    plan = planned(options, options.run_id or "")
    scenario = plan.scenario
    options.rate = rate_of(options, scenario)
    slo = objectives(options.slo or scenario.slo, brought_by(plan))
    _check_together(options, theirs)
    if options.processes > (most := most_processes(os.cpu_count() or 1)):
        raise UsageError(
            f"--processes {options.processes}: more than {most} on this machine only hinder each other; "
            "start workers on further machines (docs/distributed.md)"
        )
    if not options.target:
        _check_venue(plan)
    asked = inquiry(options)
    out = rundir.create(scenario.name, datetime.now(UTC), options.out, options.overwrite)
    return Order(options, plan, slo, out, asked, ("tacorush", "run", *words), tuple(theirs))


def _check_together(options: argparse.Namespace, theirs: Sequence[str]) -> None:
    """Refuses options that would do nothing beside the others."""
    if options.target and options.platform:
        raise UsageError("--platform starts the bundled platform in a profile; a --target has its own: leave one out")
    if options.promises and not options.target:
        raise UsageError("--promises says what a --target promises; the bundled platform has its --platform")
    if options.targets_file and not options.target:
        raise UsageError("--targets-file names targets, and none of them is asked for: add --target NAME")
    if options.webhook_listen:
        try:
            split_listening(options.webhook_listen)
        except TargetError as failure:
            raise UsageError(f"--webhook-listen: {failure}") from None
    if any(word.partition("=")[0] == "--think" for word in theirs):
        raise UsageError("--think is the pause of a closed loop, and this is an open one; use locust (docs/loops.md)")


def _check_venue(plan: Plan) -> None:
    """Refuses a crowd for which the bundled platform would have to hold more seats than fit."""
    seats = plan.venue().seats or 0
    if seats > MOST_SEATS:
        raise UsageError(
            f"{plan.planned_total:,} people need {seats:,} seats an event of the bundled platform, which holds at most "
            f"{MOST_SEATS:,}: drive fewer (--rate, --scale, --duration), or name a --target"
        )


def most_processes(cores: int) -> int:
    """So many generator processes a machine bears: each is a whole interpreter, and keeps a core busy under load."""
    return max(8, 4 * cores)


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    if "--" not in words:
        return list(words), []
    at = list(words).index("--")
    return list(words[:at]), list(words[at + 1 :])


def main(arguments: Sequence[str]) -> int:
    """Drives one run and returns the exit code of its verdict."""
    order = prepare(arguments)
    take_colours_off(order.options.no_color)
    signal.signal(signal.SIGTERM, _as_interrupt)
    if order.asked is not None and (silence := order.asked.prometheus.silence()):
        said = f"nobody answers at {order.asked.prometheus.address}: {silence}"
        sys.stderr.write(f"tacorush run: {said}; the run goes on, and it is asked when that is over\n")
    run_file = order.out / rundir.RUN_FILE
    with live_screen(order, run_file) as screen, Children(stderr=screen.words if screen else None) as children:
        try:
            target = order.options.target or start_fakes(children, order.plan, order.options)
            told = environment(order) | ({"TACORUSH_SCREEN": "parent"} if screen else {})
            generator = children.start(locust_words(order, target), told, stdout=screen.words if screen else None)
            get_ready()
            code = wait(generator, run_file.exists, screen.turn if screen else blind)
        except KeyboardInterrupt:
            code = EXIT_INCONCLUSIVE
    if code == EXIT_USAGE or not run_file.exists():
        rundir.remove_if_empty(order.out)
        if code != EXIT_USAGE:
            sys.stderr.write(
                f"tacorush run: the generator ended with code {code} before any load; no run was recorded\n"
            )
        return EXIT_USAGE if code == EXIT_USAGE else EXIT_INCONCLUSIVE
    if code != EXIT_PASS:
        sys.stderr.write(f"tacorush run: the generator ended with code {code}; judging what was recorded\n")
    if order.asked is not None:
        _observe(run_file, order.asked)
    try:
        return conclude(run_file, order.slo, order.options.inconclusive)
    except KeyboardInterrupt:
        repeat = f"`tacorush report {order.out}` judges what is there"
        sys.stderr.write(f"\ntacorush run: interrupted before the verdict; {repeat}\n")
        return EXIT_INCONCLUSIVE


def _observe(run_file: Path, asked: Inquiry) -> None:
    """Asks the target's monitoring while it still remembers; whatever comes of it, the run is judged as it is."""
    try:
        lines = observe(run_file, asked)
    except KeyboardInterrupt:
        lines = ["nothing was observed: it was interrupted; `tacorush report` can ask again"]
    except (OSError, ValueError) as failure:
        lines = [f"nothing was observed: {failure}"]
    for line in lines:
        sys.stderr.write(f"tacorush run: {line}\n")


def _as_interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def environment(order: Order) -> dict[str, str]:
    """What the generator is told beside its options: an open loop, a parent that judges, the command to repeat."""
    return {
        "TACORUSH_OPEN": "1",
        "TACORUSH_JUDGE": "parent",
        "TACORUSH_COMMAND": shlex.join(order.words),
        "PYTHONUNBUFFERED": "1",
    }


def locust_words(order: Order, target: str) -> list[str]:
    """The generator's command line."""
    options = order.options
    words = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--skip-log-setup"]
    words += ["--autostart"] if options.web else ["--headless"]
    if options.processes > 1:
        words += forks(options.processes)
    given = {
        "scenario": options.scenario,
        "rate": options.rate,
        "duration": f"{options.duration}s" if options.duration else None,
        "replay": options.replay,
        "target": target,
        "targets-file": options.targets_file,
        "transport": options.transport,
        "connections": options.connections,
        "connection-max-age": options.connection_max_age,
        "connection-calls": options.connection_calls,
        "keepalive": options.keepalive,
        "route": options.route,
        "platform": options.promises if options.target else options.platform or order.plan.scenario.platform,
        "time-scale": options.time_scale,
        "seed": options.seed,
        "run-id": options.run_id,
        "max-in-flight": options.max_in_flight,
        "webhook-listen": options.webhook_listen,
        "metrics-port": options.metrics_port,
        "release": options.release,
        "slo": order.slo,
        "out": order.out,
    }
    words += [f"--{name}={value}" for name, value in given.items() if value is not None]
    words += [f"--event={event}" for event in options.event]
    words += ["--sole-buyer"] if options.sole_buyer else []
    return [*words, *order.locust_words]


def forks(number: int) -> list[str]:
    """A master that forks its workers, on a free port: Locust's fixed one would collide with a second run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    bound = ["--master-bind-host=127.0.0.1", f"--master-bind-port={free}", f"--master-port={free}"]
    return [f"--processes={number}", *bound]


def live_screen(order: Order, run_file: Path) -> AbstractContextManager[LiveScreen | None]:
    """The screen that shows the run; None where nobody looks at a terminal, or at a web page instead."""
    if order.options.web or not wanted(sys.stdout, os.environ):
        return nullcontext()
    return LiveScreen(Looking(run_file, time.time_ns, time.process_time), sys.stdout, os.environ, HINT)


def blind() -> float:
    """There is nothing to show, ever: returns for how many seconds."""
    return STOPPING_S


def wait(child: subprocess.Popen[str], began: Callable[[], bool], turn: Callable[[], float] = blind) -> int:
    """Waits for the generator. Ctrl-C once asks it to end in order, and it says so; twice ends it at once.

    Before its run has begun it is still getting up, and would answer Ctrl-C with a traceback: it is just ended.
    `turn` is called again and again, and says after how many seconds it wants to be.
    """
    end = math.inf
    while True:
        try:
            return child.wait(min(turn(), end - time.monotonic()))
        except subprocess.TimeoutExpired:
            at_once = time.monotonic() >= end
        except KeyboardInterrupt:
            at_once = end < math.inf
            end = time.monotonic() + STOPPING_S
            if not at_once:
                child.send_signal(signal.SIGINT if began() else signal.SIGTERM)
        if at_once:
            os.killpg(child.pid, signal.SIGKILL)
            return child.wait()
