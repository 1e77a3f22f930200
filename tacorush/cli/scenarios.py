"""`tacorush scenarios`: what there is to drive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scenarios import schema
from scenarios.scenario import load, names
from tacorush.cli.failures import EXIT_PASS
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush scenarios",
        "Lists the scenarios of the catalogue. `tacorush run` takes a name from here or the path of a YAML file.",
    )
    shown = made.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="as JSON, for programs")
    shown.add_argument("--schema", action="store_true", help="the JSON Schema of scenario files, for editors")
    return made


def main(arguments: Sequence[str]) -> int:
    """Prints one line a scenario, or the schema of their files."""
    options = parser().read(arguments)
    if options.schema:
        say(schema.text())
        return EXIT_PASS
    rows = {name: load(name).description for name in names()}
    if options.json:
        say(json.dumps([{"name": name, "description": text} for name, text in rows.items()], indent=2) + "\n")
    else:
        widest = max(map(len, rows))
        for name, text in rows.items():
            say(f"{name:<{widest}} {text}\n")
    return EXIT_PASS
