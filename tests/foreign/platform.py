"""The foreign platform as a process: `python -m tests.foreign.platform --port P [options]`.

Serves on one port what PLATFORM.md promises, and misbehaves on request. Prints `ready HOST:PORT` when it accepts.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, TypeAlias

import grpc

from tests.foreign.answers import Clock, Refusal, chance
from tests.foreign.counts import NO_ANSWER, Counts
from tests.foreign.methods import Platform
from tests.foreign.options import Options, parse

WRITE_EVERY_S = 0.5
GRACE_S = 1.0
DIED = 70
"""Exit code after --die-after-s."""
CREATE = "reservation.v1.ReservationService/CreateReservation"
CONFIRM = "reservation.v1.ReservationService/ConfirmReservation"

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class Front(grpc.GenericRpcHandler):
    """Every call that reaches the port, known or not: misbehaves as told, answers, counts."""

    def __init__(self, platform: Platform, options: Options, counts: Counts, first_call: Callable[[], None]) -> None:
        self._platform = platform
        self._options = options
        self._counts = counts
        self._first_call: Callable[[], None] | None = first_call
        self._delays = chance(options.seed, "delays")
        self._errors = chance(options.seed, "errors")
        self._losses = chance(options.seed, "losses")
        self._handlers: dict[str, Handler] = {path: self._known(path) for path in platform.methods}

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler:
        """The handler of a method; one that refuses for a method that is not served."""
        if self._first_call is not None:
            self._first_call()
            self._first_call = None
        path = handler_call_details.method.lstrip("/")
        return self._handlers.get(path) or self._unknown(path)

    def _known(self, path: str) -> Handler:
        async def answer(body: bytes, context: Context) -> bytes:
            return await self._answer(path, body, context)

        return grpc.unary_unary_rpc_method_handler(answer)

    def _unknown(self, path: str) -> Handler:
        async def answer(_: AsyncIterator[bytes], context: Context) -> None:
            self._counts.call(path, grpc.StatusCode.UNIMPLEMENTED.name)
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not served here")

        return grpc.stream_stream_rpc_method_handler(answer)

    async def _answer(self, path: str, body: bytes, context: Context) -> bytes:
        await self._delay(path)
        if self._errors.random() < self._options.error_share:
            self._counts.injected_errors += 1
            self._counts.call(path, grpc.StatusCode.INTERNAL.name)
            await context.abort(grpc.StatusCode.INTERNAL, "something broke")
        answer, acted = self._platform.perform(path, body)
        if path in (CREATE, CONFIRM) and self._losses.random() < self._options.lose_share:
            await self._lose(path, happened=acted and isinstance(answer, bytes))
        if isinstance(answer, Refusal):
            self._counts.call(path, answer.status.name)
            await context.abort(answer.status, answer.text)
        self._counts.call(path, grpc.StatusCode.OK.name)
        return answer

    async def _delay(self, path: str) -> None:
        if not self._options.delay_ms or self._delays.random() >= self._options.delay_share:
            return
        self._counts.delayed += 1
        try:
            await asyncio.sleep(self._options.delay_ms / 1000)
        except asyncio.CancelledError:  # the client's deadline: nothing was done
            self._counts.given_up += 1
            self._counts.call(path, NO_ANSWER)
            raise

    async def _lose(self, path: str, happened: bool) -> None:
        self._counts.lost_answers += 1
        self._counts.lost_reservations += happened and path == CREATE
        self._counts.lost_orders += happened and path == CONFIRM
        self._counts.call(path, NO_ANSWER)
        await asyncio.Event().wait()  # until the client's deadline, or the end


class Server:
    """The process: the port, the file of counts, the end."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._counts = Counts()
        self._platform = Platform(options, clock, self._counts)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop.set)
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers((Front(self._platform, self._options, self._counts, self._first_call),))
        port = server.add_insecure_port(f"{self._options.host}:{self._options.port}")
        await server.start()
        gc.freeze()
        self._write()
        sys.stdout.write(f"ready {self._options.host}:{port}\n")
        sys.stdout.flush()
        while not self._stop.is_set():
            await self._pause()
            self._write()
        await server.stop(GRACE_S)
        self._counts.ended = "in order"
        self._write()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), WRITE_EVERY_S)
        except TimeoutError:
            return

    def _write(self) -> None:
        self._platform.sweep()
        if self._options.counts is not None:
            self._counts.write(self._options.counts)

    def _first_call(self) -> None:
        if self._options.die_after_s is not None:
            asyncio.get_running_loop().call_later(self._options.die_after_s, self._die)

    def _die(self) -> None:
        self._counts.ended = "died"
        self._write()
        os._exit(DIED)


def main(words: Sequence[str] | None = None) -> int:
    """Serves as the command line says."""
    asyncio.run(Server(parse(words), time.time).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
