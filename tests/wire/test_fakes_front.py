"""The whole platform over real sockets: both error modes, incidents, latency, webhooks, and streams between clients."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from contracts.catalogue import METHODS
from contracts.messages import (
    errors_pb2,
    inventory_pb2,
    payment_pb2,
    queue_pb2,
    reservation_pb2,
    websocket_pb2,
)
from fakes.registrations import sign
from tests.processes import LIMIT_S, Processes, until
from tests.running_fakes import EVENT, JOIN, call, join, ready, start
from tests.webhook_receiver import receiver

ROOT = Path(__file__).parents[2]
ADMIT = "gateway.v1.QueueService/RequestAdmission"
RESERVE = "reservation.v1.ReservationService/CreateReservation"
CONFIRM = "reservation.v1.ReservationService/ConfirmReservation"
CANCEL = "reservation.v1.ReservationService/CancelReservation"
INTENT = "payment.v1.PaymentService/CreatePaymentIntent"
PROCESS = "payment.v1.PaymentService/ProcessPayment"
MESSAGE = "gateway.v1.WebSocketService/SendMessage"


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes(ROOT) as started:
        yield started


def key() -> str:
    return str(uuid.uuid4())


class Client:
    """A person with a plain client."""

    def __init__(self, address: str, user: str) -> None:
        self.address = address
        self.user = user

    def ask(self, name: str, **fields: Any) -> Any:
        """One call; its message, which must be there."""
        code, detail, message = call(self.address, name, METHODS[name].request(**fields))
        assert code is grpc.StatusCode.OK, detail
        return message

    def admission(self) -> str:
        waiting = self.ask(JOIN, event_id=EVENT, user_id=self.user).waiting_token
        token: str = self.ask(ADMIT, waiting_token=waiting, event_id=EVENT, user_id=self.user).reservation_token
        return token

    def reserve(self, seat: str) -> reservation_pb2.CreateReservationResponse:
        answer: reservation_pb2.CreateReservationResponse = self.ask(
            RESERVE,
            event_id=EVENT,
            seat_ids=[seat],
            quantity=1,
            user_id=self.user,
            reservation_token=self.admission(),
            idempotency_key=key(),
        )
        return answer

    def pay(self, reservation: reservation_pb2.CreateReservationResponse, webhook_url: str = "") -> str:
        intent: str = self.ask(
            INTENT,
            reservation_id=reservation.reservation_id,
            amount=reservation.total_amount,
            user_id=self.user,
            method=payment_pb2.PAYMENT_METHOD_CREDIT_CARD,
            scenario=payment_pb2.PAYMENT_SCENARIO_APPROVE,
            webhook_url=webhook_url,
            idempotency_key=key(),
        ).payment_intent_id
        self.ask(PROCESS, payment_intent_id=intent, idempotency_key=key())
        return intent

    def confirm(self, reservation: reservation_pb2.CreateReservationResponse, intent: str) -> str:
        answer = self.ask(
            CONFIRM,
            reservation_id=reservation.reservation_id,
            payment_intent_id=intent,
            user_id=self.user,
            idempotency_key=key(),
        )
        assert not answer.HasField("error"), answer.error.message
        order: str = answer.order_id
        return order


def said(address: str, name: str, request: Any) -> str:
    """The error code that an answer carries, wherever it carries it."""
    code, detail, message = call(address, name, request)
    if code is grpc.StatusCode.OK:
        return errors_pb2.ErrorCode.Name(message.error.code).removeprefix("ERROR_CODE_")
    return detail.partition(":")[0]


REFUSED = [
    (JOIN, queue_pb2.JoinQueueRequest(user_id="ann"), "INVALID_ARGUMENT", grpc.StatusCode.INVALID_ARGUMENT),
    (JOIN, queue_pb2.JoinQueueRequest(event_id="evt_x", user_id="ann"), "NOT_FOUND", grpc.StatusCode.NOT_FOUND),
    (JOIN, join("twice"), "ALREADY_EXISTS", grpc.StatusCode.ALREADY_EXISTS),
    (
        RESERVE,
        reservation_pb2.CreateReservationRequest(
            event_id=EVENT, quantity=1, user_id="ann", reservation_token="rtkn_x", idempotency_key=key()
        ),
        "FORBIDDEN",
        grpc.StatusCode.PERMISSION_DENIED,
    ),
    (
        "reservation.v1.InventoryService/ReserveSeat",
        inventory_pb2.ReserveSeatRequest(
            reservation_id="rsv_b", event_id=EVENT, seat_ids=["A-1"], quantity=1, user_id="bob", idempotency_key=key()
        ),
        "INVENTORY_CONFLICT",
        grpc.StatusCode.ABORTED,
    ),
    (
        CONFIRM,
        reservation_pb2.ConfirmReservationRequest(reservation_id="rsv_a", user_id="ann", idempotency_key=key()),
        "PAYMENT_NOT_APPROVED",
        grpc.StatusCode.FAILED_PRECONDITION,
    ),
    (
        CANCEL,
        reservation_pb2.CancelReservationRequest(reservation_id="rsv_a", user_id="ann"),
        "IDEMPOTENCY_REQUIRED",
        grpc.StatusCode.INVALID_ARGUMENT,
    ),
]


def test_both_error_modes_say_the_same_each_in_its_way(processes: Processes) -> None:
    """A harness must not see another platform because the failures travel otherwise."""
    seen: dict[str, list[tuple[grpc.StatusCode, str]]] = {}
    for mode in ("in-message", "status"):
        address = ready(start(processes, errors=mode))
        call(address, JOIN, join("twice"))
        hold = inventory_pb2.ReserveSeatRequest(
            reservation_id="rsv_a", event_id=EVENT, seat_ids=["A-1"], quantity=1, user_id="ann", idempotency_key=key()
        )
        assert said(address, "reservation.v1.InventoryService/ReserveSeat", hold) == "UNSPECIFIED"
        seen[mode] = [
            (call(address, name, request)[0], said(address, name, request)) for name, request, _, _ in REFUSED
        ]
    assert seen["in-message"] == [(grpc.StatusCode.OK, name) for _, _, name, _ in REFUSED]
    assert seen["status"] == [(status, name) for _, _, name, status in REFUSED]


def test_rate_limited_is_resource_exhausted_in_mode_status(processes: Processes) -> None:
    address = ready(start(processes, errors="status", figures=["rate_limit_per_s=0.001", "rate_limit_burst=2"]))
    told = [call(address, JOIN, queue_pb2.JoinQueueRequest(event_id=EVENT, user_id="ann"))[:2] for _ in range(3)]
    assert told[0][0] is grpc.StatusCode.OK
    assert told[2][0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert told[2][1].startswith("RATE_LIMITED: ann may call")


@pytest.mark.parametrize("mode", ["in-message", "status"])
def test_error_inside_ok_travels_inside_ok_in_both_modes(processes: Processes, mode: str) -> None:
    address = ready(start(processes, errors=mode, incidents=["error-inside-ok:p=1,count=1"]))
    code, _, answer = call(address, JOIN, join("ann"))
    assert code is grpc.StatusCode.OK
    assert (answer.waiting_token, answer.error.code) == ("", errors_pb2.ERROR_CODE_INTERNAL)
    assert call(address, JOIN, join("ann"))[2].waiting_token, "the call of the incident was not served"


@pytest.mark.parametrize("mode", ["in-message", "status"])
def test_errors_travel_as_internal_in_both_modes(processes: Processes, mode: str) -> None:
    address = ready(start(processes, errors=mode, incidents=["errors:p=1,count=1"]))
    assert call(address, JOIN, join("ann"))[:2] == (grpc.StatusCode.INTERNAL, "store: connection pool exhausted")


@pytest.mark.parametrize(
    "options",
    [{"incidents": ["slow:p=1,count=1,ms=60000"]}, {"latency": ["JoinQueue=constant:60s"]}],
    ids=["slow", "latency"],
)
def test_a_late_answer_comes_after_the_deed(processes: Processes, options: dict[str, Any]) -> None:
    """The caller's deadline passes; the platform has done what was asked, as its own count says."""
    fakes = start(processes, **options)
    address = ready(fakes)
    assert call(address, JOIN, join("ann"), limit_s=1.0)[0] is grpc.StatusCode.DEADLINE_EXCEEDED
    if "incidents" in options:
        assert said(address, JOIN, join("ann")) == "ALREADY_EXISTS"


def test_the_oversell_incident_sells_a_seat_to_two_and_says_so(processes: Processes) -> None:
    address = ready(start(processes, incidents=["oversell:p=1"]))
    orders = set()
    for user in ("ann", "bob"):
        buyer = Client(address, user)
        reservation = buyer.reserve("A-1")
        orders.add(buyer.confirm(reservation, buyer.pay(reservation)))
    assert len(orders) == 2
    metrics = Client(address, "operator").ask("common.v1.AdminService/GetMetrics").metrics
    told = {metric.name: metric.value for metric in metrics if metric.service == "incident"}
    assert told == {"oversell.seats_sold_twice": 1.0, "oversell.conflicts_overlooked": 1.0}


def test_without_the_incident_the_second_buyer_of_a_seat_is_refused(processes: Processes) -> None:
    address = ready(start(processes))
    ann, bob = Client(address, "ann"), Client(address, "bob")
    reservation = ann.reserve("A-1")
    assert bob.reserve("A-1").error.code == errors_pb2.ERROR_CODE_INVENTORY_CONFLICT
    assert ann.confirm(reservation, ann.pay(reservation)).startswith("ord_")


def test_what_one_client_changes_reaches_the_stream_of_another(processes: Processes) -> None:
    address = ready(start(processes))
    name = "gateway.v1.WebSocketService/StreamReservationUpdates"
    buyer = Client(address, "ann")
    with grpc.insecure_channel(address) as channel:
        open_stream = channel.unary_stream(
            METHODS[name].path, METHODS[name].request.SerializeToString, METHODS[name].response.FromString
        )
        stream = open_stream(websocket_pb2.StreamReservationUpdatesRequest(user_id="ann"), timeout=LIMIT_S)
        stream.initial_metadata()
        reservation = buyer.reserve("A-1")
        buyer.confirm(reservation, buyer.pay(reservation))
        answers: list[Any] = [next(stream) for _ in range(2)]
        updates = [answer.reservation_update for answer in answers]
    assert {update.reservation_id for update in updates} == {reservation.reservation_id}
    assert [update.event_type for update in updates] == [
        websocket_pb2.RESERVATION_EVENT_TYPE_CREATED,
        websocket_pb2.RESERVATION_EVENT_TYPE_CONFIRMED,
    ]


def test_a_stream_of_what_is_not_there_ends_with_a_native_status_that_says_so(processes: Processes) -> None:
    request = websocket_pb2.StreamQueueUpdatesRequest(waiting_token="wtkn_x")
    code, detail, _ = call(ready(start(processes)), "gateway.v1.WebSocketService/StreamQueueUpdates", request)
    assert (code, detail) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND: there is no waiting token 'wtkn_x'")


def test_a_reader_that_stops_reading_is_dropped_and_the_others_are_served(processes: Processes) -> None:
    """`delivered` turns false when the platform has let the slow one go; what it had waiting is not sent any more."""
    address = ready(start(processes, waiting_messages=8))
    name = "gateway.v1.WebSocketService/StreamPaymentUpdates"
    sender = Client(address, "operator")
    with grpc.insecure_channel(address) as channel:
        open_stream = channel.unary_stream(
            METHODS[name].path, METHODS[name].request.SerializeToString, METHODS[name].response.FromString
        )
        slow = open_stream(websocket_pb2.StreamPaymentUpdatesRequest(user_id="ann"), timeout=LIMIT_S)
        slow.initial_metadata()
        sent = 0
        while sender.ask(MESSAGE, target_user_id="ann", content="x" * 1_000_000).delivered:
            sent += 1
            assert sent < 200, "a reader that does not read is never dropped"
        assert sent > 8
        received: list[Any] = []
        with pytest.raises(grpc.RpcError) as caught:
            received.extend(slow)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert len(received) <= sent - 8
    assert sender.ask(JOIN, event_id=EVENT, user_id="bob").waiting_token


def test_a_webhook_is_signed_delivered_and_sent_again_to_a_receiver_that_failed(processes: Processes) -> None:
    address = ready(start(processes, time_scale=0.01, webhook_secret="geheim", figures=["hold_s=60000"]))
    buyer = Client(address, "ann")
    with receiver(500, 200) as received:
        intent = buyer.pay(buyer.reserve("A-1"), received.url)
        deliveries = [received.requests.get(timeout=LIMIT_S) for _ in range(2)]
    for _, headers, body in deliveries:
        assert headers["X-Webhook-Signature"] == sign("geheim", body)
        assert intent.encode() in body
    attempts = [b'"attempt": 1' in body for _, _, body in deliveries]
    assert attempts == [True, False]


def test_a_webhook_url_elsewhere_is_given_up_and_the_purchase_goes_on(processes: Processes) -> None:
    address = ready(start(processes, time_scale=0.001, figures=["hold_s=600000"]))
    buyer, operator = Client(address, "ann"), Client(address, "operator")
    reservation = buyer.reserve("A-1")
    assert buyer.confirm(reservation, buyer.pay(reservation, "http://192.0.2.1/hook")).startswith("ord_")
    ask = {"service": "gateway.v1.WebhookService", "search_query": "given_up"}
    until(lambda: bool(operator.ask("common.v1.AdminService/GetLogs", **ask).logs), "the log of the webhook given up")
    (entry,) = operator.ask("common.v1.AdminService/GetLogs", **ask).logs
    assert entry.message == (
        "webhook given_up: 192.0.2.1 is 192.0.2.1, and webhooks are delivered to loopback addresses only"
    )
