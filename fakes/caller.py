"""Who calls: what a service may know of a call beside its request."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tacorush.wire.serving import Call

_NOTHING: Mapping[str, str | bytes] = MappingProxyType({})


class Caller:
    """The client of one call."""

    __slots__ = ("_metadata", "_peer")

    def __init__(self, peer: str = "", metadata: Mapping[str, str | bytes] = _NOTHING) -> None:
        self._peer = peer
        self._metadata = metadata

    @property
    def peer(self) -> str:
        """Its address, as the transport writes it."""
        return self._peer

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        """What it sent beside the request, names in lower case."""
        return self._metadata

    @property
    def trace_id(self) -> str:
        """The trace that the call belongs to, from a W3C `traceparent`; empty without one."""
        header = self.metadata.get("traceparent", "")
        parts = (header.decode("ascii", "replace") if isinstance(header, bytes) else header).split("-")
        return parts[1] if len(parts) == 4 else ""


class CallerOf(Caller):
    """The client of a call being served, of which the transport is asked only what somebody wants to know."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def peer(self) -> str:
        """See Caller."""
        return self._call.peer

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        """See Caller."""
        return self._call.metadata
