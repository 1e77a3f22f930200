"""A server that only counts: written on grpcio, and knowing nothing of the harness that it counts for."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc

from contracts.messages import errors_pb2, queue_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

EDGE_NS = 20_000_000
"""How far from a second's boundary a count may be taken."""
ANSWERS = {
    "/gateway.v1.QueueService/GetQueueStats": queue_pb2.GetQueueStatsResponse(),
    "/gateway.v1.QueueService/JoinQueue": queue_pb2.JoinQueueResponse(
        error={"code": errors_pb2.ERROR_CODE_RATE_LIMITED, "message": "counted"}
    ),
}
"""The first call of a `ping` and of a buyer, whose journey ends with this answer."""


class Counter(grpc.GenericRpcHandler):
    """Answers the first call of a journey and remembers when it came; knows no other method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.asked_ns: list[int] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        answer = ANSWERS.get(str(handler_call_details.method))
        if answer is None:
            return None
        with self._lock:
            self.asked_ns.append(time.time_ns())
        octets = answer.SerializeToString()
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: octets)

    def by(self, at_ns: int, since_ns: int) -> int:
        """How often it was asked from one instant until another."""
        stamps = sorted(self.asked_ns)
        return bisect_right(stamps, at_ns) - bisect_right(stamps, since_ns - EDGE_NS)


@contextmanager
def counting() -> Iterator[tuple[Counter, str]]:
    """A server of the counter, with its address."""
    counter = Counter()
    server = grpc.server(ThreadPoolExecutor(4), handlers=[counter])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield counter, f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def follows(counter: Counter, t0_ns: int, planned: list[float]) -> None:
    """Asserts that at each second's boundary, give or take EDGE_NS, as many had come as planned, within 2 or 1 %."""
    for second, so_far in enumerate(planned, 1):
        least, most = (counter.by(t0_ns + second * 10**9 + off_ns, t0_ns) for off_ns in (-EDGE_NS, EDGE_NS))
        allowed = max(2, so_far / 100)
        assert least - allowed <= so_far <= most + allowed, (second, least, so_far, most)
