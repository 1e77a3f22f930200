"""Judging a stored run: from the run file to verdict, report.json and JUnit, and nothing else goes in.

The objectives are those that the run file carries, unless others are given. Judging reads and never writes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.audit import RULES, audit
from reports.audit.history import DEFAULT_GRACE_NS, DEFAULT_KEY_LIFE_NS, DEFAULT_SKEW_NS, History, Mailbox
from reports.audit.inventory import inventory_of, sections_of
from reports.audit.promised import ADMISSIONS, Admissions, Told
from reports.close_look import close_look
from reports.explaining import explained
from reports.figures import figures
from reports.grain import about_the_whole, step_s
from reports.guards import Run
from reports.junit import junit
from reports.objectives.file import NO_OBJECTIVES, load, read
from reports.objectives.judging import judge_all
from reports.objectives.metric import Sources
from reports.remembered import Remembered
from reports.summary import as_json, summary
from reports.verdict import Conclusion, conclude
from tacorush.evidence.runfile import RunFile
from tacorush.evidence.stepped_runfile import SteppedRunFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from reports.audit.finding import Rule
    from reports.evidence_view import Evidence
    from reports.figures import Figures
    from reports.objectives.objective import Objective


@dataclass(frozen=True)
class Judgement:
    """A judged run."""

    evidence: Evidence
    history: History
    run: Run
    conclusion: Conclusion

    @property
    def verdict(self) -> str:
        """PASS, FAIL or INCONCLUSIVE."""
        return self.conclusion.verdict

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of report.json."""
        return summary(self.run, self.conclusion)

    @property
    def report_json(self) -> str:
        """The text of report.json."""
        return as_json(self.summary)

    @property
    def junit_xml(self) -> str:
        """The text of junit.xml."""
        return junit(self.summary, self.run.audit)


def judge(
    run_file: str | Path, slo: str | Path | None = None, skew_ns: int = DEFAULT_SKEW_NS, finely: bool = False
) -> Judgement:
    """Judges a run file, by its own objectives or by those of a file; raises ValueError or OSError naming the file.

    `finely` reads a long run second by second too, for tables of its seconds.
    """
    run = RunFile(Path(run_file))
    objectives = load(slo) if slo is not None else own_objectives(run.meta)
    step = 1 if finely else step_s((), float(run.meta.get("duration_s") or 0))
    if step == 1:
        return judge_evidence(Remembered(run), objectives, skew_ns)
    return judge_evidence(Remembered(SteppedRunFile(run, step)), objectives, skew_ns, close=partial(close_look, run))


def judge_evidence(
    evidence: Evidence,
    objectives: Collection[Objective],
    skew_ns: int = DEFAULT_SKEW_NS,
    rules: Iterable[Rule] = RULES,
    close: Callable[[Collection[Objective], Figures], Figures] | None = None,
) -> Judgement:
    """Judges evidence by objectives.

    `close` is for evidence in steps: it takes the objectives for which steps are too coarse, and the figures in steps,
    and returns figures for those.
    """
    time_scale = float(evidence.meta.get("time_scale") or 1)
    history = History.of(
        evidence.claims(),
        capacity_of(evidence.meta),
        skew_ns=skew_ns,
        key_life_ns=round(DEFAULT_KEY_LIFE_NS * time_scale),
        grace_ns=round(DEFAULT_GRACE_NS * time_scale),
        hosts_skew_ns=skew_ns if _drove_from_several_hosts(evidence) else 0,
        mailbox=mailbox_of(evidence.meta),
        admissions=admissions_of(evidence.meta),
        queues=queues_of(evidence.meta),
        own_roles=evidence.meta.get("own_roles") or (),
        inventory=inventory_of(evidence.meta),
        sections=sections_of(evidence.meta),
        sole_buyer=bool(evidence.meta.get("sole_buyer")) and _nothing_is_missing(evidence),
    )
    counted = figures(evidence, history)
    reports = audit(history, rules)
    whole = Sources(counted, reports, history)
    parts = [objective for objective in objectives if close and not about_the_whole(objective)]
    closer = replace(whole, figures=close(parts, counted)) if close and parts else whole
    judged = []
    for objective in objectives:
        sources = closer if objective in parts else whole
        judged += [(result, sources.figures) for result in judge_all([objective], sources)]
    results = explained(judged)
    run = Run(counted, results, reports)
    return Judgement(evidence, history, run, conclude(run))


def _drove_from_several_hosts(evidence: Evidence) -> bool:
    return len({process.host for process in evidence.processes() if process.role != "master"}) > 1


def _nothing_is_missing(evidence: Evidence) -> bool:
    """Every process said that it had sent everything, and the file that it had ended."""
    said = all(process.final and not process.lost for process in evidence.processes())
    return said and bool(evidence.meta.get("ended"))


def own_objectives(meta: Mapping[str, Any]) -> tuple[Objective, ...]:
    """Reads the objectives that a run file carries; none when it carries none."""
    text = meta.get("slo_text")
    return read(str(text), str(meta.get("slo") or "the run file's objectives")) if text else NO_OBJECTIVES


def mailbox_of(meta: Mapping[str, Any]) -> Mailbox | None:
    """Returns what is known of the run's own mailbox; None when it had none, or did not get to close it."""
    found = meta.get("mailbox")
    return Mailbox(int(found["until_ns"]), int(found["patience_ns"]), int(found["came"])) if found else None


def admissions_of(meta: Mapping[str, Any]) -> Admissions | None:
    """Returns what the platform's profile promises of admissions; None where the run file names none that does."""
    promised = ADMISSIONS.get(str(meta.get("platform") or ""))
    return promised.scaled(float(meta.get("time_scale") or 1)) if promised else None


def queues_of(meta: Mapping[str, Any]) -> dict[str, Told]:
    """Returns what the platform told of each event's queue before the load and after it, where its counts go on."""
    before = (meta.get("preflight") or {}).get("queues") or {}
    pairs = {
        event: (before[event], told) for event, told in (meta.get("queues_after") or {}).items() if event in before
    }
    return {
        event: Told(after["admitted"] - first["admitted"], (first["per_minute"] / 60, after["per_minute"] / 60))
        for event, (first, after) in pairs.items()
        if after["admitted"] >= first["admitted"]
    }


def capacity_of(meta: Mapping[str, Any]) -> dict[str, int]:
    """Returns the seats that each event was said to have before the load."""
    events = (meta.get("preflight") or {}).get("events") or []
    return {str(event["id"]): int(event["total"]) for event in events if event.get("total")}
