"""What is known of a run while it goes on: takes in what its file has that is new, and tells how the run stands.

Objectives are judged by the functions that give the final verdict, over what came in. Those that only the audit can
decide wait for the end; of them oversell is red as soon as a seat was seen with two orders.

The last SETTLED_S seconds are read anew at each look, since deltas of them still arrive. Of one that comes later than
that the verdict knows, and the live figures do not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports import wording
from reports.grain import step_s
from reports.judgement import own_objectives
from reports.live.seconds import Seconds, response, share_of_errors
from reports.live.snapshot import (
    DRAINING,
    DRIVING,
    ENDED,
    LATER,
    OPEN,
    READY,
    Outcome,
    Snapshot,
    Standing,
    Station,
)
from reports.live.way import Way
from reports.objectives import words
from reports.objectives.covered import Covered
from reports.verdicts import FAIL, INCONCLUSIVE
from tacorush.evidence.tail import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reports.objectives.objective import Objective
    from tacorush.evidence.records import ArrivalSecond
    from tacorush.evidence.tail import News

SETTLED_S = 5
"""So many seconds after a second nothing of it is expected any more: a worker unheard for so long is lost."""
WIDEST_PART = 0.95
"""A phase that fills more than this share of the run tells nothing."""


class SoFar:
    """What is known of one run."""

    def __init__(self) -> None:
        self._meta: Mapping[str, Any] = {}
        self._objectives: Sequence[Objective] = ()
        self._covered: dict[str, Covered] = {}
        self._step = 1
        self._seconds = Seconds()
        self._way = Way()
        self.since = EVERYTHING
        """From this second on the next look has to bring everything."""

    def __repr__(self) -> str:
        return f"<SoFar {self._meta.get('run_id', '')} {self._seconds}>"

    @property
    def begun(self) -> bool:
        """The run's file says which run it is: its first commit has none of that."""
        return "run_id" in self._meta

    @property
    def ended(self) -> bool:
        """The run's file is complete."""
        return bool(self._meta.get("ended"))

    def take(self, news: News) -> None:
        """Takes in one look at the run's file, made from `since` on."""
        if not self._objectives and news.meta.get("slo_text"):
            self._prepare(news.meta)
        self._meta = news.meta
        self._seconds.replace(self.since, news.cells, news.arrivals)
        for covered in self._covered.values():
            covered.forget(self.since)
            covered.take(news.cells, self._step)
        self._way.take(news.claims)
        self.since = max(self.since, (self._seconds.last - SETTLED_S) // self._step * self._step)

    def _prepare(self, meta: Mapping[str, Any]) -> None:
        self._objectives = own_objectives(meta)
        self._covered = {one.name: Covered(one) for one in self._objectives if one.about.timed}
        self._step = step_s(self._objectives, float(meta.get("duration_s") or 0))

    def snapshot(self, now_ns: int) -> Snapshot:
        """Tells how the run stands at a moment of the run's clock."""
        meta, seconds, way = self._meta, self._seconds, self._way
        everything, recent = seconds.all(), seconds.recent()
        duration_s, second = int(meta.get("duration_s") or 0), self._second(now_ns)
        latency, arrivals = response(recent), seconds.arrivals()
        lately = max(1, len(recent))
        planned, started, late, dropped = (
            sum(getattr(row, name) for row in everything) for name in ("planned", "started", "late", "dropped")
        )
        return Snapshot(
            scenario=str(meta.get("scenario", "")),
            target=str(meta.get("target", "")),
            release=str(meta.get("release", "")),
            stage=self._stage(now_ns, duration_s),
            part=self._part(second, duration_s),
            second=min(second, duration_s) if duration_s else second,
            duration_s=duration_s,
            planned_per_s=sum(row.planned for row in recent) / lately if recent else None,
            achieved_per_s=sum(row.started for row in recent) / lately if recent else None,
            calls_per_s=sum(row.calls for row in recent) / lately if recent else None,
            p50=latency.quantile(0.5),
            p95=latency.quantile(0.95),
            p99=latency.quantile(0.99),
            recent_errors=share_of_errors(recent),
            errors=share_of_errors(everything),
            calls=sum(row.calls for row in everything),
            planned=planned,
            started=started,
            late=late,
            dropped=dropped,
            oversold=len(way.oversold.seats),
            sold=way.oversold.sold,
            stations=self._stations(started),
            standings=tuple(self._standings(arrivals)),
            course=seconds.course(duration_s),
            limit_ms=self._limit_ms(),
        )

    def _second(self, now_ns: int) -> int:
        t0_ns = int(self._meta.get("t0_ns") or now_ns)
        ended = self._meta.get("ended") or {}
        return max(0, (min(now_ns, int(ended.get("at_ns") or now_ns)) - t0_ns) // 10**9)

    def _stage(self, now_ns: int, duration_s: int) -> str:
        t0_ns = int(self._meta.get("t0_ns") or 0)
        if self.ended:
            return ENDED
        if not t0_ns or now_ns < t0_ns:
            return READY
        return DRAINING if duration_s and now_ns >= t0_ns + duration_s * 10**9 else DRIVING

    def _part(self, second: int, duration_s: int) -> str:
        for row in self._meta.get("phases") or ():
            if row["from_s"] <= second < row["to_s"] and row["to_s"] - row["from_s"] <= WIDEST_PART * duration_s:
                return str(row["name"])
        return ""

    def _stations(self, began: int) -> tuple[Station, ...]:
        rows = self._seconds.all()
        if not any(row.joins for row in rows):
            return (Station("Began", began),)
        return tuple(Station(*row) for row in (("Began", began), *self._way.reached()))

    def _standings(self, arrivals: Sequence[ArrivalSecond]) -> list[Standing]:
        open_loop = self._meta.get("mode") != "closed"
        found = []
        for objective in self._objectives:
            covered = self._covered.get(objective.name)
            if covered is None:
                found.append(self._counted(objective))
            elif open_loop or not objective.about.open_loop_only:
                result = covered.judged(arrivals, self._meta)
                if result.measured.samples or not objective.optional:
                    state = OPEN if result.verdict == INCONCLUSIVE else result.verdict
                    asked, measured = words.threshold(result.row), words.known(result.row)
                    found.append(Standing(objective.name, asked, measured, state, result.reason))
        return found

    def _counted(self, objective: Objective) -> Standing:
        """Of what the audit alone decides: the seats seen with two orders, else that it comes later."""
        asked = words.threshold(
            {"metric": objective.metric, "expression": objective.parsed.text, "threshold": objective.parsed.threshold}
        )
        if objective.metric != "oversell":
            return Standing(objective.name, asked, wording.NOT_MEASURED, LATER, "the audit at the end decides")
        seen = len(self._way.oversold.seats)
        if not seen or objective.parsed.holds(seen):
            return Standing(objective.name, asked, wording.count(seen), LATER, "so far; the audit at the end decides")
        return Standing(objective.name, asked, wording.count(seen), FAIL, f"{wording.plural(seen, 'seat')} seen so far")

    def _limit_ms(self) -> float | None:
        for objective in self._objectives:
            whole = not objective.question.where and not objective.recovery and objective.metric == "response_ms"
            if whole and objective.parsed.upper and objective.parsed.text.startswith("p(95)"):
                return float(objective.parsed.threshold)
        return None


def final(now: Snapshot, summary: Mapping[str, Any]) -> Snapshot:
    """The last snapshot of a run with its verdict; `summary` is its report.json."""
    verdict = str(summary["verdict"])
    return replace(
        now,
        oversold=int(summary["oversell"]["definite"]),
        standings=tuple(
            Standing(str(row["name"]), words.threshold(row), words.known(row), str(row["verdict"]))
            for row in summary["objectives"]
        ),
        outcome=Outcome(verdict, wording.VERDICT_HEADLINE[verdict], tuple(map(str, summary["reasons"]))),
    )
