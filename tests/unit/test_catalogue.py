"""The catalogue of methods: its rows, and what descriptors cannot say."""

from __future__ import annotations

import re

import pytest

from contracts.catalogue import DEADLINES_MS, ENTRANCES, METHODS, PORTS, SERVICES, Method, method
from contracts.messages import queue_pb2, reservation_pb2, websocket_pb2

KEYLESS_WRITES = {
    "EmergencyAction",
    "JoinQueue",
    "LeaveQueue",
    "ProcessCompensation",
    "ProcessPaymentResult",
    "ProcessReservationExpiry",
    "ReceiveExpiryWebhook",
    "ReceivePaymentWebhook",
    "RegisterWebhook",
    "RequestAdmission",
    "SendMessage",
    "SimulateWebhook",
    "TriggerOperation",
    "UpdateConfig",
}


def test_there_are_fifty_methods_of_nine_services() -> None:
    assert (len(METHODS), len(SERVICES)) == (50, 9)
    assert list(METHODS) == sorted(METHODS)
    assert set(SERVICES) == set(ENTRANCES)


def test_a_row_has_all_that_a_caller_needs() -> None:
    row = method("reservation.v1.ReservationService/CreateReservation")
    assert (row.request, row.response) == (
        reservation_pb2.CreateReservationRequest,
        reservation_pb2.CreateReservationResponse,
    )
    assert (row.path, row.service, row.short) == (
        "/reservation.v1.ReservationService/CreateReservation",
        "reservation.v1.ReservationService",
        "CreateReservation",
    )
    assert (row.entrance, row.deadline_ms, row.streams, row.writes, row.takes_key) == (
        "reservation",
        500,
        False,
        True,
        True,
    )


def test_a_poll_of_the_queue_is_a_read_at_the_gateway() -> None:
    row = method("gateway.v1.QueueService/GetQueueStatus")
    assert row.request is queue_pb2.GetQueueStatusRequest
    assert (row.entrance, row.deadline_ms, row.writes, row.takes_key) == ("gateway", 600, False, False)


def test_three_methods_stream_and_may_listen_longer() -> None:
    streams = {row.short: row for row in METHODS.values() if row.streams}
    assert sorted(streams) == ["StreamPaymentUpdates", "StreamQueueUpdates", "StreamReservationUpdates"]
    assert {row.deadline_ms for row in streams.values()} == {60_000}
    assert streams["StreamQueueUpdates"].response is websocket_pb2.StreamQueueUpdatesResponse


def test_every_entrance_has_its_documented_port_and_deadline() -> None:
    assert dict(PORTS) == {"gateway": 8080, "reservation": 8081, "inventory": 8082, "payment": 8083}
    assert dict(DEADLINES_MS) == {"gateway": 600, "reservation": 500, "inventory": 250, "payment": 500}
    assert set(ENTRANCES.values()) == set(PORTS)


def test_the_worker_shares_the_entrance_of_the_reservations_and_the_inventory_has_its_own() -> None:
    assert method("reservation.v1.WorkerService/HealthCheck").entrance == "reservation"
    assert method("reservation.v1.InventoryService/CheckAvailability").deadline_ms == 250


def test_no_read_takes_a_key_and_the_writes_without_one_are_known() -> None:
    """A write that takes no key cannot be repeated safely: the list is the contract's, not ours."""
    assert [row.name for row in METHODS.values() if row.takes_key and not row.writes] == []
    assert {row.short for row in METHODS.values() if row.writes and not row.takes_key} == KEYLESS_WRITES


@pytest.mark.parametrize("row", METHODS.values(), ids=METHODS)
def test_a_name_that_asks_is_a_read(row: Method) -> None:
    """The published names are honest: Get…, List…, Check…, Stream…, Validate… and HealthCheck ask, the others do."""
    asks = re.match(r"(Get|List|Check|Stream|Validate)|HealthCheck$", row.short) is not None
    assert row.writes is not asks


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(
        KeyError, match=r"no method 'gateway\.v1\.QueueService/JoinQeue' in the contract; did you mean "
    ):
        method("gateway.v1.QueueService/JoinQeue")
    with pytest.raises(KeyError, match=r"^\"no method 'x' in the contract\"$"):
        method("x")
