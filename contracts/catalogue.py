"""The 50 methods of the contract, a row each: where it is served, what it takes and gives, if it writes, its deadline.

The rows come from the compiled descriptors; what descriptors do not say (which service listens where, which methods
write, how long a caller waits) stands in the three tables below. A method is named by its full name without the
leading slash, `gateway.v1.QueueService/JoinQueue`, wherever a name is stored or shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.protobuf import message_factory

from contracts.messages import (
    admin_pb2,
    gateway_pb2,
    inventory_pb2,
    payment_pb2,
    queue_pb2,
    reservation_pb2,
    webhook_pb2,
    websocket_pb2,
    worker_pb2,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.descriptor import FileDescriptor, MethodDescriptor
    from google.protobuf.message import Message

ENTRANCES: Mapping[str, str] = MappingProxyType(
    {
        "common.v1.AdminService": "gateway",
        "gateway.v1.GatewayService": "gateway",
        "gateway.v1.QueueService": "gateway",
        "gateway.v1.WebSocketService": "gateway",
        "gateway.v1.WebhookService": "gateway",
        "reservation.v1.ReservationService": "reservation",
        "reservation.v1.WorkerService": "reservation",
        "reservation.v1.InventoryService": "inventory",
        "payment.v1.PaymentService": "payment",
    }
)
"""Service to the entrance (an address of its own) where it is documented to listen."""

PORTS: Mapping[str, int] = MappingProxyType({"gateway": 8080, "reservation": 8081, "inventory": 8082, "payment": 8083})
"""Entrance to its documented port."""

DEADLINES_MS: Mapping[str, int] = MappingProxyType(
    {"gateway": 600, "reservation": 500, "inventory": 250, "payment": 500}
)
"""Entrance to the documented time a caller waits for a unary answer, in milliseconds."""

STREAM_DEADLINE_MS = 60_000
"""How long a caller listens to a server stream, in milliseconds, unless it says otherwise."""

_READS = frozenset(
    {
        "CheckAvailability",
        "GetEventAvailability",
        "GetInventoryStatus",
        "GetJobStatus",
        "GetLogs",
        "GetMetrics",
        "GetPaymentStatus",
        "GetQueueStats",
        "GetQueueStatus",
        "GetReservation",
        "GetSystemHealth",
        "HealthCheck",
        "ListPayments",
        "ListReservations",
        "StreamPaymentUpdates",
        "StreamQueueUpdates",
        "StreamReservationUpdates",
        "ValidateToken",
        "ValidateWebhook",
    }
)

_FILES = (
    admin_pb2,
    gateway_pb2,
    inventory_pb2,
    payment_pb2,
    queue_pb2,
    reservation_pb2,
    webhook_pb2,
    websocket_pb2,
    worker_pb2,
)


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the contract."""

    name: str
    """Full name without a leading slash: `package.Service/Method`."""
    request: type[Message]
    response: type[Message]
    streams: bool
    """The answer is a stream of responses."""
    writes: bool
    """A successful call changes what the platform holds."""
    takes_key: bool
    """The request has an `idempotency_key`."""
    entrance: str
    """Where it is served: gateway, reservation, inventory or payment."""
    deadline_ms: int

    @property
    def path(self) -> str:
        """The HTTP/2 `:path` of a call, with its leading slash."""
        return "/" + self.name

    @property
    def service(self) -> str:
        """The full name of the service."""
        return self.name.partition("/")[0]

    @property
    def short(self) -> str:
        """The name without package and service, as people say it: `JoinQueue`."""
        return self.name.partition("/")[2]


def _row(descriptor: MethodDescriptor) -> Method:
    service = descriptor.containing_service.full_name
    entrance = ENTRANCES[service]
    return Method(
        name=f"{service}/{descriptor.name}",
        request=message_factory.GetMessageClass(descriptor.input_type),
        response=message_factory.GetMessageClass(descriptor.output_type),
        streams=descriptor.server_streaming,
        writes=descriptor.name not in _READS,
        takes_key="idempotency_key" in descriptor.input_type.fields_by_name,
        entrance=entrance,
        deadline_ms=STREAM_DEADLINE_MS if descriptor.server_streaming else DEADLINES_MS[entrance],
    )


def _rows(files: tuple[FileDescriptor, ...]) -> dict[str, Method]:
    services = [service for file in files for service in file.services_by_name.values()]
    rows = [_row(method) for service in services for method in service.methods]
    return {row.name: row for row in sorted(rows, key=lambda row: row.name)}


METHODS: Mapping[str, Method] = MappingProxyType(_rows(tuple(module.DESCRIPTOR for module in _FILES)))
"""Full name to row, sorted by name: all 50."""

SERVICES: tuple[str, ...] = tuple(sorted({method.service for method in METHODS.values()}))
"""The full names of the nine services."""


def method(name: str) -> Method:
    """Returns the row of a full name; raises KeyError that names the nearest method when there is none."""
    try:
        return METHODS[name]
    except KeyError:
        import difflib

        near = difflib.get_close_matches(name, METHODS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise KeyError(f"no method {name!r} in the contract{hint}") from None
