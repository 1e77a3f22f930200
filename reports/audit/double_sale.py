"""No seat is sold twice.

For each seat, the orders that hold it: two that are known to have happened, of which neither can have ended before the
other began, are a definite double sale. Where one of them may never have happened (its confirm was never answered), or
an unanswered cancellation may have freed the seat in between, or hosts whose clocks differ may have seen sale and
cancellation in the wrong order, the double sale is possible. A seat sold again after a true cancellation is no
violation.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from reports.audit.codes import NEVER_NS, earliest, latest, with_several
from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.history import CONFIRMED, happened, statement
from reports.audit.ownership import Ownership, ownerships
from reports.audit.suspects import about, event_of, owners, proofs, stories
from reports.audit.witness import witness
from tacorush.evidence.claim_columns import mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.claim_table import ClaimTable, Codes, Mask
    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Digests, Numbers
    from tacorush.evidence.records import Claim


def suspects(history: History) -> Numbers:
    """Groups the reservations that may have owned a seat while another did, and those with two orders."""
    table = history.table
    shown = proofs(table)
    twice = with_several(np.where(shown & (table.order != 0), table.reservation, -1), table.order, table.reservations)
    one, other = _rivals(table, twice, history.hosts_skew_ns)
    twice[one] = True
    twice[other] = True
    return stories(table, twice, together=(one, other))


def _rivals(table: ClaimTable, twice: Mask, skew_ns: int) -> tuple[Codes, Codes]:
    """Returns pairs of reservations, enough to join all that share a seat of which not each gave it up for the next."""
    place, owner = _contested(table)
    began_ns = earliest(np.where(proofs(table), table.reservation, -1), table.answered_ns, table.reservations)
    order = np.lexsort((owner, began_ns[owner], place))
    place, owner = place[order], owner[order]
    pairs = np.flatnonzero((place[1:] == place[:-1]) & (owner[1:] != owner[:-1]))
    one, other = owner[pairs], owner[pairs + 1]
    # In the order in which they began it is enough that each had ended before the next began: then before all later.
    ended = _ended_by(table, one, began_ns[other], skew_ns) & ~twice[one] & ~twice[other]
    open_places = np.unique(place[pairs[~ended]])
    left = np.isin(place[pairs], open_places)
    return one[left], other[left]


def _contested(table: ClaimTable) -> tuple[Digests, Codes]:
    """Returns the seats that two reservations may have owned, as (digest of event and seat, who may have)."""
    shown = proofs(table)
    # A reservation's seats are those of its sales and reads; only where these name none, those of its holds.
    elsewhere = owners(table) & ~table.reservations_with(shown & (table.seat_count > 0))
    named = shown & (table.reservation >= 0)
    named |= np.append(elsewhere, False)[table.reservation]
    kept = named[table.seats.claim]
    owner = table.reservation[table.seats.claim[kept]]
    place = mixed(event_of(table)[owner], table.seats.digest[kept])
    order = np.argsort(place)
    place, owner = place[order], owner[order]
    rivals = np.flatnonzero((place[1:] == place[:-1]) & (owner[1:] != owner[:-1]))
    left = np.isin(place, np.unique(place[rivals]))
    return place[left], owner[left]


def _ended_by(table: ClaimTable, owner: Codes, instant_ns: Numbers, skew_ns: int) -> Mask:
    """Which of these reservations were cancelled by then and not read as confirmed since: Ownership.ended_before."""
    cancelled = table.where(about("cancel", holds=happened))
    confirmed = table.where(about("read", holds=lambda read: statement(read) == CONFIRMED))
    ends_ns = earliest(np.where(cancelled, table.reservation, -1), table.sent_ns, table.reservations)[owner]
    stood_ns = latest(np.where(confirmed, table.reservation, -1), table.sent_ns, table.reservations)[owner]
    gone: Mask = (ends_ns <= instant_ns) & (ends_ns < NEVER_NS) & (stood_ns < instant_ns + skew_ns)
    return gone


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each seat with two orders at once."""
    by_seat: dict[tuple[str, str], list[Ownership]] = {}
    for ownership in ownerships(history):
        for seat in dict.fromkeys(ownership.reservation.seats):
            by_seat.setdefault((ownership.reservation.event, seat), []).append(ownership)
    for (event, seat), found in sorted(by_seat.items()):
        if violation := _of_seat(event, seat, found, history.hosts_skew_ns):
            yield violation


def _of_seat(event: str, seat: str, found: list[Ownership], skew_ns: int) -> Violation | None:
    found = sorted(found, key=lambda owner: (owner.proof.sent_ns, owner.proof.answered_ns, owner.name))
    pairs = [(_certainty(first, second, skew_ns), first, second) for first, second in combinations(found, 2)]
    for wanted in (DEFINITE, POSSIBLE):
        for certainty, first, second in pairs:
            if certainty == wanted:
                return _violation(event, seat, certainty, first, second)
    return None


def _certainty(first: Ownership, second: Ownership, skew_ns: int) -> str:
    """Returns how certain it is that both orders stood at once; empty when they may well not have."""
    orders = (first.ended_before(second, skew_ns), second.ended_before(first, skew_ns))
    if True in orders:
        return ""
    return DEFINITE if first.known and second.known and None not in orders else POSSIBLE


def _violation(event: str, seat: str, certainty: str, first: Ownership, second: Ownership) -> Violation:
    both = (first, second)
    verb = "was" if certainty == DEFINITE else "may have been"
    return Violation(
        certainty,
        f"Seat {seat} of {event or 'an unnamed event'} {verb} sold twice: to {first.name} and to {second.name}.",
        witness(
            [claim for owner in both for claim in _chain(owner, seat)],
            event=event,
            seat=seat,
            orders=[owner.name for owner in both],
            reservations=[owner.reservation.id for owner in both],
            users=[owner.reservation.user for owner in both],
        ),
    )


def _chain(owner: Ownership, seat: str) -> Iterator[Claim]:
    held = [hold for hold in owner.reservation.holds if seat in hold.seats]
    yield from held[:1]
    yield owner.proof
    yield from owner.reservation.cancels


RULE = Rule(
    "double_sale",
    "No seat is sold to two orders at once.",
    CRITICAL,
    check,
    suspects,
    sees="Two orders of this run's own buyers that name the same seat of the same event and stood at the same time.",
    blind="A seat that a foreign buyer owns too; orders whose answers and reads name no seat (`over_capacity` counts "
    "those); two orders of which one was cancelled when the other may already have stood; an order whose payment was "
    "given back before the other stood, which may have ended with it, stays at possible.",
)
"""The rule behind `oversell`: its definite violations are the seats with two or more orders."""
