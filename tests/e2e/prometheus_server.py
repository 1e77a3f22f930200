"""A real Prometheus for tests, with the configuration that comes along, on a free port, in a folder of its own."""

from __future__ import annotations

import json
import math
import shutil
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import free_port, until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.processes import Processes, Started

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "prometheus"


class PrometheusServer:
    """A Prometheus that runs and answers; skips the test where none is installed."""

    def __init__(self, processes: Processes, folder: Path, places: Mapping[str, str], interval: str = "1s") -> None:
        """Starts it; `places` says where the hosts and ports of the configuration truly are."""
        program = shutil.which("prometheus")
        if program is None:
            pytest.skip("Prometheus is not installed (Debian: apt-get install prometheus)")
        text = (CONFIGURATION / "prometheus.yml").read_text()
        for named, true in places.items():
            assert named in text, f"{named} stands in the configuration"
            text = text.replace(named, true)
        folder.mkdir()
        (folder / "prometheus.yml").write_text(text.replace(": 2s", f": {interval}"))
        (folder / "rules.yml").write_text((CONFIGURATION / "rules.yml").read_text())
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self.process: Started = processes.start(
            "prometheus",
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
        )
        until(lambda: bool(self.ask("vector(1)")), "Prometheus answers")

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The result of an instant query; empty while it has none or does not answer."""
        try:
            found: list[dict[str, Any]] = self._get("query", query=query)["result"]
        except OSError:
            return []
        return found

    def seen(self, query: str, start_s: float, end_s: float) -> bool:
        """Whether a query has a number anywhere in a time; raises HTTPError with what is wrong with it."""
        found = self._get("query_range", query=query, start=str(start_s), end=str(end_s), step="1")
        return any(math.isfinite(float(value)) for row in found["result"] for _, value in row["values"])

    def label_values(self, metric: str, label: str) -> list[str]:
        """The values of a label, as Grafana asks for them when it fills a variable."""
        found: list[str] = self._get(f"label/{label}/values", **{"match[]": metric})
        return found

    def _get(self, what: str, **asked: str) -> Any:
        with urllib.request.urlopen(f"{self.address}/api/v1/{what}?{urllib.parse.urlencode(asked)}", timeout=5) as got:
            return json.load(got)["data"]
