"""Incidents that spoil answers: what they leave out or hide, of which answers, and what the harness makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, payment_pb2, queue_pb2, reservation_pb2, types_pb2
from contracts.outcomes import PROMISED, judge_answer
from fakes.incidents.incident import UNTOUCHED
from fakes.incidents.planted import Planted
from tests.unit.ticket_desk import Desk

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method

JOIN = METHODS["gateway.v1.QueueService/JoinQueue"]
RESERVE = METHODS["reservation.v1.ReservationService/CreateReservation"]
READ = METHODS["reservation.v1.ReservationService/GetReservation"]
PAYMENT = METHODS["payment.v1.PaymentService/GetPaymentStatus"]


def planted(incident: str) -> Planted:
    return Planted((incident,), 1, lambda: 0.0)


def joined() -> queue_pb2.JoinQueueResponse:
    return queue_pb2.JoinQueueResponse(waiting_token="w", status="QUEUE_STATUS_WAITING", position_hint=3)


def refused(code: str) -> reservation_pb2.CreateReservationResponse:
    detail = errors_pb2.ErrorDetail(field="seat_ids", reason="A-1")
    error = errors_pb2.Error(code=f"ERROR_CODE_{code}", message="no", trace_id="t", details=[detail])
    return reservation_pb2.CreateReservationResponse(error=error)


def judged(answer: Message) -> tuple[str, ...]:
    method = {type(method.response()): method for method in (JOIN, RESERVE, READ, PAYMENT)}[type(answer)]
    return tuple(judge_answer(method, 0, "", "answered", answer))


def test_empty_ids_caught() -> None:
    answer = planted("empty-ids:p=1").spoiled(JOIN, joined())
    assert answer == queue_pb2.JoinQueueResponse(status="QUEUE_STATUS_WAITING", position_hint=3)
    assert judged(answer) == ("failed", "may_have", "EMPTY")


def test_status_unspecified_caught() -> None:
    answer = planted("status-unspecified:p=1").spoiled(JOIN, joined())
    assert answer == queue_pb2.JoinQueueResponse(waiting_token="w", position_hint=3)
    assert judged(answer) == ("failed", "may_have", "EMPTY")


@pytest.mark.parametrize(
    ("incident", "left"),
    [("empty-ids", {"status": "RESERVATION_STATUS_HOLD"}), ("status-unspecified", {"reservation_id": "r"})],
)
def test_fields_inside_of_fields_are_left_out_too(incident: str, left: dict[str, Any]) -> None:
    whole = reservation_pb2.Reservation(reservation_id="r", status="RESERVATION_STATUS_HOLD")
    answer = planted(f"{incident}:p=1").spoiled(READ, reservation_pb2.GetReservationResponse(reservation=whole))
    assert answer == reservation_pb2.GetReservationResponse(reservation=reservation_pb2.Reservation(**left))


@pytest.mark.incident("status-unspecified")
@pytest.mark.parametrize("incident", ["empty-ids", "status-unspecified"])
def test_empty_ids_and_status_unspecified_near_miss(incident: str) -> None:
    """Errors, and answers that promise nothing, are left as they are and not counted."""
    incidents = planted(f"{incident}:p=1")
    for method in METHODS.values():
        answer = method.response()
        assert incidents.spoiled(method, answer) == method.response()
        if not PROMISED[method.name] or method.name in UNTOUCHED:
            assert incidents.facts()[incident]["struck"] == 0
    assert incidents.spoiled(RESERVE, refused("INVENTORY_CONFLICT")) == refused("INVENTORY_CONFLICT")
    assert incidents.facts() == {incident: {"struck": 0}}


HIDDEN = {"conflict-as-internal": "INVENTORY_CONFLICT", "sold-out-as-internal": "INSUFFICIENT_INVENTORY"}


@pytest.mark.incident("sold-out-as-internal")
@pytest.mark.parametrize(("incident", "code"), HIDDEN.items())
def test_conflict_as_internal_and_sold_out_as_internal_caught(incident: str, code: str) -> None:
    assert judged(refused(code)) == ("refused", "did_not", code)
    answer = planted(incident).spoiled(RESERVE, refused(code))
    assert judged(answer) == ("failed", "may_have", "INTERNAL")
    assert (answer.error.trace_id, len(answer.error.details)) == ("t", 0)  # type: ignore[attr-defined]


@pytest.mark.incident("sold-out-as-internal")
@pytest.mark.parametrize(("incident", "other"), [*zip(HIDDEN, reversed(HIDDEN.values()), strict=True)])
def test_conflict_as_internal_and_sold_out_as_internal_near_miss(incident: str, other: str) -> None:
    """Another no is told as it is, and so is a success."""
    incidents = planted(incident)
    assert incidents.spoiled(RESERVE, refused(other)) == refused(other)
    assert incidents.spoiled(JOIN, joined()) == joined()
    assert incidents.facts() == {incident: {"struck": 0}}


def test_not_found_caught() -> None:
    incidents = planted("not-found:p=1")
    whole = payment_pb2.GetPaymentStatusResponse(payment=payment_pb2.Payment(payment_intent_id="pay_1"))
    for _ in range(2):
        assert judged(incidents.spoiled(PAYMENT, whole)) == ("failed", "may_have", "NOT_FOUND")
    assert incidents.facts() == {"not-found": {"struck": 2, "things_not_found": 1}}


def test_not_found_near_miss() -> None:
    """What is truly not there, and what is no read of one thing, is no doing of the incident."""
    incidents = planted("not-found:p=1")
    missing = Desk().ask("reservation/GetReservation", reservation_id="rsv_none")
    assert incidents.spoiled(READ, missing) == missing
    assert incidents.spoiled(JOIN, joined()) == joined()
    assert incidents.facts() == {"not-found": {"struck": 0, "things_not_found": 0}}


def test_what_was_spoiled_is_whole_for_who_repeats_the_request() -> None:
    """The state knows nothing of what left: the same key is answered with the ids."""
    desk, incidents = Desk(), planted("empty-ids:p=1")
    wish = {"reservation_id": desk.reserve().reservation_id, "user_id": "ann", "idempotency_key": desk.key()}
    method = METHODS["payment.v1.PaymentService/CreatePaymentIntent"]
    answer = incidents.spoiled(method, desk.do("payment/CreatePaymentIntent", **wish))
    assert not answer.payment_intent_id  # type: ignore[attr-defined]
    assert desk.do("payment/CreatePaymentIntent", **wish).payment_intent_id


def test_tickets_are_written_for_the_best_section_in_every_answer_about_the_seats() -> None:
    """Of the reservation that was struck, and of no other; the answer that was given is left as it was."""
    incidents = planted("section-oversold:p=1,count=1")
    confirm = METHODS["reservation.v1.ReservationService/ConfirmReservation"]
    seats = [types_pb2.Seat(id="F-1", section="F"), types_pb2.Seat(id="F-2", section="F")]
    held = reservation_pb2.CreateReservationResponse(reserved_seats=seats)
    answers: list[tuple[Method, Any, Any]] = [
        (RESERVE, held, lambda answer: answer.reserved_seats),
        (
            confirm,
            reservation_pb2.ConfirmReservationResponse(confirmed_seats=seats),
            lambda answer: answer.confirmed_seats,
        ),
        (
            READ,
            reservation_pb2.GetReservationResponse(reservation=reservation_pb2.Reservation(seats=seats)),
            lambda answer: answer.reservation.seats,
        ),
    ]
    for method, answer, told in answers:
        assert [(seat.id, seat.section) for seat in told(incidents.spoiled(method, answer))] == [
            ("F-1", "VIP"),
            ("F-2", "VIP"),
        ]
    assert {seat.section for seat in held.reserved_seats} == {"F"}
    other = reservation_pb2.CreateReservationResponse(reserved_seats=[types_pb2.Seat(id="E-1", section="E")])
    assert incidents.spoiled(RESERVE, other) == other
    assert incidents.spoiled(RESERVE, refused("INVENTORY_CONFLICT")) == refused("INVENTORY_CONFLICT")
    assert incidents.facts() == {"section-oversold": {"struck": 1, "seats_moved": 2}}
