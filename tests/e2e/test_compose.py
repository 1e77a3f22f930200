"""docker-compose.yml is what the Compose specification allows, and its very command lines do the job as processes."""

from __future__ import annotations

import json
import re
import shutil
import signal
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compose_spec
import pytest
import yaml

from tests.processes import free_port, until

if TYPE_CHECKING:
    from tests.processes import Processes

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
ONLY_WITH_ERRORS = {"Errors a second by method and code"}
"""Panels that stay empty while no call fails."""
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def interpolated(variables: dict[str, str]) -> str:
    """The compose file as Compose reads it with these variables set."""
    return _VARIABLE.sub(lambda match: variables.get(match[1], match[2]), COMPOSE)


def test_the_compose_file_is_what_the_specification_allows() -> None:
    """The specification's own types accept the file, and refuse it once a key is mistyped."""
    text = interpolated({})
    services = compose_spec.PyCompose.from_yaml(text).to_spec().services
    assert services is not None
    assert set(services) == {"fakes", "master", "worker", "prometheus", "grafana"}
    with pytest.raises(ValueError, match="comand"):
        compose_spec.PyCompose.from_yaml(text.replace("command:", "comand:", 1))


def test_the_image_does_not_run_as_root() -> None:
    """The last user of the Dockerfile is the one that containers run as."""
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users
    assert users[-1] != "root"


def ask(port: int, query: str) -> list[dict[str, Any]]:
    """The result of an instant query to Prometheus; empty while it has none or does not answer."""
    address = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            result: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return result
    except OSError:
        return []


def dashboard_queries() -> list[tuple[str, str]]:
    """Title and query of every panel that has values on a healthy run."""
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/tacorush.json").read_text())
    asked = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(asked) > len(ONLY_WITH_ERRORS)
    return [(title, query) for title, query in asked if title not in ONLY_WITH_ERRORS]


@pytest.mark.timeout(180)
def test_its_command_lines_drive_a_run_that_a_real_prometheus_scrapes(processes: Processes, tmp_path: Path) -> None:
    """The lines of fakes, master and two workers end with a verdict; Prometheus saw both exporters and the calls."""
    prometheus = shutil.which("prometheus")
    if prometheus is None:
        pytest.skip("Prometheus is not installed (Debian: apt-get install prometheus)")
    ports = {name: free_port() for name in ("fakes", "fakes_metrics", "master", "metrics", "prometheus")}
    variables = {
        "FAKES_BIND": "127.0.0.1",
        "FAKES_PORT": str(ports["fakes"]),
        "FAKES_METRICS_PORT": str(ports["fakes_metrics"]),
        "EVENTS": "2",
        "MASTER_PORT": str(ports["master"]),
        "MASTER_HOST": "127.0.0.1",
        "METRICS_PORT": str(ports["metrics"]),
        "TARGET": f"127.0.0.1:{ports['fakes']}",
        "RATE": "10",
        "DURATION": "12s",
        "OUT": str(tmp_path / "run"),
    }
    services = yaml.safe_load(interpolated(variables))["services"]
    fakes = processes.start("fakes", services["fakes"]["command"])
    fakes.wait_for_line("ready")

    configuration = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    configuration = configuration.replace("master:9646", f"127.0.0.1:{ports['metrics']}")
    configuration = configuration.replace("fakes:9647", f"127.0.0.1:{ports['fakes_metrics']}")
    (tmp_path / "prometheus.yml").write_text(configuration)
    processes.start(
        "prometheus",
        [
            prometheus,
            f"--config.file={tmp_path / 'prometheus.yml'}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{ports['prometheus']}",
        ],
    )
    master = processes.start("master", services["master"]["command"])
    for number in (1, 2):
        processes.start(f"worker-{number}", services["worker"]["command"])

    calls = 'sum by (grpc_method) (tacorush_rpc_duration_seconds_count{grpc_service="gateway.v1.QueueService"})'
    until(lambda: any(float(row["value"][1]) > 0 for row in ask(ports["prometheus"], calls)), "calls scraped")
    until(lambda: len(ask(ports["prometheus"], "up == 1")) == 2, "both exporters scraped")
    for title, query in dashboard_queries():
        until(lambda query=query: bool(ask(ports["prometheus"], query)), f"an answer for the panel {title}: {query}")  # type: ignore[misc]
    assert master.wait(120) in (0, 3), master.output()
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["totals"]["planned"] == 120
    assert report["generator"]["lost_workers"] == 0
    fakes.process.send_signal(signal.SIGTERM)
    assert fakes.wait(20) == 0
