"""Who owned a seat and when: one ownership for each order, as bounds between which it began and may have ended.

An order ends when it is cancelled or refunded, and may have when its payment was given back. A platform that forgets an
order, or lets it expire, has not ended it: the buyer was told that the seat is theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.audit.codes import NEVER_NS
from reports.audit.history import happened, may_have, statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.records import Claim

_GIVEN_UP = frozenset({"CANCELLED", "REFUNDED"})


@dataclass(frozen=True, slots=True)
class Ownership:
    """One order's claim to its seats."""

    reservation: Reservation
    order: str
    """The order's id; empty when it was not told."""
    proof: Claim
    """The sale or the read that shows it, or the sale that may have happened."""
    known: bool
    """It is known to have happened."""
    began_by_ns: int
    """It had begun by then, if it ever did."""
    refunds_ns: tuple[int, ...] = ()
    """From these instants on it may have ended, because its money was given back."""

    @property
    def ends(self) -> list[tuple[bool, int]]:
        """The ways in which it may have ended: whether it is known to have, and the earliest instant."""
        return endings(self.reservation) + [(False, refund_ns) for refund_ns in self.refunds_ns]

    @property
    def proven_until_ns(self) -> int:
        """A read that was sent then said that it stood."""
        return max((read.sent_ns for read in self.reservation.confirmations), default=0)

    @property
    def name(self) -> str:
        """The order, else the reservation."""
        return self.order or self.reservation.id

    def ended_before(self, other: Ownership, skew_ns: int = 0) -> bool | None:
        """Says if this one may well have ended before the other began; None: only if an unknown answer did it.

        Who bought and who cancelled may have been on two hosts: what their clocks' skew can have reordered is open.
        """
        if self.proven_until_ns >= other.began_by_ns + skew_ns:
            return False
        ends = self.ends
        if any(known and earliest_ns <= other.began_by_ns for known, earliest_ns in ends):
            return True
        return None if any(earliest_ns <= other.began_by_ns + skew_ns for _, earliest_ns in ends) else False


def ownerships(history: History) -> Iterator[Ownership]:
    """Yields every order that happened or may have, one for each order id of a reservation."""
    for reservation in history.reservations.values():
        yield from of_reservation(reservation, history.payments_of.get(reservation.id, ()))


def of_reservation(reservation: Reservation, payments: Iterable[Payment] = ()) -> Iterable[Ownership]:
    """Returns a reservation's orders: more than one only where the platform told several order ids."""
    proofs = reservation.proofs
    if not proofs:
        return [Ownership(reservation, "", sale, False, NEVER_NS) for sale in reservation.open_sales[:1]]
    refunds_ns = tuple(_refunds(payments, proofs[0].sent_ns))
    named = {order: [proof for proof in proofs if proof.order == order] for order in reservation.orders}
    return [
        Ownership(reservation, order, same[0], True, min(proof.answered_ns for proof in same), refunds_ns)
        for order, same in (named or {"": proofs}).items()
    ]


def endings(reservation: Reservation) -> list[tuple[bool, int]]:
    """Returns the ways in which its order may have ended: whether it is known to have, and the earliest instant."""
    asked = [
        (happened(cancel), cancel.sent_ns) for cancel in reservation.cancels if happened(cancel) or may_have(cancel)
    ]
    return asked + [(True, _stood_ns(reservation)) for read in reservation.reads if _says_given_up(reservation, read)]


def _refunds(payments: Iterable[Payment], stood_ns: int) -> Iterator[int]:
    """From when on payments of an order may have been given back; what was before it stood did not end it."""
    for payment in payments:
        for void in payment.voids:
            if may_have(void) or (happened(void) and void.answered_ns >= stood_ns):
                yield void.sent_ns
        if any(statement(read) in _GIVEN_UP and read.answered_ns >= stood_ns for read in payment.reads):
            yield stood_ns


def asked_to_end(reservation: Reservation) -> bool:
    """Somebody asked to cancel it, and that happened or may have."""
    return any(happened(cancel) or may_have(cancel) for cancel in reservation.cancels)


def _says_given_up(reservation: Reservation, read: Claim) -> bool:
    later = [again for again in reservation.confirmations if again.sent_ns >= read.answered_ns]
    return statement(read) in _GIVEN_UP and read.answered_ns >= _stood_ns(reservation) and not later


def _stood_ns(reservation: Reservation) -> int:
    """The latest instant at which the order is not known to have stood already, or to have stood still."""
    proofs = reservation.proofs
    return max([proofs[0].sent_ns, *(read.sent_ns for read in reservation.confirmations)]) if proofs else 0
