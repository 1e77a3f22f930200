"""Incident `stream-out-of-order`: a stream tells what was true before after what is true now."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof
from fakes.incidents.stream_words import FOLLOWED, status_of

if TYPE_CHECKING:
    from google.protobuf.message import Message


class StreamOutOfOrder(Incident):
    """Behind three updates of a reservation or payment in ten comes the one before it once more, as from a broker that
    delivers again what it has delivered: a page that shows the last word shows a wrong one.
    """

    name = "stream-out-of-order"
    rule = "stream_out_of_order"
    proof = Proof(
        fakes=("--platform", "documented", "--time-scale", "0.1", "--incident", "stream-out-of-order"),
        scenario="streams",
        run=("--rate", "5", "--duration", "8s", "--time-scale", "0.1"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.3, "count": 0})

    def send_again(self, path: str, before: Message, message: Message) -> bool:
        """Strikes behind an update of the status."""
        return path.endswith(FOLLOWED) and 0 != status_of(before) != status_of(message) != 0 and self.strikes()
