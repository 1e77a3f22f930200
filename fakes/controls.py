"""What operators switch: maintenance, circuits of services, replicas, the primary store.

Maintenance refuses everything that writes; an open circuit refuses everything of one service until its time has
passed. AdminService itself is never refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from contracts.catalogue import SERVICES
from contracts.messages import errors_pb2
from fakes.failures import Refused, invalid

if TYPE_CHECKING:
    from contracts.catalogue import Method

ADMIN = "common.v1.AdminService"
STORES = ("store-a", "store-b")
"""The two stores between which FORCE_FAILOVER goes back and forth."""


class Controls:
    """The switches of one platform."""

    def __init__(self, started: float) -> None:
        self.started = dict.fromkeys(SERVICES, started)
        """Service to the time of its last start."""
        self.replicas = dict.fromkeys(SERVICES, 1)
        self.maintenance = False
        self.failovers = 0
        self._circuits: dict[str, float] = {}

    def check(self, now: float, method: Method) -> None:
        """Refuses UNAVAILABLE what the switches forbid."""
        if (not self.maintenance and not self._circuits) or method.service == ADMIN:
            return
        if self.circuit_open(now, method.service):
            raise Refused(errors_pb2.ERROR_CODE_UNAVAILABLE, f"the circuit of {method.service} is open")
        if self.maintenance and method.writes:
            raise Refused(errors_pb2.ERROR_CODE_UNAVAILABLE, "the platform is in maintenance; it can be read only")

    def open_circuit(self, service: str, until: float) -> None:
        """Refuses a service's calls until a time; -inf closes the circuit at once."""
        self._circuits[known(service)] = until
        if until == -math.inf:
            del self._circuits[service]

    def circuit_open(self, now: float, service: str) -> bool:
        """Whether a service's calls are refused now."""
        return now < self._circuits.get(service, -math.inf)

    def issues(self, now: float, service: str) -> list[str]:
        """What is wrong with a service, in words; empty when it is well."""
        found = []
        if self.circuit_open(now, service):
            found.append("its circuit is open")
        if self.maintenance and service != ADMIN:
            found.append("in maintenance: it can be read only")
        return found

    @property
    def primary(self) -> str:
        """The store in use."""
        return STORES[self.failovers % len(STORES)]


def known(service: str) -> str:
    """A service's full name, checked. Refuses INVALID_ARGUMENT that lists what there is."""
    if service not in SERVICES:
        raise invalid("service", f"there is no service {service!r}; there are: {', '.join(SERVICES)}")
    return service
