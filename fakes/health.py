"""How a service fares, as its health checks tell it: what operators switched off, and what it gave up for good.

What was given up counts from the service's last start on: RESTART_SERVICE is how an operator says that he has seen it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from contracts.catalogue import SERVICES
from fakes import webhooks, worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.controls import Controls
    from fakes.journal import Journal


class GivenUp(NamedTuple):
    """Something that a service gave up: the count that the journal keeps of it, and what it is in words."""

    counted: str
    words: str


GIVEN_UP: Mapping[str, tuple[GivenUp, ...]] = MappingProxyType(
    {
        worker.SERVICE: (GivenUp(worker.PUT_ASIDE, "jobs put aside (DLQ)"),),
        webhooks.SERVICE: (
            GivenUp("webhooks_given_up_total", "webhooks given up"),
            GivenUp("webhooks_dropped_total", "webhooks dropped"),
        ),
    }
)
"""What makes a service DEGRADED, by its full name."""


class Health:
    """The services of one platform."""

    def __init__(self, controls: Controls, journal: Journal) -> None:
        self._controls = controls
        self._journal = journal
        self._seen: dict[tuple[str, str], int] = {}
        """What had been given up when a service last started."""
        for service in SERVICES:
            self._see(service)

    def restart(self, now: float, service: str) -> None:
        """Starts a service anew: its uptime begins again, and what it gave up is forgiven."""
        self._controls.started[service] = now
        self._see(service)

    def issues(self, now: float, service: str) -> list[str]:
        """What is wrong with a service, in words; empty when it is well."""
        found = self._controls.issues(now, service)
        for given_up in GIVEN_UP.get(service, ()):
            count = self._journal.counted(service, given_up.counted) - self._seen[service, given_up.counted]
            if count:
                found.append(f"{given_up.words}: {count}")
        return found

    def response_ms(self, service: str) -> int:
        """How long the service's last answers took on average, in whole milliseconds; 0 before the first."""
        times = self._journal.times(service)
        return round(1000 * sum(times) / len(times)) if times else 0

    def dead(self, now: float, service: str) -> bool:
        """Whether a service answers nobody."""
        return self._controls.circuit_open(now, service)

    def _see(self, service: str) -> None:
        for given_up in GIVEN_UP.get(service, ()):
            self._seen[service, given_up.counted] = self._journal.counted(service, given_up.counted)
