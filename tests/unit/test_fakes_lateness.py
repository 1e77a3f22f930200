"""Answers and messages are as late as was asked, a gateway waits no longer than it says, and health tells how long.

All on a scripted time: the front, its services and its timers, and calls that write down when what left.
"""

from __future__ import annotations

import itertools
import uuid
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Any, cast

import pytest

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, reservation_pb2
from fakes.error_modes import IN_MESSAGE, STATUS
from fakes.events import program
from fakes.figures import settings_of
from fakes.front import Front
from fakes.incidents.planted import Planted
from fakes.latencies import latencies
from fakes.latency import Recording
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import OPEN
from fakes.streams import OPENERS
from fakes.timing import ScriptedTime
from fakes.upstream import GATEWAY, PASSED_ON
from tacorush.evidence.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakes.incidents.incident import Trouble
    from tacorush.wire.serving import Call

EVENT = "evt_2025_1001"
JOIN = "gateway.v1.QueueService/JoinQueue"
STREAM = "gateway.v1.WebSocketService/StreamQueueUpdates"
CREATE = f"{GATEWAY}/CreateReservation"
DEADLINE_EXCEEDED = 4


class Heard:
    """A scripted call: what left, and how many seconds after the call came."""

    peer, path = "peer", ""
    metadata: Mapping[str, str | bytes] = {}

    def __init__(self, time: ScriptedTime) -> None:
        self._time, self._came = time, time.now()
        self._callbacks: list[Callable[[], None]] = []
        self.ended = False
        self.left: list[tuple[float, Any]] = []

    def _leaves(self, what: Any) -> None:
        assert not self.ended, "something left after the end"
        self.left.append((round(self._time.now() - self._came, 6), what))

    def answer(self, message: Any) -> None:
        self._leaves(message)

    def send(self, message: Any) -> bool:
        self._leaves(message)
        return True

    def fail(self, status: int, detail: str) -> None:
        self._leaves((status, detail))

    def finish(self) -> None:
        self._leaves("end")
        self.end()

    def end(self) -> None:
        """The client has gone, or the stream is over."""
        self.ended = True
        for callback in self._callbacks:
            callback()

    def on_end(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)


class Stage:
    """A platform behind its front."""

    def __init__(
        self,
        *models: str,
        figures: tuple[str, ...] = (),
        incidents: tuple[str, ...] = (),
        errors: str = IN_MESSAGE,
        files: Mapping[str, Mapping[str, Recording]] | None = None,
    ) -> None:
        self.time = ScriptedTime()
        planted = Planted(incidents, 1, self.time.now)
        self.platform = Platform(
            settings_of(OPEN, figures),
            now=self.time.now,
            timers=self.time,
            chance=Random(1),
            events=program([EVENT], 200),
            incidents=planted,
        )
        delays = latencies(models, lambda file: (files or {})[file], Random)
        front = Front(
            self.platform, self.time, latencies=delays, incidents=planted, error_mode=errors, befall=self._befall
        )
        self.served = {one.path: one.handler for one in front.endpoints(handlers(self.platform), OPENERS)}
        self._users = itertools.count()

    def _befall(self, trouble: Trouble, call: Call) -> bool:
        """Time stands still for the platform, and goes on for everybody else."""
        self.time.advance(trouble.stalls_s)
        return True

    def call(self, name: str, **fields: Any) -> Heard:
        """Makes a call and lets no time pass."""
        heard = Heard(self.time)
        self.served[METHODS[name].path](cast("Call", heard), METHODS[name].request(**fields))
        return heard

    def ask(self, name: str, **fields: Any) -> tuple[float, Any]:
        """When what was answered."""
        heard = self.call(name, **fields)
        self.time.advance(100)
        ((late, answer),) = heard.left
        return late, answer

    def wish(self) -> dict[str, Any]:
        """Fields of a reservation that can be had."""
        user = f"user_{next(self._users)}"
        token = self.platform.queue.join(self.time.now(), EVENT, user)[0].token
        ruling = self.platform.queue.admit(self.time.now(), token, EVENT, user)
        assert ruling.admission is not None
        key = str(uuid.UUID(int=next(self._users), version=4))
        named = {"event_id": EVENT, "user_id": user, "quantity": 1}
        return {**named, "reservation_token": ruling.admission.token, "idempotency_key": key}

    def response_ms(self, service: str) -> int:
        return self.platform.health.response_ms(service)


def drawn(model: str, count: int = 20_000, files: Any = None) -> list[float]:
    """How late so many answers of JoinQueue truly left, sorted."""
    stage = Stage(f"JoinQueue={model}", files=files)
    heard = [stage.call(JOIN, event_id=EVENT, user_id=f"user_{number}") for number in range(count)]
    stage.time.advance(100)
    return sorted(one.left[0][0] for one in heard)


def percentile(times: list[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1]


def test_constant_answers_leave_exactly_so_late() -> None:
    assert set(drawn("constant:20ms", 100)) == {0.02}


@pytest.mark.parametrize(("p50", "p99"), [(20, 200), (5, 8), (40, 2_000)])
def test_lognormal_answers_have_the_two_percentiles_that_were_asked_for(p50: int, p99: int) -> None:
    """And one between, which the two foretell: P84 is one standard deviation above the median."""
    times = drawn(f"lognormal:p50={p50}ms,p99={p99}ms")
    assert percentile(times, 50) == pytest.approx(p50 / 1000, rel=0.04)
    assert percentile(times, 99) == pytest.approx(p99 / 1000, rel=0.12)
    assert percentile(times, 84) == pytest.approx(p50 / 1000 * (p99 / p50) ** (0.99446 / 2.32635), rel=0.06)


def test_recorded_answers_have_the_percentiles_of_the_recording() -> None:
    """A recording with two humps and a tail, as a run's histogram keeps it."""
    chance, histogram = Random(3), Histogram()
    for centre, share in ((4e6, 7_000), (90e6, 2_700), (900e6, 300)):
        for _ in range(share):
            histogram.add(int(centre * chance.lognormvariate(0, 0.2)))
    values, counts = histogram.buckets()
    recording = Recording((values / 1e9).tolist(), counts.tolist())
    times = drawn("recorded:run", files={"run": {JOIN: recording}})
    for percent in (10, 50, 80, 95, 99):
        measured = histogram.quantile(percent / 100) / 1e9
        assert percentile(times, percent) == pytest.approx(measured, rel=0.05), percent


INVENTORY_LIMIT_S, SERVICE_LIMIT_S = 0.25, 0.5


@pytest.mark.parametrize("name", PASSED_ON)
def test_the_gateway_waits_for_each_service_exactly_as_long_as_it_says(name: str) -> None:
    """The inventory has 250 ms, the others 500 ms; an answer at that moment still counts, one a hair later does not."""
    limit_s = INVENTORY_LIMIT_S if name.endswith("GetEventAvailability") else SERVICE_LIMIT_S
    just = Stage(f"{name}=constant:{limit_s}s").ask(name)
    assert (just[0], just[1].error.code != errors_pb2.ERROR_CODE_UPSTREAM_TIMEOUT) == (limit_s, True)
    stage = Stage(f"{name}=constant:{limit_s + 0.001}s")
    late, answer = stage.ask(name)
    assert (late, answer.error.code) == (limit_s, errors_pb2.ERROR_CODE_UPSTREAM_TIMEOUT)
    assert answer.error.message == f"{PASSED_ON[name]} has not answered within {limit_s * 1000:g} ms"
    assert answer.error.trace_id
    assert stage.platform.journal.counted(GATEWAY, "upstream_timeouts_total") == 1
    assert stage.response_ms(GATEWAY) == limit_s * 1000


def test_what_the_gateway_answers_itself_and_what_services_are_asked_directly_is_as_late_as_it_is() -> None:
    for name in METHODS:
        if name not in PASSED_ON and not METHODS[name].streams:
            assert Stage(f"{name}=constant:3s").ask(name)[0] == 3, name


def test_what_timed_out_has_been_done_and_its_key_replays_what_was_done() -> None:
    """The caller is told of a timeout, and finds his seat held when he asks again with his key."""
    stage = Stage(incidents=("slow:p=1,count=1,ms=700,method=CreateReservation",))
    wish = stage.wish()
    late, answer = stage.ask(CREATE, **wish)
    assert (late, answer.error.code, answer.reservation_id) == (0.5, errors_pb2.ERROR_CODE_UPSTREAM_TIMEOUT, "")
    assert len(stage.platform.reservations.of_user(wish["user_id"])) == 1
    again = stage.ask(CREATE, **wish)[1]
    assert again.status == reservation_pb2.RESERVATION_STATUS_PENDING
    assert stage.platform.reservations.of_user(wish["user_id"])[0].id == again.reservation_id


def test_a_timeout_of_the_gateway_is_a_status_where_errors_are() -> None:
    name = f"{GATEWAY}/GetReservation"
    late, (status, detail) = Stage(f"{name}=constant:1s", errors=STATUS).ask(name, reservation_id="rsv_1")
    assert (late, status) == (0.5, DEADLINE_EXCEEDED)
    assert detail == "UPSTREAM_TIMEOUT: reservation.v1.ReservationService has not answered within 500 ms"


def test_how_long_the_gateway_waits_is_a_figure_that_no_time_scale_changes() -> None:
    stage = Stage("*=constant:2s", figures=("service_timeout_ms=1500", "inventory_timeout_ms=10"))
    assert stage.ask(CREATE)[0] == 1.5
    assert stage.ask(f"{GATEWAY}/GetEventAvailability")[0] == 0.01
    assert OPEN.scaled(0.05).service_timeout_ms == 500


def test_a_service_tells_how_long_its_last_hundred_answers_took() -> None:
    stage = Stage("JoinQueue=constant:80ms")
    queue, other = "gateway.v1.QueueService", "payment.v1.PaymentService"
    assert (stage.response_ms(queue), stage.response_ms(other)) == (0, 0)
    stage.ask(JOIN)
    stage.ask("gateway.v1.QueueService/GetQueueStats")
    health = stage.ask(f"{GATEWAY}/HealthCheck")[1].services
    assert (health[queue].response_time_ms, health[other].response_time_ms) == (40, 0)
    for _ in range(100):
        stage.ask("gateway.v1.QueueService/GetQueueStats")
    told = stage.ask("common.v1.AdminService/GetSystemHealth", services=[queue])[1].services
    assert told[0].response_time_ms == 0


def test_what_stalls_the_whole_platform_shows_in_the_response_time_of_who_was_asked() -> None:
    stage = Stage("GetQueueStatus=constant:10ms", incidents=("blocking-scan:p=1,count=1,ms=700",))
    stage.ask("gateway.v1.QueueService/GetQueueStatus")
    assert stage.response_ms("gateway.v1.QueueService") == 710
    stage.ask("gateway.v1.QueueService/GetQueueStatus")
    assert stage.response_ms("gateway.v1.QueueService") == 360


def positions(heard: Heard) -> list[tuple[float, int]]:
    return [(late, message.queue_update.position) for late, message in heard.left if message != "end"]


def test_every_message_of_a_stream_and_its_end_leave_so_late() -> None:
    stage = Stage("StreamQueueUpdates=constant:300ms", figures=("admission_per_s=0", "free_ranks=0"))
    first, second = (stage.platform.queue.join(stage.time.now(), EVENT, user)[0].token for user in "ab")
    heard = stage.call(STREAM, waiting_token=second)
    assert heard.left == []
    stage.time.advance(10)
    stage.platform.queue.leave(stage.time.now(), first)
    stage.time.advance(10)
    stage.platform.queue.leave(stage.time.now(), second)
    stage.time.advance(10)
    (told, left) = positions(heard), heard.left[-1]
    assert told == [(0.3, 2), (10.35, 1), (20.35, 0)]
    assert left == (20.35, "end")


def test_no_message_of_a_stream_overtakes_the_one_before() -> None:
    """However the delays fall: fifty people leave the line ahead, one every 20 ms, and delays go up to seconds."""
    stage = Stage(f"{STREAM}=lognormal:p50=100ms,p99=3s")
    ahead = [stage.platform.queue.join(stage.time.now(), EVENT, f"user_{n}")[0].token for n in range(50)]
    mine = stage.platform.queue.join(stage.time.now(), EVENT, "me")[0].token
    heard = stage.call(STREAM, waiting_token=mine)
    for token in ahead:
        stage.platform.queue.leave(stage.time.now(), token)
        stage.time.advance(0.06)
    stage.time.advance(60)
    told = positions(heard)
    assert [position for _, position in told] == list(range(51, 0, -1))
    assert [late for late, _ in told] == sorted(late for late, _ in told)
    assert max(late - 0.06 * number for number, (late, _) in enumerate(told)) > 0.5


def test_what_has_not_left_when_the_client_goes_never_leaves() -> None:
    stage = Stage(f"{STREAM}=constant:5s")
    token = stage.platform.queue.join(stage.time.now(), EVENT, "me")[0].token
    heard = stage.call(STREAM, waiting_token=token)
    heard.end()
    stage.time.advance(60)
    assert heard.left == []


def test_a_stream_that_cannot_be_watched_is_refused_late_too() -> None:
    late, (status, detail) = Stage(f"{STREAM}=constant:40ms").ask(STREAM, waiting_token="wtkn_x")
    assert (late, status, detail) == (0.04, 5, "NOT_FOUND: there is no waiting token 'wtkn_x'")
