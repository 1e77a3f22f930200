"""The waiting room: people join an event's line, learn their place, are admitted with a token, buy one time with it.

Guarantees: ranks are exact and fall only; asking for one's place spends nothing; a line is served in order, as far as
ranks, minimum waits and the admission buckets of the event and of all events allow; a reservation token is good for one
reservation that succeeds, of its user and event, while it lives. All steps cost O(log n) in the length of the line.

    WAITING --admit--> READY (admitted) --token runs out--> EXPIRED
       |  `--no sign of life, or too old--> EXPIRED
       `--leave--> LEFT, as from READY

Who has gone is remembered for one heartbeat with his token, so that he can be told. The time is an argument; ids come
from `new_id`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import errors_pb2
from contracts.messages.queue_pb2 import (
    ADMISSION_STATUS_DENIED,
    ADMISSION_STATUS_EXPIRED,
    ADMISSION_STATUS_GRANTED,
    ADMISSION_STATUS_INVALID,
    QUEUE_STATUS_EXPIRED,
    QUEUE_STATUS_LEFT,
    QUEUE_STATUS_READY,
    QUEUE_STATUS_WAITING,
)
from fakes.changes import QueueMoved
from fakes.deadlines import Deadlines
from fakes.expiring import Expiring
from fakes.failures import Refused, not_found
from fakes.faults import ANOTHERS, RUN_OUT, SPENT, UNKNOWN, Faults
from fakes.line import Line
from fakes.pace import Pace
from fakes.rate_limit import TokenBucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from contracts.messages.queue_pb2 import AdmissionStatus, QueueStatus
    from fakes.changes import Changes
    from fakes.configuration import Configuration
    from fakes.settings import Settings


@dataclass(slots=True)
class Waiter:
    """One who joined a line."""

    token: str
    event: str
    user: str
    place: int
    joined: float
    expires: float
    seen: float
    status: QueueStatus = QUEUE_STATUS_WAITING
    gone: float = math.inf
    """When he left, was dropped, or his admission ran out."""
    admission: Admission | None = None
    check: float = math.inf
    """When his deadlines are looked at next."""
    joined_at: int = 0
    """His rank when he joined."""

    def deadline(self, heartbeat_s: float) -> float:
        """When something ends for him: the memory of him, his admission, his place."""
        if self.gone < math.inf:
            return self.gone + heartbeat_s
        if self.admission is not None:
            return self.admission.expires
        return min(self.expires, self.seen + heartbeat_s)


@dataclass(slots=True)
class Admission:
    """The right to reserve once, and its token."""

    token: str
    event: str
    user: str
    expires: float
    used: bool = False


class Standing(NamedTuple):
    """What a waiter is told of himself."""

    status: QueueStatus
    position: int
    """His rank, 0 when he does not stand in line."""
    eta_s: int
    ready: bool
    """RequestAdmission would be granted now."""
    expires: float


class Ruling(NamedTuple):
    """What became of a request for admission."""

    status: AdmissionStatus
    admission: Admission | None
    reason: str


@dataclass(slots=True)
class _Queue:
    """The line of one event."""

    pace: Pace
    line: Line = field(default_factory=Line)
    bucket: TokenBucket = field(default_factory=TokenBucket)
    admitted: int = 0
    waited_s: float = 0.0


class QueueStats(NamedTuple):
    """One event's line in figures."""

    waiting: int
    admitted: int
    per_s: float
    average_wait_s: float


class WaitingRoom:
    """The lines of all events."""

    def __init__(
        self,
        events: Iterable[str],
        configuration: Configuration,
        changes: Changes,
        new_id: Callable[[str], str],
        wake_by: Callable[[float], None] = lambda when: None,  # noqa: ARG005
        faults: Faults | None = None,
    ) -> None:
        """`wake_by` is told each deadline at which `expire_due` wants to be called at the latest."""
        self._wake_by = wake_by
        self._faults = faults or Faults()
        self._configuration = configuration
        self._changes = changes
        self._new_id = new_id
        self._queues = {event: _Queue(Pace(configuration.current.eta_windows_s)) for event in events}
        self._bucket = TokenBucket()
        """What all events share."""
        self._waiters: dict[str, Waiter] = {}
        self._admissions: dict[str, Admission] = {}
        self._joined: Expiring[tuple[str, str], str] = Expiring()
        self._checks = Deadlines()
        self.admitting = True
        """False while an operator has stopped admissions."""

    def join(self, now: float, event: str, user: str) -> tuple[Waiter, Standing]:
        """Joins the line of an event. Refuses NOT_FOUND, and ALREADY_EXISTS for who joined it shortly before."""
        queue = self._queue(event)
        settings = self._configuration.current
        if self._joined.get(now, (event, user)) is not None:
            message = f"{user} has joined the queue of {event} already"
            raise Refused(errors_pb2.ERROR_CODE_ALREADY_EXISTS, message)
        token = self._new_id("wtkn")
        waiter = Waiter(token, event, user, queue.line.join(), now, now + settings.waiting_life_s, now)
        waiter.joined_at = len(queue.line)
        self._waiters[token] = waiter
        self._joined.put(now, (event, user), token, settings.duplicate_join_s)
        self._check(waiter.deadline(settings.heartbeat_s), waiter)
        self._moved(event)
        return waiter, self._in_line(now, waiter, queue, len(queue.line), settings)

    def find(self, token: str) -> Waiter:
        """The waiter of a waiting token. Refuses NOT_FOUND."""
        waiter = self._waiters.get(token)
        if waiter is None:
            raise not_found("waiting token", token)
        return waiter

    def standing(self, now: float, token: str) -> Standing:
        """Where a waiter stands; asking is his sign of life. Refuses NOT_FOUND."""
        waiter = self.find(token)
        waiter.seen = max(waiter.seen, now)
        return self._standing(now, waiter, self._configuration.current)

    def admit(self, now: float, token: str, event: str, user: str) -> Ruling:
        """Admits a waiter whose turn it is. Who asks again gets the same token. Empty event or user: not checked."""
        waiter = self._waiters.get(token)
        if waiter is None:
            return Ruling(ADMISSION_STATUS_INVALID, None, f"there is no waiting token {token!r}")
        if (event or waiter.event) != waiter.event or (user or waiter.user) != waiter.user:
            return Ruling(ADMISSION_STATUS_INVALID, None, "this waiting token is of another user or event")
        waiter.seen = now
        if waiter.status == QUEUE_STATUS_READY and waiter.admission is not None:
            return Ruling(ADMISSION_STATUS_GRANTED, waiter.admission, "admitted already")
        if waiter.status != QUEUE_STATUS_WAITING:
            return Ruling(ADMISSION_STATUS_EXPIRED, None, "this place in the queue is gone")
        queue, settings = self._queues[waiter.event], self._configuration.current
        rank = queue.line.rank(waiter.place)
        obstacle = self._obstacle(now, waiter, queue, rank, settings)
        if obstacle:
            self._faults.was_denied(token)
            return Ruling(ADMISSION_STATUS_DENIED, None, obstacle)
        unpaid = False
        if rank > settings.free_ranks:
            unpaid = not queue.bucket.take(now, settings.admission_per_s, settings.admission_burst)
            self._bucket.take(now, settings.system_admission_per_s, settings.system_admission_burst)
        self._faults.was_admitted(token, unpaid=unpaid)
        return Ruling(ADMISSION_STATUS_GRANTED, self._grant(now, waiter, queue, settings), "admitted")

    def leave(self, now: float, token: str) -> Waiter:
        """Leaves the line, or gives an admission back; once is as good as twice. Refuses NOT_FOUND."""
        waiter = self.find(token)
        if waiter.status in (QUEUE_STATUS_WAITING, QUEUE_STATUS_READY):
            self._depart(now, waiter, QUEUE_STATUS_LEFT)
        return waiter

    def drain(self, now: float, event: str) -> int:
        """Sends everybody who waits for an event home; returns how many."""
        self._queue(event)
        waiting = [w for w in self._waiters.values() if w.event == event and w.status == QUEUE_STATUS_WAITING]
        for waiter in waiting:
            self._depart(now, waiter, QUEUE_STATUS_EXPIRED)
        return len(waiting)

    def redeem(self, now: float, token: str, event: str, user: str) -> Admission:
        """The admission of a reservation token, unspent. Refuses FORBIDDEN unless it is good for event and user."""
        admission = self._admissions.get(token)
        wrong = _what_is_wrong(now, admission, event, user)
        if wrong and not self._faults.overlook_bad_token(token, wrong):
            message = f"this reservation token {_COMPLAINTS[wrong]}"
            raise Refused(errors_pb2.ERROR_CODE_FORBIDDEN, message)
        return admission or Admission(token, event, user, now)

    def admission(self, now: float, token: str) -> Admission | None:
        """The live, unused admission of a reservation token, if there is one."""
        found = self._admissions.get(token)
        return found if found is not None and not found.used and now < found.expires else None

    def waiter(self, now: float, token: str) -> Waiter | None:
        """The waiter of a waiting token who is still here, if there is one."""
        found = self._waiters.get(token)
        return found if found is not None and now < found.gone else None

    def user_of(self, token: str) -> str:
        """The user of a waiting token; empty for an unknown one."""
        waiter = self._waiters.get(token)
        return waiter.user if waiter is not None else ""

    def stats(self, now: float, event: str) -> QueueStats:
        """An event's line in figures. Refuses NOT_FOUND."""
        queue = self._queue(event)
        per_s = queue.pace.per_s(now, self._configuration.current.eta_weights)
        average = queue.waited_s / queue.admitted if queue.admitted else 0.0
        return QueueStats(len(queue.line), queue.admitted, per_s, average)

    def expire_due(self, now: float) -> float:
        """Drops who is too old or silent, forgets who is gone; returns when there is something to do next."""
        heartbeat_s = self._configuration.current.heartbeat_s
        while self._checks.next <= now:
            when, token = self._checks.take()
            waiter = self._waiters.get(token)
            if waiter is None or waiter.check != when:
                continue
            waiter.check = math.inf
            deadline = waiter.deadline(heartbeat_s)
            if deadline <= now and waiter.gone < math.inf:
                self._forget(waiter)
            elif deadline <= now < waiter.expires and waiter.admission is None and self._faults.keep_silent(token):
                waiter.seen = math.inf
                self._check(waiter.expires, waiter)
            elif deadline <= now:
                self._depart(now, waiter, QUEUE_STATUS_EXPIRED)
                self._check(now + heartbeat_s, waiter)
            else:
                self._check(deadline, waiter)
        return self.next_check

    @property
    def next_check(self) -> float:
        """When `expire_due` has something to do next; inf for never."""
        return self._checks.next

    def __len__(self) -> int:
        return len(self._waiters)

    def _queue(self, event: str) -> _Queue:
        queue = self._queues.get(event)
        if queue is None:
            raise not_found("event", event)
        return queue

    def _standing(self, now: float, waiter: Waiter, settings: Settings) -> Standing:
        if waiter.status == QUEUE_STATUS_READY and waiter.admission is not None:
            return Standing(QUEUE_STATUS_READY, 0, 0, True, waiter.admission.expires)
        if waiter.status != QUEUE_STATUS_WAITING:
            return Standing(waiter.status, 0, 0, False, waiter.expires)
        queue = self._queues[waiter.event]
        rank = queue.line.rank(waiter.place)
        standing = self._in_line(now, waiter, queue, rank, settings)
        if self._faults.spend_at_look(waiter.token, ready=standing.ready):
            queue.bucket.take(now, settings.admission_per_s, settings.admission_burst)
        return standing._replace(position=self._faults.told_position(waiter.token, waiter.joined_at, rank))

    def _in_line(self, now: float, waiter: Waiter, queue: _Queue, rank: int, settings: Settings) -> Standing:
        """The standing of one who waits, whose rank is known."""
        ready = not self._obstacle(now, waiter, queue, rank, settings)
        status = QUEUE_STATUS_READY if ready else QUEUE_STATUS_WAITING
        return Standing(status, rank, self._eta(now, queue, rank, settings), ready, waiter.expires)

    def _obstacle(self, now: float, waiter: Waiter, queue: _Queue, rank: int, settings: Settings) -> str:
        """Why a waiter is not admitted now; empty when he is. Spends nothing."""
        if not self.admitting:
            return "admissions are stopped"
        early = _too_early(now, waiter, rank, settings)
        if early and not self._faults.overlook_turn(waiter.token):
            return early
        if rank > settings.free_ranks:
            level = queue.bucket.level(now, settings.admission_per_s, settings.admission_burst)
            if level < 1 and not self._faults.overlook_bucket(waiter.event):
                return "too many were admitted just now"
            if self._bucket.level(now, settings.system_admission_per_s, settings.system_admission_burst) < 1:
                return "too many were admitted just now to all events"
        return ""

    def _eta(self, now: float, queue: _Queue, rank: int, settings: Settings) -> int:
        per_s = queue.pace.per_s(now, settings.eta_weights)
        wait = rank / per_s * settings.eta_margin if per_s else rank * settings.eta_unknown_s
        shortest, longest = settings.eta_bounds_s
        if wait <= shortest:
            return math.ceil(shortest)
        # To the nanosecond first: 50 by 1/s times 1.1 is 55 s, and in floating point a trifle more.
        return math.ceil(round(wait, 9) if wait < longest else longest)

    def _grant(self, now: float, waiter: Waiter, queue: _Queue, settings: Settings) -> Admission:
        expires = now + settings.reservation_token_life_s
        admission = Admission(self._new_id("rtkn"), waiter.event, waiter.user, expires)
        self._admissions[admission.token] = admission
        queue.line.leave(waiter.place)
        queue.pace.admitted(now)
        queue.admitted += 1
        queue.waited_s += now - waiter.joined
        waiter.status, waiter.admission = QUEUE_STATUS_READY, admission
        self._check(expires, waiter)
        self._moved(waiter.event)
        return admission

    def _depart(self, now: float, waiter: Waiter, status: QueueStatus) -> None:
        if waiter.status == QUEUE_STATUS_WAITING:
            self._queues[waiter.event].line.leave(waiter.place)
        if waiter.admission is not None and status == QUEUE_STATUS_LEFT:
            del self._admissions[waiter.admission.token]
        waiter.status, waiter.gone = status, now
        self._moved(waiter.event)

    def _forget(self, waiter: Waiter) -> None:
        del self._waiters[waiter.token]
        if waiter.admission is not None:
            self._admissions.pop(waiter.admission.token, None)

    def _moved(self, event: str) -> None:
        if self._changes.listening(("queue", event)):
            self._changes.publish(QueueMoved(event))

    def _check(self, when: float, waiter: Waiter) -> None:
        if when < waiter.check:
            waiter.check = when
            self._checks.add(when, waiter.token)
            self._wake_by(when)


def _too_early(now: float, waiter: Waiter, rank: int, settings: Settings) -> str:
    """Why it is not a waiter's turn; empty when it is."""
    for end, minimum in zip(settings.waiting_ranks, settings.waiting_minimums_s, strict=True):
        if rank <= end:
            return f"rank {rank} waits at least {minimum:g} s" if now - waiter.joined < minimum else ""
    return f"rank {rank} is not near enough to the front"


_COMPLAINTS = {
    UNKNOWN: "unknown or has run out",
    RUN_OUT: "unknown or has run out",
    SPENT: "was used for a reservation already",
    ANOTHERS: "is of another user or event",
}


def _what_is_wrong(now: float, admission: Admission | None, event: str, user: str) -> str:
    """Why a token is not good for a reservation; empty when it is."""
    if admission is None:
        return UNKNOWN
    if admission.used:
        return SPENT
    if admission.expires <= now:
        return RUN_OUT
    return ANOTHERS if (admission.event, admission.user) != (event, user) else ""
