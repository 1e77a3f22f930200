"""Incident `webhook-twice`: what was acknowledged is told again."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WebhookTwice(Incident):
    """One webhook in ten is sent again, the same to the byte, after it was acknowledged, as by a sender that forgets
    what it has done: a receiver that does not look twice books a payment twice.
    """

    name = "webhook-twice"
    rule = "webhook_twice"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "webhook-twice"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.1", "--webhook-listen", "127.0.0.1:0"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def repeat_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Strikes when a webhook was taken."""
        return self.strikes()
