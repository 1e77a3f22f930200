"""What Prometheus may ask of the bundled platform: the journal, as metric families.

    tacorush_fakes_calls_total      calls served, by grpc_service, grpc_method and grpc_code
    tacorush_fakes_counts_total     what else the platform counted, by service and name
    tacorush_fakes_state            what it holds now (and what incidents did), by service and name
    process_cpu_seconds_total, …    of this process

The exporter's server runs on threads of its own; the journal belongs to the event loop. So each scrape asks the loop
for its measures and waits for them.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.metrics_core import Metric

    from fakes.journal import Journal, Measure

PATIENCE_S = 5.0
"""How long a scrape waits for the loop."""


class JournalCollector(Collector):
    """Turns measures into metric families at every scrape."""

    def __init__(self, measures: Callable[[], list[Measure]]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        """Yields the three families."""
        calls = CounterMetricFamily(
            "tacorush_fakes_calls", "Calls served", labels=["grpc_service", "grpc_method", "grpc_code"]
        )
        counts = CounterMetricFamily("tacorush_fakes_counts", "What else was counted", labels=["service", "name"])
        state = GaugeMetricFamily("tacorush_fakes_state", "What the platform holds now", labels=["service", "name"])
        for measure in self._measures():
            if measure.labels:
                calls.add_metric([measure.service, measure.labels["method"], measure.labels["code"]], measure.value)
            elif measure.counts:
                counts.add_metric([measure.service, measure.name], measure.value)
            else:
                state.add_metric([measure.service, measure.name], measure.value)
        yield from (calls, counts, state)


def start_exporter(host: str, port: int, journal: Journal, loop: asyncio.AbstractEventLoop) -> WSGIServer:
    """Serves the journal under /metrics until `shutdown` of what it returns; raises OSError when it cannot listen."""

    async def read() -> list[Measure]:
        return list(journal.measures())

    registry = CollectorRegistry()
    registry.register(JournalCollector(lambda: asyncio.run_coroutine_threadsafe(read(), loop).result(PATIENCE_S)))
    ProcessCollector(registry=registry)
    server, _ = start_http_server(port, host, registry)
    return server
