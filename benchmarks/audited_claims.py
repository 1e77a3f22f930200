"""Claims as millions of people leave them, for the audit to read: purchases alone, or whole visits with queue and more.

A *purchase* is six claims: a hold, a payment opened and made, an order, and the reads of both at the end; one in twenty
is cancelled and its seats sold again, one in a hundred was confirmed without an answer, and the last few are of seats
that somebody has bought before. A *visit* is a purchase after a place in line (joining, two looks, the door), with the
platform's webhook about the payment; one in four followed the streams of reservation and payment, and with the last few
the platform did everything wrong at once: the place rose, the token was another's, the webhook came twice and the
stream went back. One in ten who stand in line goes away, and one in ten is told to come and denied before he is let in.

What the platform counts itself is told in a way that rules have most to do: of every event it counts one seat as sold,
so that its counters are wrong, and so many people from elsewhere as let in, that no denial proves anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit.inventory import Counts, Inventory
from reports.audit.promised import Told
from tacorush.evidence.records import READBACK, WEBHOOK, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OVERSOLD = 5
"""Purchases of two seats that somebody has bought before; so many visits have everything wrong."""
EVENTS = 100
PURCHASES, VISITS = "purchases", "visits"
PER_PERSON = {PURCHASES: 6, VISITS: 13}
"""Mix to about how many claims there are for each who buys."""
T0_NS = 1_780_000_000 * 10**9
LISTENED_UNTIL_NS = T0_NS + 10**16
MS = 10**6
EVENT_SEATS = 10**9
CAPACITY: Mapping[str, int] = {f"evt_{number}": EVENT_SEATS for number in range(EVENTS)}
INVENTORY: Mapping[str, Inventory] = dict.fromkeys(
    CAPACITY, Inventory(Counts(EVENT_SEATS, EVENT_SEATS, 0, 0, 0), Counts(EVENT_SEATS, EVENT_SEATS - 1, 0, 1, 0))
)
"""Event to what the platform counted before the load and after it."""
QUEUES: Mapping[str, Told] = dict.fromkeys(CAPACITY, Told(admitted=10**9, per_s=(50.0, 50.0)))
"""Event to what the platform told of its queue."""
QUEUE = "gateway.v1.QueueService/"
STREAMS = "gateway.v1.WebSocketService/"
RESERVATIONS = "reservation.v1.ReservationService/"
PAYMENTS = "payment.v1.PaymentService/"
_KEYED = frozenset({"hold", "intent", "charge", "sale", "cancel"})


def claims(mix: str, size: int) -> Iterator[Claim]:
    """Yields about `size` claims, one person after the other, and at the end the reads of all; a person is 1 ms."""
    people = max(size // PER_PERSON[mix], 1)
    for number in range(people):
        yield from _purchase(number, people) if mix == PURCHASES else _visit(number, people)
    for number in range(people):
        yield from _reads(number)


def _place(number: int, people: int) -> int:
    """The last few buy what some of the first had bought; who comes after a cancellation buys what it had freed."""
    place = number - people + OVERSOLD + 2 if number >= people - OVERSOLD else number
    return place - 1 if place % 20 == 1 else place


def _event(number: int, people: int) -> str:
    return f"evt_{_place(number, people) % EVENTS}"


def _ids(number: int) -> dict[str, str]:
    return {"user": f"u-9b96162a-{number}", "reservation": f"rsv_20119090dc65{number:012x}"}


def _intent(number: int) -> str:
    return f"pay_{number:024x}"


def _claim(action: str, method: str, number: int, at_ms: float, **told: Any) -> Claim:
    sent_ns = T0_NS + number * MS + round(at_ms * MS)
    usual: dict[str, Any] = {"outcome": "ok", "effect": "happened", "code": "OK", "trace": f"{number:032x}"}
    usual |= {"sent_ns": sent_ns, "answered_ns": sent_ns + 5 * MS}
    if action in _KEYED:
        usual |= {"key": f"{action}-6511f504-545e-47af-{number:012x}", "body": f"{number:016x}"}
    return Claim(action, method, number, "buyer", **(usual | told))


def _purchase(number: int, people: int, token: str = "", told_at: str = "") -> Iterator[Claim]:
    place, ids = _place(number, people), _ids(number)
    seats = (f"R{place // EVENTS}-1", f"R{place // EVENTS}-2")
    ends_ns = T0_NS + number * MS + 60_000 * MS
    held: dict[str, Any] = {"event": _event(number, people), "seats": seats, "wanted": seats, "quantity": 2}
    held |= {"expires_ns": ends_ns, "shown": token}
    yield _claim("hold", RESERVATIONS + "CreateReservation", number, 0, status="PENDING", **held, **ids)
    opened: dict[str, Any] = {"intent": _intent(number), "wanted": (told_at,) if told_at else ()}
    yield _claim("intent", PAYMENTS + "CreatePaymentIntent", number, 0.1, status="PENDING", **opened, **ids)
    paid = {"intent": _intent(number), "payment": f"pmt_{number:024x}", "status": "COMPLETED", "user": ids["user"]}
    yield _claim("charge", PAYMENTS + "ProcessPayment", number, 0.2, **paid)
    sold: dict[str, Any] = {"intent": _intent(number), "seats": seats, "order": f"ord_{number:024x}"}
    sold["status"] = "CONFIRMED"
    if number % 100 == 50:
        sold |= {"outcome": "unknown", "effect": "may_have", "code": "DEADLINE_EXCEEDED", "order": "", "status": ""}
    yield _claim("sale", RESERVATIONS + "ConfirmReservation", number, 5.3, **sold, **ids)
    if number % 20 == 0:
        yield _claim("cancel", RESERVATIONS + "CancelReservation", number, 5.31, status="CANCELLED", **ids)


def _visit(number: int, people: int) -> Iterator[Claim]:
    wrong = number >= people - OVERSOLD
    yield from _line(number, people, (20, 30) if wrong else (20, 10))
    if number % 10 == 0:
        yield from _line(number, people, (21, 11), who="ghost-")
    if number % 10 == 5:
        yield from _denied(number, people)
    given = f"r-{number:024x}"
    admitted = {"shown": f"w-{number:024x}", "token": given, "wait_s": 30, "status": "GRANTED"}
    admitted |= {"user": _ids(number)["user"], "event": _event(number, people)}
    yield _claim("admission", QUEUE + "RequestAdmission", number, -100, **admitted)
    shown = f"r-{number - EVENTS:024x}" if wrong else given
    yield from _purchase(number, people, shown, "http://127.0.0.1:8080/webhooks/payments")
    for again in range(1 + wrong):
        told = {"intent": _intent(number), "status": "COMPLETED", "kind": WEBHOOK, "journey": -1}
        yield _changed(_claim("webhook", WEBHOOK, number, 20 + 20 * again, trace=f"whk_{number:024x}"), **told)
    if number % 4 == 0 or wrong:
        yield from _followed(number, "Reservation", ("HOLD", "CONFIRMED", *("HOLD",) * wrong))
        yield from _followed(number, "Payment", ("PROCESSING", "COMPLETED"))


def _line(number: int, people: int, positions: tuple[int, int], who: str = "") -> Iterator[Claim]:
    token, user = f"w-{who}{number:024x}", f"u-{who}{number}" if who else _ids(number)["user"]
    joined = {"event": _event(number, people), "token": token, "position": 25, "status": "WAITING", "user": user}
    yield _claim("join", QUEUE + "JoinQueue", number, -2500, **joined)
    for position, at_ms in zip(positions, (-1500, -500), strict=True):
        looked = {"shown": token, "position": position, "status": "WAITING", "user": user}
        yield _claim("poll", QUEUE + "GetQueueStatus", number, at_ms, **looked)


def _denied(number: int, people: int) -> Iterator[Claim]:
    shown = {"shown": f"w-{number:024x}", "user": _ids(number)["user"]}
    yield _claim("poll", QUEUE + "GetQueueStatus", number, -300, **shown, position=5, status="READY")
    refused = {"outcome": "refused", "effect": "did_not", "code": "DENIED", "event": _event(number, people)}
    yield _claim("admission", QUEUE + "RequestAdmission", number, -200, **shown, **refused)


def _followed(number: int, what: str, words: tuple[str, ...]) -> Iterator[Claim]:
    ids: dict[str, Any] = {"trace": f"{what}-{number:024x}", "user": _ids(number)["user"]}
    ids |= {"reservation": _ids(number)["reservation"]} if what == "Reservation" else {"intent": _intent(number)}
    method = f"{STREAMS}Stream{what}Updates"
    for place, status in enumerate(words):
        yield _claim("update", method, number, 1 + 5 * place, status=status, **ids)
    whole = _claim("stream", method, number, 0.5, position=len(words), **ids)
    yield _changed(whole, code="HUNG_UP", answered_ns=whole.sent_ns + 5000 * MS)


def _reads(number: int) -> Iterator[Claim]:
    word = "CANCELLED" if number % 20 == 0 else "CONFIRMED"
    order = {"order": f"ord_{number:024x}"} if word == "CONFIRMED" else {}
    for method, told in (
        (RESERVATIONS + "GetReservation", {"status": word, **order}),
        (PAYMENTS + "GetPaymentStatus", {"status": "COMPLETED", "intent": _intent(number)}),
    ):
        claim = _claim("read", method, number, 10**8, **told, **_ids(number))
        yield _changed(claim, kind=READBACK, journey=-1)


def _changed(claim: Claim, **told: Any) -> Claim:
    for name, value in told.items():
        setattr(claim, name, value)
    return claim
