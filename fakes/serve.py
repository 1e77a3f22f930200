"""Runs the bundled platform as a process: reads the options, listens, says that it is ready, and stays until told.

The first line on stdout is `ready ADDRESS`, or, on the documented ports, `ready gateway=ADDRESS,reservation=ADDRESS,…`:
either way what `--target` takes. It comes when calls are accepted. SIGTERM and SIGINT drain and end it, and so does the
end of the lifeline: the parent holds the other end of that pipe, so that however the parent goes, the platform goes
too. The exit code is 0, or 2 with one line on stderr for what cannot be done, or 70 when the simulator crashed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from fakes import error_modes
from fakes import options as reading
from fakes.befalling import Befalling
from fakes.collecting import collect_seldom
from fakes.exporter import start_exporter
from fakes.front import Front
from fakes.options import Options, OptionsError
from fakes.platform import Platform
from fakes.posting import ThreadedPost
from fakes.services import handlers
from fakes.services.simulator import PaymentSimulator
from fakes.streams import OPENERS
from fakes.webhooks import Webhooks
from tacorush.wire.asyncio_server import AsyncioServer, ServerOptions
from tacorush.wire.grpcio_server import GrpcioServer
from tacorush.wire.serving import Doors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from wsgiref.simple_server import WSGIServer

    from fakes.front import Serve
    from fakes.incidents.planted import Planted
    from fakes.journal import Journal
    from fakes.posting import Post
    from tacorush.wire.serving import Endpoint, Server

__all__ = ["SERVERS", "Options", "run"]

EXIT_UNUSABLE = 2
EXIT_CRASHED = 70
"""Of a simulator that crashed as the real one does."""
LIFELINE = "TACORUSH_LIFELINE"
"""Environment variable: the descriptor of a pipe's read end; end-of-file on it ends the platform."""


class MakeServer(Protocol):
    """Makes a server."""

    def __call__(self, waiting: int, *, health: bool = True) -> Server:
        """`waiting`: how many messages of a stream may wait; `health`: whether it serves `grpc.health.v1`."""
        ...


SERVERS: Mapping[str, MakeServer] = MappingProxyType(
    {
        "wire": lambda waiting, *, health=True: AsyncioServer(ServerOptions(waiting_messages=waiting, health=health)),
        "grpcio": lambda waiting, *, health=True: GrpcioServer(waiting_messages=waiting, health=health),
    }
)
"""The servers by the names that `--server` takes."""


class _Timers:
    """The running loop as the platform's timers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def later(self, delay_s: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(delay_s, act)


def run(options: Options) -> int:
    """Serves until told to end; returns the exit code. To be called on the main thread."""
    try:
        asyncio.run(_serve(options))
    except OptionsError as error:
        sys.stderr.write(f"tacorush fakes: {error}\n")
        return EXIT_UNUSABLE
    return 0


async def _serve(options: Options) -> None:
    reading.one_of("--server", options.server, SERVERS)
    stop = _told_to_stop()
    now, timers = _clock(), _Timers()
    planted = reading.incidents(options, now)
    platform = _platform(options, planted, now, timers)
    write_facts(options.incident_log, planted)
    reading.one_of("--errors", options.errors, error_modes.MODES)
    post = ThreadedPost(anywhere=options.webhooks_anywhere)
    server = SERVERS[options.server](options.waiting_messages, health=not options.simulates)
    doors = server if isinstance(server, Doors) else None
    reading.doors(planted, given=doors is not None)

    def restart() -> None:
        front.platform.agenda.close()
        new = _platform(options, planted, now, timers, front.platform.journal)
        front.restart(new, _services(options, new, post, planted))

    front = Front(
        platform,
        timers,
        latencies=reading.delays(options),
        incidents=planted,
        error_mode=options.errors,
        befall=Befalling(time.sleep, restart, doors),
    )
    services, streams = _services(options, platform, post, planted), {} if options.simulates else OPENERS
    endpoints = front.endpoints(services, streams)
    exporter = _exporter(options, platform)
    bound = await _listen(server, endpoints, options)
    collect_seldom()
    sys.stdout.write(f"ready {reading.target(options, bound)}\n")
    sys.stdout.flush()
    await stop.wait()
    front.close()
    await server.drain(options.grace_s)
    if exporter is not None:
        exporter.shutdown()
    post.close()
    write_facts(options.incident_log, planted)


def _platform(
    options: Options, planted: Planted, now: Callable[[], float], timers: _Timers, journal: Journal | None = None
) -> Platform:
    """A platform that knows nothing yet; `journal` is that of the one that died, so that no id comes twice."""
    lives = 0 if journal is None else journal.counted("platform", "restarts_total") + 1
    if journal is not None:
        journal.count("platform", "restarts_total")
    return Platform(
        reading.settings(options),
        now=now,
        timers=timers,
        chance=Random(f"{options.seed}/platform" + f"/{lives}" * (lives > 0)),  # noqa: S311
        events=reading.events(options),
        incidents=planted,
        journal=journal,
    )


def _services(options: Options, platform: Platform, post: Post, planted: Planted) -> Mapping[str, Serve]:
    """The unary methods that one platform serves until it dies, with webhooks of its own: all, or the simulator's."""
    webhooks = Webhooks(platform, post)
    if not options.simulates:
        return handlers(platform)

    def crash(why: str) -> None:
        write_facts(options.incident_log, planted)
        sys.stderr.write(f"tacorush fakes: the simulator crashed, as the real one does: {why}\n")
        sys.stderr.flush()
        os._exit(EXIT_CRASHED)

    return PaymentSimulator(platform, webhooks.announce, crash).handlers()


async def _listen(server: Server, endpoints: Sequence[Endpoint], options: Options) -> Sequence[str]:
    try:
        return await server.start(endpoints, reading.addresses(options))
    except OSError as error:
        way_out = "end what listens there, or choose another port with --port (0: any that is free)"
        raise OptionsError(f"{error.strerror or error}; {way_out}") from None


def _exporter(options: Options, platform: Platform) -> WSGIServer | None:
    if options.metrics_port is None:
        return None
    try:
        return start_exporter(options.host, options.metrics_port, platform.journal, asyncio.get_running_loop())
    except OSError as error:
        way_out = "end what listens there, or choose another port with --metrics-port"
        raise OptionsError(f"metrics on {options.host}:{options.metrics_port}: {error.strerror}; {way_out}") from None


def write_facts(path: Path | None, planted: Planted) -> None:
    """Replaces the incident log as a whole; done at the start too, so that a folder that refuses it is known early."""
    if path is None:
        return
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(json.dumps(planted.facts(), indent=2) + "\n")
        part.replace(path)
    except OSError as error:
        raise OptionsError(f"--incident-log {path} cannot be written: {error.strerror}; name another file") from None


def _clock() -> Callable[[], float]:
    """Unix seconds that never go back while the process lives."""
    offset = time.time() - time.monotonic()
    return lambda: time.monotonic() + offset


def _told_to_stop() -> asyncio.Event:
    """An event that is set by SIGTERM, by SIGINT, or when the parent has gone."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    lifeline = os.environ.get(LIFELINE)
    if lifeline is not None:
        _follow(lifeline, loop, stop)
    return stop


def _follow(lifeline: str, loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def read() -> None:
        if not os.read(int(lifeline), 1):
            loop.remove_reader(int(lifeline))
            stop.set()

    try:
        loop.add_reader(int(lifeline), read)
    except (ValueError, OSError):
        raise OptionsError(f"{LIFELINE}={lifeline} is no open pipe; unset it when there is no parent") from None
