"""Incidents planted, ended and counted while the platform serves, and trouble that befalls it as a whole."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from contracts.catalogue import METHODS
from contracts.messages import admin_pb2, queue_pb2, reservation_pb2
from tests.processes import Processes, Started
from tests.running_fakes import EVENT, JOIN, call, join, ready, start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADMIN = "common.v1.AdminService"
STATUS = "gateway.v1.QueueService/GetQueueStatus"


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as started:
        yield started


def configure(address: str, key: str, value: str, *, at_once: bool = True) -> Any:
    request = admin_pb2.UpdateConfigRequest(config_key=key, config_value=value, apply_immediately=at_once)
    return call(address, f"{ADMIN}/UpdateConfig", request)[2]


def operate(address: str, **parameters: str) -> Any:
    request = admin_pb2.TriggerOperationRequest(
        operation=admin_pb2.OPERATION_TYPE_REFRESH_CONFIG, parameters=parameters
    )
    return call(address, f"{ADMIN}/TriggerOperation", request)[2]


def statuses(address: str, *users: str) -> list[grpc.StatusCode]:
    return [call(address, JOIN, join(user))[0] for user in users]


def told_to_end(fakes: Started) -> None:
    fakes.process.send_signal(signal.SIGTERM)
    assert fakes.wait() == 0


OK, INTERNAL, UNAVAILABLE = grpc.StatusCode.OK, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE


def test_an_incident_is_planted_and_ended_at_run_time_and_counted_in_metrics_and_at_the_end(
    processes: Processes, tmp_path: Path
) -> None:
    log = tmp_path / "log.json"
    fakes = start(processes, incident_log=str(log))
    address = ready(fakes)
    assert statuses(address, "a") == [OK]
    answer = configure(address, "incident.errors", "p=1,method=JoinQueue")
    assert (answer.updated, answer.old_value, answer.new_value) == (True, "off", "p=1,method=JoinQueue")
    assert statuses(address, "b", "c") == [INTERNAL, INTERNAL]
    assert configure(address, "incident.errors", "off").old_value == "p=1,method=JoinQueue"
    assert statuses(address, "d") == [OK]
    metrics = call(address, f"{ADMIN}/GetMetrics", admin_pb2.GetMetricsRequest(service="incident"))[2].metrics
    assert {metric.name: metric.value for metric in metrics} == {"errors.struck": 2}
    told_to_end(fakes)
    assert json.loads(log.read_text()) == {"errors": {"struck": 2}}


def test_what_waits_is_planted_by_a_refresh_which_plants_and_ends_by_name_too(processes: Processes) -> None:
    address = ready(start(processes))
    assert not configure(address, "incident.errors", "p=1,count=1", at_once=False).updated
    assert statuses(address, "a") == [OK]
    assert operate(address).result == "in force: incident.errors"
    assert statuses(address, "b", "c") == [INTERNAL, OK]
    done = operate(address, incident="error-inside-ok:p=1", end_incident="errors")
    assert (
        done.result == "in force: nothing was waiting; incident error-inside-ok is planted; incident errors has ended"
    )
    assert call(address, JOIN, join("d"))[2].error.message == "upstream: unexpected EOF"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("incident.error", "on", "incident 'error': there is no 'error'; did you mean errors?"),
        ("incident.errors", "p=2", "incident 'errors:p=2': p is a probability, from 0 to 1"),
        ("incident.errors", "", "config_value is required"),
    ],
)
def test_what_cannot_be_planted_is_refused_and_says_why(processes: Processes, key: str, value: str, said: str) -> None:
    assert configure(ready(start(processes)), key, value).error.message.startswith(said)


def test_admissions_are_stopped_in_an_emergency_and_go_on_afterwards(processes: Processes) -> None:
    address = ready(start(processes))
    token = call(address, JOIN, join("ann"))[2].waiting_token
    ask = queue_pb2.RequestAdmissionRequest(waiting_token=token, event_id=EVENT, user_id="ann")
    action: dict[str, Any] = {"action": admin_pb2.EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS, "confirm": True}
    call(address, f"{ADMIN}/EmergencyAction", admin_pb2.EmergencyActionRequest(**action))
    assert not call(address, "gateway.v1.QueueService/RequestAdmission", ask)[2].reservation_token
    call(address, f"{ADMIN}/EmergencyAction", admin_pb2.EmergencyActionRequest(**action, parameters={"off": "true"}))
    assert call(address, "gateway.v1.QueueService/RequestAdmission", ask)[2].reservation_token


@pytest.mark.parametrize("incident", ["connection-storm", "goaway-storm"])
def test_a_storm_takes_the_connection_from_under_a_call(processes: Processes, incident: str) -> None:
    """The first connection is lost; a new one serves, once the doors are open again."""
    address = ready(start(processes, incidents=[f"{incident}:p=1,count=1"]))
    with grpc.insecure_channel(address) as channel:
        method = METHODS[JOIN]
        ask: Any = channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        with pytest.raises(grpc.RpcError) as lost:
            ask(join("ann"), timeout=10)
        assert lost.value.code() in (UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
        assert served(ask, join("bob")).waiting_token


def served(ask: Any, request: Any) -> Any:
    """The answer over a connection that lives: grpcio drops a lost one a moment after its calls have failed."""
    while True:
        try:
            return ask(request, timeout=10, wait_for_ready=True)
        except grpc.RpcError as lost:
            if lost.code() is not UNAVAILABLE:
                raise


@pytest.mark.parametrize("incident", ["connection-storm", "crash-restart", "goaway-storm"])
def test_what_needs_doors_is_refused_where_the_server_has_none(processes: Processes, incident: str) -> None:
    fakes = start(processes, server="grpcio", incidents=[incident])
    said = f"incident {incident}: this server lets nobody cut its connections; serve with --server wire"
    assert said in fakes.wait_for_line("incident")
    assert fakes.wait() == 2
    address = ready(start(processes, server="grpcio"))
    assert configure(address, f"incident.{incident}", "on").error.message == said


def test_a_platform_that_crashed_is_back_and_knows_nothing_and_gives_no_id_twice(
    processes: Processes, tmp_path: Path
) -> None:
    log = tmp_path / "log.json"
    fakes = start(processes, incident_log=str(log), event_ids=[EVENT], seats=100)
    address = ready(fakes)
    token = call(address, JOIN, join("ann"))[2].waiting_token
    configure(address, "incident.crash-restart", "p=1,method=GetQueueStats,ms=1")
    assert call(address, "gateway.v1.QueueService/GetQueueStats")[0] is UNAVAILABLE
    status = queue_pb2.GetQueueStatusRequest(waiting_token=token)
    with grpc.insecure_channel(address) as channel:
        method = METHODS[STATUS]
        ask: Any = channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        assert ask(status, timeout=10, wait_for_ready=True).HasField("error")
    again = call(address, JOIN, join("ann"))[2]
    assert again.waiting_token not in ("", token)
    told_to_end(fakes)
    assert json.loads(log.read_text())["crash-restart"]["crashes"] == 1


def test_a_skewed_clock_dates_what_it_answers_and_nothing_else(processes: Processes) -> None:
    """The hold itself is as long as ever: only its stated end moves."""
    address = ready(start(processes))
    configure(address, "incident.clock-skew", "ahead_s=1000")
    token = call(address, JOIN, join("ann"))[2].waiting_token
    ask = queue_pb2.RequestAdmissionRequest(waiting_token=token, event_id=EVENT, user_id="ann")
    passed = call(address, "gateway.v1.QueueService/RequestAdmission", ask)[2].reservation_token
    held = call(
        address,
        "reservation.v1.ReservationService/CreateReservation",
        reservation_pb2.CreateReservationRequest(
            event_id=EVENT, quantity=1, user_id="ann", reservation_token=passed,
            idempotency_key="2c1e2b9e-6f0a-4d53-9df0-3f6f0f8a9c11",
        ),
    )[2]  # fmt: skip
    true = call(address, f"{ADMIN}/GetSystemHealth")[2].checked_at.ToSeconds()
    assert 1055 <= held.hold_expires_at.ToSeconds() - true <= 1061
    configure(address, "incident.clock-skew", "off")
    told = configure(address, "incident.errors", "off").updated_at.ToSeconds()
    assert abs(told - true) < 60
