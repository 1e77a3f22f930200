"""The tour on the bundled platform's state: all fifty methods, no error, and a target left as it was."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts.catalogue import METHODS
from contracts.messages import websocket_pb2
from fakes.caller import Caller
from fakes.events import Event, program
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import PROFILES
from fakes.timing import ScriptedTime
from scenarios.crowd import Crowd
from scenarios.journeys import KINDS
from scenarios.plan import Plan
from scenarios.preflight import examine
from scenarios.scenario import load
from tests.unit.crowd_of_one import plan_of
from tests.unit.scripted_target import SECOND, ScriptedBook, ScriptedIo, ScriptedPermit, ScriptedTarget

STREAMS = {
    "StreamQueueUpdates": websocket_pb2.StreamQueueUpdatesResponse,
    "StreamReservationUpdates": websocket_pb2.StreamReservationUpdatesResponse,
    "StreamPaymentUpdates": websocket_pb2.StreamPaymentUpdatesResponse,
}


class Bundled:
    """The bundled platform without sockets, on scripted time."""

    def __init__(self, profile: str, events: Mapping[str, Event] | None = None) -> None:
        self.io = ScriptedIo()
        self.time = ScriptedTime(self.io.now_ns / SECOND)
        self.platform = Platform(
            PROFILES[profile], now=self.time.now, timers=self.time, chance=random.Random(1), events=events
        )
        acts: dict[str, Any] = {name: self._now(act) for name, act in handlers(self.platform).items()}
        acts |= {name: lambda _, update=update: [update()] for name, update in STREAMS.items()}
        self.target = ScriptedTarget(self.io, acts)
        self.book = ScriptedBook()

    def _now(self, act: Callable[[Any, Caller], Any]) -> Callable[[Any], Any]:
        def serve(request: Any) -> Any:
            self.time.advance(max(self.io.now_ns / SECOND - self.time.now(), 0))
            return act(request, Caller())

        return serve

    def drive(self, kind: str, people: int, **changes: Any) -> list[str]:
        """Examines the target, then performs so many journeys one after the other; returns their endings."""
        plan, channels, permit = plan_of(kind, events=(), **changes), self.target.channels, ScriptedPermit()
        found = examine(plan, channels, self.book, self.io, permit)
        assert (found.shortages, found.unserved, found.warnings) == ((), (), ())
        crowd = Crowd(plan.with_events(found.events), channels, self.book, self.io, permit)
        return [crowd.perform(number, self.io.now_ns) for number in range(people)]


@pytest.mark.parametrize("profile", ["open", "documented", "deployed"])
def test_the_tour_asks_every_method_and_only_what_it_provokes_is_refused(profile: str) -> None:
    bundled = Bundled(profile)
    assert bundled.drive("tour", 2) == ["left", "left"]
    calls = [call for call in bundled.book.calls if call.kind == "tour"]
    assert {call.method for call in calls} == set(METHODS)
    refused = {call.method for call in calls if call.outcome != "ok"}
    assert refused <= {"common.v1.AdminService/UpdateConfig"}


def test_where_a_service_is_missing_the_tour_blames_nobody_for_what_hangs_on_it() -> None:
    """Without a gateway no reservation of it can be paid for or confirmed: unimplemented, and no error elsewhere."""
    bundled = Bundled("open")
    for name in ("CreateReservation", "CreatePaymentIntent", "GetPaymentStatus", "ConfirmReservation"):
        del bundled.target.acts[f"gateway.v1.GatewayService/{name}"]
    plan, channels = plan_of("tour", events=(), poll_s=1.0), bundled.target.channels
    found = examine(plan, channels, bundled.book, bundled.io, ScriptedPermit())
    crowd = Crowd(plan.with_events(found.events), channels, bundled.book, bundled.io, ScriptedPermit())
    assert crowd.perform(0, bundled.io.now_ns) == "unfinished"
    calls = [call for call in bundled.book.calls if call.kind == "tour"]
    assert {call.method for call in calls} == set(METHODS)
    assert {call.outcome for call in calls} == {"ok", "refused", "unimplemented"}
    assert len({claim.order for claim in bundled.book.claims if claim.order}) == 4


def test_the_tour_leaves_the_operators_desk_as_it_was() -> None:
    bundled = Bundled("open")
    before = bundled.platform.configuration.current
    bundled.drive("tour", 1)
    assert bundled.platform.configuration.current == before
    assert (bundled.platform.queue.admitting, bundled.platform.controls.maintenance) == (True, False)


def test_the_orders_that_the_tour_claims_are_those_that_the_platform_made() -> None:
    bundled = Bundled("open")
    bundled.drive("tour", 1)
    claimed = {claim.order for claim in bundled.book.claims if claim.order}
    made = {order for orders in bundled.platform.ledger.sales.values() for order in orders}
    assert claimed == made
    assert len(made) == 5


@pytest.mark.parametrize("route", ["services", "gateway"])
@pytest.mark.parametrize("profile", ["open", "documented"])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"tour"}))
def test_every_kind_of_journey_ends_as_it_means_to_on_the_bundled_platform(kind: str, profile: str, route: str) -> None:
    meant = {"canceller": "cancelled", "expirer": "expired", "latecomer": "expired"}
    meant |= {"hurrier": "ticket", "undecided": "cancelled"}
    tries = ("token-guesser", "token-keeper", "token-lender", "token-spender", "unpaid-confirmer")
    meant |= dict.fromkeys(tries, "refused")
    ending = "ticket" if KINDS[kind].paying else meant.get(kind, "left")
    bundled = Bundled(profile)
    assert bundled.drive(kind, 3, route=route) == [ending] * 3
    assert {call.outcome for call in bundled.book.calls} <= {"ok", "refused"}


def test_the_hotseat_has_a_hundred_seats_each_wanted_by_many_and_sells_each_once() -> None:
    """The scenario as it is, on one event of as many seats as it asks for."""
    scenario = load("hotseat")
    bundled = Bundled("open", events=program(["hot"], scenario.fakes.seats))
    plan, channels = Plan.of(scenario, seed=7, run_id="run1"), bundled.target.channels
    found = examine(plan, channels, bundled.book, bundled.io, ScriptedPermit())
    crowd = Crowd(plan.with_events(found.events), channels, bundled.book, bundled.io, ScriptedPermit())
    endings = Counter(crowd.perform(arrival.number, bundled.io.now_ns) for arrival in plan.arrivals())
    askers: Counter[str] = Counter()
    for journey, seat in {(c.journey, seat) for c in bundled.book.claims if c.action == "hold" for seat in c.wanted}:
        assert journey >= 0
        askers[seat] += 1
    assert sum(count > 1 for count in askers.values()) >= 100
    sold = [seat for claim in bundled.book.claims if claim.action == "sale" for seat in set(claim.seats)]
    assert endings["sold_out"] > 100
    assert 200 < endings["ticket"] <= 400
    assert len(set(sold)) == sum(bundled.platform.ledger.counts(event).sold for event in bundled.platform.events)
