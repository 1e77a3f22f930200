"""What the platform has said is what it says when asked again.

Each read that was sent after a statement was answered is compared with it: an order stays an order, with its id and
seats, unless somebody asked to end it; a cancelled reservation stays cancelled; a payment stays completed unless it is
given back, and one that failed stays failed. Reads that were under way while the statement was made, or that were not
answered, prove nothing.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import earliest, latest, with_several
from reports.audit.finding import DEFINITE, MAJOR, Rule, Violation
from reports.audit.history import COMPLETED, CONFIRMED, happened, may_have, statement
from reports.audit.ownership import asked_to_end
from reports.audit.suspects import about, sold, stories
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Mask
    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

_ALIVE = frozenset({"PENDING", "HOLD", CONFIRMED})
_CANCEL = "CancelReservation"
"""What the inventory releases, the reservation need not know of."""
_STILL_PAID = frozenset({"", COMPLETED, "REFUNDED"})


def suspects(history: History) -> Numbers:
    """Leaves out what was said once, or was repeated in every later read."""
    table = history.table
    return stories(
        table, _orders_read_otherwise(table) | _cancels_read_otherwise(table), _payments_read_otherwise(table)
    )


def _orders_read_otherwise(table: ClaimTable) -> Mask:
    sale, read = sold(table), table.where(about("read"))
    both = sale | (read & table.where(lambda claim: statement(claim) == CONFIRMED))
    other = read & table.where(lambda claim: statement(claim) not in {"", CONFIRMED})
    said_ns = earliest(np.where(sale, table.reservation, -1), table.answered_ns, table.reservations)
    denied_ns = latest(np.where(other, table.reservation, -1), table.sent_ns, table.reservations)
    orders = np.where(both & (table.order != 0), table.reservation, -1)
    seats = np.where(both & (table.seat_count > 0), table.reservation, -1)
    ended = table.reservations_with(table.where(about("cancel", holds=lambda it: happened(it) or may_have(it))))
    return (
        ((denied_ns >= said_ns) & ~ended)
        | with_several(orders, table.order, table.reservations)
        | with_several(seats, table.seat_sum, table.reservations)
    )


def _cancels_read_otherwise(table: ClaimTable) -> Mask:
    ended = table.where(about("cancel", holds=lambda cancel: happened(cancel) and cancel.method.endswith(_CANCEL)))
    alive = table.where(about("read", holds=lambda read: statement(read) in _ALIVE))
    said_ns = earliest(np.where(ended, table.reservation, -1), table.answered_ns, table.reservations)
    return latest(np.where(alive, table.reservation, -1), table.sent_ns, table.reservations) >= said_ns


def _payments_read_otherwise(table: ClaimTable) -> Mask:
    def charged(word: str) -> Mask:
        return table.intents_with(table.where(about("charge", holds=lambda charge: statement(charge) == word)))

    unpaid = table.where(about("payment read", holds=lambda read: statement(read) not in _STILL_PAID))
    paid = table.where(about("payment read", holds=lambda read: statement(read) == COMPLETED))
    completed = table.where(about("charge", holds=lambda charge: statement(charge) == COMPLETED))
    said_ns = earliest(np.where(completed, table.intent, -1), table.answered_ns, table.intents)
    lost_ns = latest(np.where(unpaid, table.intent, -1), table.sent_ns, table.intents)
    return (lost_ns >= said_ns) | (charged("FAILED") & table.intents_with(paid))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each reservation, and one for each payment, that is read back as something else."""
    for reservation in history.reservations.values():
        yield from _of_reservation(reservation, history)
    for payment in history.payments.values():
        yield from _of_payment(payment, history)


def _of_reservation(reservation: Reservation, history: History) -> Iterator[Violation]:
    money_back = any(payment.given_back for payment in history.payments_of.get(reservation.id, ()))
    ended = asked_to_end(reservation) or money_back
    for said, read in product(_statements(reservation), reservation.reads):
        if read.sent_ns < said.answered_ns:
            continue
        wrong = _order_differs(said, read, ended) if said.action == "sale" else _cancel_differs(read)
        if wrong:
            yield _violation(f"Reservation {reservation.id} {wrong}.", said, read, reservation.user)
            return


def _statements(reservation: Reservation) -> list[Claim]:
    """Returns what was said of it that a later read has to repeat."""
    cancels = [cancel for cancel in reservation.cancels if happened(cancel) and cancel.method.endswith(_CANCEL)]
    return [*reservation.sold, *(cancel for cancel in cancels if not _sold_since(reservation, cancel))]


def _order_differs(sale: Claim, read: Claim, ended: bool) -> str:
    word = statement(read)
    if word not in {"", CONFIRMED} and not ended:
        return f"was confirmed as order {sale.order or '(no id)'} and is read back as {word}"
    if word == CONFIRMED and sale.order and read.order and sale.order != read.order:
        return f"was confirmed as order {sale.order} and is read back as order {read.order}"
    if word == CONFIRMED and sale.seats and read.seats and sorted(sale.seats) != sorted(read.seats):
        return f"was confirmed with seats {_list(sale.seats)} and is read back with {_list(read.seats)}"
    return ""


def _cancel_differs(read: Claim) -> str:
    word = statement(read)
    return f"was cancelled and is read back as {word}" if word in _ALIVE else ""


def _sold_since(reservation: Reservation, cancel: Claim) -> bool:
    """A sale may have come after the cancellation, so that an order need not surprise."""
    return any((happened(sale) or may_have(sale)) and sale.answered_ns > cancel.sent_ns for sale in reservation.sales)


def _of_payment(payment: Payment, history: History) -> Iterator[Violation]:
    reservation = history.reservations.get(payment.reservation)
    ended = bool(payment.voids) or (reservation is not None and asked_to_end(reservation))
    for charge, read in product(payment.charges, payment.reads):
        if read.sent_ns >= charge.answered_ns and (wrong := _charge_differs(payment, charge, read, ended)):
            yield _violation(f"Payment {payment.id} {wrong}.", charge, read, charge.user)
            return


def _charge_differs(payment: Payment, charge: Claim, read: Claim, ended: bool) -> str:
    said, word = statement(charge), statement(read)
    if said == COMPLETED and word not in _STILL_PAID and not ended:
        return f"was completed and is read back as {word}"
    only_failures = all(statement(other) == "FAILED" for other in payment.charges)
    if word == COMPLETED and only_failures:
        return "had failed and is read back as COMPLETED"
    return ""


def _list(seats: tuple[str, ...]) -> str:
    return ", ".join(sorted(seats))


def _violation(message: str, said: Claim, read: Claim, user: str) -> Violation:
    both = (said, read)
    return Violation(
        DEFINITE,
        message,
        witness(
            both,
            event=said.event or read.event,
            orders=sorted({claim.order for claim in both}),
            reservations=sorted({claim.reservation for claim in both}),
            intents=sorted({claim.intent for claim in both}),
            users=[user],
        ),
    )


RULE = Rule(
    "read_back_differs",
    "What the platform has said is what it says when asked again.",
    MAJOR,
    check,
    suspects,
    sees="Answers, and reads of the same reservation or payment that were sent after them.",
    blind="What nobody read again; reads under way while the answer was given; changes that somebody else asked for "
    "(a foreign client that cancels this run's orders looks like a platform that forgets them).",
)
"""Compares answers with later reads."""
