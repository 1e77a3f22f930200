"""Lengths of time as people write them: `45s`, `5m`, `1.5h`, `300ms`, or plain seconds."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

UNITS: Mapping[str, float] = MappingProxyType({"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0})
"""Unit to its seconds."""

WRITTEN = r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)?\s*$"
"""How a length is written, as a regular expression that JSON Schema knows too."""
_FORM = re.compile(WRITTEN)


def seconds(text: str | float) -> float:
    """Returns the seconds that a length of time holds; raises ValueError that says how lengths are written."""
    found = _FORM.fullmatch(str(text))
    if isinstance(text, bool) or found is None:
        raise ValueError(f"{text!r} is no length of time: write 300ms, 45s, 5m or 1h")
    return float(found[1]) * UNITS[found[2] or "s"]
