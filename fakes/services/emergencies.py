"""What an operator can do in an emergency (EmergencyAction), with confirm=true only; `off=true` takes it back.

    STOP_ADMISSIONS      off
    MAINTENANCE_MODE     off
    CIRCUIT_BREAKER      service=…, off
    CANCEL_RESERVATIONS  event_id=…, or all
    FORCE_FAILOVER

Planned first and then done, as operations are: who has not confirmed yet is told whether it could be done.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from contracts.messages.admin_pb2 import (
    EMERGENCY_ACTION_TYPE_CANCEL_RESERVATIONS,
    EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER,
    EMERGENCY_ACTION_TYPE_FORCE_FAILOVER,
    EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE,
    EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS,
    EmergencyActionType,
)
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CANCELLED
from contracts.messages.websocket_pb2 import (
    SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED,
    SYSTEM_EVENT_TYPE_MAINTENANCE_MODE,
)
from fakes.controls import known
from fakes.failures import invalid, required
from fakes.services.operations import check_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from contracts.messages.websocket_pb2 import SystemEventType
    from fakes.platform import Platform
    from fakes.services.operations import Deed

    Plan: TypeAlias = Callable[[Mapping[str, str]], Deed]


class Emergencies:
    """The emergency actions on one platform."""

    def __init__(self, platform: Platform, tell: Callable[[SystemEventType, str], None]) -> None:
        """`tell` tells those who wait for any event."""
        self._platform = platform
        self._tell = tell
        self._plans: Mapping[int, tuple[Plan, tuple[str, ...]]] = {
            EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS: (self._stop_admissions, ("off",)),
            EMERGENCY_ACTION_TYPE_CANCEL_RESERVATIONS: (self._cancel_reservations, ("event_id",)),
            EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER: (self._break_circuit, ("service", "off")),
            EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE: (self._maintain, ("off",)),
            EMERGENCY_ACTION_TYPE_FORCE_FAILOVER: (self._fail_over, ()),
        }

    def plan(self, action: EmergencyActionType, parameters: Mapping[str, str]) -> tuple[str, Deed]:
        """The name of an action, and what does it. Refuses INVALID_ARGUMENT and NOT_FOUND what cannot be done."""
        if action not in self._plans:
            raise invalid("action", "action must say what to do")
        plan, names = self._plans[action]
        name = EmergencyActionType.Name(action).removeprefix("EMERGENCY_ACTION_TYPE_")
        check_names(name, parameters, names)
        return name, plan(parameters)

    def _stop_admissions(self, parameters: Mapping[str, str]) -> Deed:
        off = _off(parameters)

        def deed() -> str:
            self._platform.queue.admitting = off
            text = "admissions go on" if off else "admissions are stopped"
            self._tell(SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED, text)
            return text

        return deed

    def _cancel_reservations(self, parameters: Mapping[str, str]) -> Deed:
        event = parameters.get("event_id", "")
        if "event_id" in parameters:
            self._platform.ledger.counts(event)

        def deed() -> str:
            holding = self._platform.reservations.holding(event)
            for reservation in holding:
                now = self._platform.now()
                self._platform.reservations.close(now, reservation, RESERVATION_STATUS_CANCELLED, "emergency")
            return f"{len(holding)} reservations cancelled"

        return deed

    def _break_circuit(self, parameters: Mapping[str, str]) -> Deed:
        service, off = parameters.get("service", ""), _off(parameters)
        required(service=service)
        known(service)

        def deed() -> str:
            life = self._platform.configuration.current.circuit_open_s
            self._platform.controls.open_circuit(service, -math.inf if off else self._platform.now() + life)
            return f"{service} is served again" if off else f"{service} is refused for {life:g} s"

        return deed

    def _maintain(self, parameters: Mapping[str, str]) -> Deed:
        off = _off(parameters)

        def deed() -> str:
            self._platform.controls.maintenance = not off
            text = "maintenance has ended" if off else "in maintenance: the platform can be read only"
            self._tell(SYSTEM_EVENT_TYPE_MAINTENANCE_MODE, text)
            return text

        return deed

    def _fail_over(self, parameters: Mapping[str, str]) -> Deed:
        def deed() -> str:
            self._platform.controls.failovers += 1
            return f"{self._platform.controls.primary} is primary"

        return deed


def _off(parameters: Mapping[str, str]) -> bool:
    text = parameters.get("off", "false").lower()
    if text not in ("true", "false"):
        raise invalid("parameters", f"off must be true or false, not {text!r}")
    return text == "true"
