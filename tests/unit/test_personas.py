"""Personas: kinds of people as data, in the catalogue's words or one's own, and what is said of wrong ones."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from scenarios.facts import EventFacts
from scenarios.journeys import KINDS
from scenarios.people import PERSONAS, People
from scenarios.plan import Plan
from scenarios.scenario import Scenario, ScenarioError, parse
from tests.unit.crowd_of_one import NUMBER, perform
from tests.unit.scripted_platform import SmallPlatform

GOOD = """\
name: mine
description: people of many kinds
rate: 50
duration: 40s
people:
  think_s: [1, 2]
  quantity: {2: 1}
personas:
  early-bird:
    journey: extender
    patience_s: 5
    quantity: {4: 1}
mix:
  buyer: 50
  early-bird: 30
  bot: 20
"""
EVENTS = (EventFacts("gig/7", seats=("A-1", "A-2")), EventFacts("gig/8"))


def plan(text: str = GOOD) -> Plan:
    """The plan of a file."""
    return Plan.of(parse(text), seed=7, run_id="r", events=EVENTS)


def wrong(change: tuple[str, str]) -> str:
    """What is said of a file with this change."""
    with pytest.raises(ScenarioError) as caught:
        parse(GOOD.replace(*change), "mine.yaml")
    return str(caught.value)


def test_a_persona_does_its_journey_in_its_ways_and_is_else_like_everybody() -> None:
    kind, people = parse(GOOD).cast["early-bird"]
    assert kind is KINDS["extender"]
    assert people == People(think_s=(1, 2), quantity={4: 1}, patience_s=5)


def test_what_the_mix_weighs_is_drawn_in_proportion_with_its_own_wishes() -> None:
    wishes = [plan().wishes(number) for number in range(200)]
    assert len({wish.kind for wish in wishes}) == 3
    assert {(wish.kind, wish.quantity, wish.patience_s) for wish in wishes} == {
        ("buyer", 2, 60.0),
        ("early-bird", 4, 5.0),
        ("bot", 2, 60.0),
    }
    made = plan()
    counts = Counter(made.wishes(number).kind for number in range(2000))
    assert abs(counts["early-bird"] - 600) < 4 * (2000 * 0.3 * 0.7) ** 0.5


def test_packing_keeps_which_ways_a_persona_left_to_everybody() -> None:
    packed = json.loads(json.dumps(plan().pack()))
    again = Plan.unpack(packed)
    assert again == plan()
    assert [again.wishes(number) for number in range(50)] == [plan().wishes(number) for number in range(50)]
    assert again.scenario.cast["early-bird"].people.think_s == (1, 2)


def test_estimates_count_each_kind_with_its_own_quantity() -> None:
    """Bots hold nothing and stand in no queue; early birds take twice as many seats as buyers."""
    made = plan()
    assert made.queuers() == pytest.approx(1600)
    mean = (1000 * 2 + 600 * 4) / 2
    assert mean < made.seats_needed(2) < 1.2 * mean
    assert made.rpcs_expected() == pytest.approx(1000 * 10 + 600 * 11 + 400 * 5)


def test_evidence_is_kept_by_the_name_in_the_mix() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "impatient")
    assert {call.kind for call in made.book.calls} == {"impatient"}
    assert made.plan.wishes(NUMBER).kind == "impatient"


def test_an_own_persona_takes_the_place_of_one_that_comes_along() -> None:
    text = GOOD.replace("early-bird", "patient").replace("journey: extender", "description: mine")
    kind, people = parse(text).cast["patient"]
    assert (kind, people.patience_s) == (KINDS["buyer"], 5)


@pytest.mark.parametrize("name", PERSONAS)
def test_every_persona_that_comes_along_says_who_it_is_and_can_be_driven(name: str) -> None:
    persona = PERSONAS[name]
    assert persona.description
    assert name not in KINDS
    text = GOOD.replace("bot: 20", f"{name}: 20")
    assert parse(text).cast[name].kind is KINDS[persona.journey]


def test_the_personas_cover_what_people_are_like() -> None:
    assert sorted(PERSONAS) == [
        "bot",
        "dawdler",
        "declined",
        "group",
        "impatient",
        "patient",
        "seat-picker",
        "window-shopper",
    ]
    assert max(PERSONAS["group"].quantity) == 10
    assert PERSONAS["declined"].cards == {"FAIL": 1}
    assert PERSONAS["seat-picker"].seats == "wished"


def test_seat_pickers_among_others_come_for_certain_seats() -> None:
    made = plan(GOOD.replace("bot: 20", "seat-picker: 20"))
    assert made.scenario.wants_seats
    assert not plan().scenario.wants_seats
    pickers = [wish for wish in map(made.wishes, range(100)) if wish.kind == "seat-picker"]
    assert pickers
    assert {(wish.event, *sorted(wish.seats)) for wish in pickers} == {("gig/7", "A-1", "A-2")}
    assert {wish.seats for wish in map(made.wishes, range(100)) if wish.kind == "buyer"} == {()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("patience_s: 5", "patince_s: 5"),
            "mine.yaml, line 11: personas.early-bird.patince_s: no such field; allowed: cards, description, journey, "
            "patience_s, poll_s, quantity, seats, think_s, tries; did you mean patience_s?",
        ),
        (
            ("journey: extender", "journey: extendr"),
            "mine.yaml, line 10: personas.early-bird.journey: no kind of journey is called extendr; "
            f"allowed: {', '.join(sorted(KINDS))}; did you mean extender?",
        ),
        (
            ("patience_s: 5", "patience_s: long"),
            "mine.yaml, line 11: personas.early-bird.patience_s: found 'long': 'long' is no length of time: "
            "write 300ms, 45s, 5m or 1h",
        ),
        (
            ("quantity: {4: 1}", "quantity: {4: 0}"),
            "mine.yaml, line 12: personas.early-bird.quantity: at least one weight must be above 0",
        ),
        (
            ("  early-bird:\n", "  buyer:\n"),
            "mine.yaml, line 8: personas: buyer is the name of a kind of journey: call the persona otherwise",
        ),
        (
            ("early-bird: 30", "erly-bird: 30"),
            "mine.yaml, line 13: mix: no kind of journey or persona is called erly-bird; "
            f"allowed: {', '.join(sorted({*KINDS, *PERSONAS, 'early-bird'}))}; did you mean early-bird?",
        ),
        (
            ("mix:", "popularity:\n  events: {law: zipff}\nmix:"),
            "mine.yaml, line 14: popularity.events.law: found 'zipff': input should be 'uniform', 'zipf' or 'hot'; "
            "did you mean zipf?",
        ),
        (
            ("mix:", "popularity:\n  events: hott\nmix:"),
            "mine.yaml, line 14: popularity.events.law: found 'hott': input should be 'uniform', 'zipf' or 'hot'; "
            "did you mean hot?",
        ),
        (
            ("mix:", "popularity:\n  events: {law: zipf, share: 0.5}\nmix:"),
            "mine.yaml, line 14: popularity.events: law zipf has no share; it takes s",
        ),
        (
            ("mix:", "popularity:\n  seats:\n    law: zipf\n    s: 0\nmix:"),
            "mine.yaml, line 16: popularity.seats.s: found 0: input should be greater than 0",
        ),
        (
            ("mix:", "popularity:\n  seat: zipf\nmix:"),
            "mine.yaml, line 14: popularity.seat: no such field; allowed: events, seats; did you mean seats?",
        ),
    ],
)
def test_an_error_names_file_line_field_what_was_found_and_what_is_allowed(change: tuple[str, str], said: str) -> None:
    assert wrong(change) == said


def test_a_mix_without_any_persona_is_read_as_ever() -> None:
    scenario: dict[str, Any] = {"name": "mine", "description": "d", "rate": 1, "duration": 1, "mix": {"buyer": 1}}
    made = Scenario.model_validate(scenario)
    assert made.cast["buyer"] == (KINDS["buyer"], made.people)
