"""ReservationService, InventoryService, PaymentService: each method has an effect, or follows the state."""

# ruff: noqa: N802 - a test is named after its method, `test_Service_Method_…`; the fixture `desk` checks that

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import (
    inventory_pb2,
    payment_pb2,
    reservation_pb2,
    types_pb2,
)
from fakes.changes import Change, PaymentSettled
from tests.unit.ticket_desk import EVENT

if TYPE_CHECKING:
    from tests.unit.ticket_desk import Desk

COMPLETED = payment_pb2.PAYMENT_STATUS_COMPLETED
FAILED = payment_pb2.PAYMENT_STATUS_FAILED
CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED
CANCELLED = reservation_pb2.RESERVATION_STATUS_CANCELLED
EXPIRED = reservation_pb2.RESERVATION_STATUS_EXPIRED


def names(seats: Any) -> list[str]:
    return [seat.id for seat in seats]


# ReservationService


def test_ReservationService_CreateReservation_holds_seats_for_60_s(desk: Desk) -> None:
    answer = desk.reserve(seat_ids=["VIP-1-1", "A-3"])
    assert names(answer.reserved_seats) == ["VIP-1-1", "A-3"]
    assert {seat.status for seat in answer.reserved_seats} == {types_pb2.SEAT_STATUS_RESERVED}
    assert (answer.total_amount.amount, answer.total_amount.currency) == (120_000 + 75_000, "KRW")
    assert answer.status == reservation_pb2.RESERVATION_STATUS_PENDING
    assert answer.hold_expires_at.seconds == int(desk.time.now()) + 60
    assert desk.stock().reserved_seats == 2
    desk.time.advance(60)
    assert desk.reservation(answer.reservation_id).status == EXPIRED
    assert desk.stock().reserved_seats == 0


def test_ReservationService_GetReservation_reads_what_was_made(desk: Desk) -> None:
    made = desk.reserve(quantity=3)
    read = desk.do("reservation/GetReservation", reservation_id=made.reservation_id, user_id="ann").reservation
    assert (read.event_id, read.user_id, read.quantity) == (EVENT, "ann", 3)
    assert list(read.seats) == list(made.reserved_seats)
    assert read.hold_expires_at == made.hold_expires_at
    who = {"reservation_id": made.reservation_id, "user_id": "mallory"}
    assert desk.refused("reservation/GetReservation", **who)[0] == "FORBIDDEN"
    assert desk.refused("reservation/GetReservation", reservation_id="rsv_x")[0] == "NOT_FOUND"


def test_ReservationService_ConfirmReservation_sells_what_is_paid(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    intent = desk.intent(reservation)
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "user_id": "ann"}
    assert desk.refused("reservation/ConfirmReservation", **wish) == (
        "PAYMENT_NOT_APPROVED",
        f"{intent} has not paid for {reservation}",
    )
    desk.do("payment/ProcessPayment", payment_intent_id=intent)
    desk.time.advance(5)
    answer = desk.do("reservation/ConfirmReservation", **wish)
    assert answer.status == CONFIRMED
    assert {seat.status for seat in answer.confirmed_seats} == {types_pb2.SEAT_STATUS_SOLD}
    assert desk.do("reservation/ConfirmReservation", **wish).order_id == answer.order_id
    read = desk.reservation(reservation)
    assert (read.status, read.order_id, read.payment_intent_id) == (CONFIRMED, answer.order_id, intent)
    assert desk.stock().sold_seats == 2


def test_ReservationService_CancelReservation_frees_seats_and_money(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    answer = desk.do("reservation/CancelReservation", reservation_id=reservation, user_id="ann")
    assert answer.status == CANCELLED
    assert names(answer.released_seats) == ["VIP-1-1", "VIP-1-2"]
    assert desk.stock().reserved_seats == 0
    assert desk.payment(intent).status == payment_pb2.PAYMENT_STATUS_REFUNDED
    again = {"reservation_id": reservation, "user_id": "ann"}
    assert desk.refused("reservation/CancelReservation", **again) == (
        "FAILED_PRECONDITION",
        f"{reservation} is CANCELLED already",
    )


def test_ReservationService_ListReservations_pages_through_a_users_own(desk: Desk) -> None:
    desk.platform.configuration.change("duplicate_join_s", "0", at_once=True)
    made = [desk.reserve(quantity=1).reservation_id for _ in range(5)]
    desk.reserve("ben")
    desk.do("reservation/CancelReservation", reservation_id=made[0], user_id="ann")
    first = desk.do("reservation/ListReservations", user_id="ann", pagination={"page_size": 2})
    assert [one.reservation_id for one in first.reservations] == made[:2]
    assert (first.page_info.total_count, first.page_info.has_next_page) == (5, True)
    pages = {"cursor": first.page_info.next_cursor, "page_size": 3}
    rest = desk.do("reservation/ListReservations", user_id="ann", pagination=pages)
    assert [one.reservation_id for one in rest.reservations] == made[2:]
    assert (rest.page_info.has_next_page, rest.page_info.has_previous_page) == (False, True)
    cancelled = desk.do("reservation/ListReservations", user_id="ann", status=CANCELLED)
    assert [one.reservation_id for one in cancelled.reservations] == made[:1]
    assert not desk.do("reservation/ListReservations", user_id="ann", event_id="evt_other").reservations
    assert desk.refused("reservation/ListReservations", user_id="ann", pagination={"cursor": "x"})[1] == (
        "'x' is no cursor of this list"
    )


def test_ReservationService_ExtendHold_keeps_seats_longer_once(desk: Desk) -> None:
    made = desk.reserve()
    wish = {"reservation_id": made.reservation_id, "user_id": "ann", "extension_seconds": 3600}
    answer = desk.do("reservation/ExtendHold", **wish)
    assert (answer.extended_seconds, answer.extension_allowed) == (30, True)
    assert answer.new_expires_at.seconds == made.hold_expires_at.seconds + 30
    again = desk.ask("reservation/ExtendHold", **wish)
    assert not again.extension_allowed
    assert again.error.message == f"the hold of {made.reservation_id} was extended already"
    desk.time.advance(89.9)
    assert desk.stock().reserved_seats == 2
    desk.time.advance(0.1)
    assert desk.stock().reserved_seats == 0


# InventoryService


def test_InventoryService_CheckAvailability_lists_what_is_free_and_varies_it(desk: Desk) -> None:
    lists = [names(desk.do("inventory/CheckAvailability", event_id=EVENT, quantity=3).available_seats) for _ in "1234"]
    assert all(len(seats) == 3 for seats in lists)
    assert len({tuple(seats) for seats in lists}) > 1
    held = names(desk.reserve(seat_ids=lists[0][:1]).reserved_seats)
    named = desk.do("inventory/CheckAvailability", event_id=EVENT, seat_ids=[*held, "VIP-1-9"])
    assert (list(named.unavailable_seat_ids), names(named.available_seats)) == (held, ["VIP-1-9"])
    assert not named.available
    section = desk.do("inventory/CheckAvailability", event_id=EVENT, quantity=11, section="VIP")
    assert (section.available, len(section.available_seats), section.remaining_in_section) == (False, 10, 10)
    assert desk.refused("inventory/CheckAvailability", event_id=EVENT, seat_ids=["VIP-9-1"])[0] == "NOT_FOUND"


def test_InventoryService_ReserveSeat_holds_under_the_callers_id(desk: Desk) -> None:
    wish = {"reservation_id": "rsv_mine", "event_id": EVENT, "seat_ids": ["A-1"], "user_id": "ann"}
    until = Timestamp(seconds=int(desk.time.now()) + 10)
    answer = desk.do("inventory/ReserveSeat", **wish, hold_expires_at=until)
    assert (answer.status, answer.hold_id) == (inventory_pb2.HOLD_STATUS_ACTIVE, "hold_rsv_mine")
    assert answer.hold_expires_at == until
    assert desk.reservation("rsv_mine").user_id == "ann"
    assert desk.refused("inventory/ReserveSeat", **wish | {"reservation_id": "rsv_2"})[0] == "INVENTORY_CONFLICT"
    assert desk.refused("inventory/ReserveSeat", **wish)[0] == "ALREADY_EXISTS"
    desk.time.advance(10)
    assert desk.reservation("rsv_mine").status == EXPIRED


def test_InventoryService_CommitReservation_sells_all_or_nothing(desk: Desk) -> None:
    wish = {"reservation_id": "rsv_mine", "event_id": EVENT, "seat_ids": ["A-1", "A-2"], "user_id": "ann"}
    desk.do("inventory/ReserveSeat", **wish)
    unpaid = desk.ask("inventory/CommitReservation", **wish)
    assert unpaid.status == inventory_pb2.COMMIT_STATUS_FAILED_PAYMENT
    intent = desk.pay("rsv_mine")
    part = desk.ask("inventory/CommitReservation", **wish | {"seat_ids": ["A-1"]}, payment_intent_id=intent)
    assert part.status == inventory_pb2.COMMIT_STATUS_FAILED_CONFLICT
    assert part.error.message == f"rsv_mine holds A-1, A-2 of {EVENT}, all of them or none"
    assert desk.stock().sold_seats == 0
    answer = desk.do("inventory/CommitReservation", **wish, payment_intent_id=intent)
    assert (answer.status, names(answer.sold_seats)) == (inventory_pb2.COMMIT_STATUS_SUCCESS, ["A-1", "A-2"])
    assert desk.reservation("rsv_mine").order_id == answer.order_id
    desk.do("inventory/ReserveSeat", **wish | {"reservation_id": "rsv_late", "seat_ids": ["A-3"]})
    desk.time.advance(60)
    late = desk.ask("inventory/CommitReservation", reservation_id="rsv_late", user_id="ann")
    assert late.status == inventory_pb2.COMMIT_STATUS_FAILED_EXPIRED


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("", CANCELLED),
        ("CANCELLED", CANCELLED),
        ("EXPIRED", EXPIRED),
        ("FAILED_PAYMENT", reservation_pb2.RESERVATION_STATUS_FAILED),
    ],
)
def test_InventoryService_ReleaseHold_frees_once(desk: Desk, reason: str, status: int) -> None:
    reservation = desk.reserve().reservation_id
    answer = desk.do("inventory/ReleaseHold", reservation_id=reservation, reason=reason)
    assert (answer.status, len(answer.released_seats)) == (inventory_pb2.RELEASE_STATUS_SUCCESS, 2)
    assert desk.reservation(reservation).status == status
    again = desk.do("inventory/ReleaseHold", reservation_id=reservation)
    assert again.status == inventory_pb2.RELEASE_STATUS_ALREADY_RELEASED
    unknown = desk.do("inventory/ReleaseHold", reservation_id="rsv_x")
    assert unknown.status == inventory_pb2.RELEASE_STATUS_NOT_FOUND
    sold = desk.ask("inventory/ReleaseHold", reservation_id=desk.buy("ben")[0])
    assert (sold.status, sold.error.code) == (inventory_pb2.RELEASE_STATUS_FAILED, 7)


def test_InventoryService_GetInventoryStatus_counts_by_status_and_section(desk: Desk) -> None:
    desk.buy(seat_ids=["VIP-1-1"])
    desk.reserve("ben", seat_ids=["A-1", "A-2"])
    answer = desk.do("inventory/GetInventoryStatus", event_id=EVENT)
    stats = answer.stats
    assert (stats.total_seats, stats.available_seats, stats.reserved_seats, stats.sold_seats) == (200, 197, 2, 1)
    assert stats.availability_percentage == pytest.approx(98.5)
    assert answer.event.remaining_seats == 197
    by_section = {one.section_id: (one.available_seats, one.reserved_seats, one.sold_seats) for one in answer.sections}
    assert (by_section["VIP"], by_section["A"]) == ((9, 0, 1), (22, 2, 0))
    one = desk.do("inventory/GetInventoryStatus", event_id=EVENT, section="VIP")
    assert ([part.section_id for part in one.sections], one.stats.total_seats) == (["VIP"], 10)
    assert desk.refused("inventory/GetInventoryStatus", event_id=EVENT, section="Z")[0] == "NOT_FOUND"


# PaymentService


def test_PaymentService_CreatePaymentIntent_asks_for_the_price_of_the_reservation(desk: Desk) -> None:
    made = desk.reserve()
    wish = {"reservation_id": made.reservation_id, "user_id": "ann"}
    wrong = types_pb2.Money(amount=1, currency="KRW")
    assert desk.refused("payment/CreatePaymentIntent", **wish, amount=wrong) == (
        "INVALID_ARGUMENT",
        "the reservation costs 240000 KRW, not 1",
    )
    answer = desk.do("payment/CreatePaymentIntent", **wish, amount=made.total_amount)
    assert (answer.status, answer.payment_intent_id[:4]) == (payment_pb2.PAYMENT_STATUS_PENDING, "pay_")
    assert answer.expires_at.seconds == int(desk.time.now()) + 900
    assert desk.payment(answer.payment_intent_id).amount.amount == 240_000
    assert desk.refused("payment/CreatePaymentIntent", reservation_id="rsv_x", user_id="ann")[0] == "NOT_FOUND"
    assert desk.refused("payment/CreatePaymentIntent", **wish | {"user_id": "ben"})[0] == "FORBIDDEN"
    assert desk.refused("payment/CreatePaymentIntent", **wish, scenario=99)[1] == "there is no scenario 99"
    desk.time.advance(60)
    assert desk.refused("payment/CreatePaymentIntent", **wish)[0] == "RESERVATION_EXPIRED"


def test_PaymentService_ProcessPayment_settles_after_its_time(desk: Desk) -> None:
    intent = desk.intent(desk.reserve().reservation_id)
    details = payment_pb2.PaymentDetails(
        method=payment_pb2.PAYMENT_METHOD_CREDIT_CARD,
        credit_card=payment_pb2.CreditCardDetails(card_number="4242424242424242", cvv="123"),
    )
    answer = desk.do("payment/ProcessPayment", payment_intent_id=intent, payment_details=details)
    assert answer.status == payment_pb2.PAYMENT_STATUS_PROCESSING
    desk.time.advance(1.9)
    assert desk.payment(intent).status == payment_pb2.PAYMENT_STATUS_PROCESSING
    desk.time.advance(3.1)
    read = desk.payment(intent)
    assert (read.status, read.payment_id, read.result.success) == (COMPLETED, answer.payment_id, True)
    assert read.method == payment_pb2.PAYMENT_METHOD_CREDIT_CARD
    assert "4242" not in str(desk.do("admin/GetLogs")) + str(read)
    assert desk.refused("payment/ProcessPayment", payment_intent_id=intent)[1] == (
        f"payment {intent} is COMPLETED already"
    )


def test_PaymentService_GetPaymentStatus_is_for_its_user(desk: Desk) -> None:
    intent = desk.intent(desk.reserve().reservation_id)
    mine = desk.do("payment/GetPaymentStatus", payment_intent_id=intent, user_id="ann").payment
    assert mine.method == payment_pb2.PAYMENT_METHOD_UNSPECIFIED
    assert (mine.user_id, mine.status) == ("ann", payment_pb2.PAYMENT_STATUS_PENDING)
    assert desk.refused("payment/GetPaymentStatus", payment_intent_id=intent, user_id="ben")[0] == "FORBIDDEN"
    assert desk.refused("payment/GetPaymentStatus", payment_intent_id="pay_x") == (
        "NOT_FOUND",
        "there is no payment intent 'pay_x'",
    )


def test_PaymentService_CancelPayment_refunds_with_the_order(desk: Desk) -> None:
    reservation, intent, _ = desk.buy()
    half = types_pb2.Money(amount=1, currency="KRW")
    assert desk.refused("payment/CancelPayment", payment_intent_id=intent, refund_amount=half)[1] == (
        "only the whole amount, 240000, is refunded"
    )
    answer = desk.do("payment/CancelPayment", payment_intent_id=intent, reason="changed my mind")
    assert (answer.status, answer.refunded_amount.amount) == (payment_pb2.PAYMENT_STATUS_REFUNDED, 240_000)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_REFUNDED
    assert (desk.stock().sold_seats, desk.platform.payments.money) == (0, 0)
    pending = desk.intent(desk.reserve("ben").reservation_id, "ben")
    cancelled = desk.do("payment/CancelPayment", payment_intent_id=pending)
    assert (cancelled.status, cancelled.refund_id) == (payment_pb2.PAYMENT_STATUS_CANCELLED, "")


def test_PaymentService_ListPayments_by_user_reservation_and_status(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    failed = desk.pay(reservation, scenario=payment_pb2.PAYMENT_SCENARIO_FAIL)
    paid = desk.pay(reservation)
    desk.intent(desk.reserve("ben").reservation_id, "ben")
    for wish, expected in [
        ({"user_id": "ann"}, [failed, paid]),
        ({"reservation_id": reservation}, [failed, paid]),
        ({"user_id": "ann", "status": FAILED}, [failed]),
        ({"user_id": "ben", "reservation_id": reservation}, []),
    ]:
        listed = desk.do("payment/ListPayments", **wish).payments
        assert [one.payment_intent_id for one in listed] == expected, wish
    assert desk.refused("payment/ListPayments")[1] == "user_id or reservation_id is required"


def test_PaymentService_SimulateWebhook_settles_and_announces(desk: Desk) -> None:
    told: list[Change] = []
    desk.platform.changes.subscribe([("settled", "")], told.append)
    intent = desk.intent(desk.reserve().reservation_id, webhook_url="http://127.0.0.1:9/hook")
    wish = {"payment_intent_id": intent, "target_status": COMPLETED}
    answer = desk.do("payment/SimulateWebhook", **wish, delay_seconds=3)
    assert (answer.webhook_sent, told) == (True, [])
    desk.time.advance(3)
    assert desk.payment(intent).status == COMPLETED
    assert [(one.webhook_id, one.status) for one in told if isinstance(one, PaymentSettled)] == [
        (answer.webhook_id, COMPLETED)
    ]
    assert desk.refused("payment/SimulateWebhook", **wish | {"target_status": FAILED})[1] == (
        f"payment {intent} is COMPLETED and cannot become FAILED"
    )
    desk.do("payment/SimulateWebhook", **wish, force_trigger=True)
    assert len(told) == 2
