"""A plain client of the foreign platform for its own tests: one channel, no stubs, native statuses kept."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message

from contracts.messages import inventory_pb2, payment_pb2, queue_pb2, reservation_pb2
from tests.processes import Processes, Started, until

ROOT = Path(__file__).parents[2]
QUEUE = "gateway.v1.QueueService"
RESERVATION = "reservation.v1.ReservationService"
INVENTORY = "reservation.v1.InventoryService"
PAYMENT = "payment.v1.PaymentService"
EVENT = "concert-paris"
AnswerT = TypeVar("AnswerT", bound=Message)


def key() -> str:
    """A fresh idempotency key."""
    return str(uuid.uuid4())


class Caller:
    """One running platform as a buyer sees it, and its own counts."""

    def __init__(self, channel: grpc.Channel, started: Started, counts: Path) -> None:
        self.started = started
        self._channel = channel
        self._counts = counts

    def call(self, method: str, request: Message, answer: type[AnswerT], deadline_s: float = 20) -> AnswerT:
        """One call; a native status other than OK is raised."""
        act: grpc.UnaryUnaryMultiCallable[Message, AnswerT] = self._channel.unary_unary(
            f"/{method}", request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer.FromString,
        )  # fmt: skip
        return act(request, timeout=deadline_s)

    def answer(self, method: str, request: Message, deadline_s: float = 20) -> tuple[grpc.StatusCode, str]:
        """The native status and its text that a call gets, whatever it is."""
        try:
            self.call(method, request, empty_pb2.Empty, deadline_s)
        except grpc.RpcError as error:
            return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    def refusal(self, method: str, request: Message, deadline_s: float = 20) -> tuple[grpc.StatusCode, str]:
        """The native status that a call gets; it must not be OK."""
        status, text = self.answer(method, request, deadline_s)
        assert status != grpc.StatusCode.OK, f"{method} was not refused"
        return status, text

    def counts(self) -> dict[str, Any]:
        """The platform's counts as its file says now."""
        told: dict[str, Any] = json.loads(self._counts.read_text())
        return told

    def end(self) -> dict[str, Any]:
        """Ends the platform in order and returns its last counts."""
        self.started.process.terminate()
        assert self.started.wait() == 0, self.started.output()
        return self.counts()

    def join(self, user: str, event: str = EVENT) -> queue_pb2.JoinQueueResponse:
        """Takes a place in the queue."""
        request = queue_pb2.JoinQueueRequest(event_id=event, user_id=user)
        return self.call(f"{QUEUE}/JoinQueue", request, queue_pb2.JoinQueueResponse)

    def position(self, waiting_token: str) -> queue_pb2.GetQueueStatusResponse:
        """Asks where a place stands."""
        request = queue_pb2.GetQueueStatusRequest(waiting_token=waiting_token)
        return self.call(f"{QUEUE}/GetQueueStatus", request, queue_pb2.GetQueueStatusResponse)

    def admission(self, waiting_token: str, user: str, event: str = EVENT) -> queue_pb2.RequestAdmissionResponse:
        """Asks to be let in."""
        request = queue_pb2.RequestAdmissionRequest(waiting_token=waiting_token, event_id=event, user_id=user)
        return self.call(f"{QUEUE}/RequestAdmission", request, queue_pb2.RequestAdmissionResponse)

    def admitted(self, user: str, event: str = EVENT) -> str:
        """Waits in the queue until let in; the reservation token."""
        place = self.join(user, event).waiting_token
        until(lambda: self.position(place).admission_ready, "READY", 10)
        return self.admission(place, user, event).reservation_token

    def free_seats(self, quantity: int, event: str = EVENT) -> list[str]:
        """Free seats as the platform offers them."""
        request = inventory_pb2.CheckAvailabilityRequest(event_id=event, quantity=quantity)
        answer = self.call(f"{INVENTORY}/CheckAvailability", request, inventory_pb2.CheckAvailabilityResponse)
        return [seat.id for seat in answer.available_seats]

    def wish(
        self, user: str, seats: list[str], quantity: int = 0, event: str = EVENT
    ) -> reservation_pb2.CreateReservationRequest:
        """A request for seats, from a user who was let in."""
        return reservation_pb2.CreateReservationRequest(
            event_id=event, seat_ids=seats, quantity=quantity, user_id=user,
            reservation_token=self.admitted(user, event), idempotency_key=key(),
        )  # fmt: skip

    def reserve(self, request: reservation_pb2.CreateReservationRequest) -> reservation_pb2.CreateReservationResponse:
        """Asks for a hold."""
        return self.call(f"{RESERVATION}/CreateReservation", request, reservation_pb2.CreateReservationResponse)

    def reservation(self, reservation_id: str) -> reservation_pb2.Reservation:
        """A reservation as it stands."""
        request = reservation_pb2.GetReservationRequest(reservation_id=reservation_id)
        answer = self.call(f"{RESERVATION}/GetReservation", request, reservation_pb2.GetReservationResponse)
        return answer.reservation

    def process(
        self, hold: reservation_pb2.CreateReservationResponse, scenario: payment_pb2.PaymentScenario
    ) -> tuple[str, payment_pb2.ProcessPaymentResponse]:
        """Makes a payment intent for a hold and has it processed; the intent and the answer."""
        create = payment_pb2.CreatePaymentIntentRequest(
            reservation_id=hold.reservation_id, amount=hold.total_amount, scenario=scenario, idempotency_key=key()
        )
        intent = self.call(f"{PAYMENT}/CreatePaymentIntent", create, payment_pb2.CreatePaymentIntentResponse)
        assert intent.status == payment_pb2.PAYMENT_STATUS_PENDING
        request = payment_pb2.ProcessPaymentRequest(payment_intent_id=intent.payment_intent_id, idempotency_key=key())
        answer = self.call(f"{PAYMENT}/ProcessPayment", request, payment_pb2.ProcessPaymentResponse)
        return intent.payment_intent_id, answer

    def payment(self, intent: str) -> payment_pb2.PaymentStatus:
        """How a payment stands."""
        request = payment_pb2.GetPaymentStatusRequest(payment_intent_id=intent)
        return self.call(
            f"{PAYMENT}/GetPaymentStatus", request, payment_pb2.GetPaymentStatusResponse
        ).payment.status  # fmt: skip

    def paid(self, hold: reservation_pb2.CreateReservationResponse) -> reservation_pb2.ConfirmReservationRequest:
        """Pays for a hold; the request that makes it an order."""
        intent, _ = self.process(hold, payment_pb2.PAYMENT_SCENARIO_APPROVE)
        until(lambda: self.payment(intent) == payment_pb2.PAYMENT_STATUS_COMPLETED, "COMPLETED", 10)
        return reservation_pb2.ConfirmReservationRequest(
            reservation_id=hold.reservation_id, payment_intent_id=intent, idempotency_key=key()
        )

    def confirm(self, request: reservation_pb2.ConfirmReservationRequest) -> reservation_pb2.ConfirmReservationResponse:
        """Asks for the order."""
        return self.call(f"{RESERVATION}/ConfirmReservation", request, reservation_pb2.ConfirmReservationResponse)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Caller]:
    """A platform as a process of its own, with a caller for it."""
    counts = folder / "counts.json"
    words = [sys.executable, "-m", "tests.foreign.platform", "--port", "0", "--counts", str(counts), *options]
    with Processes(ROOT) as processes:
        started = processes.start("foreign platform", words)
        target = started.wait_for_line("ready ").split()[1]
        with grpc.insecure_channel(target) as channel:
            yield Caller(channel, started, counts)


def now() -> float:
    """Seconds since 1970, as the platform counts them."""
    return time.time()
