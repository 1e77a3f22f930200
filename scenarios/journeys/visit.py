"""A visit: one person who asks method after method by name, and remembers every answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from scenarios import cards
from scenarios.journeys.endings import ending_of
from scenarios.ticketing import Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.ticketing import Reply, Ticketing
    from scenarios.wishes import Wishes

STREAM_S = 2.0
"""How long a visit listens for a stream's first message."""

_GATEWAY = "gateway.v1.GatewayService"
_INVENTORY = "reservation.v1.InventoryService"
_PAYMENT = "payment.v1.PaymentService"
_QUEUE = "gateway.v1.QueueService"
_WORST_FIRST = ("failed", "unknown", "unimplemented", "refused")
_NAMES = ("reservation_id", "payment_intent_id", "waiting_token", "webhook_id")
"""Fields that name what an earlier answer made."""
_PROCESSING = 2
"""Payment statuses up to this one may still change."""


@dataclass(slots=True)
class Visit:
    """One tour under way: who makes it, and every answer so far."""

    person: Ticketing
    wishes: Wishes
    told: list[Told] = field(default_factory=list)

    def ask(self, method: str, /, provoked: bool = False, **fields: Any) -> Reply:
        """Asks a method and remembers the answer, save a no that was provoked; makes the key where one is taken.

        A call about a thing that never came, its id empty, is made to be told no.
        """
        provoked = provoked or any(fields.get(name) == "" for name in _NAMES)
        if METHODS[method].takes_key:
            fields.setdefault("idempotency_key", self.person.intention())
        reply = self.person.ask(method, fields, provoked=provoked)
        if not (provoked and reply.outcome == "refused"):
            self.told.append(reply)
        return reply

    def listen(self, method: str, /, **fields: Any) -> None:
        """Listens for a stream's first message and remembers how that went."""
        self.told.append(self.person.listen(method, fields, 1, STREAM_S))

    def admitted(self, user: str) -> str:
        """Takes a further user through the queue; returns the reservation token, empty where it did not come to it."""
        event = self.wishes.event
        token = self.ask(f"{_QUEUE}/JoinQueue", event_id=event, user_id=user).field("waiting_token")
        for _ in range(self.wishes.tries):
            if self.ask(f"{_QUEUE}/GetQueueStatus", waiting_token=token).field("admission_ready", False):
                break
            self.person.pause(self.wishes.poll_s)
        admission = self.ask(f"{_QUEUE}/RequestAdmission", waiting_token=token, event_id=event, user_id=user)
        return str(admission.field("reservation_token"))

    def paid(self, reservation: str, user: str, amount: int) -> str:
        """Pays for a reservation and waits for the money, a few polls at most; returns the payment intent.

        Looks at the gateway, or at the payment service where the gateway does not serve it.
        """
        intent = self.ask(
            f"{_PAYMENT}/CreatePaymentIntent", reservation_id=reservation, user_id=user, **price(amount)
        ).field("payment_intent_id")
        self.ask(f"{_PAYMENT}/ProcessPayment", payment_intent_id=intent, payment_details=cards.details())
        door = _GATEWAY
        for _ in range(self.wishes.tries):
            seen = self.ask(f"{door}/GetPaymentStatus", payment_intent_id=intent, user_id=user)
            if seen.unserved and door == _GATEWAY:
                door = _PAYMENT
                seen = self.ask(f"{door}/GetPaymentStatus", payment_intent_id=intent, user_id=user)
            if not intent or seen.field("payment.status", 0) > _PROCESSING:
                break
            self.person.pause(self.wishes.poll_s)
        return str(intent)

    def reserve_seat(self, name: str) -> dict[str, Any]:
        """Holds one seat straight at the inventory; returns whose it is and what it costs."""
        reservation, user = f"rsv-{self.person.user}-{name}", f"{self.person.user}-{name}"
        event = self.wishes.event
        held = self.ask(
            f"{_INVENTORY}/ReserveSeat", reservation_id=reservation, event_id=event, quantity=1, user_id=user
        )
        seats = held.field("reserved_seats", ())
        return {
            "reservation_id": reservation,
            "event_id": event,
            "seat_ids": [seat.id for seat in seats],
            "user_id": user,
            "amount": sum(seat.price.amount for seat in seats),
        }

    @property
    def ending(self) -> str:
        """Of the worst answer; `left` when all were ok."""
        for outcome in _WORST_FIRST:
            for told in self.told:
                if told.outcome == outcome:
                    return ending_of(told)
        return "left"


def price(amount: int) -> dict[str, Any]:
    """The fields of a payment request that say how much, and how."""
    return {
        "amount": {"amount": amount, "currency": "KRW"},
        "method": "PAYMENT_METHOD_CREDIT_CARD",
        "scenario": "PAYMENT_SCENARIO_APPROVE",
    }


def seats_of(held: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request that name a hold and its seats."""
    return {name: held[name] for name in ("reservation_id", "event_id", "seat_ids")}
