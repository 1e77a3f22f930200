"""Incident `crash-restart`: the platform dies and comes back without a memory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from fakes.incidents.incident import Incident, Proof, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.setting import Setting
    from fakes.ledger import Ledger


class CrashRestart(Incident):
    """Once, at one call in two hundred, the platform dies and is back after 300 ms having forgotten everything: holds,
    orders, payments, keys. Ids that it gave are unknown, and seats that it sold are for sale again.
    """

    name = "crash-restart"
    rule = "double_sale"
    proof = Proof(
        fakes=("--platform", "open", "--events", "1", "--seats", "2000", "--incident", "crash-restart:p=1@4s.."),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.2"),
        counted="seats_sold_again",
        share=0.8,
        unseen="an order whose answer the crash cut off is known to nobody",
    )
    by_call = True
    needs_doors = True
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.005, "count": 1, "ms": 300})

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        super().__init__(setting, chance, elapsed)
        self._sold: set[tuple[str, str]] = set()
        """Seats that were sold by platforms that died."""
        self._forgotten, self._attached = 0, False

    def attach(self, ledger: Ledger) -> None:
        """Shown another ledger, it remembers what the one before had sold."""
        if self._attached:
            self._sold |= set(self.ledger.sales)
            self._forgotten += len({order for orders in self.ledger.sales.values() for order in orders})
        super().attach(ledger)
        self._attached = True

    def trouble(self, method: Method, request: Message) -> Trouble | None:  # noqa: ARG002
        """The crash; nobody is let in for `ms` milliseconds."""
        if not self.concerns(method) or not self.strikes():
            return None
        return Trouble(crashes=True, shuts_s=self.values["ms"] / 1000)

    def facts(self) -> Mapping[str, int]:
        """Crashes, the orders that were forgotten, and the seats of theirs that stand sold again."""
        again = sum(place in self.ledger.sales for place in self._sold)
        return {"crashes": self.struck, "orders_forgotten": self._forgotten, "seats_sold_again": again}
