"""Two runs written down by hand, held against each other: for the tests of comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.comparing.comparison import Comparison, Side, compare
from reports.comparing.tolerance import Tolerance
from reports.judgement import judge_evidence
from reports.objectives.file import load, read
from tests.unit.written_run import PRODUCTION, SECONDS, Written, healthy

if TYPE_CHECKING:
    from reports.comparing.weighing import Row

TENTH = Tolerance(0.1)


def side(run: Written, slo: str = PRODUCTION, name: str = "runs/x") -> Side:
    """One run, judged by a file or by the text of one."""
    objectives = read(slo, "here") if "\n" in slo else load(slo)
    return Side(name, judge_evidence(run, objectives), objectives)


def held(base: Written, new: Written, slo: str = PRODUCTION, tolerance: Tolerance = TENTH) -> Comparison:
    """Both runs by the same objectives."""
    return compare(side(base, slo, "runs/base"), side(new, slo, "runs/new"), tolerance)


def row(comparison: Comparison, name: str) -> Row:
    """The row of a figure."""
    (found,) = [row for row in comparison.rows if row.topic.name == name]
    return found


def slower(method: str, by: float, seconds: int = SECONDS) -> Written:
    """A healthy run in which one method takes longer by a factor."""
    run = healthy(seconds)
    kept = [cell for cell in run.written_cells if cell[0].measure != method]
    run.written_cells = kept
    for second in range(seconds):
        run.call(second, *[by * (10.0 + (second + number) % 7) for number in range(25)], method=method)
    return run


def only(metric: str, expression: str, more: str = "") -> str:
    """The text of a file with one objective."""
    return f"objectives:\n  - {{name: it, metric: {metric}, expression: '{expression}'{more}}}\n"
