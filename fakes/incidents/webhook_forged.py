"""Incident `webhook-forged`: a webhook comes that the platform has not signed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from fakes.incidents.incident import Incident, Proof


class WebhookForged(Incident):
    """With one webhook in ten comes another that is signed with a secret of its own, as from somebody who wants a
    ticket for a payment that he has not made.
    """

    name = "webhook-forged"
    rule = "webhook_forged"
    proof = Proof(
        fakes=("--platform", "open", "--time-scale", "0.1", "--incident", "webhook-forged"),
        scenario="flow",
        run=("--rate", "20", "--duration", "10s", "--time-scale", "0.1", "--webhook-listen", "127.0.0.1:0"),
        counted="struck",
    )
    defaults: ClassVar[Mapping[str, float]] = MappingProxyType({"p": 0.1, "count": 0})

    def forge_webhook(self, intent: str) -> bool:  # noqa: ARG002
        """Strikes when somebody is told."""
        return self.strikes()
