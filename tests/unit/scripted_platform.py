"""A small platform that is not ours, for journeys: other event and seat names, its own habits, each of which can vary.

It tells HOLD for a hold, PROCESSING before COMPLETED, has no sections, and keeps just enough state to answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.messages import errors_pb2, inventory_pb2, payment_pb2, queue_pb2, reservation_pb2, types_pb2
from tests.unit.scripted_target import SECOND, Act, ScriptedIo, ScriptedTarget, lost, status

EVENT = "gig/7"
PRICE = 70_000


@dataclass
class SmallPlatform:
    """Answers the steps of a purchase; the fields are its habits."""

    io: ScriptedIo = field(default_factory=ScriptedIo)
    polls_until_ready: int = 1
    denials: int = 0
    free: list[str] = field(default_factory=lambda: [f"Stall {number}" for number in range(1, 9)])
    payment_polls: int = 1
    """Looks at a payment that are told PROCESSING."""
    hold_s: float = 60.0
    told: dict[str, str] = field(default_factory=dict)
    """Reservation to its status."""
    orders: dict[str, str] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    by_key: dict[str, Any] = field(default_factory=dict)

    def target(self, **acts: Act) -> ScriptedTarget:
        """The platform as a target; `acts` replace its own by the methods' short names."""
        own = {
            "GetQueueStats": self.stats,
            "GetInventoryStatus": self.inventory,
            "JoinQueue": self.join,
            "GetQueueStatus": self.poll,
            "RequestAdmission": self.admit,
            "LeaveQueue": lambda request: queue_pb2.LeaveQueueResponse(success=True),
            "CheckAvailability": self.check,
            "CreateReservation": self.reserve,
            "ExtendHold": self.extend,
            "CancelReservation": self.cancel,
            "CreatePaymentIntent": self.intent,
            "ProcessPayment": self.process,
            "GetPaymentStatus": self.payment,
            "ConfirmReservation": self.confirm,
            "GetReservation": self.read,
        }
        return ScriptedTarget(self.io, {**own, **acts})

    def stats(self, request: Any) -> queue_pb2.GetQueueStatsResponse:
        return queue_pb2.GetQueueStatsResponse(events=[queue_pb2.EventQueueStats(event_id=EVENT)])

    def inventory(self, request: Any) -> inventory_pb2.GetInventoryStatusResponse:
        event = types_pb2.Event(id=EVENT, name="A gig", total_seats=900, remaining_seats=800)
        return inventory_pb2.GetInventoryStatusResponse(
            event=event, stats=inventory_pb2.InventoryStats(total_seats=900, available_seats=800, sold_seats=100)
        )

    def join(self, request: Any) -> queue_pb2.JoinQueueResponse:
        assert request.event_id == EVENT
        return queue_pb2.JoinQueueResponse(waiting_token="w1", position_hint=3, status="QUEUE_STATUS_WAITING")

    def poll(self, request: Any) -> queue_pb2.GetQueueStatusResponse:
        self.polls_until_ready -= 1
        ready = self.polls_until_ready <= 0
        status = "QUEUE_STATUS_READY" if ready else "QUEUE_STATUS_WAITING"
        return queue_pb2.GetQueueStatusResponse(status=status, admission_ready=ready, position=2)

    def admit(self, request: Any) -> queue_pb2.RequestAdmissionResponse:
        if self.denials:
            self.denials -= 1
            return queue_pb2.RequestAdmissionResponse(admission="ADMISSION_STATUS_DENIED")
        return queue_pb2.RequestAdmissionResponse(admission="ADMISSION_STATUS_GRANTED", reservation_token="r1")

    def check(self, request: Any) -> inventory_pb2.CheckAvailabilityResponse:
        seats = [types_pb2.Seat(id=seat) for seat in self.free]
        return inventory_pb2.CheckAvailabilityResponse(available=len(seats) >= request.quantity, available_seats=seats)

    def reserve(self, request: Any) -> reservation_pb2.CreateReservationResponse:
        if request.idempotency_key in self.by_key:
            return self.by_key[request.idempotency_key]  # type: ignore[no-any-return]
        seats = list(request.seat_ids) or self.free[: request.quantity]
        if not seats or not set(seats) <= set(self.free):
            return reservation_pb2.CreateReservationResponse(error=error("INVENTORY_CONFLICT"))
        self.free = [seat for seat in self.free if seat not in seats]
        name = f"res-{len(self.told) + 1}"
        self.told[name] = "HOLD"
        self.ends[name] = self.io.now_ns + round(self.hold_s * SECOND)
        answer = reservation_pb2.CreateReservationResponse(
            reservation_id=name,
            status="RESERVATION_STATUS_HOLD",
            reserved_seats=[types_pb2.Seat(id=seat) for seat in seats],
            total_amount={"amount": PRICE * len(seats), "currency": "KRW"},
            hold_expires_at={"seconds": self.ends[name] // SECOND, "nanos": self.ends[name] % SECOND},
        )
        self.by_key[request.idempotency_key] = answer
        return answer

    def extend(self, request: Any) -> reservation_pb2.ExtendHoldResponse:
        self.ends[request.reservation_id] += request.extension_seconds * SECOND
        seconds = self.ends[request.reservation_id] // SECOND
        return reservation_pb2.ExtendHoldResponse(new_expires_at={"seconds": seconds}, extension_allowed=True)

    def cancel(self, request: Any) -> reservation_pb2.CancelReservationResponse:
        self.told[request.reservation_id] = "CANCELLED"
        return reservation_pb2.CancelReservationResponse(status="RESERVATION_STATUS_CANCELLED")

    def intent(self, request: Any) -> payment_pb2.CreatePaymentIntentResponse:
        if request.idempotency_key in self.by_key:
            return self.by_key[request.idempotency_key]  # type: ignore[no-any-return]
        name = f"pi-{len(self.cards) + 1}"
        self.cards[name] = request.scenario
        answer = payment_pb2.CreatePaymentIntentResponse(payment_intent_id=name, status="PAYMENT_STATUS_PENDING")
        self.by_key[request.idempotency_key] = answer
        return answer

    def process(self, request: Any) -> payment_pb2.ProcessPaymentResponse:
        return payment_pb2.ProcessPaymentResponse(payment_id="p1", status="PAYMENT_STATUS_PROCESSING")

    def payment(self, request: Any) -> payment_pb2.GetPaymentStatusResponse:
        seen = self.looks[request.payment_intent_id] = self.looks.get(request.payment_intent_id, 0) + 1
        fails = self.cards[request.payment_intent_id] == payment_pb2.PAYMENT_SCENARIO_FAIL
        final = "PAYMENT_STATUS_FAILED" if fails else "PAYMENT_STATUS_COMPLETED"
        status = "PAYMENT_STATUS_PROCESSING" if seen <= self.payment_polls else final
        return payment_pb2.GetPaymentStatusResponse(
            payment=payment_pb2.Payment(payment_intent_id=request.payment_intent_id, status=status)
        )

    def confirm(self, request: Any) -> reservation_pb2.ConfirmReservationResponse:
        name = request.reservation_id
        if self.io.now_ns > self.ends[name]:
            self.told[name] = "EXPIRED"
            return reservation_pb2.ConfirmReservationResponse(error=error("RESERVATION_EXPIRED"))
        self.told[name] = "CONFIRMED"
        self.orders.setdefault(name, f"order-{len(self.orders) + 1}")
        return reservation_pb2.ConfirmReservationResponse(
            order_id=self.orders[name], status="RESERVATION_STATUS_CONFIRMED"
        )

    def read(self, request: Any) -> reservation_pb2.GetReservationResponse:
        name = request.reservation_id
        if self.told[name] == "HOLD" and self.io.now_ns > self.ends[name]:
            self.told[name] = "EXPIRED"
        return reservation_pb2.GetReservationResponse(
            reservation=reservation_pb2.Reservation(
                reservation_id=name,
                status=f"RESERVATION_STATUS_{self.told[name]}",
                order_id=self.orders.get(name, ""),
                user_id=request.user_id,
            )
        )


def error(code: str) -> errors_pb2.Error:
    """An error inside a message."""
    return errors_pb2.Error(code=f"ERROR_CODE_{code}", message=code.lower())


def no(code: str, response: type[Any], **fields: Any) -> Act:
    """An act that always answers OK with this error inside."""
    return lambda request: response(error=error(code), **fields)


def native(io: ScriptedIo, code: int, detail: str = "") -> Act:
    """An act that always answers with a native status."""
    return lambda request: status(io, code, detail)


def silent(io: ScriptedIo) -> Act:
    """An act that never answers."""
    return lambda request: lost(io)
