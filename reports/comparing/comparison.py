"""Two judged runs become one verdict: is the new one worse than the base?

    a figure is worse beyond what is tolerated            FAIL, but INCONCLUSIVE where a guard spoils the load
    a figure that an objective is about cannot be told    INCONCLUSIVE
    a guard spoils the load of either run                 INCONCLUSIVE
    none of it                                            PASS

A method that no objective is about can ring, but too few calls of it keep nobody from telling. What the runs did
differently, and what was asked less of the new one, is told and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from reports import wording
from reports.comparing import words
from reports.comparing.loosened import loosened
from reports.comparing.topics import topics
from reports.comparing.unlike import Unlike, unlike
from reports.comparing.weighing import BETTER, WORSE, Pair, Row, factor, weigh
from reports.guards import weaknesses
from reports.judgement import Judgement, judge, own_objectives
from reports.objectives.file import load
from reports.objectives.metric import Sources
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.comparing.tolerance import Tolerance
    from reports.objectives.objective import Objective

MOST_TIMES = 100.0
"""What would take runs so many times as long is not worth them."""
MOST_NAMED = 3
"""So many figures that cannot be told are named in a sentence."""


@dataclass(frozen=True)
class Side:
    """One of the two runs."""

    name: str
    """What it is called: the folder or file that was named."""
    judgement: Judgement
    objectives: Sequence[Objective]

    @property
    def sources(self) -> Sources:
        """What its figures are measured from."""
        return Sources(self.judgement.run.figures, self.judgement.run.audit)

    @cached_property
    def doubts(self) -> list[str]:
        """Why its load itself is in doubt; nothing that was measured under it can be trusted then."""
        return [weakness.sentence for weakness in weaknesses(self.judgement.run) if weakness.guard.spoils]


@dataclass(frozen=True)
class Comparison:
    """Two runs, held against each other."""

    base: Side
    new: Side
    tolerance: Tolerance
    rows: Sequence[Row]
    """Every figure once, those of objectives first."""
    unlike: Sequence[Unlike]
    """What the runs did differently."""
    loosened: Sequence[str]
    """What was asked less of the new run."""
    verdict: str
    told: Mapping[str, str]
    """Each reason, the weightiest first, to the verdict that it speaks for."""

    @property
    def reasons(self) -> list[str]:
        """Why the verdict is what it is, in sentences."""
        return list(self.told)


def side(name: str, run_file: Path, slo: Path | None = None) -> Side:
    """Judges one run, by its own objectives or those of a file; raises ValueError or OSError naming the file."""
    judgement = judge(run_file, slo)
    return Side(name, judgement, load(slo) if slo else own_objectives(judgement.evidence.meta))


def compare(base: Side, new: Side, tolerance: Tolerance) -> Comparison:
    """Compares two judged runs."""
    called = [run.judgement.run.figures.journeys.by_method for run in (base, new)]
    asked = topics(base.objectives, new.objectives, called)
    rows = weigh([Pair(topic, (base.sources, new.sources), tolerance) for topic in asked])
    rows = [row for row in rows if not _left_out(row)]
    verdict = _verdict(rows, bool(base.doubts or new.doubts))
    return Comparison(
        base=base,
        new=new,
        tolerance=tolerance,
        rows=rows,
        unlike=unlike(base.judgement.evidence.meta, new.judgement.evidence.meta),
        loosened=loosened(base.objectives, new.objectives),
        verdict=verdict,
        told=dict(_reasons(rows, base, new, tolerance)),
    )


def _left_out(row: Row) -> bool:
    """What only an open loop plans, or what may be left out, and neither run measured."""
    objective = row.topic.objective
    if objective is None or row.base.samples or row.new.samples or not row.base.needed:
        return False
    return objective.optional or row.topic.metric.open_loop_only


def _verdict(rows: Sequence[Row], in_doubt: bool) -> str:
    if any(row.beyond and not (in_doubt and row.topic.metric.load) for row in rows):
        return FAIL
    return INCONCLUSIVE if in_doubt or any(row.open and not row.topic.method for row in rows) else PASS


def _reasons(rows: Sequence[Row], base: Side, new: Side, tolerance: Tolerance) -> Iterator[tuple[str, str]]:
    beyond = [row for row in rows if row.beyond]
    yield from ((words.sentence(row), FAIL) for row in beyond)
    for called, run in (("base", base), ("new run", new)):
        yield from ((f"The load of the {called} is in doubt: {doubt}", INCONCLUSIVE) for doubt in run.doubts)
    if sentence := _untold([row for row in rows if row.open and not row.topic.method], base, new):
        yield sentence, INCONCLUSIVE
    within = [row.topic.name for row in rows if row.word == WORSE and not row.beyond]
    if within:
        named = wording.some(within, MOST_NAMED)
        said = f"{wording.plural(len(within), 'figure')} worse, but not for certain by more than is tolerated: {named}"
        yield said, PASS
    better = [row.topic.name for row in rows if row.word == BETTER]
    if better:
        yield f"{wording.plural(len(better), 'figure')} better: {wording.some(better, MOST_NAMED)}", PASS
    if not beyond:
        yield f"Of {wording.plural(len(rows), 'figure')} none is known to be worse by more than {tolerance.words}", PASS


def _untold(rows: Sequence[Row], base: Side, new: Side) -> str:
    """Says which figures cannot be told, and how long two runs would tell them; empty when there is none."""
    if not rows:
        return ""
    named = wording.some([row.topic.name for row in rows], MOST_NAMED)
    times = max(map(factor, rows))
    driven = max(run.judgement.run.figures.driven_s for run in (base, new))
    length = (
        f"; two runs of {wording.seconds(5 * -(-times * driven // 5))} would tell" if 1 < times < MOST_TIMES else ""
    )
    return f"{wording.plural(len(rows), 'figure')} cannot be told: {named}{length}"
