"""The methods that the platform serves, and how one call becomes an answer: decode, key, act, encode."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from contracts.messages import inventory_pb2, payment_pb2, queue_pb2, reservation_pb2
from tests.foreign.answers import Clock, Refusal, invalid
from tests.foreign.counts import Counts
from tests.foreign.holds import Holds
from tests.foreign.options import Options
from tests.foreign.payments import Payments
from tests.foreign.reservations import Inventory, Reservations
from tests.foreign.seats import Hall
from tests.foreign.waiting import WaitingRoom

REPLAY_S = 300.0
RequestT = TypeVar("RequestT", bound=Message)


@dataclass(frozen=True)
class Method(Generic[RequestT]):
    """One unary method: its request, and what it does."""

    request: type[RequestT]
    act: Callable[[RequestT], Message]

    @property
    def keyed(self) -> bool:
        """True when the request has a field for an idempotency key."""
        return "idempotency_key" in self.request.DESCRIPTOR.fields_by_name


@dataclass(frozen=True, slots=True)
class First:
    """The first answer under a key, and the body that got it."""

    body: bytes
    answer: bytes | Refusal
    since: float


class Platform:
    """All services over one state. Every call acts at once and whole: none sees another half done."""

    def __init__(self, options: Options, clock: Clock, counts: Counts) -> None:
        self._clock = clock
        self._counts = counts
        halls = {event: Hall(event, options.seats) for event in options.all_events()}
        self._holds = Holds(halls, options.hold_s, options.seed, options.double_sale_share, clock, counts)
        self._payments = Payments(options.settle_ms / 1000, options.seed, self._holds.price, clock, counts)
        waiting = WaitingRoom(halls, options.wait_ms / 1000, options.token_s, clock, counts)
        reservations = Reservations(self._holds, waiting, self._payments)
        inventory = Inventory(self._holds, self._payments, clock)
        self.methods = _methods(waiting, reservations, inventory, self._payments)
        self._keyed = {path for path, method in self.methods.items() if method.keyed}
        self._firsts: dict[tuple[str, str], First] = {}
        self._oldest: deque[tuple[str, str]] = deque()

    def sweep(self) -> None:
        """Brings the state up to now: holds that ran out, payments that are due."""
        now = self._clock()
        self._holds.sweep(now)
        self._payments.sweep(now)

    def perform(self, path: str, body: bytes) -> tuple[bytes | Refusal, bool]:
        """The answer to one call, and whether it acted (a replay does not)."""
        self.sweep()
        method = self.methods[path]
        try:
            request = method.request.FromString(body)
        except DecodeError:
            return Refusal(grpc.StatusCode.INVALID_ARGUMENT, "the request cannot be read"), False
        if path not in self._keyed:
            return _acted(method, request), True
        try:
            return self._once(path, method, request)
        except Refusal as refusal:
            return refusal, False

    def _once(self, path: str, method: Method[Any], request: Any) -> tuple[bytes | Refusal, bool]:
        now = self._clock()
        while self._oldest and self._firsts[self._oldest[0]].since + REPLAY_S <= now:
            del self._firsts[self._oldest.popleft()]
        if not request.idempotency_key:
            invalid("IDEMPOTENCY_REQUIRED: this method needs an idempotency key")
        key = (path, request.idempotency_key)
        body = request.SerializeToString(deterministic=True)
        first = self._firsts.get(key)
        if first is None:
            answer = _acted(method, request)
            self._firsts[key] = First(body, answer, now)
            self._oldest.append(key)
            return answer, True
        if first.body != body:
            invalid("IDEMPOTENCY_CONFLICT: this key was used with another body")
        self._counts.replays += 1
        return first.answer, False


def _acted(method: Method[Any], request: Any) -> bytes | Refusal:
    try:
        return method.act(request).SerializeToString()
    except Refusal as refusal:
        return refusal.with_traceback(None)  # it is kept: without the frames it passed


def _methods(
    waiting: WaitingRoom, reservations: Reservations, inventory: Inventory, payments: Payments
) -> dict[str, Method[Any]]:
    queue, reserve = "gateway.v1.QueueService", "reservation.v1.ReservationService"
    stock, pay = "reservation.v1.InventoryService", "payment.v1.PaymentService"
    return {
        f"{queue}/JoinQueue": Method(queue_pb2.JoinQueueRequest, waiting.join),
        f"{queue}/GetQueueStatus": Method(queue_pb2.GetQueueStatusRequest, waiting.status),
        f"{queue}/RequestAdmission": Method(queue_pb2.RequestAdmissionRequest, waiting.admit),
        f"{queue}/LeaveQueue": Method(queue_pb2.LeaveQueueRequest, waiting.leave),
        f"{reserve}/CreateReservation": Method(reservation_pb2.CreateReservationRequest, reservations.create),
        f"{reserve}/GetReservation": Method(reservation_pb2.GetReservationRequest, reservations.get),
        f"{reserve}/ConfirmReservation": Method(reservation_pb2.ConfirmReservationRequest, reservations.confirm),
        f"{reserve}/CancelReservation": Method(reservation_pb2.CancelReservationRequest, reservations.cancel),
        f"{reserve}/ListReservations": Method(reservation_pb2.ListReservationsRequest, reservations.list),
        f"{reserve}/ExtendHold": Method(reservation_pb2.ExtendHoldRequest, reservations.extend),
        f"{stock}/CheckAvailability": Method(inventory_pb2.CheckAvailabilityRequest, inventory.check),
        f"{stock}/ReserveSeat": Method(inventory_pb2.ReserveSeatRequest, inventory.reserve),
        f"{stock}/CommitReservation": Method(inventory_pb2.CommitReservationRequest, inventory.commit),
        f"{stock}/ReleaseHold": Method(inventory_pb2.ReleaseHoldRequest, inventory.release),
        f"{stock}/GetInventoryStatus": Method(inventory_pb2.GetInventoryStatusRequest, inventory.status),
        f"{pay}/CreatePaymentIntent": Method(payment_pb2.CreatePaymentIntentRequest, payments.create),
        f"{pay}/ProcessPayment": Method(payment_pb2.ProcessPaymentRequest, payments.process),
        f"{pay}/GetPaymentStatus": Method(payment_pb2.GetPaymentStatusRequest, payments.status),
        f"{pay}/CancelPayment": Method(payment_pb2.CancelPaymentRequest, payments.cancel),
        f"{pay}/ListPayments": Method(payment_pb2.ListPaymentsRequest, payments.list),
    }
