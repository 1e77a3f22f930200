"""The queue before the sale: WAITING, READY by time alone, admission with a token for one reservation."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

import grpc

from contracts.messages import queue_pb2
from tests.foreign.answers import Clock, invalid, missing, new_id, refuse, stamp
from tests.foreign.counts import Counts

WAITING_TOKEN_S = 1800.0
HEARTBEAT_S = 300.0
DUPLICATE_S = 300.0


@dataclass(slots=True)
class Pass:
    """A reservation token: one reservation that succeeds, of this user and event, while it lives."""

    token: str
    event_id: str
    user_id: str
    until: float
    used: bool = False


@dataclass(slots=True)
class Ticket:
    """One place in a queue."""

    token: str
    event_id: str
    user_id: str
    joined: float
    seen: float
    serial: int
    left: bool = False
    admission: Pass | None = None

    def over(self, now: float) -> bool:
        """True when the place is lost: too old, or its owner silent for too long."""
        return now >= self.joined + WAITING_TOKEN_S or now >= self.seen + HEARTBEAT_S


class WaitingRoom:
    """QueueService, without GetQueueStats."""

    def __init__(self, events: Collection[str], wait_s: float, token_s: float, clock: Clock, counts: Counts) -> None:
        self._wait_s = wait_s
        self._token_s = token_s
        self._clock = clock
        self._counts = counts
        self._lines: dict[str, deque[Ticket]] = {event: deque() for event in events}
        self._tickets: dict[str, Ticket] = {}
        self._places: dict[tuple[str, str], Ticket] = {}
        self._passes: dict[str, Pass] = {}

    def join(self, request: queue_pb2.JoinQueueRequest) -> queue_pb2.JoinQueueResponse:
        """Always WAITING; the same user again within five minutes is told so, unless the first place was left."""
        now = self._clock()
        if not request.event_id:
            invalid("event_id is empty")
        line = self._lines.get(request.event_id)
        if line is None:
            missing("event")
        who = request.user_id or request.session_id
        before = self._places.get((request.event_id, who)) if who else None
        if before is not None and not before.left and now < before.joined + DUPLICATE_S:
            refuse(grpc.StatusCode.ALREADY_EXISTS, "this user queues already")
        ticket = Ticket(
            token=new_id(), event_id=request.event_id, user_id=request.user_id, joined=now, seen=now,
            serial=line[-1].serial + 1 if line else 1,
        )  # fmt: skip
        line.append(ticket)
        self._tickets[ticket.token] = self._places[ticket.event_id, who] = ticket
        self._counts.joined += 1
        position = self._position(ticket, now) or 1
        return queue_pb2.JoinQueueResponse(
            waiting_token=ticket.token,
            position_hint=position,
            eta_seconds=self._eta(ticket, now),
            status=queue_pb2.QUEUE_STATUS_WAITING,
            expires_at=stamp(now + WAITING_TOKEN_S),
        )

    def status(self, request: queue_pb2.GetQueueStatusRequest) -> queue_pb2.GetQueueStatusResponse:
        """Where the ticket stands; asking is its sign of life and costs no admission."""
        now = self._clock()
        ticket = self._tickets.get(request.waiting_token)
        if ticket is None:
            missing("waiting token")
        if ticket.left or ticket.over(now):
            gone = queue_pb2.QUEUE_STATUS_LEFT if ticket.left else queue_pb2.QUEUE_STATUS_EXPIRED
            return queue_pb2.GetQueueStatusResponse(status=gone)
        ticket.seen = now
        ready = self._ready(ticket, now)
        return queue_pb2.GetQueueStatusResponse(
            status=queue_pb2.QUEUE_STATUS_READY if ready else queue_pb2.QUEUE_STATUS_WAITING,
            position=self._position(ticket, now),
            eta_seconds=self._eta(ticket, now),
            admission_ready=ready,
            expires_at=stamp(ticket.joined + WAITING_TOKEN_S),
        )

    def admit(self, request: queue_pb2.RequestAdmissionRequest) -> queue_pb2.RequestAdmissionResponse:
        """A token for who waited long enough, and the same one when asked again."""
        now = self._clock()
        ticket = self._tickets.get(request.waiting_token)
        if ticket is None or (ticket.event_id, ticket.user_id) != (request.event_id, request.user_id):
            return queue_pb2.RequestAdmissionResponse(admission=queue_pb2.ADMISSION_STATUS_INVALID)
        given = ticket.admission
        if ticket.left or (ticket.over(now) if given is None else now >= given.until):
            return queue_pb2.RequestAdmissionResponse(admission=queue_pb2.ADMISSION_STATUS_EXPIRED)
        if not self._ready(ticket, now):
            return queue_pb2.RequestAdmissionResponse(admission=queue_pb2.ADMISSION_STATUS_DENIED)
        if given is None:
            given = ticket.admission = Pass(new_id(), ticket.event_id, ticket.user_id, now + self._token_s)
            self._passes[given.token] = given
            self._counts.admitted += 1
        return queue_pb2.RequestAdmissionResponse(
            admission=queue_pb2.ADMISSION_STATUS_GRANTED,
            reservation_token=given.token,
            ttl_seconds=max(1, int(given.until - now)),
            valid_until=stamp(given.until),
        )

    def leave(self, request: queue_pb2.LeaveQueueRequest) -> queue_pb2.LeaveQueueResponse:
        """Gives the place up."""
        ticket = self._tickets.get(request.waiting_token)
        if ticket is None:
            missing("waiting token")
        ticket.left = True
        return queue_pb2.LeaveQueueResponse(success=True, left_at=stamp(self._clock()))

    def check(self, token: str, event_id: str, user_id: str) -> Pass:
        """The pass behind a reservation token, if it is good for this; the caller marks it used on success."""
        given = self._passes.get(token)
        if given is None or (given.event_id, given.user_id) != (event_id, user_id):
            refuse(grpc.StatusCode.PERMISSION_DENIED, "you were not admitted to this sale")
        if given.used or self._clock() >= given.until:
            refuse(grpc.StatusCode.PERMISSION_DENIED, "this admission is used up")
        return given

    def _ready(self, ticket: Ticket, now: float) -> bool:
        return now >= ticket.joined + self._wait_s

    def _position(self, ticket: Ticket, now: float) -> int:
        """1 for the first that still waits, 0 for who is ready; it never grows."""
        line = self._lines[ticket.event_id]
        while len(line) > 1 and self._ready(line[0], now):
            line.popleft()
        return 0 if self._ready(ticket, now) else ticket.serial - line[0].serial + 1

    def _eta(self, ticket: Ticket, now: float) -> int:
        return min(600, max(1, math.ceil(ticket.joined + self._wait_s - now)))
