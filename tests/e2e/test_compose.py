"""docker-compose.yml is what the Compose specification allows, and its very command lines do the job as processes."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import compose_spec
import pytest
import yaml

from tests.e2e.prometheus_server import PrometheusServer
from tests.processes import free_port, until

if TYPE_CHECKING:
    from tests.processes import Processes

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
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


@pytest.mark.timeout(180)
def test_its_command_lines_drive_a_run_that_a_real_prometheus_scrapes(processes: Processes, tmp_path: Path) -> None:
    """The lines of fakes, master and two workers end with a verdict; Prometheus saw both exporters and the calls."""
    ports = {name: free_port() for name in ("fakes", "fakes_metrics", "master", "metrics")}
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

    places = {"master:9646": f"127.0.0.1:{ports['metrics']}", "fakes:9647": f"127.0.0.1:{ports['fakes_metrics']}"}
    prometheus = PrometheusServer(processes, tmp_path / "prometheus", places)
    master = processes.start("master", services["master"]["command"])
    for number in (1, 2):
        processes.start(f"worker-{number}", services["worker"]["command"])

    calls = 'sum by (grpc_method) (tacorush_rpc_duration_seconds_count{grpc_service="gateway.v1.QueueService"})'
    until(lambda: any(float(row["value"][1]) > 0 for row in prometheus.ask(calls)), "calls scraped")
    until(lambda: len(prometheus.ask("up == 1")) == 2, "both exporters scraped")
    assert master.wait(120) in (0, 3), master.output()
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert report["totals"]["planned"] == 120
    assert report["generator"]["lost_workers"] == 0
    fakes.process.send_signal(signal.SIGTERM)
    assert fakes.wait(20) == 0
