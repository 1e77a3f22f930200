"""Incident `webhook-contradicts`: a webhook tells the opposite of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WebhookContradicts(Incident):
    """One webhook in ten says that a payment has failed which is paid, or the other way round, as when two events of
    one payment are mixed up: the sale is undone, or given away.
    """

    name = "webhook-contradicts"
    rule = "webhook_contradicts"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "webhook-contradicts"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.1", "--webhook-listen", "127.0.0.1:0"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def belie_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Strikes when a payment was paid or has failed."""
        return self.strikes()
