"""`tacorush incidents`: what the fakes can be told to do wrong, and what must catch it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fakes import incidents
from tacorush.cli.failures import EXIT_PASS
from tacorush.cli.parsing import Parser
from tacorush.cli.screen import say

if TYPE_CHECKING:
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of this command."""
    made = Parser(
        "tacorush incidents",
        "Lists the incidents that `tacorush fakes --incident NAME` injects: what each imitates, and the rule of the\n"
        "audit or the objective that must catch it.",
        "example:\n  tacorush fakes --port 50051 --incident 'errors:p=0.05@10s..20s'",
    )
    made.add_argument("--json", action="store_true", help="as JSON, for programs")
    return made


def main(arguments: Sequence[str]) -> int:
    """Prints one block an incident."""
    options = parser().read(arguments)
    rows = incidents.table()
    if options.json:
        say(json.dumps(rows, indent=2) + "\n")
        return EXIT_PASS
    for row in rows:
        say(f"{row['name']}\n  imitates   {row['imitates']}\n  caught by  {row['rule']}\n")
    return EXIT_PASS
