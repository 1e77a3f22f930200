"""Bundled platforms that also ail at the wire itself: methods not served, a death in a call, a status for another.

    python -m tests.e2e.ailing_fakes '{"NAME": {"port": 0, "server": "grpcio", "without": ["JoinQueue"], …}, …}'

Each platform is a process of its own, forked once everything is imported, and takes the options of `fakes.serve` beside
those of `Ailment`. When all accept, it prints `{NAME: ADDRESS, …}` on one line.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from fakes import serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tacorush.wire.serving import Call, Endpoint, Handler, Server


@dataclass(frozen=True)
class Ailment:
    """What ails one platform where it meets the wire; nothing, as it is."""

    without: Sequence[str] = ()
    """Short names of methods that are not served: the transport itself says so."""
    dies_of: str = ""
    """Short name of the method that the process dies of, before it answers; empty: of none."""
    dies_at: int = 1
    """Which call of that method it is, counted from 1."""
    says: Mapping[str, int] = field(default_factory=dict)
    """gRPC status (its number as text, as JSON has it) to the one that is sent in its stead."""


class _Renaming:
    """A call that ends with another status than its handler says."""

    def __init__(self, call: Call, says: Mapping[str, int]) -> None:
        self._call, self._says = call, says

    def fail(self, status: int, detail: str) -> None:
        """See Call."""
        self._call.fail(self._says.get(str(status), status), detail)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


class Ailing:
    """A server of the port `Server` with an ailment."""

    def __init__(self, server: Server, ailment: Ailment) -> None:
        self._server, self._ailment, self._fatal = server, ailment, 0

    async def start(self, endpoints: Sequence[Endpoint], addresses: Sequence[str]) -> Sequence[str]:
        """See Server."""
        kept = [each for each in endpoints if each.path.rpartition("/")[2] not in self._ailment.without]
        return await self._server.start([replace(each, handler=self._spoilt(each)) for each in kept], addresses)

    async def drain(self, grace_s: float) -> None:
        """See Server."""
        await self._server.drain(grace_s)

    def _spoilt(self, endpoint: Endpoint) -> Handler:
        fatal = endpoint.path.rpartition("/")[2] == self._ailment.dies_of

        def handle(call: Call, request: Any) -> None:
            self._fatal += fatal
            if fatal and self._fatal == self._ailment.dies_at:
                os._exit(1)
            endpoint.handler(_Renaming(call, self._ailment.says) if self._ailment.says else call, request)

        return handle


def _ailing(make: serve.MakeServer, ailment: Ailment) -> serve.MakeServer:
    return lambda waiting, *, health=True: Ailing(make(waiting, health=health), ailment)


def _serve(given: dict[str, Any]) -> int:
    ailment = Ailment(**{each.name: given.pop(each.name) for each in fields(Ailment) if each.name in given})
    serve.SERVERS = {name: _ailing(make, ailment) for name, make in serve.SERVERS.items()}
    return serve.run(serve.Options(**given))


def _forked(given: dict[str, Any]) -> str:
    """Starts one platform; its address once it accepts."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.dup2(writing, sys.stdout.fileno())
        os._exit(_serve(given))
    os.close(writing)
    with os.fdopen(reading) as lines:
        return lines.readline().removeprefix("ready ").strip()


def main() -> None:
    """Starts one platform after the other and waits until all have ended."""
    platforms = json.loads(sys.argv[1])
    addresses = {name: _forked(given) for name, given in platforms.items()}
    sys.stdout.write(json.dumps(addresses) + "\n")
    sys.stdout.flush()
    for _ in platforms:
        os.wait()


if __name__ == "__main__":
    main()
