"""A run that a real Prometheus watches: what the dashboard asks is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tacorush.evidence.runfile import RunFile
from tests.e2e import grafana_dashboard
from tests.e2e.prometheus_server import PrometheusServer
from tests.e2e.whole_runs import QUICK, start_fakes
from tests.processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes import Processes


@pytest.mark.timeout(120)
def test_every_query_of_the_dashboard_is_answered_after_a_run(processes: Processes, tmp_path: Path) -> None:
    """All panels and variables have values of the run's time; some calls fail, so that the panel of errors has too."""
    metrics, fakes_metrics = free_port(), free_port()
    _, target = start_fakes(processes, f"--metrics-port={fakes_metrics}", "--incident=errors:p=0.1", QUICK)
    places = {"master:9646": f"127.0.0.1:{metrics}", "fakes:9647": f"127.0.0.1:{fakes_metrics}"}
    prometheus = PrometheusServer(processes, tmp_path / "prometheus", places)
    words = ["--rate=20", "--duration=10s", QUICK, f"--target={target}", f"--metrics-port={metrics}"]
    driven = processes.start("run", ["tacorush", "run", "flow", *words, f"--out={tmp_path / 'run'}"])
    assert driven.wait(90) in (0, 1, 3), driven.output()
    start_s, end_s = span(tmp_path / "run")
    for title, query in grafana_dashboard.queries():
        assert prometheus.seen(query, start_s, end_s), f"nothing in the panel {title}: {query}"
    for variable in grafana_dashboard.variables():
        assert prometheus.label_values(variable.metric, variable.label), f"no value of ${variable.name}"


def span(folder: Path) -> tuple[float, float]:
    """The time of a run, in Unix seconds."""
    with RunFile(folder / "run.sqlite") as run:
        return run.meta["t0_ns"] / 1e9, run.meta["ended"]["at_ns"] / 1e9
