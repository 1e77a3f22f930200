"""No seat is held for two at once.

A hold certainly stands from its answer on until the earliest instant at which it may have ended: its stated end less
the clocks' skew, a cancellation that was not denied, a payment that did not go through or went back (a platform may
then give the seats up), or, where the platform says that it ended before its time, or that it was cancelled and nobody
of this run had asked for that (an operator may have), the last word that it stood. Where all that is told of its end is
that it ran out, money went back for that; and a payment that failed before an order was made did not stand in its way.
One that was confirmed in time stands on as an order. Two that certainly stood at the same instant and name the same
seat are definite. A seat held again after a hold that ran out, was given up or may have been is no violation, and
nothing is said of holds that state neither end nor life. Where the platform's clock is seen to be off, so are its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS, earliest, latest
from reports.audit.finding import CRITICAL, DEFINITE, Rule, Violation
from reports.audit.history import CONFIRMED, ENDED, denied, happened, may_have, statement
from reports.audit.suspects import RESERVATION_TOPICS, about, event_of, proofs, sold, stories
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from reports.audit.history import History, Payment, Reservation
    from tacorush.evidence.claim_columns import Digests, Numbers
    from tacorush.evidence.records import Claim

_STANDS = frozenset({"PENDING", "HOLD", CONFIRMED})


@dataclass(frozen=True, slots=True)
class _Standing:
    """One hold, and the time in which it certainly stood."""

    reservation: Reservation
    from_ns: int
    until_ns: int


def suspects(history: History) -> Numbers:
    """Groups the reservations whose holds name the same seat and may have stood at the same time."""
    table = history.table
    place, owner = _places(table)
    from_ns = earliest(np.where(_named_holds(table), table.reservation, -1), table.answered_ns, table.reservations)
    until_ns = _until(table, history.ends_skew_ns)
    order = np.lexsort((from_ns[owner], place))
    place, owner = place[order], owner[order]
    new = np.append(True, place[1:] != place[:-1]) if len(place) else np.empty(0, np.bool_)
    group = np.cumsum(new, dtype=np.int64)
    # The latest end so far within each place, by ranks: those of one place lie above all of the place before.
    ranks = np.unique(np.concatenate([until_ns, from_ns + history.hosts_skew_ns]))
    ends = np.searchsorted(ranks, until_ns)[owner] + group * (len(ranks) + 1)
    begins = np.searchsorted(ranks, from_ns + history.hosts_skew_ns)[owner] + group * (len(ranks) + 1)
    before = np.append(np.int64(-1), np.maximum.accumulate(ends))[:-1]
    shared = np.isin(group, group[~new & (begins < before)])
    pairs = np.flatnonzero(shared[1:] & ~new[1:])
    wanted = np.zeros(table.reservations, np.bool_)
    wanted[owner[shared]] = True
    return stories(table, wanted, together=(owner[pairs], owner[pairs + 1]))


def _named_holds(table: ClaimTable) -> Mask:
    named: Mask = table.where(about("hold", holds=happened)) & (table.seat_count > 0) & (table.reservation >= 0)
    return named


def _places(table: ClaimTable) -> tuple[Digests, Codes]:
    """Returns the seats that holds name, as (digest of event and seat, whose hold), each pair once."""
    kept = _named_holds(table)[table.seats.claim]
    owner = table.reservation[table.seats.claim[kept]]
    place = mixed(event_of(table)[owner], table.seats.digest[kept])
    _, first = np.unique(mixed(place, owner.astype(np.uint64)), return_index=True)
    return place[first], owner[first]


def _until(table: ClaimTable, skew_ns: int) -> Numbers:
    """Returns until when each reservation stood at most: _stands_until, or later."""

    def codes(claims: Mask) -> Codes:
        return np.where(claims, table.reservation, -1)

    stated = table.where(about(*RESERVATION_TOPICS, holds=lambda claim: not may_have(claim)))
    ends_ns = latest(codes(stated), table.expires_ns, table.reservations)
    ends_ns = np.where(ends_ns > 0, ends_ns - skew_ns, 0)
    shown_ns = earliest(codes(proofs(table)), table.answered_ns, table.reservations)
    ends_ns[shown_ns <= ends_ns] = NEVER_NS
    cancels = table.where(about("cancel", holds=lambda cancel: not denied(cancel)))
    ends_ns = np.minimum(ends_ns, earliest(codes(cancels), table.sent_ns, table.reservations))
    alive = table.where(about("read", holds=lambda read: statement(read) in _STANDS)) | sold(table)
    alive |= table.where(about("extend", holds=happened))
    return np.maximum(ends_ns, latest(codes(alive), table.sent_ns, table.reservations))


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each seat that two held at once."""
    by_seat: dict[tuple[str, str], list[_Standing]] = {}
    for reservation in history.reservations.values():
        for seat in dict.fromkeys(reservation.held_seats):
            standing = _standing(reservation, history.payments_of.get(reservation.id, ()), history.ends_skew_ns)
            by_seat.setdefault((reservation.event, seat), []).append(standing)
    for (event, seat), found in sorted(by_seat.items()):
        pair = _at_once(found, history.hosts_skew_ns)
        if pair:
            yield _violation(event, seat, *pair)


def _at_once(found: list[_Standing], skew_ns: int) -> tuple[_Standing, _Standing] | None:
    """Returns the first two that certainly stood at the same instant."""
    found = sorted(found, key=lambda standing: (standing.from_ns, standing.reservation.id))
    longest = found[0]
    for standing in found[1:]:
        if standing.from_ns + skew_ns < min(longest.until_ns, standing.until_ns):
            return longest, standing
        longest = max(longest, standing, key=lambda one: one.until_ns)
    return None


def _standing(reservation: Reservation, payments: Sequence[Payment], skew_ns: int) -> _Standing:
    named = (hold.answered_ns for hold in reservation.holds if happened(hold) and hold.seats)
    return _Standing(reservation, min(named), _stands_until(reservation, payments, skew_ns))


def _stands_until(reservation: Reservation, payments: Sequence[Payment], skew_ns: int) -> int:
    """The instant until which it certainly stood."""
    alive = [read.sent_ns for read in reservation.reads if statement(read) in _STANDS]
    alive += [told.sent_ns for told in (*reservation.sold, *reservation.extensions) if happened(told)]
    ends = [cancel.sent_ns for cancel in reservation.cancels if not denied(cancel)]
    sold_ns = max((proof.sent_ns for proof in reservation.proofs), default=0)
    ends += [
        sent_ns for payment in payments for sent_ns in _may_free_from(payment, sold_ns, ran_out=_ran_out(reservation))
    ]
    hold_ends_ns = reservation.expires_ns - skew_ns
    given_up = any(not denied(cancel) for cancel in reservation.cancels)
    early = any(_says_ended(told) and told.answered_ns < hold_ends_ns for told in reservation)
    if (early and not given_up) or any(_cancelled_by_others(told, reservation) for told in reservation.reads):
        ends.append(0)
    in_time = any(proof.answered_ns <= hold_ends_ns for proof in reservation.proofs)
    return max([*alive, min([*ends, NEVER_NS if in_time else hold_ends_ns])], default=0)


def _cancelled_by_others(told: Claim, reservation: Reservation) -> bool:
    """It was cancelled, nobody knows when, and not known to be by its owner: an operator may have done it."""
    own = any(happened(cancel) and cancel.sent_ns <= told.answered_ns for cancel in reservation.cancels)
    return statement(told) == "CANCELLED" and not own


def _says_ended(told: Claim) -> bool:
    return statement(told) in ENDED or told.code == "RESERVATION_EXPIRED"


def _ran_out(reservation: Reservation) -> bool:
    """All that is told of its end is that its time was over."""
    told = [claim for claim in reservation if _says_ended(claim)]
    return bool(told) and all(claim.code == "RESERVATION_EXPIRED" or statement(claim) == "EXPIRED" for claim in told)


def _may_free_from(payment: Payment, sold_ns: int, *, ran_out: bool) -> list[int]:
    """From when on the platform may have given the seats up because it did not go through, or went back."""
    if not payment.completions:
        return [charge.sent_ns for charge in (*payment.charges, *payment.voids) if charge.sent_ns > sold_ns]
    if payment.given_back and (payment.voids or not ran_out):
        return [it.sent_ns for it in (*payment.charges, *payment.voids)]
    return []


def _violation(event: str, seat: str, first: _Standing, second: _Standing) -> Violation:
    both = (first.reservation, second.reservation)
    return Violation(
        DEFINITE,
        f"Seat {seat} of {event or 'an unnamed event'} was held twice at once: for {both[0].id} and for {both[1].id}.",
        witness(
            [claim for reservation in both for claim in _chain(reservation)],
            event=event,
            seat=seat,
            reservations=[reservation.id for reservation in both],
            users=[reservation.user for reservation in both],
            stood_until_ns=[first.until_ns, second.until_ns],
        ),
    )


def _chain(reservation: Reservation) -> Iterator[Claim]:
    yield from [hold for hold in reservation.holds if happened(hold)][:1]
    yield from reservation.proofs[:1]
    yield from reservation.cancels


RULE = Rule(
    "held_twice",
    "No seat is held for two at once.",
    CRITICAL,
    check,
    suspects,
    sees="Two holds of this run's own buyers that name the same seat of the same event and certainly stood at once.",
    blind="A seat that a foreign buyer holds; holds that name no seats; overlaps shorter than the clocks' skew before "
    "a stated end, and where the platform's clock is seen to be off (`clock_skew`), so much more; holds whose payment "
    "failed, which a platform may give up; holds that somebody else cancelled, as an operator may: one that nobody "
    "reads afterwards looks like a platform that errs.",
)
"""Compares the times in which holds of one seat stood."""
