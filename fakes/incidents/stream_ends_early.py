"""Incident `stream-ends-early`: a stream ends with OK while what it is about goes on."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof
from fakes.incidents.stream_words import goes_on

if TYPE_CHECKING:
    from google.protobuf.message import Message


class StreamEndsEarly(Incident):
    """Three messages in ten that tell of a reservation or payment under way are the last of their stream, which ends
    with OK, as when a server limits how long it keeps one: who follows it takes it for the end of the matter.
    """

    name = "stream-ends-early"
    rule = "stream_ended_early"
    proof = Proof(
        fakes=("--platform", "documented", "--time-scale", "0.1", "--incident", "stream-ends-early"),
        scenario="streams",
        run=("--rate", "5", "--duration", "8s", "--time-scale", "0.1"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.3, "count": 0})

    def cut_stream(self, path: str, message: Message) -> bool:  # noqa: ARG002
        """Strikes behind a message that tells of no end."""
        return goes_on(message) and self.strikes()
