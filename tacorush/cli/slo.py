"""`tacorush slo check FILE`: says what a file of objectives asks for, or everything that is wrong with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from reports.objectives import schema
from reports.objectives.complaint import ObjectivesError
from reports.objectives.file import load
from tacorush.cli.conclusion import SLO
from tacorush.cli.failures import EXIT_PASS, EXIT_USAGE
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.objectives.objective import Objective

CHECK, SCHEMA = "check", "schema"


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush slo",
        "check: reads files of objectives and says what they ask for, or all that is wrong with them, with line,\n"
        "column and a mark under the wrong word (exit 2). schema: prints the JSON Schema of such files.",
        "examples:\n  tacorush slo check slo/production.yaml\n  tacorush slo check production ci\n"
        "  tacorush slo schema > objectives.schema.json",
    )
    made.add_argument("do", choices=[CHECK, SCHEMA], help="what to do")
    made.add_argument("files", nargs="*", metavar="FILE", help="files of objectives, or names from slo/")
    return made


def main(arguments: Sequence[str]) -> int:
    """Does what was asked; the exit code is 0 when every file is sound."""
    made = parser()
    options = made.read(arguments)
    if options.do == SCHEMA:
        if options.files:
            made.error("schema takes no FILE")
        say(schema.text())
        return EXIT_PASS
    if not options.files:
        made.error("check what? name a file, such as slo/production.yaml")
    return max(_check(file) for file in options.files)


def _check(name: str) -> int:
    named = SLO / f"{name}.yaml"
    try:
        objectives = load(named if named.is_file() else name)
    except ObjectivesError as failure:
        sys.stderr.write("\n".join(failure.complaints) + "\n")
        return EXIT_USAGE
    say(f"{name}: sound, {len(objectives)} objective{'s' * (len(objectives) != 1)}\n")
    for objective in objectives:
        say(f"  {objective.name}: {_said(objective)}\n")
    return EXIT_PASS


def _said(objective: Objective) -> str:
    """What is asked for, in one line: `response_ms p(95)<500 where method JoinQueue, every 10s`."""
    where = ", ".join(f"{key} {value}" for key, value in objective.where.items())
    parts = [f"{objective.metric} {objective.recovers or objective.parsed.text}" + (f" where {where}" if where else "")]
    parts += [f"during {objective.during}"] if objective.during else []
    parts += [f"from {objective.from_s:g} s"] if objective.from_s is not None else []
    parts += [f"until {objective.to_s:g} s"] if objective.to_s is not None else []
    parts += [f"after {objective.warmup:g} s of warm-up"] if objective.warmup else []
    parts += [f"every {objective.windows.text}"] if objective.windows else []
    parts += [f"by {objective.by}"] if objective.by != "calls" else []
    parts += [f"of a budget of {objective.budget:g}"] if objective.budget is not None else []
    return ", ".join(parts)
