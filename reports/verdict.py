"""From objectives, findings and guards to one verdict with its reasons.

Each of them speaks for one verdict, and the weightiest counts (`reports.verdicts.ORDER`):

    a definite finding             FAIL, whatever else
    an objective that is a census  (oversell, findings, orders) its own verdict
    an objective about the load    its own verdict, but INCONCLUSIVE instead of FAIL where a guard spoils the load
    a guard                        INCONCLUSIVE

The reasons are sentences: first what speaks for the verdict, then what else is wrong, then what it all rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import wording
from reports.audit.finding import DEFINITE, findings
from reports.figures import TICKET
from reports.guards import Run, weaknesses
from reports.verdicts import FAIL, INCONCLUSIVE, ORDER, PASS, weightiest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.figures import Figures


@dataclass(frozen=True, slots=True)
class Voice:
    """One thing that speaks for a verdict."""

    verdict: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict of a run and why."""

    verdict: str
    reasons: tuple[str, ...]


def conclude(run: Run) -> Conclusion:
    """Weighs everything that was found out about a run."""
    voices = [*_findings(run), *_guards(run), *_objectives(run)]
    verdict = weightiest(voice.verdict for voice in voices)
    voices.sort(key=lambda voice: ORDER.index(voice.verdict))
    reasons = dict.fromkeys([*(voice.sentence for voice in voices), *_notes(run.figures), rests_on(run.figures)])
    return Conclusion(verdict, tuple(reasons))


def _findings(run: Run) -> Iterator[Voice]:
    for finding in findings(run.audit):
        if finding.certainty == DEFINITE:
            yield Voice(FAIL, f"{finding.rule.replace('_', ' ').capitalize()}, {finding.count:,} ×: {finding.message}")


def _guards(run: Run) -> Iterator[Voice]:
    for weakness in weaknesses(run):
        yield Voice(INCONCLUSIVE, weakness.sentence)


def _objectives(run: Run) -> Iterator[Voice]:
    spoiled = any(weakness.guard.spoils for weakness in weaknesses(run))
    missed = [result for result in run.results if result.verdict != PASS]
    for result in sorted(missed, key=lambda result: ORDER.index(result.verdict)):
        softened = result.verdict == FAIL and result.load and spoiled
        doubt = " (no FAIL, since the load itself is in doubt)" if softened else ""
        yield Voice(INCONCLUSIVE if softened else result.verdict, result.reason + doubt)


def _notes(figures: Figures) -> Iterator[str]:
    for (method, code), count in sorted(figures.harness_faults.items()):
        yield (
            f"The harness or the contract is at fault: {wording.plural(count, 'call')} of "
            f"{wording.method_name(method)} answered with {code}"
        )
    if not figures.open_loop:
        yield "Closed loop: nobody planned arrivals, so the planned rate was not judged and stalls hide waiting"


def rests_on(figures: Figures) -> str:
    """Says what the verdict rests on: orders, contended seats, and the share of paying journeys with a ticket."""
    calls = wording.plural(figures.journeys.count, "call")
    sold = f"{wording.plural(figures.orders, 'order')} for {wording.plural(figures.seats_sold, 'seat')}"
    contended = f"{wording.plural(figures.contended_seats, 'seat')} wanted by two or more journeys"
    share = figures.paying_endings[TICKET] / figures.paying if figures.paying else None
    tickets = f"; {wording.share(share)} of {wording.plural(figures.paying, 'paying journey')} got their ticket"
    return f"This rests on {calls}, {sold}, {contended}{tickets if share is not None else ''}"
