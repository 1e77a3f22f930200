"""What an answer is worth: its outcome for people, its effect for the audit, and the code that it is counted under.

Every answer is judged once, here, and never again. The tables are the whole of it; first match wins:

1. what never left is UNSENT, what left and brought no answer back is unknown (`UNANSWERED_CODES`);
2. the code of the error: `error` inside a message under status OK, or a native status. A native status counts as the
   error of the same meaning (`NATIVE_CODES`), and a native detail that begins with a code's name and a colon
   ("PAYMENT_NOT_APPROVED: …") is that code, so that a platform's two ways of saying no are one;
3. without an error, the answer's own word where it is a no (`WORDS`: admission DENIED, payment FAILED, …);
4. what the method promises must be there (`PROMISED`), else the answer is EMPTY;
5. what is left is ok.

`Expectation` says what the caller knows and the answer cannot tell: that a call was provoked, that a card may fail.
An unlisted status raises, since a transport has made it up; an unlisted error number comes from the platform and is
"any other code".
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2, inventory_pb2, payment_pb2, queue_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from google.protobuf.message import Message

    from contracts.catalogue import Method

OK, REFUSED, FAILED, UNKNOWN, UNIMPLEMENTED = "ok", "refused", "failed", "unknown", "unimplemented"
OUTCOMES = (OK, REFUSED, FAILED, UNKNOWN, UNIMPLEMENTED)
"""For people: ok; the platform said no by its rules; an answer that is an error; none that tells; not served."""

HAPPENED, DID_NOT, MAY_HAVE = "happened", "did_not", "may_have"
EFFECTS = (HAPPENED, DID_NOT, MAY_HAVE)
"""For the audit: did the call change what the platform holds?"""

CENSORED_CODE = "DEADLINE_EXCEEDED"
"""Code of the unknown calls whose latency is censored at their deadline."""

UNSENT_CODE, EMPTY_CODE, LOST_CODE = "UNSENT", "EMPTY", "CONNECTION_LOST"

STATUS_NAMES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
"""Names of the gRPC status codes, by number."""


class Judged(NamedTuple):
    """What one answer is worth."""

    outcome: str
    """One of OUTCOMES."""
    effect: str
    """One of EFFECTS; of a read it says whether the answer can be believed."""
    code: str
    """ErrorCode name without prefix, gRPC status name, the answer's own word, OK, UNSENT, EMPTY or CONNECTION_LOST."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the caller knows about the call that it made."""

    card_may_fail: bool = False
    """The journey pays with a card that is meant to fail, or may."""
    hold_ran_out: bool = False
    """The journey's hold had run out before the call."""
    provoked: bool = False
    """The call is made to be told no: a used token, one key with two bodies, confirming unpaid."""


USUAL = Expectation()
"""Nothing special is known: every no to a payment is an error, and nothing was provoked."""


class Worth(NamedTuple):
    """One row of a table: the outcome and effect of a code or word."""

    outcome: str
    effect: str
    by_card: bool = False
    """A no to a payment: refused when the card may fail or the hold had run out."""


_REFUSED = Worth(REFUSED, DID_NOT)
_PAYMENT = Worth(FAILED, DID_NOT, by_card=True)
_AT_FAULT = Worth(FAILED, DID_NOT)
_FAILED = Worth(FAILED, MAY_HAVE)
_UNKNOWN = Worth(UNKNOWN, MAY_HAVE)

CODES: Mapping[str, Worth] = MappingProxyType(
    {
        "INVENTORY_CONFLICT": _REFUSED,
        "INSUFFICIENT_INVENTORY": _REFUSED,
        "RATE_LIMITED": _REFUSED,
        "QUOTA_EXCEEDED": _REFUSED,
        "RESERVATION_EXPIRED": _REFUSED,
        "ALREADY_EXISTS": _REFUSED,
        "FAILED_PRECONDITION": _REFUSED,
        "CONCURRENT_MODIFICATION": _REFUSED,
        "FORBIDDEN": _REFUSED,
        "PAYMENT_NOT_APPROVED": _PAYMENT,
        "IDEMPOTENCY_REQUIRED": _AT_FAULT,
        "IDEMPOTENCY_CONFLICT": _AT_FAULT,
        "INVALID_ARGUMENT": _AT_FAULT,
        "UNIMPLEMENTED": Worth(UNIMPLEMENTED, DID_NOT),
        UNSENT_CODE: Worth(FAILED, DID_NOT),
        "DEADLINE_EXCEEDED": _UNKNOWN,
        "CANCELLED": _UNKNOWN,
        LOST_CODE: _UNKNOWN,
        "TIMEOUT": _UNKNOWN,
        "UPSTREAM_TIMEOUT": _UNKNOWN,
        EMPTY_CODE: _FAILED,
        "UNSPECIFIED": _FAILED,
        "UNAUTHENTICATED": _FAILED,
        "UNAUTHORIZED": _FAILED,
        "NOT_FOUND": _FAILED,
        "INTERNAL": _FAILED,
        "UNAVAILABLE": _FAILED,
        "UPSTREAM_ERROR": _FAILED,
        "DATA_CORRUPTION": _FAILED,
        "UNKNOWN": _FAILED,
        "OUT_OF_RANGE": _FAILED,
        "DATA_LOSS": _FAILED,
    }
)
"""Every code that is no OK to what it is worth, before expectations."""

HARNESS_FAULTS = frozenset({"IDEMPOTENCY_REQUIRED", "IDEMPOTENCY_CONFLICT", "INVALID_ARGUMENT"})
"""Codes that, when `failed`, say that the harness or the contract is at fault: the run's reasons must say so."""

NATIVE_CODES: Mapping[str, str] = MappingProxyType(
    {
        "ABORTED": "INVENTORY_CONFLICT",
        "PERMISSION_DENIED": "FORBIDDEN",
        "RESOURCE_EXHAUSTED": "RATE_LIMITED",
    }
)
"""Native status to the error code that says the same under another name; every other status is its own code."""

UNANSWERED_CODES: Mapping[str, str] = MappingProxyType(
    {"DEADLINE_EXCEEDED": "DEADLINE_EXCEEDED", "CANCELLED": "CANCELLED"}
)
"""Status with which a transport ends an unanswered call to its code; every other one is CONNECTION_LOST."""

_ERROR_PREFIX = "ERROR_CODE_"
ERROR_NAMES: Mapping[int, str] = MappingProxyType(
    {number: name.removeprefix(_ERROR_PREFIX) for name, number in errors_pb2.ErrorCode.items()}
)
"""Number of an ErrorCode to its name without prefix."""
_ERROR_WORDS = frozenset(ERROR_NAMES.values())


class Word(NamedTuple):
    """An answer's own word that is a no, under status OK and without an error."""

    field: str
    """Where the word stands, dotted."""
    value: int | bool
    code: str
    worth: Worth


_ADMISSION, _COMMIT = queue_pb2.AdmissionStatus, inventory_pb2.CommitStatus
_DENIED = (
    Word("admission", _ADMISSION.ADMISSION_STATUS_DENIED, "DENIED", _REFUSED),
    Word("admission", _ADMISSION.ADMISSION_STATUS_EXPIRED, "EXPIRED", _REFUSED),
    Word("admission", _ADMISSION.ADMISSION_STATUS_INVALID, "INVALID", _AT_FAULT),
)
_UNCOMMITTED = (
    Word("status", _COMMIT.COMMIT_STATUS_FAILED_PAYMENT, "FAILED_PAYMENT", _REFUSED),
    Word("status", _COMMIT.COMMIT_STATUS_FAILED_EXPIRED, "FAILED_EXPIRED", _REFUSED),
    Word("status", _COMMIT.COMMIT_STATUS_FAILED_CONFLICT, "FAILED_CONFLICT", _REFUSED),
)
_PAYMENT_FAILED = payment_pb2.PaymentStatus.PAYMENT_STATUS_FAILED
_UNPAID = (Word("payment.status", _PAYMENT_FAILED, "PAYMENT_FAILED", _PAYMENT),)
_UNRELEASED = (Word("status", inventory_pb2.ReleaseStatus.RELEASE_STATUS_FAILED, "FAILED", _FAILED),)

WORDS: Mapping[str, tuple[Word, ...]] = MappingProxyType(
    {
        "gateway.v1.QueueService/RequestAdmission": _DENIED,
        "gateway.v1.GatewayService/GetPaymentStatus": _UNPAID,
        "payment.v1.PaymentService/GetPaymentStatus": _UNPAID,
        "payment.v1.PaymentService/ProcessPayment": (Word("status", _PAYMENT_FAILED, "PAYMENT_FAILED", _PAYMENT),),
        "reservation.v1.InventoryService/CommitReservation": _UNCOMMITTED,
        "reservation.v1.InventoryService/ReleaseHold": _UNRELEASED,
        "reservation.v1.ReservationService/ExtendHold": (Word("extension_allowed", False, "NOT_ALLOWED", _REFUSED),),
    }
)
"""Method to its words that are a no; all words of one method stand in one field."""

PROMISED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "common.v1.AdminService/EmergencyAction": (),
        "common.v1.AdminService/GetLogs": (),
        "common.v1.AdminService/GetMetrics": (),
        "common.v1.AdminService/GetSystemHealth": ("overall_status",),
        "common.v1.AdminService/TriggerOperation": (),
        "common.v1.AdminService/UpdateConfig": (),
        "gateway.v1.GatewayService/CancelReservation": ("status",),
        "gateway.v1.GatewayService/ConfirmReservation": ("order_id", "status"),
        "gateway.v1.GatewayService/CreatePaymentIntent": ("payment_intent_id", "status"),
        "gateway.v1.GatewayService/CreateReservation": ("reservation_id", "status"),
        "gateway.v1.GatewayService/GetEventAvailability": (),
        "gateway.v1.GatewayService/GetPaymentStatus": ("payment.status",),
        "gateway.v1.GatewayService/GetReservation": ("reservation.reservation_id", "reservation.status"),
        "gateway.v1.GatewayService/HealthCheck": ("status",),
        "gateway.v1.GatewayService/ValidateToken": (),
        "gateway.v1.QueueService/GetQueueStats": (),
        "gateway.v1.QueueService/GetQueueStatus": ("status",),
        "gateway.v1.QueueService/JoinQueue": ("waiting_token", "status"),
        "gateway.v1.QueueService/LeaveQueue": (),
        "gateway.v1.QueueService/RequestAdmission": ("admission", "reservation_token"),  # a no was a word before
        "gateway.v1.WebSocketService/SendMessage": (),
        "gateway.v1.WebSocketService/StreamPaymentUpdates": (),
        "gateway.v1.WebSocketService/StreamQueueUpdates": (),
        "gateway.v1.WebSocketService/StreamReservationUpdates": (),
        "gateway.v1.WebhookService/ReceiveExpiryWebhook": (),
        "gateway.v1.WebhookService/ReceivePaymentWebhook": (),
        "gateway.v1.WebhookService/RegisterWebhook": ("webhook_id",),
        "gateway.v1.WebhookService/ValidateWebhook": (),
        "payment.v1.PaymentService/CancelPayment": ("status",),
        "payment.v1.PaymentService/CreatePaymentIntent": ("payment_intent_id", "status"),
        "payment.v1.PaymentService/GetPaymentStatus": ("payment.status",),
        "payment.v1.PaymentService/ListPayments": (),
        "payment.v1.PaymentService/ProcessPayment": ("status",),
        "payment.v1.PaymentService/SimulateWebhook": (),
        "reservation.v1.InventoryService/CheckAvailability": (),
        "reservation.v1.InventoryService/CommitReservation": ("order_id", "status"),
        "reservation.v1.InventoryService/GetInventoryStatus": (),
        "reservation.v1.InventoryService/ReleaseHold": ("status",),
        "reservation.v1.InventoryService/ReserveSeat": ("status",),
        "reservation.v1.ReservationService/CancelReservation": ("status",),
        "reservation.v1.ReservationService/ConfirmReservation": ("order_id", "status"),
        "reservation.v1.ReservationService/CreateReservation": ("reservation_id", "status"),
        "reservation.v1.ReservationService/ExtendHold": (),
        "reservation.v1.ReservationService/GetReservation": ("reservation.reservation_id", "reservation.status"),
        "reservation.v1.ReservationService/ListReservations": (),
        "reservation.v1.WorkerService/GetJobStatus": (),
        "reservation.v1.WorkerService/HealthCheck": ("status",),
        "reservation.v1.WorkerService/ProcessCompensation": ("status",),
        "reservation.v1.WorkerService/ProcessPaymentResult": ("status",),
        "reservation.v1.WorkerService/ProcessReservationExpiry": ("status",),
    }
)
"""Method to the fields that an ok answer must fill (ids not empty, statuses not UNSPECIFIED), whoever serves it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """How the answers of one method are read: its rows of the tables above, made ready once."""

    has_error: bool
    promised: tuple[Callable[[Any], Any], ...]
    word: Callable[[Any], Any] | None
    words: Mapping[Any, Word]


def _reading(method: Method) -> _Reading:
    words = WORDS.get(method.name, ())
    return _Reading(
        has_error="error" in method.response.DESCRIPTOR.fields_by_name,
        promised=tuple(attrgetter(field) for field in PROMISED[method.name]),
        word=attrgetter(words[0].field) if words else None,
        words={word.value: word for word in words},
    )


_READINGS = {name: _reading(method) for name, method in METHODS.items()}
_OK = Judged(OK, HAPPENED, "OK")
_EMPTY = Judged(*CODES[EMPTY_CODE][:2], EMPTY_CODE)


def judge_answer(
    method: Method,
    status: int,
    detail: str,
    delivery: str,
    message: Message | None,
    expectation: Expectation = USUAL,
) -> Judged:
    """Judges one answer of a transport; raises ValueError for a status or delivery that does not exist.

    A stream is judged by its end alone: its `message` is None.
    """
    if not 0 <= status < len(STATUS_NAMES):
        raise ValueError(f"{method.name} ended with status {status}: gRPC has 0 to {len(STATUS_NAMES) - 1}")
    if delivery == "answered":
        if status == 0:
            return _judge_message(method, message, expectation)
        code = _native_code(status, detail)
    elif delivery == "unanswered":
        code = UNANSWERED_CODES.get(STATUS_NAMES[status], LOST_CODE)
    elif delivery == "unsent":
        code = UNSENT_CODE
    else:
        raise ValueError(f"{method.name}: no delivery is called {delivery!r}")
    return _weigh(code, CODES[code], expectation)


def _judge_message(method: Method, message: Message | None, expectation: Expectation) -> Judged:
    if message is None:
        return _OK if method.streams else _EMPTY
    reading = _READINGS[method.name]
    if reading.has_error and message.HasField("error"):
        number = message.error.code  # type: ignore[attr-defined]
        code = ERROR_NAMES.get(number, f"{_ERROR_PREFIX}{number}")
        return _weigh(code, CODES.get(code, _FAILED), expectation)
    if reading.word is not None:
        word = reading.words.get(reading.word(message))
        if word is not None:
            return _weigh(word.code, word.worth, expectation)
    for promise in reading.promised:
        if not promise(message):
            return _EMPTY
    return _OK


def _native_code(status: int, detail: str) -> str:
    name = STATUS_NAMES[status]
    said = detail.partition(":")[0].removeprefix(_ERROR_PREFIX) if ":" in detail else ""
    if said in _ERROR_WORDS and name != "UNIMPLEMENTED":
        return said
    return NATIVE_CODES.get(name, name)


def _weigh(code: str, worth: Worth, expectation: Expectation) -> Judged:
    if worth.outcome == FAILED and _was_expected(code, worth, expectation):
        return Judged(REFUSED, worth.effect, code)
    return Judged(worth.outcome, worth.effect, code)


def _was_expected(code: str, worth: Worth, expectation: Expectation) -> bool:
    if worth.by_card and (expectation.card_may_fail or expectation.hold_ran_out):
        return True
    return expectation.provoked and code not in _NOT_TOLD


_NOT_TOLD = frozenset({UNSENT_CODE, "UNAVAILABLE"})
"""Codes with which the platform has told a provoked call nothing."""


def was_answered(outcome: str, code: str) -> bool:
    """Says if a call counts as answered, for availability: the platform was there, whatever it said."""
    return outcome != UNKNOWN and code not in _NOT_TOLD


def harness_at_fault(outcome: str, code: str) -> bool:
    """Says if a call failed in a way that only the harness or the contract can be blamed for."""
    return outcome == FAILED and code in HARNESS_FAULTS
