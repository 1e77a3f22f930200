"""A rehearsal: the plan's own people at the platform's own code, counted exactly, without a server."""

from __future__ import annotations

from collections import Counter

import pytest

from scenarios.journeys import KINDS
from scenarios.plan import Plan
from scenarios.scenario import Scenario, load, names, parse
from tacorush.cli.planning.cost import Cost
from tacorush.cli.planning.forecast import Forecast
from tacorush.cli.planning.rehearsal import rehearse

COST = Cost(100.0, "assumed", "as the test has it")


def scenario(mix: str, **lines: str) -> Scenario:
    """A scenario of 4 journeys a second for 10 s, nobody thinks."""
    more = "\n".join(f"{name}: {value}" for name, value in lines.items())
    return parse(f"name: t\ndescription: t\nrate: 4\nduration: 10s\nmix: {mix}\n{more}\n")


def forecast(
    of: Scenario, platform: str = "open", most: int = 10_000, service_s: float = 0.01, **plan: float
) -> Forecast:
    """What becomes of it."""
    planned = Plan.of(of, seed=3, run_id="plan", **plan)  # type: ignore[arg-type]
    return Forecast(rehearse(planned, platform, most=most, service_s=service_s), platform, service_s, COST)


def test_a_buyer_with_nobody_in_front_makes_the_ten_calls_of_the_route() -> None:
    found = forecast(scenario("{buyer: 1}"))
    assert found.rehearsal.notes.endings == Counter(ticket=40)
    assert set(found.rehearsal.notes.calls.values()) == {40}
    assert len(found.rehearsal.notes.calls) == KINDS["buyer"].calls
    assert found.calls == 400
    assert found.rpcs_per_s[0] == pytest.approx(40, rel=0.03)


def test_littles_law_holds_between_the_mean_stay_and_the_people_counted_inside() -> None:
    """L = lambda W: 4 a second x 10 answers of 50 ms is 2 inside, and as many are counted at any moment."""
    found = forecast(scenario("{buyer: 1}"), service_s=0.05)
    assert found.mean_stay_s == pytest.approx(0.5)
    assert found.inside_on_average == pytest.approx(2.0)
    assert found.inside_at_most == 2


def test_the_documented_platform_makes_people_wait_for_their_payment() -> None:
    """2 to 5 s as documented, looked at every 2 s: nobody is through before 2 s, and the last look is after 6 s."""
    found = forecast(scenario("{buyer: 1}"), platform="documented")
    stays = [went - came for came, went in found.rehearsal.notes.stays]
    assert min(stays) > 2.0e9
    assert max(stays) < 7.0e9
    looks = found.rehearsal.notes.calls["payment.v1.PaymentService/GetPaymentStatus"]
    assert 2 * 40 <= looks <= 4 * 40


def test_seats_that_run_out_are_seen_before_any_load() -> None:
    found = forecast(scenario("{buyer: 1}", scarce="true", fakes="{events: 1, seats: 20}", people="{quantity: {2: 1}}"))
    assert found.rehearsal.notes.endings == Counter(ticket=10, sold_out=30)
    assert found.rehearsal.notes.seats_held == 20
    assert (found.seats_needed, found.seats_there) == (80 + 51, 20)


def test_a_sample_counts_for_all() -> None:
    """One person in 10 is performed, and every count is multiplied."""
    whole, part = (forecast(load("flow"), most=most, duration_s=40) for most in (10_000, 200))
    assert (part.rehearsal.share, part.rehearsal.people) == (10, 200)
    assert part.calls == pytest.approx(whole.calls, rel=0.05)
    assert part.rpcs_per_s[0] == pytest.approx(whole.rpcs_per_s[0], rel=0.05)
    assert part.inside_on_average == pytest.approx(whole.inside_on_average, rel=0.05)


def test_a_sample_waits_as_long_as_all_of_them_would() -> None:
    """The room that lets one in ten of the people in has a tenth of the admissions: the wait is the same."""
    crowd = scenario("{buyer: 1}", arrivals="{profile: burst}", fakes="{events: 1}", people="{patience_s: 5m}")
    whole, part = (
        forecast(crowd, "deployed", most=most, rate=40, duration_s=30, service_s=0.001) for most in (10_000, 120)
    )
    assert whole.admission_wait_s[1] > 20
    assert part.admission_wait_s[1] == pytest.approx(whole.admission_wait_s[1], rel=0.25)


@pytest.mark.parametrize("name", names())
def test_every_scenario_of_the_catalogue_can_be_rehearsed_the_same_way_twice(name: str) -> None:
    first, second = (forecast(load(name), load(name).platform, most=60) for _ in range(2))
    assert first.as_json() == second.as_json()
    assert sum(first.rehearsal.notes.endings.values()) == first.rehearsal.people
    assert not first.rehearsal.notes.outcomes["failed"] + first.rehearsal.notes.outcomes["unknown"]
    assert first.rehearsal.notes.endings["unfinished"] == 0


def test_processes_follow_from_calls_at_the_peak_and_their_cost() -> None:
    """400 calls in 10 s at 100 us are nothing; 1,000 times as dear, 40 calls a second are 4 cores, planned at 70 %."""
    found = forecast(scenario("{buyer: 1}"))
    assert found.processes == 1
    dear = Forecast(found.rehearsal, "open", 0.01, Cost(100_000.0, "assumed", "dear"))
    assert dear.processes == 6


def test_of_seconds_alike_the_first_is_the_busiest() -> None:
    """The last holds the rounding of its own edge too, a billionth of somebody."""
    second, coming = forecast(scenario("{ping: 1}")).busiest()
    assert (second, round(coming, 6)) == (0, 4)


def test_waits_are_not_told_by_so_few_that_no_line_forms() -> None:
    """A thousand a second where a hundred are let in wait, though the one in a thousand who is rehearsed does not."""
    crowded = scenario("{buyer: 1}", fakes="{events: 1}")
    assert not forecast(crowded, "documented", most=10, rate=1000).waits_are_told
    assert forecast(crowded, "documented", most=3_000, rate=1000).waits_are_told
    assert forecast(crowded, "open", most=10, rate=1000).waits_are_told
