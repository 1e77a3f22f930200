"""Following streams: what a follower asks, what is written down of each message and of the whole, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.messages import websocket_pb2
from reports.audit import audit
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tacorush.wire.channel import Answer
from tests.unit.crowd_of_one import Journey, perform
from tests.unit.scripted_platform import EVENT, SmallPlatform
from tests.unit.scripted_target import SECOND, lost

STREAMS = ("StreamQueueUpdates", "StreamReservationUpdates", "StreamPaymentUpdates")


def of_queue(request: Any) -> websocket_pb2.StreamQueueUpdatesResponse:
    return websocket_pb2.StreamQueueUpdatesResponse(
        type=websocket_pb2.EVENT_TYPE_QUEUE_UPDATE,
        queue_update={"waiting_token": request.waiting_token, "position": 3, "eta_seconds": 7, "admission_ready": True},
        timestamp={"seconds": 1_760_000_000, "nanos": 5},
    )


def of_reservation(request: Any, word: str) -> websocket_pb2.StreamReservationUpdatesResponse:
    return websocket_pb2.StreamReservationUpdatesResponse(
        type=websocket_pb2.EVENT_TYPE_RESERVATION_UPDATE,
        reservation_update={"reservation_id": request.reservation_ids[0], "new_status": f"RESERVATION_STATUS_{word}"},
    )


def of_payment(request: Any, word: str) -> websocket_pb2.StreamPaymentUpdatesResponse:
    return websocket_pb2.StreamPaymentUpdatesResponse(
        type=websocket_pb2.EVENT_TYPE_PAYMENT_UPDATE,
        payment_update={"payment_intent_id": request.payment_intent_ids[0], "new_status": f"PAYMENT_STATUS_{word}"},
    )


def follow(*reservation: str, end: Answer | None = None, deadline: bool = True) -> Journey:
    """Performs one follower; its reservation's stream tells these words and ends so, at its deadline unless told."""
    platform = SmallPlatform(payment_polls=0)

    def ended(*messages: Any) -> list[Any]:
        return [*messages, *([end] if end else [lost(platform.io)] if deadline else [])]

    message = websocket_pb2.StreamReservationUpdatesResponse(type=websocket_pb2.EVENT_TYPE_MESSAGE)
    return perform(
        platform.target(
            StreamQueueUpdates=lambda request: ended(of_queue(request)),
            StreamReservationUpdates=lambda request: ended(
                message, *(of_reservation(request, word) for word in reservation)
            ),
            StreamPaymentUpdates=lambda request: ended(of_payment(request, "PENDING")),
        ),
        "follower",
    )


def claims_of(made: Journey, action: str, method: str) -> list[Claim]:
    return [claim for claim in made.book.claims if claim.action == action and claim.method.endswith(method)]


def test_a_follower_buys_and_asks_for_its_own_streams_alone() -> None:
    made = follow("HOLD", "CONFIRMED")
    assert made.ending == "ticket"
    (queue,), (reservation,), (payment,) = (made.target.said(name) for name in STREAMS)
    assert (queue.waiting_token, queue.event_id) == ("w1", EVENT)
    assert (reservation.user_id, list(reservation.reservation_ids)) == (made.plan.user(5), ["res-1"])
    assert (payment.user_id, list(payment.payment_intent_ids)) == (made.plan.user(5), ["pi-1"])


def test_each_message_is_written_down_and_the_stream_as_a_whole() -> None:
    made = follow("HOLD", "CONFIRMED")
    first, second = claims_of(made, "update", STREAMS[1])
    (whole,) = claims_of(made, "stream", STREAMS[1])
    assert (first.reservation, first.status, second.status) == ("res-1", "HOLD", "CONFIRMED")
    assert first.trace == second.trace == whole.trace
    assert (whole.reservation, whole.code, whole.effect, whole.position) == ("res-1", "HUNG_UP", "happened", 3)
    assert first.user == whole.user == made.plan.user(5)
    (payment,) = claims_of(made, "update", STREAMS[2])
    assert (payment.intent, payment.status) == ("pi-1", "PENDING")
    (place,) = claims_of(made, "update", STREAMS[0])
    assert (place.shown, place.status, place.position, place.wait_s) == ("w1", "READY", 3, 7)
    assert place.stated_ns == 1_760_000_000 * SECOND + 5


def test_hanging_up_is_no_error_and_the_time_is_that_to_the_first_message() -> None:
    made = follow("HOLD", "CONFIRMED")
    calls = [call for call in made.book.calls if call.method.endswith(STREAMS)]
    assert {(call.outcome, call.code) for call in calls} == {("ok", "OK")}
    assert {call.answered_ns - call.sent_ns for call in calls} == {1_000_000}
    assert not made.crowd.open_questions


@pytest.mark.parametrize(("time_scale", "seconds"), [(1.0, 20.0), (0.1, 6.0)])
def test_streams_are_followed_for_20_s_of_the_platforms_time_and_never_less_than_6(
    time_scale: float, seconds: float
) -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "follower", time_scale=time_scale)
    asked = zip(made.target.requests, made.target.deadlines, strict=True)
    assert [limit for (name, _), limit in asked if name.endswith(STREAMS)] == [seconds] * 3
    assert made.ending == "ticket"


def test_a_platform_without_streams_is_bought_from_all_the_same() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "follower")
    assert made.ending == "ticket"
    assert {call.outcome for call in made.book.calls if call.method.endswith(STREAMS)} == {"unimplemented"}
    assert not [report for report in audit(History.of(made.book.claims)) if report.violations]


def test_a_stream_that_the_platform_ends_before_its_time_is_found() -> None:
    """The near miss is the same stream when it had told the end."""
    for words, found in ((("HOLD",), 2), (("HOLD", "CONFIRMED"), 1)):
        made = follow(*words, deadline=False)
        (whole,) = claims_of(made, "stream", STREAMS[1])
        assert whole.code == "OK"
        reports = audit(History.of(made.book.claims))
        early = next(report for report in reports if report.rule.name == "stream_ended_early")
        assert len(early.violations) == found  # the payment's stream tells PENDING alone in either case


def test_a_stream_that_is_lost_is_unknown_and_no_finding() -> None:
    made = follow("HOLD", end=Answer(14, "reset", None, "unanswered", 1, 2))
    (whole,) = claims_of(made, "stream", STREAMS[1])
    assert (whole.code, whole.effect) == ("CONNECTION_LOST", "may_have")
    assert not [report for report in audit(History.of(made.book.claims)) if report.violations]
