"""From objectives, findings and guards to one verdict with its reasons.

Each of them speaks for one verdict, and the weightiest counts (`reports.verdicts.ORDER`):

    a definite finding             FAIL, whatever else
    an objective that is a census  (oversell, findings, orders) its own verdict
    an objective about the load    its own verdict, but INCONCLUSIVE instead of FAIL where a guard spoils the load
    a guard                        INCONCLUSIVE

The reasons are sentences: first what speaks for the verdict, then what else is wrong, then what lacks samples, then
what it all rests on. Objectives that lack nothing but samples are told together, in one sentence that says how long to
run; so are many that are too close to tell, or many that were missed under a load that is in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import samples, wording
from reports.audit.finding import DEFINITE, findings
from reports.figures import TICKET
from reports.guards import Run, weaknesses
from reports.objectives import words
from reports.verdicts import FAIL, INCONCLUSIVE, ORDER, PASS, weightiest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.figures import Figures
    from reports.objectives.result import Result


_DOUBT = " (no FAIL, since the load itself is in doubt)"


@dataclass(frozen=True, slots=True)
class Voice:
    """One thing that speaks for a verdict."""

    verdict: str
    sentence: str
    so: str = ""
    """How the sentence goes on in a run that did not fail."""
    short: bool = False
    """A longer run alone would silence it."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict of a run, why, and what its reader should do next."""

    verdict: str
    told: Mapping[str, str]
    """Each reason, in the order of telling, to the verdict that it speaks for; what it all rests on speaks for PASS."""
    advice: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons alone."""
        return tuple(self.told)


def conclude(run: Run) -> Conclusion:
    """Weighs everything that was found out about a run."""
    voices = [*_findings(run), *_guards(run), *_objectives(run), *_unmeasured(run), *_short(run)]
    verdict = weightiest(voice.verdict for voice in voices)
    voices.sort(key=lambda voice: ORDER.index(voice.verdict))
    told: dict[str, str] = {}
    for voice in voices:
        told.setdefault(voice.sentence + (voice.so if verdict != FAIL else ""), voice.verdict)
    for note in (*_notes(run.figures), rests_on(run.figures)):
        told.setdefault(note, PASS)
    return Conclusion(verdict, told, _advice(verdict, voices, run))


def _advice(verdict: str, voices: list[Voice], run: Run) -> str:
    if verdict == INCONCLUSIVE and all(voice.short for voice in voices):
        return wording.more_load(samples.enough_s(run.results, run.figures))
    return wording.VERDICT_ADVICE[verdict]


def _findings(run: Run) -> Iterator[Voice]:
    for finding in findings(run.audit):
        if finding.certainty == DEFINITE:
            yield Voice(FAIL, f"{finding.rule.replace('_', ' ').capitalize()}, {finding.count:,} ×: {finding.message}")


def _guards(run: Run) -> Iterator[Voice]:
    for weakness in weaknesses(run):
        yield Voice(INCONCLUSIVE, weakness.sentence, weakness.so)


def _objectives(run: Run) -> Iterator[Voice]:
    spoiled = any(weakness.guard.spoils for weakness in weaknesses(run))
    missed = [result for result in run.results if result.verdict != PASS and not _told_together(result)]
    doubted = [result for result in missed if result.verdict == FAIL and result.load and spoiled]
    close = [result for result in missed if result.verdict == INCONCLUSIVE]
    for result in missed:
        if result.verdict == FAIL and result not in doubted:
            yield Voice(FAIL, f"{result.name}: {result.reason}")
    for sentence in _told(doubted, run, "were missed, and are no FAIL since the load itself is in doubt", _DOUBT):
        yield Voice(INCONCLUSIVE, sentence)
    for sentence in _told(close, run, "are too close to tell"):
        yield Voice(INCONCLUSIVE, sentence, short=True)


def _told(results: Sequence[Result], run: Run, what: str, aside: str = "") -> list[str]:
    """Each in a sentence of its own with its reason, or all in one: a page of like reasons hides the others."""
    if len(results) <= samples.MOST_NAMED:
        return [f"{result.name}: {result.reason}{aside}" for result in results]
    named = [f"{each.name} ({words.measured(each.row)}, asked for {words.threshold(each.row)})" for each in results]
    of = wording.plural(len(run.results), "objective")
    return [f"{len(results):,} of {of} {what}: {wording.some(named, samples.MOST_NAMED)}"]


def _told_together(result: Result) -> bool:
    """One sentence tells all that were not measured, one all that lack samples, and the guard all possible findings."""
    left_open = result.verdict == INCONCLUSIVE and result.measured.possible > 0
    return left_open or result.lacking > 0 or _was_not_measured(result)


def _was_not_measured(result: Result) -> bool:
    return result.measured.samples == 0 and result.measured.needed > 0


def _unmeasured(run: Run) -> Iterator[Voice]:
    names = [result.name for result in run.results if _was_not_measured(result)]
    if names:
        of = wording.plural(len(run.results), "objective")
        listed = wording.some(names, samples.MOST_NAMED)
        yield Voice(INCONCLUSIVE, f"{len(names)} of {of} could not be judged, since nothing was measured: {listed}")


def _short(run: Run) -> Iterator[Voice]:
    if sentence := samples.sentence(run.results, run.figures):
        yield Voice(INCONCLUSIVE, sentence, short=True)


def _notes(figures: Figures) -> Iterator[str]:
    for (method, code), count in sorted(figures.harness_faults.items()):
        yield (
            f"The harness or the contract is at fault: {wording.plural(count, 'call')} of "
            f"{wording.method_name(method)} answered with {code}"
        )
    if label := str(figures.meta.get("release") or ""):
        versions = sorted({str(version) for version in (figures.meta.get("versions_before") or {}).values()})
        yield f"Driven was release {label}" + (f"; the platform calls itself {', '.join(versions)}" if versions else "")
    if not figures.open_loop:
        yield "Closed loop: nobody planned arrivals, so the planned rate was not judged and stalls hide waiting"


def rests_on(figures: Figures) -> str:
    """Says what the verdict rests on: orders, contended seats, and the share of paying journeys with a ticket."""
    calls, read_back = wording.plural(figures.journeys.count, "call"), figures.counted.count - figures.journeys.count
    if read_back:
        calls += f" of journeys and {read_back:,} of the read-back"
    sold = f"{wording.plural(figures.orders, 'order')} for {wording.plural(figures.seats_sold, 'seat')}"
    contended = f"{wording.plural(figures.contended_seats, 'seat')} wanted by two or more journeys"
    share = figures.paying_endings[TICKET] / figures.paying if figures.paying else None
    tickets = f"; {wording.share(share)} of {wording.plural(figures.paying, 'paying journey')} got their ticket"
    return f"This rests on {calls}, {sold}, {contended}{tickets if share is not None else ''}"
