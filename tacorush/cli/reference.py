"""The reference pages of docs/, written from the code itself: `make docs`. A test shows that they are current."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fakes import incidents
from reports.audit import RULES
from reports.objectives import expression
from reports.objectives.measuring import METRICS
from scenarios.scenario import load, names
from tacorush.cli.__main__ import COMMANDS, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DOCS = Path(__file__).parents[2] / "docs"
MADE = "<!-- Made by `make docs`; change the code, not this page. -->\n\n"


def command_line() -> str:
    """Every command with what its --help says."""
    parts = [MADE, "# The command line\n\n```text\n", usage(), "```\n"]
    for name in COMMANDS:
        parser = importlib.import_module(f"tacorush.cli.{name}").parser()
        parts += [f"\n## tacorush {name}\n\n```text\n", parser.format_help(), "```\n"]
    return "".join(parts)


def scenarios() -> str:
    """The catalogue as a table."""
    lines = [MADE, "# The scenarios\n\nWhat `tacorush run NAME` drives; the files are in `scenarios/catalogue/`. "]
    lines += ["A scenario of your own is a YAML file with the same fields: `tacorush run path/to/mine.yaml`; "]
    lines += ["[arrivals.md](arrivals.md) tells the shapes in which people can come.\n\n"]
    lines += ["| name | what it is for | arrivals | platform | objectives |\n|---|---|---|---|---|\n"]
    for name in names():
        scenario = load(name)
        pace = f"{scenario.arrivals.profile}, {scenario.rate:g}/s for {scenario.duration:g} s"
        lines += [f"| `{name}` | {scenario.description} | {pace} | {scenario.platform} | `{scenario.slo}` |\n"]
    return "".join(lines)


def incident_table() -> str:
    """What the fakes can do wrong, what catches it, and every rule of the audit."""
    lines = [MADE, "# Incidents, and what must catch them\n\n"]
    lines += ["`tacorush fakes --incident NAME[:setting=value,…][@FROM..TO]` makes the bundled platform misbehave; "]
    lines += ["the window counts from the first call. `--incident-log FILE` writes what it truly did.\n\n"]
    lines += ["| incident | imitates | caught by | settings |\n|---|---|---|---|\n"]
    for row in incidents.table():
        settings = ", ".join(f"`{name}={value:g}`" for name, value in row["settings"].items())
        lines += [f"| `{row['name']}` | {row['imitates']} | {row['rule']} | {settings} |\n"]
    lines += ["\n## The rules of the audit\n\nEach is judged after every run, whatever the scenario.\n\n"]
    lines += ["| rule | the promise | severity |\n|---|---|---|\n"]
    lines += [f"| `{rule.name}` | {rule.promise} | {rule.severity} |\n" for rule in RULES]
    return "".join(lines)


def objectives() -> str:
    """The grammar of objectives and the metrics that they may be about."""
    lines = [
        MADE,
        "# Objectives\n\nA file of objectives is YAML; `slo/production.yaml` holds the platform's targets:\n\n",
    ]
    lines += ["```yaml\nobjectives:\n  - name: P95 of holding seats\n    metric: response_ms\n"]
    lines += ["    expression: p(95)<500\n    where: {method: CreateReservation}\n```\n\n"]
    lines += [(expression.__doc__ or "").replace("    expression  =", "```text\n    expression  =").replace(
        "below 100\n", "below 100\n```\n", 1
    )]  # fmt: skip
    lines += ["\n\n## Metrics\n\n| metric | what it is | unit | takes | filters |\n|---|---|---|---|---|\n"]
    for metric in METRICS.values():
        takes = ", ".join(f"`{name}(…)`" if name == "p" else f"`{name}`" for name in sorted(metric.aggregations))
        filters = ", ".join(f"`{name}`" for name in sorted(metric.filters)) or "–"
        lines += [f"| `{metric.name}` | {metric.meaning} | {metric.unit} | {takes} | {filters} |\n"]
    return "".join(lines)


PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "scenarios.md": scenarios,
    "incidents.md": incident_table,
    "objectives.md": objectives,
}
"""Page to what writes it."""


def main() -> int:
    """Writes the pages."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made())
    sys.stdout.write(f"wrote {', '.join(PAGES)} in {DOCS}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
