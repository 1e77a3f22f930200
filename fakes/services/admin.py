"""common.v1.AdminService: what the platform did, how it fares, and the switches that operators have.

Operations (TriggerOperation), with their parameters:
    RESTART_SERVICE  target_service          its uptime starts again
    CLEAR_CACHE                              all idempotency keys are forgotten
    FORCE_SCALE      target_service, replicas=N
    DRAIN_QUEUE      event_id=…, or all      everybody who waits is sent home
    REFRESH_CONFIG                           changes that wait come into force; `incident=NAME:p=0.1@..5s` plants an
                                             incident besides, and `end_incident=NAME` ends one
Emergencies (EmergencyAction, done with confirm=true only; `off=true` takes the lasting ones back):
    STOP_ADMISSIONS, MAINTENANCE_MODE, CIRCUIT_BREAKER (service=…), CANCEL_RESERVATIONS (event_id=…, or all),
    FORCE_FAILOVER
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from contracts.catalogue import SERVICES
from contracts.messages import admin_pb2
from contracts.messages.admin_pb2 import (
    EMERGENCY_ACTION_TYPE_CANCEL_RESERVATIONS,
    EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER,
    EMERGENCY_ACTION_TYPE_FORCE_FAILOVER,
    EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE,
    EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS,
    HEALTH_STATUS_DEGRADED,
    HEALTH_STATUS_HEALTHY,
    HEALTH_STATUS_UNHEALTHY,
    METRIC_TYPE_COUNTER,
    METRIC_TYPE_GAUGE,
    OPERATION_STATUS_COMPLETED,
    OPERATION_STATUS_PENDING,
    OPERATION_TYPE_CLEAR_CACHE,
    OPERATION_TYPE_DRAIN_QUEUE,
    OPERATION_TYPE_FORCE_SCALE,
    OPERATION_TYPE_REFRESH_CONFIG,
    OPERATION_TYPE_RESTART_SERVICE,
    SYSTEM_HEALTH_STATUS_DEGRADED,
    SYSTEM_HEALTH_STATUS_HEALTHY,
    SYSTEM_HEALTH_STATUS_UNHEALTHY,
    EmergencyActionType,
    OperationType,
)
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CANCELLED
from contracts.messages.websocket_pb2 import (
    SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED,
    SYSTEM_EVENT_TYPE_MAINTENANCE_MODE,
)
from fakes import answers
from fakes.changes import SystemChanged
from fakes.controls import ADMIN, STORES, known
from fakes.failures import invalid, required
from fakes.journal import Entry
from fakes.services.gateway import VERSION
from fakes.services.sabotage import PREFIX, Sabotage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.messages.websocket_pb2 import SystemEventType
    from fakes.caller import Caller
    from fakes.journal import Measure
    from fakes.platform import Platform

LOGS_AT_MOST = 1000
_LOGS = 100


class AdminService:
    """Operations."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._sabotage = Sabotage(platform.incidents)
        self._operations = {
            OPERATION_TYPE_RESTART_SERVICE: self._restart,
            OPERATION_TYPE_CLEAR_CACHE: self._clear,
            OPERATION_TYPE_FORCE_SCALE: self._scale,
            OPERATION_TYPE_DRAIN_QUEUE: self._drain,
            OPERATION_TYPE_REFRESH_CONFIG: self._refresh,
        }
        self._emergencies = {
            EMERGENCY_ACTION_TYPE_STOP_ADMISSIONS: self._stop_admissions,
            EMERGENCY_ACTION_TYPE_CANCEL_RESERVATIONS: self._cancel_reservations,
            EMERGENCY_ACTION_TYPE_CIRCUIT_BREAKER: self._break_circuit,
            EMERGENCY_ACTION_TYPE_MAINTENANCE_MODE: self._maintain,
            EMERGENCY_ACTION_TYPE_FORCE_FAILOVER: self._fail_over,
        }

    def GetSystemHealth(
        self, request: admin_pb2.GetSystemHealthRequest, caller: Caller
    ) -> admin_pb2.GetSystemHealthResponse:
        """How services fare, and the stores when asked; the whole is UNHEALTHY when a circuit is open."""
        services = [self._health(known(name)) for name in request.services or SERVICES]
        statuses = {one.status for one in services}
        overall = SYSTEM_HEALTH_STATUS_HEALTHY
        if HEALTH_STATUS_UNHEALTHY in statuses:
            overall = SYSTEM_HEALTH_STATUS_UNHEALTHY
        elif HEALTH_STATUS_DEGRADED in statuses:
            overall = SYSTEM_HEALTH_STATUS_DEGRADED
        stamp = answers.timestamp(self._platform.now())
        primary = self._platform.controls.primary
        dependencies = [
            admin_pb2.DependencyStatus(
                name=store,
                status=HEALTH_STATUS_HEALTHY,
                endpoint=f"memory://{store}/{'primary' if store == primary else 'replica'}",
                last_check=stamp,
            )
            for store in STORES
        ]
        return admin_pb2.GetSystemHealthResponse(
            overall_status=overall,
            services=services,
            dependencies=dependencies if request.include_dependencies else [],
            checked_at=stamp,
        )

    def GetMetrics(self, request: admin_pb2.GetMetricsRequest, caller: Caller) -> admin_pb2.GetMetricsResponse:
        """Counts and gauges of one service or all, of one kind (counter, gauge) or both, as they stand now."""
        kinds = {"": None, "counter": True, "gauge": False}
        if request.metric_type.lower() not in kinds:
            raise invalid("metric_type", f"metric_type must be counter or gauge, not {request.metric_type!r}")
        wanted = kinds[request.metric_type.lower()]
        stamp = answers.timestamp(self._platform.now())

        def shown(measure: Measure) -> bool:
            return request.service in ("", measure.service) and wanted in (None, measure.counts)

        return admin_pb2.GetMetricsResponse(
            metrics=[
                admin_pb2.MetricData(
                    name=measure.name,
                    service=measure.service,
                    type=METRIC_TYPE_COUNTER if measure.counts else METRIC_TYPE_GAUGE,
                    value=measure.value,
                    labels=measure.labels,
                    timestamp=stamp,
                )
                for measure in self._platform.journal.measures()
                if shown(measure)
            ],
            collected_at=stamp,
        )

    def UpdateConfig(self, request: admin_pb2.UpdateConfigRequest, caller: Caller) -> admin_pb2.UpdateConfigResponse:
        """Changes a figure at once, or with the next REFRESH_CONFIG; `updated` says which.

        `incident.NAME` is one too; see `sabotage`.
        """
        platform = self._platform
        of_incident = request.config_key.startswith(PREFIX)
        change = self._sabotage.change if of_incident else platform.configuration.change
        old, new = change(request.config_key, request.config_value, at_once=request.apply_immediately)
        platform.journal.log(ADMIN, f"{request.config_key}: {old} -> {new}", reason=request.reason)
        if request.apply_immediately:
            self._tell_rates([request.config_key])
        return admin_pb2.UpdateConfigResponse(
            updated=request.apply_immediately,
            old_value=old,
            new_value=new,
            updated_at=answers.timestamp(platform.now()),
        )

    def TriggerOperation(
        self, request: admin_pb2.TriggerOperationRequest, caller: Caller
    ) -> admin_pb2.TriggerOperationResponse:
        """Does an operation, or, dry, says that it could."""
        operate = self._operations.get(request.operation)
        if operate is None:
            raise invalid("operation", "operation must say what to do")
        name = OperationType.Name(request.operation).removeprefix("OPERATION_TYPE_")
        parameters = dict(request.parameters)
        if request.dry_run:
            self._check_incidents(parameters)
            result = f"dry run: nothing done; {name} can be done"
        else:
            result = operate(request.target_service, parameters)
        self._platform.journal.log(ADMIN, f"{name}: {result}", reason=request.reason)
        return admin_pb2.TriggerOperationResponse(
            triggered=not request.dry_run,
            operation_id=self._platform.new_id("op"),
            status=OPERATION_STATUS_PENDING if request.dry_run else OPERATION_STATUS_COMPLETED,
            result=result,
            triggered_at=answers.timestamp(self._platform.now()),
        )

    def GetLogs(self, request: admin_pb2.GetLogsRequest, caller: Caller) -> admin_pb2.GetLogsResponse:
        """The newest entries that fit, newest first; `limit` of them, 100 when it is not given."""
        if not 0 <= request.limit <= LOGS_AT_MOST:
            raise invalid("limit", f"limit must be at most {LOGS_AT_MOST}")
        limit = request.limit or _LOGS
        found: list[Entry] = []
        for entry in self._platform.journal.entries():
            if _fits(entry, request):
                found.append(entry)
                if len(found) > limit:
                    break
        return admin_pb2.GetLogsResponse(
            logs=[
                admin_pb2.LogEntry(
                    timestamp=answers.timestamp(entry.at),
                    level=entry.level,
                    service=entry.service,
                    message=entry.message,
                    trace_id=entry.trace_id,
                    fields=entry.fields,
                )
                for entry in found[:limit]
            ],
            has_more=len(found) > limit,
        )

    def EmergencyAction(
        self, request: admin_pb2.EmergencyActionRequest, caller: Caller
    ) -> admin_pb2.EmergencyActionResponse:
        """Does it when confirmed; else says that nothing was done."""
        act = self._emergencies.get(request.action)
        if act is None:
            raise invalid("action", "action must say what to do")
        name = EmergencyActionType.Name(request.action).removeprefix("EMERGENCY_ACTION_TYPE_")
        result = act(dict(request.parameters)) if request.confirm else "nothing done: send confirm=true to do it"
        self._platform.journal.log(ADMIN, f"{name}: {result}", reason=request.reason)
        return admin_pb2.EmergencyActionResponse(
            executed=request.confirm,
            action_id=self._platform.new_id("act"),
            result=result,
            executed_at=answers.timestamp(self._platform.now()),
        )

    def _health(self, service: str) -> admin_pb2.ServiceHealthStatus:
        now, controls, health = self._platform.now(), self._platform.controls, self._platform.health
        issues = health.issues(now, service)
        sick = HEALTH_STATUS_UNHEALTHY if health.dead(now, service) else HEALTH_STATUS_DEGRADED
        return admin_pb2.ServiceHealthStatus(
            service_name=service,
            status=sick if issues else HEALTH_STATUS_HEALTHY,
            response_time_ms=health.response_ms(service),
            version=VERSION,
            uptime_seconds=int(now - controls.started[service]),
            metrics={"replicas": str(controls.replicas[service])},
            issues=issues,
        )

    def _restart(self, service: str, parameters: Mapping[str, str]) -> str:
        self._platform.health.restart(self._platform.now(), known(service))
        return f"{service} restarted"

    def _clear(self, service: str, parameters: Mapping[str, str]) -> str:
        return f"{self._platform.idempotency.clear()} idempotency keys forgotten"

    def _scale(self, service: str, parameters: Mapping[str, str]) -> str:
        text = parameters.get("replicas", "")
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= 1000):
            raise invalid("parameters", f"replicas must be 1 to 1000, not {text!r}")
        self._platform.controls.replicas[known(service)] = int(text)
        return f"{service} has {int(text)} replicas"

    def _drain(self, service: str, parameters: Mapping[str, str]) -> str:
        events = [parameters["event_id"]] if "event_id" in parameters else list(self._platform.events)
        gone = sum(self._platform.queue.drain(self._platform.now(), event) for event in events)
        return f"{gone} waiting people sent home"

    def _refresh(self, service: str, parameters: Mapping[str, str]) -> str:
        self._check_incidents(parameters)
        keys = self._platform.configuration.apply()
        self._tell_rates(keys)
        keys += self._sabotage.apply()
        said = [f"in force: {', '.join(keys) or 'nothing was waiting'}"]
        if "incident" in parameters:
            said.append(self._sabotage.plant(parameters["incident"]))
        if "end_incident" in parameters:
            said.append(self._sabotage.end(parameters["end_incident"]))
        return "; ".join(said)

    def _check_incidents(self, parameters: Mapping[str, str]) -> None:
        for name in ("incident", "end_incident"):
            if name in parameters:
                self._sabotage.check(parameters[name])

    def _stop_admissions(self, parameters: Mapping[str, str]) -> str:
        self._platform.queue.admitting = _off(parameters)
        text = "admissions go on" if _off(parameters) else "admissions are stopped"
        self._tell(SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED, text)
        return text

    def _cancel_reservations(self, parameters: Mapping[str, str]) -> str:
        event = parameters.get("event_id", "")
        if event:
            self._platform.ledger.counts(event)
        holding = self._platform.reservations.holding(event)
        for reservation in holding:
            now = self._platform.now()
            self._platform.reservations.close(now, reservation, RESERVATION_STATUS_CANCELLED, "emergency")
        return f"{len(holding)} reservations cancelled"

    def _break_circuit(self, parameters: Mapping[str, str]) -> str:
        service = parameters.get("service", "")
        required(service=service)
        life = self._platform.configuration.current.circuit_open_s
        until = -math.inf if _off(parameters) else self._platform.now() + life
        self._platform.controls.open_circuit(service, until)
        return f"{service} is served again" if _off(parameters) else f"{service} is refused for {life:g} s"

    def _maintain(self, parameters: Mapping[str, str]) -> str:
        self._platform.controls.maintenance = not _off(parameters)
        text = "maintenance has ended" if _off(parameters) else "in maintenance: the platform can be read only"
        self._tell(SYSTEM_EVENT_TYPE_MAINTENANCE_MODE, text)
        return text

    def _fail_over(self, parameters: Mapping[str, str]) -> str:
        self._platform.controls.failovers += 1
        return f"{self._platform.controls.primary} is primary"

    def _tell_rates(self, keys: list[str]) -> None:
        for key in keys:
            if key.startswith("admission_"):
                value = getattr(self._platform.configuration.current, key)
                self._tell(SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED, f"{key} is {value:g}")

    def _tell(self, kind: SystemEventType, message: str) -> None:
        for event in self._platform.events:
            self._platform.changes.publish(SystemChanged(event, kind, message))


def _off(parameters: Mapping[str, str]) -> bool:
    text = parameters.get("off", "false").lower()
    if text not in ("true", "false"):
        raise invalid("parameters", f"off must be true or false, not {text!r}")
    return text == "true"


def _fits(entry: Entry, request: admin_pb2.GetLogsRequest) -> bool:
    return (
        request.service in ("", entry.service)
        and entry.level >= request.level
        and request.search_query.lower() in entry.message.lower()
        and (not request.HasField("start_time") or entry.at >= answers.seconds(request.start_time))
        and (not request.HasField("end_time") or entry.at <= answers.seconds(request.end_time))
    )
