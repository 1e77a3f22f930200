"""What the bundled platform is told when it starts, and what those words mean: settings, events, incidents, latency."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from contracts.catalogue import PORTS
from fakes import error_modes
from fakes.events import ids, program
from fakes.figures import settings_of
from fakes.incidents.planted import Planted, cannot
from fakes.latencies import latencies
from fakes.settings import PROFILES, SIMULATED
from tacorush.wire.asyncio_server import WAITING_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fakes.events import Event
    from fakes.latencies import Recordings
    from fakes.latency import Latency, Recording
    from fakes.settings import Settings

SECRET = "TACORUSH_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
"""Environment variable: signs webhooks when the options do not say with what."""
MOST_SEATS = 10_000_000
"""The most seats of an event: each takes a few octets from the start."""


class OptionsError(Exception):
    """The options cannot be followed: one line that says what is wrong, where, and what to do."""


def no_recordings(file: str) -> Mapping[str, Recording]:
    """Reads no run file, because nobody who can was handed in."""
    raise ValueError(f"{file} cannot be read here; start the fakes with `tacorush fakes`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the platform is told when it starts."""

    host: str = "127.0.0.1"
    port: int | None = None
    """One port for all (0: a free one); None for the four documented ports, every service on each."""
    platform: str = "documented"
    """Name of a profile of `settings.PROFILES`."""
    figures: tuple[str, ...] = ()
    """Figures of the settings that differ from the profile, as NAME=VALUE, at time scale 1 (see `figures`)."""
    events: int | None = None
    """How many events; None for the documented six."""
    event_ids: tuple[str, ...] = ()
    """Their ids, instead of the documented ones."""
    seats: int | None = None
    """Seats of each event; None for the documented numbers."""
    time_scale: float = 1.0
    server: str = "wire"
    """One of `serve.SERVERS`."""
    errors: str = error_modes.IN_MESSAGE
    """One of `error_modes.MODES`."""
    latency: tuple[str, ...] = ()
    """See `latencies.GRAMMAR`."""
    recordings: Recordings = no_recordings
    """What reads the run files of recorded latency."""
    incidents: tuple[str, ...] = ()
    """See `incidents.setting.GRAMMAR`."""
    incident_log: Path | None = None
    """Where to write, at the end, what each incident truly did, as JSON."""
    metrics_port: int | None = None
    """Where Prometheus may scrape (0: a free port), on the same host; None for nowhere."""
    seed: int = 1
    webhook_secret: str | None = None
    """None for what the environment says, else `tacorush`."""
    webhooks_anywhere: bool = False
    """Also deliver webhooks to addresses that are not loopback."""
    waiting_messages: int = WAITING_MESSAGES
    """How many messages of a stream may wait for its reader."""
    grace_s: float = 2.0
    """How long calls in flight may take to finish at the end."""

    @property
    def simulates(self) -> bool:
        """Whether it serves the payment simulator instead of the nine services."""
        return self.platform == SIMULATED

    @property
    def ports(self) -> Mapping[str, int]:
        """The documented ports of what it serves, by entrance."""
        return {"payment": PORTS["payment"]} if self.simulates else PORTS


def addresses(options: Options) -> list[str]:
    """Where to listen."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    ports = options.ports.values() if options.port is None else [options.port]
    return [f"{host}:{port}" for port in ports]


def target(options: Options, bound: Sequence[str]) -> str:
    """The addresses that were bound, as `--target` takes them."""
    if options.port is not None:
        return bound[0]
    return ",".join(f"{entrance}={address}" for entrance, address in zip(options.ports, bound, strict=True))


def settings(options: Options) -> Settings:
    """The profile with the figures that differ, scaled. Raises OptionsError."""
    one_of("--platform", options.platform, PROFILES)
    secret = options.webhook_secret or os.environ.get(SECRET)
    profile = PROFILES[options.platform]
    profile = replace(profile, webhook_secret=secret) if secret else profile
    try:
        chosen = settings_of(profile, options.figures)
    except ValueError as error:
        raise OptionsError(f"--set {error}") from None
    try:
        return chosen.scaled(options.time_scale)
    except ValueError as error:
        raise OptionsError(f"--time-scale: {error}") from None


def events(options: Options) -> dict[str, Event]:
    """What is for sale. Raises OptionsError."""
    chosen = options.event_ids or (ids(options.events) if options.events is not None else ())
    try:
        return program(chosen, options.seats)
    except ValueError as error:
        raise OptionsError(str(error)) from None


def incidents(options: Options, now: Callable[[], float]) -> Planted:
    """What goes wrong. Raises OptionsError."""
    try:
        return Planted(options.incidents, options.seed, now)
    except ValueError as error:
        raise OptionsError(str(error)) from None


def doors(planted: Planted, *, given: bool) -> None:
    """Tells the incidents whether the server gives its doors away. Raises OptionsError when one needs them."""
    planted.has_doors = given
    for incident in planted.incidents:
        if incident.needs_doors and not given:
            raise OptionsError(cannot(incident.name))


def delays(options: Options) -> Mapping[str, Latency]:
    """How late the answers of each method are. Raises OptionsError."""
    try:
        return latencies(options.latency, options.recordings, lambda method: Random(f"{options.seed}/latency/{method}"))  # noqa: S311
    except ValueError as error:
        raise OptionsError(str(error)) from None


def one_of(option: str, value: str, known: Iterable[str]) -> None:
    """Raises OptionsError that lists what there is, unless the value is one of it."""
    known = list(known)
    if value not in known:
        raise OptionsError(f"{option} {value!r} is none of {', '.join(known)}")
