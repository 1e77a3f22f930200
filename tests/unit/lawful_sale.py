"""A sale on a platform that keeps every promise, told as claims: what a run of its buyers would have written down.

Answers get lost and come late, cards fail, holds run out, an operator cancels, strangers buy, the platform's clock is
off and every total may have a fee in it. Whatever the audit calls definite of such a sale is a false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.audit.history import History
from reports.audit.inventory import Counts, Inventory
from tests.unit.told_claims import (
    EVENT,
    MS,
    at,
    cancel,
    charge,
    claim,
    denied,
    hold,
    intent,
    lost,
    payment_read,
    read,
    sale,
    void,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tacorush.evidence.records import Claim

SEATS = ("A-1", "A-2", "A-3", "A-4")
LIFE_MS, EXTENSION_MS = 3000, 1500
PRICE = 50
GRACE_MS = 100
"""The platform's worker gives money back at once."""


@dataclass
class Held:
    """A reservation on the platform."""

    seats: tuple[str, ...]
    ends_ms: float
    status: str = "PENDING"
    order: str = ""
    paid: dict[str, str] = field(default_factory=dict)
    """Intent to its status."""


class LawfulSale:
    """One hall, and what is told of it."""

    def __init__(self, chance: Random, *, troubled: bool, ahead_ms: int = 0, fee: int = 0) -> None:
        """`troubled`: answers get lost, strangers buy and an operator cancels; `ahead_ms`: the platform's clock."""
        self.chance, self.troubled, self.ahead_ms, self.fee = chance, troubled, ahead_ms, fee
        self.claims: list[Claim] = []
        self.held: dict[str, Held] = {}
        self.strangers: dict[str, bool] = {}
        """Seat to whether it is sold."""
        self.now = 0.0
        self.buy("rsv_first")

    def history(self) -> History:
        """Everything that was told, with the counters before and after."""
        sold = [seat for one in self.held.values() if one.status == "CONFIRMED" for seat in one.seats]
        taken = [seat for one in self.held.values() if one.status == "PENDING" for seat in one.seats]
        sold += [seat for seat, bought in self.strangers.items() if bought]
        taken += [seat for seat, bought in self.strangers.items() if not bought]
        left = len(SEATS) - len(sold) - len(taken)
        counted = Inventory(Counts(4, 4, 0, 0, 0), Counts(4, left, len(taken), len(sold), 0))
        return History.of(
            self.claims,
            {EVENT: len(SEATS)},
            inventory={EVENT: counted},
            sections={EVENT: {"A": len(SEATS)}},
            sole_buyer=not self.troubled,
            grace_ns=GRACE_MS * MS,
        )

    def free(self) -> list[str]:
        """Seats that can be held now."""
        taken = {seat for one in self.held.values() if one.status in {"PENDING", "CONFIRMED"} for seat in one.seats}
        return [seat for seat in SEATS if seat not in taken and seat not in self.strangers]

    def step(self) -> None:
        """Somebody does something, a while later."""
        self.wait(self.chance.choice([1, 20, 100, 400, 1200]))
        acts: list[Callable[[], None]] = [self.ask, self.ask, self.pay, self.confirm, self.extend, self.give_up]
        acts += [self.look, self.take_back, lambda: self.buy(f"rsv_{len(self.claims)}")]
        if self.troubled:
            acts += [self.stranger, self.stranger, self.operator]
        self.chance.choice(acts)()

    def read_back(self) -> None:
        """At the end some are asked about, others are not; what an operator may have cancelled is (see held_twice)."""
        self.wait(self.chance.choice([50, 10_000]))
        for name, one in self.held.items():
            if not self.troubled or one.status == "CANCELLED" or self.chance.random() < 0.7:
                self.tell_reservation(name, one)
            for paying, word in one.paid.items():
                if not self.troubled or self.chance.random() < 0.7:
                    self.claims.append(payment_read(paying, word, self.now, reservation=name))

    def wait(self, ms: float) -> None:
        """Time passes, and holds run out."""
        self.now += ms
        for one in self.held.values():
            if one.status == "PENDING" and one.ends_ms <= self.now:
                self.end(one, "EXPIRED")

    @staticmethod
    def end(one: Held, status: str) -> None:
        """It ends, and its money goes back."""
        one.status = status
        words = {"COMPLETED": "REFUNDED", "PENDING": "CANCELLED"}
        one.paid = {paying: words.get(word, word) for paying, word in one.paid.items()}

    def add(self, made: Callable[..., Claim], *words: str, answer: dict[str, Any], unsaid: dict[str, Any]) -> None:
        """Something was asked and took effect at once; its answer comes soon, late, or never."""
        took = self.chance.choice([2, 2, 50, 700])
        fields = answer
        if self.troubled and self.chance.random() < 0.15:
            fields, took = lost(expires_ns=0, stated_ns=0, amount=0, worth=0, currency="") | unsaid, 500
        told = made(*words, self.now, took=took)
        for name, value in fields.items():
            setattr(told, name, value)
        self.claims.append(told)

    def dated(self) -> int:
        """Now, by the platform's clock."""
        return at(self.now + self.ahead_ms)

    def ends(self, one: Held) -> int:
        return at(one.ends_ms + self.ahead_ms)

    def price(self, seats: tuple[str, ...]) -> dict[str, Any]:
        worth = PRICE * len(seats)
        return {"amount": worth + self.fee, "worth": worth, "currency": "KRW", "section": "A"}

    def some(self) -> tuple[str, Held]:
        name = self.chance.choice(list(self.held)[-4:])
        return name, self.held[name]

    def ask(self) -> None:
        """Somebody asks for one seat or two."""
        name, seats = f"rsv_{len(self.claims)}", tuple(self.chance.sample(SEATS, self.chance.choice([1, 1, 2])))
        text = " ".join(seats)
        if not set(seats) <= set(self.free()):
            self.add(hold, "", text, answer=denied(expires_ns=0, user=name), unsaid={"user": name})
            return
        one = self.held[name] = Held(seats, self.now + LIFE_MS)
        answer = {"expires_ns": self.ends(one), **self.price(seats)}
        self.add(hold, name, text, answer=answer, unsaid={"reservation": "", "user": f"user-of-{name}"})

    def pay(self) -> None:
        """A payment is opened and charged; the card may fail, and then the hold stands."""
        name, one = self.some()
        if one.status != "PENDING" or "COMPLETED" in one.paid.values():
            return
        paying = f"pay_{len(self.claims)}"
        works = self.chance.random() < 0.8
        one.paid[paying] = "COMPLETED" if works else "FAILED"
        self.claims.append(intent(name, paying, self.now, took=1))
        self.now += 1
        answer = {"stated_ns": self.dated()} if works else denied("PAYMENT_FAILED")
        self.add(charge, paying, answer=answer, unsaid={})

    def confirm(self) -> None:
        """Whoever has paid in time gets the order; asked again, the same one."""
        name, one = self.some()
        paying = next((paying for paying, word in one.paid.items() if word == "COMPLETED"), "")
        unsaid = {"order": "", "seats": ()}
        if one.status == "CONFIRMED" or (one.status == "PENDING" and paying):
            one.status, one.order = "CONFIRMED", one.order or f"ord_{len(self.claims)}"
            answer: dict[str, Any] = {"intent": paying, "stated_ns": self.dated()}
        else:
            code = {"PENDING": "PAYMENT_NOT_APPROVED", "EXPIRED": "RESERVATION_EXPIRED"}
            answer = denied(code.get(one.status, "FAILED_PRECONDITION"), order="", seats=(), intent=paying)
        self.add(sale, name, one.order, " ".join(one.seats), answer=answer, unsaid=unsaid | {"intent": paying})

    def extend(self) -> None:
        """A hold is made longer."""
        name, one = self.some()
        asked: dict[str, Any] = {"reservation": name, "event": "", "user": f"user-of-{name}"}
        answer = denied("FAILED_PRECONDITION")
        if one.status == "PENDING":
            one.ends_ms += EXTENSION_MS
            answer = {"expires_ns": self.ends(one)}
        self.add(claim, "extend", answer=asked | answer, unsaid=asked)

    def give_up(self) -> None:
        """A hold is cancelled; an order is not."""
        name, one = self.some()
        answer: dict[str, Any] = denied("FAILED_PRECONDITION")
        if one.status == "PENDING":
            self.end(one, "CANCELLED")
            answer = {"stated_ns": self.dated()}
        self.add(cancel, name, answer=answer, unsaid={})

    def take_back(self) -> None:
        """The payment of an order is given back, and the order with it."""
        name, one = self.some()
        paying = next((paying for paying, word in one.paid.items() if word == "COMPLETED"), "")
        if one.status == "CONFIRMED" and paying:
            self.end(one, "REFUNDED")
            self.add(void, paying, answer={"reservation": name}, unsaid={"reservation": name})

    def look(self) -> None:
        """Somebody reads a reservation."""
        self.tell_reservation(*self.some())

    def tell_reservation(self, name: str, one: Held) -> None:
        told: dict[str, Any] = {"expires_ns": self.ends(one), "order": one.order, "seats": one.seats}
        self.claims.append(read(name, one.status, self.now, took=2, **told, **self.price(one.seats)))

    def buy(self, name: str) -> None:
        """A whole purchase, one call after the other."""
        if not (free := self.free()):
            return
        one = self.held[name] = Held((free[0],), self.now + LIFE_MS)
        told = {"expires_ns": self.ends(one), **self.price(one.seats)}
        self.claims.append(hold(name, free[0], self.now, took=1, **told))
        self.now += 1
        paying = f"pay-of-{name}"
        self.claims.append(intent(name, paying, self.now, took=1))
        self.now += 1
        self.claims.append(charge(paying, self.now, took=1, stated_ns=self.dated()))
        self.now += 1
        one.paid[paying], one.status, one.order = "COMPLETED", "CONFIRMED", f"ord-of-{name}"
        self.claims.append(sale(name, one.order, free[0], self.now, took=1, stated_ns=self.dated()))

    def stranger(self) -> None:
        """Somebody who is no part of the run takes a seat, buys it, or leaves it."""
        if self.strangers and self.chance.random() < 0.5:
            seat = self.chance.choice(list(self.strangers))
            if self.strangers[seat] or self.chance.random() < 0.5:
                del self.strangers[seat]
            else:
                self.strangers[seat] = True
        elif free := self.free():
            self.strangers[self.chance.choice(free)] = False

    def operator(self) -> None:
        """Everything that is held is cancelled in an emergency."""
        if self.chance.random() < 0.2:
            for one in self.held.values():
                if one.status == "PENDING":
                    self.end(one, "CANCELLED")
