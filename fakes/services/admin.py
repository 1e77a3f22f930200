"""common.v1.AdminService: what the platform did, how it fares, and the switches that operators have.

What TriggerOperation and EmergencyAction can do stands in `operations` and `emergencies`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.catalogue import SERVICES
from contracts.messages import admin_pb2
from contracts.messages.admin_pb2 import (
    HEALTH_STATUS_DEGRADED,
    HEALTH_STATUS_HEALTHY,
    HEALTH_STATUS_UNHEALTHY,
    METRIC_TYPE_COUNTER,
    METRIC_TYPE_GAUGE,
    OPERATION_STATUS_COMPLETED,
    OPERATION_STATUS_PENDING,
    SYSTEM_HEALTH_STATUS_DEGRADED,
    SYSTEM_HEALTH_STATUS_HEALTHY,
    SYSTEM_HEALTH_STATUS_UNHEALTHY,
)
from contracts.messages.websocket_pb2 import SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED
from fakes import answers
from fakes.aggregations import aggregation
from fakes.changes import SystemChanged
from fakes.controls import ADMIN, STORES, known
from fakes.failures import invalid
from fakes.history import key
from fakes.journal import Entry
from fakes.services.emergencies import Emergencies
from fakes.services.gateway import VERSION
from fakes.services.operations import Operations
from fakes.services.sabotage import PREFIX, Sabotage

if TYPE_CHECKING:
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
        self._operations = Operations(platform, self._sabotage, self._tell_rates)
        self._emergencies = Emergencies(platform, self._tell)

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
        """Counts and gauges of one service or all, of one kind (counter, gauge) or both.

        As they stand now, or stood at `end_time`; with `aggregation`, what they came to from `start_time` on, which is
        the platform's start when it is not given.
        """
        kinds = {"": None, "counter": True, "gauge": False}
        if request.metric_type.lower() not in kinds:
            raise invalid("metric_type", f"metric_type must be counter or gauge, not {request.metric_type!r}")
        aggregate = aggregation(request.aggregation)
        wanted, now = kinds[request.metric_type.lower()], self._platform.now()
        start, end = _stretch(request, self._platform.started, now)
        samples = self._platform.journal.history.between(start, end, now)
        stamp = answers.timestamp(end)

        def shown(measure: Measure) -> bool:
            return request.service in ("", measure.service) and wanted in (None, measure.counts)

        return admin_pb2.GetMetricsResponse(
            metrics=[
                admin_pb2.MetricData(
                    name=measure.name,
                    service=measure.service,
                    type=METRIC_TYPE_COUNTER if measure.counts and not aggregate.levels else METRIC_TYPE_GAUGE,
                    value=aggregate.of([(sample.at, sample.values.get(key(measure), 0.0)) for sample in samples]),
                    unit=aggregate.unit,
                    labels=measure.labels,
                    timestamp=stamp,
                )
                for measure in self._platform.journal.measures()
                if shown(measure)
            ],
            collected_at=answers.timestamp(now),
        )

    def UpdateConfig(self, request: admin_pb2.UpdateConfigRequest, caller: Caller) -> admin_pb2.UpdateConfigResponse:
        """Changes a figure at once, or with the next REFRESH_CONFIG; `updated` says which.

        A `service` must be one that goes by the figure. `incident.NAME` is one too; see `sabotage`.
        """
        platform, name, value = self._platform, request.config_key, request.config_value
        change = self._sabotage.change if name.startswith(PREFIX) else platform.configuration.change
        old, new = change(name, value, at_once=request.apply_immediately, service=request.service)
        platform.journal.log(ADMIN, f"{name}: {old} -> {new}", reason=request.reason)
        if request.apply_immediately:
            self._tell_rates([name])
        return admin_pb2.UpdateConfigResponse(
            updated=request.apply_immediately,
            old_value=old,
            new_value=new,
            updated_at=answers.timestamp(platform.now()),
        )

    def TriggerOperation(
        self, request: admin_pb2.TriggerOperationRequest, caller: Caller
    ) -> admin_pb2.TriggerOperationResponse:
        """Does an operation, or, dry, says that it could; refuses either way what cannot be done."""
        name, deed = self._operations.plan(request.operation, request.target_service, request.parameters)
        result = f"dry run: nothing done; {name} can be done" if request.dry_run else deed()
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
        """Does it when confirmed, else says that nothing was done; refuses either way what cannot be done."""
        name, deed = self._emergencies.plan(request.action, request.parameters)
        result = deed() if request.confirm else "nothing done: send confirm=true to do it"
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

    def _tell_rates(self, keys: list[str]) -> None:
        for name in keys:
            if name.startswith("admission_"):
                value = getattr(self._platform.configuration.current, name)
                self._tell(SYSTEM_EVENT_TYPE_ADMISSION_RATE_CHANGED, f"{name} is {value:g}")

    def _tell(self, kind: SystemEventType, message: str) -> None:
        for event in self._platform.events:
            self._platform.changes.publish(SystemChanged(event, kind, message))


def _stretch(request: admin_pb2.GetMetricsRequest, began: float, now: float) -> tuple[float, float]:
    """From when to when the metrics are asked for; what is in the future is now."""
    start = answers.seconds(request.start_time) if request.HasField("start_time") else began
    end = min(answers.seconds(request.end_time), now) if request.HasField("end_time") else now
    if start > end:
        raise invalid("start_time", "start_time must be before end_time, and not in the future")
    return start, end


def _fits(entry: Entry, request: admin_pb2.GetLogsRequest) -> bool:
    return (
        request.service in ("", entry.service)
        and entry.level >= request.level
        and request.search_query.lower() in entry.message.lower()
        and (not request.HasField("start_time") or entry.at >= answers.seconds(request.start_time))
        and (not request.HasField("end_time") or entry.at <= answers.seconds(request.end_time))
    )
