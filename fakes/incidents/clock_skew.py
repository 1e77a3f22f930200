"""Incident `clock-skew`: the clock that dates the answers is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from google.protobuf.timestamp_pb2 import Timestamp

from fakes.incidents.incident import Incident, Proof

MOMENTS = frozenset({"ConfirmReservation", "CancelReservation", "ProcessPayment"})
"""Methods whose answers say when it happened."""

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.setting import Setting


class ClockSkew(Incident):
    """Every time that an answer states is 5 s ahead: the host that writes it has lost its time server, and the others
    count as before.
    """

    name = "clock-skew"
    rule = "clock_skew"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "clock-skew"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
        counted="events_misdated",
        share=0.9,
        unseen="a payment that fails is dated too, and what did not happen is held against no clock",
    )
    by_call = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 1.0, "count": 0, "ahead_s": 5})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._misdated = 0

    def spoiled(self, method: Method, answer: Message) -> Message:
        """Moves every timestamp of the answer, however deep."""
        stamps = list(timestamps(answer)) if self.concerns(method) else []
        if not stamps or not self.strikes():
            return answer
        for stamp in stamps:
            stamp.FromNanoseconds(stamp.ToNanoseconds() + round(self.values["ahead_s"] * 10**9))
        self._misdated += method.short in MOMENTS
        return answer

    def facts(self) -> Mapping[str, int]:
        """Answers with wrong times, and those among them that say when something was confirmed, cancelled or paid."""
        return {"answers_misdated": self.struck, "events_misdated": self._misdated}


def timestamps(message: Message) -> Iterator[Timestamp]:
    """Yields every timestamp that is set in a message, however deep."""
    if isinstance(message, Timestamp):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for each in value if field.is_repeated else [value]:
            yield from timestamps(each)
