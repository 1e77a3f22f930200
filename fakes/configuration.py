"""The settings in force, which an operator can change while the platform runs.

Whoever follows a figure holds the Configuration and reads `current` each time. A change takes effect at once, or waits
with others until it is applied. What is changed here is in force as it is written: the time scale is not applied to it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from contracts.catalogue import SERVICES
from fakes import figures
from fakes.controls import known
from fakes.failures import invalid, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.figures import Figure
    from fakes.settings import Settings

_FIXED = frozenset({"webhook_secret", "eta_windows_s"})
"""What the platform looks at only when it starts."""

_GATEWAY, _QUEUE = "gateway.v1.GatewayService", "gateway.v1.QueueService"
_RESERVATION, _INVENTORY = "reservation.v1.ReservationService", "reservation.v1.InventoryService"
_PAYMENT, _WORKER, _WEBHOOK = "payment.v1.PaymentService", "reservation.v1.WorkerService", "gateway.v1.WebhookService"

_BEGINNINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "idempotency_": (_GATEWAY, _RESERVATION, _INVENTORY, _PAYMENT),
        "rate_limit_": tuple(service for service in SERVICES if service.startswith("gateway.")),
        "service_timeout_": (_GATEWAY,),
        "inventory_timeout_": (_GATEWAY,),
        "duplicate_join_": (_QUEUE,),
        "waiting_": (_QUEUE,),
        "heartbeat_": (_QUEUE,),
        "reservation_token_": (_QUEUE,),
        "free_ranks": (_QUEUE,),
        "admission_": (_QUEUE,),
        "system_admission_": (_QUEUE,),
        "eta_": (_QUEUE,),
        "hold_": (_RESERVATION, _INVENTORY),
        "extension": (_RESERVATION,),
        "seats_at_most": (_RESERVATION, _INVENTORY),
        "retention_": (_RESERVATION,),
        "intent_life_": (_PAYMENT,),
        "approve_": (_PAYMENT,),
        "fail_": (_PAYMENT,),
        "delay_": (_PAYMENT,),
        "random_success": (_PAYMENT,),
        "attempts": (_WORKER,),
        "backoff_": (_WORKER,),
        "circuit_open_": SERVICES,
        "webhook": (_WEBHOOK,),
    }
)
OF_SERVICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: next(services for beginning, services in _BEGINNINGS.items() if name.startswith(beginning))
        for name in figures.KINDS
    }
)
"""Every figure to the services that go by it."""


class Configuration:
    """The settings in force."""

    def __init__(self, settings: Settings) -> None:
        self.current = settings
        self.waiting: dict[str, Figure] = {}
        """Changes that are not in force yet, by key."""

    @property
    def keys(self) -> tuple[str, ...]:
        """What can be changed."""
        return tuple(name for name in figures.KINDS if name not in _FIXED)

    def change(self, key: str, text: str, *, at_once: bool, service: str = "") -> tuple[str, str]:
        """Sets one figure; returns what was in force and what was asked, as text.

        Refuses what is no figure, or none of `service` where one is named.
        """
        required(config_key=key, config_value=text)
        if key not in self.keys:
            raise invalid("config_key", f"there is no figure {key!r}; {figures.near(key, self.keys)}")
        if service and known(service) not in OF_SERVICES[key]:
            raise invalid("service", f"{key} is a figure of {' and '.join(OF_SERVICES[key])}, not of {service}")
        try:
            value = figures.read(key, text)
        except ValueError as error:
            raise invalid("config_value", str(error)) from None
        old = figures.written(key, getattr(self.current, key))
        if at_once:
            self.current = self._with({key: value})
            self.waiting.pop(key, None)
        else:
            self.waiting[key] = value
        return old, figures.written(key, value)

    def apply(self) -> list[str]:
        """Puts in force what waits, all or nothing; returns the keys. Refuses what does not go together."""
        self.current = self._with(self.waiting)
        keys, self.waiting = list(self.waiting), {}
        return keys

    def check(self) -> None:
        """Refuses what `apply` would refuse, and changes nothing."""
        self._with(self.waiting)

    def _with(self, changes: Mapping[str, Figure]) -> Settings:
        try:
            return figures.changed(self.current, changes)
        except ValueError as error:
            raise invalid("config_value", str(error)) from None
