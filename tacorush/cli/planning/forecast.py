"""From a rehearsal to what a run will need: arrivals, calls by method, people at once, seats, admissions, processes.

Counts of a rehearsal of one person in `share` are multiplied by it. The peak of calls is the busiest stretch of
`width_s` seconds of the rehearsal; that of arrivals is planned, and exact to the second. Little's law, L = arrivals a
second x mean stay, gives the people inside on average over the plan; the most at once are counted in the rehearsal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.settings import PROFILES
from reports.wording import method_of_service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tacorush.cli.planning.cost import Cost
    from tacorush.cli.planning.rehearsal import Rehearsal

_INSTANT_S = 1e-9
_ALIKE = 1e-6
"""Seconds that differ by less than this share of them are alike; what differs is how their edges are rounded."""
STRETCHES = 60
"""About so many stretches a plan is cut into, none shorter than a second."""
BUSY = 0.7
"""The share of a core that one process may be planned to use: above it arrivals begin late."""
MOST_INSIDE = 20_000
"""Journeys at once that one process takes before it drops arrivals (`--max-in-flight`)."""


@dataclass(frozen=True)
class Forecast:
    """What a plan comes to."""

    rehearsal: Rehearsal
    profile: str
    service_s: float
    cost: Cost

    @property
    def width_s(self) -> int:
        """Whole seconds of one stretch."""
        return max(1, math.ceil(self.rehearsal.plan.duration_s / STRETCHES))

    @property
    def arrivals(self) -> int:
        """Arrivals in all."""
        return self.rehearsal.plan.planned_total

    @property
    def peak_per_s(self) -> float:
        """The highest planned rate, in arrivals a second; infinite when many come in one instant."""
        return self.rehearsal.plan.schedule.profile.peak()

    def planned(self, stretches: int) -> list[float]:
        """Planned arrivals a second in each of so many equal stretches."""
        width = self.rehearsal.plan.duration_s / stretches
        return [self._coming(width * number, width) / width for number in range(stretches)]

    def _coming(self, from_s: float, width_s: float) -> float:
        """How many come in [from, from + width): an instant belongs to the stretch that it begins."""
        profile = self.rehearsal.plan.schedule.profile
        end_s = from_s + width_s
        until = profile.total if end_s >= profile.duration_s else profile.cumulative(end_s - _INSTANT_S)
        return until - profile.cumulative(from_s - _INSTANT_S)

    def busiest(self) -> tuple[int, float]:
        """The second in which most come, from T0, and how many; of seconds alike, the first."""
        seconds = range(max(1, math.ceil(self.rehearsal.plan.duration_s)))
        counted = [self._coming(second, 1.0) for second in seconds]
        most = max(counted) * (1 - _ALIKE)
        return next((second, coming) for second, coming in enumerate(counted) if coming >= most)

    @property
    def calls(self) -> int:
        """Calls in all, the drain included."""
        return sum(self.rehearsal.notes.calls.values()) * self.rehearsal.share

    def per_second(self) -> dict[str, tuple[float, float]]:
        """Method to its calls a second: on average over the planned duration, and in its busiest stretch."""
        notes, share, duration_s = self.rehearsal.notes, self.rehearsal.share, self.rehearsal.plan.duration_s
        found = {}
        for method, count in notes.calls.most_common():
            peak = max(self._stretched(notes.by_second[method]).values())
            inside = sum(n for second, n in notes.by_second[method].items() if second < duration_s)
            found[method] = inside * share / duration_s, max(peak, inside / duration_s) * share
            assert count >= inside, method
        return found

    @property
    def rpcs_per_s(self) -> tuple[float, float]:
        """Calls a second of all methods together, on average and in their busiest stretch."""
        seconds: dict[int, int] = {}
        for counted in self.rehearsal.notes.by_second.values():
            for second, count in counted.items():
                seconds[second] = seconds.get(second, 0) + count
        duration_s, share = self.rehearsal.plan.duration_s, self.rehearsal.share
        inside = sum(count for second, count in seconds.items() if second < duration_s) / duration_s
        peak = max(self._stretched(seconds).values(), default=0.0)
        return inside * share, max(inside, peak) * share

    def _stretched(self, seconds: Mapping[int, int]) -> dict[int, float]:
        counted: dict[int, float] = {}
        for second, count in seconds.items():
            counted[second // self.width_s] = counted.get(second // self.width_s, 0.0) + count / self.width_s
        return counted

    @property
    def mean_stay_s(self) -> float:
        """How long a journey takes on average, in seconds."""
        stays = self.rehearsal.notes.stays
        return sum(went - came for came, went in stays) / len(stays) / 1e9 if stays else 0.0

    @property
    def inside_on_average(self) -> float:
        """People inside by Little's law."""
        return self.arrivals / self.rehearsal.plan.duration_s * self.mean_stay_s

    @property
    def inside_at_most(self) -> int:
        """The most people inside at once, as rehearsed."""
        return max((inside for _, inside in self.inside_over_time()), default=0)

    def inside_over_time(self) -> list[tuple[float, int]]:
        """Seconds after T0 and how many are inside from then on."""
        stays = self.rehearsal.notes.stays
        moves = sorted([(came, 1) for came, _ in stays] + [(went, -1) for _, went in stays])
        inside, steps = 0, []
        for at_ns, move in moves:
            inside += move
            steps.append((at_ns / 1e9, inside * self.rehearsal.share))
        return steps

    @property
    def seats_needed(self) -> int:
        """Seats that all events together need so that nobody comes in vain, with room for chance."""
        events = len(self.rehearsal.plan.events)
        return self.rehearsal.plan.seats_needed(max(events, 1)) * max(events, 1)

    @property
    def seats_there(self) -> int:
        """Seats that the bundled platform is started with."""
        plan = self.rehearsal.plan
        seats = plan.venue().seats
        return seats * len(plan.events) if seats else sum(event.total for event in plan.events)

    @property
    def admissions(self) -> tuple[float, float]:
        """Admissions needed: in all, and a second in the busiest stretch of arrivals."""
        queuers = self.rehearsal.plan.queuers()
        return queuers, self.busiest()[1] * queuers / self.arrivals if self.arrivals else 0.0

    @property
    def admissions_there(self) -> float:
        """Admissions a second that the profile's events let in together once their burst is spent; may be infinite."""
        settings = PROFILES[self.profile].scaled(self.rehearsal.plan.time_scale)
        of_events = settings.admission_per_s * max(len(self.rehearsal.plan.events), 1)
        return min(of_events, settings.system_admission_per_s)

    @property
    def admission_wait_s(self) -> tuple[float, float]:
        """P50 and P95 of the time from arrival to admission, in seconds, of those who were let in; 0 if nobody was."""
        waits = sorted(self.rehearsal.notes.admissions_ns)
        if not waits:
            return 0.0, 0.0
        return tuple(waits[math.ceil(q * len(waits)) - 1] / 1e9 for q in (0.5, 0.95))  # type: ignore[return-value]

    @property
    def calls_at_peak(self) -> float:
        """Calls a second to be ready for: the rehearsal's peak, or all that the busiest second's people make."""
        each = self.calls / self.arrivals if self.arrivals else 0.0
        return max(self.rpcs_per_s[1], self.busiest()[1] * each)

    @property
    def processes(self) -> int:
        """Generator processes likely needed, by CPU at the peak of calls and by people inside at once."""
        by_cpu = self.calls_at_peak * self.cost.us_per_call / 1e6 / BUSY
        return max(1, math.ceil(by_cpu), math.ceil(self.inside_at_most / MOST_INSIDE))

    @property
    def waits_are_told(self) -> bool:
        """Whether enough people were rehearsed for a line to form where, in a run, one would."""
        _, at_peak = self.admissions
        in_line_per_s = at_peak / self.rehearsal.share / max(len(self.rehearsal.plan.events), 1)
        return self.rehearsal.share == 1 or at_peak <= self.admissions_there or in_line_per_s >= 1

    def as_json(self) -> dict[str, Any]:
        """Every figure by name; what is infinite is null."""
        plan, notes = self.rehearsal.plan, self.rehearsal.notes
        start, busiest = self.busiest()
        total, peak = self.rpcs_per_s
        return {
            "scenario": plan.scenario.name,
            "rate": plan.rate,
            "duration_s": plan.duration_s,
            "seed": plan.seed,
            "platform": self.profile,
            "arrivals": self.arrivals,
            "peak_per_s": _finite(self.peak_per_s),
            "busiest": {"second": start, "arrivals": _rounded(busiest)},
            "planned_per_s": [_rounded(value) for value in self.planned(STRETCHES)],
            "calls": self.calls,
            "rpcs_per_s": {"mean": _rounded(total), "peak": _rounded(peak), "peak_width_s": self.width_s},
            "rpcs_per_s_to_be_ready_for": _rounded(self.calls_at_peak),
            "methods": {
                method: {
                    "calls": notes.calls[method] * self.rehearsal.share,
                    "mean_per_s": _rounded(mean),
                    "peak_per_s": _rounded(most),
                }
                for method, (mean, most) in self.per_second().items()
            },
            "mean_stay_s": _rounded(self.mean_stay_s),
            "inside": {"littles_law": _rounded(self.inside_on_average), "at_most": self.inside_at_most},
            "seats": {"needed": self.seats_needed, "there": self.seats_there, "events": len(plan.events)},
            "admissions": {
                "needed": _rounded(self.admissions[0]),
                "needed_per_s": _rounded(self.admissions[1]),
                "there_per_s": _finite(self.admissions_there),
                "wait_s": {"p50": _rounded(self.admission_wait_s[0]), "p95": _rounded(self.admission_wait_s[1])},
            },
            "endings": {name: count * self.rehearsal.share for name, count in notes.endings.most_common()},
            "shortages": list(self.rehearsal.shortages),
            "processes": self.processes,
            "cost": self.cost.as_json(),
            "assumed": {"service_ms": _rounded(self.service_s * 1000), "people": self.rehearsal.people,
                        "one_person_in": self.rehearsal.share},
        }  # fmt: skip


def short(method: str) -> str:
    """A method as the tables write it."""
    return method_of_service(method)


def _finite(value: float) -> float | None:
    return _rounded(value) if math.isfinite(value) else None


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
