"""Health checks tell what a service gave up for good, until an operator has seen it and starts the service anew."""

from __future__ import annotations

from typing import Any

from contracts.messages import admin_pb2, gateway_pb2, worker_pb2
from fakes.faults import Faults
from fakes.health import GIVEN_UP
from fakes.posting import Post
from fakes.webhooks import Webhooks
from tests.unit.ticket_desk import Desk

WORKER, WEBHOOK = "reservation.v1.WorkerService", "gateway.v1.WebhookService"
DEGRADED, HEALTHY = admin_pb2.HEALTH_STATUS_DEGRADED, admin_pb2.HEALTH_STATUS_HEALTHY


def told(desk: Desk, service: str) -> tuple[int, list[str]]:
    """A service's status and issues, of which the gateway's own health check says the same."""
    answer = desk.do("admin/GetSystemHealth", services=[service])
    (one,) = answer.services
    assert answer.overall_status == {
        HEALTHY: admin_pb2.SYSTEM_HEALTH_STATUS_HEALTHY,
        DEGRADED: admin_pb2.SYSTEM_HEALTH_STATUS_DEGRADED,
    }.get(one.status)
    seen = desk.do("gateway/HealthCheck", service=service)
    expected = gateway_pb2.HealthStatus.Value(admin_pb2.HealthStatus.Name(one.status))
    assert seen.status == seen.services[service].status == expected
    return one.status, list(one.issues)


def restart(desk: Desk, service: str) -> None:
    operation = admin_pb2.OPERATION_TYPE_RESTART_SERVICE
    desk.do("admin/TriggerOperation", operation=operation, target_service=service)


class Broken(Faults):
    """A worker none of whose attempts succeeds."""

    def fail_job(self, kind: str, reservation: str) -> bool:
        return True


def test_a_job_that_five_attempts_could_not_do_degrades_the_worker() -> None:
    """At 0, 1, 3, 7 and 15 s it is tried; only the last leaves it aside, and one put aside is one issue."""
    desk = Desk(faults=Broken())
    reservation = desk.reserve().reservation_id
    answer = desk.do("worker/ProcessReservationExpiry", reservation_id=reservation)
    assert answer.status == worker_pb2.PROCESSING_STATUS_RETRY
    desk.time.advance(14.9)
    assert told(desk, WORKER) == (HEALTHY, [])
    desk.time.advance(0.1)
    assert told(desk, WORKER) == (DEGRADED, ["jobs put aside (DLQ): 1"])
    restart(desk, "gateway.v1.QueueService")
    assert told(desk, WORKER)[0] == DEGRADED
    restart(desk, WORKER)
    assert told(desk, WORKER) == (HEALTHY, [])


def deaf(parcel: object, done: Any) -> None:
    """A receiver that takes nothing."""
    done("503")


def test_webhooks_that_nobody_took_and_that_were_too_many_degrade_their_service() -> None:
    desk = Desk()
    post: Post = deaf
    Webhooks(desk.platform, post)
    reservation = desk.reserve().reservation_id
    desk.pay(reservation, webhook_url="http://127.0.0.1:9/hook")
    assert told(desk, WEBHOOK) == (HEALTHY, [])
    desk.time.advance(31)
    assert told(desk, WEBHOOK) == (DEGRADED, ["webhooks given up: 1"])
    figure = {"config_key": "webhooks_at_once", "config_value": "0", "apply_immediately": True}
    desk.do("admin/UpdateConfig", **figure)
    desk.pay(desk.reserve("ben").reservation_id, "ben", webhook_url="http://127.0.0.1:9/hook")
    assert told(desk, WEBHOOK) == (DEGRADED, ["webhooks given up: 1", "webhooks dropped: 1"])
    restart(desk, WEBHOOK)
    assert told(desk, WEBHOOK) == (HEALTHY, [])


def test_what_health_reads_is_what_the_journal_counts() -> None:
    """A count that is renamed in one place only would make a sick service look well."""
    desk = Desk(faults=Broken())
    Webhooks(desk.platform, deaf)
    desk.pay(desk.reserve().reservation_id, webhook_url="http://127.0.0.1:9/hook")
    desk.do("worker/ProcessReservationExpiry", reservation_id="rsv_x")
    desk.time.advance(60)
    desk.do("admin/UpdateConfig", config_key="webhooks_at_once", config_value="0", apply_immediately=True)
    desk.pay(desk.reserve("ben").reservation_id, "ben", webhook_url="http://127.0.0.1:9/hook")
    counted = {(measure.service, measure.name) for measure in desk.platform.journal.measures() if measure.counts}
    for service, rows in GIVEN_UP.items():
        assert {(service, row.counted) for row in rows} <= counted
