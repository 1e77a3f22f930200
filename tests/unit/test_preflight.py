"""Before the load: events are found wherever a platform tells of them, and what is too little is said."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import gateway_pb2, inventory_pb2, queue_pb2, reservation_pb2, types_pb2
from scenarios.facts import EventFacts, SectionFacts
from scenarios.grpc_ticketing import Line
from scenarios.preflight import DOCUMENTED_EVENTS, SEATS_LEARNED, Preflight, TargetUnusable, examine
from scenarios.readback import inventory_after
from tests.unit.crowd_of_one import plan_of
from tests.unit.scripted_platform import EVENT, SmallPlatform, no
from tests.unit.scripted_target import ScriptedBook, ScriptedIo, ScriptedPermit, ScriptedTarget, unsent

NOWHERE = no("NOT_FOUND", gateway_pb2.GetEventAvailabilityResponse)
NOT_THERE = no("NOT_FOUND", inventory_pb2.GetInventoryStatusResponse)


def look(target: ScriptedTarget, kind: str = "buyer", **options: Any) -> tuple[Preflight, ScriptedBook]:
    """Examines a target for a plan of one kind; options go to `examine`, else to the plan."""
    book = ScriptedBook()
    own = {name: options.pop(name) for name in ("events", "served") if name in options}
    permit = options.pop("permit", ScriptedPermit())
    return examine(plan_of(kind, events=(), **options), target.channels, book, target.io, permit, **own), book


def sections(request: Any) -> inventory_pb2.GetInventoryStatusResponse:
    return inventory_pb2.GetInventoryStatusResponse(
        event=types_pb2.Event(id=request.event_id, name="Show"),
        sections=[
            inventory_pb2.SectionInventory(section_id="Stalls", total_seats=600, available_seats=500),
            inventory_pb2.SectionInventory(section_name="Pit", total_seats=300, available_seats=200),
        ],
    )


def test_events_are_those_that_the_queue_lists() -> None:
    found, book = look(SmallPlatform().target())
    assert found.events == (EventFacts(EVENT, "A gig", 900, 800),)
    assert (found.shortages, found.unserved, found.warnings) == ((), (), ())
    assert {(call.kind, call.journey) for call in book.calls} == {("preflight", -1)}


def test_sections_are_learned_in_a_fixed_order_and_add_up() -> None:
    found, _ = look(SmallPlatform().target(GetInventoryStatus=sections))
    parts = (SectionFacts("Pit", 300, 200), SectionFacts("Stalls", 600, 500))
    assert found.events == (EventFacts(EVENT, "Show", 900, 700, parts),)
    assert found.as_meta()["events"][0]["sections"][0] == {"name": "Pit", "total": 300, "available": 200}
    assert found.counters == {}


def test_what_the_inventory_counts_is_kept_whole() -> None:
    """With its sections and its age: after the load it is asked the same."""

    def counting(request: Any) -> inventory_pb2.GetInventoryStatusResponse:
        said = sections(request)
        said.stats.total_seats, said.stats.available_seats, said.stats.sold_seats = 900, 700, 150
        said.stats.reserved_seats, said.stats.blocked_seats = 30, 20
        said.stats.last_updated.seconds = 7
        return said

    target = SmallPlatform().target(GetInventoryStatus=counting)
    found, book = look(target)
    pit = {"total": 300, "available": 200, "reserved": 0, "sold": 0, "blocked": 0}
    told: dict[str, Any] = {"total": 900, "available": 700, "reserved": 30, "sold": 150, "blocked": 20}
    told |= {"as_of_ns": 7_000_000_000, "sections": {"Pit": pit, "Stalls": pit | {"total": 600, "available": 500}}}
    assert found.counters == found.as_meta()["counters"] == {EVENT: told}
    line = Line(plan_of(), target.channels, book, target.io, ScriptedPermit())
    assert inventory_after(line) == found.counters


def test_named_events_go_before_listed_ones() -> None:
    target = SmallPlatform().target(GetInventoryStatus=sections)
    found, _ = look(target, events=("b", "a"))
    assert [event.id for event in found.events] == ["a", "b"]
    assert not target.said("GetQueueStats")


def test_a_named_event_of_which_nothing_is_told_is_driven_with_a_warning() -> None:
    target = SmallPlatform().target(GetEventAvailability=NOWHERE)
    del target.acts["GetInventoryStatus"]
    found, _ = look(target, events=("mine",))
    assert found.events == (EventFacts("mine"),)
    assert found.warnings == ("the platform tells nothing about event mine, which was named",)


def test_a_named_event_that_does_not_exist_is_nothing_to_drive() -> None:
    """A slip of the pen must not end as a platform that breaks its promises."""
    with pytest.raises(TargetUnusable) as caught:
        look(SmallPlatform().target(GetInventoryStatus=NOT_THERE), events=("mine",))
    assert str(caught.value) == (
        "the target knows no event mine (GetInventoryStatus: NOT_FOUND): "
        "name another with --event, or in the scenario's `events`"
    )


@pytest.mark.parametrize("stats", [None, lambda _: queue_pb2.GetQueueStatsResponse()])
def test_where_no_event_is_listed_the_documented_ones_are_tried(stats: Any) -> None:
    def inventory(request: Any) -> Any:
        return sections(request) if request.event_id == DOCUMENTED_EVENTS[1] else NOT_THERE(request)

    target = SmallPlatform().target(GetInventoryStatus=inventory)
    if stats is None:
        del target.acts["GetQueueStats"]
    else:
        target.acts["GetQueueStats"] = stats
    assert [event.id for event in look(target)[0].events] == [DOCUMENTED_EVENTS[1]]


def test_a_platform_without_inventory_status_is_asked_at_its_gateway() -> None:
    """What is not served is asked once, not once an event."""

    def availability(request: Any) -> gateway_pb2.GetEventAvailabilityResponse:
        event = types_pb2.Event(id=request.event_id, total_seats=50, remaining_seats=40)
        return gateway_pb2.GetEventAvailabilityResponse(event=event, total_available=40)

    target = SmallPlatform().target(GetEventAvailability=availability)
    del target.acts["GetInventoryStatus"]
    found, book = look(target, events=("a", "b"), kind="leaver")
    assert [(event.total, event.available) for event in found.events] == [(50, 40), (50, 40)]
    assert book.asked().count("GetInventoryStatus") == 1


def test_no_event_at_all_is_nothing_to_drive() -> None:
    target = SmallPlatform().target(GetInventoryStatus=NOT_THERE)
    del target.acts["GetQueueStats"]
    with pytest.raises(TargetUnusable) as caught:
        look(target)
    assert str(caught.value) == (
        "the target has no event to drive: GetQueueStats lists none, GetInventoryStatus and GetEventAvailability "
        "know none of evt_2025_1001 to evt_2025_1006; name one with --event ID"
    )


def test_a_target_where_nobody_answers_is_said_to_be_dead() -> None:
    io = ScriptedIo()
    methods = ["GetQueueStats", "GetInventoryStatus", "GetEventAvailability"]
    dead = ScriptedTarget(io, dict.fromkeys(methods, lambda _: unsent(io)))
    with pytest.raises(TargetUnusable) as caught:
        look(dead)
    assert str(caught.value) == (
        "nobody answers at the target (GetQueueStats on gateway: UNSENT; GetInventoryStatus on inventory: UNSENT; "
        "GetEventAvailability on gateway: UNSENT): start the platform (`tacorush fakes`), or name it with --target"
    )
    assert len(dead.requests) == 3


def test_an_entrance_that_is_dead_is_named_when_no_event_was_found() -> None:
    target = SmallPlatform().target(GetInventoryStatus=lambda _: unsent(target.io), GetEventAvailability=NOWHERE)
    target.acts["GetQueueStats"] = lambda _: queue_pb2.GetQueueStatsResponse()
    with pytest.raises(TargetUnusable, match=r"\(no answer: GetInventoryStatus on inventory: UNSENT\)$"):
        look(target)


def test_a_ping_needs_no_event() -> None:
    target = SmallPlatform().target(GetQueueStats=lambda _: queue_pb2.GetQueueStatsResponse())
    assert look(target, "ping")[0] == Preflight(())


def test_a_limit_that_leaves_no_call_is_said() -> None:
    with pytest.raises(TargetUnusable, match="the target's max_rate leaves no call for the pre-flight"):
        look(SmallPlatform().target(), permit=ScriptedPermit(left=0))


def test_too_few_seats_are_a_shortage_unless_scarcity_is_the_point() -> None:
    target = SmallPlatform().target()
    found, _ = look(target, rate=50)
    needed = plan_of(rate=50).seats_needed(1)
    assert needed > 800
    assert found.shortages == (
        f"event {EVENT} has 800 seats left, the plan may need {needed:,} of it: "
        "drive less, name other events, or start the platform with more seats",
    )
    assert look(target, rate=50, scarce=True)[0].shortages == ()


@pytest.mark.parametrize(("per_minute", "short"), [(0, 0), (10, 1), (60, 0)])
def test_too_few_admissions_are_a_shortage_where_the_platform_tells_its_rate(per_minute: int, short: int) -> None:
    """50 people in 10 s, each patient for 60 s: 43 a minute are enough."""

    def stats(request: Any) -> queue_pb2.GetQueueStatsResponse:
        one = queue_pb2.EventQueueStats(event_id=EVENT, admission_rate_per_minute=per_minute)
        return queue_pb2.GetQueueStatsResponse(events=[one])

    found, _ = look(SmallPlatform().target(GetQueueStats=stats))
    assert len(found.shortages) == short
    if short:
        assert found.shortages[0] == (
            f"event {EVENT} admits 10 people a minute by its own figures, the plan sends it 50 in 70 s: "
            "drive less, or let the platform admit more"
        )


def test_methods_that_the_targets_own_list_lacks_are_unserved() -> None:
    served = set(plan_of().methods()) - {"payment.v1.PaymentService/ProcessPayment"}
    found, _ = look(SmallPlatform().target(), served=served)
    assert found.unserved == ("payment.v1.PaymentService/ProcessPayment",)


def test_without_a_list_reading_methods_are_tried_and_writing_ones_are_not() -> None:
    target = SmallPlatform().target()
    del target.acts["GetReservation"]
    found, _ = look(target, "expirer")
    assert found.unserved == ("reservation.v1.ReservationService/GetReservation",)
    assert not target.said("CreateReservation")


def test_a_trial_that_is_told_no_is_no_error() -> None:
    target = SmallPlatform().target(GetReservation=no("NOT_FOUND", reservation_pb2.GetReservationResponse))
    found, book = look(target, "expirer")
    assert found.unserved == ()
    assert {call.outcome for call in book.calls} <= {"ok", "refused"}


def test_seats_are_learned_for_people_who_come_for_certain_ones() -> None:
    target = SmallPlatform(free=["B 2", "A 1", "A 1"]).target()
    assert look(target, seats="wished")[0].events[0].seats == ("A 1", "B 2")
    assert [request.quantity for request in target.said("CheckAvailability")] == [SEATS_LEARNED[0]]
    assert look(target)[0].events[0].seats == ()


def test_a_platform_that_lists_only_a_few_seats_is_asked_for_fewer() -> None:
    platform = SmallPlatform()

    def check(request: Any) -> Any:
        refuse = no("INVALID_ARGUMENT", inventory_pb2.CheckAvailabilityResponse)
        return refuse(request) if request.quantity > SEATS_LEARNED[1] else platform.check(request)

    assert len(look(platform.target(CheckAvailability=check), seats="wished")[0].events[0].seats) == 8


def test_where_no_seat_is_named_people_take_any() -> None:
    target = SmallPlatform().target()
    del target.acts["CheckAvailability"]
    found, _ = look(target, seats="wished")
    assert found.events[0].seats == ()
    assert found.warnings == (f"the platform names no free seat of event {EVENT}: people take any",)
