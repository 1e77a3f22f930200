"""The tour: every method of the contract at least once, in an order in which each has something to do.

Six parts, each a purchase or a stretch of one: through the services with the streams open, through the gateway, given
up, straight at the inventory, by the worker, by webhooks; and last the operator's desk, where nothing is changed
(nothing applied, dry runs, no confirmation). What a part cannot do for want of an earlier answer it asks all the same
with what it has, so that no method is left out, and a no to that is none of the platform's faults. The tour ends as its
worst answer does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from scenarios.journeys.endings import require
from scenarios.journeys.steps import wait_for_payment, wait_in_line
from scenarios.journeys.tour_desk import ask_desk, ask_webhooks
from scenarios.journeys.visit import Visit, price, seats_of
from scenarios.ticketing import Hold, Payment

if TYPE_CHECKING:
    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes

METHODS_TOURED: tuple[str, ...] = tuple(METHODS)
"""All of them."""

_GATEWAY = "gateway.v1.GatewayService"
_QUEUE = "gateway.v1.QueueService"
_STREAMS = "gateway.v1.WebSocketService"
_RESERVATION = "reservation.v1.ReservationService"
_INVENTORY = "reservation.v1.InventoryService"
_WORKER = "reservation.v1.WorkerService"
_PAYMENT = "payment.v1.PaymentService"


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
    released = visit.reserve_seat("release")
    visit.ask(f"{_INVENTORY}/ReleaseHold", **seats_of(released), reason="CANCELLED")
    sold = visit.reserve_seat("commit")
    intent = visit.paid(sold["reservation_id"], sold["user_id"], sold["amount"])
    visit.ask(f"{_INVENTORY}/CommitReservation", **seats_of(sold), user_id=sold["user_id"], payment_intent_id=intent)


def _by_worker(visit: Visit) -> None:
    """What the worker does with holds: expire one, confirm a paid one, compensate one."""
    now = {"seconds": visit.person.clock() // 1_000_000_000}
    expired = visit.reserve_seat("expires")
    visit.ask(f"{_WORKER}/ProcessReservationExpiry", **seats_of(expired), expired_at=now)
    paid = visit.reserve_seat("approved")
    intent = visit.paid(paid["reservation_id"], paid["user_id"], paid["amount"])
    visit.ask(
        f"{_WORKER}/ProcessPaymentResult",
        reservation_id=paid["reservation_id"],
        payment_intent_id=intent,
        result_type="PAYMENT_RESULT_TYPE_APPROVED",
        event_data={"payment_intent_id": intent, "amount": {"amount": paid["amount"], "currency": "KRW"}},
    )
    undone = visit.reserve_seat("compensated")
    visit.ask(
        f"{_WORKER}/ProcessCompensation",
        reservation_id=undone["reservation_id"],
        compensation_type="COMPENSATION_TYPE_RELEASE_SEATS",
        original_operation="ReserveSeat",
        failure_reason="tour",
    )
    visit.ask(f"{_WORKER}/HealthCheck")
    visit.ask(f"{_WORKER}/GetJobStatus")
