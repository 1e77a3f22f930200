"""The release under test is what health calls tell, the gateway's first; what is not told is empty."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import admin_pb2, gateway_pb2
from scenarios.grpc_ticketing import Line
from scenarios.releases import GATEWAY_HEALTH, SYSTEM_HEALTH, versions
from tests.unit.crowd_of_one import plan_of
from tests.unit.scripted_platform import no
from tests.unit.scripted_target import Act, ScriptedBook, ScriptedIo, ScriptedPermit, ScriptedTarget, lost, status

QUEUE, PAYMENT = "gateway.v1.QueueService", "payment.v1.PaymentService"


def gateway(**told: str) -> Act:
    """A gateway whose services have these versions."""
    services = {name: gateway_pb2.ServiceHealth(version=version) for name, version in told.items()}
    return lambda _: gateway_pb2.HealthCheckResponse(status="HEALTH_STATUS_HEALTHY", services=services)


def system(**told: str) -> Act:
    """An administration that tells of these services."""
    services = [admin_pb2.ServiceHealthStatus(service_name=name, version=version) for name, version in told.items()]
    return lambda _: admin_pb2.GetSystemHealthResponse(overall_status="SYSTEM_HEALTH_STATUS_HEALTHY", services=services)


def asked(io: ScriptedIo, permit: ScriptedPermit | None = None, **acts: Any) -> tuple[dict[str, str], ScriptedBook]:
    """What a target with these answers is said to be, and the book that it went into."""
    book = ScriptedBook()
    names = {"gateway": GATEWAY_HEALTH, "system": SYSTEM_HEALTH}
    target = ScriptedTarget(io, {names[name]: act for name, act in acts.items()})
    return versions(Line(plan_of(), target.channels, book, io, permit or ScriptedPermit())), book


@pytest.fixture
def io() -> ScriptedIo:
    return ScriptedIo()


def test_the_gateway_tells_and_nobody_else_is_asked(io: ScriptedIo) -> None:
    """By name of the service, and asked as part of the pre-flight."""
    found, book = asked(io, gateway=gateway(queue="2.1", gateway="2.0"), system=system(queue="9"))
    assert list(found.items()) == [("gateway", "2.0"), ("queue", "2.1")]
    assert [(call.method, call.kind, call.journey) for call in book.calls] == [(GATEWAY_HEALTH, "preflight", -1)]


def test_a_service_without_a_version_is_left_out(io: ScriptedIo) -> None:
    assert asked(io, gateway=gateway(queue="2.1", payment=""), system=system(payment="9"))[0] == {"queue": "2.1"}


@pytest.mark.parametrize(
    "silent",
    [
        {},
        {"gateway": gateway()},
        {"gateway": gateway(queue="")},
        {"gateway": no("INTERNAL", gateway_pb2.HealthCheckResponse)},
        {"gateway": lambda _: gateway_pb2.HealthCheckResponse()},
    ],
    ids=["not served", "no services", "no versions", "an error inside", "no status"],
)
def test_where_the_gateway_tells_nothing_the_administration_is_asked(io: ScriptedIo, silent: dict[str, Any]) -> None:
    found, book = asked(io, **silent, system=system(**{PAYMENT: "1.4", QUEUE: "", "x": "3"}))
    assert list(found.items()) == [(PAYMENT, "1.4"), ("x", "3")]
    assert [call.method for call in book.calls] == [GATEWAY_HEALTH, SYSTEM_HEALTH]


@pytest.mark.parametrize("act", [lost, lambda io: status(io, 13, "store: no route")], ids=["no answer", "INTERNAL"])
def test_a_platform_that_does_not_tell_is_of_no_known_release(io: ScriptedIo, act: Any) -> None:
    """That is no reason not to drive it."""
    assert asked(io, gateway=lambda _: act(io), system=lambda _: act(io))[0] == {}


def test_a_target_that_allows_no_more_calls_is_not_asked(io: ScriptedIo) -> None:
    found, book = asked(io, ScriptedPermit(0), gateway=gateway(queue="2.1"), system=system(queue="2.1"))
    assert (found, book.calls) == ({}, [])
    found, book = asked(io, ScriptedPermit(1), gateway=gateway(queue=""), system=system(queue="2.1"))
    assert (found, [call.method for call in book.calls]) == ({}, [GATEWAY_HEALTH])


def test_what_the_health_calls_came_to_is_written_down_as_asked_on_purpose(io: ScriptedIo) -> None:
    """A target without health methods is unimplemented there, and no call has failed."""
    _, book = asked(io)
    assert [call.outcome for call in book.calls] == ["unimplemented", "unimplemented"]
