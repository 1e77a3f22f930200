"""Incident `freed-twice`: a seat is freed twice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from fakes.incidents.setting import Setting


class FreedTwice(Incident):
    """The message that freed a seat (a failed payment, a cancellation, a hold that ran out) comes a second time when
    the next one holds it, and frees it once more, for one asked-for seat in two: a release that names the seat and not
    whose it is.
    """

    name = "freed-twice"
    rule = "held_twice"
    proof = Proof(
        fakes=(
            "--platform",
            "open",
            "--events",
            "1",
            "--seats",
            "400",
            "--time-scale",
            "0.2",
            "--incident",
            "freed-twice",
        ),
        scenario="turnover",
        run=("--duration", "15s", "--time-scale", "0.2"),
        counted="seats_held_anew",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.5, "count": 0})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._freed: dict[tuple[str, str], str] = {}
        """Seats to who held them."""
        self._held: set[tuple[str, str]] = set()

    def repeat_release(self, event: str, seat: str, owner: str) -> bool:
        """Strikes where a seat that was freed before is asked for while another holds it."""
        if not self.strikes():
            return False
        self._freed[event, seat] = owner
        return True

    def seat_was_held(self, event: str, seat: str, holder: str, *, anothers: bool) -> None:  # noqa: ARG002
        """Remembers which of them another got while the first still held them."""
        if self.ledger.find(self._freed.get((event, seat), "")) is not None:
            self._held.add((event, seat))

    def facts(self) -> Mapping[str, int]:
        """The seats that were freed under another's hold, and those of them that then were held for two."""
        return {"seats_freed_twice": len(self._freed), "seats_held_anew": len(self._held)}
