"""The reference pages of docs/, written from the code itself: `make docs`. A test shows that they are current."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fakes import incidents
from reports.audit import RULES
from reports.objectives import expression
from reports.objectives import file as objectives_file
from reports.objectives import schema as objectives_schema
from reports.objectives.metrics import METRICS
from reports.objectives.objective import Objective
from scenarios import schema
from scenarios.journeys import KINDS
from scenarios.people import PERSONAS
from scenarios.scenario import load, names
from tacorush.cli import platform_page
from tacorush.cli.__main__ import COMMANDS, usage
from tacorush.cli.observing import schema as queries_schema

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
    """The catalogue, the kinds of journeys and the personas as tables, and how to write one's own."""
    lines = [MADE, "# The scenarios\n\nWhat `tacorush run NAME` drives; the files are in `scenarios/catalogue/`. "]
    lines += ["A scenario of your own is a YAML file with the same fields: `tacorush run path/to/mine.yaml` "]
    lines += ["([how to write one](own-scenario.md)); [arrivals.md](arrivals.md) tells the shapes in which people can "]
    lines += ["come. `tacorush plan NAME` shows what it would drive and need.\n\n"]
    lines += ["| name | what it is for | arrivals | platform | objectives |\n|---|---|---|---|---|\n"]
    for name in names():
        scenario = load(name)
        pace = f"{scenario.arrivals.profile}, {scenario.rate:g}/s for {scenario.duration:g} s"
        lines += [f"| `{name}` | {scenario.description} | {pace} | {scenario.platform} | `{scenario.slo}` |\n"]
    lines += [_WHO_COMES, "\n| kind of journey | what it does |\n|---|---|\n"]
    lines += [f"| `{name}` | {_first_paragraph(kind.run)} |\n" for name, kind in KINDS.items()]
    lines += ["\n| persona | who it is | journey | ways |\n|---|---|---|---|\n"]
    for name, persona in PERSONAS.items():
        ways = ", ".join(f"`{way}`: {_way(getattr(persona, way))}" for way in persona.ways)
        lines += [f"| `{name}` | {persona.description} | `{persona.journey}` | {ways or '–'} |\n"]
    lines += [_OWN]
    for file, language in (("bargain-hunters.yaml", "yaml"), ("bargain_hunters.py", "python")):
        lines += [f"\n[`{file}`](examples/{file}):\n\n```{language}\n{(DOCS / 'examples' / file).read_text()}```\n"]
    return "".join(lines)


_WHO_COMES = """
`hundred-events` and `one-event` are a pair: the same load on the same platform, spread and on one event. By what
the second is slower, one event pins one shard.

## Who comes

A scenario's `mix` weighs kinds of journeys and personas. A persona is a kind of journey with ways of its own; in
what it leaves out it is like the scenario's `people`.
"""
_OWN = """
`popularity` says what is wanted most. `events`: `uniform`, `{law: zipf, s: 1.1}` (the r-th event is wanted 1 /
r^s times as often as the first) or `{law: hot, share: 0.9}` (one event draws 90 %), in the order of their ids.
`seats`: `uniform`, `{law: zipf, s: 1}` (for who comes for certain seats: `seats: wished`) or `best-first`, in the
order of their names. Left out, all are wanted alike, and who comes for certain seats comes to the hall with most
of them. `cards` says how payments fare, by weight: APPROVE, FAIL, DELAY, RANDOM, TIMEOUT.

What somebody wants follows from the seed and the number of the arrival alone, and for who comes for certain seats
from the seats that the target names before the load; neither the number of processes nor timing changes it. The
run file keeps a digest of it for every second.

A no that a journey is made for is no error and spoils no verdict: a bot refused at the door, a card meant to
fail, a hold left to run out. Only journeys that mean to come home with a ticket count for the share that a PASS
needs.

## A scenario of one's own

A scenario is a YAML file with the fields of the catalogue's: `tacorush run path/to/mine.yaml`. Journeys of one's
own are Python functions over the port `Ticketing` (`scenarios/ticketing.py`) in a file that the scenario names.
It is code and is run, so name only files that you trust. On further machines it has to lie at the same path: a
worker that has another content there refuses.
"""


def _first_paragraph(function: object) -> str:
    return " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _way(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} × {weight:g}" for key, weight in value.items())
    if isinstance(value, tuple):
        return " to ".join(f"{part:g}" for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def incident_table() -> str:
    """What the fakes can do wrong, what catches it, and every rule of the audit."""
    lines = [MADE, "# Incidents, and what must catch them\n\n"]
    lines += ["`tacorush fakes --incident NAME[:setting=value,…][@FROM..TO]` makes the bundled platform misbehave; "]
    lines += ["the window counts from the first call. `--incident-log FILE` writes what it truly did. "]
    lines += ["[proof.md](proof.md) shows each of them driven for real and caught.\n\n"]
    lines += ["| incident | imitates | caught by | settings |\n|---|---|---|---|\n"]
    for row in incidents.table():
        settings = ", ".join(f"`{name}={value:g}`" for name, value in row["settings"].items())
        lines += [f"| `{row['name']}` | {row['imitates']} | {row['rule']} | {settings} |\n"]
    lines += ["\n## The rules of the audit\n\nEach is judged after every run, whatever the scenario; "]
    lines += ["[audit.md](audit.md) says what each can and cannot see.\n\n"]
    lines += ["| rule | the promise | severity |\n|---|---|---|\n"]
    lines += [f"| `{rule.name}` | {rule.promise} | {rule.severity} |\n" for rule in RULES]
    return "".join(lines)


def audit_page() -> str:
    """What each rule can and cannot see from outside."""
    lines = [MADE, _AUDIT, "| rule | sees | cannot see, and what makes it blind |\n|---|---|---|\n"]
    lines += [f"| `{rule.name}` | {rule.sees} | {rule.blind} |\n" for rule in RULES]
    return "".join(lines)


_AUDIT = """# What the audit can see

The audit works from what a client can see: the requests of this run's own buyers, the answers, and what the platform
says when it is asked again at the end. It needs no help from the platform, and the bundled one gives it none. Every
answer is an interval, from its sending to its arrival; what was never answered may have happened at any later time; the
platform's own clock is believed to within a stated skew (1 s).

So *definite* means that no honest platform could have given these answers. The audit is silent where it cannot see, and
that is what the right column is for. One thing makes several rules blind at once: **foreign buyers on the same
event**. A seat that somebody else bought is simply taken, whether the platform sold it once or twice; their orders do
not count towards capacity; and whoever may cancel this run's orders can make a platform look forgetful. Where it
matters, drive events that nobody else sells from, and say so: with `--sole-buyer` the inventory's counters are held to
this run alone.

With `tacorush run … --webhook-listen HOST:PORT` the run takes the platform's webhooks in: the process that keeps the
run file listens there, every payment that its buyers open asks to be told at `http://HOST:PORT/webhooks/payments`, and
the rules about webhooks have something to see. HOST is the name under which the platform can call that machine (the
bundled platform calls loopback addresses only); `TACORUSH_WEBHOOK_SECRET` (default `tacorush`) is what it signs with.
At the end the run listens for another 35 s (times the time scale), since a platform that was not answered tries so
long.

All claims of a run are judged, none is sampled. They are looked at by columns, and only what may be a violation is
weighed one by one, so that ten million claims fit into 2 GB ([measured](measured.md)).

"""


def objectives() -> str:
    """How a file of objectives is written: the grammar, the fields, and the metrics that they may be about."""
    lines = [MADE, "# Objectives\n\n", _OBJECTIVES, "```yaml\n", _indented(objectives_file.__doc__ or ""), "```\n\n"]
    grammar = (expression.__doc__ or "").rstrip()
    lines += [grammar.replace("\n\n    expression", "\n\n```text\n    expression").replace(
        "\n\nSpaces", "\n```\n\nSpaces"
    )]  # fmt: skip
    lines += ["\n\n## Fields\n\n| field | what it says |\n|---|---|\n"]
    for name, field in Objective.model_fields.items():
        lines += [f"| `{field.alias or name}` | {' '.join((field.description or '').split())} |\n"]
    lines += ["\nBeside the list `objectives` the file takes `description`, `confidence` and `warmup`, for all.\n\n"]
    lines += [_PARTS, "## Metrics\n\n| metric | what it is | unit | takes | filters |\n|---|---|---|---|---|\n"]
    for metric in METRICS.values():
        takes = ", ".join(f"`{name}(…)`" if name == "p" else f"`{name}`" for name in sorted(metric.aggregations))
        filters = ", ".join(f"`{name}`" for name in sorted(metric.filters)) or "–"
        lines += [f"| `{metric.name}` | {metric.meaning} | {metric.unit} | {takes} | {filters} |\n"]
    return "".join(lines)


def _indented(text: str) -> str:
    """The first block of a docstring that is indented, without its indent."""
    block = [line for line in text.split("\n\n")[1].splitlines() if line]
    return "".join(f"{line[4:]}\n" for line in block)


_OBJECTIVES = """A file of objectives is YAML; `slo/production.yaml` holds the platform's targets.
`tacorush slo check FILE` says what a file asks for, or all that is wrong with it; `slo/schema.json` is its JSON Schema.

"""
_PARTS = """## Parts of a run

`during` (or `phase` in `where`) names a phase of the planned arrivals: `before`, `peak` and `after` (the peak runs from
the first to the last second in which at least 90 % as many people are planned as in the fullest; a constant rate is all
peak), and `stage-1`, `step-1` or `part-1` and so on where the arrivals are `stages`, `step` or `then`. A phase that the
run does not have makes the objective INCONCLUSIVE; `tacorush run` refuses phases, journeys, methods and services that
its plan cannot bring before any load (methods and services of an objective that is `optional` may be missing).

A call belongs to the second in which it was answered. Only what is judged of the whole run covers the drain after the
planned duration; `every` cuts the load into whole windows and leaves out a shorter rest. FAIL is said when more windows
missed for certain than may, PASS when no more can have missed. `recovers` looks at windows of 10 s (or of `every`) from
the end of a phase, or from an instant, to the end of the load: how long it took until all of them held.

A second was up when fewer than 5 % of its calls had no answer. `burn` is the share of calls that went wrong divided by
the budget: `burn<1` of the whole run says that the budget lasts, `burn<14.4` on `every: 5m` that it never burns so
fast. An objective with `abort` is judged every few seconds while the run goes on, and ends it when its whole interval
misses three times running.

"""


PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "scenarios.md": scenarios,
    "incidents.md": incident_table,
    "audit.md": audit_page,
    "platform.md": lambda: MADE + platform_page.page(),
    "objectives.md": objectives,
}
"""Page to what writes it."""


def main() -> int:
    """Writes the pages."""
    for name, made in PAGES.items():
        (DOCS / name).write_text(made())
    sys.stdout.write(f"wrote {', '.join(PAGES)} in {DOCS}\n")
    schema.main()
    objectives_schema.main()
    queries_schema.main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
