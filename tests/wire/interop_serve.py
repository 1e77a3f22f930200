"""`python -m tests.wire.interop_serve NAME`: gRPC's test service on one of our servers; says `ready ADDRESS`."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Any

from fakes.serve import SERVERS
from tacorush.wire.serving import Endpoint
from tests.wire.interop_messages import SERVICE, message, zeros

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tacorush.wire.serving import Call

WAITING_MESSAGES = 256
ECHOED_FIRST, ECHOED_LAST = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"


def empty_call(call: Call, _: Any) -> None:
    call.answer(message("Empty")())


def unary_call(call: Call, request: Any) -> None:
    """Answers with as many bytes as asked for, or the status asked for, and echoes the metadata of the cases."""
    sent = call.metadata
    call.attach(
        initial=[(ECHOED_FIRST, sent[ECHOED_FIRST])] if ECHOED_FIRST in sent else (),
        trailing=[(ECHOED_LAST, sent[ECHOED_LAST])] if ECHOED_LAST in sent else (),
    )
    if request.response_status.code:
        call.fail(request.response_status.code, request.response_status.message)
    else:
        call.answer(message("SimpleResponse")(payload=zeros(request.response_size)))


def streaming_output_call(call: Call, request: Any) -> None:
    """Sends the messages asked for, each after its interval, then ends with the status asked for."""
    _send_next(call, iter(request.response_parameters), request.response_status)


def _send_next(call: Call, wanted: Iterator[Any], status: Any) -> None:
    parameters = next(wanted, None)
    if parameters is not None:
        delay_s = parameters.interval_us / 1e6
        asyncio.get_running_loop().call_later(delay_s, _send, call, parameters.size, wanted, status)
    elif status.code:
        call.fail(status.code, status.message)
    else:
        call.finish()


def _send(call: Call, size: int, wanted: Iterator[Any], status: Any) -> None:
    if call.send(message("StreamingOutputCallResponse")(payload=zeros(size))):
        _send_next(call, wanted, status)


def endpoints() -> Sequence[Endpoint]:
    """The methods of the test service that our servers can carry."""
    rows = (
        ("EmptyCall", "Empty", "Empty", False, empty_call),
        ("UnaryCall", "SimpleRequest", "SimpleResponse", False, unary_call),
        (
            "StreamingOutputCall", "StreamingOutputCallRequest", "StreamingOutputCallResponse", True,
            streaming_output_call,
        ),
    )  # fmt: skip
    return [
        Endpoint(f"/{SERVICE}/{name}", message(request), message(response), streams, handler)
        for name, request, response, streams, handler in rows
    ]


async def serve(name: str) -> None:
    """Serves on a free port until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = SERVERS[name](WAITING_MESSAGES)
    (address,) = await server.start(endpoints(), ["127.0.0.1:0"])
    sys.stdout.write(f"ready {address}\n")
    sys.stdout.flush()
    await stop.wait()
    await server.drain(0.0)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
