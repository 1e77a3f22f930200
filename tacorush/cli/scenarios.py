"""`tacorush scenarios`: what there is to drive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    made.add_argument("--json", action="store_true", help="as JSON, for programs")
    return made


def main(arguments: Sequence[str]) -> int:
    """Prints one line a scenario."""
    options = parser().read(arguments)
    rows = {name: load(name).description for name in names()}
    if options.json:
        say(json.dumps([{"name": name, "description": text} for name, text in rows.items()], indent=2) + "\n")
    else:
        width = max(map(len, rows))
        for name, text in rows.items():
            say(f"{name:<{width}} {text}\n")
    return EXIT_PASS
