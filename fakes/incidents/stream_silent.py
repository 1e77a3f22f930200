"""Incident `stream-silent`: a stream tells nothing any more and does not end."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof
from fakes.incidents.stream_words import FOLLOWED


class StreamSilent(Incident):
    """Three streams of reservations and payments in ten fall silent after their first messages and stay open, as behind
    a proxy that has lost its upstream: a page shows for ever what was true once.
    """

    name = "stream-silent"
    rule = "stream_silent"
    proof = Proof(
        fakes=("--platform", "documented", "--time-scale", "0.1", "--incident", "stream-silent"),
        scenario="streams",
        run=("--rate", "5", "--duration", "8s", "--time-scale", "0.1"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.3, "count": 0})

    def hush_stream(self, path: str, sent: int) -> bool:
        """Strikes before a message that is not the first."""
        return sent > 0 and path.endswith(FOLLOWED) and self.strikes()
