"""What too few samples keep from being decided, told in one sentence, and how long a run would decide it.

The length follows from the samples that this run had: the objective that lacks most sets it. It is only as good as
"at this rate" is true, so a tenth is added, and it is told in steps of 5 s.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.figures import Figures
    from reports.objectives.result import Result

MARGIN = 1.1
STEP_S = 5
MOST_NAMED = 3
"""So many objectives are named, those that lack most first; the others stand in the table of objectives."""


def lacking(results: Iterable[Result]) -> list[Result]:
    """The results that more samples would decide, those that lack most first."""
    return sorted((result for result in results if result.lacking), key=_share)


def sentence(results: Sequence[Result], figures: Figures) -> str:
    """Says which objectives lack samples and how long a run would have enough; empty when none does."""
    short = lacking(results)
    if not short:
        return ""
    named = [f"{result.name} ({result.measured.samples:,} of {result.lacking:,})" for result in short]
    have = "has" if len(short) == 1 else "have"
    length = enough_s(results, figures)
    advice = f"; drive at least {wording.seconds(length)} at this rate" if length else ""
    return (
        f"{len(short):,} of {wording.plural(len(results), 'objective')} {have} too few samples: "
        f"{wording.some(named, MOST_NAMED)}{advice}"
    )


def enough_s(results: Iterable[Result], figures: Figures) -> int:
    """How long a run at this rate would have samples enough for all; 0 when none lacks any or nobody can say."""
    short = lacking(results)
    if not short:
        return 0
    return STEP_S * math.ceil(MARGIN * figures.driven_s / _share(short[0]) / STEP_S)


def _share(result: Result) -> float:
    """How much of what it needs it has."""
    return result.measured.samples / result.lacking
