"""The outcome table, row by row: the same meaning is judged the same, however the platform says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from contracts.catalogue import METHODS, method
from contracts.messages import errors_pb2
from contracts.outcomes import (
    CENSORED_CODE,
    CODES,
    EFFECTS,
    ERROR_NAMES,
    HARNESS_FAULTS,
    OUTCOMES,
    PROMISED,
    STATUS_NAMES,
    UNANSWERED_CODES,
    WORDS,
    Expectation,
    Judged,
    harness_at_fault,
    judge_answer,
    was_answered,
)

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from contracts.catalogue import Method

CREATE = method("reservation.v1.ReservationService/CreateReservation")
CONFIRM = method("reservation.v1.ReservationService/ConfirmReservation")
ADMISSION = method("gateway.v1.QueueService/RequestAdmission")
PROVOKED, CARD, LATE = (
    Expectation(provoked=True),
    Expectation(card_may_fail=True),
    Expectation(hold_ran_out=True),
)

REFUSED, AT_FAULT = ("refused", "did_not"), ("failed", "did_not")
FAILED, UNKNOWN = ("failed", "may_have"), ("unknown", "may_have")

INSIDE = {
    "UNSPECIFIED": FAILED,
    "UNAUTHENTICATED": FAILED,
    "FORBIDDEN": REFUSED,
    "UNAUTHORIZED": FAILED,
    "INVALID_ARGUMENT": AT_FAULT,
    "NOT_FOUND": FAILED,
    "ALREADY_EXISTS": REFUSED,
    "FAILED_PRECONDITION": REFUSED,
    "RATE_LIMITED": REFUSED,
    "QUOTA_EXCEEDED": REFUSED,
    "IDEMPOTENCY_REQUIRED": AT_FAULT,
    "IDEMPOTENCY_CONFLICT": AT_FAULT,
    "RESERVATION_EXPIRED": REFUSED,
    "PAYMENT_NOT_APPROVED": AT_FAULT,
    "INVENTORY_CONFLICT": REFUSED,
    "INSUFFICIENT_INVENTORY": REFUSED,
    "INTERNAL": FAILED,
    "UNAVAILABLE": FAILED,
    "TIMEOUT": UNKNOWN,
    "UPSTREAM_TIMEOUT": UNKNOWN,
    "UPSTREAM_ERROR": FAILED,
    "DATA_CORRUPTION": FAILED,
    "CONCURRENT_MODIFICATION": REFUSED,
}
"""Code of an error to outcome and effect, as the platform's facts state it."""

NATIVE = {
    "CANCELLED": (*UNKNOWN, "CANCELLED"),
    "UNKNOWN": (*FAILED, "UNKNOWN"),
    "INVALID_ARGUMENT": (*AT_FAULT, "INVALID_ARGUMENT"),
    "DEADLINE_EXCEEDED": (*UNKNOWN, "DEADLINE_EXCEEDED"),
    "NOT_FOUND": (*FAILED, "NOT_FOUND"),
    "ALREADY_EXISTS": (*REFUSED, "ALREADY_EXISTS"),
    "PERMISSION_DENIED": (*REFUSED, "FORBIDDEN"),
    "RESOURCE_EXHAUSTED": (*REFUSED, "RATE_LIMITED"),
    "FAILED_PRECONDITION": (*REFUSED, "FAILED_PRECONDITION"),
    "ABORTED": (*REFUSED, "INVENTORY_CONFLICT"),
    "OUT_OF_RANGE": (*FAILED, "OUT_OF_RANGE"),
    "UNIMPLEMENTED": ("unimplemented", "did_not", "UNIMPLEMENTED"),
    "INTERNAL": (*FAILED, "INTERNAL"),
    "UNAVAILABLE": (*FAILED, "UNAVAILABLE"),
    "DATA_LOSS": (*FAILED, "DATA_LOSS"),
    "UNAUTHENTICATED": (*FAILED, "UNAUTHENTICATED"),
}
"""Status that a server sent to what it is worth and the code that it is counted under."""


def judge_message(row: Method, message: Message, expectation: Expectation = Expectation()) -> Judged:  # noqa: B008
    return judge_answer(row, 0, "", "answered", message, expectation)


def inside(code: str, row: Method = CREATE, expectation: Expectation = Expectation()) -> Judged:  # noqa: B008
    """Judges an answer with this error inside, everything that the method promises being there, too."""
    message = filled(row)
    message.error.code = errors_pb2.ErrorCode.Value(f"ERROR_CODE_{code}")  # type: ignore[attr-defined]
    return judge_message(row, message, expectation)


def filled(row: Method, without: str = "") -> Message:
    """An answer in which all that the method promises is there, but for one field."""
    message = row.response()
    for promise in PROMISED[row.name]:
        if promise != without:
            *way, field = promise.split(".")
            part: Any = message
            for step in way:
                part = getattr(part, step)
            kind = part.DESCRIPTOR.fields_by_name[field]
            setattr(part, field, 1 if kind.enum_type is not None else "id-1")
    for word in WORDS.get(row.name, ()):
        if isinstance(word.value, bool):
            setattr(message, word.field, not word.value)
    return message


def test_every_code_of_the_contract_and_every_status_has_a_row_here() -> None:
    """Were one added to gRPC or the contract, the tables below would be silent on it."""
    assert set(INSIDE) == {name.removeprefix("ERROR_CODE_") for name in dict(errors_pb2.ErrorCode.items())}
    assert ["OK", *NATIVE] == list(STATUS_NAMES)
    assert set(ERROR_NAMES.values()) <= set(CODES)


@pytest.mark.parametrize(("code", "worth"), INSIDE.items())
def test_an_error_inside_is_worth_what_its_code_says_whatever_else_is_there(code: str, worth: tuple[str, str]) -> None:
    assert inside(code) == (*worth, code)


@pytest.mark.parametrize(("code", "worth"), INSIDE.items())
@pytest.mark.parametrize("status", ["FAILED_PRECONDITION", "UNKNOWN", "INTERNAL", "UNAVAILABLE", "DEADLINE_EXCEEDED"])
@pytest.mark.parametrize("prefix", ["", "ERROR_CODE_"])
def test_a_native_status_that_names_the_code_is_that_code(
    code: str, worth: tuple[str, str], status: str, prefix: str
) -> None:
    """Both error modes of the platform are judged the same."""
    told = judge_answer(CREATE, STATUS_NAMES.index(status), f"{prefix}{code}: seat A-1", "answered", None)
    assert told == (*worth, code)


@pytest.mark.parametrize(("status", "worth"), NATIVE.items())
@pytest.mark.parametrize("detail", ["", "seat A-1 is gone", "Conflict: A-1", "NOT FOUND: x", "INSUFFICIENT_INVENTORY"])
def test_a_native_status_without_a_name_is_worth_what_it_means(
    status: str, worth: tuple[str, str, str], detail: str
) -> None:
    assert judge_answer(CREATE, STATUS_NAMES.index(status), detail, "answered", None) == worth


def test_unimplemented_stays_so_whatever_its_text_begins_with() -> None:
    told = judge_answer(CREATE, 12, "INTERNAL: no such method", "answered", None, PROVOKED)
    assert told == ("unimplemented", "did_not", "UNIMPLEMENTED")


@pytest.mark.parametrize("status", range(17))
def test_what_never_left_did_nothing(status: int) -> None:
    told = judge_answer(CREATE, status, "INVENTORY_CONFLICT: no", "unsent", None, PROVOKED)
    assert told == ("failed", "did_not", "UNSENT")


@pytest.mark.parametrize("status", range(17))
def test_what_was_not_answered_may_have_happened(status: int) -> None:
    name = STATUS_NAMES[status]
    code = name if name in ("DEADLINE_EXCEEDED", "CANCELLED") else "CONNECTION_LOST"
    told = judge_answer(CREATE, status, "INVENTORY_CONFLICT: no", "unanswered", None, PROVOKED)
    assert told == ("unknown", "may_have", code)


def test_a_deadline_is_counted_under_the_censored_code() -> None:
    assert judge_answer(CREATE, 4, "", "unanswered", None).code == CENSORED_CODE
    assert set(UNANSWERED_CODES.values()) <= set(CODES)


def test_a_code_that_the_contract_does_not_know_is_any_other_code() -> None:
    message = CREATE.response(reservation_id="rsv_1", status=1)
    message.error.code = 99  # type: ignore[attr-defined]
    assert judge_message(CREATE, message) == ("failed", "may_have", "ERROR_CODE_99")
    assert judge_message(CREATE, message, PROVOKED) == ("refused", "may_have", "ERROR_CODE_99")


@pytest.mark.parametrize("status", [-1, 17])
def test_a_status_that_grpc_does_not_have_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"CreateReservation ended with status {status}: gRPC has 0 to 16"):
        judge_answer(CREATE, status, "", "answered", None)


def test_a_delivery_that_no_transport_tells_is_refused() -> None:
    with pytest.raises(ValueError, match="CreateReservation: no delivery is called 'lost'"):
        judge_answer(CREATE, 0, "", "lost", None)


@pytest.mark.parametrize("row", METHODS.values(), ids=METHODS)
def test_an_answer_with_all_that_was_promised_is_ok(row: Method) -> None:
    assert judge_message(row, filled(row)) == ("ok", "happened", "OK")


@pytest.mark.parametrize(
    ("name", "promise"), [(name, promise) for name, promises in PROMISED.items() for promise in promises]
)
def test_an_answer_that_lacks_what_was_promised_is_empty(name: str, promise: str) -> None:
    """Status OK and no error, yet no id: what downstream once took for success. Provoking it excuses nothing."""
    row = METHODS[name]
    for expectation in (Expectation(), PROVOKED, CARD):
        assert judge_message(row, filled(row, without=promise), expectation) == ("failed", "may_have", "EMPTY")


def test_the_buying_steps_promise_what_the_next_step_needs() -> None:
    """The table itself: a promise that was dropped by accident would be missed by the tests that walk it."""
    assert set(PROMISED) == set(METHODS)
    steps = {
        "JoinQueue": ("waiting_token", "status"),
        "GetQueueStatus": ("status",),
        "RequestAdmission": ("admission", "reservation_token"),
        "CheckAvailability": (),
        "CreateReservation": ("reservation_id", "status"),
        "CreatePaymentIntent": ("payment_intent_id", "status"),
        "ProcessPayment": ("status",),
        "GetPaymentStatus": ("payment.status",),
        "ConfirmReservation": ("order_id", "status"),
        "GetReservation": ("reservation.reservation_id", "reservation.status"),
    }
    found = {name.rpartition("/")[2]: promises for name, promises in PROMISED.items() if "Gateway" not in name}
    assert {step: found[step] for step in steps} == steps


def test_the_gateway_promises_what_the_services_promise() -> None:
    shared = [name for name in PROMISED if name.startswith("gateway.v1.GatewayService/")]
    pairs = 0
    for name in shared:
        for service in ("reservation.v1.ReservationService", "payment.v1.PaymentService"):
            twin = f"{service}/{name.rpartition('/')[2]}"
            if twin in PROMISED:
                assert PROMISED[name] == PROMISED[twin]
                pairs += 1
    assert pairs == 6


def test_a_stream_is_judged_by_its_end_and_a_unary_call_needs_its_message() -> None:
    stream = method("gateway.v1.WebSocketService/StreamQueueUpdates")
    assert judge_answer(stream, 0, "", "answered", None).outcome == "ok"
    assert judge_answer(stream, 8, "", "answered", None) == ("refused", "did_not", "RATE_LIMITED")
    assert judge_answer(CREATE, 0, "", "answered", None) == ("failed", "may_have", "EMPTY")


PAYMENT_FAILED = 4

SAID: list[tuple[Method | str, dict[str, Any], tuple[str, str], str]] = [
    (ADMISSION, {"admission": 2}, REFUSED, "DENIED"),
    (ADMISSION, {"admission": 3}, REFUSED, "EXPIRED"),
    (ADMISSION, {"admission": 4}, AT_FAULT, "INVALID"),
    ("payment.v1.PaymentService/ProcessPayment", {"status": PAYMENT_FAILED}, AT_FAULT, "PAYMENT_FAILED"),
    ("payment.v1.PaymentService/GetPaymentStatus", {"payment": {"status": 4}}, AT_FAULT, "PAYMENT_FAILED"),
    ("gateway.v1.GatewayService/GetPaymentStatus", {"payment": {"status": 4}}, AT_FAULT, "PAYMENT_FAILED"),
    ("reservation.v1.InventoryService/CommitReservation", {"status": 2}, REFUSED, "FAILED_PAYMENT"),
    ("reservation.v1.InventoryService/CommitReservation", {"status": 3}, REFUSED, "FAILED_EXPIRED"),
    ("reservation.v1.InventoryService/CommitReservation", {"status": 4}, REFUSED, "FAILED_CONFLICT"),
    ("reservation.v1.InventoryService/ReleaseHold", {"status": 4}, FAILED, "FAILED"),
    ("reservation.v1.ReservationService/ExtendHold", {}, REFUSED, "NOT_ALLOWED"),
]


@pytest.mark.parametrize(("row", "fields", "worth", "code"), SAID)
def test_an_answer_whose_own_word_is_a_no_is_one(
    row: Method | str, fields: dict[str, Any], worth: tuple[str, str], code: str
) -> None:
    asked = method(row) if isinstance(row, str) else row
    message = asked.response(**fields)
    assert judge_message(asked, message) == (*worth, code)
    message.error.code = 16  # type: ignore[attr-defined]
    assert judge_message(asked, message).code == "INTERNAL", "an error inside comes first"


def test_every_word_of_the_table_is_said_here_and_one_field_holds_the_words_of_a_method() -> None:
    said = {(row if isinstance(row, str) else row.name, code) for row, _, _, code in SAID}
    assert said == {(name, word.code) for name, words in WORDS.items() for word in words}
    assert all(len({word.field for word in words}) == 1 for words in WORDS.values())


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("gateway.v1.QueueService/RequestAdmission", {"admission": 1, "reservation_token": "rtkn_1"}),
        ("payment.v1.PaymentService/ProcessPayment", {"status": 2}),
        ("payment.v1.PaymentService/GetPaymentStatus", {"payment": {"status": 1}}),
        ("payment.v1.PaymentService/GetPaymentStatus", {"payment": {"status": 7}}),
        ("reservation.v1.InventoryService/CommitReservation", {"status": 1, "order_id": "ord_1"}),
        ("reservation.v1.InventoryService/ReleaseHold", {"status": 2}),
        ("reservation.v1.InventoryService/ReleaseHold", {"status": 3}),
        ("reservation.v1.ReservationService/ExtendHold", {"extension_allowed": True}),
    ],
)
def test_the_words_next_to_a_no_are_none(name: str, fields: dict[str, Any]) -> None:
    row = method(name)
    assert judge_message(row, row.response(**fields)).outcome == "ok"


@pytest.mark.parametrize("expectation", [CARD, LATE])
def test_a_payment_that_may_fail_is_refused_not_failed(expectation: Expectation) -> None:
    pay = method("payment.v1.PaymentService/ProcessPayment")
    assert judge_message(pay, pay.response(status=PAYMENT_FAILED), expectation) == (*REFUSED, "PAYMENT_FAILED")
    assert inside("PAYMENT_NOT_APPROVED", CONFIRM, expectation) == (*REFUSED, "PAYMENT_NOT_APPROVED")
    assert (
        judge_answer(CONFIRM, 9, "PAYMENT_NOT_APPROVED: declined", "answered", None, expectation).outcome == "refused"
    )


@pytest.mark.parametrize("code", sorted(set(INSIDE) - {"PAYMENT_NOT_APPROVED"}))
@pytest.mark.parametrize("expectation", [CARD, LATE])
def test_a_card_that_may_fail_excuses_nothing_else(code: str, expectation: Expectation) -> None:
    assert inside(code, CONFIRM, expectation) == inside(code, CONFIRM)


@pytest.mark.parametrize("code", sorted(INSIDE))
def test_what_was_provoked_and_told_no_is_refused_whatever_the_code(code: str) -> None:
    """Unless the platform was not there to tell. The effect stays that of the code: INTERNAL may have done it."""
    expected = {"TIMEOUT": "unknown", "UPSTREAM_TIMEOUT": "unknown", "UNAVAILABLE": "failed"}.get(code, "refused")
    assert inside(code, expectation=PROVOKED) == (expected, INSIDE[code][1], code)


def test_a_provoked_word_is_refused_and_a_provoked_yes_stays_ok() -> None:
    """A platform that says yes to what should be refused is the audit's matter, not excused here."""
    assert judge_message(ADMISSION, ADMISSION.response(admission=4), PROVOKED) == (*REFUSED, "INVALID")
    assert judge_message(CREATE, filled(CREATE), PROVOKED) == ("ok", "happened", "OK")


@pytest.mark.parametrize(
    ("outcome", "code", "answered"),
    [
        ("ok", "OK", True),
        ("refused", "INVENTORY_CONFLICT", True),
        ("failed", "INTERNAL", True),
        ("failed", "EMPTY", True),
        ("unimplemented", "UNIMPLEMENTED", True),
        ("failed", "UNAVAILABLE", False),
        ("failed", "UNSENT", False),
        ("unknown", "DEADLINE_EXCEEDED", False),
        ("unknown", "TIMEOUT", False),
    ],
)
def test_availability_counts_whoever_was_there_to_answer(outcome: str, code: str, answered: bool) -> None:
    assert was_answered(outcome, code) is answered


def test_the_harness_is_at_fault_for_calls_it_built_wrongly_unless_on_purpose() -> None:
    for code in INSIDE:
        assert harness_at_fault(*inside(code)[::2]) is (code in HARNESS_FAULTS)
        assert not harness_at_fault(*inside(code, expectation=PROVOKED)[::2])
    assert {"IDEMPOTENCY_REQUIRED", "IDEMPOTENCY_CONFLICT", "INVALID_ARGUMENT"} == HARNESS_FAULTS


def test_every_row_uses_the_words_for_outcomes_and_effects() -> None:
    assert {worth.outcome for worth in CODES.values()} | {"ok"} == set(OUTCOMES)
    assert {worth.effect for worth in CODES.values()} | {"happened"} == set(EFFECTS)
