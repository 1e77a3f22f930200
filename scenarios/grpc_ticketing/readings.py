"""From what was heard to what a person learns: the port's small answers, read from messages in one place.

What a claim states of an answer (seats, amounts, statuses) is taken from the claim: reading a message is dear, and two
readings could differ. A missing message reads as an answer with its outcome and nothing else. What real platforms leave
out is filled as documented: the end of a hold is 60 s after the answer, an amount is the sum of the seats' prices or
the lowest price for each seat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scenarios.grpc_ticketing.claims import QUEUE_WORDS, seat_ids, word
from scenarios.ticketing import Admission, Hold, Offer, Order, Payment, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scenarios.grpc_ticketing.caller import Heard

HOLD_S = 60.0
"""The documented length of a hold, scaled by the run's time scale where it stands in for a missing end."""
LOWEST_PRICE = 50_000
CURRENCY = "KRW"

_FAILED_PAYMENT = frozenset({"PAYMENT_FAILED", "PAYMENT_NOT_APPROVED"})


def place(heard: Heard, token: str = "") -> Place:
    """Reads a place in the queue; `token` is the one asked with, when the answer has none."""
    said: Any = heard.message
    outcome, _, code = heard.judged
    if said is None:
        return Place(outcome, code, token)
    status = word(QUEUE_WORDS, said.status)
    if token:
        return Place(outcome, code, token, status, said.admission_ready or status == "READY", said.position)
    return Place(outcome, code, said.waiting_token, status, status == "READY", said.position_hint)


def admission(heard: Heard) -> Admission:
    """Reads an answer at the door."""
    said: Any = heard.message
    outcome, _, code = heard.judged
    if said is None or not heard.claims:
        return Admission(outcome, code)
    claim = heard.claims[0]
    by_length_ns = heard.answered_ns + claim.wait_s * 10**9 if claim.wait_s > 0 else 0
    return Admission(outcome, code, claim.token, claim.status, max(by_length_ns, claim.expires_ns))


def offer(heard: Heard) -> Offer:
    """Reads what is free."""
    said: Any = heard.message
    outcome, _, code = heard.judged
    if said is None:
        return Offer(outcome, code)
    taken = tuple(said.unavailable_seat_ids)
    return Offer(outcome, code, said.available, seat_ids(said.available_seats), taken, said.remaining_in_section)


def new_hold(heard: Heard, asked: Sequence[str], quantity: int, time_scale: float) -> Hold:
    """Reads a reservation just made."""
    said: Any = heard.message
    outcome, _, code = heard.judged
    if said is None or not heard.claims:
        return Hold(outcome, code, seats=tuple(asked))
    claim = heard.claims[0]
    return Hold(
        outcome,
        code,
        claim.reservation,
        claim.status,
        claim.seats,
        claim.amount or _priced(said.reserved_seats) or LOWEST_PRICE * quantity,
        claim.currency or CURRENCY,
        claim.expires_ns or heard.answered_ns + round(HOLD_S * time_scale * 1e9),
    )


def _priced(seats: Iterable[Any]) -> int:
    return sum(seat.price.amount for seat in seats)


def hold_extended(heard: Heard, hold: Hold) -> Hold:
    """Reads the new end of a hold; where none is told, the old one holds."""
    outcome, _, code = heard.judged
    ends_ns = heard.claims[0].expires_ns if heard.claims else 0
    return Hold(
        outcome, code, hold.reservation, hold.status, hold.seats, hold.amount, hold.currency, ends_ns or hold.ends_ns
    )


def hold_as_read(heard: Heard, hold: Hold) -> Hold:
    """Reads a reservation as it stands now; what the answer does not say stays as it was."""
    outcome, _, code = heard.judged
    if heard.message is None or not heard.claims:
        return Hold(outcome, code, hold.reservation, "", hold.seats, hold.amount, hold.currency, hold.ends_ns)
    claim = heard.claims[0]
    return Hold(
        outcome,
        code,
        claim.reservation or hold.reservation,
        claim.status,
        claim.seats or hold.seats,
        claim.amount or hold.amount,
        claim.currency or hold.currency,
        claim.expires_ns or hold.ends_ns,
        claim.order,
    )


def payment(heard: Heard, intent: str = "") -> Payment:
    """Reads a payment: just opened (no `intent` known yet), paid, or looked at."""
    outcome, _, code = heard.judged
    status = "FAILED" if code in _FAILED_PAYMENT else ""
    if heard.message is None or not heard.claims:
        return Payment(outcome, code, intent, status)
    claim = heard.claims[0]
    return Payment(outcome, code, intent or claim.intent, status or claim.status)


def order(heard: Heard) -> Order:
    """Reads a confirmed reservation."""
    outcome, _, code = heard.judged
    if heard.message is None or not heard.claims:
        return Order(outcome, code)
    claim = heard.claims[0]
    return Order(outcome, code, claim.order, claim.seats)
