"""The three verdicts, their order, and how several become one: as data."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PASS, FAIL, INCONCLUSIVE = "PASS", "FAIL", "INCONCLUSIVE"

ORDER: tuple[str, ...] = (FAIL, INCONCLUSIVE, PASS)
"""The weightiest first: of several verdicts the first in this order counts."""

EXIT_CODES: Mapping[str, int] = MappingProxyType({PASS: 0, FAIL: 1, INCONCLUSIVE: 3})
"""Verdict to the exit code of a command that ends with it."""


def weightiest(verdicts: Iterable[str]) -> str:
    """Returns the verdict that counts among several, PASS of none; raises ValueError for what is no verdict."""
    found = set(verdicts)
    unlisted = found - set(ORDER)
    if unlisted:
        raise ValueError(f"no verdict: {', '.join(sorted(map(repr, unlisted)))}; there are {', '.join(ORDER)}")
    return next((verdict for verdict in ORDER if verdict in found), PASS)
