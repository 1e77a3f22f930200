"""What claims state of prices and sections, by columns: nothing is kept but what a rule may have to look at.

The amounts are read once, while the table is made; kept for every claim they would take 24 octets each. Left of them is
which claims disagree with themselves, and of which reservations and payments different amounts were told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from reports.audit.codes import with_several

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tacorush.evidence.claim_columns import ClaimColumns, Digests, Numbers
    from tacorush.evidence.records import Claim

PAYMENT_READS = frozenset({"GetPaymentStatus", "ListPayments"})
"""Methods whose reads are about a payment; the others' are about a reservation."""

_PRICED = frozenset({"hold", "sale", "read", "intent"})
_PLACED = frozenset({"hold", "extend", "sale", "cancel", "read"})


def of_prices(claim: Claim) -> bool:
    """It may state a price, by its words; what is paid back is none."""
    return claim.action in _PRICED


def of_places(claim: Claim) -> bool:
    """It may state where a reservation's seats are, by its words."""
    return claim.action in _PLACED and claim.method.rpartition("/")[2] not in PAYMENT_READS


_ROWS = np.empty(0, np.int32)


class Part(NamedTuple):
    """What the claims of one chunk state, by their rows in the table."""

    odd: NDArray[np.int32]
    adds_up: bool
    priced: NDArray[np.int32]
    """Claims that tell an amount, and the amounts."""
    amount: Numbers
    placed: NDArray[np.int32]
    """Claims that tell a section, and the sections."""
    section: Digests


class Stated(NamedTuple):
    """What all claims state."""

    odd: NDArray[np.int32]
    """Rows of the claims whose total is not what their seats cost, by themselves or as shown before."""
    adds_up: bool
    """Some total is what its seats cost, by itself or as shown before."""
    reservations: NDArray[np.bool_]
    """The reservations of which different amounts were told, by their number."""
    intents: NDArray[np.bool_]
    """The payments of which different amounts were told."""
    section: Digests
    """The section of each reservation's seats; 0 where none is told, or several."""


def stated_in(columns: ClaimColumns, rows: Numbers, places: Numbers, at: int) -> Part:
    """Returns what some rows of a chunk state of prices, and others of sections; the first is row `at` of the table."""
    amount, worth, quoted = (columns.numbers(name)[rows] for name in ("amount", "worth", "quoted"))
    told = (amount != 0) | (columns.digests("currency")[rows] != 0)
    adds_up = bool((told & (amount != 0) & ((worth == amount) | (quoted == amount))).any())
    odd = told & (((worth != 0) & (worth != amount)) | ((quoted != 0) & (quoted != amount)))
    row = (rows + at).astype(np.int32)
    sections = columns.digests("section")
    places = places[sections[places] != 0]
    return Part(row[odd], adds_up, row[told], amount[told], (places + at).astype(np.int32), sections[places])


def stated(
    parts: Sequence[Part], reservation: NDArray[np.int32], intent: NDArray[np.int32], reservations: int, intents: int
) -> Stated:
    """Sums the parts up; `reservation` and `intent` are the numbers of all claims, -1 for none."""
    nothing = Part(_ROWS, False, _ROWS, np.empty(0, np.int64), _ROWS, np.empty(0, np.uint64))
    told = [nothing, *parts]  # put together one after the other: all at once they would be there twice
    amount = np.concatenate([part.amount for part in told])
    priced = np.concatenate([part.priced for part in told])
    of_reservations, of_intents = (
        with_several(codes[priced], amount, count) for codes, count in ((reservation, reservations), (intent, intents))
    )
    del amount, priced
    placed = reservation[np.concatenate([part.placed for part in told])]
    section = _sections(placed, np.concatenate([part.section for part in told]), reservations)
    odd = np.concatenate([part.odd for part in told])
    return Stated(odd, any(part.adds_up for part in told), of_reservations, of_intents, section)


def _sections(codes: NDArray[np.int32], sections: Digests, count: int) -> Digests:
    found = np.zeros(count, np.uint64)
    found[codes[codes >= 0]] = sections[codes >= 0]
    found[with_several(codes, sections, count)] = 0
    return found
