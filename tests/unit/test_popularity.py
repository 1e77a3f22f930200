"""What is popular: which event and seats people want, and that another law changes nothing else."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from scenarios.facts import EventFacts
from scenarios.plan import Plan
from scenarios.preflight import seats_short
from scenarios.scenario import Scenario
from scenarios.wishes import Wishes, in_order
from tests.unit.crowd_of_one import perform
from tests.unit.scripted_platform import EVENT, SmallPlatform

SEATS = tuple(sorted(f"A-{number}" for number in range(1, 41)))
EVENTS = tuple(EventFacts(f"evt_{number:02}", seats=SEATS) for number in range(20))


def plan(popularity: dict[str, Any], **people: Any) -> Plan:
    """A plan of 4,000 buyers."""
    scenario = {"name": "mine", "description": "one", "rate": 100, "duration": 40, "mix": {"buyer": 1}}
    made = Scenario.model_validate({**scenario, "popularity": popularity, "people": people})
    return Plan.of(made, seed=7, run_id="r", events=EVENTS)


def wishes(popularity: dict[str, Any], **people: Any) -> list[Wishes]:
    """What 4,000 people want."""
    made = plan(popularity, **people)
    return [made.wishes(number) for number in range(4000)]


def test_by_zipfs_law_the_first_events_draw_most() -> None:
    counts = Counter(wish.event for wish in wishes({"events": {"law": "zipf", "s": 1}}))
    harmonic = sum(1 / rank for rank in range(1, 21))
    for rank in (1, 2, 5):
        expected = 4000 / rank / harmonic
        assert abs(counts[EVENTS[rank - 1].id] - expected) < 4 * expected**0.5


def test_a_hot_event_draws_its_share() -> None:
    counts = Counter(wish.event for wish in wishes({"events": {"law": "hot", "share": 0.75}}))
    assert abs(counts["evt_00"] - 3000) < 4 * (4000 * 0.75 * 0.25) ** 0.5
    assert len(counts) == 20


def test_the_bare_name_of_a_law_takes_its_usual_figures() -> None:
    assert wishes({"events": "hot"})[:50] == wishes({"events": {"law": "hot", "share": 0.9}})[:50]
    assert wishes({"events": "zipf"})[:50] == wishes({"events": {"law": "zipf", "s": 1}})[:50]


def test_another_law_for_events_changes_nobodys_other_wishes() -> None:
    """So that hundred-events and one-event differ in the event alone."""
    spread, pinned = wishes({"events": "uniform"}), wishes({"events": {"law": "hot", "share": 1}})
    assert {wish.event for wish in pinned} == {"evt_00"}
    assert [wish._replace(event="") for wish in spread] == [wish._replace(event="") for wish in pinned]


def test_uniform_is_what_is_meant_when_nothing_is_said() -> None:
    assert wishes({"events": "uniform"}) == wishes({})


def test_who_comes_for_certain_seats_spreads_over_halls_where_a_law_says_so() -> None:
    assert len({wish.event for wish in wishes({}, seats="wished")}) == 1
    assert len({wish.event for wish in wishes({"events": "uniform"}, seats="wished")}) == 20


def test_seats_by_zipfs_law_are_wanted_from_the_front() -> None:
    first = Counter(wish.seats[0] for wish in wishes({"seats": {"law": "zipf", "s": 1}}, seats="wished"))
    harmonic = sum(1 / rank for rank in range(1, 41))
    for rank in (1, 2, 10):
        expected = 4000 / rank / harmonic
        assert abs(first[f"A-{rank}"] - expected) < 4 * expected**0.5


def test_the_best_seats_are_wanted_by_all_who_come_for_certain_ones() -> None:
    wanted = wishes({"seats": "best-first"}, seats="wished", quantity={2: 1}, tries=2)[0]
    assert wanted.seats == ("A-1", "A-2", "A-3", "A-4")


def test_who_picks_the_best_looks_at_many_and_takes_the_first_of_them() -> None:
    platform = SmallPlatform(payment_polls=0, free=["Stall 10", "Stall 9", "Stall 2", "Stall 11"])
    target = platform.target()
    made = perform(target, popularity={"seats": "best-first"})
    assert made.ending == "ticket"
    assert [request.quantity for request in target.said("CheckAvailability")] == [100]
    assert list(target.said("CreateReservation")[0].seat_ids) == ["Stall 2", "Stall 9"]


def test_numbers_in_names_are_read_by_their_value() -> None:
    names = ["VIP-9-17", "A-10", "A-2", "A1", "B-1", "VIP-10-1", "A-2b", "7"]
    assert in_order(names) == ["7", "A1", "A-2", "A-2b", "A-10", "B-1", "VIP-9-17", "VIP-10-1"]


@pytest.mark.parametrize(
    ("popularity", "shares"),
    [
        ({}, [0.05] * 20),
        ({"events": {"law": "hot", "share": 1}}, [1.0, *[0.0] * 19]),
        ({"events": {"law": "hot", "share": 0.05}}, [0.05] * 20),
    ],
)
def test_what_an_event_needs_follows_who_comes_to_it(popularity: dict[str, Any], shares: list[float]) -> None:
    made = plan(popularity)
    assert made.event_shares(EVENTS) == pytest.approx(shares)
    assert made.seats_needed(20) == made.seats_needed(20, max(shares))
    assert made.seats_needed(20, 0.0) == 0


def test_a_hall_that_nobody_comes_to_may_be_small() -> None:
    """Else a platform with one small event among many could not be driven at the large one."""
    halls = tuple(EventFacts(f"evt_{number}", total=size, available=size) for number, size in enumerate((9000, 10, 10)))
    assert seats_short(plan({"events": {"law": "hot", "share": 1}}), halls) == []
    assert len(seats_short(plan({}), halls)) == 2


def test_the_scripted_hall_is_the_one_that_is_asked_for() -> None:
    assert perform(SmallPlatform(payment_polls=0).target(), popularity={"events": "zipf"}).plan.events[0].id == EVENT
