"""What should become of seats, holds, payments and orders, by looking at everything each time: the reference of a sale.

It shares no code with the platform. `verdict` says how a write must be answered; `happened` is told the answer to one
that went well; `pass_time` lets what is due happen, in order of its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOLD_S, EXTENSION_S, INTENT_S = 10.0, 5.0, 6.75
SETTLES_S = {"APPROVE": 2.25, "FAIL": 1.125, "DELAY": 11.5}
"""Fractions of their own, so that no two kinds of things are due at once when writes come at whole seconds."""
RELEASED_AS = {"": "CANCELLED", "CANCELLED": "CANCELLED", "EXPIRED": "EXPIRED", "FAILED_PAYMENT": "FAILED"}
"""The reason that a hold is released for to what becomes of it."""
COMES_TO = {"APPROVE": "COMPLETED", "DELAY": "COMPLETED", "FAIL": "FAILED"}


@dataclass
class Held:
    """A reservation."""

    user: str
    seats: list[str]
    amount: int
    expires: float
    status: str = "PENDING"
    extensions: int = 0
    intent: str = ""
    order: str = ""


@dataclass
class Paid:
    """A payment."""

    reservation: str
    amount: int
    scenario: str
    expires: float
    status: str = "PENDING"
    due: float = float("inf")


class NaiveSale:
    """One hall and all who buy in it."""

    def __init__(self, prices: dict[str, int], blocked: set[str]) -> None:
        """`prices`: every seat, best first."""
        self.now = 0.0
        self.prices = prices
        self.blocked = blocked
        self.reservations: dict[str, Held] = {}
        self.payments: dict[str, Paid] = {}
        self.spent: set[str] = set()
        """Reservation tokens that were used."""

    def owners(self) -> dict[str, list[str]]:
        """Every seat that is held or sold to the reservations that have it."""
        found: dict[str, list[str]] = {}
        for name, one in self.reservations.items():
            for seat in one.seats if one.status in ("PENDING", "CONFIRMED") else ():
                found.setdefault(seat, []).append(name)
        return found

    def free(self) -> list[str]:
        """The seats that can be held, best first."""
        taken = self.owners()
        return [seat for seat in self.prices if seat not in taken and seat not in self.blocked]

    def verdict(self, method: str, asked: dict[str, Any]) -> str:
        """The error code that a write must be answered with; empty for a success."""
        if method in ("CreateReservation", "ReserveSeat"):
            return self._about_holding(asked)
        if method in ("ProcessPayment", "CancelPayment"):
            return self._about_payment(method, asked)
        one = self.reservations[asked["reservation_id"]]
        if method == "ReleaseHold":
            return "FAILED_PRECONDITION" if one.status == "CONFIRMED" else ""
        if asked["user_id"] != one.user:
            return "FORBIDDEN"
        return self._about_reservation(method, asked, one)

    def happened(self, method: str, asked: dict[str, Any], answer: Any) -> None:
        """A write that may be done was done, with this answer."""
        if method in ("CreateReservation", "ReserveSeat"):
            seats = asked.get("seat_ids") or self.free()[: asked["quantity"]]
            amount = sum(self.prices[seat] for seat in seats)
            name = asked.get("reservation_id") or answer.reservation_id
            self.reservations[name] = Held(asked["user_id"], seats, amount, self.now + HOLD_S)
            self.spent.add(asked.get("reservation_token", ""))
        elif method == "ExtendHold":
            one = self.reservations[asked["reservation_id"]]
            one.expires += min(asked["extension_seconds"] or EXTENSION_S, EXTENSION_S)
            one.extensions = 1
        elif method == "CancelReservation":
            self.end(asked["reservation_id"], "CANCELLED")
        elif method == "ReleaseHold":
            if self.reservations[asked["reservation_id"]].status == "PENDING":
                self.end(asked["reservation_id"], RELEASED_AS[asked["reason"]])
        elif method == "CreatePaymentIntent":
            one = self.reservations[asked["reservation_id"]]
            one.intent = answer.payment_intent_id
            scenario = asked["scenario"].removeprefix("PAYMENT_SCENARIO_")
            self.payments[one.intent] = Paid(asked["reservation_id"], one.amount, scenario, self.now + INTENT_S)
        elif method in ("ConfirmReservation", "CommitReservation"):
            self._confirm(asked["reservation_id"], asked["payment_intent_id"], answer.order_id)
        else:
            self._pay(method, asked["payment_intent_id"])

    def heard(self, reservation: str, intent: str, *, approved: bool) -> str:
        """What the worker makes of a message about a payment, when it tries once."""
        one, paid = self.reservations[reservation], self.payments[intent]
        if paid.reservation != reservation:
            return "FAILED"
        if not approved:
            if one.status != "PENDING":
                return "SKIPPED"
            return "FAILED" if paid.status == "COMPLETED" else "SUCCESS"
        if one.status == "CONFIRMED":
            return "SKIPPED"
        if one.status == "PENDING":
            return "SUCCESS" if paid.status == "COMPLETED" else "DLQ"
        return "SKIPPED" if paid.status == "REFUNDED" else "FAILED"

    def follow(self, reservation: str, intent: str, order: str) -> None:
        """The worker did what a message asked for: it confirmed to this order, or, without one, cancelled."""
        if order:
            self._confirm(reservation, intent, order)
        else:
            self.end(reservation, "CANCELLED")

    def pass_time(self, seconds: float) -> None:
        """Lets everything happen that is due until then, the earliest first."""
        end = self.now + seconds
        while True:
            due = [(one.expires, "hold", name) for name, one in self.reservations.items() if one.status == "PENDING"]
            due += [(one.due, "payment", name) for name, one in self.payments.items() if one.status == "PROCESSING"]
            due += [(one.expires, "intent", name) for name, one in self.payments.items() if one.status == "PENDING"]
            when, what, name = min(due, default=(end + 1, "", ""))
            if when > end:
                break
            self.now = when
            if what == "hold":
                self.end(name, "EXPIRED")
            elif what == "intent":
                self.payments[name].status = "EXPIRED"
            else:
                self._settle(name)
        self.now = end

    def _about_holding(self, asked: dict[str, Any]) -> str:
        if asked.get("reservation_token") in self.spent:
            return "FORBIDDEN"
        if asked.get("reservation_id") in self.reservations:
            return "ALREADY_EXISTS"
        free = self.free()
        if asked.get("seat_ids"):
            return "" if set(asked["seat_ids"]) <= set(free) else "INVENTORY_CONFLICT"
        return "" if len(free) >= asked["quantity"] else "INSUFFICIENT_INVENTORY"

    def _about_reservation(self, method: str, asked: dict[str, Any], one: Held) -> str:
        confirms = method in ("ConfirmReservation", "CommitReservation")
        if confirms and one.status == "CONFIRMED":
            return "" if asked["payment_intent_id"] == one.intent else "FAILED_PRECONDITION"
        if one.status != "PENDING":
            late = one.status == "EXPIRED" and method != "CancelReservation"
            return "RESERVATION_EXPIRED" if late else "FAILED_PRECONDITION"
        if confirms:
            paid = self.payments.get(asked["payment_intent_id"])
            fine = paid is not None and paid.reservation == asked["reservation_id"] and paid.status == "COMPLETED"
            return "" if fine else "PAYMENT_NOT_APPROVED"
        if method == "ExtendHold" and one.extensions:
            return "FAILED_PRECONDITION"
        if method == "CreatePaymentIntent":
            if asked.get("amount", {}).get("amount", one.amount) != one.amount:
                return "INVALID_ARGUMENT"
            return "FAILED_PRECONDITION" if self._charged(asked["reservation_id"]) else ""
        return ""

    def _about_payment(self, method: str, asked: dict[str, Any]) -> str:
        paid = self.payments[asked["payment_intent_id"]]
        if method == "CancelPayment":
            if paid.status == "COMPLETED" and asked.get("refund_amount", {}).get("amount", paid.amount) != paid.amount:
                return "INVALID_ARGUMENT"
            return "" if paid.status in ("PENDING", "PROCESSING", "COMPLETED") else "FAILED_PRECONDITION"
        fine = paid.status == "PENDING" and not self._charged(paid.reservation)
        return "" if fine else "FAILED_PRECONDITION"

    def _charged(self, reservation: str) -> bool:
        return any(
            one.status in ("PROCESSING", "COMPLETED")
            for one in self.payments.values()
            if one.reservation == reservation
        )

    def _confirm(self, reservation: str, intent: str, order: str) -> None:
        one = self.reservations[reservation]
        one.status, one.order, one.intent = "CONFIRMED", order, intent

    def _pay(self, method: str, intent: str) -> None:
        paid = self.payments[intent]
        if method == "ProcessPayment":
            paid.status, paid.due = "PROCESSING", self.now + SETTLES_S.get(paid.scenario, float("inf"))
        elif paid.status != "COMPLETED":
            paid.status = "CANCELLED"
        else:
            one = self.reservations[paid.reservation]
            if one.status == "CONFIRMED" and one.intent == intent:
                self.end(paid.reservation, "REFUNDED")
            paid.status = "REFUNDED"

    def _settle(self, intent: str) -> None:
        """Money that comes for what has ended goes back at once."""
        paid = self.payments[intent]
        paid.status = COMES_TO[paid.scenario]
        if self.reservations[paid.reservation].status not in ("PENDING", "CONFIRMED"):
            self._give_back(paid.reservation)

    def end(self, reservation: str, status: str) -> None:
        """A reservation ends so, and its money goes back."""
        self.reservations[reservation].status = status
        self._give_back(reservation)

    def _give_back(self, reservation: str) -> None:
        for paid in self.payments.values():
            if paid.reservation == reservation:
                paid.status = {"COMPLETED": "REFUNDED", "PENDING": "CANCELLED"}.get(paid.status, paid.status)
