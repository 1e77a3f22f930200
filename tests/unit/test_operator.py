"""An operator's switches: what is asked wrongly is refused in words and changes nothing, what is asked twice is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contracts.catalogue import SERVICES
from contracts.messages import admin_pb2, queue_pb2, reservation_pb2
from fakes.configuration import OF_SERVICES
from fakes.figures import KINDS, written
from fakes.incidents import KINDS as INCIDENTS
from fakes.incidents.setting import NARROWING
from fakes.settings import DOCUMENTED
from tests.unit.ticket_desk import EVENT, Desk

QUEUE, PAYMENT = "gateway.v1.QueueService", "payment.v1.PaymentService"
RESERVATION, INVENTORY = "reservation.v1.ReservationService", "reservation.v1.InventoryService"


def configure(desk: Desk, key: str, value: str, service: str = "") -> Any:
    fields = {"config_key": key, "config_value": value, "service": service, "apply_immediately": True}
    return desk.ask("admin/UpdateConfig", **fields)


def said(answer: Any) -> str:
    """What was refused, in words."""
    assert answer.HasField("error"), answer
    return str(answer.error.message)


# UpdateConfig


def test_every_figure_is_changed_under_each_service_that_goes_by_it_and_refused_under_every_other() -> None:
    desk = Desk()
    for name in desk.platform.configuration.keys:
        value = written(name, getattr(DOCUMENTED, name))
        for service in SERVICES:
            answer = configure(desk, name, value, service)
            if service in OF_SERVICES[name]:
                assert (answer.updated, answer.new_value) == (True, value), (name, service)
            else:
                assert said(answer) == f"{name} is a figure of {' and '.join(OF_SERVICES[name])}, not of {service}"
    assert desk.platform.configuration.current == DOCUMENTED


def test_every_figure_belongs_to_a_service() -> None:
    assert set(OF_SERVICES) == set(KINDS)
    assert OF_SERVICES["admission_per_s"] == OF_SERVICES["system_admission_per_s"] == (QUEUE,)
    assert OF_SERVICES["hold_s"] == (RESERVATION, INVENTORY)
    assert PAYMENT in OF_SERVICES["idempotency_life_s"]


def test_a_service_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    desk = Desk()
    for key, value in (("hold_s", "5"), ("incident.slow", "on")):
        assert said(configure(desk, key, value, "reservation")) == (
            f"there is no service 'reservation'; there are: {', '.join(SERVICES)}"
        )
    assert desk.platform.configuration.current == DOCUMENTED
    assert desk.platform.incidents.find("slow") is None


def test_a_change_is_the_same_when_it_is_made_twice_and_taken_back_by_its_old_value() -> None:
    desk = Desk()
    first, second = (configure(desk, "approve_s", "1,3") for _ in range(2))
    assert (first.old_value, second.old_value, second.new_value) == ("2,5", "1,3", "1,3")
    configure(desk, "approve_s", first.old_value)
    assert desk.platform.configuration.current == DOCUMENTED


@pytest.mark.parametrize("name", INCIDENTS)
def test_every_incident_is_planted_read_counted_and_ended_at_run_time(name: str) -> None:
    """Twice over: what it did goes on being counted, and ending what has ended is no error."""
    desk = Desk()
    desk.platform.incidents.has_doors = True
    key = f"incident.{name}"
    assert configure(desk, key, "on").old_value == "off"
    assert configure(desk, key, "p=0,count=2@3s..").old_value == "on"
    facts = {f"{name}.{kind}" for kind in INCIDENTS[name].facts(desk.platform.incidents.incidents[0])}
    read = {metric.name: metric.value for metric in desk.do("admin/GetMetrics", service="incident").metrics}
    assert read == dict.fromkeys(facts, 0)
    assert configure(desk, key, "off").old_value == "p=0,count=2@3s.."
    assert configure(desk, key, "off").old_value == "off"
    assert said(configure(desk, key, "q=1")).startswith(f"incident '{name}:q=1': 'q=1' sets nothing it knows, which is")


@pytest.mark.parametrize("name", INCIDENTS)
def test_a_service_narrows_an_incident_that_strikes_calls_and_no_other(name: str) -> None:
    desk = Desk()
    desk.platform.incidents.has_doors = True
    answer = configure(desk, f"incident.{name}", "p=0.5@1s..9s", PAYMENT)
    if INCIDENTS[name].by_call:
        assert answer.new_value == f"service={PAYMENT},p=0.5@1s..9s"
        setting = desk.platform.incidents.incidents[0].setting
        assert {method.partition("/")[0] for method in setting.methods} == {PAYMENT}
        assert (setting.values["p"], setting.begin_s, setting.end_s) == (0.5, 1, 9)
        assert configure(desk, f"incident.{name}", "on", PAYMENT).new_value == f"service={PAYMENT}"
        assert configure(desk, f"incident.{name}", "@2s..", PAYMENT).new_value == f"service={PAYMENT}@2s.."
        for word in NARROWING:
            twice = f"{word}=QueueService"
            assert said(configure(desk, f"incident.{name}", twice, PAYMENT)) == (
                f"'{twice}' names the calls already; leave either them or the service out"
            )
    else:
        assert f"{name} does not strike single calls, so 'service={PAYMENT}' says nothing" in said(answer)


# TriggerOperation and EmergencyAction


def trigger(desk: Desk, operation: str, *, dry: bool = False, service: str = "", **parameters: str) -> Any:
    wish = {"operation": f"OPERATION_TYPE_{operation}", "target_service": service, "parameters": parameters}
    return desk.ask("admin/TriggerOperation", **wish, dry_run=dry)


def act(desk: Desk, action: str, *, confirm: bool = True, **parameters: str) -> Any:
    wish = {"action": f"EMERGENCY_ACTION_TYPE_{action}", "parameters": parameters}
    return desk.ask("admin/EmergencyAction", **wish, confirm=confirm)


@pytest.mark.parametrize(
    ("operation", "service", "parameters", "words"),
    [
        ("RESTART_SERVICE", "", {}, "there is no service ''; there are: common.v1.AdminService, "),
        ("RESTART_SERVICE", QUEUE, {"replicas": "2"}, "there is no parameter 'replicas': RESTART_SERVICE takes none"),
        ("CLEAR_CACHE", "", {"key": "x"}, "there is no parameter 'key': CLEAR_CACHE takes none"),
        ("FORCE_SCALE", QUEUE, {"replicas": "0"}, "replicas must be 1 to 1000, not '0'"),
        ("FORCE_SCALE", QUEUE, {"replicas": "99999999"}, "replicas must be 1 to 1000, not '99999999'"),
        ("FORCE_SCALE", "queue", {"replicas": "2"}, "there is no service 'queue'; there are: "),
        ("DRAIN_QUEUE", "", {"event": EVENT}, "there is no parameter 'event': DRAIN_QUEUE takes event_id"),
        ("DRAIN_QUEUE", "", {"event_id": "evt_x"}, "there is no event 'evt_x'"),
        ("DRAIN_QUEUE", "", {"event_id": ""}, "there is no event ''"),
        ("REFRESH_CONFIG", "", {"incident": "slwo"}, "incident 'slwo': there is no 'slwo'; did you mean slow?"),
        ("REFRESH_CONFIG", "", {"end_incident": "slwo"}, "incident 'slwo': there is no 'slwo'; did you mean slow?"),
        ("REFRESH_CONFIG", "", {"plant": "slow"}, "there is no parameter 'plant': REFRESH_CONFIG takes incident, end"),
        ("UNSPECIFIED", "", {}, "operation must say what to do"),
    ],
)
def test_an_operation_that_cannot_be_done_is_refused_dry_as_in_earnest_and_nobody_is_sent_home(
    operation: str, service: str, parameters: dict[str, str], words: str
) -> None:
    """A slip of the pen in `event_id` must not drain every queue."""
    desk = Desk()
    token = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ann").waiting_token
    for dry in (True, False):
        assert said(trigger(desk, operation, dry=dry, service=service, **parameters)).startswith(words)
    assert desk.do("queue/GetQueueStatus", waiting_token=token).position == 1


def test_a_dry_run_of_a_refresh_says_that_what_waits_does_not_go_together() -> None:
    desk = Desk()
    desk.do("admin/UpdateConfig", config_key="waiting_ranks", config_value="5,10")
    dry, earnest = (said(trigger(desk, "REFRESH_CONFIG", dry=dry)) for dry in (True, False))
    assert dry == earnest
    assert dry.startswith("waiting_ranks and waiting_minimums_s have as many parts as each other")


@pytest.mark.parametrize(
    ("action", "parameters", "words"),
    [
        ("STOP_ADMISSIONS", {"of": "true"}, "there is no parameter 'of': STOP_ADMISSIONS takes off"),
        ("STOP_ADMISSIONS", {"off": "yes"}, "off must be true or false, not 'yes'"),
        ("MAINTENANCE_MODE", {"off": ""}, "off must be true or false, not ''"),
        ("CIRCUIT_BREAKER", {}, "service is required"),
        ("CIRCUIT_BREAKER", {"service": "payment"}, "there is no service 'payment'; there are: common.v1.AdminService"),
        ("CANCEL_RESERVATIONS", {"event": EVENT}, "there is no parameter 'event': CANCEL_RESERVATIONS takes event_id"),
        ("CANCEL_RESERVATIONS", {"event_id": "evt_x"}, "there is no event 'evt_x'"),
        ("CANCEL_RESERVATIONS", {"event_id": ""}, "there is no event ''"),
        ("FORCE_FAILOVER", {"to": "store-b"}, "there is no parameter 'to': FORCE_FAILOVER takes none"),
        ("UNSPECIFIED", {}, "action must say what to do"),
    ],
)
def test_an_emergency_action_that_cannot_be_done_is_refused_confirmed_or_not_and_changes_nothing(
    action: str, parameters: dict[str, str], words: str
) -> None:
    """A slip of the pen in `event_id` must not cancel everybody's reservation."""
    desk = Desk()
    reservation = desk.reserve().reservation_id
    for confirm in (False, True):
        assert said(act(desk, action, confirm=confirm, **parameters)).startswith(words)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_PENDING
    assert desk.do("admin/GetSystemHealth").overall_status == admin_pb2.SYSTEM_HEALTH_STATUS_HEALTHY
    desk.admit("ben")


def test_stopping_admissions_twice_is_stopping_them_once_and_who_was_admitted_keeps_his_token() -> None:
    desk = Desk()
    admitted = desk.admit("ann")
    waiting = desk.do("queue/JoinQueue", event_id=EVENT, user_id="ben").waiting_token
    assert [act(desk, "STOP_ADMISSIONS").result for _ in range(2)] == ["admissions are stopped"] * 2
    denied = desk.do("queue/RequestAdmission", waiting_token=waiting)
    assert (denied.admission, denied.reservation_token) == (queue_pb2.ADMISSION_STATUS_DENIED, "")
    wish = {"event_id": EVENT, "user_id": "ann", "reservation_token": admitted, "quantity": 1}
    assert desk.do("reservation/CreateReservation", **wish).reservation_id
    assert act(desk, "STOP_ADMISSIONS", off="true").result == "admissions go on"
    assert desk.do("queue/RequestAdmission", waiting_token=waiting).reservation_token


def test_reservations_of_one_event_are_cancelled_their_money_given_back_and_no_order_touched() -> None:
    desk = Desk()
    _, _, order = desk.buy("ann")
    held, other = desk.reserve("ben").reservation_id, desk.reserve("cleo", "evt_other").reservation_id
    paid = desk.pay(held, "ben")
    results = [act(desk, "CANCEL_RESERVATIONS", event_id=EVENT).result for _ in range(2)]
    assert results == ["1 reservations cancelled", "0 reservations cancelled"]
    statuses = [desk.reservation(name).status for name in (held, other)]
    assert statuses == [reservation_pb2.RESERVATION_STATUS_CANCELLED, reservation_pb2.RESERVATION_STATUS_PENDING]
    assert desk.payment(paid).result.success
    assert desk.platform.payments.money == 240_000
    assert desk.stock().sold_seats == 2
    assert order


def test_rates_that_change_at_run_time_are_those_that_count() -> None:
    """Nobody behind the free ranks is admitted from an empty bucket, and as many a second as the rate then says."""
    desk = Desk(replace(DOCUMENTED, waiting_minimums_s=(0.0, 0.0, 0.0), free_ranks=0, admission_burst=1.0))
    configure(desk, "admission_per_s", "0", QUEUE)
    tokens = [desk.do("queue/JoinQueue", event_id=EVENT, user_id=f"u{n}").waiting_token for n in range(20)]

    def admitted() -> int:
        answers = [desk.do("queue/RequestAdmission", waiting_token=token) for token in tokens]
        return sum(bool(answer.reservation_token) for answer in answers)

    assert admitted() == 1
    desk.time.advance(60)
    assert admitted() == 1
    configure(desk, "admission_per_s", "4", QUEUE)
    configure(desk, "admission_burst", "8", QUEUE)
    desk.time.advance(1)
    first = admitted()
    desk.time.advance(1)
    assert admitted() - first == 4
