"""`python -m benchmarks.serve NAME`: a server whose handlers do nothing, so that what a call costs is the wire's alone.

JoinQueue answers at once with one and the same message. GetQueueStatus answers when the milliseconds that stand in the
request's `waiting_token` have gone by; without any it never answers. It says `ready ADDRESS` and serves until SIGTERM.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from contracts.messages import queue_pb2
from fakes.serve import SERVERS
from tacorush.wire.serving import Endpoint

if TYPE_CHECKING:
    from tacorush.wire.serving import Call

SERVICE = "/gateway.v1.QueueService/"
WAITING_MESSAGES = 256
ANSWER = queue_pb2.JoinQueueResponse(
    waiting_token="wtkn_0123456789abcdef",  # noqa: S106 - no secret
    position_hint=5,
    eta_seconds=1,
    status=queue_pb2.QUEUE_STATUS_WAITING,
)


def at_once(call: Call, _: queue_pb2.JoinQueueRequest) -> None:
    """Answers."""
    call.answer(ANSWER)


def later(call: Call, request: queue_pb2.GetQueueStatusRequest) -> None:
    """Answers after the milliseconds asked for; never when there are none."""
    if request.waiting_token:
        delay_s = int(request.waiting_token) / 1e3
        asyncio.get_running_loop().call_later(delay_s, call.answer, queue_pb2.GetQueueStatusResponse())


ENDPOINTS = (
    Endpoint(f"{SERVICE}JoinQueue", queue_pb2.JoinQueueRequest, queue_pb2.JoinQueueResponse, False, at_once),
    Endpoint(
        f"{SERVICE}GetQueueStatus", queue_pb2.GetQueueStatusRequest, queue_pb2.GetQueueStatusResponse, False, later
    ),
)


async def serve(name: str) -> None:
    """Serves on a free port of loopback until told to end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = SERVERS[name](WAITING_MESSAGES)
    (address,) = await server.start(ENDPOINTS, ["127.0.0.1:0"])
    sys.stdout.write(f"ready {address}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.drain(0.0)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
