"""gateway.v1.QueueService: the waiting room, as people meet it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from contracts.messages import errors_pb2, queue_pb2
from contracts.messages.queue_pb2 import (
    ADMISSION_STATUS_DENIED,
    ADMISSION_STATUS_INVALID,
    QUEUE_STATUS_ERROR,
    QUEUE_STATUS_WAITING,
)
from fakes import answers
from fakes.failures import Refused, missing, required

if TYPE_CHECKING:
    from fakes.caller import Caller
    from fakes.platform import Platform

SERVICE = "gateway.v1.QueueService"
_INT32_MAX = 2**31 - 1


class QueueService:
    """The waiting room."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def JoinQueue(self, request: queue_pb2.JoinQueueRequest, caller: Caller) -> queue_pb2.JoinQueueResponse:
        """Gives a waiting token; status and admission are asked for with it."""
        event_id, user = request.event_id, request.user_id
        if not (event_id and user):
            raise missing("user_id" if event_id else "event_id")
        waiter, standing = self._platform.queue.join(self._platform.now(), event_id, user)
        response = queue_pb2.JoinQueueResponse()
        response.waiting_token = waiter.token
        response.position_hint = standing.position
        response.eta_seconds = standing.eta_s
        response.status = QUEUE_STATUS_WAITING
        answers.put_time(response.expires_at, waiter.expires)
        return response

    def GetQueueStatus(
        self, request: queue_pb2.GetQueueStatusRequest, caller: Caller
    ) -> queue_pb2.GetQueueStatusResponse:
        """Says where one stands. Asking is the sign of life, and spends nothing."""
        token = request.waiting_token
        if not token:
            raise missing("waiting_token")
        try:
            standing = self._platform.queue.standing(self._platform.now(), token)
        except Refused as refused:
            refused.answer["status"] = QUEUE_STATUS_ERROR
            raise
        response = queue_pb2.GetQueueStatusResponse()
        response.status = standing.status
        response.position = standing.position
        response.eta_seconds = standing.eta_s
        response.admission_ready = standing.ready
        answers.put_time(response.expires_at, standing.expires)
        return response

    def RequestAdmission(
        self, request: queue_pb2.RequestAdmissionRequest, caller: Caller
    ) -> queue_pb2.RequestAdmissionResponse:
        """Gives the reservation token to whose turn it is."""
        token, now = request.waiting_token, self._platform.now()
        if not token:
            raise missing("waiting_token")
        ruling = self._platform.queue.admit(now, token, request.event_id, request.user_id)
        if ruling.status == ADMISSION_STATUS_INVALID:
            raise Refused(errors_pb2.ERROR_CODE_FORBIDDEN, ruling.reason, admission=ruling.status)
        if ruling.status == ADMISSION_STATUS_DENIED:
            self._platform.journal.count(SERVICE, "admission_denied_total")
        response = queue_pb2.RequestAdmissionResponse()
        response.admission = ruling.status
        if ruling.admission is not None:
            response.reservation_token = ruling.admission.token
            response.ttl_seconds = math.ceil(ruling.admission.expires - now)
            answers.put_time(response.valid_until, ruling.admission.expires)
        return response

    def LeaveQueue(self, request: queue_pb2.LeaveQueueRequest, caller: Caller) -> queue_pb2.LeaveQueueResponse:
        """Gives the place up, or the admission."""
        required(waiting_token=request.waiting_token)
        waiter = self._platform.queue.leave(self._platform.now(), request.waiting_token)
        return queue_pb2.LeaveQueueResponse(success=True, left_at=answers.timestamp(waiter.gone))

    def GetQueueStats(self, request: queue_pb2.GetQueueStatsRequest, caller: Caller) -> queue_pb2.GetQueueStatsResponse:
        """One event's figures, or all events'; the rate is what an event may admit, as far as it is limited."""
        platform, now = self._platform, self._platform.now()
        settings = platform.configuration.current
        stamp = answers.timestamp(now)
        per_minute = settings.admission_per_s * 60 if platform.queue.admitting else 0
        stats = {event: platform.queue.stats(now, event) for event in platform.events}
        if request.event_id:
            stats = {request.event_id: platform.queue.stats(now, request.event_id)}
        rate = sum(one.per_s for one in stats.values())
        most = min(settings.admission_per_s * len(stats), settings.system_admission_per_s)
        return queue_pb2.GetQueueStatsResponse(
            events=[
                queue_pb2.EventQueueStats(
                    event_id=event,
                    total_waiting=one.waiting,
                    total_admitted=one.admitted,
                    admission_rate_per_minute=int(min(per_minute, _INT32_MAX)),
                    average_wait_time_seconds=round(one.average_wait_s),
                    last_updated=stamp,
                )
                for event, one in stats.items()
            ],
            system=queue_pb2.SystemQueueStats(
                total_active_queues=sum(one.waiting > 0 for one in stats.values()),
                total_waiting_users=sum(one.waiting for one in stats.values()),
                total_admitted_users=sum(one.admitted for one in stats.values()),
                system_capacity_percentage=min(round(100 * rate / max(most, 1e-9)), 100),
                average_admission_rate=rate / max(len(stats), 1),
                last_updated=stamp,
            ),
        )
