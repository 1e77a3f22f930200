"""`python -m benchmarks.beside`: quick calls measured beside slow ones; prints the durations as one JSON object.

`--slow` calls of 1 s are kept in flight, and all the while a call of 10 ms is started every 50 ms, whether or not those
before it are answered. A duration is what the channel's own two readings of the clock say. Calls that are unanswered at
the end are told apart, with how long they had waited by then: their durations are at least that.
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
from typing import TYPE_CHECKING  # noqa: E402

import gevent  # noqa: E402

from benchmarks.channels import CHANNELS, opened  # noqa: E402
from benchmarks.serve import SERVICE  # noqa: E402
from contracts.messages import queue_pb2  # noqa: E402

if TYPE_CHECKING:
    from tacorush.wire.channel import Answer, Channel

PATH = f"{SERVICE}GetQueueStatus"
SLOW_MS, QUICK_MS = 1000, 10
EVERY_S = 0.05
WARM_S, MEASURED_S = 3.0, 10.0
DEADLINE_S = 600.0


def main() -> int:
    """Measures as the options say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beside", description=__doc__)
    parser.add_argument("channel", choices=list(CHANNELS))
    parser.add_argument("address")
    parser.add_argument("--slow", type=int, required=True)
    parser.add_argument("--threads", type=int, default=10, help="grpcio's: how many calls can wait at once")
    options = parser.parse_args()
    channel = opened(options.channel, options.address, options.threads)
    _called(channel, QUICK_MS)  # connects
    for number in range(options.slow):
        # Spread over their second, as people come: all at once would measure the burst.
        gevent.spawn_later(number * SLOW_MS / 1e3 / options.slow, _slowly, channel)
    gevent.sleep(WARM_S)
    gc.collect()
    gc.freeze()
    answered_ms, waiting_ms = quick(channel)
    sys.stdout.write(json.dumps({"answered_ms": answered_ms, "waiting_ms": waiting_ms}) + "\n")
    sys.stdout.flush()
    os._exit(0)  # the slow ones go on for ever


def quick(channel: Channel) -> tuple[list[float], list[float]]:
    """Starts quick calls at their pace; returns what the answered ones took and how long the others wait by now."""
    answered_ms: list[float] = []
    waiting: dict[int, float] = {}

    def call(number: int) -> None:
        waiting[number] = time.perf_counter()
        answer = _called(channel, QUICK_MS)
        del waiting[number]
        answered_ms.append((answer.answered_ns - answer.sent_ns) / 1e6)

    for number in range(int(MEASURED_S / EVERY_S)):
        gevent.spawn(call, number)
        gevent.sleep(EVERY_S)
    now = time.perf_counter()
    return answered_ms, [(now - began) * 1e3 for began in waiting.values()]


def _slowly(channel: Channel) -> None:
    while True:
        _called(channel, SLOW_MS)


def _called(channel: Channel, delay_ms: int) -> Answer:
    request = queue_pb2.GetQueueStatusRequest(waiting_token=str(delay_ms))
    answer = channel.unary(PATH, request, queue_pb2.GetQueueStatusResponse, DEADLINE_S)
    if answer.status:
        raise RuntimeError(f"a call of {delay_ms} ms ended with status {answer.status}: {answer.detail}")
    return answer


if __name__ == "__main__":
    raise SystemExit(main())
