"""What gateway and services both sell: one implementation of each step, answered as fields of either's response.

The gateway's messages carry the same fields as those of the services behind it, under the same names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.messages.payment_pb2 import PaymentScenario
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CANCELLED, ReservationMetadata
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE
from fakes import answers
from fakes.failures import invalid, required
from fakes.payments import Order
from fakes.reservations import Wish

if TYPE_CHECKING:
    from contracts.messages import gateway_pb2, payment_pb2, reservation_pb2
    from fakes.platform import Platform
    from fakes.reservations import Reservation


class BoxOffice:
    """The steps of a sale."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def reserve(
        self,
        request: reservation_pb2.CreateReservationRequest | gateway_pb2.CreateReservationRequest,
        metadata: ReservationMetadata,
    ) -> dict[str, Any]:
        """Spends the reservation token if, and only if, seats could be held."""
        platform, now = self._platform, self._platform.now()
        required(event_id=request.event_id, user_id=request.user_id)
        admission = platform.queue.redeem(now, request.reservation_token, request.event_id, request.user_id)
        wish = Wish(request.event_id, request.user_id, request.seat_ids, request.quantity, metadata)
        reservation = platform.reservations.reserve(now, wish)
        admission.used = True
        return {
            "reservation_id": reservation.id,
            "status": reservation.status,
            "hold_expires_at": answers.timestamp(reservation.expires),
            "reserved_seats": self.seats(reservation),
            "total_amount": answers.money(reservation.amount),
            "payment_url": f"https://pay.tacorush.test/{reservation.id}",
        }

    def read(self, reservation_id: str, user: str) -> dict[str, Any]:
        """Its user reads it, or an operator, who names none."""
        reservation = self._platform.reservations.find(reservation_id, user or None)
        return {"reservation": answers.reservation(self._platform.events[reservation.event], reservation)}

    def confirm(self, reservation_id: str, user: str, intent: str) -> dict[str, Any]:
        """Turns a paid reservation into an order."""
        reservation = self._platform.reservations.confirm(self._platform.now(), reservation_id, user, intent)
        return {
            "order_id": reservation.order,
            "status": reservation.status,
            "confirmed_at": answers.timestamp(reservation.confirmed),
            "confirmed_seats": self.seats(reservation),
        }

    def cancel(self, reservation_id: str, user: str, reason: str) -> dict[str, Any]:
        """Gives the seats back, and the money if there was any."""
        platform = self._platform
        required(user_id=user)
        reservation = platform.reservations.find(reservation_id, user)
        platform.reservations.close(
            platform.now(), reservation, RESERVATION_STATUS_CANCELLED, reason or "cancelled by the user"
        )
        return {
            "status": reservation.status,
            "cancelled_at": answers.timestamp(reservation.updated),
            "released_seats": answers.seats(
                platform.events[reservation.event], reservation.seats, SEAT_STATUS_AVAILABLE
            ),
        }

    def open_payment(
        self,
        request: payment_pb2.CreatePaymentIntentRequest | gateway_pb2.CreatePaymentIntentRequest,
        metadata: payment_pb2.PaymentMetadata,
    ) -> dict[str, Any]:
        """An intent for exactly what the reservation costs."""
        platform = self._platform
        reservation = platform.reservations.payable(request.reservation_id, request.user_id)
        if request.HasField("amount"):
            self._require_amount(request.amount.amount, request.amount.currency, reservation.amount)
        scenario = request.scenario or metadata.scenario
        if scenario not in PaymentScenario.values():
            raise invalid("scenario", f"there is no scenario {scenario}")
        payment = platform.payments.create(
            Order(
                reservation=reservation.id,
                user=request.user_id,
                amount=reservation.amount,
                scenario=scenario,
                method=request.method,
                webhook_url=request.webhook_url,
                metadata=metadata,
            )
        )
        reservation.intent = payment.intent
        return {
            "payment_intent_id": payment.intent,
            "status": payment.status,
            "client_secret": platform.new_id("cs"),
            "payment_url": f"https://pay.tacorush.test/{payment.intent}",
            "expires_at": answers.timestamp(payment.expires),
        }

    def payment_status(self, intent: str, user: str) -> dict[str, Any]:
        """Its user reads it, or an operator, who names none."""
        required(payment_intent_id=intent)
        payment = self._platform.payments.find(intent, user or None)
        return {"payment": answers.payment(payment)}

    def availability(self, event_id: str, section: str) -> dict[str, Any]:
        """An event and its sections."""
        platform = self._platform
        required(event_id=event_id)
        counts = platform.ledger.counts(event_id, section)
        hall = platform.events[event_id]
        return {
            "event": answers.event(hall, platform.ledger.counts(event_id), platform.started),
            "sections": answers.sections(platform.ledger, hall, section),
            "counts": counts,
        }

    def seats(self, reservation: Reservation) -> list[Any]:
        """The seats of a reservation."""
        return answers.reservation_seats(self._platform.events[reservation.event], reservation)

    def _require_amount(self, amount: int, currency: str, price: int) -> None:
        if currency not in ("", answers.CURRENCY):
            raise invalid("amount", f"prices are in {answers.CURRENCY}, not {currency}")
        if amount != price:
            raise invalid("amount", f"the reservation costs {price} {answers.CURRENCY}, not {amount}")
