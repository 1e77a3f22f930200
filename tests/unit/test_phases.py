"""The phases of a plan's arrivals: where the peak is, and what the arrivals say themselves."""

from __future__ import annotations

import pytest

from scenarios.phases import phases
from scenarios.plan import Plan
from scenarios.scenario import load, names, parse


def told(arrivals: str, rate: str = "rate: 10", duration: str = "duration: 60s") -> list[tuple[str, float, float]]:
    """The phases of a scenario with these arrivals."""
    text = f"description: x\nplatform: open\nslo: smoke\n{rate}\n{duration}\narrivals: {arrivals}\nmix: {{buyer: 1}}\n"
    return [tuple(phase) for phase in phases(Plan.of(parse(text, "here", "mine"), seed=1, run_id="x"))]  # type: ignore[misc]


def test_a_constant_rate_is_all_peak() -> None:
    assert told("{profile: constant}") == [("peak", 0, 60)]


def test_a_spike_has_its_peak_in_the_middle() -> None:
    """With the seconds of the rise and the fall in which nearly as many come."""
    spike = "{profile: spike, peak: 10, rise_s: 5s, hold_s: 10s, fall_s: 5s}"
    assert told(spike) == [("before", 0, 20 + 4), ("peak", 24, 36), ("after", 36, 60)]


def test_a_burst_has_its_peak_where_all_come() -> None:
    """Though its rate has no bound."""
    assert told("{profile: burst, at_s: 30s}") == [("before", 0, 30), ("peak", 30, 31), ("after", 31, 60)]


def test_stages_steps_and_parts_are_numbered() -> None:
    """A stage that is a jump has no time and is left out."""
    stages = "[{duration: 10s, target: 5}, {duration: 0, target: 20}, {duration: 20s, target: 20}]"
    assert [row for row in told(f"{{profile: stages, stages: {stages}}}", "", "") if row[0].startswith("stage")] == [
        ("stage-1", 0, 10),
        ("stage-3", 10, 30),
    ]
    assert ("step-2", 30, 60) in told("{profile: step, levels: [5, 10]}", "")
    parts = "{profile: then, of: [{profile: constant, for_s: 20s}, {profile: burst, for_s: 40s}]}"
    assert ("part-2", 20, 60) in told(parts)


@pytest.mark.parametrize("name", names())
def test_every_scenario_has_a_peak_and_its_phases_lie_in_its_time(name: str) -> None:
    plan = Plan.of(load(name), seed=1, run_id="x")
    found = phases(plan)
    assert "peak" in {phase.name for phase in found}
    assert all(0 <= phase.from_s < phase.to_s <= plan.duration_s for phase in found)
