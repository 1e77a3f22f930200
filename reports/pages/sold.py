"""What was sold: the seats of known orders by event and by section, beside what the platform said before and after.

Seats are counted as the platform named them when it sold them, else as it said that it held them; a seat that two
orders have counts twice. The claims are read by columns, and of each seat's name one claim is made an object.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.audit.claim_table import ClaimTable
from reports.audit.history import happened
from reports.audit.suspects import about, event_of, proofs, sold
from reports.pages.material import EventSales, SectionSales
from tacorush.evidence.claim_columns import text_digest
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence, Set

    from tacorush.evidence.claim_columns import Digests, Numbers


def sales(claims: ClaimTable, meta: Mapping[str, Any]) -> tuple[tuple[EventSales, ...], tuple[SectionSales, ...]]:
    """Returns what was sold by event, those sold most first, and by section, over all events, by name."""
    seats, events = _sold_seats(claims)
    told = list((meta.get("preflight") or {}).get("events") or [])
    known = {str(section["name"]) for event in told for section in event.get("sections") or ()}
    by_event = _by_event(events, told, meta.get("inventory_after") or {})
    return by_event, _by_section(_sections(claims, seats, known), told)


def _sold_seats(claims: ClaimTable) -> tuple[Digests, Digests]:
    """Returns a row for each seat of each known order: digests of the seat and of the event (0 where none is told)."""
    bought = claims.reservations_with(proofs(claims))
    rank = np.select([sold(claims), proofs(claims), claims.where(about("hold", holds=happened))], [0, 1, 2], default=3)
    named = (claims.reservation >= 0) & (claims.seat_count > 0) & (rank < 3)
    best = np.full(claims.reservations, 3)
    np.minimum.at(best, claims.reservation[named], rank[named])
    told = np.zeros(len(claims), np.bool_)
    told[named] = bought[claims.reservation[named]] & (rank[named] == best[claims.reservation[named]])
    rows = np.flatnonzero(told[claims.seats.claim])
    reservation = claims.reservation[claims.seats.claim[rows]].astype(np.uint64)
    pairs = np.unique(np.stack([reservation, claims.seats.digest[rows]]), axis=1)
    return pairs[1], event_of(claims)[pairs[0].astype(np.int64)]


def _by_event(
    sold_in: Digests, told: Sequence[Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> tuple[EventSales, ...]:
    digests, amounts = np.unique(sold_in, return_counts=True)
    counted = dict(zip(digests.tolist(), amounts.tolist(), strict=True))
    rows = []
    for event in told:
        name = str(event["id"])
        amount = counted.pop(text_digest(name), 0)
        left = after.get(name) or {}
        rows.append(
            EventSales(
                name,
                amount,
                event.get("total"),
                event.get("available"),
                left.get("sold"),
                left.get("reserved"),
                left.get("available"),
            )
        )
    if counted:
        rows.append(EventSales("", sum(counted.values())))
    return tuple(sorted(rows, key=lambda row: (-row.sold, row.event)))


def _by_section(found: Counter[str], told: Iterable[Mapping[str, Any]]) -> tuple[SectionSales, ...]:
    seats: Counter[str] = Counter()
    free: Counter[str] = Counter()
    for event in told:
        for section in event.get("sections") or ():
            seats[str(section["name"])] += int(section.get("total") or 0)
            free[str(section["name"])] += int(section.get("available") or 0)
    names = sorted({*seats, *found})
    return tuple(SectionSales(name, found[name], seats.get(name), free.get(name)) for name in names)


def _sections(claims: ClaimTable, seats: Digests, known: Set[str]) -> Counter[str]:
    digests, amounts = np.unique(seats, return_counts=True)
    names = _names(claims, digests)
    found: Counter[str] = Counter()
    for digest, amount in zip(digests.tolist(), amounts.tolist(), strict=True):
        found[_section(names[digest], known)] += amount
    return found


def _section(seat: str, known: Set[str]) -> str:
    """The longest known section that a seat's name begins with, else what stands before its last dash."""
    parts = seat.split("-")
    heads = ["-".join(parts[:size]) for size in range(len(parts) - 1, 0, -1)]
    return next((head for head in heads if head in known), heads[0] if heads else "")


def _names(claims: ClaimTable, digests: Digests) -> dict[int, str]:
    """Returns digest to text of seats: one claim that names it is read for each."""
    known, first = np.unique(claims.seats.digest, return_index=True)
    rows: Numbers = np.unique(claims.seats.claim[first[np.isin(known, digests)]]).astype(np.int64)
    texts = sorted({seat for claim in claims.claims(rows) for seat in claim.seats})
    alone = ClaimTable(PackedClaims(Claim("", "", 0, "", seats=(text,)) for text in texts)).seats
    return {int(digest): texts[claim] for claim, digest in zip(alone.claim, alone.digest, strict=True)}
