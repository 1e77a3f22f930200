"""QueueService, WebSocketService, GatewayService: each method has an effect that others see, or follows the state."""

# ruff: noqa: N802 - a test is named after its method, `test_Service_Method_…`; the fixture `desk` checks that

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.messages import (
    admin_pb2,
    gateway_pb2,
    payment_pb2,
    queue_pb2,
    reservation_pb2,
)
from fakes.changes import Change, MessageSent
from tests.unit.ticket_desk import EVENT

if TYPE_CHECKING:
    from tests.unit.ticket_desk import Desk

COMPLETED = payment_pb2.PAYMENT_STATUS_COMPLETED
FAILED = payment_pb2.PAYMENT_STATUS_FAILED
CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED
CANCELLED = reservation_pb2.RESERVATION_STATUS_CANCELLED


# QueueService


def test_QueueService_JoinQueue_is_seen_in_the_stats(desk: Desk) -> None:
    first = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann")
    second = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ben")
    assert [first.position_hint, second.position_hint] == [1, 2]
    assert first.status == queue_pb2.QUEUE_STATUS_WAITING
    assert first.waiting_token.startswith("wtkn_")
    assert desk.do("queue/GetQueueStats", event_id=EVENT).events[0].total_waiting == 2
    assert desk.refused("queue/JoinQueue", event_id=EVENT, user_id="ann")[0] == "ALREADY_EXISTS"
    assert desk.refused("queue/JoinQueue", event_id="evt_x", user_id="ann") == (
        "NOT_FOUND",
        "there is no event 'evt_x'",
    )
    assert desk.refused("queue/JoinQueue", user_id="ann") == ("INVALID_ARGUMENT", "event_id is required")


def test_QueueService_GetQueueStatus_follows_the_line(desk: Desk) -> None:
    tokens = [desk.do("queue/JoinQueue", event_id=EVENT, user_id=f"u{n}").waiting_token for n in range(11)]
    before = desk.do("queue/GetQueueStatus", waiting_token=tokens[10])
    assert (before.position, before.admission_ready, before.status) == (11, False, queue_pb2.QUEUE_STATUS_WAITING)
    desk.do("queue/LeaveQueue", waiting_token=tokens[0])
    after = desk.do("queue/GetQueueStatus", waiting_token=tokens[10])
    assert (after.position, after.admission_ready, after.status) == (10, True, queue_pb2.QUEUE_STATUS_READY)
    unknown = desk.ask("queue/GetQueueStatus", waiting_token="wtkn_x")
    assert unknown.status == queue_pb2.QUEUE_STATUS_ERROR
    assert unknown.error.message == "there is no waiting token 'wtkn_x'"


def test_QueueService_RequestAdmission_gives_a_token_that_reserves(desk: Desk) -> None:
    waiting = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    answer = desk.do("queue/RequestAdmission", waiting_token=waiting, event_id=EVENT, user_id="ann")
    assert answer.admission == queue_pb2.ADMISSION_STATUS_GRANTED
    assert answer.ttl_seconds == 300
    assert answer.valid_until.seconds == int(desk.time.now()) + 300
    again = desk.do("queue/RequestAdmission", waiting_token=waiting)
    assert again.reservation_token == answer.reservation_token
    wish = {"event_id": EVENT, "user_id": "ann", "quantity": 1, "reservation_token": answer.reservation_token}
    desk.do("reservation/CreateReservation", **wish)
    forged = desk.ask("queue/RequestAdmission", waiting_token="wtkn_forged")
    assert forged.admission == queue_pb2.ADMISSION_STATUS_INVALID
    crowd = [desk.do("queue/JoinQueue", event_id=EVENT, user_id=f"u{n}").waiting_token for n in range(11)]
    denied = desk.do("queue/RequestAdmission", waiting_token=crowd[10])
    assert (denied.admission, denied.reservation_token) == (queue_pb2.ADMISSION_STATUS_DENIED, "")


def test_QueueService_LeaveQueue_gives_the_place_up(desk: Desk) -> None:
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    first = desk.do("queue/LeaveQueue", waiting_token=token)
    desk.time.advance(1)
    assert desk.do("queue/LeaveQueue", waiting_token=token) == first
    assert first.success
    assert desk.do("queue/GetQueueStatus", waiting_token=token).status == queue_pb2.QUEUE_STATUS_LEFT
    assert desk.do("queue/GetQueueStats", event_id=EVENT).events[0].total_waiting == 0


def test_QueueService_GetQueueStats_lists_all_events_and_counts(desk: Desk) -> None:
    desk.admit()
    desk.do("queue/JoinQueue", event_id="evt_other", user_id="ben")
    answer = desk.do("queue/GetQueueStats")
    figures = [(e.event_id, e.total_waiting, e.total_admitted, e.admission_rate_per_minute) for e in answer.events]
    assert figures == [(EVENT, 0, 1, 3000), ("evt_other", 1, 0, 3000)]
    assert (answer.system.total_active_queues, answer.system.total_admitted_users) == (1, 1)
    assert desk.refused("queue/GetQueueStats", event_id="evt_x")[0] == "NOT_FOUND"


# WebSocketService


def test_WebSocketService_SendMessage_reaches_who_listens(desk: Desk) -> None:
    wish = {"target_user_id": "ann", "title": "Hello", "data": {"k": "v"}}
    assert not desk.do("websocket/SendMessage", **wish).delivered
    heard: list[Change] = []
    desk.platform.changes.subscribe([("messages of user", "ann")], heard.append)
    answer = desk.do("websocket/SendMessage", **wish)
    assert answer.delivered
    assert [(one.message_id, one.title, one.data) for one in heard if isinstance(one, MessageSent)] == [
        (answer.message_id, "Hello", {"k": "v"})
    ]
    assert not desk.do("websocket/SendMessage", **wish | {"target_user_id": "ben"}).delivered
    assert desk.refused("websocket/SendMessage", title="x")[1] == "target_user_id or target_session_id is required"


# GatewayService


def test_GatewayService_HealthCheck_shows_an_open_circuit(desk: Desk) -> None:
    assert desk.do("gateway/HealthCheck").status == gateway_pb2.HEALTH_STATUS_HEALTHY
    act = {"action": admin_pb2.EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER, "confirm": True}
    desk.do("admin/EmergencyAction", **act, parameters={"service": "payment.v1.PaymentService"})
    answer = desk.do("gateway/HealthCheck")
    assert answer.status == gateway_pb2.HEALTH_STATUS_UNHEALTHY
    assert answer.services["payment.v1.PaymentService"].status == gateway_pb2.HEALTH_STATUS_UNHEALTHY
    assert answer.services["gateway.v1.QueueService"].status == gateway_pb2.HEALTH_STATUS_HEALTHY
    assert desk.refused("gateway/HealthCheck", service="x")[1].startswith("there is no service 'x'; there are: common.")


def test_GatewayService_ValidateToken_knows_tokens_while_they_live(desk: Desk) -> None:
    waiting = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    answer = desk.do("gateway/ValidateToken", token=waiting, required_scope="queue")
    assert (answer.valid, answer.user.user_id, list(answer.scopes)) == (True, "ann", ["queue"])
    token = desk.do("queue/RequestAdmission", waiting_token=waiting).reservation_token
    assert desk.do("gateway/ValidateToken", token=token, required_scope="reserve").valid
    assert not desk.do("gateway/ValidateToken", token=token, required_scope="queue").valid
    desk.time.advance(300)
    assert not desk.do("gateway/ValidateToken", token=token).valid
    assert not desk.do("gateway/ValidateToken", token="rtkn_forged").valid
    left = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ben").waiting_token
    desk.do("queue/LeaveQueue", waiting_token=left)
    assert not desk.do("gateway/ValidateToken", token=left).valid


def test_GatewayService_GetEventAvailability_falls_as_seats_are_held(desk: Desk) -> None:
    before = desk.do("gateway/GetEventAvailability", event_id=EVENT)
    desk.reserve(seat_ids=["VIP-1-1"])
    after = desk.do("gateway/GetEventAvailability", event_id=EVENT)
    assert (before.total_available, after.total_available) == (200, 199)
    assert after.sections[0].available_seats == 9
    many = desk.do("gateway/GetEventAvailability", event_id=EVENT, quantity=10)
    assert "VIP" not in [one.section_id for one in many.sections]


def test_GatewayService_CreateReservation_is_read_at_the_service(desk: Desk) -> None:
    wish = {"event_id": EVENT, "user_id": "ann", "quantity": 1, "reservation_token": desk.admit()}
    answer = desk.do("gateway/CreateReservation", **wish, metadata={"session_id": "s-1"})
    read = desk.reservation(answer.reservation_id)
    assert (read.metadata.source, read.metadata.session_id) == ("gateway", "s-1")
    assert list(read.seats) == list(answer.reserved_seats)
    assert desk.refused("gateway/CreateReservation", **wish) == (
        "FORBIDDEN",
        "this reservation token was used for a reservation already",
    )


def test_GatewayService_GetReservation_reads_what_the_service_made(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    read = desk.do("gateway/GetReservation", reservation_id=reservation, user_id="ann").reservation
    assert read == desk.reservation(reservation)
    assert desk.refused("gateway/GetReservation", reservation_id=reservation, user_id="ben")[0] == "FORBIDDEN"


def test_GatewayService_ConfirmReservation_makes_an_order_that_the_service_shows(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    wish = {"reservation_id": reservation, "payment_intent_id": desk.pay(reservation), "user_id": "ann"}
    answer = desk.do("gateway/ConfirmReservation", **wish)
    assert desk.reservation(reservation).order_id == answer.order_id
    assert answer.status == CONFIRMED


def test_GatewayService_CancelReservation_frees_what_the_service_held(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    answer = desk.do("gateway/CancelReservation", reservation_id=reservation, user_id="ann")
    assert (answer.status, len(answer.released_seats)) == (CANCELLED, 2)
    assert desk.reservation(reservation).status == CANCELLED


def test_GatewayService_CreatePaymentIntent_is_processed_at_the_service(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    scenario = payment_pb2.PAYMENT_SCENARIO_FAIL
    answer = desk.do("gateway/CreatePaymentIntent", reservation_id=reservation, user_id="ann", scenario=scenario)
    desk.do("payment/ProcessPayment", payment_intent_id=answer.payment_intent_id)
    desk.time.advance(3)
    assert desk.payment(answer.payment_intent_id).status == FAILED


def test_GatewayService_GetPaymentStatus_reads_what_the_service_made(desk: Desk) -> None:
    intent = desk.pay(desk.reserve().reservation_id)
    read = desk.do("gateway/GetPaymentStatus", payment_intent_id=intent, user_id="ann").payment
    assert read == desk.payment(intent)
    assert read.status == COMPLETED
