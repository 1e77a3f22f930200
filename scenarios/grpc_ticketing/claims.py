"""From a request and its answer to claims: what this answer, or its absence, says of seats, orders, money, the queue.

`CLAIMED` is the whole of it: a method that is not listed says nothing that an audit needs. An answer that states
nothing (none came, or a no) leaves a claim with the seats as asked and the effect that the outcome table gives it. A
list gives one claim for each of its items. What was not served claims nothing.
"""

from __future__ import annotations

from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from contracts.messages import inventory_pb2, payment_pb2, queue_pb2, reservation_pb2
from contracts.outcomes import UNIMPLEMENTED
from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from google.protobuf.message import Message
    from google.protobuf.timestamp_pb2 import Timestamp

    from contracts.catalogue import Method
    from contracts.outcomes import Judged


def words_of(items: Iterable[tuple[str, int]], prefix: str) -> Mapping[int, str]:
    """The platform's words of an enum without their prefix, by number."""
    return {number: name.removeprefix(prefix) for name, number in items}


RESERVATION_WORDS = words_of(reservation_pb2.ReservationStatus.items(), "RESERVATION_STATUS_")
PAYMENT_WORDS = words_of(payment_pb2.PaymentStatus.items(), "PAYMENT_STATUS_")
QUEUE_WORDS = words_of(queue_pb2.QueueStatus.items(), "QUEUE_STATUS_")
DOOR_WORDS = words_of(queue_pb2.AdmissionStatus.items(), "ADMISSION_STATUS_")
_HOLD_WORDS = words_of(inventory_pb2.HoldStatus.items(), "HOLD_STATUS_")
_COMMIT_WORDS = words_of(inventory_pb2.CommitStatus.items(), "COMMIT_STATUS_")
_RELEASE_WORDS = words_of(inventory_pb2.ReleaseStatus.items(), "RELEASE_STATUS_")


FURTHEST_NS = 2**63 - 1
"""The year 2262: a run file's numbers have 64 bits, and a platform may well state a hold without end."""


def nanoseconds(stamp: Timestamp) -> int:
    """Unix time in nanoseconds, FURTHEST_NS at the most; 0 for a timestamp that was not set or lies before 1970."""
    ns = stamp.seconds * 1_000_000_000 + stamp.nanos
    return ns if 0 <= ns <= FURTHEST_NS else 0 if ns < 0 else FURTHEST_NS


def seat_ids(seats: Iterable[Any]) -> tuple[str, ...]:
    """The ids of seat messages, in their order."""
    # A list first: of one seat 0.9 µs, by a generator 1.3.
    return tuple([seat.id for seat in seats])


def _state_seats(claim: Claim, seats: Sequence[Any]) -> None:
    """Takes the seats that an answer states, their section, and beside a total what they cost together."""
    if not seats:
        return
    claim.seats = seat_ids(seats)
    sections = [seat.section for seat in seats]
    if sections.count(sections[0]) == len(sections):
        claim.section = sections[0]
    if claim.amount or claim.currency:
        claim.worth = cost([seat.price for seat in seats], claim.currency)


def cost(prices: Iterable[Any], currency: str) -> int:
    """What prices come to; 0 where one is not told, or in another currency."""
    found = 0
    for price in prices:
        amount = price.amount
        if amount <= 0 or price.currency != currency:
            return 0
        found += amount
    return found


def word(words: Mapping[int, str], number: int) -> str:
    """The platform's own word without its prefix; a number that the contract does not know stays a number."""
    return words.get(number) or str(number)


def _join(claim: Claim, request: Any, answer: Any) -> None:
    claim.event = request.event_id
    if answer is not None:
        claim.token = answer.waiting_token
        claim.position, claim.wait_s = answer.position_hint, answer.eta_seconds
        claim.status = word(QUEUE_WORDS, answer.status)
        claim.expires_ns = nanoseconds(answer.expires_at)


def _poll(claim: Claim, request: Any, answer: Any) -> None:
    claim.shown = request.waiting_token
    if answer is not None:
        claim.position, claim.wait_s = answer.position, answer.eta_seconds
        claim.status = "READY" if answer.admission_ready else word(QUEUE_WORDS, answer.status)


def _admission(claim: Claim, request: Any, answer: Any) -> None:
    claim.event = request.event_id
    claim.shown = request.waiting_token
    if answer is not None:
        claim.token, claim.wait_s = answer.reservation_token, answer.ttl_seconds
        claim.status = word(DOOR_WORDS, answer.admission)
        claim.expires_ns = nanoseconds(answer.valid_until)


def _hold(claim: Claim, request: Any, answer: Any) -> None:
    _asked(claim, request)
    claim.shown = request.reservation_token
    if answer is None:
        return
    claim.reservation = answer.reservation_id
    claim.status = word(RESERVATION_WORDS, answer.status)
    total = answer.total_amount
    claim.amount, claim.currency = total.amount, total.currency
    _state_seats(claim, answer.reserved_seats)
    claim.expires_ns = nanoseconds(answer.hold_expires_at)


def _inventory_hold(claim: Claim, request: Any, answer: Any) -> None:
    _asked(claim, request)
    claim.reservation = request.reservation_id
    if answer is not None:
        claim.status = word(_HOLD_WORDS, answer.status)
        claim.seats = seat_ids(answer.reserved_seats) or claim.wanted
        claim.expires_ns = nanoseconds(answer.hold_expires_at)


def _asked(claim: Claim, request: Any) -> None:
    claim.event = request.event_id
    claim.seats = claim.wanted = tuple(request.seat_ids)
    claim.quantity = request.quantity


def _extend(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    if answer is not None:
        claim.expires_ns = nanoseconds(answer.new_expires_at)


def _sale(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    claim.intent = request.payment_intent_id
    if answer is not None:
        claim.order = answer.order_id
        claim.status = word(RESERVATION_WORDS, answer.status)
        _state_seats(claim, answer.confirmed_seats)
        claim.stated_ns = nanoseconds(answer.confirmed_at)


def _inventory_sale(claim: Claim, request: Any, answer: Any) -> None:
    _asked(claim, request)
    claim.reservation = request.reservation_id
    claim.intent = request.payment_intent_id
    if answer is not None:
        claim.order = answer.order_id
        claim.status = word(_COMMIT_WORDS, answer.status)
        claim.seats = seat_ids(answer.sold_seats) or claim.wanted


def _worker_sale(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    claim.intent = request.payment_intent_id
    if answer is not None:
        claim.order = answer.order_id
        claim.seats = seat_ids(answer.affected_seats)


def _cancel(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    if answer is not None:
        claim.status = word(RESERVATION_WORDS, answer.status)
        claim.seats = seat_ids(answer.released_seats)
        claim.stated_ns = nanoseconds(answer.cancelled_at)


def _inventory_release(claim: Claim, request: Any, answer: Any) -> None:
    _asked(claim, request)
    claim.reservation = request.reservation_id
    if answer is not None:
        claim.status = word(_RELEASE_WORDS, answer.status)
        claim.seats = seat_ids(answer.released_seats) or claim.wanted


def _worker_expiry(claim: Claim, request: Any, answer: Any) -> None:
    _asked(claim, request)
    claim.reservation = request.reservation_id
    if answer is not None:
        claim.seats = seat_ids(answer.released_seats)


def _release(claim: Claim, request: Any, answer: Any) -> None:  # noqa: ARG001 - it names no seats
    claim.reservation = request.reservation_id


def _intent(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    claim.amount, claim.currency = request.amount.amount, request.amount.currency
    if request.webhook_url:
        claim.wanted = (request.webhook_url,)
    if answer is not None:
        claim.intent = answer.payment_intent_id
        claim.status = word(PAYMENT_WORDS, answer.status)


def _charge(claim: Claim, request: Any, answer: Any) -> None:
    claim.intent = request.payment_intent_id
    if answer is not None:
        claim.payment = answer.payment_id or answer.transaction_id
        claim.status = word(PAYMENT_WORDS, answer.status)
        claim.stated_ns = nanoseconds(answer.processed_at)


def _void(claim: Claim, request: Any, answer: Any) -> None:
    claim.intent = request.payment_intent_id
    if answer is not None:
        claim.status = word(PAYMENT_WORDS, answer.status)
        claim.amount, claim.currency = answer.refunded_amount.amount, answer.refunded_amount.currency


def _read_reservation(claim: Claim, request: Any, answer: Any) -> None:
    claim.reservation = request.reservation_id
    if answer is not None and answer.HasField("reservation"):
        _state_reservation(claim, answer.reservation)


def _read_payment(claim: Claim, request: Any, answer: Any) -> None:
    claim.intent = request.payment_intent_id
    if answer is not None and answer.HasField("payment"):
        _state_payment(claim, answer.payment)


def _state_reservation(claim: Claim, stated: Any) -> None:
    claim.reservation = stated.reservation_id or claim.reservation
    claim.event = stated.event_id
    claim.user = stated.user_id or claim.user
    claim.quantity = stated.quantity
    claim.status = word(RESERVATION_WORDS, stated.status)
    claim.order = stated.order_id
    claim.intent = stated.payment_intent_id
    total = stated.total_amount
    claim.amount, claim.currency = total.amount, total.currency
    _state_seats(claim, stated.seats)
    claim.expires_ns = nanoseconds(stated.hold_expires_at)


def _state_payment(claim: Claim, stated: Any) -> None:
    claim.intent = stated.payment_intent_id or claim.intent
    claim.reservation = stated.reservation_id
    claim.user = stated.user_id or claim.user
    claim.payment = stated.payment_id or stated.transaction_id
    claim.status = word(PAYMENT_WORDS, stated.status)
    claim.amount, claim.currency = stated.amount.amount, stated.amount.currency


_RESERVATION = "reservation.v1.ReservationService"
_INVENTORY = "reservation.v1.InventoryService"
_WORKER = "reservation.v1.WorkerService"
_GATEWAY = "gateway.v1.GatewayService"
_PAYMENT = "payment.v1.PaymentService"
_QUEUE = "gateway.v1.QueueService"
_WEBHOOKS = "gateway.v1.WebhookService"

CLAIMED: Mapping[str, tuple[str, Callable[[Claim, Any, Any], None]]] = MappingProxyType(
    {
        f"{_QUEUE}/JoinQueue": ("join", _join),
        f"{_QUEUE}/GetQueueStatus": ("poll", _poll),
        f"{_QUEUE}/RequestAdmission": ("admission", _admission),
        f"{_RESERVATION}/CreateReservation": ("hold", _hold),
        f"{_GATEWAY}/CreateReservation": ("hold", _hold),
        f"{_INVENTORY}/ReserveSeat": ("hold", _inventory_hold),
        f"{_RESERVATION}/ExtendHold": ("extend", _extend),
        f"{_RESERVATION}/ConfirmReservation": ("sale", _sale),
        f"{_GATEWAY}/ConfirmReservation": ("sale", _sale),
        f"{_INVENTORY}/CommitReservation": ("sale", _inventory_sale),
        f"{_WORKER}/ProcessPaymentResult": ("sale", _worker_sale),
        f"{_RESERVATION}/CancelReservation": ("cancel", _cancel),
        f"{_GATEWAY}/CancelReservation": ("cancel", _cancel),
        f"{_INVENTORY}/ReleaseHold": ("cancel", _inventory_release),
        f"{_WORKER}/ProcessReservationExpiry": ("cancel", _worker_expiry),
        f"{_WORKER}/ProcessCompensation": ("cancel", _release),
        f"{_WEBHOOKS}/ReceiveExpiryWebhook": ("cancel", _release),
        f"{_PAYMENT}/CreatePaymentIntent": ("intent", _intent),
        f"{_GATEWAY}/CreatePaymentIntent": ("intent", _intent),
        f"{_PAYMENT}/ProcessPayment": ("charge", _charge),
        f"{_PAYMENT}/CancelPayment": ("void", _void),
        f"{_RESERVATION}/GetReservation": ("read", _read_reservation),
        f"{_GATEWAY}/GetReservation": ("read", _read_reservation),
        f"{_PAYMENT}/GetPaymentStatus": ("read", _read_payment),
        f"{_GATEWAY}/GetPaymentStatus": ("read", _read_payment),
    }
)
"""Method to the action that it claims and to what fills the claim from request and answer (None: there is none)."""

LISTED: Mapping[str, tuple[str, Callable[[Claim, Any], None]]] = MappingProxyType(
    {
        f"{_RESERVATION}/ListReservations": ("reservations", _state_reservation),
        f"{_PAYMENT}/ListPayments": ("payments", _state_payment),
    }
)
"""Method to the field of its items and to what fills a claim (a read) from one of them."""


_NAMING_USER = frozenset(
    name for name in (*CLAIMED, *LISTED) if "user_id" in METHODS[name].request.DESCRIPTOR.fields_by_name
)


_REPEATABLE = frozenset(name for name in CLAIMED if METHODS[name].writes and not name.startswith(_QUEUE))
"""Methods whose requests may come again, and must then be the same; in the queue there are no keys."""


def claims_of(method: Method, request: Message, answer: Message | None, judged: Judged) -> Sequence[Claim]:
    """Returns the claims of one answer, without who asked, when and under which trace."""
    claimed = CLAIMED.get(method.name)
    if judged.outcome == UNIMPLEMENTED:
        return ()
    if claimed is not None:
        action, fill = claimed
        claim = _claim(action, method, request, judged)
        fill(claim, request, answer)
        return (claim,)
    if method.name not in LISTED:
        return ()
    items, fill_item = LISTED[method.name]
    claims = [_claim("read", method, request, judged) for _ in getattr(answer, items, ())]
    for claim, item in zip(claims, getattr(answer, items, ()), strict=True):
        fill_item(claim, item)
    return claims


def _claim(action: str, method: Method, request: Any, judged: Judged) -> Claim:
    claim = Claim(action, method.name, -1, "")
    claim.outcome, claim.effect, claim.code = judged
    if method.name in _NAMING_USER:
        claim.user = request.user_id
    if method.takes_key:
        claim.key = request.idempotency_key
    if method.name in _REPEATABLE:
        claim.body = blake2b(request.SerializeToString(deterministic=True), digest_size=8).hexdigest()
    return claim
