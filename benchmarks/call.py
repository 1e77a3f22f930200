"""`python -m benchmarks.call`: one client process; prints what its calls took, as one JSON object.

Calls go round in a closed loop: each of `--in-flight` greenlets calls again when it is answered, so that as many calls
as that are in flight. Only the calls after the first tenth are measured: connections, caches and code are warm then.
With `--cold` none comes before, for a server that is measured from outside. One message is sent again and again, or,
with `--fresh`, one by a new user each time. With `--wait` the greenlets call what is never answered, and the memory
that the process then holds is what is told. Garbage is collected as seldom as a crew does it under load: calls in
flight are no garbage, and the more of them there are, the more it costs to look at them again and again.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402 - nothing may be imported before gevent has patched
import gc  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import gevent  # noqa: E402

from benchmarks.channels import CHANNELS, opened  # noqa: E402
from benchmarks.serve import SERVICE  # noqa: E402
from contracts.messages import queue_pb2  # noqa: E402
from tacorush.fleet.crew import COLLECT  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tacorush.wire.channel import Channel

JOIN, STATUS = f"{SERVICE}JoinQueue", f"{SERVICE}GetQueueStatus"
EVENT = "evt_2025_1001"
DEADLINE_S = 60.0
SETTLED_S = 3.0
"""How long the waiting calls are given to have left before their memory is read."""


def main() -> int:
    """Calls as the options say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.call", description=__doc__)
    parser.add_argument("channel", choices=list(CHANNELS))
    parser.add_argument("address")
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--wait", action="store_true")
    options = parser.parse_args()
    channel = opened(options.channel, options.address, options.in_flight)
    told = waiting(channel, options.in_flight) if options.wait else {}
    if not options.wait:
        requests = fresh() if options.fresh else repeated()
        called(channel, options.in_flight, 0 if options.cold else options.calls // 10, requests)
        told = measured(channel, options.in_flight, options.calls, requests)
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    os._exit(0)  # thousands of calls may be waiting; nobody has to hear that they are given up


def repeated() -> Iterator[queue_pb2.JoinQueueRequest]:
    """One request for ever."""
    request = queue_pb2.JoinQueueRequest(event_id=EVENT, user_id="user_1", session_id="s")
    while True:
        yield request


def fresh() -> Iterator[queue_pb2.JoinQueueRequest]:
    """Requests of users who have not come before."""
    number = time.time_ns()
    while True:
        number += 1
        yield queue_pb2.JoinQueueRequest(event_id=EVENT, user_id=f"user_{number}", session_id="s")


def called(
    channel: Channel,
    in_flight: int,
    calls: int,
    requests: Iterator[queue_pb2.JoinQueueRequest],
    reached: Callable[[int], None] = lambda _: None,
) -> dict[int, int]:
    """Makes this many calls; returns how many ended with which status. `reached` is told how many have, at each."""
    left, done, statuses = calls, 0, dict[int, int]()

    def loop() -> None:
        nonlocal left, done
        while left > 0:
            left -= 1
            status = channel.unary(JOIN, next(requests), queue_pb2.JoinQueueResponse, DEADLINE_S).status
            statuses[status] = statuses.get(status, 0) + 1
            done += 1
            reached(done)

    gevent.joinall([gevent.spawn(loop) for _ in range(in_flight)], raise_error=True)
    return statuses


def measured(
    channel: Channel, in_flight: int, calls: int, requests: Iterator[queue_pb2.JoinQueueRequest]
) -> dict[str, float]:
    """Returns what this many calls took while all callers were at it: not while they came, nor while they left."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    marks: dict[int, tuple[float, float]] = {}
    first, last = 2 * in_flight, 2 * in_flight + calls

    def reached(done: int) -> None:
        if done in (first, last):
            marks[done] = time.process_time(), time.perf_counter()

    statuses = called(channel, in_flight, last + in_flight, requests, reached)
    if set(statuses) != {0}:
        raise RuntimeError(f"calls failed, by status: {statuses}")
    cpu_s, wall_s = (end - start for start, end in zip(marks[first], marks[last], strict=True))
    return {"cpu_us_per_rpc": cpu_s / calls * 1e6, "rpcs_per_s": calls / wall_s}


def waiting(channel: Channel, in_flight: int) -> dict[str, float]:
    """Lets this many calls wait; returns the memory of the process before and with them."""
    request = queue_pb2.GetQueueStatusRequest()
    before = resident_mb()
    ended = 0

    def wait() -> None:
        nonlocal ended
        channel.unary(STATUS, request, queue_pb2.GetQueueStatusResponse, DEADLINE_S)
        ended += 1

    for _ in range(in_flight):
        gevent.spawn(wait)
    gevent.sleep(SETTLED_S)
    if ended:
        raise RuntimeError(f"{ended} of {in_flight} calls that should wait have ended")
    return {"memory_before_mb": before, "memory_mb": resident_mb()}


def resident_mb() -> float:
    """The process's resident memory, in MB of a million bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
