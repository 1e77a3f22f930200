"""How journeys end: the words, and which answer ends a journey with which.

A step that cannot go on raises `Ends`, so that a journey reads from top to bottom as the way it hopes to take.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scenarios.ticketing import Told

ENDINGS = (
    "ticket",
    "sold_out",
    "not_admitted",
    "limited",
    "refused",
    "left",
    "expired",
    "cancelled",
    "let_in",
    "failed",
    "unknown",
    "unfinished",
)
"""ticket: an order is known; left, cancelled: as the person wished; let_in: got in without a
turn, which no platform should allow; unfinished: cut short by the end of the run, by the
target's load limit, or by a step that the platform does not serve; the rest: what the platform did."""

_REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "INVENTORY_CONFLICT": "sold_out",
        "INSUFFICIENT_INVENTORY": "sold_out",
        "RATE_LIMITED": "limited",
        "QUOTA_EXCEEDED": "limited",
        "RESERVATION_EXPIRED": "expired",
        "DENIED": "not_admitted",
        "EXPIRED": "not_admitted",
        "INVALID": "not_admitted",
    }
)
"""Code of a refusal to the ending; any other refusal is `refused`."""

_OTHERS: Mapping[str, str] = MappingProxyType({"failed": "failed", "unknown": "unknown", "unimplemented": "unfinished"})


class Ends(Exception):  # noqa: N818 - an ending is no error
    """The journey ends here, in this way."""

    def __init__(self, ending: str) -> None:
        if ending not in ENDINGS:
            raise ValueError(f"no journey ends {ending!r}")
        super().__init__(ending)
        self.ending = ending


def ending_of(told: Told) -> str:
    """The ending that an answer which is not ok means; raises KeyError for one that is."""
    if told.outcome == "refused":
        return _REFUSED.get(told.code, "refused")
    return _OTHERS[told.outcome]


def require(told: Told) -> None:
    """Ends the journey unless the answer is ok."""
    if not told.ok:
        raise Ends(ending_of(told))
