"""What an operator can have done (TriggerOperation), each operation with its parameters.

    RESTART_SERVICE  target_service          its uptime starts again, and what it gave up is forgiven
    CLEAR_CACHE                              all idempotency keys are forgotten
    FORCE_SCALE      target_service, replicas=N
    DRAIN_QUEUE      event_id=…, or all      everybody who waits is sent home
    REFRESH_CONFIG                           changes that wait come into force; `incident=NAME:p=0.1@..5s` plants an
                                             incident besides, and `end_incident=NAME` ends one

Each is planned first, which refuses what cannot be done and changes nothing, and then done: so a dry run says whether
the real one would go through. A parameter that an operation does not have is refused, never overlooked: a slip of the
pen must not drain all queues instead of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from contracts.messages.admin_pb2 import (
    OPERATION_TYPE_CLEAR_CACHE,
    OPERATION_TYPE_DRAIN_QUEUE,
    OPERATION_TYPE_FORCE_SCALE,
    OPERATION_TYPE_REFRESH_CONFIG,
    OPERATION_TYPE_RESTART_SERVICE,
    OperationType,
)
from fakes.controls import known
from fakes.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from fakes.platform import Platform
    from fakes.services.sabotage import Sabotage

    Deed: TypeAlias = Callable[[], str]
    """Does what was planned and says in words what that came to."""
    Plan: TypeAlias = Callable[[str, Mapping[str, str]], Deed]


class Operations:
    """The operations on one platform."""

    def __init__(self, platform: Platform, sabotage: Sabotage, tell_rates: Callable[[list[str]], None]) -> None:
        """`tell_rates` tells those who wait that figures of their admission have changed."""
        self._platform = platform
        self._sabotage = sabotage
        self._tell_rates = tell_rates
        self._plans: Mapping[int, tuple[Plan, tuple[str, ...]]] = {
            OPERATION_TYPE_RESTART_SERVICE: (self._restart, ()),
            OPERATION_TYPE_CLEAR_CACHE: (self._clear, ()),
            OPERATION_TYPE_FORCE_SCALE: (self._scale, ("replicas",)),
            OPERATION_TYPE_DRAIN_QUEUE: (self._drain, ("event_id",)),
            OPERATION_TYPE_REFRESH_CONFIG: (self._refresh, ("incident", "end_incident")),
        }

    def plan(self, operation: OperationType, service: str, parameters: Mapping[str, str]) -> tuple[str, Deed]:
        """The name of an operation, and what does it. Refuses INVALID_ARGUMENT and NOT_FOUND what cannot be done."""
        if operation not in self._plans:
            raise invalid("operation", "operation must say what to do")
        plan, names = self._plans[operation]
        name = OperationType.Name(operation).removeprefix("OPERATION_TYPE_")
        check_names(name, parameters, names)
        return name, plan(service, parameters)

    def _restart(self, service: str, parameters: Mapping[str, str]) -> Deed:
        known(service)

        def deed() -> str:
            self._platform.health.restart(self._platform.now(), service)
            return f"{service} restarted"

        return deed

    def _clear(self, service: str, parameters: Mapping[str, str]) -> Deed:
        return lambda: f"{self._platform.idempotency.clear()} idempotency keys forgotten"

    def _scale(self, service: str, parameters: Mapping[str, str]) -> Deed:
        known(service)
        text = parameters.get("replicas", "")
        if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= 1000):
            raise invalid("parameters", f"replicas must be 1 to 1000, not {text!r}")

        def deed() -> str:
            self._platform.controls.replicas[service] = int(text)
            return f"{service} has {int(text)} replicas"

        return deed

    def _drain(self, service: str, parameters: Mapping[str, str]) -> Deed:
        queue, now = self._platform.queue, self._platform.now()
        events = [parameters["event_id"]] if "event_id" in parameters else list(self._platform.events)
        for event in events:
            queue.stats(now, event)
        return lambda: f"{sum(queue.drain(now, event) for event in events)} waiting people sent home"

    def _refresh(self, service: str, parameters: Mapping[str, str]) -> Deed:
        for name in ("incident", "end_incident"):
            if name in parameters:
                self._sabotage.check(parameters[name], field="parameters")
        self._platform.configuration.check()

        def deed() -> str:
            keys = self._platform.configuration.apply()
            self._tell_rates(keys)
            keys += self._sabotage.apply()
            said = [f"in force: {', '.join(keys) or 'nothing was waiting'}"]
            if "incident" in parameters:
                said.append(self._sabotage.plant(parameters["incident"]))
            if "end_incident" in parameters:
                said.append(self._sabotage.end(parameters["end_incident"]))
            return "; ".join(said)

        return deed


def check_names(act: str, parameters: Collection[str], names: Collection[str]) -> None:
    """Refuses INVALID_ARGUMENT the first parameter that an act does not have, and says which it has."""
    for name in parameters:
        if name not in names:
            has = f"takes {', '.join(names)}" if names else "takes none"
            raise invalid("parameters", f"there is no parameter {name!r}: {act} {has}")
