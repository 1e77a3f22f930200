"""The plan: a pure function of plain values, whatever process asks it, and estimates that leave room for chance."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from itertools import islice
from typing import Any

import pytest

from scenarios.facts import EventFacts, SectionFacts
from scenarios.journeys import KINDS
from scenarios.plan import Plan, Venue
from scenarios.scenario import load, names
from tests.unit.crowd_of_one import plan_of

EVENTS = (
    EventFacts(
        "gig/7", "A gig", 900, 800, (SectionFacts("Pit", 300, 200), SectionFacts("Stalls", 600, 600)), ("P 1", "P 2")
    ),
    EventFacts("gig/8"),
)
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def digest(plan: Plan) -> int:
    """Of everything planned, whatever the order; of the first ten thousand where there are millions."""
    return sum(plan.digest(arrival) for arrival in itertools.islice(plan.arrivals(), 10_000)) % 2**64


@pytest.mark.parametrize("name", names())
def test_a_plan_survives_packing_into_plain_values(name: str) -> None:
    plan = Plan.of(load(name), seed=7, run_id="r", time_scale=0.05, events=EVENTS)
    packed = json.loads(json.dumps(plan.pack()))
    assert Plan.unpack(packed) == plan
    first, again = (
        [made.digest(arrival) for arrival in islice(made.arrivals(), 2000)] for made in (plan, Plan.unpack(packed))
    )
    assert first == again


def test_a_plan_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="a plan of version 99 cannot be driven, only of version 1"):
        Plan.unpack({**plan_of().pack(), "version": 99})


def test_the_same_seed_plans_the_same_wishes_forever() -> None:
    """Golden: the wishes of one person, and the digest of a whole plan."""
    plan = plan_of(events=EVENTS, seats="wished", think_s=(1, 3), quantity={1: 1, 2: 1})
    wishes = plan.wishes(3)
    assert (wishes.event, wishes.section, wishes.quantity, wishes.seats) == GOLDEN_WISHES
    assert wishes.think_s == pytest.approx(GOLDEN_THINK, abs=0)
    assert digest(plan) == GOLDEN_DIGEST


GOLDEN_WISHES = ("gig/7", "Stalls", 1, ("P 2", "P 1"))
GOLDEN_THINK = (1.1994599675151163, 1.1316921229951342, 1.8932329627495883)
GOLDEN_DIGEST = 10756245440706398238


def test_the_digest_does_not_depend_on_the_number_of_workers() -> None:
    plan = plan_of(events=EVENTS, rate=20)
    for workers in (1, 2, 3):
        stripes = (arrival for stripe in range(workers) for arrival in plan.arrivals(stripe, workers))
        assert sum(plan.digest(arrival) for arrival in stripes) % 2**64 == digest(plan)


@pytest.mark.parametrize(
    "changes", [{"seed": 8}, {"rate": 6}, {"patience_s": 61}, {"cards": {"DELAY": 1}}, {"events": EVENTS[:1]}]
)
def test_the_digest_changes_with_whatever_is_planned(changes: dict[str, Any]) -> None:
    assert digest(plan_of(**{"events": EVENTS, **changes})) != digest(plan_of(events=EVENTS))


def test_the_run_id_changes_names_and_nothing_that_is_planned() -> None:
    one, other = plan_of(run_id="run1", events=EVENTS), plan_of(run_id="run2", events=EVENTS)
    assert digest(one) == digest(other)
    assert one.user(3) != other.user(3)
    assert one.key(3, 0) != other.key(3, 0)


def test_free_seats_change_nothing_that_is_planned() -> None:
    """A target that was driven before has fewer seats left; who wants what must not depend on it."""
    fewer = (
        EventFacts(
            "gig/7", "A gig", 900, 8, (SectionFacts("Pit", 300, 0), SectionFacts("Stalls", 600, 8)), ("P 1", "P 2")
        ),
        EVENTS[1],
    )
    assert digest(plan_of(events=fewer)) == digest(plan_of(events=EVENTS))


def test_keys_are_different_uuid4s() -> None:
    plan = plan_of()
    keys = [plan.key(number, intention) for number in range(200) for intention in range(5)]
    assert len(set(keys)) == 1000
    assert all(UUID4.fullmatch(key) for key in keys)


def test_the_mix_is_drawn_in_proportion() -> None:
    plan = Plan.of(load("flow"), seed=7, run_id="r", rate=200)
    kinds = Counter(plan.wishes(arrival.number).kind for arrival in plan.arrivals())
    assert sum(kinds.values()) == plan.planned_total == 9000
    assert abs(kinds["buyer"] - 8100) < 4 * (9000 * 0.9 * 0.1) ** 0.5
    assert set(kinds) == set(load("flow").mix)


def test_who_come_for_certain_seats_all_come_to_the_hall_with_most_of_them() -> None:
    """However many events a platform has, hotseat makes a crowd around few seats."""
    small, large = EventFacts("small", seats=("S 1",)), EventFacts("large", seats=("L 1", "L 2", "L 3"))
    wishing = plan_of(events=(small, large, small), seats="wished", quantity={1: 1}, tries=1)
    assert {wishing.wishes(number).event for number in range(50)} == {"large"}
    assert {plan_of(events=(small, large)).wishes(number).event for number in range(50)} == {"small", "large"}


def test_wished_seats_are_different_and_enough_for_every_try() -> None:
    facts = (EventFacts("gig/7", seats=tuple(f"P {number}" for number in range(50))),)
    plan = plan_of(events=facts, seats="wished", tries=3, quantity={2: 1})
    for number in range(50):
        seats = plan.wishes(number).seats
        assert len(set(seats)) == len(seats) == 6


def test_whose_first_card_fails_has_such_a_card() -> None:
    assert plan_of("card-retrier").wishes(1).card == "FAIL"


def test_rate_and_duration_override_the_scenario() -> None:
    plan = Plan.of(load("flow"), seed=1, run_id="r", rate=3, duration_s=4)
    assert (plan.planned_total, plan.route) == (12, "services")


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody comes at 0/s"):
        Plan.of(load("flow"), seed=1, run_id="r", rate=0)


def test_poisson_totals_are_counted() -> None:
    plan = Plan.of(load("rush"), seed=7, run_id="r")
    assert plan.planned_total == sum(1 for _ in plan.arrivals())


def test_the_demo_drives_twenty_thousand_calls() -> None:
    assert Plan.of(load("flow"), seed=1, run_id="r").rpcs_expected() >= 20_000


def test_seats_needed_cover_what_is_wanted_of_the_busiest_event() -> None:
    """Over 40 seeds the busiest of three events never needs more seats than said."""
    events = tuple(EventFacts(f"e{number}") for number in range(3))
    for seed in range(40):
        plan = plan_of(events=events, seed=seed, rate=30, quantity={1: 50, 2: 40, 4: 10})
        wanted: Counter[str] = Counter()
        for arrival in plan.arrivals():
            wishes = plan.wishes(arrival.number)
            wanted[wishes.event] += wishes.quantity
        assert max(wanted.values()) <= plan.seats_needed(3)
    assert plan.seats_needed(3) < 2.5 * 300 * 1.7 / 3


def test_who_does_not_reserve_needs_no_seats_and_who_pings_no_queue() -> None:
    assert plan_of("leaver").seats_needed(1) == 0
    assert plan_of("ping").queuers() == 0
    assert plan_of("buyer").queuers() == 50


def test_fakes_get_room_for_the_plan_and_scarce_ones_what_they_say() -> None:
    assert Plan.of(load("hotseat"), seed=1, run_id="r").venue() == Venue(1, 400)
    flow = Plan.of(load("flow"), seed=1, run_id="r", rate=500)
    assert flow.venue() == Venue(6, 2 * flow.seats_needed(6))


def test_the_methods_a_plan_cannot_do_without_follow_the_route() -> None:
    assert plan_of("canceller").methods() == (
        "reservation.v1.ReservationService/CancelReservation",
        "reservation.v1.ReservationService/CreateReservation",
    )
    assert plan_of("canceller", route="gateway").methods() == (
        "gateway.v1.GatewayService/CancelReservation",
        "gateway.v1.GatewayService/CreateReservation",
    )
    assert len(plan_of("tour").methods()) == 50


def test_every_kind_says_what_it_needs_and_costs() -> None:
    for name, kind in KINDS.items():
        assert kind.steps, name
        assert kind.calls > 0, name
