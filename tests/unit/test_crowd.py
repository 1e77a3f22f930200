"""The crowd: every journey is counted in and out, and what stays open is asked at the end, within bounds."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import payment_pb2, reservation_pb2
from scenarios.crowd import Crowd, means_to_pay
from scenarios.grpc_ticketing import Line
from scenarios.journeys import KINDS
from scenarios.readback import AT_ONCE, SILENCES_BORNE, Settled, inventory_after, queues_after
from tests.unit.crowd_of_one import NUMBER, perform, plan_of
from tests.unit.scripted_platform import EVENT, SmallPlatform, no, silent
from tests.unit.scripted_target import SECOND, ScriptedBook, ScriptedPermit, ScriptedTarget, lost


def crowd_at(target: ScriptedTarget, permit: ScriptedPermit | None = None) -> tuple[Crowd, ScriptedBook]:
    book = ScriptedBook()
    return Crowd(plan_of(), target.channels, book, target.io, permit or ScriptedPermit()), book


def test_a_journey_is_in_flight_from_its_first_call_to_its_last() -> None:
    platform = SmallPlatform(payment_polls=0)
    seen: list[int] = []

    def join(request: Any) -> Any:
        seen.append(crowd.in_flight)
        return platform.join(request)

    crowd, _ = crowd_at(platform.target(JoinQueue=join))
    assert crowd.perform(NUMBER, platform.io.now_ns) == "ticket"
    assert (seen, crowd.in_flight) == ([1], 0)


def test_a_journey_that_is_stopped_is_unfinished_and_the_stop_goes_on() -> None:
    platform = SmallPlatform(payment_polls=0)

    def stop(request: Any) -> Any:
        raise KeyboardInterrupt

    crowd, book = crowd_at(platform.target(ConfirmReservation=stop))
    with pytest.raises(KeyboardInterrupt):
        crowd.perform(NUMBER, platform.io.now_ns)
    assert book.times[-1][:4] == ("journey.total", "buyer", "unfinished", "paying")
    assert (crowd.in_flight, crowd.open_questions) == (0, 1)


def test_a_journey_that_the_targets_limit_stops_is_unfinished() -> None:
    made = perform(SmallPlatform().target(), permit=ScriptedPermit(left=3))
    assert (made.ending, len(made.book.calls)) == ("unfinished", 3)
    assert made.book.counts["limited_by_target"] == 1


@pytest.mark.parametrize(
    ("kind", "card", "pays"),
    [
        ("buyer", "APPROVE", True),
        ("buyer", "DELAY", True),
        ("buyer", "FAIL", False),
        ("buyer", "TIMEOUT", False),
        ("card-retrier", "FAIL", True),
        ("canceller", "APPROVE", False),
        ("latecomer", "APPROVE", False),
    ],
)
def test_who_means_to_pay(kind: str, card: str, pays: bool) -> None:
    assert means_to_pay(KINDS[kind], card) is pays


def test_a_confirmation_that_nobody_answered_is_asked_for_at_the_end() -> None:
    platform = SmallPlatform(payment_polls=0)
    target = platform.target(ConfirmReservation=silent(platform.io), GetReservation=silent(platform.io))
    crowd, book = crowd_at(target)
    assert crowd.perform(NUMBER, platform.io.now_ns) == "unknown"
    target.acts["GetReservation"] = platform.read
    assert crowd.settle(platform.io.now_ns + 5 * SECOND) == Settled(asked=2, answered=2, unasked=0)
    call, claim = book.calls[-2], book.claims[-2]
    assert (call.kind, call.journey, call.method.rpartition("/")[2]) == ("readback", -1, "GetReservation")
    assert (claim.action, claim.kind, claim.reservation, claim.status) == ("read", "readback", "res-1", "HOLD")
    assert (claim.user, book.counts["readback.asked"]) == (crowd_user(), 2)
    assert (book.claims[-1].intent, book.claims[-1].status) == ("pi-1", "COMPLETED"), "what has no order yet was paid"


def test_a_read_that_states_nothing_final_leaves_the_question_open() -> None:
    """A hold may still become an order by the confirmation that nobody answered; an order is settled."""
    platform = SmallPlatform(payment_polls=0)
    target = platform.target(ConfirmReservation=silent(platform.io))
    crowd, _ = crowd_at(target)
    assert crowd.perform(NUMBER, platform.io.now_ns) == "unknown"
    assert (target.said("GetReservation")[0].reservation_id, crowd.open_questions) == ("res-1", 1)


def test_a_confirmation_that_was_denied_is_asked_about_once_more() -> None:
    """Whoever has paid must not be left without an order: the audit needs the last word on it."""
    platform = SmallPlatform(payment_polls=0)
    denied = no("INVENTORY_CONFLICT", reservation_pb2.ConfirmReservationResponse)
    crowd, book = crowd_at(platform.target(ConfirmReservation=denied))
    assert crowd.perform(NUMBER, platform.io.now_ns) == "sold_out"
    assert crowd.settle(platform.io.now_ns + SECOND).answered == 2
    assert [(claim.kind, claim.status) for claim in book.claims[-2:]] == [
        ("readback", "HOLD"),
        ("readback", "COMPLETED"),
    ]


def test_a_hold_that_was_left_is_looked_at_once_its_end_is_over() -> None:
    """Before, it says nothing; and who bought, gave back or saw it end has left nothing."""
    platform = SmallPlatform(hold_s=17, payment_polls=0)
    made = perform(platform.target(), "cart-leaver")
    crowd, book = made.crowd, made.book
    assert made.ending == "left"
    assert crowd.settle(platform.io.now_ns + SECOND) == Settled(asked=0, answered=0, unasked=0, not_due=1)
    assert book.counts["readback.not_due"] == 1
    platform.io.now_ns += 17 * SECOND
    assert crowd.settle(platform.io.now_ns + SECOND) == Settled(asked=1, answered=1, unasked=0)
    assert book.claims[-1].reservation == "res-1"
    for kind in ("buyer", "canceller", "expirer"):
        made = perform(SmallPlatform(hold_s=17, payment_polls=0).target(), kind)
        assert made.crowd.settle(made.target.io.now_ns + SECOND) == Settled(0, 0, 0), kind


def crowd_user() -> str:
    return plan_of().user(NUMBER)


def test_a_hold_that_nobody_answered_is_looked_for_among_the_users_own() -> None:
    platform = SmallPlatform()
    found = reservation_pb2.ListReservationsResponse(
        reservations=[reservation_pb2.Reservation(reservation_id="res-9", status="RESERVATION_STATUS_HOLD")]
    )
    target = platform.target(CreateReservation=silent(platform.io), ListReservations=lambda _: found)
    crowd, book = crowd_at(target)
    assert crowd.perform(NUMBER, platform.io.now_ns) == "unknown"
    assert crowd.settle(platform.io.now_ns + SECOND).answered == 1
    (request,) = target.said("ListReservations")
    assert (request.user_id, book.claims[-1].reservation) == (crowd_user(), "res-9")


@pytest.mark.parametrize(
    ("silenced", "asks"), [("CreatePaymentIntent", "ListPayments"), ("ProcessPayment", "GetPaymentStatus")]
)
def test_money_that_nobody_answered_for_is_asked_after(silenced: str, asks: str) -> None:
    platform = SmallPlatform(payment_polls=0)
    listed = payment_pb2.ListPaymentsResponse(payments=[payment_pb2.Payment(payment_intent_id="pi-1")])
    target = platform.target(ListPayments=lambda _: listed, **{silenced: silent(platform.io)})
    crowd, book = crowd_at(target)
    assert crowd.perform(NUMBER, platform.io.now_ns) == "unknown"
    assert crowd.settle(platform.io.now_ns + SECOND).answered == 1
    assert book.asked()[-1] == asks
    assert book.claims[-1].intent == "pi-1"


def many_open(count: int) -> tuple[SmallPlatform, Crowd, ScriptedBook, ScriptedTarget]:
    platform = SmallPlatform(polls_until_ready=0)
    target = platform.target(CreateReservation=silent(platform.io), ListReservations=silent(platform.io))
    crowd, book = crowd_at(target)
    for number in range(count):
        crowd.perform(number, platform.io.now_ns)
    assert crowd.open_questions == count
    return platform, crowd, book, target


def test_reading_back_gives_up_on_a_platform_that_stays_silent() -> None:
    platform, crowd, book, target = many_open(60)
    asked = AT_ONCE * SILENCES_BORNE
    assert crowd.settle(platform.io.now_ns + 3600 * SECOND) == Settled(asked, 0, 60 - asked)
    assert book.counts["readback.unasked"] == 60 - asked
    assert len(target.said("ListReservations")) == asked


def test_reading_back_ends_at_its_deadline() -> None:
    platform, crowd, _, target = many_open(60)

    def slow(request: Any) -> Any:
        platform.io.now_ns += SECOND
        return reservation_pb2.ListReservationsResponse()

    target.acts["ListReservations"] = slow
    settled = crowd.settle(platform.io.now_ns + 2 * AT_ONCE * SECOND)
    assert settled == Settled(asked=2 * AT_ONCE, answered=2 * AT_ONCE, unasked=60 - 2 * AT_ONCE)


def test_the_queues_are_asked_once_at_the_end() -> None:
    platform = SmallPlatform()
    target = platform.target()
    line = Line(plan_of(), target.channels, ScriptedBook(), target.io, ScriptedPermit())
    assert queues_after(line) == {EVENT: {"admitted": 0, "per_minute": 0}}
    target.acts["GetQueueStats"] = lambda _: lost(platform.io)
    assert queues_after(line) == {}


def test_the_inventory_is_asked_once_an_event_at_the_end() -> None:
    platform = SmallPlatform()
    target = platform.target()
    line = Line(plan_of(), target.channels, ScriptedBook(), target.io, ScriptedPermit())
    assert inventory_after(line) == {EVENT: {"total": 900, "available": 800, "reserved": 0, "sold": 100, "blocked": 0}}
    target.acts["GetInventoryStatus"] = lambda _: lost(platform.io)
    assert inventory_after(line) == {}
