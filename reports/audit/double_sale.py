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

from reports.audit.finding import CRITICAL, DEFINITE, POSSIBLE, Rule, Violation
from reports.audit.ownership import Ownership, ownerships
from reports.audit.witness import witness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.audit.history import History
    from tacorush.evidence.records import Claim


def check(history: History) -> Iterator[Violation]:
    """Yields one violation for each seat with two orders at once."""
    owners: dict[tuple[str, str], list[Ownership]] = {}
    for ownership in ownerships(history):
        for seat in dict.fromkeys(ownership.reservation.seats):
            owners.setdefault((ownership.reservation.event, seat), []).append(ownership)
    for (event, seat), found in sorted(owners.items()):
        if len(found) > 1 and (violation := _of_seat(event, seat, found, history.hosts_skew_ns)):
            yield violation


def _of_seat(event: str, seat: str, owners: list[Ownership], skew_ns: int) -> Violation | None:
    owners = sorted(owners, key=lambda owner: (owner.proof.sent_ns, owner.proof.answered_ns, owner.name))
    pairs = [(_certainty(first, second, skew_ns), first, second) for first, second in combinations(owners, 2)]
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


RULE = Rule("double_sale", "No seat is sold to two orders at once.", CRITICAL, check)
"""The rule behind `oversell`: its definite violations are the seats with two or more orders."""
