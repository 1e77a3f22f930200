"""The claims about the queue by columns: who joined, looked, was admitted, and which token a reservation showed.

Only these have tokens and positions, so what is held of them is held for them alone: 40 octets each. Tokens, of waiting
and of reservation, have numbers: whoever looks for those that go together compares them, or counts by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tacorush.evidence.claim_columns import numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tacorush.evidence.claim_columns import ClaimColumns, Digests, Numbers
    from tacorush.evidence.records import Claim

ACTIONS = frozenset({"join", "poll", "admission"})


def of_queue(claim: Claim) -> bool:
    """It is about the queue, by its words: a step in it, or a reservation, which shows what the queue gave."""
    return claim.action in ACTIONS or makes_reservation(claim)


def makes_reservation(claim: Claim) -> bool:
    """It asks for a reservation, which takes a reservation token; the inventory's own holds take none."""
    return claim.method.endswith("/CreateReservation")


class QueueColumns(NamedTuple):
    """One row for each claim about the queue."""

    row: Numbers
    """Of the claim in the table, rising."""
    token: NDArray[np.int32]
    """Number of the token that was given, -1 for none."""
    shown: NDArray[np.int32]
    """Number of the token that was shown, -1 for none."""
    user: Digests
    position: NDArray[np.int32]
    wait_s: NDArray[np.int32]
    tokens: int
    """How many tokens there are."""


class Part(NamedTuple):
    """The same of a chunk, with the digests of its tokens."""

    row: Numbers
    token: Digests
    shown: Digests
    user: Digests
    position: NDArray[np.int32]
    wait_s: NDArray[np.int32]


def chosen(columns: ClaimColumns, rows: Numbers, at: int) -> Part:
    """Returns some rows of a chunk; its first claim stands in row `at` of the table."""
    token, shown, user = (columns.digests(name)[rows] for name in ("token", "shown", "user"))
    position, wait_s = (_small(columns.numbers(name)[rows]) for name in ("position", "wait_s"))
    return Part(rows + at, token, shown, user, position, wait_s)


def together(parts: Sequence[Part]) -> QueueColumns:
    """Returns the rows of all parts, in their order."""
    nothing = Part(*(np.empty(0, kind) for kind in (np.int64, *[np.uint64] * 3, np.int32, np.int32)))
    told = [nothing, *parts]
    codes, tokens = numbered(np.concatenate([part.token for part in told] + [part.shown for part in told]))
    token, shown = np.split(codes, 2)
    return QueueColumns(
        np.concatenate([part.row for part in told]),
        token,
        shown,
        np.concatenate([part.user for part in told]),
        np.concatenate([part.position for part in told]),
        np.concatenate([part.wait_s for part in told]),
        tokens,
    )


def _small(numbers: Numbers) -> NDArray[np.int32]:
    limits = np.iinfo(np.int32)
    return np.clip(numbers, limits.min, limits.max).astype(np.int32)
