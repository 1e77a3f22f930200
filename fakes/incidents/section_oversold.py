"""Incident `section-oversold`: more tickets are written for the best section than it has seats."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from fakes.events import LAYOUT
from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.setting import Setting

_SEATS: Mapping[str, str] = MappingProxyType(
    {"CreateReservation": "reserved_seats", "ConfirmReservation": "confirmed_seats", "GetReservation": "reservation"}
)
"""Method to where its answer has seats."""


class SectionOversold(Incident):
    """The tickets of one reservation in two are written for the best section, wherever the seats are, as when the
    section is taken from the offer and not from the seat: it is sold beyond its capacity, and no seat is sold twice.
    """

    name = "section-oversold"
    rule = "over_capacity"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "1000", "--incident", "section-oversold"),
        scenario="flow",
        run=("--rate", "25", "--duration", "10s"),
        unseen="of the tickets written for a section, those beyond its seats alone are too many",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._moved: set[str] = set()
        """Seats of which it is told that they are in the best section."""

    def spoiled(self, method: Method, answer: Message) -> Message:
        """Strikes where seats are held, and says the same of them ever after."""
        if method.short not in _SEATS or not self._told(method, answer):
            return answer
        if method.short == "CreateReservation" and self.strikes():
            self._moved.update(seat.id for seat in self._told(method, answer))
        if self._moved.isdisjoint(seat.id for seat in self._told(method, answer)):
            return answer
        told = type(answer)()
        told.CopyFrom(answer)
        for seat in self._told(method, told):
            seat.section = LAYOUT[0].section
        return told

    def _told(self, method: Method, answer: Any) -> Any:
        found = getattr(answer, _SEATS[method.short])
        return found.seats if method.short == "GetReservation" else found

    def facts(self) -> Mapping[str, int]:
        """The reservations it struck, and their seats."""
        return {"struck": self.struck, "seats_moved": len(self._moved)}
