"""`tacorush fakes`: serves the bundled platform, healthy or with incidents, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fakes import error_modes, latencies
from fakes.incidents import setting
from fakes.options import MOST_SEATS, Options
from fakes.serve import SERVERS, run
from fakes.settings import PROFILES
from tacorush.cli.failures import UsageError
from tacorush.cli.parsing import Parser, count, port, positive, whole
from tacorush.cli.recordings import recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

EPILOG = """\
examples:
  tacorush fakes                                      the documented ports 8080 to 8083, every service on each
  tacorush fakes --port 50051 --platform open         one port, no waiting
  tacorush fakes --port 50051 --incident oversell     a platform that sells seats twice
  tacorush fakes --time-scale 0.05                    holds of 3 s instead of 60 s
  tacorush fakes --set hold_s=15 --set approve_s=1,2  holds of 15 s, payments that settle in 1 to 2 s
  tacorush fakes --latency '*=recorded:runs/demo'     as slow as a run has measured it, method by method
  tacorush fakes --latency JoinQueue=lognormal:p50=8ms,p99=60ms

It says `ready ADDRESS` when it accepts calls; the address is what `tacorush run --target` takes.
"""


def parser() -> Parser:
    """The options of this command."""
    made = Parser("tacorush fakes", "Serves the bundled platform: nine services, 50 methods, one state.", EPILOG)
    made.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default 127.0.0.1)")
    made.add_argument("--port", type=port, metavar="P", help="one port for all (0: a free one; default 8080 to 8083)")
    made.add_argument(
        "--platform",
        choices=list(PROFILES),
        default="documented",
        help="profile; `simulator` is the real payment simulator alone (default documented)",
    )
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a figure that differs from the profile's (repeatable; docs/platform.md lists them)",
    )  # fmt: skip
    made.add_argument("--events", type=count, metavar="N", help="number of events (default: the six documented ones)")
    made.add_argument("--event", action="append", default=[], metavar="ID", help="an event by its id (repeatable)")
    made.add_argument("--seats", type=count, metavar="N", help="seats of each event (default: as documented)")
    made.add_argument(
        "--time-scale", type=positive, default=1.0, metavar="X", help="scales lives and delays (default 1)"
    )
    made.add_argument(
        "--server",
        choices=list(SERVERS),
        default="wire",
        help="what carries it: our own HTTP/2 (wire, the default) or grpcio",
    )
    made.add_argument("--incident", action="append", default=[], metavar="NAME", help=f"{setting.GRAMMAR} (repeatable)")
    made.add_argument("--incident-log", type=Path, metavar="FILE", help="writes what the incidents truly did, as JSON")
    made.add_argument(
        "--errors", choices=list(error_modes.MODES), default=error_modes.IN_MESSAGE,
        help="business failures inside the message, or as native status (default in-message)",
    )  # fmt: skip
    made.add_argument(
        "--latency", action="append", default=[], metavar="MODEL", help=f"{latencies.GRAMMAR} (repeatable)"
    )
    made.add_argument("--metrics-port", type=port, metavar="P", help="serves Prometheus metrics there (default: none)")
    made.add_argument("--seed", type=whole, default=1, metavar="N", help="fixes chance (default 1)")
    return made


def main(arguments: Sequence[str]) -> int:
    """Serves until told to end."""
    options = parser().read(arguments)
    if (options.seats or 0) > MOST_SEATS:
        raise UsageError(f"--seats {options.seats}: an event holds at most {MOST_SEATS:,}")
    return run(
        Options(
            host=options.host,
            port=options.port,
            platform=options.platform,
            figures=tuple(options.set),
            events=options.events,
            event_ids=tuple(options.event),
            seats=options.seats,
            time_scale=options.time_scale,
            server=options.server,
            incidents=tuple(options.incident),
            incident_log=options.incident_log,
            errors=options.errors,
            latency=tuple(options.latency),
            recordings=recordings,
            metrics_port=options.metrics_port,
            seed=options.seed,
        )
    )
