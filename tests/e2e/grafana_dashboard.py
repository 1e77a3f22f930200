"""The dashboard that is provisioned, as Grafana asks Prometheus for it: its variables are put in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/tacorush.json").read_text())
RATE_INTERVAL = "8s"
"""What Grafana takes for $__rate_interval when it scrapes each 2 s: four scrapes."""
_LABEL_VALUES = re.compile(r"label_values\((?P<metric>.+), (?P<label>\w+)\)")


class Variable(NamedTuple):
    """A variable and what fills it."""

    name: str
    metric: str
    label: str
    everything: str
    """What stands for all of its values."""


def variables() -> list[Variable]:
    """The variables, in the order in which they are filled."""
    found = []
    for each in DASHBOARD["templating"]["list"]:
        query = _LABEL_VALUES.fullmatch(each["query"]["query"])
        assert query is not None, f"{each['name']} is filled by label_values"
        found.append(Variable(each["name"], with_variables(query["metric"]), query["label"], each["allValue"]))
    return found


def queries() -> list[tuple[str, str]]:
    """Title and query of every panel, with all variables at All."""
    return [
        (panel["title"], with_variables(target["expr"])) for panel in DASHBOARD["panels"] for target in panel["targets"]
    ]


def with_variables(expr: str) -> str:
    """An expression as Grafana sends it; a variable that nobody fills is an error."""
    expr = expr.replace("$__rate_interval", RATE_INTERVAL)
    for each in DASHBOARD["templating"]["list"]:
        expr = expr.replace(f"${each['name']}", each["allValue"])
    assert "$" not in expr, f"a variable that is not there: {expr}"
    return expr
