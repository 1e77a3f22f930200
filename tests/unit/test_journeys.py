"""Every kind of journey: what it asks, in which order, and how it ends, whatever the platform does."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import Message

from contracts.messages import inventory_pb2, payment_pb2, queue_pb2, reservation_pb2
from reports.audit import audit
from reports.audit.history import History
from scenarios.facts import EventFacts, SectionFacts
from scenarios.journeys import ENDINGS, KINDS, Ends
from scenarios.journeys.endings import ending_of
from scenarios.journeys.steps import ERRORS_BORNE
from scenarios.ticketing import Told
from tacorush.wire.channel import Answer
from tests.unit.crowd_of_one import perform
from tests.unit.scripted_platform import EVENT, PRICE, SmallPlatform, native, no, silent
from tests.unit.scripted_target import SECOND, Act, ScriptedBook, lost

BUY = [
    "JoinQueue",
    "GetQueueStatus",
    "RequestAdmission",
    "CheckAvailability",
    "CreateReservation",
    "CreatePaymentIntent",
    "ProcessPayment",
    "GetPaymentStatus",
    "ConfirmReservation",
    "GetReservation",
]


def times(book: ScriptedBook) -> dict[str, tuple[str, str, str]]:
    """Each time that was booked: measure to kind, ending and code."""
    return {measure: (kind, ending, code) for measure, kind, ending, code, _ in book.times}


def test_a_buyer_takes_the_default_route_and_comes_home_with_a_ticket() -> None:
    platform = SmallPlatform(payment_polls=0)
    made = perform(platform.target())
    assert made.ending == "ticket"
    assert made.book.asked() == BUY
    assert platform.io.slept == []


def test_a_buyer_asks_for_what_was_learned_from_the_answers() -> None:
    """Events, seats, tokens and amounts are the platform's own words, never those of the bundled one."""
    made = perform(SmallPlatform(payment_polls=0).target())
    (join,), (reserve,) = made.target.said("JoinQueue"), made.target.said("CreateReservation")
    assert (join.event_id, reserve.event_id, reserve.reservation_token) == (EVENT, EVENT, "r1")
    assert len(reserve.seat_ids) == reserve.quantity == 2
    assert set(reserve.seat_ids) <= {f"Stall {number}" for number in range(1, 9)}
    (intent,), (confirm,) = made.target.said("CreatePaymentIntent"), made.target.said("ConfirmReservation")
    assert (intent.amount.amount, intent.amount.currency) == (2 * PRICE, "KRW")
    assert (confirm.reservation_id, confirm.payment_intent_id) == ("res-1", "pi-1")
    assert {one.user_id for one in (join, reserve, intent, confirm)} == {made.plan.user(5)}


def test_keys_are_uuid4_and_one_an_intention() -> None:
    made = perform(SmallPlatform(payment_polls=0).target())
    keys = [
        request.idempotency_key
        for _, request in made.target.requests
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name
    ]
    assert len(keys) == len(set(keys)) == 4
    assert all(key[14] == "4" and key[19] in "89ab" and len(key) == 36 for key in keys)


def test_the_journey_books_its_times_from_the_planned_arrival() -> None:
    made = perform(SmallPlatform(payment_polls=0).target())
    assert times(made.book) == {
        "journey.admission_wait": ("buyer", "ticket", "paying"),
        "journey.time_to_ticket": ("buyer", "ticket", "paying"),
        "journey.total": ("buyer", "ticket", "paying"),
    }
    assert [ns for *_, ns in made.book.times] == [3_000_000, 9_000_000, 10_000_000]


def test_who_must_wait_looks_at_once_and_then_every_poll_delay() -> None:
    platform = SmallPlatform(polls_until_ready=4, payment_polls=0)
    made = perform(platform.target())
    assert made.ending == "ticket"
    assert platform.io.slept == [2.0, 2.0, 2.0]


def test_the_time_scale_shortens_peoples_own_delays() -> None:
    platform = SmallPlatform(polls_until_ready=3, payment_polls=0)
    assert perform(platform.target(), time_scale=0.05).ending == "ticket"
    assert platform.io.slept == [0.1, 0.1]


def test_who_is_denied_looks_on_and_asks_again() -> None:
    made = perform(SmallPlatform(denials=2, payment_polls=0).target())
    assert made.ending == "ticket"
    assert made.book.asked().count("RequestAdmission") == 3


def test_patience_ends() -> None:
    made = perform(SmallPlatform(polls_until_ready=1000).target(), patience_s=7)
    assert made.ending == "not_admitted"
    assert made.book.asked().count("GetQueueStatus") == 5


def test_thinking_people_think_before_each_decision() -> None:
    platform = SmallPlatform(payment_polls=0)
    made = perform(platform.target(), think_s=(1, 3))
    assert platform.io.slept == pytest.approx(list(made.plan.wishes(5).think_s))


def test_a_payment_is_looked_at_until_it_is_final() -> None:
    platform = SmallPlatform(payment_polls=3)
    made = perform(platform.target())
    assert (made.ending, platform.io.slept) == ("ticket", [2.0, 2.0, 2.0])


def test_a_payment_that_never_settles_ends_with_the_hold() -> None:
    made = perform(SmallPlatform(payment_polls=1000, hold_s=9).target())
    assert made.ending == "expired"
    assert made.book.asked().count("GetPaymentStatus") == 6
    assert "ConfirmReservation" not in made.book.asked()


def test_who_finds_a_seat_taken_asks_for_another() -> None:
    """Each try is an intention of its own: another key."""
    platform = SmallPlatform(payment_polls=0)
    taken = iter([True, False])
    target = platform.target()
    target.acts["CreateReservation"] = lambda request: (
        no("INVENTORY_CONFLICT", reservation_pb2.CreateReservationResponse)(request)
        if next(taken)
        else platform.reserve(request)
    )
    made = perform(target)
    assert made.ending == "ticket"
    assert made.book.asked()[3:7] == ["CheckAvailability", "CreateReservation"] * 2
    assert len({request.idempotency_key for request in target.said("CreateReservation")}) == 2


def test_who_comes_for_certain_seats_looks_once_and_asks_for_them_free_or_not() -> None:
    facts = EventFacts(EVENT, seats=("Stall 1", "Stall 2", "Stall 3", "Stall 4"))
    platform = SmallPlatform(free=[], payment_polls=0)
    made = perform(platform.target(), seats="wished", tries=2, events=(facts,))
    assert made.ending == "sold_out"
    wished = [tuple(request.seat_ids) for request in made.target.said("CreateReservation")]
    assert len(wished) == 2
    assert sorted(wished[0] + wished[1]) == list(facts.seats)
    assert made.book.asked().count("CheckAvailability") == 1


def test_an_event_without_seats_is_sold_out() -> None:
    made = perform(SmallPlatform(free=[]).target())
    assert (made.ending, made.book.asked()[-1]) == ("sold_out", "CheckAvailability")


def test_a_full_section_is_given_up_for_any_other() -> None:
    platform = SmallPlatform(payment_polls=0)

    def check(request: inventory_pb2.CheckAvailabilityRequest) -> inventory_pb2.CheckAvailabilityResponse:
        return inventory_pb2.CheckAvailabilityResponse() if request.section else platform.check(request)

    made = perform(
        platform.target(CheckAvailability=check), events=(EventFacts(EVENT, sections=(SectionFacts("Pit", 9),)),)
    )
    assert made.ending == "ticket"
    assert [request.section for request in made.target.said("CheckAvailability")] == ["Pit", ""]


@pytest.mark.parametrize(
    ("missing", "left_out"),
    [
        (["CheckAvailability"], []),
        (["GetPaymentStatus"], []),
        (["GetQueueStatus"], []),
        (["JoinQueue"], ["GetQueueStatus", "RequestAdmission"]),
        (["GetReservation"], []),
    ],
)
def test_what_a_platform_does_not_serve_is_skipped_where_one_can_do_without(
    missing: list[str], left_out: list[str]
) -> None:
    target = SmallPlatform(payment_polls=0).target()
    for name in missing:
        del target.acts[name]
    made = perform(target)
    assert made.ending == "ticket"
    assert made.book.asked() == [name for name in BUY if name not in left_out]


def test_without_availability_any_seats_are_asked_for() -> None:
    target = SmallPlatform(payment_polls=0).target()
    del target.acts["CheckAvailability"]
    (reserve,) = perform(target).target.said("CreateReservation")
    assert (list(reserve.seat_ids), reserve.quantity) == ([], 2)


def test_a_step_that_nobody_serves_and_nobody_can_skip_leaves_the_journey_unfinished() -> None:
    target = SmallPlatform().target()
    del target.acts["CreateReservation"]
    assert perform(target).ending == "unfinished"


IO = SmallPlatform().io
REFUSALS: list[tuple[str, Act, str]] = [
    ("JoinQueue", no("RATE_LIMITED", queue_pb2.JoinQueueResponse), "limited"),
    ("JoinQueue", native(IO, 8), "limited"),
    ("JoinQueue", no("ALREADY_EXISTS", queue_pb2.JoinQueueResponse), "refused"),
    ("JoinQueue", lambda request: queue_pb2.JoinQueueResponse(status="QUEUE_STATUS_WAITING"), "failed"),
    ("JoinQueue", silent(IO), "unknown"),
    ("GetQueueStatus", lambda _: queue_pb2.GetQueueStatusResponse(status="QUEUE_STATUS_EXPIRED"), "not_admitted"),
    ("GetQueueStatus", native(IO, 13), "failed"),
    ("RequestAdmission", no("FORBIDDEN", queue_pb2.RequestAdmissionResponse), "not_admitted"),
    ("CheckAvailability", native(IO, 14), "failed"),
    ("CreateReservation", native(IO, 10), "sold_out"),
    ("CreateReservation", no("FORBIDDEN", reservation_pb2.CreateReservationResponse), "refused"),
    ("CreateReservation", silent(IO), "unknown"),
    ("CreatePaymentIntent", no("INTERNAL", payment_pb2.CreatePaymentIntentResponse), "failed"),
    ("ProcessPayment", lambda _: payment_pb2.ProcessPaymentResponse(status="PAYMENT_STATUS_FAILED"), "failed"),
    ("ConfirmReservation", no("INVENTORY_CONFLICT", reservation_pb2.ConfirmReservationResponse), "sold_out"),
    ("ConfirmReservation", native(IO, 13), "failed"),
    ("ConfirmReservation", silent(IO), "unknown"),
]


@pytest.mark.parametrize(("method", "act", "ending"), REFUSALS)
def test_a_no_at_any_step_ends_the_journey_with_its_word(method: str, act: Act, ending: str) -> None:
    made = perform(SmallPlatform(payment_polls=0).target(**{method: act}))
    assert made.ending == ending
    assert times(made.book)["journey.total"] == ("buyer", ending, "paying")


def test_an_error_while_looking_is_borne_twice() -> None:
    platform = SmallPlatform(payment_polls=0)
    errors = iter([True, True, False])
    target = platform.target()
    target.acts["GetQueueStatus"] = lambda request: (
        native(platform.io, 13)(request) if next(errors) else platform.poll(request)
    )
    assert perform(target).ending == "ticket"


@pytest.mark.parametrize("method", ["GetQueueStatus", "GetPaymentStatus"])
def test_the_third_error_in_a_row_is_one_too_many(method: str) -> None:
    platform = SmallPlatform()
    made = perform(platform.target(**{method: native(platform.io, 13)}))
    assert (made.ending, made.book.asked().count(method)) == ("failed", ERRORS_BORNE)


def test_a_double_clicker_whose_payment_fails_does_not_confirm() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "double-clicker", cards={"FAIL": 1})
    assert made.ending == "refused"
    assert "ConfirmReservation" not in made.book.asked()


def test_a_confirmation_that_was_not_answered_is_settled_by_reading_back() -> None:
    platform = SmallPlatform(payment_polls=0)

    def confirm_in_silence(request: reservation_pb2.ConfirmReservationRequest) -> Answer:
        platform.confirm(request)
        return lost(platform.io)

    made = perform(platform.target(ConfirmReservation=confirm_in_silence))
    assert made.ending == "ticket"
    assert made.crowd.open_questions == 0


def test_an_extender_pays_within_the_longer_hold() -> None:
    platform = SmallPlatform(payment_polls=4, hold_s=5)
    made = perform(platform.target(), "extender")
    assert made.ending == "ticket"
    assert made.target.said("ExtendHold")[0].extension_seconds == 30


def test_an_extension_refused_does_not_keep_one_from_buying() -> None:
    refusing = no("FAILED_PRECONDITION", reservation_pb2.ExtendHoldResponse)
    assert perform(SmallPlatform(payment_polls=0).target(ExtendHold=refusing), "extender").ending == "ticket"


def test_a_failed_card_is_retried_with_a_new_intent() -> None:
    """The first payment is meant to fail, so its failure is a refusal and no error."""
    made = perform(SmallPlatform(payment_polls=0).target(), "card-retrier")
    assert made.ending == "ticket"
    first, second = made.target.said("CreatePaymentIntent")
    assert (first.scenario, second.scenario) == (
        payment_pb2.PAYMENT_SCENARIO_FAIL,
        payment_pb2.PAYMENT_SCENARIO_APPROVE,
    )
    assert first.idempotency_key != second.idempotency_key
    assert [call.outcome for call in made.book.calls if call.method.endswith("/GetPaymentStatus")] == ["refused", "ok"]
    numbers = [request.payment_details.credit_card.card_number for request in made.target.said("ProcessPayment")]
    assert numbers == ["4000000000000002", "4242424242424242"]


def test_a_double_click_sends_the_same_key_and_body_twice() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "double-clicker")
    assert made.ending == "ticket"
    for method in ("CreateReservation", "CreatePaymentIntent", "ProcessPayment", "ConfirmReservation"):
        first, second = made.target.said(method)
        assert first == second
        claims = [claim for claim in made.book.claims if claim.method.endswith("/" + method)]
        assert [claim.attempt for claim in claims] == [1, 2]
        assert claims[0].body == claims[1].body


def test_both_clicks_are_due_at_the_same_instant() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "double-clicker")
    first, second = (call for call in made.book.calls if call.method.endswith("/CreateReservation"))
    assert first.due_ns == second.due_ns
    following = made.book.calls[made.book.calls.index(second) + 1]
    assert following.due_ns == second.answered_ns


def test_a_refresher_reads_again_and_again() -> None:
    platform = SmallPlatform(polls_until_ready=3, payment_polls=2)
    made = perform(platform.target(), "refresher")
    assert made.ending == "ticket"
    assert made.book.asked().count("GetReservation") == 4
    assert set(platform.io.slept) == {0.2}


def test_a_canceller_gives_the_seats_back() -> None:
    platform = SmallPlatform()
    made = perform(platform.target(), "canceller")
    assert (made.ending, platform.told) == ("cancelled", {"res-1": "CANCELLED"})
    booked = ("canceller", "cancelled", "browsing")
    assert times(made.book) == {"journey.admission_wait": booked, "journey.total": booked}


def test_a_leaver_says_so_and_an_abandoner_does_not() -> None:
    leaving, going = perform(SmallPlatform().target(), "leaver"), perform(SmallPlatform().target(), "abandoner")
    assert (leaving.ending, leaving.book.asked()) == ("left", ["JoinQueue", "GetQueueStatus", "LeaveQueue"])
    assert (going.ending, going.book.asked()) == ("left", ["JoinQueue", "GetQueueStatus", "GetQueueStatus"])


def test_a_sleeper_says_nothing_for_longer_than_a_place_is_kept_and_looks_again() -> None:
    made = perform(SmallPlatform().target(), "sleeper", time_scale=0.1)
    assert (made.ending, made.book.asked()) == ("left", ["JoinQueue", "GetQueueStatus", "GetQueueStatus"])
    first, second = (call for call in made.book.calls if call.method.endswith("GetQueueStatus"))
    assert second.sent_ns - first.answered_ns == 31.5 * SECOND


def test_an_expirer_outstays_the_hold_that_the_platform_named() -> None:
    platform = SmallPlatform(hold_s=17)
    made = perform(platform.target(), "expirer")
    assert (made.ending, platform.told) == ("expired", {"res-1": "EXPIRED"})
    assert platform.io.now_ns > platform.ends["res-1"] + SECOND


def test_a_latecomer_is_refused_though_he_has_paid() -> None:
    made = perform(SmallPlatform(hold_s=17, payment_polls=0).target(), "latecomer")
    assert made.ending == "expired"
    assert made.book.asked()[-2:] == ["ConfirmReservation", "GetReservation"]
    sale = next(claim for claim in made.book.claims if claim.action == "sale")
    assert (sale.outcome, sale.effect, sale.code) == ("refused", "did_not", "RESERVATION_EXPIRED")


@pytest.mark.parametrize("time_scale", [1.0, 0.05])
def test_a_latecomer_is_later_than_two_clocks_may_differ_at_any_time_scale(time_scale: float) -> None:
    """Else a platform that confirms after the end of a hold could not be found out in a run that is scaled down."""
    platform = SmallPlatform(hold_s=17, payment_polls=0)
    made = perform(platform.target(), "latecomer", time_scale=time_scale)
    sale = next(claim for claim in made.book.claims if claim.action == "sale")
    assert sale.sent_ns - platform.ends["res-1"] == 1.5 * SECOND


def test_a_ping_asks_once() -> None:
    made = perform(SmallPlatform().target(), "ping")
    assert (made.ending, made.book.asked()) == ("left", ["GetQueueStats"])


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"tour"}))
def test_a_dead_platform_ends_every_kind_of_journey_soon(kind: str) -> None:
    made = perform(
        SmallPlatform().target(**dict.fromkeys(["JoinQueue", "GetQueueStats", "RequestAdmission"], silent(IO))), kind
    )
    assert (made.ending, len(made.book.calls)) == ("unknown", 1)


def test_every_outcome_that_is_not_ok_has_an_ending() -> None:
    for outcome in ("refused", "failed", "unknown", "unimplemented"):
        assert ending_of(Told(outcome, "WHATEVER")) in ENDINGS
    with pytest.raises(KeyError):
        ending_of(Told("ok", "OK"))


def test_an_ending_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="no journey ends 'well'"):
        Ends("well")


def test_who_is_in_a_hurry_leaves_the_queue_and_says_so() -> None:
    """As the plan has it: the person means to leave, so that no share of tickets suffers."""
    made = perform(SmallPlatform(polls_until_ready=99).target(), "impatient")
    assert (made.ending, made.book.asked()[-1]) == ("left", "LeaveQueue")
    assert times(made.book)["journey.total"] == ("impatient", "left", "browsing")
    assert perform(SmallPlatform(payment_polls=0).target(), "impatient").ending == "ticket"


def test_who_is_in_a_hurry_and_dropped_by_the_platform_was_not_admitted() -> None:
    gone = queue_pb2.GetQueueStatusResponse(status="QUEUE_STATUS_EXPIRED")
    made = perform(SmallPlatform().target(GetQueueStatus=lambda _: gone), "impatient")
    assert (made.ending, "LeaveQueue" in made.book.asked()) == ("not_admitted", False)


def test_a_window_shopper_holds_seats_and_goes_without_a_word() -> None:
    platform = SmallPlatform()
    made = perform(platform.target(), "window-shopper")
    assert (made.ending, platform.told) == ("left", {"res-1": "HOLD"})
    assert made.book.asked()[-1] == "CreateReservation"
    assert made.book.asked().count("CheckAvailability") == 3


def test_a_returner_lets_the_hold_run_out_and_buys_under_a_further_name() -> None:
    platform = SmallPlatform(hold_s=17, payment_polls=0)
    made = perform(platform.target(), "returner")
    assert (made.ending, platform.told) == ("ticket", {"res-1": "EXPIRED", "res-2": "CONFIRMED"})
    first, second = (request.user_id for request in made.target.said("JoinQueue"))
    assert second == f"{first}-again"
    holds = [claim for claim in made.book.claims if claim.action == "hold"]
    assert [hold.user for hold in holds] == [first, second]
    assert holds[0].key != holds[1].key
    assert {claim.user for claim in made.book.claims if claim.action == "sale"} == {second}


def test_a_bot_without_luck_is_refused_and_never_joins() -> None:
    denied = no("FORBIDDEN", reservation_pb2.CreateReservationResponse)
    invalid = queue_pb2.RequestAdmissionResponse(admission="ADMISSION_STATUS_INVALID")
    made = perform(SmallPlatform().target(RequestAdmission=lambda _: invalid, CreateReservation=denied), "bot")
    assert made.ending == "refused"
    assert made.book.asked() == ["RequestAdmission", *["CreateReservation"] * 4]
    assert {call.outcome for call in made.book.calls} == {"refused"}
    tokens = [request.reservation_token for request in made.target.said("CreateReservation")]
    assert len(set(tokens)) == 4
    assert times(made.book)["journey.total"] == ("bot", "refused", "browsing")


@pytest.mark.parametrize("code", ["NOT_FOUND", "UNAUTHENTICATED", "INVALID_ARGUMENT"])
def test_however_a_bot_is_told_no_it_is_no_error(code: str) -> None:
    made = perform(
        SmallPlatform().target(
            RequestAdmission=no(code, queue_pb2.RequestAdmissionResponse),
            CreateReservation=no(code, reservation_pb2.CreateReservationResponse),
        ),
        "bot",
    )
    assert (made.ending, {call.outcome for call in made.book.calls}) == ("refused", {"refused"})


def test_a_bot_that_got_seats_without_a_turn_says_so_and_gives_them_back() -> None:
    invalid = queue_pb2.RequestAdmissionResponse(admission="ADMISSION_STATUS_INVALID")
    platform = SmallPlatform()
    made = perform(platform.target(RequestAdmission=lambda _: invalid), "bot")
    assert (made.ending, platform.told) == ("let_in", {"res-1": "CANCELLED"})


def test_a_bot_that_was_admitted_with_an_invented_place_was_let_in() -> None:
    assert perform(SmallPlatform().target(), "bot").ending == "let_in"


def test_whose_card_is_meant_to_fail_ends_refused_without_an_error() -> None:
    made = perform(SmallPlatform(payment_polls=0).target(), "declined")
    assert (made.ending, times(made.book)["journey.total"]) == ("refused", ("declined", "refused", "browsing"))
    assert {call.outcome for call in made.book.calls} <= {"ok", "refused"}


@pytest.mark.parametrize("method", ["CreateReservation", "CreatePaymentIntent"])
def test_a_double_click_that_a_platform_takes_for_two_is_found_by_the_audit(method: str) -> None:
    """The near miss is the same platform when it remembers its keys."""
    for forgets, found in ((False, set[str]()), (True, {"two_answers_to_one_key"})):
        platform = SmallPlatform(payment_polls=0)
        own = {"CreateReservation": platform.reserve, "CreatePaymentIntent": platform.intent}[method]

        def forgetful(request: Message, platform: SmallPlatform = platform, own: Act = own) -> Any:
            platform.by_key.clear()
            another = type(request)()
            another.CopyFrom(request)
            another.ClearField("seat_ids") if method == "CreateReservation" else None
            return own(another)

        made = perform(platform.target(**({method: forgetful} if forgets else {})), "double-clicker")
        assert made.ending == "ticket"
        reports = audit(History.of(made.book.claims))
        others = {"seats_held_differ"} if forgets and method == "CreateReservation" else set[str]()  # any will do
        assert {report.rule.name for report in reports if report.violations} == found | others
