"""Any order of a sale's writes, with repeated keys and time passing, ends as in a naive reference that shares no code.

Every answer is foretold: its error code, and for a repeated key its bytes. After every step each seat, reservation and
payment is read back and compared, no seat has two owners, seats by status add up to the hall, and money equals seats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts.messages import errors_pb2, payment_pb2, reservation_pb2, types_pb2, worker_pb2
from fakes.answers import seconds
from fakes.events import event
from fakes.settings import OPEN
from tests.examples import examples
from tests.unit import naive_sale
from tests.unit.naive_sale import NaiveSale
from tests.unit.ticket_desk import EVENT, Desk

SEATS, BLOCKED = 9, 2
HALL = event(EVENT, SEATS, BLOCKED)
NAMES = [HALL.seat(index) for index in range(SEATS)]
KEY_LIFE_S = 12.5
FIGURES = replace(
    OPEN,
    hold_s=naive_sale.HOLD_S,
    extension_s=naive_sale.EXTENSION_S,
    intent_life_s=naive_sale.INTENT_S,
    idempotency_life_s=KEY_LIFE_S,
    reservation_token_life_s=1e6,
    approve_s=(naive_sale.SETTLES_S["APPROVE"],) * 2,
    fail_s=(naive_sale.SETTLES_S["FAIL"],) * 2,
    delay_s=(naive_sale.SETTLES_S["DELAY"],) * 2,
    attempts=1,
)
"""The worker tries once, so that what it cannot do yet is put aside at once."""
SERVICE = {
    "ReserveSeat": "inventory",
    "CommitReservation": "inventory",
    "ReleaseHold": "inventory",
    "CreateReservation": "reservation",
    "ExtendHold": "reservation",
    "ConfirmReservation": "reservation",
    "CancelReservation": "reservation",
    "CreatePaymentIntent": "payment",
    "ProcessPayment": "payment",
    "CancelPayment": "payment",
}


@dataclass(frozen=True)
class Write:
    """A write as it was asked and answered."""

    method: str
    asked: dict[str, Any]
    key: str
    at: float
    answer: bytes


class SaleAgainstNaive(RuleBasedStateMachine):
    """One hall, drawn writes, and a naive reference."""

    @initialize(seed=st.integers(0, 3))
    def begin(self, seed: int) -> None:
        self.desk = Desk(FIGURES, seed=seed, events={EVENT: HALL})
        self.naive = NaiveSale({name: HALL.price_of([HALL.index(name) or 0]) for name in NAMES}, set(NAMES[-BLOCKED:]))
        self.began = self.desk.time.now()
        self.writes: list[Write] = []
        self.users = 0

    def write(self, method: str, key: str = "", **asked: Any) -> None:
        key = key or (self.desk.key().upper() if len(self.writes) % 2 else self.desk.key())
        expected = self.naive.verdict(method, asked)
        answer = self.desk.ask(f"{SERVICE[method]}/{method}", **asked, idempotency_key=key)
        assert code(answer) == expected, (method, asked, answer)
        if not expected:
            self.naive.happened(method, asked, answer)
        self.writes.append(Write(method, asked, key, self.naive.now, answer.SerializeToString(deterministic=True)))

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    def hold_named(self, names: list[str]) -> None:
        self.hold(seat_ids=names, quantity=len(names))

    @rule(quantity=st.integers(1, 4))
    def hold_best(self, quantity: int) -> None:
        self.hold(quantity=quantity)

    def hold(self, **wish: Any) -> None:
        self.users += 1
        user = f"user_{self.users}"
        token = self.desk.admit(user)
        self.write("CreateReservation", event_id=EVENT, user_id=user, reservation_token=token, **wish)

    @rule(names=st.lists(st.sampled_from(NAMES), max_size=3, unique=True), again=st.booleans())
    def hold_behind_the_gateway(self, names: list[str], again: bool) -> None:
        """The inventory takes the caller's own id, once."""
        known = list(self.naive.reservations)
        name = known[-1] if again and known else f"rsv_own_{len(self.writes)}"
        self.users += 1
        wish: dict[str, Any] = {"seat_ids": names, "quantity": len(names) or 1}
        self.write("ReserveSeat", reservation_id=name, event_id=EVENT, user_id=f"user_{self.users}", **wish)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), seconds=st.sampled_from([0, 2, 5, 9]))
    def extend(self, data: st.DataObject, seconds: int) -> None:
        name = latest(data, self.naive.reservations)
        user = self.naive.reservations[name].user
        self.write("ExtendHold", reservation_id=name, user_id=user, extension_seconds=seconds)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = latest(data, self.naive.reservations)
        self.write("CancelReservation", reservation_id=name, user_id=self.naive.reservations[name].user)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), reason=st.sampled_from(list(naive_sale.RELEASED_AS)))
    def release(self, data: st.DataObject, reason: str) -> None:
        name = latest(data, self.naive.reservations)
        self.write("ReleaseHold", reservation_id=name, reason=reason)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), method=st.sampled_from(["ExtendHold", "CancelReservation", "CreatePaymentIntent"]))
    def a_stranger_meddles(self, data: st.DataObject, method: str) -> None:
        """Nobody's reservation is another's to touch, or to pay for."""
        self.write(method, reservation_id=latest(data, self.naive.reservations), user_id="stranger")

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), off=st.sampled_from([0, 1, -1]))
    def name_an_amount(self, data: st.DataObject, off: int) -> None:
        """An intent is for exactly what the reservation costs."""
        name = latest(data, self.naive.reservations)
        one = self.naive.reservations[name]
        amount = {"amount": one.amount + off, "currency": "KRW"}
        scenario = "PAYMENT_SCENARIO_APPROVE"
        wish: dict[str, Any] = {"reservation_id": name, "user_id": one.user, "scenario": scenario, "amount": amount}
        self.write("CreatePaymentIntent", **wish)

    @precondition(lambda self: self.naive.payments)
    @rule(data=st.data(), result=st.sampled_from(["APPROVED", "FAILED", "TIMEOUT"]), own=st.booleans())
    def the_worker_hears_of_a_payment(self, data: st.DataObject, result: str, own: bool) -> None:
        """Whatever a message says, the payment's own record decides."""
        intent = latest(data, self.naive.payments)
        name = self.naive.payments[intent].reservation if own else latest(data, self.naive.reservations)
        self.worker_hears(name, intent, result)

    def worker_hears(self, name: str, intent: str, result: str) -> None:
        expected = self.naive.heard(name, intent, approved=result == "APPROVED")
        wish: dict[str, Any] = {
            "reservation_id": name,
            "payment_intent_id": intent,
            "result_type": f"PAYMENT_RESULT_TYPE_{result}",
        }
        answer = self.desk.ask("worker/ProcessPaymentResult", **wish)
        assert status(worker_pb2.ProcessingStatus, answer.status) == expected, (wish, answer)
        if expected == "SUCCESS":
            self.naive.follow(name, intent, answer.order_id)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), early=st.booleans())
    def the_worker_hears_of_an_expiry(self, data: st.DataObject, early: bool) -> None:
        """A message about an end that has not come changes nothing."""
        name = latest(data, self.naive.reservations)
        holding = self.naive.reservations[name].status == "PENDING"
        expected = ("DLQ" if early else "SUCCESS") if holding else "SKIPPED"
        ends = {"seconds": int(self.desk.time.now()) + (5 if early else -1)}
        answer = self.desk.ask("worker/ProcessReservationExpiry", reservation_id=name, expired_at=ends)
        assert status(worker_pb2.ProcessingStatus, answer.status) == expected, answer
        if expected == "SUCCESS":
            self.naive.end(name, "EXPIRED")

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), scenario=st.sampled_from(["APPROVE", "APPROVE", "FAIL", "DELAY", "TIMEOUT"]))
    def open_payment(self, data: st.DataObject, scenario: str) -> None:
        name = latest(data, self.naive.reservations)
        user = self.naive.reservations[name].user
        scenario = f"PAYMENT_SCENARIO_{scenario}"
        self.write("CreatePaymentIntent", reservation_id=name, user_id=user, scenario=scenario)

    @precondition(lambda self: self.naive.payments)
    @rule(data=st.data())
    def process(self, data: st.DataObject) -> None:
        self.write("ProcessPayment", payment_intent_id=latest(data, self.naive.payments))

    @precondition(lambda self: self.naive.payments)
    @rule(data=st.data(), part=st.sampled_from([None, 1.0, 0.5]))
    def take_payment_back(self, data: st.DataObject, part: float | None) -> None:
        """Money is given back whole."""
        intent = latest(data, self.naive.payments)
        asked: dict[str, Any] = (
            {} if part is None else {"refund_amount": {"amount": int(self.naive.payments[intent].amount * part)}}
        )
        self.write("CancelPayment", payment_intent_id=intent, **asked)

    @precondition(lambda self: self.naive.payments)
    @rule(data=st.data(), own=st.booleans(), method=st.sampled_from(["ConfirmReservation", "CommitReservation"]))
    def confirm(self, data: st.DataObject, own: bool, method: str) -> None:
        """Mostly with a payment of its own, sometimes with any; of the reservations, or of the inventory itself."""
        intent = latest(data, self.naive.payments)
        name = self.naive.payments[intent].reservation if own else latest(data, self.naive.reservations)
        user = self.naive.reservations[name].user
        self.write(method, reservation_id=name, user_id=user, payment_intent_id=intent)

    @precondition(lambda self: self.naive.reservations)
    @rule(data=st.data(), scenario=st.sampled_from(["APPROVE", "FAIL", "DELAY"]))
    def pay(self, data: st.DataObject, scenario: str) -> None:
        """Both steps at once, and whatever comes then finds the payment under way."""
        name = latest(data, self.naive.reservations)
        user = self.naive.reservations[name].user
        scenario = f"PAYMENT_SCENARIO_{scenario}"
        self.write("CreatePaymentIntent", reservation_id=name, user_id=user, scenario=scenario)
        if intent := self.naive.reservations[name].intent:
            self.write("ProcessPayment", payment_intent_id=intent)

    @rule(then=st.sampled_from(["ConfirmReservation", "CancelReservation", "mix up", "APPROVED", "FAILED"]))
    def buy(self, then: str) -> None:
        """The whole way at once, or to where it goes wrong: chance alone seldom finds it."""
        self.hold(quantity=1)
        name = list(self.naive.reservations)[-1] if self.naive.reservations else ""
        if not name or self.naive.reservations[name].status != "PENDING":
            return
        wish: dict[str, Any] = {"reservation_id": name, "user_id": self.naive.reservations[name].user}
        self.write("CreatePaymentIntent", **wish, scenario="PAYMENT_SCENARIO_APPROVE")
        intent = self.naive.reservations[name].intent
        self.write("ProcessPayment", payment_intent_id=intent)
        self.time_passes(3)
        if then == "mix up":
            self.hold(quantity=1)
            name = list(self.naive.reservations)[-1]
            wish = {"reservation_id": name, "user_id": self.naive.reservations[name].user}
        if then in ("ConfirmReservation", "mix up"):
            self.write("ConfirmReservation", **wish, payment_intent_id=intent)
        elif then == "CancelReservation":
            self.write("CancelReservation", **wish)
        else:
            self.worker_hears(name, intent, then)

    @precondition(lambda self: self.writes)
    @rule(data=st.data(), other=st.booleans())
    def send_again(self, data: st.DataObject, other: bool) -> None:
        """The first answer, byte for byte, while the key lives, and no other body under it; then it is a new wish."""
        write = data.draw(st.sampled_from(self.writes[-8:]))
        first = next(one for one in reversed(self.writes) if one.key == write.key)
        if self.naive.now >= first.at + KEY_LIFE_S:
            self.write(write.method, write.key, **write.asked)
            return
        if other:
            another = {"reservation_id": "rsv_x", "user_id": "ann", "idempotency_key": write.key.swapcase()}
            assert code(self.desk.ask("reservation/CancelReservation", **another)) == "IDEMPOTENCY_CONFLICT"
        wish = {**write.asked, "idempotency_key": write.key}
        answer = self.desk.ask(f"{SERVICE[write.method]}/{write.method}", **wish)
        assert answer.SerializeToString(deterministic=True) == first.answer

    @precondition(lambda self: any(one.status == "PENDING" for one in self.naive.reservations.values()))
    @rule(data=st.data(), short=st.booleans(), extended=st.booleans())
    def time_comes_to_an_end(self, data: st.DataObject, short: bool, extended: bool) -> None:
        """A second before a hold runs out it still stands; at the second it does not."""
        held = [name for name, one in self.naive.reservations.items() if one.status == "PENDING"]
        name = data.draw(st.sampled_from(held[-3:]))
        one = self.naive.reservations[name]
        if extended:
            self.write("ExtendHold", reservation_id=name, user_id=one.user, extension_seconds=2)
        self.time_passes(max(int(one.expires - self.naive.now) - short, 1))

    @rule(span=st.integers(1, 6))
    def time_passes(self, span: int) -> None:
        self.desk.time.advance(span)
        self.naive.pass_time(span)

    @invariant()
    def everything_reads_back_as_foretold(self) -> None:
        for name, one in self.naive.reservations.items():
            read = self.desk.reservation(name)
            assert status(reservation_pb2.ReservationStatus, read.status) == one.status, name
            assert ([seat.id for seat in read.seats], read.total_amount.amount) == (one.seats, one.amount)
            assert (read.order_id, read.payment_intent_id) == (one.order, one.intent)
            assert seconds(read.hold_expires_at) - self.began == pytest.approx(one.expires), name
        for intent, paid in self.naive.payments.items():
            read = self.desk.payment(intent)
            assert status(payment_pb2.PaymentStatus, read.status) == paid.status, (intent, paid)
            assert (read.amount.amount, read.reservation_id) == (paid.amount, paid.reservation)

    @invariant()
    def no_seat_has_two_owners_and_all_seats_add_up(self) -> None:
        owners = self.naive.owners()
        assert all(len(each) == 1 for each in owners.values())
        ledger, sold = self.desk.platform.ledger, 0
        for name in NAMES:
            status_ = "BLOCKED" if name in self.naive.blocked else "AVAILABLE"
            if name in owners:
                confirmed = self.naive.reservations[owners[name][0]].status == "CONFIRMED"
                status_ = "SOLD" if confirmed else "RESERVED"
                sold += confirmed
            assert ledger.status(EVENT, name) == types_pb2.SeatStatus.Value(f"SEAT_STATUS_{status_}"), name
        stock = self.desk.stock()
        assert (stock.blocked_seats, stock.sold_seats) == (BLOCKED, sold)
        assert stock.available_seats + stock.reserved_seats + stock.sold_seats + stock.blocked_seats == SEATS

    @invariant()
    def money_equals_seats(self) -> None:
        """What was taken and not given back paid for seats that are sold, or still held for who paid."""
        taken = self.desk.platform.payments.money
        sold = sum(one.amount for one in self.naive.reservations.values() if one.status == "CONFIRMED")
        paid_for_holds = sum(
            paid.amount
            for paid in self.naive.payments.values()
            if paid.status == "COMPLETED" and self.naive.reservations[paid.reservation].status == "PENDING"
        )
        assert taken == sold + paid_for_holds


def latest(data: st.DataObject, known: dict[str, Any]) -> str:
    """One of the last three: much happens to few things, as chance over all would seldom have it."""
    return str(data.draw(st.sampled_from(list(known)[-3:])))


def code(answer: Any) -> str:
    """The name of an answer's error; empty for none."""
    return errors_pb2.ErrorCode.Name(answer.error.code).removeprefix("ERROR_CODE_") if answer.HasField("error") else ""


def status(enum: Any, value: int) -> str:
    """A status without its prefix."""
    return str(enum.Name(value).partition("_STATUS_")[2])


SaleAgainstNaive.TestCase.settings = examples(80, stateful_step_count=50)
test_any_order_of_writes_equals_the_naive_sale = SaleAgainstNaive.TestCase
