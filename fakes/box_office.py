"""What gateway and services both sell: one implementation of each step, which fills the response of either.

The gateway's messages carry the same fields as those of the services behind it, under the same names. A step that
refuses has filled nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contracts.messages.payment_pb2 import PAYMENT_SCENARIO_UNSPECIFIED, PaymentScenario
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CANCELLED
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE
from fakes import answers
from fakes.failures import invalid, missing, required
from fakes.payments import Order
from fakes.reservations import Wish

if TYPE_CHECKING:
    from typing import TypeAlias

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

    from contracts.messages import gateway_pb2, payment_pb2, reservation_pb2, types_pb2
    from fakes.platform import Platform
    from fakes.reservations import Reservation

    Reserve: TypeAlias = reservation_pb2.CreateReservationRequest | gateway_pb2.CreateReservationRequest
    Reserved: TypeAlias = reservation_pb2.CreateReservationResponse | gateway_pb2.CreateReservationResponse
    Read: TypeAlias = reservation_pb2.GetReservationResponse | gateway_pb2.GetReservationResponse
    Confirmed: TypeAlias = reservation_pb2.ConfirmReservationResponse | gateway_pb2.ConfirmReservationResponse
    Cancelled: TypeAlias = reservation_pb2.CancelReservationResponse | gateway_pb2.CancelReservationResponse
    OpenPayment: TypeAlias = payment_pb2.CreatePaymentIntentRequest | gateway_pb2.CreatePaymentIntentRequest
    PaymentOpened: TypeAlias = payment_pb2.CreatePaymentIntentResponse | gateway_pb2.CreatePaymentIntentResponse
    PaymentRead: TypeAlias = payment_pb2.GetPaymentStatusResponse | gateway_pb2.GetPaymentStatusResponse

_SCENARIOS = frozenset(PaymentScenario.values())


class BoxOffice:
    """The steps of a sale."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def reserve(
        self, request: Reserve, metadata: reservation_pb2.ReservationMetadata | None, response: Reserved
    ) -> None:
        """Spends the reservation token if, and only if, seats could be held."""
        platform, now = self._platform, self._platform.now()
        event_id, user = request.event_id, request.user_id
        if not (event_id and user):
            raise missing("user_id" if event_id else "event_id")
        admission = platform.queue.redeem(now, request.reservation_token, event_id, user)
        wish = Wish(event_id, user, tuple(request.seat_ids), request.quantity, metadata)
        reservation = platform.reservations.reserve(now, wish)
        admission.used = True
        platform.faults.seats_were_held(request.reservation_token)
        response.reservation_id = reservation.id
        response.status = reservation.status
        answers.put_time(response.hold_expires_at, reservation.expires)
        self.put_seats(response.reserved_seats, reservation)
        answers.put_money(response.total_amount, reservation.amount)
        response.payment_url = f"https://pay.tacorush.test/{reservation.id}"

    def read(self, reservation_id: str, user: str, response: Read) -> None:
        """Its user reads it, or an operator, who names none."""
        reservation = self._platform.reservations.find(reservation_id, user or None)
        answers.put_reservation(response.reservation, self._platform.events[reservation.event], reservation)

    def confirm(self, reservation_id: str, user: str, intent: str, response: Confirmed) -> None:
        """Turns a paid reservation into an order."""
        reservation = self._platform.reservations.confirm(self._platform.now(), reservation_id, user, intent)
        response.order_id = reservation.order
        response.status = reservation.status
        answers.put_time(response.confirmed_at, reservation.confirmed)
        self.put_seats(response.confirmed_seats, reservation)

    def cancel(self, reservation_id: str, user: str, reason: str, response: Cancelled) -> None:
        """Gives the seats back, and the money if there was any."""
        platform = self._platform
        required(user_id=user)
        reservation = platform.reservations.find(reservation_id, user)
        platform.reservations.close(
            platform.now(), reservation, RESERVATION_STATUS_CANCELLED, reason or "cancelled by the user"
        )
        response.status = reservation.status
        answers.put_time(response.cancelled_at, reservation.updated)
        hall = platform.events[reservation.event]
        answers.put_seats(response.released_seats, hall, reservation.seats, SEAT_STATUS_AVAILABLE)

    def open_payment(
        self, request: OpenPayment, metadata: payment_pb2.PaymentMetadata | None, response: PaymentOpened
    ) -> None:
        """An intent for exactly what the reservation costs."""
        platform = self._platform
        user = request.user_id
        reservation = platform.reservations.payable(request.reservation_id, user)
        if request.HasField("amount"):
            self._require_amount(request.amount.amount, request.amount.currency, reservation.amount)
        scenario = request.scenario or (metadata.scenario if metadata is not None else PAYMENT_SCENARIO_UNSPECIFIED)
        if scenario not in _SCENARIOS:
            raise invalid("scenario", f"there is no scenario {scenario}")
        payment = platform.payments.create(
            Order(
                reservation=reservation.id,
                user=user,
                amount=reservation.amount,
                scenario=scenario,
                method=request.method,
                webhook_url=request.webhook_url,
                metadata=metadata,
            )
        )
        reservation.intent = payment.intent
        response.payment_intent_id = payment.intent
        response.status = payment.status
        response.client_secret = platform.new_id("cs")
        response.payment_url = f"https://pay.tacorush.test/{payment.intent}"
        answers.put_time(response.expires_at, payment.expires)

    def payment_status(self, intent: str, user: str, response: PaymentRead) -> None:
        """Its user reads it, or an operator, who names none."""
        if not intent:
            raise missing("payment_intent_id")
        answers.put_payment(response.payment, self._platform.payments.find(intent, user or None))

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

    def seats(self, reservation: Reservation) -> list[types_pb2.Seat]:
        """The seats of a reservation."""
        hall = self._platform.events[reservation.event]
        return answers.seats(hall, reservation.seats, answers.seat_status(reservation))

    def put_seats(self, into: RepeatedCompositeFieldContainer[types_pb2.Seat], reservation: Reservation) -> None:
        """The same, into a field."""
        hall = self._platform.events[reservation.event]
        answers.put_seats(into, hall, reservation.seats, answers.seat_status(reservation))

    def _require_amount(self, amount: int, currency: str, price: int) -> None:
        if currency not in ("", answers.CURRENCY):
            raise invalid("amount", f"prices are in {answers.CURRENCY}, not {currency}")
        if amount != price:
            raise invalid("amount", f"the reservation costs {price} {answers.CURRENCY}, not {amount}")
