"""Who calls: what a service may know of a call beside its request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Caller:
    """The client of one call."""

    peer: str = ""
    """Its address, as the transport writes it."""
    metadata: Mapping[str, str | bytes] = field(default_factory=dict)
    """What it sent beside the request, names in lower case."""

    @property
    def trace_id(self) -> str:
        """The trace that the call belongs to, from a W3C `traceparent`; empty without one."""
        header = self.metadata.get("traceparent", "")
        parts = (header.decode("ascii", "replace") if isinstance(header, bytes) else header).split("-")
        return parts[1] if len(parts) == 4 else ""
