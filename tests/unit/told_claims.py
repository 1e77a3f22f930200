"""Claims written down by hand, one short line each, for the tests of the audit.

Times are milliseconds after T0; a call takes 10 ms unless told otherwise.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.audit import audit
from reports.audit.finding import Rule, Violation
from reports.audit.history import History, Mailbox
from reports.audit.promised import Admissions, Told
from tacorush.evidence.records import READBACK, WEBHOOK, Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

T0_NS = 1_780_000_000 * 10**9
MS = 10**6
EVENT = "evt_1"
RESERVATION_SERVICE = "reservation.v1.ReservationService"
PAYMENT_SERVICE = "payment.v1.PaymentService"
QUEUE_SERVICE = "gateway.v1.QueueService"

_METHODS = {
    "join": f"{QUEUE_SERVICE}/JoinQueue",
    "poll": f"{QUEUE_SERVICE}/GetQueueStatus",
    "admission": f"{QUEUE_SERVICE}/RequestAdmission",
    "hold": f"{RESERVATION_SERVICE}/CreateReservation",
    "extend": f"{RESERVATION_SERVICE}/ExtendHold",
    "sale": f"{RESERVATION_SERVICE}/ConfirmReservation",
    "cancel": f"{RESERVATION_SERVICE}/CancelReservation",
    "read": f"{RESERVATION_SERVICE}/GetReservation",
    "intent": f"{PAYMENT_SERVICE}/CreatePaymentIntent",
    "charge": f"{PAYMENT_SERVICE}/ProcessPayment",
    "void": f"{PAYMENT_SERVICE}/CancelPayment",
    "webhook": WEBHOOK,
    "update": "gateway.v1.WebSocketService/StreamReservationUpdates",
    "stream": "gateway.v1.WebSocketService/StreamReservationUpdates",
}


def at(ms: float) -> int:
    """An instant of the run."""
    return T0_NS + round(ms * MS)


def claim(action: str, ms: float, took: float = 10, **fields: Any) -> Claim:
    """One answered claim that happened, a write under a key of its own; `fields` say what is different."""
    usual: dict[str, Any] = {"method": _METHODS[action], "journey": 1, "kind": "buyer", "event": EVENT}
    usual |= {"outcome": "ok", "effect": "happened", "code": "OK", "sent_ns": at(ms), "answered_ns": at(ms + took)}
    if action != "read":
        usual["key"] = "/".join([action, *(fields.get(name, "") for name in ("reservation", "intent")), f"{ms:g}"])
    return Claim(action, **(usual | fields))


def lost(**fields: Any) -> dict[str, Any]:
    """What is different about a call whose answer never came."""
    return {"outcome": "unknown", "effect": "may_have", "code": "DEADLINE_EXCEEDED", "status": ""} | fields


def denied(code: str = "INVENTORY_CONFLICT", **fields: Any) -> dict[str, Any]:
    """What is different about a call that was answered with a no."""
    return {"outcome": "refused", "effect": "did_not", "code": code, "status": ""} | fields


def hold(reservation: str, seats: str, ms: float, **fields: Any) -> Claim:
    """A hold of seats (`A-1 A-2`) for a minute."""
    named = tuple(seats.split())
    usual: dict[str, Any] = {"reservation": reservation, "seats": named, "wanted": named, "quantity": len(named)}
    usual |= {"status": "HOLD", "expires_ns": at(ms + 60_000), "user": f"user-of-{reservation}"}
    return claim("hold", ms, **(usual | fields))


def sale(reservation: str, order: str, seats: str, ms: float, **fields: Any) -> Claim:
    """A confirmation."""
    usual: dict[str, Any] = {"reservation": reservation, "order": order, "seats": tuple(seats.split()), "event": ""}
    usual |= {"status": "CONFIRMED", "user": f"user-of-{reservation}", "intent": f"pay-of-{reservation}"}
    return claim("sale", ms, **(usual | fields))


def cancel(reservation: str, ms: float, **fields: Any) -> Claim:
    """A cancellation."""
    usual = {"reservation": reservation, "status": "CANCELLED", "event": "", "user": f"user-of-{reservation}"}
    return claim("cancel", ms, **(usual | fields))


def read(reservation: str, word: str, ms: float, **fields: Any) -> Claim:
    """A read of a reservation, after the run."""
    usual: dict[str, Any] = {"reservation": reservation, "status": word, "kind": READBACK, "journey": -1}
    usual |= {"user": f"user-of-{reservation}"}
    return claim("read", ms, **(usual | fields))


def intent(reservation: str, name: str, ms: float, **fields: Any) -> Claim:
    """A payment opened for a reservation."""
    usual = {"reservation": reservation, "intent": name, "status": "PENDING", "event": ""}
    return claim("intent", ms, **(usual | {"user": f"user-of-{reservation}"} | fields))


def charge(name: str, ms: float, status: str = "COMPLETED", **fields: Any) -> Claim:
    """A payment made."""
    usual = {"intent": name, "status": status, "payment": f"txn-of-{name}", "event": "", "user": "somebody"}
    return claim("charge", ms, **(usual | fields))


def void(name: str, ms: float, **fields: Any) -> Claim:
    """A payment cancelled."""
    return claim("void", ms, **({"intent": name, "status": "CANCELLED", "event": "", "user": "somebody"} | fields))


def payment_read(name: str, word: str, ms: float, **fields: Any) -> Claim:
    """A read of a payment."""
    usual: dict[str, Any] = {"intent": name, "status": word, "method": f"{PAYMENT_SERVICE}/GetPaymentStatus"}
    return claim("read", ms, **(usual | {"kind": READBACK, "journey": -1, "event": "", "user": "somebody"} | fields))


def webhook(name: str, word: str, ms: float, **fields: Any) -> Claim:
    """A genuine webhook about a payment, acknowledged."""
    usual: dict[str, Any] = {"intent": name, "status": word, "kind": WEBHOOK, "journey": -1, "event": ""}
    return claim("webhook", ms, **(usual | {"trace": f"whk-of-{name}"} | fields))


def join(user: str, ms: float, position: int = 1, **fields: Any) -> Claim:
    """Joining the queue: `ann` gets the waiting token `w-ann`."""
    usual: dict[str, Any] = {"user": user, "token": f"w-{user}", "position": position, "status": "WAITING"}
    return claim("join", ms, **(usual | fields))


def poll(user: str, ms: float, position: int, **fields: Any) -> Claim:
    """A look at the queue."""
    usual: dict[str, Any] = {"user": user, "shown": f"w-{user}", "position": position, "status": "WAITING"}
    return claim("poll", ms, **(usual | {"event": ""} | fields))


def admission(user: str, ms: float, **fields: Any) -> Claim:
    """Being admitted: `ann` gets the reservation token `r-ann` for 30 s."""
    usual: dict[str, Any] = {"user": user, "shown": f"w-{user}", "token": f"r-{user}", "status": "GRANTED"}
    return claim("admission", ms, **(usual | {"wait_s": 30} | fields))


def turned_away(user: str, ms: float, **fields: Any) -> Claim:
    """A request for admission that was denied."""
    return admission(user, ms, **({"token": "", "wait_s": 0} | denied("DENIED", status="DENIED") | fields))


def bought(reservation: str, order: str, seats: str, ms: float = 0) -> list[Claim]:
    """A whole purchase in order: held, paid after 100 ms, confirmed after 200 ms."""
    name = f"pay-of-{reservation}"
    return [
        hold(reservation, seats, ms),
        intent(reservation, name, ms + 50),
        charge(name, ms + 100),
        sale(reservation, order, seats, ms + 200),
    ]


def found(
    rule: Rule,
    *claims: Claim,
    capacity: dict[str, int] | None = None,
    mailbox: Mailbox | None = None,
    admissions: Admissions | None = None,
    queues: dict[str, Told] | None = None,
    own_roles: tuple[str, ...] = (),
    sections: dict[str, dict[str, int]] | None = None,
    **limits: Any,
) -> list[Violation]:
    """What a rule says of claims, given in any order; of its suspects alone, group by group, it has to say the same."""
    history = History.of(reversed(claims), capacity, mailbox, admissions, queues, own_roles, **limits)
    history = replace(history, sections=sections or {})
    said = list(rule.check(history))
    (report,) = audit(history, [rule], batch=1)
    assert (report.error, plain(report.violations)) == ("", plain(said))
    return said


def plain(violations: Iterable[Violation]) -> list[str]:
    """Violations in a form and an order in which equal ones are equal."""
    return sorted(json.dumps([it.certainty, it.message, it.count, it.witness]) for it in violations)


def shown(told: Claim) -> dict[str, Any]:
    """A claim as a witness shows it, written out once more: what is empty is left out, seats become a list."""
    names: tuple[str, ...] = ("method", "action", "kind", "outcome", "code", "effect", "status", "event", "reservation")
    names += ("order", "intent", "payment", "amount", "currency", "worth", "quoted", "user", "key", "expires_ns")
    names += ("trace", "token", "shown", "position", "wait_s", "stated_ns")
    fields = {name: getattr(told, name) for name in names if getattr(told, name)}
    if told.seats:
        fields["seats"] = list(told.seats)
    return fields | {"journey": told.journey, "sent_ns": told.sent_ns, "answered_ns": told.answered_ns}
