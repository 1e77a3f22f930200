"""A run that a real Prometheus watches: its report shows what was seen, and what the dashboard asks is answered."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tacorush.cli.observing.queries import load
from tacorush.evidence.observed import unpacked
from tacorush.evidence.runfile import RunFile
from tests.e2e import grafana_dashboard
from tests.e2e.prometheus_server import PrometheusServer
from tests.e2e.whole_runs import QUICK, start_fakes
from tests.processes import free_port

if TYPE_CHECKING:
    from tests.processes import Processes

EXAMPLE = Path(__file__).parents[2] / "deploy" / "observe.yaml"
IN_VAIN = """
  - {name: Misspelt, expr: "sum(", unit: x}
  - {name: Not there, expr: nobody_counts_this, unit: x}
"""
PAGES = ("report.html", "report.md", "report.json", "junit.xml")


@pytest.mark.timeout(150)
def test_a_run_keeps_what_prometheus_saw_of_it_and_every_query_of_the_dashboard_is_answered(
    processes: Processes, tmp_path: Path
) -> None:
    """All of deploy/observe.yaml, panels and variables have values of the run's time (calls fail, so that the panel of
    errors has too); what is asked in vain is told, and the pages come again when Prometheus is gone."""
    metrics, fakes_metrics, out = free_port(), free_port(), tmp_path / "run"
    queries = tmp_path / "queries.yaml"
    queries.write_text(EXAMPLE.read_text() + IN_VAIN)
    _, target = start_fakes(processes, f"--metrics-port={fakes_metrics}", "--incident=errors:p=0.1", QUICK)
    places = {"master:9646": f"127.0.0.1:{metrics}", "fakes:9647": f"127.0.0.1:{fakes_metrics}"}
    prometheus = PrometheusServer(processes, tmp_path / "prometheus", places)
    words = ["--rate=20", "--duration=10s", QUICK, f"--target={target}", f"--metrics-port={metrics}", f"--out={out}"]
    asked = [f"--observe={prometheus.address}", f"--queries={queries}"]
    driven = processes.start("run", ["tacorush", "run", "flow", *words, *asked])
    assert driven.wait(90) in (0, 1, 3), driven.output()

    with RunFile(out / "run.sqlite") as run:
        start_s, end_s = run.meta["t0_ns"] / 1e9, run.meta["ended"]["at_ns"] / 1e9
        found = {each.name: each for each in unpacked(run.meta)}
    assert list(found) == [query.name for query in load(queries)]
    assert {name for name, each in found.items() if each.missing} == {"Misspelt", "Not there"}
    assert "nobody answers" not in driven.output()
    assert "not observed: Misspelt: Prometheus says: bad_data: " in driven.output()
    calls = [value for one in found["Calls served, by code"].series for value in one.values if value is not None]
    assert max(calls) > 10, "calls a second, while 20 people came each second"
    page = (out / "report.html").read_text()
    for each in found.values():
        assert (f">{each.panel}</h3>" in page) is not bool(each.missing)
    assert "<b>Not there</b>: it has no values of the time of the run" in page

    for title, query in grafana_dashboard.queries():
        assert prometheus.seen(query, start_s, end_s), f"nothing in the panel {title}: {query}"
    for variable in grafana_dashboard.variables():
        assert prometheus.label_values(variable.metric, variable.label), f"no value of ${variable.name}"

    prometheus.process.process.send_signal(signal.SIGTERM)
    prometheus.process.wait(20)
    before = {name: (out / name).read_bytes() for name in PAGES}
    for name in PAGES:
        (out / name).unlink()
    assert processes.start("report", ["tacorush", "report", str(out)]).wait(60) == 0
    assert {name: (out / name).read_bytes() for name in PAGES} == before
