"""AdminService: each method has an effect that others see, or follows from the state."""

# ruff: noqa: N802 - a test is named after its method, `test_Service_Method_…`; the fixture `desk` checks that

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import (
    admin_pb2,
    queue_pb2,
    reservation_pb2,
)
from tests.unit.ticket_desk import EVENT

if TYPE_CHECKING:
    from tests.unit.ticket_desk import Desk

CANCELLED = reservation_pb2.RESERVATION_STATUS_CANCELLED


# AdminService


def test_AdminService_GetSystemHealth_shows_maintenance(desk: Desk) -> None:
    assert desk.do("admin/GetSystemHealth").overall_status == admin_pb2.SYSTEM_HEALTH_STATUS_HEALTHY
    act = {"action": admin_pb2.EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE, "confirm": True}
    desk.do("admin/EmergencyAction", **act)
    answer = desk.do("admin/GetSystemHealth", services=["gateway.v1.QueueService"], include_dependencies=True)
    assert answer.overall_status == admin_pb2.SYSTEM_HEALTH_STATUS_DEGRADED
    assert list(answer.services[0].issues) == ["in maintenance: it can be read only"]
    assert [one.endpoint for one in answer.dependencies] == ["memory://store-a/primary", "memory://store-b/replica"]


def test_AdminService_GetMetrics_counts_what_happened(desk: Desk) -> None:
    desk.buy()
    desk.ask("queue/JoinQueue", event_id="evt_x", user_id="ann")
    answer = desk.do("admin/GetMetrics")
    figures = {(m.service, m.name, m.labels.get("method"), m.labels.get("code")): m.value for m in answer.metrics}
    assert figures["gateway.v1.QueueService", "calls_total", "JoinQueue", "OK"] == 1
    assert figures["gateway.v1.QueueService", "calls_total", "JoinQueue", "NOT_FOUND"] == 1
    assert figures["reservation.v1.ReservationService", "seats_sold_total", None, None] == 2
    assert figures["reservation.v1.InventoryService", "seats_sold", None, None] == 2
    assert figures["payment.v1.PaymentService", "money_taken", None, None] == 240_000
    gauges = desk.do("admin/GetMetrics", service="payment.v1.PaymentService", metric_type="gauge").metrics
    assert [one.name for one in gauges] == ["money_taken"]
    assert desk.refused("admin/GetMetrics", metric_type="x")[1] == "metric_type must be counter or gauge, not 'x'"


def test_AdminService_UpdateConfig_changes_a_figure_now_or_later(desk: Desk) -> None:
    wish = {"config_key": "admission_per_s", "config_value": "100"}
    later = desk.do("admin/UpdateConfig", **wish)
    assert (later.updated, later.old_value, later.new_value) == (False, "50", "100")
    assert desk.do("queue/GetQueueStats").events[0].admission_rate_per_minute == 3000
    assert desk.do("admin/UpdateConfig", **wish, apply_immediately=True).updated
    assert desk.do("queue/GetQueueStats").events[0].admission_rate_per_minute == 6000
    assert desk.refused("admin/UpdateConfig", config_key="hold", config_value="5")[1] == (
        "there is no figure 'hold'; did you mean hold_s?"
    )
    assert desk.refused("admin/UpdateConfig", config_key="hold_s", config_value="soon")[1] == (
        "hold_s is a number, not 'soon'"
    )
    assert desk.refused("admin/UpdateConfig", config_key="attempts", config_value="-1")[1] == "attempts cannot be -1"


def operate(desk: Desk, operation: int, **fields: Any) -> str:
    answer = desk.do("admin/TriggerOperation", operation=operation, **fields)
    assert answer.status == admin_pb2.OPERATION_STATUS_COMPLETED
    return str(answer.result)


def test_AdminService_TriggerOperation_does_each_operation_and_none_when_dry(desk: Desk) -> None:
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    dry = desk.do("admin/TriggerOperation", operation=admin_pb2.OPERATION_TYPE_DRAIN_QUEUE, dry_run=True)
    assert (dry.triggered, dry.status) == (False, admin_pb2.OPERATION_STATUS_PENDING)
    assert desk.do("queue/GetQueueStatus", waiting_token=token).position == 1
    assert operate(desk, admin_pb2.OPERATION_TYPE_DRAIN_QUEUE) == "1 waiting people sent home"
    assert desk.do("queue/GetQueueStatus", waiting_token=token).status == queue_pb2.QUEUE_STATUS_EXPIRED

    desk.do("admin/UpdateConfig", config_key="hold_s", config_value="5")
    assert operate(desk, admin_pb2.OPERATION_TYPE_REFRESH_CONFIG) == "in force: hold_s"
    made = desk.reserve("ben")
    assert made.hold_expires_at.seconds == int(desk.time.now()) + 5

    key = desk.key()
    cancel = {"reservation_id": made.reservation_id, "user_id": "ben", "idempotency_key": key}
    desk.do("reservation/CancelReservation", **cancel)
    assert operate(desk, admin_pb2.OPERATION_TYPE_CLEAR_CACHE) == "2 idempotency keys forgotten"
    assert desk.refused("reservation/CancelReservation", **cancel)[0] == "FAILED_PRECONDITION"

    service = "gateway.v1.QueueService"
    desk.time.advance(50)
    operate(desk, admin_pb2.OPERATION_TYPE_RESTART_SERVICE, target_service=service)
    operate(desk, admin_pb2.OPERATION_TYPE_FORCE_SCALE, target_service=service, parameters={"replicas": "3"})
    health = desk.do("admin/GetSystemHealth", services=[service, "common.v1.AdminService"]).services
    assert [one.uptime_seconds for one in health] == [0, 50]
    assert health[0].metrics["replicas"] == "3"
    scale = {"operation": admin_pb2.OPERATION_TYPE_FORCE_SCALE, "target_service": service}
    assert desk.refused("admin/TriggerOperation", **scale)[1] == "replicas must be 1 to 1000, not ''"


def test_AdminService_GetLogs_tells_what_happened_newest_first(desk: Desk) -> None:
    reservation = desk.reserve().reservation_id
    desk.time.advance(60)
    logs = desk.do("admin/GetLogs", search_query=reservation).logs
    assert [entry.message for entry in logs] == [
        f"{reservation} is expired: the hold has run out",
        f"{reservation} is pending: seats are held",
    ]
    refused = desk.ask("queue/GetQueueStatus", waiting_token="wtkn_x")
    warning = desk.do("admin/GetLogs", level=admin_pb2.LOG_LEVEL_WARN).logs[0]
    assert (warning.trace_id, warning.fields["code"]) == (refused.error.trace_id, "NOT_FOUND")
    one = desk.do("admin/GetLogs", limit=1)
    assert (len(one.logs), one.has_more) == (1, True)
    now = int(desk.time.now())
    moments = [Timestamp(seconds=now + step) for step in (-61, -60, 0, 1)]
    assert not desk.do("admin/GetLogs", start_time=moments[3]).logs
    assert not desk.do("admin/GetLogs", end_time=moments[0]).logs
    made = desk.do("admin/GetLogs", end_time=moments[1]).logs
    assert [entry.message for entry in made] == [f"{reservation} is pending: seats are held"]
    since = desk.do("admin/GetLogs", start_time=moments[2], search_query="expired").logs
    assert [entry.timestamp.seconds for entry in since] == [now]
    total = len(desk.do("admin/GetLogs", limit=1000).logs)
    assert not desk.do("admin/GetLogs", limit=total).has_more
    assert desk.do("admin/GetLogs", limit=total - 1).has_more
    assert desk.refused("admin/GetLogs", limit=1001)[1] == "limit must be at most 1000"


def emergency(desk: Desk, action: int, **parameters: str) -> str:
    answer = desk.do("admin/EmergencyAction", action=action, parameters=parameters, confirm=True)
    assert answer.executed
    return str(answer.result)


def test_AdminService_EmergencyAction_needs_confirmation_and_then_acts(desk: Desk) -> None:
    stop = admin_pb2.EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    idle = desk.do("admin/EmergencyAction", action=stop)
    assert (idle.executed, idle.result) == (False, "nothing done: send confirm=true to do it")
    assert desk.do("queue/GetQueueStatus", waiting_token=token).admission_ready
    emergency(desk, stop)
    denied = desk.do("queue/RequestAdmission", waiting_token=token)
    assert denied.admission == queue_pb2.ADMISSION_STATUS_DENIED
    assert desk.do("queue/GetQueueStats").events[0].admission_rate_per_minute == 0
    emergency(desk, stop, off="true")
    assert desk.do("queue/GetQueueStatus", waiting_token=token).admission_ready

    reservation = desk.reserve("ben").reservation_id
    cancel = admin_pb2.EMERGENCY_ACTION_TYPE_CANCEL_RESERVATIONS
    assert emergency(desk, cancel, event_id="evt_other") == "0 reservations cancelled"
    assert emergency(desk, cancel) == "1 reservations cancelled"
    assert desk.reservation(reservation).status == CANCELLED

    emergency(desk, admin_pb2.EMERGENCY_ACTION_TYPE_FORCE_FAILOVER)
    stores = desk.do("admin/GetSystemHealth", include_dependencies=True).dependencies
    assert [one.endpoint for one in stores] == ["memory://store-a/replica", "memory://store-b/primary"]


def test_AdminService_EmergencyAction_closes_services(desk: Desk) -> None:
    emergency(desk, admin_pb2.EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE)
    join = {"event_id": EVENT, "user_id": "ann"}
    assert desk.refused("queue/JoinQueue", **join)[0] == "UNAVAILABLE"
    desk.do("queue/GetQueueStats")
    emergency(desk, admin_pb2.EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE, off="true")
    desk.do("queue/JoinQueue", **join)
    circuit = admin_pb2.EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER
    emergency(desk, circuit, service="gateway.v1.QueueService")
    assert desk.refused("queue/GetQueueStats") == ("UNAVAILABLE", "the circuit of gateway.v1.QueueService is open")
    desk.time.advance(30)
    desk.do("queue/GetQueueStats")
    assert desk.refused("admin/EmergencyAction", action=circuit, confirm=True)[1] == "service is required"
