"""What keeps a run from proving anything: each guard looks at one weakness and says it in a sentence, with numbers.

A guard that *spoils* says something about the load: nothing that was measured under it can be trusted, so neither a
PASS nor a FAIL on latency, errors, availability or rate stands. The others only keep a PASS from standing: what failed
has failed nevertheless. Guards say what they see; what becomes of the verdict is decided in `reports.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import wording
from reports.audit.finding import POSSIBLE
from reports.figures import TICKET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.audit.finding import RuleReport
    from reports.figures import Figures
    from reports.objectives.result import Result

LATE_SHARE = 0.01
"""From this share of late arrivals on, the generator did not keep up."""
LAG_SHARE = 0.1
"""The p99 of the loop's lag stays under this share of the strictest latency objective."""
SILENT_CALLS = 10
"""So many calls without an answer, and none with one after them, are no chance."""
CLOCK_JUMP_S = 0.5
"""A clock that was set by so much while a run went on is no base for times of several processes."""
HOPELESS = "hopeless"
"""How a run ends when an objective with `abort` cannot be met any more."""
MOST_NAMED = 8
"""So many methods are named in a sentence."""
TICKET_SHARE = 0.9
"""So many of the paying journeys have to get their ticket for a PASS, unless the plan asks for scarcity."""


@dataclass(frozen=True, slots=True)
class Run:
    """What guards look at."""

    figures: Figures
    results: Sequence[Result]
    audit: Sequence[RuleReport]


@dataclass(frozen=True, slots=True)
class Guard:
    """One weakness that a run can have."""

    name: str
    spoils: bool
    """Nothing measured under the load can be trusted; else only a PASS does not stand."""
    look: Callable[[Run], str]
    """Returns the sentence, empty when the run does not have the weakness."""
    so: Callable[[Run], str] = lambda _run: ""
    """Returns how the sentence goes on in a run that did not fail anyway: what follows for a PASS."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """A guard that spoke."""

    guard: Guard
    sentence: str
    """What is so, whatever the verdict."""
    so: str = ""
    """How the sentence goes on in a run that did not fail anyway."""


def _nothing_measured(run: Run) -> str:
    if run.figures.journeys.count:
        return ""
    return "Nothing was measured: no journey made a call"


def _not_ended(run: Run) -> str:
    if run.figures.meta.get("ended"):
        return ""
    return (
        "The run was killed, or its disk was full: its file does not say that it ended, "
        "so what came after its last second is missing"
    )


def _interrupted(run: Run) -> str:
    ended = run.figures.meta.get("ended") or {}
    how = ended.get("how", "completed")
    if not ended or how in ("completed", HOPELESS):
        return ""
    second = (ended.get("at_ns", 0) - run.figures.meta.get("t0_ns", 0)) / 1e9
    reason = f" ({ended['reason']})" if ended.get("reason") else ""
    return f"The run was {how} after {max(0.0, second):.0f} s of {run.figures.duration_s:.0f} s{reason}"


def _hopeless(run: Run) -> str:
    ended = run.figures.meta.get("ended") or {}
    if ended.get("how") != HOPELESS:
        return ""
    after = f"{run.figures.driven_s:.0f} s of {run.figures.duration_s:.0f} s"
    return f"The run was ended after {after}, for an objective could not be met any more ({ended.get('reason', '')})"


def _lost(run: Run) -> str:
    lost = run.figures.lost
    if not lost:
        return ""
    return f"{wording.plural(len(lost), 'process', 'processes')} of the generator lost: {', '.join(lost)}"


def _incomplete(run: Run) -> str:
    if not run.figures.meta.get("ended"):
        return ""
    silent = [info.process for info in run.figures.processes if not info.final and not info.lost]
    if not silent:
        return ""
    return f"The evidence is not complete: {', '.join(silent)} never said that everything had been sent"


def _clock_jumped(run: Run) -> str:
    jump_s = float(run.figures.meta.get("clock_jump_ns") or 0) / 1e9
    if abs(jump_s) < CLOCK_JUMP_S:
        return ""
    way = "forward" if jump_s > 0 else "back"
    return (
        f"The generator's clock was set {way} by {wording.seconds(abs(jump_s))} during the run, so times are in doubt"
    )


def _release_changed(run: Run) -> str:
    before, after = (dict(run.figures.meta.get(f"versions_{when}") or {}) for when in ("before", "after"))
    both = [name for name in sorted(before) if name in after]
    changed = [f"{name} {before[name]} → {after[name]}" for name in both if before[name] != after[name]]
    if not changed:
        return ""
    return f"The release changed during the run, so it measured two: {wording.some(changed, MOST_NAMED)}"


def _missing(run: Run) -> str:
    planned, counted = run.figures.meta.get("planned_total"), run.figures.arrivals.planned
    completed = (run.figures.meta.get("ended") or {}).get("how") == "completed"
    if not run.figures.open_loop or not completed or planned is None or counted >= planned:
        return ""
    # Where a process was lost, that is why.
    doubt = "" if run.figures.lost else "; does a worker's clock run behind the others'?"
    return (
        f"The generator did not drive its plan: {planned - counted:,} of {wording.plural(planned, 'arrival')} never "
        f"came up{doubt}"
    )


def _late(run: Run) -> str:
    arrivals = run.figures.arrivals
    if not run.figures.open_loop or arrivals.late < LATE_SHARE * arrivals.planned or arrivals.late == 0:
        return ""
    share = wording.share(arrivals.late / arrivals.planned if arrivals.planned else None)
    of = wording.plural(arrivals.planned, "arrival")
    return (
        f"The generator could not keep up: {_pace(run)}, first late at {arrivals.first_late_s} s; {arrivals.late:,} of "
        f"{of} ({share}) started more than 25 ms late; under {wording.share(LATE_SHARE)} are allowed"
    )


def _dropped(run: Run) -> str:
    arrivals = run.figures.arrivals
    if not arrivals.dropped:
        return ""
    planned = wording.plural(arrivals.planned, "arrival")
    return (
        f"The generator could not keep up: {_pace(run)}, first dropped at {arrivals.first_dropped_s} s; "
        f"{arrivals.dropped:,} of {planned} dropped; none is allowed"
    )


def _pace(run: Run) -> str:
    """What was asked of the generator and what it did, both in arrivals a second of the planned duration."""
    planned, begun = run.figures.arrivals.planned, run.figures.begun
    seconds = run.figures.driven_s or 1.0
    return f"planned {wording.number(planned / seconds)}/s, started {wording.number(begun / seconds)}/s"


def _lag(run: Run) -> str:
    strictest = min((result.expression.threshold for result in run.results if _limits_latency(result)), default=None)
    lag = run.figures.lag.quantile(0.99).value
    if strictest is None or lag is None or lag < LAG_SHARE * strictest:
        return ""
    return (
        f"The generator could not keep up: P99 of its lag is {wording.milliseconds(lag)}, not under a tenth of the "
        f"strictest latency objective, {wording.milliseconds(strictest)}"
    )


def _limits_latency(result: Result) -> bool:
    return result.metric in {"response_ms", "service_ms"} and result.expression.upper


def _fell_silent(run: Run) -> str:
    second, calls = run.figures.silence or (0, 0)
    if calls < SILENT_CALLS:
        return ""
    return f"The platform stopped answering: none of the {calls:,} calls from second {second:,} on had an answer"


def _no_objectives(run: Run) -> str:
    if run.results:
        return ""
    return "No objective was given, so there is nothing that this run could pass; name a file with --slo"


def _rule_broke(run: Run) -> str:
    broken = [f"{report.rule.name} ({report.error})" for report in run.audit if report.error]
    return f"A rule of the audit could not be applied: {', '.join(broken)}" if broken else ""


def _left_open(run: Run) -> str:
    counts = {report.rule.name: report.count(POSSIBLE) for report in run.audit}
    said = [f"{count:,} × {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return f"The read-back leaves possible findings open: {', '.join(said)}" if said else ""


def _shortage(run: Run) -> str:
    shortages = (run.figures.meta.get("preflight") or {}).get("shortages") or []
    return f"The target had too little for the plan: {'; '.join(map(str, shortages))}" if shortages else ""


def _held_back(run: Run) -> str:
    held_back = run.figures.held_back
    if not held_back:
        return ""
    return (
        f"The target's own limit held {wording.plural(held_back, 'call')} back, so it did not get the planned load; "
        "lower --rate, or ask its owners for a higher max_rate"
    )


def _unserved(run: Run) -> str:
    unserved = run.figures.unserved
    if not unserved:
        return ""
    names = wording.some([wording.method_of_service(name) for name in unserved], MOST_NAMED)
    return f"The target does not serve {wording.plural(len(unserved), 'method')} that the scenario needs: {names}"


def _refused(run: Run) -> str:
    endings, paying = run.figures.paying_endings, run.figures.paying
    if not paying or run.figures.meta.get("scarce") or endings[TICKET] >= TICKET_SHARE * paying:
        return ""
    others = ", ".join(
        f"{count:,} {ending.replace('_', ' ')}" for ending, count in endings.most_common() if ending != TICKET
    )
    return (
        f"Only {wording.share(endings[TICKET] / paying)} of {wording.plural(paying, 'paying journey')} got their "
        f"ticket ({others})"
    )


def _refused_so(run: Run) -> str:
    endings, paying = run.figures.paying_endings, run.figures.paying
    refusals = sum(endings[ending] for ending in ("sold_out", "not_admitted", "limited", "refused"))
    why = "the platform refused" if 2 * refusals >= paying - endings[TICKET] else "too few got through"
    return f": {why}, so nothing was proved; a PASS needs {wording.share(TICKET_SHARE)}"


def _nothing_sold(run: Run) -> str:
    if not run.figures.paying or run.figures.orders:
        return ""
    paying = wording.plural(run.figures.paying, "paying journey")
    return f"No order was confirmed in {paying}"


def _nothing_sold_so(_run: Run) -> str:
    return ", so nothing was proved about seats and money"


GUARDS: tuple[Guard, ...] = (
    Guard("nothing_measured", True, _nothing_measured),
    Guard("killed", True, _not_ended),
    Guard("interrupted", True, _interrupted),
    Guard("lost_worker", True, _lost),
    Guard("incomplete", True, _incomplete),
    Guard("clock_jumped", True, _clock_jumped),
    Guard("release_changed", True, _release_changed),
    Guard("missing", True, _missing),
    Guard("late", True, _late),
    Guard("dropped", True, _dropped),
    Guard("lag", True, _lag),
    Guard("hopeless", False, _hopeless),
    Guard("fell_silent", False, _fell_silent),
    Guard("no_objectives", False, _no_objectives),
    Guard("rule_broke", False, _rule_broke),
    Guard("left_open", False, _left_open),
    Guard("shortage", False, _shortage),
    Guard("held_back", False, _held_back),
    Guard("unserved", False, _unserved),
    Guard("refused", False, _refused, _refused_so),
    Guard("nothing_sold", False, _nothing_sold, _nothing_sold_so),
)
"""All guards, in the order in which their sentences are told."""


def weaknesses(run: Run) -> list[Weakness]:
    """Returns what the guards say of a run."""
    said = [(guard, guard.look(run)) for guard in GUARDS]
    return [Weakness(guard, sentence, guard.so(run)) for guard, sentence in said if sentence]
