"""The adapter: how each call is sent, timed, judged and written down, and what it claims."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from contracts.catalogue import METHODS
from contracts.messages import inventory_pb2, payment_pb2, queue_pb2, reservation_pb2, types_pb2, websocket_pb2
from scenarios.grpc_ticketing import GrpcTicketing, Line
from scenarios.grpc_ticketing.claims import CLAIMED, LISTED
from scenarios.ticketing import HeldBack, Hold, Payment
from tacorush.evidence.records import Claim
from tests.unit.crowd_of_one import NUMBER, plan_of
from tests.unit.scripted_platform import SmallPlatform, no
from tests.unit.scripted_target import (
    SECOND,
    START_NS,
    Act,
    ScriptedBook,
    ScriptedIo,
    ScriptedPermit,
    ScriptedTarget,
    lost,
    status,
    unsent,
)

HOLD = Hold("ok", "OK", "res-1", "HOLD", ("A 1", "A 2"), 140_000, "KRW", START_NS + 60 * SECOND)
PAYMENT = Payment("ok", "OK", "pi-1", "PENDING")
KEY = "key-1"
USER = "u-run1-5"


class Desk:
    """A person in front of a scripted target, with the book that the calls are written in."""

    def __init__(self, permit: ScriptedPermit | None = None, route: str = "services", **acts: Act) -> None:
        self.io = ScriptedIo()
        self.target = ScriptedTarget(self.io, acts)
        self.book = ScriptedBook()
        plan = plan_of(route=route)
        line = Line(plan, self.target.channels, self.book, self.io, permit or ScriptedPermit())
        self.person = GrpcTicketing(line, NUMBER, "buyer", START_NS)

    def claim(self) -> Claim:
        """The only claim."""
        (claim,) = self.book.claims
        return claim


def differing(claim: Claim) -> dict[str, Any]:
    """The fields of a claim that say something, less those that every claim of these tests has."""
    blank = Claim("", "", 0, "")
    said = {name: value for name, value in dataclasses.asdict(claim).items() if value != getattr(blank, name)}
    common = {
        "journey": NUMBER,
        "kind": "buyer",
        "user": USER,
        "sent_ns": START_NS,
        "answered_ns": START_NS + 1_000_000,
    }
    for name, value in common.items():
        assert said.pop(name) == value
    assert len(said.pop("trace")) == 32
    return said


@pytest.mark.parametrize("card", ["APPROVE", "FAIL"])
def test_a_card_number_that_the_platform_quotes_is_written_down_nowhere(card: str) -> None:
    """Details of failed calls are kept; those of a careless platform hold what it was sent."""

    def quote(request: Any) -> Any:
        return status(desk.io, 3, f"card {request.payment_details.credit_card.card_number} is odd")

    made = payment_pb2.CreatePaymentIntentResponse(payment_intent_id="pi-1", status="PAYMENT_STATUS_PENDING")
    desk = Desk(ProcessPayment=quote, CreatePaymentIntent=lambda request: made)
    desk.person.pay(desk.person.open_payment(HOLD, card, "k1"), "k2")
    assert desk.book.calls[-1].detail == "card (card number) is odd"


def test_a_call_is_due_sent_and_answered() -> None:
    """The first call is due at the planned arrival, each later one when the last was answered, plus the pause."""
    desk = Desk(GetQueueStatus=lambda request: queue_pb2.GetQueueStatusResponse(status="QUEUE_STATUS_WAITING"))
    desk.io.now_ns += 30_000_000
    desk.person.poll("w")
    desk.person.pause(2)
    desk.io.now_ns += 7_000_000
    desk.person.poll("w")
    first, second = desk.book.calls
    assert (first.due_ns, first.sent_ns, first.answered_ns) == (START_NS, START_NS + 30_000_000, START_NS + 31_000_000)
    assert second.due_ns == first.answered_ns + 2 * SECOND
    assert second.sent_ns == second.due_ns + 7_000_000


def test_a_pause_until_an_instant_that_has_passed_waits_for_nothing() -> None:
    desk = Desk()
    desk.person.pause_until(START_NS - SECOND)
    assert desk.io.slept == []
    desk.person.pause_until(START_NS + SECOND)
    assert desk.io.slept == [1.0]


def test_every_call_carries_a_trace_of_its_own_within_the_journeys() -> None:
    desk = Desk()
    desk.person.poll("w")
    desk.person.poll("w")
    (first,), (second,) = desk.target.metadata
    assert (first[0], second[0]) == ("traceparent", "traceparent")
    version, trace, span, flags = str(first[1]).split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert trace == desk.book.calls[0].trace
    other = desk.book.calls[1].trace
    assert (trace[:24], trace != other) == (other[:24], True)


def test_deadlines_are_those_of_the_catalogue() -> None:
    desk = Desk()
    desk.person.poll("w")
    desk.person.look("e", "", 1)
    desk.person.read_back(HOLD)
    assert desk.target.deadlines == [0.6, 0.25, 0.5]


def test_a_call_beyond_the_targets_limit_is_not_sent_and_counted() -> None:
    desk = Desk(ScriptedPermit(left=1))
    desk.person.poll("w")
    with pytest.raises(HeldBack):
        desk.person.poll("w")
    assert (len(desk.target.requests), len(desk.book.calls)) == (1, 1)
    assert desk.book.counts == {"limited_by_target": 1}


def test_a_call_that_the_harness_stops_is_written_down_as_cancelled_and_stays_open() -> None:
    """As when a greenlet is closed at the end of the run: what the call may have done is a question."""
    desk = Desk(ConfirmReservation=stop)
    with pytest.raises(KeyboardInterrupt):
        desk.person.confirm(HOLD, PAYMENT, KEY)
    (call,) = desk.book.calls
    assert (call.outcome, call.code, call.detail) == (
        "unknown",
        "CANCELLED",
        "the harness stopped it (KeyboardInterrupt)",
    )
    assert (desk.claim().effect, len(desk.person.questions)) == ("may_have", 1)


def stop(request: object) -> Any:
    raise KeyboardInterrupt


def confirmed(request: Any) -> reservation_pb2.ConfirmReservationResponse:
    return reservation_pb2.ConfirmReservationResponse(
        order_id="o1", status="RESERVATION_STATUS_CONFIRMED", confirmed_seats=[types_pb2.Seat(id="A 1")]
    )


def held(request: Any) -> reservation_pb2.CreateReservationResponse:
    return reservation_pb2.CreateReservationResponse(
        reservation_id="res-1",
        status="RESERVATION_STATUS_HOLD",
        hold_expires_at={"seconds": 1_760_000_060, "nanos": 5},
        reserved_seats=[types_pb2.Seat(id="A 1"), types_pb2.Seat(id="A 2")],
        total_amount={"amount": 140_000, "currency": "KRW"},
    )


UNTIL = {"seconds": 1_760_000_030}
UNTIL_NS = 1_760_000_030 * SECOND


def test_joining_claims_the_waiting_token_and_the_place() -> None:
    answer = queue_pb2.JoinQueueResponse(
        waiting_token="w1", position_hint=7, eta_seconds=14, status="QUEUE_STATUS_WAITING", expires_at=UNTIL
    )
    desk = Desk(JoinQueue=lambda _: answer)
    desk.person.join("gig/7")
    assert differing(desk.claim()) == {
        "action": "join",
        "method": "gateway.v1.QueueService/JoinQueue",
        "event": "gig/7",
        "token": "w1",
        "position": 7,
        "wait_s": 14,
        "status": "WAITING",
        "outcome": "ok",
        "effect": "happened",
        "code": "OK",
        "expires_ns": UNTIL_NS,
    }


def test_asking_for_admission_claims_both_tokens_and_how_long_the_new_one_lives() -> None:
    answer = queue_pb2.RequestAdmissionResponse(
        admission="ADMISSION_STATUS_GRANTED", reservation_token="r1", ttl_seconds=30, valid_until=UNTIL
    )
    desk = Desk(RequestAdmission=lambda _: answer)
    desk.person.ask_admission("gig/7", "w1")
    assert differing(desk.claim()) == {
        "action": "admission",
        "method": "gateway.v1.QueueService/RequestAdmission",
        "event": "gig/7",
        "token": "r1",
        "shown": "w1",
        "wait_s": 30,
        "status": "GRANTED",
        "outcome": "ok",
        "effect": "happened",
        "code": "OK",
        "expires_ns": UNTIL_NS,
    }


def test_looks_at_the_queue_are_claimed_when_they_say_something_new_and_ever_more_seldom_when_not() -> None:
    """Polls are most of the calls of a long queue."""
    told = [5, 5, 5, 5, 5, 5, 5, 5, 5, 4, 4, 6]
    platform = iter(told)
    desk = Desk(
        GetQueueStatus=lambda _: queue_pb2.GetQueueStatusResponse(
            status="QUEUE_STATUS_WAITING", position=next(platform), eta_seconds=1
        )
    )
    for _ in told:
        desk.person.poll("w1")
    assert [claim.position for claim in desk.book.claims] == [5, 5, 5, 5, 4, 4, 6]
    assert {(claim.action, claim.shown, claim.status, claim.wait_s) for claim in desk.book.claims} == {
        ("poll", "w1", "WAITING", 1)
    }


def test_a_look_that_says_ready_claims_that_it_is() -> None:
    answer = queue_pb2.GetQueueStatusResponse(status="QUEUE_STATUS_WAITING", position=1, admission_ready=True)
    desk = Desk(GetQueueStatus=lambda _: answer)
    desk.person.poll("w1")
    assert (desk.claim().status, desk.claim().position) == ("READY", 1)


def test_a_hold_that_was_granted_claims_what_the_answer_states() -> None:
    desk = Desk(CreateReservation=held)
    hold = desk.person.reserve("gig/7", ["A 1", "A 9"], 2, "r1", KEY)
    assert hold == dataclasses.replace(HOLD, ends_ns=HOLD.ends_ns + 5)
    assert differing(desk.claim()) == {
        "action": "hold",
        "method": "reservation.v1.ReservationService/CreateReservation",
        "event": "gig/7",
        "seats": ("A 1", "A 2"),
        "wanted": ("A 1", "A 9"),
        "quantity": 2,
        "reservation": "res-1",
        "key": KEY,
        "body": desk.claim().body,
        "status": "HOLD",
        "amount": 140_000,
        "currency": "KRW",
        "outcome": "ok",
        "effect": "happened",
        "code": "OK",
        "expires_ns": HOLD.ends_ns + 5,
        "shown": "r1",
    }


@pytest.mark.parametrize(
    ("act", "outcome", "effect", "code", "open_questions"),
    [
        (
            no("INVENTORY_CONFLICT", reservation_pb2.CreateReservationResponse),
            "refused",
            "did_not",
            "INVENTORY_CONFLICT",
            0,
        ),
        (lambda _: status(ScriptedIo(), 10), "refused", "did_not", "INVENTORY_CONFLICT", 0),
        (lambda _: status(ScriptedIo(), 13), "failed", "may_have", "INTERNAL", 1),
        (lambda _: reservation_pb2.CreateReservationResponse(), "failed", "may_have", "EMPTY", 1),
        (lambda _: lost(ScriptedIo()), "unknown", "may_have", "DEADLINE_EXCEEDED", 1),
        (lambda _: unsent(ScriptedIo()), "failed", "did_not", "UNSENT", 0),
    ],
)
def test_a_hold_that_was_not_granted_claims_the_seats_as_asked(
    act: Act, outcome: str, effect: str, code: str, open_questions: int
) -> None:
    desk = Desk(CreateReservation=act)
    desk.person.reserve("gig/7", ["A 1"], 1, "r1", KEY)
    claim = desk.claim()
    assert (claim.outcome, claim.effect, claim.code) == (outcome, effect, code)
    assert (claim.seats, claim.wanted, claim.quantity, claim.reservation) == (("A 1",), ("A 1",), 1, "")
    assert len(desk.person.questions) == open_questions


def seat(name: str, section: str, price: int, currency: str = "KRW") -> types_pb2.Seat:
    return types_pb2.Seat(id=name, section=section, price=types_pb2.Money(amount=price, currency=currency))


@pytest.mark.parametrize(
    ("seats", "worth", "section"),
    [
        ([seat("A 1", "A", 70_000), seat("A 2", "A", 50_000)], 120_000, "A"),
        ([seat("A 1", "A", 70_000), seat("B 2", "B", 50_000)], 120_000, ""),
        ([seat("A 1", "A", 70_000), seat("A 2", "A", 0)], 0, "A"),
        ([seat("A 1", "A", 70_000), seat("A 2", "A", 50, "USD")], 0, "A"),
    ],
)
def test_a_hold_claims_what_its_seats_cost_by_its_own_answer_and_where_they_are(
    seats: list[types_pb2.Seat], worth: int, section: str
) -> None:
    total = types_pb2.Money(amount=140_000, currency="KRW")
    stated: dict[str, Any] = {"reservation_id": "res-1", "status": "RESERVATION_STATUS_HOLD", "total_amount": total}
    desk = Desk(
        CreateReservation=lambda _: reservation_pb2.CreateReservationResponse(reserved_seats=seats, **stated),
        GetReservation=lambda _: reservation_pb2.GetReservationResponse(
            reservation=reservation_pb2.Reservation(seats=seats, **stated)
        ),
    )
    hold = desk.person.reserve("gig/7", [], 2, "r1", KEY)
    desk.person.read_back(hold)
    for claim in desk.book.claims:
        assert (claim.amount, claim.worth, claim.quoted, claim.section) == (140_000, worth, 0, section)


@pytest.mark.parametrize(
    ("event", "asked", "quoted"),
    [("gig/7", ["A 2", "A 1"], 120_000), ("gig/7", ["A 2", "A 3"], 0), ("gig/8", ["A 2", "A 1"], 0)],
)
def test_a_hold_claims_what_its_seats_cost_as_they_were_shown_last(event: str, asked: list[str], quoted: int) -> None:
    """Of the event that was looked at, and if each of them was shown."""
    offers = [[seat("A 1", "A", 1), seat("A 2", "A", 2)], [seat("A 1", "A", 70_000), seat("A 2", "A", 50_000)]]
    desk = Desk(
        CheckAvailability=lambda _: inventory_pb2.CheckAvailabilityResponse(available_seats=offers.pop(0)),
        CreateReservation=held,
    )
    for _ in range(2):
        desk.person.look("gig/7", "", 2)
    answered = reservation_pb2.CreateReservationResponse(
        reservation_id="res-1",
        status=reservation_pb2.RESERVATION_STATUS_HOLD,
        total_amount=types_pb2.Money(amount=140_000, currency="KRW"),
    )
    desk.target.acts["CreateReservation"] = lambda _: answered
    desk.person.reserve(event, asked, 2, "r1", KEY)
    assert desk.claim().quoted == quoted


def test_what_nobody_serves_claims_nothing() -> None:
    desk = Desk()
    desk.person.reserve("gig/7", ["A 1"], 1, "r1", KEY)
    assert (desk.book.calls[0].outcome, desk.book.claims) == ("unimplemented", [])


def test_a_sale_claims_its_order_seats_and_payment() -> None:
    desk = Desk(ConfirmReservation=confirmed)
    order = desk.person.confirm(HOLD, PAYMENT, KEY)
    assert (order.order, order.seats) == ("o1", ("A 1",))
    assert differing(desk.claim()) == {
        "action": "sale",
        "method": "reservation.v1.ReservationService/ConfirmReservation",
        "seats": ("A 1",),
        "reservation": "res-1",
        "order": "o1",
        "intent": "pi-1",
        "key": KEY,
        "body": desk.claim().body,
        "status": "CONFIRMED",
        "outcome": "ok",
        "effect": "happened",
        "code": "OK",
    }


def test_an_intent_claims_the_amount_that_was_asked() -> None:
    desk = Desk(
        CreatePaymentIntent=lambda _: payment_pb2.CreatePaymentIntentResponse(
            payment_intent_id="pi-1", status="PAYMENT_STATUS_PENDING"
        )
    )
    assert desk.person.open_payment(HOLD, "DELAY", KEY) == PAYMENT
    (request,) = desk.target.said("CreatePaymentIntent")
    assert request.scenario == payment_pb2.PAYMENT_SCENARIO_DELAY
    said = differing(desk.claim())
    assert {name: said[name] for name in ("action", "reservation", "intent", "amount", "currency", "status")} == {
        "action": "intent",
        "reservation": "res-1",
        "intent": "pi-1",
        "amount": 140_000,
        "currency": "KRW",
        "status": "PENDING",
    }


def test_a_charge_claims_the_payment_and_never_the_card() -> None:
    answer = payment_pb2.ProcessPaymentResponse(payment_id="p1", status="PAYMENT_STATUS_PROCESSING")
    desk = Desk(ProcessPayment=lambda _: answer)
    assert desk.person.pay(PAYMENT, KEY).status == "PROCESSING"
    said = differing(desk.claim())
    assert (said["action"], said["intent"], said["payment"], said["status"]) == ("charge", "pi-1", "p1", "PROCESSING")
    assert "4242" not in repr(desk.book)


@pytest.mark.parametrize(("status", "left"), [("PROCESSING", 1), ("PENDING", 1), ("COMPLETED", 0)])
def test_a_payment_under_way_is_a_question_until_it_is_seen_final(status: str, left: int) -> None:
    """Whoever stops looking leaves it to the read-back; a look that sees the end closes it."""
    desk = Desk(
        ProcessPayment=lambda _: payment_pb2.ProcessPaymentResponse(
            payment_id="p1", status="PAYMENT_STATUS_PROCESSING"
        ),
        GetPaymentStatus=lambda _: payment_pb2.GetPaymentStatusResponse(
            payment=payment_pb2.Payment(payment_intent_id="pi-1", status=f"PAYMENT_STATUS_{status}")
        ),
    )
    desk.person.pay(PAYMENT, KEY)
    assert [question.name for question in desk.person.questions] == ["pi-1"]
    desk.person.payment_status(PAYMENT)
    assert len(desk.person.questions) == left


def test_an_extension_and_a_cancellation_claim_the_reservation() -> None:
    desk = Desk(
        ExtendHold=lambda _: reservation_pb2.ExtendHoldResponse(
            new_expires_at={"seconds": 1_760_000_090}, extension_allowed=True
        ),
        CancelReservation=lambda _: reservation_pb2.CancelReservationResponse(
            status="RESERVATION_STATUS_CANCELLED", released_seats=[types_pb2.Seat(id="A 1")]
        ),
    )
    extended = desk.person.extend(HOLD, 30, KEY)
    assert extended == dataclasses.replace(HOLD, ends_ns=1_760_000_090 * SECOND)
    assert desk.person.cancel(HOLD, "key-2").ok
    extension, cancellation = desk.book.claims
    assert (extension.action, extension.reservation, extension.expires_ns) == (
        "extend",
        "res-1",
        1_760_000_090 * SECOND,
    )
    assert (cancellation.action, cancellation.status, cancellation.seats) == ("cancel", "CANCELLED", ("A 1",))


def read(request: Any) -> reservation_pb2.GetReservationResponse:
    return reservation_pb2.GetReservationResponse(
        reservation=reservation_pb2.Reservation(
            reservation_id="res-1",
            event_id="gig/7",
            user_id="somebody",
            status="RESERVATION_STATUS_CONFIRMED",
            seats=[types_pb2.Seat(id="A 1")],
            quantity=1,
            total_amount={"amount": 70_000, "currency": "KRW"},
            order_id="o1",
            payment_intent_id="pi-1",
        )
    )


def test_a_read_claims_what_is_and_whose_it_is() -> None:
    desk = Desk(GetReservation=read)
    seen = desk.person.read_back(HOLD)
    assert (seen.status, seen.order, seen.seats) == ("CONFIRMED", "o1", ("A 1",))
    claim = desk.claim()
    assert (claim.action, claim.user, claim.status, claim.order, claim.intent) == (
        "read",
        "somebody",
        "CONFIRMED",
        "o1",
        "pi-1",
    )
    assert (claim.event, claim.seats, claim.quantity, claim.amount) == ("gig/7", ("A 1",), 1, 70_000)
    assert (claim.key, claim.body) == ("", "")


def test_a_list_claims_each_of_its_items() -> None:
    answer = reservation_pb2.ListReservationsResponse(
        reservations=[
            reservation_pb2.Reservation(reservation_id=name, status="RESERVATION_STATUS_HOLD")
            for name in ("res-1", "res-2")
        ]
    )
    desk = Desk(ListReservations=lambda _: answer)
    desk.person.ask("reservation.v1.ReservationService/ListReservations", {"user_id": USER})
    assert [(claim.action, claim.reservation, claim.status) for claim in desk.book.claims] == [
        ("read", "res-1", "HOLD"),
        ("read", "res-2", "HOLD"),
    ]


def test_every_claim_is_of_a_method_of_the_contract_with_the_fields_that_it_fills() -> None:
    """Each row is filled once with an empty request and answer, so that a misspelt field cannot hide."""
    for name, (action, fill) in CLAIMED.items():
        claim = Claim(action, name, 0, "")
        fill(claim, METHODS[name].request(), METHODS[name].response())
        fill(claim, METHODS[name].request(), None)
    for name, (items, _) in LISTED.items():
        assert hasattr(METHODS[name].response(), items)


def test_every_writing_method_about_seats_or_money_claims_something() -> None:
    """What writes and has a reservation or payment in its request is listed, or known to say nothing."""
    about = {"reservation_id", "payment_intent_id", "seat_ids"}
    writing = {
        name
        for name, method in METHODS.items()
        if method.writes and about & set(method.request.DESCRIPTOR.fields_by_name)
    }
    silent = {"payment.v1.PaymentService/SimulateWebhook"}
    assert writing - set(CLAIMED) == silent


def test_equal_bodies_have_equal_digests_and_the_attempts_of_a_key_are_counted() -> None:
    desk = Desk(CreateReservation=held)
    for seats, key in ((["A 1"], KEY), (["A 1"], KEY), (["A 2"], KEY), (["A 1"], "key-2")):
        desk.person.reserve("gig/7", seats, 1, "r1", key)
    first, second, third, fourth = desk.book.claims
    assert (first.body, first.body == third.body) == (second.body, False)
    assert [first.attempt, second.attempt, third.attempt, fourth.attempt] == [1, 2, 3, 1]


@pytest.mark.parametrize(("card", "outcome"), [("FAIL", "refused"), ("RANDOM", "refused"), ("APPROVE", "failed")])
def test_a_failed_payment_is_no_error_only_where_the_card_may_fail(card: str, outcome: str) -> None:
    platform = SmallPlatform()
    failed = payment_pb2.ProcessPaymentResponse(status="PAYMENT_STATUS_FAILED")
    desk = Desk(CreatePaymentIntent=platform.intent, ProcessPayment=lambda _: failed)
    paid = desk.person.pay(desk.person.open_payment(HOLD, card, KEY), "key-2")
    assert (paid.outcome, paid.status) == (outcome, "FAILED")


@pytest.mark.parametrize(("late_s", "outcome"), [(-1, "failed"), (1, "refused")])
def test_an_unpaid_confirmation_is_no_error_once_the_hold_has_run_out(late_s: int, outcome: str) -> None:
    platform = SmallPlatform()
    unpaid = no("PAYMENT_NOT_APPROVED", reservation_pb2.ConfirmReservationResponse)
    desk = Desk(CreatePaymentIntent=platform.intent, ConfirmReservation=unpaid)
    payment = desk.person.open_payment(HOLD, "APPROVE", KEY)
    desk.io.now_ns = HOLD.ends_ns + late_s * SECOND
    assert desk.person.confirm(HOLD, payment, "key-2").outcome == outcome


def test_an_amount_that_is_not_told_is_taken_from_the_seats_or_the_lowest_price() -> None:
    priced = [types_pb2.Seat(id="A 1", price={"amount": 60_000}), types_pb2.Seat(id="A 2", price={"amount": 80_000})]
    answers = iter([priced, [types_pb2.Seat(id="A 1")]])
    desk = Desk(
        CreateReservation=lambda _: reservation_pb2.CreateReservationResponse(
            reservation_id="x", status="RESERVATION_STATUS_PENDING", reserved_seats=next(answers)
        )
    )
    holds = [desk.person.reserve("e", [], 2, "", KEY) for _ in range(2)]
    assert [hold.amount for hold in holds] == [140_000, 100_000]
    assert holds[0].ends_ns == START_NS + 1_000_000 + 60 * SECOND


def test_the_route_by_the_gateway_asks_the_gateway_where_it_has_the_method() -> None:
    desk = Desk(route="gateway")
    desk.person.reserve("e", [], 1, "", KEY)
    desk.person.look("e", "", 1)
    desk.person.open_payment(HOLD, "APPROVE", KEY)
    desk.person.pay(PAYMENT, KEY)
    desk.person.payment_status(PAYMENT)
    desk.person.confirm(HOLD, PAYMENT, KEY)
    desk.person.read_back(HOLD)
    assert [name.rpartition(".")[2] for name, _ in desk.target.requests] == [
        "GatewayService/CreateReservation",
        "InventoryService/CheckAvailability",
        "GatewayService/CreatePaymentIntent",
        "PaymentService/ProcessPayment",
        "GatewayService/GetPaymentStatus",
        "GatewayService/ConfirmReservation",
        "GatewayService/GetReservation",
    ]


STREAM = "gateway.v1.WebSocketService/StreamQueueUpdates"


def test_a_stream_is_counted_to_the_message_that_was_waited_for_and_then_hung_up() -> None:
    updates = [websocket_pb2.StreamQueueUpdatesResponse(correlation_id=str(number)) for number in range(3)]
    desk = Desk(StreamQueueUpdates=lambda _: updates)
    reply = desk.person.listen(STREAM, {"waiting_token": "w"}, 2, 1.5)
    assert (reply.outcome, reply.field("correlation_id"), len(reply.messages)) == ("ok", "0", 2)
    assert (desk.target.streams[0].cancelled, desk.target.deadlines) == (True, [1.5])
    assert desk.book.calls[0].outcome == "ok"


def test_a_stream_that_stays_silent_is_judged_by_its_end() -> None:
    desk = Desk(StreamQueueUpdates=lambda _: lost(ScriptedIo()))
    reply = desk.person.listen(STREAM, {"waiting_token": "w"}, 1, 1.5)
    assert (reply.outcome, reply.code, reply.messages) == ("unknown", "DEADLINE_EXCEEDED", ())


def test_a_provoked_no_is_a_refusal() -> None:
    desk = Desk(CheckAvailability=no("NOT_FOUND", inventory_pb2.CheckAvailabilityResponse))
    name = "reservation.v1.InventoryService/CheckAvailability"
    assert desk.person.ask(name, {}, provoked=True).outcome == "refused"
    assert desk.person.ask(name, {}).outcome == "failed"


def test_a_reply_without_a_message_reads_as_defaults() -> None:
    reply = Desk().person.ask("gateway.v1.QueueService/GetQueueStats", {})
    assert (reply.field("system.total_active_queues", 7), reply.unserved) == (7, True)
