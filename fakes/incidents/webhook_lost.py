"""Incident `webhook-lost`: a settled payment is told to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WebhookLost(Incident):
    """One webhook in ten is never sent, as when a queue between the payment and its sender loses a message: whoever
    waits to be told waits for ever.
    """

    name = "webhook-lost"
    rule = "webhook_lost"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "webhook-lost"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.1", "--webhook-listen", "127.0.0.1:0"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def lose_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Strikes when somebody is to be told."""
        return self.strikes()
