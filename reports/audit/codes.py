"""Values by the number of what they belong to, or by its digest, over whole columns at once.

Numbers ("codes") count from 0, and -1 is no number: what has none is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tacorush.evidence.claim_columns import Digests, Numbers

NEVER_NS = 1 << 62
"""After every instant that a run can have."""


def earliest(codes: NDArray[np.integer], values: Numbers, count: int) -> Numbers:
    """Returns the smallest value of each code, NEVER_NS for a code that has none."""
    found = np.full(count, NEVER_NS, np.int64)
    np.minimum.at(found, codes[codes >= 0], values[codes >= 0])
    return found


def latest(codes: NDArray[np.integer], values: NDArray[np.integer], count: int) -> Numbers:
    """Returns the largest value of each code, 0 for a code that has none."""
    found = np.zeros(count, np.int64)
    np.maximum.at(found, codes[codes >= 0], values[codes >= 0])
    return found


def with_several(codes: NDArray[np.integer], values: NDArray[np.generic], count: int) -> NDArray[np.bool_]:
    """Returns which codes have two values that differ."""
    codes, values = codes[codes >= 0], values[codes >= 0]
    some = np.zeros(count, values.dtype)
    some[codes] = values
    found = np.zeros(count, np.bool_)
    found[codes[values != some[codes]]] = True
    return found


def sums_by(digests: Digests, amounts: Numbers) -> dict[int, int]:
    """Returns digest to the sum of its amounts."""
    known, codes = np.unique(digests, return_inverse=True)
    sums = np.bincount(codes, amounts, len(known)).astype(np.int64)
    return dict(zip(known.tolist(), sums.tolist(), strict=True))


def latest_by(digests: Digests, times_ns: Numbers) -> dict[int, int]:
    """Returns digest to the latest of its times."""
    known, codes = np.unique(digests, return_inverse=True)
    return dict(zip(known.tolist(), latest(codes, times_ns, len(known)).tolist(), strict=True))
