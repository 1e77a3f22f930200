"""What can be asked of a run on Locust's command line, in its environment and in `locust.conf`.

Every option is a plain scalar, because Locust sends its parsed options to workers as msgpack. The parser hook runs
again at every view of the web page, so it only declares; `chosen` checks what came of it once, when a process starts.
What may be changed on the web page is harmless by itself (`WEB`); where load goes and what is written where is not
among it: any site that a browser shows can post to Locust's page.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from scenarios import think
from scenarios.duration import seconds
from scenarios.scenario import names
from tacorush.fleet.carriage import TRANSPORTS, USUAL, Carriage

METRICS_PORT = 9646
MAX_IN_FLIGHT = 20_000


class OptionError(ValueError):
    """An option that cannot be: says which, what was found and what is allowed, in one line."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of a run; None where the scenario or the target decides."""

    scenario: str = "flow"
    rate: float | None = None
    """Journeys a second; given, the loop is open."""
    duration_s: int | None = None
    replay: str | None = None
    """Recorded traffic to drive; given, the loop is open."""
    target: str | None = None
    targets_file: str | None = None
    events: tuple[str, ...] = ()
    carriage: Carriage = USUAL
    platform: str | None = None
    time_scale: float = 1.0
    seed: int = 1
    run_id: str | None = None
    out: str | None = None
    overwrite: bool = False
    slo: str | None = None
    route: str | None = None
    sole_buyer: bool = False
    """Nobody else buys from the target's events while the run goes on."""
    release: str | None = None
    """What the release under test is called."""
    metrics_port: int | None = None
    """None: the usual one, or a free one when it is taken."""
    metrics_host: str = "127.0.0.1"
    max_in_flight: int = MAX_IN_FLIGHT
    webhook_listen: str | None = None
    """Where the run takes the platform's webhooks in, `HOST:PORT`."""
    think: str = ""
    """Think time of Locust's users, as `scenarios.think` reads it."""

    @property
    def paced(self) -> bool:
        """A pace was asked for, so that the loop is open."""
        return self.rate is not None or self.replay is not None


class Row(NamedTuple):
    """How one option is declared."""

    flag: str
    metavar: str
    says: str
    default: str | int | float | None = None


ROWS: tuple[Row, ...] = (
    Row("--scenario", "NAME", "scenario to drive: a name from the catalogue or a YAML file (default flow)", "flow"),
    Row("--rate", "R", "journeys a second, in an open loop; without it Locust's users drive in a closed loop"),
    Row("--think", "TIME", f"pause of Locust's users between journeys, without --rate: {think.GRAMMAR}"),
    Row("--duration", "D", "how long arrivals are planned, such as 30s or 5m (default: the scenario's)"),
    Row("--replay", "FILE", "recorded traffic to drive, from `tacorush traffic import`, in an open loop"),
    Row("--target", "T", "HOST:PORT, gateway=H:P,reservation=H:P,…, or a name from the targets file"),
    Row("--targets-file", "FILE", "targets by name, with what each allows"),
    Row("--transport", "NAME", "what carries the calls: wire (our own HTTP/2) or grpcio", "wire"),
    Row("--connections", "N", "connections to each address (default 2)", 2),
    Row("--connection-max-age", "S", "seconds after which a connection is replaced, 10 % either way (default: never)"),
    Row("--connection-calls", "N", "calls after which a connection is replaced: churn (default: never)"),
    Row("--keepalive", "S", "seconds between two PINGs of a connection (default: none; grpc-go ends it below 300)"),
    Row("--platform", "NAME", "platform profile that the target has, for the run file"),
    Row("--time-scale", "X", "people's own delays are multiplied by this (default 1)", 1.0),
    Row("--seed", "N", "fixes times, kinds, wishes and choices (default 1)", 1),
    Row("--run-id", "ID", "name of this run in user ids and keys (default: made up anew)"),
    Row("--out", "DIR", "run directory (default runs/SCENARIO-UTCTIME)"),
    Row("--slo", "FILE", "objectives to judge by (default: the scenario's)"),
    Row("--webhook-listen", "HOST:PORT", "take the platform's webhooks in there (port 0: a free one) and audit them"),
    Row("--release", "LABEL", "what the release under test is called: it stands in the verdict"),
    Row("--route", "NAME", "services (each service itself) or gateway (through the gateway)"),
    Row("--metrics-port", "PORT", f"Prometheus exporter (default {METRICS_PORT}, or a free one when it is taken)"),
    Row("--metrics-host", "HOST", "where the exporter listens (default 127.0.0.1)", "127.0.0.1"),
    Row("--max-in-flight", "N", f"journeys at once in a process, above it arrivals are dropped ({MAX_IN_FLIGHT})"),
)
WEB = frozenset({"scenario", "rate", "duration", "time_scale", "seed"})
"""Options that the web page may change from run to run."""

ROUTES = ("services", "gateway")


class Comma(argparse.Action):
    """Collects a repeated option in one comma-separated string: a scalar travels, a list does not."""

    def __call__(
        self, _parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, _option: Any = None
    ) -> None:
        """Adds one more value."""
        before = getattr(namespace, self.dest) or ""
        setattr(namespace, self.dest, f"{before},{values}" if before else str(values))


def declare(parser: Any) -> None:
    """Adds the options to Locust's parser; called by its hook."""
    group = parser.add_argument_group("Tacorush")
    for row in ROWS:
        name = row.flag[2:].replace("-", "_")
        action = group.add_argument(
            row.flag, metavar=row.metavar, help=row.says, default=row.default, env_var=f"TACORUSH_{name.upper()}"
        )
        action.include_in_web_ui = name in WEB
    group.add_argument(
        "--event",
        action=Comma,
        metavar="ID",
        default="",
        help="drive this event only (repeatable; default: those of the target)",
    )
    group.add_argument(
        "--sole-buyer",
        action="store_true",
        help="nobody else buys from these events meanwhile: the audit holds their counters to this run alone",
    )
    group.add_argument("--overwrite", action="store_true", help="replace the run that --out holds")


def chosen(namespace: argparse.Namespace) -> Options:
    """Checks what was parsed and returns it. Raises OptionError."""
    return Options(
        scenario=str(namespace.scenario).strip() or "flow",
        rate=_positive("--rate", namespace.rate),
        duration_s=_duration(namespace.duration),
        replay=namespace.replay or None,
        target=namespace.target or None,
        targets_file=namespace.targets_file or None,
        events=tuple(word.strip() for word in (namespace.event or "").split(",") if word.strip()),
        carriage=_carriage(namespace),
        platform=namespace.platform or None,
        time_scale=_positive("--time-scale", namespace.time_scale) or 1.0,
        seed=_whole("--seed", namespace.seed, 0, 2**63 - 1),
        run_id=namespace.run_id or None,
        out=namespace.out or None,
        overwrite=bool(namespace.overwrite),
        slo=namespace.slo or None,
        webhook_listen=namespace.webhook_listen or None,
        route=_one_of("--route", namespace.route, ROUTES) if namespace.route else None,
        sole_buyer=bool(namespace.sole_buyer),
        release=namespace.release or None,
        metrics_port=_whole("--metrics-port", namespace.metrics_port, 0, 65535) if namespace.metrics_port else None,
        metrics_host=str(namespace.metrics_host),
        max_in_flight=_whole("--max-in-flight", namespace.max_in_flight or MAX_IN_FLIGHT, 1, 10**6),
        think=_think(namespace),
    )


def _think(namespace: argparse.Namespace) -> str:
    found = str(namespace.think or "").strip()
    try:
        think.parse(found)
    except ValueError as failure:
        raise OptionError(f"--think: {failure}") from None
    if found and namespace.rate not in (None, ""):
        raise OptionError("--think is for a closed loop's users; with --rate the plan sets the pace: leave one out")
    return found


def _carriage(namespace: argparse.Namespace) -> Carriage:
    transport = _one_of("--transport", namespace.transport, TRANSPORTS)
    found = Carriage(
        transport=transport,
        connections=_whole("--connections", namespace.connections, 1, 10_000),
        max_age_s=_positive("--connection-max-age", namespace.connection_max_age) or 0.0,
        calls_a_connection=_whole("--connection-calls", namespace.connection_calls or 0, 0, 2**31),
        keepalive_s=_positive("--keepalive", namespace.keepalive) or 0.0,
    )
    if transport != "wire" and replace(found, connections=2, transport="wire") != USUAL:
        raise OptionError(
            "--connection-max-age, --connection-calls and --keepalive are the wire transport's: leave out "
            f"--transport {transport}, or them"
        )
    return found


def from_the_page(fixed: Options, namespace: argparse.Namespace) -> Options:
    """Returns what the process was started with, changed by what the web page may change. Raises OptionError."""
    asked = chosen(namespace)
    if asked.scenario != fixed.scenario and asked.scenario not in names():
        raise OptionError(f"--scenario {asked.scenario}: the web page takes {', '.join(names())}, no files")
    changed = {"duration_s" if name == "duration" else name for name in WEB}
    return replace(
        fixed, **{field.name: getattr(asked, field.name) for field in fields(fixed) if field.name in changed}
    )


def _positive(flag: str, found: Any) -> float | None:
    if found is None or found == "":
        return None
    try:
        value = float(found)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise OptionError(f"{flag} {found}: it must be a number above 0")
    return value


def _duration(found: Any) -> int | None:
    if found is None or found == "":
        return None
    try:
        value = seconds(found)
    except ValueError as failure:
        raise OptionError(f"--duration: {failure}") from None
    if value < 1 or value != int(value):
        raise OptionError(f"--duration {found}: it must be whole seconds, at least 1s")
    return int(value)


def _whole(flag: str, found: Any, least: int, most: int) -> int:
    try:
        value = int(str(found))
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise OptionError(f"{flag} {found}: it must be a whole number from {least} to {most}")
    return value


def _one_of(flag: str, found: str, known: tuple[str, ...]) -> str:
    if found not in known:
        raise OptionError(f"{flag} {found}: there is {' and '.join(known)}")
    return found
