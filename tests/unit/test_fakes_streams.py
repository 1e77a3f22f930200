"""The streams tell first what is, then each change, and end when the thing they watch does; on scripted time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from contracts.catalogue import METHODS
from contracts.messages import payment_pb2 as pay
from contracts.messages import queue_pb2
from contracts.messages import reservation_pb2 as rsv
from contracts.messages import websocket_pb2 as ws
from fakes.caller import Caller
from fakes.changes import SystemChanged
from fakes.failures import Refused
from fakes.payments import Order
from fakes.platform import Platform
from fakes.reservations import Reservation, Wish
from fakes.services import handlers
from fakes.settings import DOCUMENTED, Settings
from fakes.streams import OPENERS, PAYMENT_EVENTS
from fakes.timing import ScriptedTime

EVENT = "evt_2025_1001"
QUEUE, RESERVATION, PAYMENT = (
    f"gateway.v1.WebSocketService/Stream{kind}Updates" for kind in ("Queue", "Reservation", "Payment")
)


class Reader:
    """A scripted call: keeps what was sent to it and how it ended."""

    path = peer = ""
    metadata: Mapping[str, str | bytes] = {}

    def __init__(self, patience: float = math.inf) -> None:
        """It is dropped when more than `patience` messages come."""
        self.messages: list[Any] = []
        self.ended = False
        self._patience = patience
        self._callbacks: list[Callable[[], None]] = []

    def send(self, message: Any) -> bool:
        assert not self.ended, "a stream spoke after its end"
        if len(self.messages) >= self._patience:
            self.finish()
            return False
        self.messages.append(message)
        return True

    def finish(self) -> None:
        if not self.ended:
            self.ended = True
            for callback in self._callbacks:
                callback()

    def on_end(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def attach(self, initial: Any = (), trailing: Any = ()) -> None:
        raise AssertionError("a stream of the platform has no metadata of its own")

    def answer(self, message: Any) -> None:
        raise AssertionError("a stream was answered")

    def fail(self, status: int, detail: str) -> None:
        raise AssertionError(f"a stream failed: {detail}")

    def news(self) -> list[Any]:
        """What came since it was asked last."""
        fresh, self.messages = self.messages, []
        return fresh


class Stage:
    """A platform on scripted time, with readers."""

    def __init__(self, settings: Settings = DOCUMENTED) -> None:
        self.time = ScriptedTime()
        self.platform = Platform(settings, now=self.time.now, timers=self.time, chance=Random(1))
        self._handlers = handlers(self.platform)

    def open(self, name: str, request: Any) -> Reader:
        reader = Reader()
        OPENERS[name](self.platform, reader, request)
        return reader

    def join(self, user: str) -> str:
        return self.platform.queue.join(self.time.now(), EVENT, user)[0].token

    def watch(self, token: str, session: str = "") -> Reader:
        return self.open(QUEUE, ws.StreamQueueUpdatesRequest(waiting_token=token, session_id=session))

    def reserve(self, user: str = "ann") -> Reservation:
        return self.platform.reservations.reserve(self.time.now(), Wish(EVENT, user, quantity=1))

    def message(self, user: str, session: str) -> bool:
        request = ws.SendMessageRequest(
            target_user_id=user, target_session_id=session, title="News", content="doors at 7"
        )
        answer = self._handlers["gateway.v1.WebSocketService/SendMessage"](request, Caller())
        assert isinstance(answer, ws.SendMessageResponse)
        return answer.delivered


def test_every_stream_of_the_contract_has_its_opener() -> None:
    assert set(OPENERS) == {name for name, method in METHODS.items() if method.streams}


def test_a_queue_stream_begins_with_where_the_waiter_stands() -> None:
    stage = Stage()
    stage.join("first")
    token = stage.join("ann")
    (message,) = stage.watch(token).news()
    assert message.type == ws.EVENT_TYPE_QUEUE_UPDATE
    update = message.queue_update
    assert (update.waiting_token, update.position, update.admission_ready) == (token, 2, True)
    assert update.event_type == ws.QUEUE_EVENT_TYPE_ADMISSION_READY
    assert update.expires_at.seconds == int(stage.time.now()) + 1800


def test_a_place_that_another_gives_up_is_told_within_the_settling_time() -> None:
    stage = Stage(replace(DOCUMENTED, waiting_minimums_s=(900.0, 900.0, 900.0)))
    others = [stage.join(f"user{number}") for number in range(3)]
    reader = stage.watch(stage.join("ann"))
    assert [message.queue_update.position for message in reader.news()] == [4]
    for token in others[:2]:
        stage.platform.queue.leave(stage.time.now(), token)
    assert reader.news() == []
    stage.time.advance(0.05)
    (message,) = reader.news()
    assert message.queue_update.position == 2
    assert message.queue_update.event_type == ws.QUEUE_EVENT_TYPE_POSITION_CHANGED


def test_readiness_that_comes_with_time_alone_is_told() -> None:
    """Rank 11 waits two seconds: nobody moves, and still there is news."""
    stage = Stage()
    for number in range(10):
        stage.join(f"user{number}")
    reader = stage.watch(stage.join("ann"))
    assert [message.queue_update.admission_ready for message in reader.news()] == [False]
    stage.time.advance(1.5)
    assert reader.news() == []
    stage.time.advance(1.5)
    (message,) = reader.news()
    assert message.queue_update.event_type == ws.QUEUE_EVENT_TYPE_ADMISSION_READY


def test_a_line_that_moves_behind_the_waiter_is_no_news() -> None:
    stage = Stage()
    reader = stage.watch(stage.join("ann"))
    reader.news()
    stage.join("bob")
    stage.time.advance(10)
    assert reader.news() == []


def test_a_stream_keeps_its_silent_waiter_in_line_and_its_end_does_not() -> None:
    """Who listens shows that he is there; who has gone is dropped after the heartbeat."""
    stage = Stage()
    token = stage.join("ann")
    reader = stage.watch(token)
    stage.time.advance(400)
    assert not reader.ended
    reader.finish()
    stage.time.advance(301)
    assert stage.platform.queue.find(token).status == queue_pb2.QUEUE_STATUS_EXPIRED


@pytest.mark.parametrize("how", ["leaves", "token runs out"])
def test_a_queue_stream_ends_when_the_token_dies(how: str) -> None:
    stage = Stage()
    token = stage.join("ann")
    reader = stage.watch(token)
    reader.news()
    if how == "leaves":
        stage.platform.queue.leave(stage.time.now(), token)
        stage.time.advance(0.05)
    else:
        stage.time.advance(1802)
    (message,) = reader.news()
    assert message.queue_update.event_type == ws.QUEUE_EVENT_TYPE_TOKEN_EXPIRED
    assert reader.ended


def test_without_a_token_a_stream_tells_of_the_event_only() -> None:
    stage = Stage()
    stage.join("ann")
    reader = stage.open(QUEUE, ws.StreamQueueUpdatesRequest(event_id=EVENT))
    (message,) = reader.news()
    assert message.type == ws.EVENT_TYPE_SYSTEM_UPDATE
    assert (message.system_update.total_waiting, message.system_update.admission_rate) == (1, 50)
    stage.join("bob")
    stage.time.advance(2)
    assert reader.news() == []
    stage.platform.changes.publish(SystemChanged(EVENT, ws.SYSTEM_EVENT_TYPE_EVENT_SOLD_OUT, "no seat is free"))
    (message,) = reader.news()
    assert message.system_update.event_type == ws.SYSTEM_EVENT_TYPE_EVENT_SOLD_OUT
    assert (message.system_update.total_waiting, message.system_update.message) == (2, "no seat is free")


def test_reservations_are_told_as_they_are_and_then_each_change() -> None:
    stage = Stage()
    first = stage.reserve()
    reader = stage.open(RESERVATION, ws.StreamReservationUpdatesRequest(user_id="ann"))
    (message,) = reader.news()
    assert message.type == ws.EVENT_TYPE_RESERVATION_UPDATE
    update = message.reservation_update
    assert (update.reservation_id, update.old_status, update.new_status) == (first.id, first.status, first.status)
    stage.time.advance(1)
    second = stage.reserve()
    stage.reserve("bob")
    stage.time.advance(61)
    told = [(m.reservation_update.reservation_id, m.reservation_update.event_type) for m in reader.news()]
    assert told == [
        (second.id, ws.RESERVATION_EVENT_TYPE_CREATED),
        (first.id, ws.RESERVATION_EVENT_TYPE_EXPIRED),
        (second.id, ws.RESERVATION_EVENT_TYPE_EXPIRED),
    ]


def test_a_stream_of_named_reservations_tells_of_these_alone() -> None:
    stage = Stage()
    first, second = stage.reserve(), stage.reserve()
    request = ws.StreamReservationUpdatesRequest(user_id="ann", reservation_ids=[second.id])
    reader = stage.open(RESERVATION, request)
    stage.platform.reservations.close(stage.time.now(), first, rsv.RESERVATION_STATUS_CANCELLED, "changed my mind")
    stage.platform.reservations.close(stage.time.now(), second, rsv.RESERVATION_STATUS_CANCELLED, "changed my mind")
    updates = [message.reservation_update for message in reader.news()]
    assert [update.reservation_id for update in updates] == [second.id, second.id]
    assert updates[1].old_status == rsv.RESERVATION_STATUS_PENDING
    assert updates[1].new_status == rsv.RESERVATION_STATUS_CANCELLED
    assert updates[1].message == "changed my mind"


def test_payments_are_told_from_their_creation_to_their_end() -> None:
    stage = Stage()
    reservation = stage.reserve()
    reader = stage.open(PAYMENT, ws.StreamPaymentUpdatesRequest(user_id="ann"))
    assert reader.news() == []
    payment = stage.platform.payments.create(Order(reservation.id, "ann", 120_000))
    stage.platform.payments.process(payment, None)
    stage.time.advance(5)
    updates = [message.payment_update for message in reader.news()]
    assert [(update.payment_intent_id, update.event_type) for update in updates] == [
        (payment.intent, ws.PAYMENT_EVENT_TYPE_CREATED),
        (payment.intent, ws.PAYMENT_EVENT_TYPE_PROCESSING),
        (payment.intent, ws.PAYMENT_EVENT_TYPE_COMPLETED),
    ]
    named = ws.StreamPaymentUpdatesRequest(user_id="ann", payment_intent_ids=[payment.intent])
    (message,) = stage.open(PAYMENT, named).news()
    assert message.payment_update.old_status == message.payment_update.new_status == pay.PAYMENT_STATUS_COMPLETED


def test_every_status_of_a_payment_has_its_kind_of_event() -> None:
    assert set(PAYMENT_EVENTS) == set(pay.PaymentStatus.values())


@pytest.mark.parametrize(("user", "session"), [("ann", ""), ("", "s1")])
def test_a_message_comes_in_every_open_stream_of_its_user_or_session(user: str, session: str) -> None:
    stage = Stage()
    token = stage.join("ann")
    readers = [
        stage.watch(token, "s1"),
        stage.open(RESERVATION, ws.StreamReservationUpdatesRequest(user_id="ann", session_id="s1")),
        stage.open(PAYMENT, ws.StreamPaymentUpdatesRequest(user_id="ann", session_id="s1")),
    ]
    for reader in readers:
        reader.news()
    stranger = stage.open(PAYMENT, ws.StreamPaymentUpdatesRequest(user_id="bob", session_id="s2"))
    assert stage.message(user, session)
    (queued,), (reserved,), (paid,) = (reader.news() for reader in readers)
    assert {message.type for message in (queued, reserved, paid)} == {ws.EVENT_TYPE_MESSAGE}
    texts = queued.system_update.message, reserved.reservation_update.message, paid.payment_update.message
    assert set(texts) == {"News: doors at 7"}
    assert stranger.news() == []
    for reader in readers:
        reader.finish()
    assert not stage.message(user, session)


@pytest.mark.parametrize(
    ("name", "request_", "sentence"),
    [
        (QUEUE, ws.StreamQueueUpdatesRequest(), "event_id is required"),
        (QUEUE, ws.StreamQueueUpdatesRequest(event_id="evt_x"), "there is no event 'evt_x'"),
        (QUEUE, ws.StreamQueueUpdatesRequest(waiting_token="wtkn_x"), "there is no waiting token 'wtkn_x'"),
        (RESERVATION, ws.StreamReservationUpdatesRequest(), "user_id is required"),
        (
            RESERVATION,
            ws.StreamReservationUpdatesRequest(user_id="ann", reservation_ids=["rsv_x"]),
            "there is no reservation 'rsv_x'",
        ),
        (PAYMENT, ws.StreamPaymentUpdatesRequest(), "user_id is required"),
        (
            PAYMENT,
            ws.StreamPaymentUpdatesRequest(user_id="ann", payment_intent_ids=["pay_x"]),
            "there is no payment intent 'pay_x'",
        ),
    ],
)
def test_what_cannot_be_watched_is_refused(name: str, request_: Any, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        Stage().open(name, request_)


def test_what_belongs_to_another_user_cannot_be_watched() -> None:
    stage = Stage()
    reservation = stage.reserve("bob")
    payment = stage.platform.payments.create(Order(reservation.id, "bob", 120_000))
    with pytest.raises(Refused, match="belongs to another user"):
        stage.open(RESERVATION, ws.StreamReservationUpdatesRequest(user_id="ann", reservation_ids=[reservation.id]))
    with pytest.raises(Refused, match="belongs to another user"):
        stage.open(PAYMENT, ws.StreamPaymentUpdatesRequest(user_id="ann", payment_intent_ids=[payment.intent]))


def test_a_reader_that_is_dropped_while_it_is_told_is_left_alone() -> None:
    """The end comes in the middle of telling; no timer may wake the stream for it again."""
    stage = Stage(replace(DOCUMENTED, waiting_minimums_s=(900.0, 900.0, 900.0)))
    others = [stage.join(f"user{number}") for number in range(3)]
    reader = Reader(patience=1)
    OPENERS[QUEUE](stage.platform, reader, ws.StreamQueueUpdatesRequest(waiting_token=stage.join("ann")))
    for token in others:
        stage.platform.queue.leave(stage.time.now(), token)
        stage.time.advance(5)
    assert reader.ended


def test_a_stream_that_has_ended_leaves_nothing_behind() -> None:
    """Neither a listener nor a timer: a platform serves many more streams than it has open."""
    stage = Stage()
    token = stage.join("ann")
    for request in (
        (QUEUE, ws.StreamQueueUpdatesRequest(waiting_token=token, session_id="s1")),
        (RESERVATION, ws.StreamReservationUpdatesRequest(user_id="ann")),
        (PAYMENT, ws.StreamPaymentUpdatesRequest(user_id="ann")),
    ):
        reader = stage.open(*request)
        reader.finish()
        stage.join(f"someone {request[0]}")
        stage.time.advance(5)
    topics = [("queue", EVENT), ("messages of user", "ann"), ("messages of session", "s1")]
    assert not any(stage.platform.changes.listening(topic) for topic in topics)
    assert not any(stage.platform.changes.listening((f"{kind} of", "ann")) for kind in ("reservations", "payments"))
