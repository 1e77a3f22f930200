"""One person of a given kind, sent through a scripted target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scenarios.crowd import Crowd
from scenarios.facts import EventFacts
from scenarios.plan import Plan
from scenarios.scenario import People, Scenario
from tests.unit.scripted_platform import EVENT
from tests.unit.scripted_target import ScriptedBook, ScriptedPermit, ScriptedTarget

NUMBER = 5
_OF_SCENARIO = ("scarce", "popularity", "personas")


def plan_of(kind: str = "buyer", events: tuple[EventFacts, ...] = (EventFacts(EVENT),), **changes: Any) -> Plan:
    """A plan of one kind of journey; `changes` go to the people, the scenario or the plan, by name."""
    people = {name: changes.pop(name) for name in list(changes) if name in People.model_fields}
    scenario_changes = {name: changes.pop(name) for name in _OF_SCENARIO if name in changes}
    scenario = Scenario.model_validate(
        {
            "name": "mine",
            "description": "one kind",
            "rate": changes.pop("rate", 5),
            "duration": changes.pop("duration", 10),
            "mix": {kind: 1},
            "people": {"quantity": {2: 1}, **people},
            **scenario_changes,
        }
    )
    return Plan.of(
        scenario, seed=changes.pop("seed", 7), run_id=changes.pop("run_id", "run1"), events=events, **changes
    )


@dataclass
class Journey:
    """A journey that was made, and what it left."""

    ending: str
    target: ScriptedTarget
    book: ScriptedBook
    crowd: Crowd
    plan: Plan = field(repr=False)


def perform(
    target: ScriptedTarget, kind: str = "buyer", permit: ScriptedPermit | None = None, **changes: Any
) -> Journey:
    """Performs one journey, due now."""
    plan, book = plan_of(kind, **changes), ScriptedBook()
    crowd = Crowd(plan, target.channels, book, target.io, permit or ScriptedPermit())
    return Journey(crowd.perform(NUMBER, target.io.now_ns), target, book, crowd, plan)
