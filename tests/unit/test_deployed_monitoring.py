"""The configuration of Prometheus and Grafana that comes along is what these two accept."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def promtool(*words: str) -> tuple[int, str]:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")
    done = subprocess.run([program, *words], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_its_rules() -> None:
    code, said = promtool("check", "config", "prometheus.yml")
    assert code == 0, said
    assert "1 rule files found" in said
    assert "3 rules found" in said


def test_each_alarm_rings_for_what_it_is_for_and_not_for_a_healthy_run() -> None:
    """As promtool evaluates the rules on the series of rules.test.yml."""
    code, said = promtool("test", "rules", "rules.test.yml")
    assert code == 0, said


def test_an_alarm_that_does_not_ring_is_noticed(tmp_path: Path) -> None:
    """Else the test above would mean nothing."""
    rules = (DEPLOY / "prometheus/rules.yml").read_text()
    (tmp_path / "rules.yml").write_text(rules.replace("tacorush_oversold_seats > 0", "tacorush_oversold_seats > 3"))
    shutil.copy(DEPLOY / "prometheus/rules.test.yml", tmp_path)
    code, said = promtool("test", "rules", str(tmp_path / "rules.test.yml"))
    assert code != 0
    assert "SeatSoldTwice" in said


def test_grafana_is_given_the_folder_and_the_source_that_the_dashboard_asks() -> None:
    provisioning = DEPLOY / "grafana/provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((provisioning / "dashboards/tacorush.yml").read_text())["providers"]
    compose = yaml.safe_load((DEPLOY.parent / "docker-compose.yml").read_text())["services"]["grafana"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in compose["volumes"]
    scraped = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped
    dashboard = json.loads((DEPLOY / "grafana/dashboards/tacorush.json").read_text())
    asked = [*dashboard["panels"], *dashboard["templating"]["list"]]
    assert {each["datasource"]["uid"] for each in asked} == {source["uid"]}


def test_no_two_panels_of_the_dashboard_lie_over_each_other() -> None:
    panels = json.loads((DEPLOY / "grafana/dashboards/tacorush.json").read_text())["panels"]
    places = [panel["gridPos"] for panel in panels]
    cells = [
        (x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])
    ]
    assert max(x for x, _ in cells) < 24
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels}) == len(panels)
