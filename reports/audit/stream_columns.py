"""The claims of streams by columns: which message came of which stream.

Only these need their traces, so what is held of them is held for them alone: 16 octets each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tacorush.evidence.claim_columns import ClaimColumns, Digests, Numbers
    from tacorush.evidence.records import Claim


def of_streams(claim: Claim) -> bool:
    """It is a stream, or a message of one."""
    return claim.action in {"stream", "update"}


class StreamColumns(NamedTuple):
    """One row for each claim of a stream."""

    row: Numbers
    """Of the claim in the table, rising."""
    trace: Digests

    @classmethod
    def chosen(cls, columns: ClaimColumns, rows: Numbers, at: int) -> StreamColumns:
        """Returns some rows of a chunk; its first claim stands in row `at` of the table."""
        return cls(rows + at, columns.digests("trace")[rows])

    @classmethod
    def together(cls, parts: Sequence[StreamColumns]) -> StreamColumns:
        """Returns the rows of all parts, in their order."""
        nothing = cls(np.empty(0, np.int64), np.empty(0, np.uint64))
        return cls(*(np.concatenate(found) for found in zip(nothing, *parts, strict=True)))
