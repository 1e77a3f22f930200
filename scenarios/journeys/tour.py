"""The tour: every method of the contract at least once, in an order in which each has something to do.

Six parts, each a purchase or a stretch of one: through the services with the streams open, through the gateway, given
up, straight at the inventory, by the worker, by webhooks; and last the operator's desk, where nothing is changed
(nothing applied, dry runs, no confirmation). What a part cannot do for want of an earlier answer it asks all the same
with what it has: the answers show what is wrong. The tour ends as its worst answer does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from scenarios import test_cards
from scenarios.journeys.endings import ending_of, require
from scenarios.journeys.steps import wait_for_payment, wait_in_line
from scenarios.journeys.tour_desk import ask_desk, ask_webhooks
from scenarios.ticketing import Hold, Payment, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.ticketing import Reply, Ticketing
    from scenarios.wishes import Wishes

METHODS_TOURED: tuple[str, ...] = tuple(METHODS)
"""All of them."""

STREAM_S = 2.0
"""How long the tour listens for a stream's first message."""

_GATEWAY = "gateway.v1.GatewayService"
_QUEUE = "gateway.v1.QueueService"
_STREAMS = "gateway.v1.WebSocketService"
_RESERVATION = "reservation.v1.ReservationService"
_INVENTORY = "reservation.v1.InventoryService"
_WORKER = "reservation.v1.WorkerService"
_PAYMENT = "payment.v1.PaymentService"
_WORST_FIRST = ("failed", "unknown", "unimplemented", "refused")


@dataclass(slots=True)
class Visit:
    """One tour under way: who makes it, and every answer so far."""

    person: Ticketing
    wishes: Wishes
    told: list[Told] = field(default_factory=list)

    def ask(self, method: str, provoked: bool = False, **fields: Any) -> Reply:
        """Asks a method and remembers the answer; a key is made where the method takes one."""
        if METHODS[method].takes_key:
            fields.setdefault("idempotency_key", self.person.intention())
        reply = self.person.ask(method, fields, provoked=provoked)
        self.told.append(reply)
        return reply

    def listen(self, method: str, **fields: Any) -> None:
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
        """Pays for a reservation and waits for the money, a few polls at most; returns the payment intent."""
        intent = self.ask(
            f"{_PAYMENT}/CreatePaymentIntent", reservation_id=reservation, user_id=user, **price(amount)
        ).field("payment_intent_id")
        self.ask(f"{_PAYMENT}/ProcessPayment", payment_intent_id=intent, payment_details=test_cards.details())
        for _ in range(self.wishes.tries):
            seen = self.ask(f"{_GATEWAY}/GetPaymentStatus", payment_intent_id=intent, user_id=user)
            if seen.field("payment.status", 0) > _PROCESSING:
                break
            self.person.pause(self.wishes.poll_s)
        return str(intent)

    @property
    def ending(self) -> str:
        """Of the worst answer; `left` when all were ok."""
        for outcome in _WORST_FIRST:
            for told in self.told:
                if told.outcome == outcome:
                    return ending_of(told)
        return "left"


_PROCESSING = 2
"""Payment statuses up to this one may still change."""


def price(amount: int) -> dict[str, Any]:
    """The fields of a payment request that say how much, and how."""
    return {
        "amount": {"amount": amount, "currency": "KRW"},
        "method": "PAYMENT_METHOD_CREDIT_CARD",
        "scenario": "PAYMENT_SCENARIO_APPROVE",
    }


def tour(person: Ticketing, wishes: Wishes) -> str:
    """Asks every method at least once."""
    visit = Visit(person, wishes)
    _look_around(visit)
    _buy_with_streams(visit)
    _buy_at_gateway(visit)
    _give_up(visit)
    _at_inventory(visit)
    _by_worker(visit)
    ask_webhooks(visit)
    ask_desk(visit)
    return visit.ending


def _look_around(visit: Visit) -> None:
    event = visit.wishes.event
    visit.ask(f"{_GATEWAY}/HealthCheck")
    visit.ask(f"{_QUEUE}/GetQueueStats", event_id=event)
    visit.ask(f"{_INVENTORY}/GetInventoryStatus", event_id=event)
    visit.ask(f"{_GATEWAY}/GetEventAvailability", event_id=event, quantity=1)


def _buy_with_streams(visit: Visit) -> None:
    """The plain purchase through the services, each stream opened when there is something to hear on it."""
    person, wishes = visit.person, visit.wishes
    place = person.join(wishes.event)
    require(place)
    visit.listen(f"{_STREAMS}/StreamQueueUpdates", waiting_token=place.token, event_id=wishes.event)
    token = wait_in_line(person, wishes, place)
    visit.ask(f"{_GATEWAY}/ValidateToken", token=token)
    offer = person.look(wishes.event, "", wishes.quantity)
    visit.told.append(offer)
    seats = offer.seats[: wishes.quantity] if len(offer.seats) >= wishes.quantity else ()
    hold = person.reserve(wishes.event, seats, wishes.quantity, token, person.intention())
    require(hold)
    visit.listen(f"{_STREAMS}/StreamReservationUpdates", user_id=person.user, reservation_ids=[hold.reservation])
    extended = person.extend(hold, max(round(person.scaled(30.0)), 1), person.intention())
    payment = _pay(visit, hold, extended)
    order = person.confirm(hold, payment, person.intention())
    visit.told += [extended, order, person.read_back(hold)]
    visit.ask(f"{_RESERVATION}/ListReservations", user_id=person.user)
    visit.ask(f"{_PAYMENT}/ListPayments", user_id=person.user)


def _pay(visit: Visit, hold: Hold, extended: Hold) -> Payment:
    person = visit.person
    opened = person.open_payment(hold, "APPROVE", person.intention())
    require(opened)
    visit.listen(f"{_STREAMS}/StreamPaymentUpdates", user_id=person.user, payment_intent_ids=[opened.intent])
    visit.ask(
        f"{_STREAMS}/SendMessage",
        target_user_id=person.user,
        message_type="MESSAGE_TYPE_INFO",
        title="tour",
        content="the payment is on its way",
    )
    paid = person.pay(opened, person.intention())
    require(paid)
    return wait_for_payment(person, visit.wishes, extended if extended.ok else hold, paid)


def _buy_at_gateway(visit: Visit) -> None:
    user = f"{visit.person.user}-gateway"
    token = visit.admitted(user)
    held = visit.ask(f"{_GATEWAY}/CreateReservation", **_wanted(visit, user, token))
    mine = {"reservation_id": held.field("reservation_id"), "user_id": user}
    amount = price(held.field("total_amount.amount", 0))
    intent = visit.ask(f"{_GATEWAY}/CreatePaymentIntent", **mine, **amount).field("payment_intent_id")
    visit.ask(f"{_PAYMENT}/CancelPayment", payment_intent_id=intent, reason="another card")
    intent = visit.paid(mine["reservation_id"], user, held.field("total_amount.amount", 0))
    visit.ask(f"{_GATEWAY}/ConfirmReservation", **mine, payment_intent_id=intent)
    visit.ask(f"{_GATEWAY}/GetReservation", **mine)


def _give_up(visit: Visit) -> None:
    """Two people who hold seats and give them back, one at each door, and one who leaves the queue."""
    for service in (_GATEWAY, _RESERVATION):
        user = f"{visit.person.user}-{service.partition('.')[0]}-cancels"
        held = visit.ask(f"{service}/CreateReservation", **_wanted(visit, user, visit.admitted(user)))
        visit.ask(
            f"{service}/CancelReservation",
            reservation_id=held.field("reservation_id"),
            user_id=user,
            reason="customer request",
        )
    joined = visit.ask(f"{_QUEUE}/JoinQueue", event_id=visit.wishes.event, user_id=f"{visit.person.user}-leaves")
    visit.ask(f"{_QUEUE}/LeaveQueue", waiting_token=joined.field("waiting_token"), reason="customer request")


def _wanted(visit: Visit, user: str, token: str) -> dict[str, Any]:
    return {"event_id": visit.wishes.event, "quantity": 1, "user_id": user, "reservation_token": token}


def _at_inventory(visit: Visit) -> None:
    """One hold released and one sold, at the inventory itself, under reservation ids of the tour's own."""
    released = _reserve_seat(visit, "release")
    visit.ask(f"{_INVENTORY}/ReleaseHold", **_of(released), reason="CANCELLED")
    sold = _reserve_seat(visit, "commit")
    intent = visit.paid(sold["reservation_id"], sold["user_id"], sold["amount"])
    visit.ask(f"{_INVENTORY}/CommitReservation", **_of(sold), user_id=sold["user_id"], payment_intent_id=intent)


def _reserve_seat(visit: Visit, name: str) -> dict[str, Any]:
    """Holds one seat straight at the inventory; returns whose it is and what it costs."""
    reservation, user = f"rsv-{visit.person.user}-{name}", f"{visit.person.user}-{name}"
    event = visit.wishes.event
    held = visit.ask(f"{_INVENTORY}/ReserveSeat", reservation_id=reservation, event_id=event, quantity=1, user_id=user)
    seats = held.field("reserved_seats", ())
    return {
        "reservation_id": reservation,
        "event_id": event,
        "seat_ids": [seat.id for seat in seats],
        "user_id": user,
        "amount": sum(seat.price.amount for seat in seats),
    }


def _of(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held[name] for name in ("reservation_id", "event_id", "seat_ids")}


def _by_worker(visit: Visit) -> None:
    """What the worker does with holds: expire one, confirm a paid one, compensate one."""
    now = {"seconds": visit.person.clock() // 1_000_000_000}
    expired = _reserve_seat(visit, "expires")
    visit.ask(f"{_WORKER}/ProcessReservationExpiry", **_of(expired), expired_at=now)
    paid = _reserve_seat(visit, "approved")
    intent = visit.paid(paid["reservation_id"], paid["user_id"], paid["amount"])
    visit.ask(
        f"{_WORKER}/ProcessPaymentResult",
        reservation_id=paid["reservation_id"],
        payment_intent_id=intent,
        result_type="PAYMENT_RESULT_TYPE_APPROVED",
        event_data={"payment_intent_id": intent, "amount": {"amount": paid["amount"], "currency": "KRW"}},
    )
    undone = _reserve_seat(visit, "compensated")
    visit.ask(
        f"{_WORKER}/ProcessCompensation",
        reservation_id=undone["reservation_id"],
        compensation_type="COMPENSATION_TYPE_RELEASE_SEATS",
        original_operation="ReserveSeat",
        failure_reason="tour",
    )
    visit.ask(f"{_WORKER}/HealthCheck")
    visit.ask(f"{_WORKER}/GetJobStatus")
