"""Incident `not-found`: what was just made or paid cannot be found."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from contracts.messages import errors_pb2
from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.setting import Setting

_READ = {"GetReservation": ("reservation", "reservation_id"), "GetPaymentStatus": ("payment", "payment_intent_id")}
"""Method to the part of its answer that is read, and the part's id."""


class NotFound(Incident):
    """One read in twenty of a reservation or payment that is there is answered NOT_FOUND, as by a replica that lags
    behind its store: who has paid is told that there is nothing.
    """

    name = "not-found"
    rule = "read_back_differs"
    proof = Proof(
        fakes=("--platform", "open", "--incident", "not-found"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s"),
        counted="things_not_found",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.05, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._things: set[str] = set()

    def spoiled(self, method: Method, answer: Message) -> Message:
        """NOT_FOUND instead of what was read."""
        part, name = _READ.get(method.short, ("", ""))
        if not part or not answer.HasField(part) or not self.strikes():
            return answer
        read: Any = getattr(answer, part)
        thing = getattr(read, name)
        self._things.add(thing)
        error = errors_pb2.Error(code=errors_pb2.ERROR_CODE_NOT_FOUND, message=f"there is no {thing}")
        return method.response(error=error)

    def facts(self) -> Mapping[str, int]:
        """How often it struck, and how many reservations and payments were not found."""
        return {"struck": self.struck, "things_not_found": len(self._things)}
