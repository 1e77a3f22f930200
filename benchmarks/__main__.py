"""`python -m benchmarks NAME [--json]`: the table of benchmarks."""

from __future__ import annotations

import argparse
import json
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from benchmarks import (
    audit,
    calibration,
    client,
    comparison,
    fakes_calls,
    fidelity,
    flow,
    generator_calls,
    plan,
    report,
    server,
    starts,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.table import Table

BENCHMARKS: Mapping[str, Callable[[], Table]] = MappingProxyType(
    {
        "client": client.measure,
        "server": server.measure,
        "flow": flow.measure,
        "starts": starts.measure,
        "waiting": waiting.measure,
        "fidelity": fidelity.measure,
        "generator": generator_calls.measure,
        "fakes": fakes_calls.measure,
        "plan": plan.measure,
        "audit": audit.measure,
        "calibration": calibration.measure,
        "comparison": comparison.measure,
        "report": report.measure,
    }
)
"""Name to what measures it."""


def main() -> int:
    """Runs one benchmark or all, and prints their tables as they are done; as JSON, an object a line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=[*BENCHMARKS, "all"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = list(BENCHMARKS) if options.name == "all" else [options.name]
    for name in names:
        table = BENCHMARKS[name]()
        sys.stdout.write(json.dumps(table.as_dict()) + "\n" if options.json else table.as_text())
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
