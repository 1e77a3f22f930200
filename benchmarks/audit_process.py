"""`python -m benchmarks.audit_process RUN_FILE judge|weigh`: reads a run file, applies each rule, prints the costs.

CPU seconds of this process, and the most memory that it has held so far. `weigh` also applies each rule to everything.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.audited_claims import CAPACITY, INVENTORY, LISTENED_UNTIL_NS, QUEUES
from reports.audit import RULES
from reports.audit.history import SECOND_NS, History, Mailbox
from reports.audit.promised import ADMISSIONS
from reports.audit.suspects import batches
from reports.audit.totals import contended_seats, totals
from tacorush.evidence.runfile import RunFile

if TYPE_CHECKING:
    from reports.audit.finding import Rule

OBJECTS_UP_TO = 2_000_000
"""A rule that wants all claims as objects is left out above: they would need gigabytes."""


class Stopwatch:
    """CPU seconds since the last lap."""

    def __init__(self) -> None:
        self._at = time.process_time()

    def lap(self) -> float:
        """Returns the seconds since the lap before."""
        before, self._at = self._at, time.process_time()
        return self._at - before


def held_mb() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Prints one row for the whole, then one for each rule."""
    path, mode = Path(sys.argv[1]), sys.argv[2]
    whole, watch = Stopwatch(), Stopwatch()
    with RunFile(path) as run:
        opened = watch.lap()
        history = History.of(
            run.claims(),
            CAPACITY,
            Mailbox(LISTENED_UNTIL_NS, patience_ns=35 * SECOND_NS, came=1),
            ADMISSIONS["documented"],
            QUEUES,
            inventory=INVENTORY,
        )
        table = history.table
        read = watch.lap()
        counted = totals(table), contended_seats(table)
        figures = watch.lap()
        rows = [
            _applied(rule, history) for rule in RULES if rule.suspects or rule.by_columns or len(table) <= OBJECTS_UP_TO
        ]
        first: dict[str, Any] = {"claims": len(table), "rule": "(all)", "all_s": whole.lap(), "open_s": opened}
        first |= {"read_s": read, "figures_s": figures, "orders": counted[0].orders, "peak_mb": held_mb()}
        if mode == "weigh":
            for rule, row in zip(RULES, rows, strict=True):
                watch.lap()
                list(rule.check(replace(history, told=history.claims)))
                row["us_per_suspect"] = watch.lap() / len(table) * 1e6
    sys.stdout.write(json.dumps([first, *rows]) + "\n")
    return 0


def _applied(rule: Rule, history: History) -> dict[str, Any]:
    watch = Stopwatch()
    row: dict[str, Any] = {"claims": len(history.table), "rule": rule.name}
    if rule.suspects is None:
        found = list(rule.check(history))
        return row | {"check_s": watch.lap(), "violations": len(found), "peak_mb": held_mb()}
    groups = rule.suspects(history)
    row["suspects_s"] = watch.lap()
    found = [violation for rows in batches(groups) for violation in rule.check(history.part(rows))]
    row |= {"check_s": watch.lap(), "suspected": int((groups >= 0).sum()), "violations": len(found)}
    return row | {"peak_mb": held_mb()}


if __name__ == "__main__":
    raise SystemExit(main())
