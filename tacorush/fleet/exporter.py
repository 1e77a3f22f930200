"""What Prometheus may ask of the process that keeps the run file, while the run goes on.

    tacorush_rpc_duration_seconds   classic histogram by grpc_service, grpc_method, grpc_code, outcome; response time
    tacorush_journeys_total         by kind and ending
    tacorush_arrivals_total         by state: planned, started, late, dropped
    tacorush_oversold_seats         seats seen sold to two orders so far
    tacorush_run_info               1, with the run's id, scenario and target, the release under test and our version
    process_cpu_seconds_total, …    of this process, so that it is seen when the generator is what is slow

Names, units and labels are Prometheus' and gRPC's own conventions. It answers from the tally, on a gevent server, so
that a scrape costs as much as there are kinds of calls, never as much as there were calls. Counts begin anew with each
run.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from gevent.pywsgi import WSGIServer
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from tacorush.fleet.options import METRICS_PORT
from tacorush.fleet.tally import BOUNDS_S, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.metrics_core import Metric


class TallyCollector:
    """Turns the tally of the current run into metric families."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.info: Mapping[str, str] = {}

    def collect(self) -> Iterator[Metric]:
        """Yields every family."""
        yield self._durations()
        journeys = CounterMetricFamily("tacorush_journeys", "Journeys ended", labels=["kind", "ending"])
        for (kind, ending), count in sorted(self.tally.journeys.items()):
            journeys.add_metric([kind, ending], count)
        yield journeys
        arrivals = CounterMetricFamily("tacorush_arrivals", "Arrivals by what became of them", labels=["state"])
        for state in ("planned", "started", "late", "dropped"):
            arrivals.add_metric([state], self.tally.arrivals[state])
        yield arrivals
        yield GaugeMetricFamily(
            "tacorush_oversold_seats", "Seats seen sold to two orders so far", value=len(self.tally.oversold.seats)
        )
        info = GaugeMetricFamily("tacorush_run_info", "The run that is on", labels=list(self.info))
        if self.info:
            info.add_metric(list(self.info.values()), 1)
        yield info

    def _durations(self) -> Metric:
        family = HistogramMetricFamily(
            "tacorush_rpc_duration_seconds",
            "Response time of calls, from the planned start",
            labels=["grpc_service", "grpc_method", "grpc_code", "outcome"],
        )
        for key, latencies in sorted(self.tally.calls.items()):
            service, _, method = key.method.partition("/")
            below = 0
            buckets = []
            for bound, count in zip([*map(str, BOUNDS_S), "+Inf"], latencies.buckets, strict=True):
                below += count
                buckets.append((bound, below))
            family.add_metric([service, method, key.code, key.outcome], buckets, latencies.sum_s)
        return family


class PortTaken(Exception):  # noqa: N818 - the sentence that it holds is for people
    """The port that was asked for is taken."""


class Exporter:
    """Serves `/metrics`."""

    def __init__(self, collector: TallyCollector) -> None:
        registry = CollectorRegistry()
        registry.register(collector)
        ProcessCollector(registry=registry)
        self._app = make_wsgi_app(registry)
        self._server: WSGIServer | None = None

    def start(self, host: str, asked: int | None) -> str:
        """Listens on the port that was asked for, else on the usual one or a free one; returns `host:port`.

        Raises PortTaken only when the port was asked for.
        """
        ports = [METRICS_PORT, 0] if asked is None else [asked]
        for port in ports:
            server = WSGIServer((host, port), self._app, log=None, error_log=None)
            try:
                server.start()
            except OSError as failure:
                if failure.errno != errno.EADDRINUSE or port == ports[-1]:
                    raise PortTaken(
                        f"--metrics-port {port}: cannot listen on {host}:{port} ({os.strerror(failure.errno or 0)}); "
                        "name another port, or leave the option out for a free one"
                    ) from None
                continue
            self._server = server
            return f"{host}:{server.server_port}"
        raise AssertionError("the last port either listens or raises")

    def stop(self) -> None:
        """Stops listening."""
        if self._server is not None:
            self._server.stop(timeout=0.5)
            self._server = None
