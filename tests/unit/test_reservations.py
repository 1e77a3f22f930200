"""Reservations, and the whole platform under any order of steps: seats, orders and money stay in step."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.messages import payment_pb2, reservation_pb2
from fakes.faults import Faults
from fakes.reservations import HOLDING
from fakes.settings import DOCUMENTED
from tests.examples import examples
from tests.unit.ticket_desk import EVENT, Desk

CONFIRMED = reservation_pb2.RESERVATION_STATUS_CONFIRMED
COMPLETED = payment_pb2.PAYMENT_STATUS_COMPLETED
REFUNDED = payment_pb2.PAYMENT_STATUS_REFUNDED
SCENARIOS = st.sampled_from([1, 1, 2, 3, 4, 5])


class AnyOrderOfSteps(RuleBasedStateMachine):
    """People do anything at any time, workers too; whatever is refused, what is promised holds after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(seats=24)
        self.users = 0
        self.reservations: list[tuple[str, str]] = []
        self.intents: list[tuple[str, str, str]] = []

    def pick(self, entries: list[Any], choice: int) -> Any:
        return entries[choice % len(entries)]

    @rule(quantity=st.integers(1, 10))
    def reserve(self, quantity: int) -> None:
        self.users += 1
        user = f"user-{self.users}"
        wish = {"event_id": EVENT, "user_id": user, "quantity": quantity, "reservation_token": self.desk.admit(user)}
        answer = self.desk.ask("reservation/CreateReservation", **wish)
        if not answer.HasField("error"):
            self.reservations.append((answer.reservation_id, user))

    @rule(choice=st.integers(0), scenario=SCENARIOS)
    def open_payment(self, choice: int, scenario: int) -> None:
        if self.reservations:
            reservation, user = self.pick(self.reservations, choice)
            wish = {"reservation_id": reservation, "user_id": user, "scenario": scenario}
            answer = self.desk.ask("payment/CreatePaymentIntent", **wish)
            if not answer.HasField("error"):
                self.intents.append((answer.payment_intent_id, reservation, user))

    @rule(choice=st.integers(0), step=st.sampled_from(["ProcessPayment", "CancelPayment"]))
    def move_payment(self, choice: int, step: str) -> None:
        if self.intents:
            self.desk.ask(f"payment/{step}", payment_intent_id=self.pick(self.intents, choice)[0])

    @rule(choice=st.integers(0))
    def confirm(self, choice: int) -> None:
        if self.intents:
            intent, reservation, user = self.pick(self.intents, choice)
            wish = {"reservation_id": reservation, "user_id": user, "payment_intent_id": intent}
            self.desk.ask("reservation/ConfirmReservation", **wish)

    @rule(choice=st.integers(0), step=st.sampled_from(["CancelReservation", "ExtendHold"]))
    def change(self, choice: int, step: str) -> None:
        if self.reservations:
            reservation, user = self.pick(self.reservations, choice)
            self.desk.ask(f"reservation/{step}", reservation_id=reservation, user_id=user)

    @rule(choice=st.integers(0), result=st.integers(1, 5))
    def worker_is_told_of_a_payment(self, choice: int, result: int) -> None:
        if self.intents:
            intent, reservation, _ = self.pick(self.intents, choice)
            wish = {"reservation_id": reservation, "payment_intent_id": intent, "result_type": result}
            self.desk.ask("worker/ProcessPaymentResult", **wish)

    @rule(choice=st.integers(0), kind=st.integers(1, 4))
    def worker_compensates(self, choice: int, kind: int) -> None:
        if self.reservations:
            wish = {"reservation_id": self.pick(self.reservations, choice)[0], "compensation_type": kind}
            self.desk.ask("worker/ProcessCompensation", **wish)

    @rule(seconds=st.sampled_from([0.5, 1.0, 3.0, 20.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.desk.time.advance(seconds)

    @invariant()
    def every_seat_counts_once_and_no_seat_is_sold_twice(self) -> None:
        ledger = self.desk.platform.ledger
        counts = ledger.counts(EVENT)
        assert counts.total == 24
        assert all(len(orders) == 1 for orders in ledger.sales.values())
        kept = [self.desk.platform.reservations.find(one) for one, _ in self.reservations]
        assert counts.sold == sum(len(one.seats) for one in kept if one.status == CONFIRMED) == len(ledger.sales)
        assert counts.reserved == sum(len(one.seats) for one in kept if one.status in HOLDING)

    @invariant()
    def money_equals_seats(self) -> None:
        """What was taken is what the orders cost, plus what was paid for reservations that can still be confirmed."""
        platform = self.desk.platform
        kept = {one: platform.reservations.find(one) for one, _ in self.reservations}
        paid = [platform.payments.find(one) for one, _, _ in self.intents]
        completed = [one for one in paid if one.status == COMPLETED]
        assert platform.payments.money == sum(one.amount for one in completed)
        assert len({one.reservation for one in completed}) == len(completed)
        for payment in completed:
            assert kept[payment.reservation].status == CONFIRMED or kept[payment.reservation].holding
        sold = {one.id: (one.intent, one.amount) for one in kept.values() if one.status == CONFIRMED}
        assert sold == {one.reservation: (one.intent, one.amount) for one in completed if one.reservation in sold}


AnyOrderOfSteps.TestCase.settings = examples(60, stateful_step_count=40)
test_any_order_of_steps_keeps_seats_and_money_in_step = AnyOrderOfSteps.TestCase


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        ({}, "quantity must be 1 to 10, not 0"),
        ({"quantity": 11}, "quantity must be 1 to 10, not 11"),
        ({"quantity": -1}, "quantity must be 1 to 10, not -1"),
        ({"quantity": 2, "seat_ids": ["A-1"]}, "quantity is 2, but seat_ids names 1"),
        ({"seat_ids": ["A-1", "A-1"]}, "seat_ids must name at least one seat, and each once"),
        ({"seat_ids": ["A-999"]}, "there is no seat of evt_2025_1001 'A-999'"),
    ],
)
def test_a_refused_reservation_leaves_the_token_good(wish: dict[str, Any], refusal: str) -> None:
    """A token is spent by a reservation that succeeds, by nothing else."""
    desk = Desk()
    base = {"event_id": EVENT, "user_id": "ann", "reservation_token": desk.admit()}
    assert desk.refused("reservation/CreateReservation", **base, **wish)[1] == refusal
    assert desk.stock().reserved_seats == 0
    desk.do("reservation/CreateReservation", **base, quantity=1)


def test_money_that_arrives_too_late_goes_back() -> None:
    """The hold ran out while the payment was on its way: COMPLETED becomes REFUNDED, and the worker did it."""
    desk = Desk()
    reservation = desk.reserve().reservation_id
    desk.time.advance(59)
    intent = desk.intent(reservation)
    desk.do("payment/ProcessPayment", payment_intent_id=intent)
    desk.time.advance(6)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_EXPIRED
    assert (desk.payment(intent).status, desk.platform.payments.money) == (REFUNDED, 0)
    assert [job.kind for job in desk.platform.worker.jobs] == ["compensation"]
    wish = {"reservation_id": reservation, "payment_intent_id": intent, "user_id": "ann"}
    assert desk.refused("reservation/ConfirmReservation", **wish)[0] == "RESERVATION_EXPIRED"


def test_a_paid_hold_that_runs_out_gives_the_money_back() -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    intent = desk.pay(reservation)
    desk.time.advance(60)
    assert (desk.payment(intent).status, desk.stock().available_seats) == (REFUNDED, 200)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_EXPIRED


def test_a_failed_payment_can_be_followed_by_another() -> None:
    desk = Desk()
    reservation = desk.reserve().reservation_id
    failed = desk.pay(reservation, scenario=payment_pb2.PAYMENT_SCENARIO_FAIL)
    wish = {"reservation_id": reservation, "payment_intent_id": failed, "user_id": "ann"}
    assert desk.refused("reservation/ConfirmReservation", **wish)[0] == "PAYMENT_NOT_APPROVED"
    paid = desk.pay(reservation)
    assert desk.do("reservation/ConfirmReservation", **wish | {"payment_intent_id": paid}).order_id


def test_a_payment_for_another_reservation_confirms_nothing() -> None:
    desk = Desk()
    mine, other = desk.reserve().reservation_id, desk.reserve("ben").reservation_id
    paid = desk.pay(other, "ben")
    wish = {"reservation_id": mine, "payment_intent_id": paid, "user_id": "ann"}
    assert desk.refused("reservation/ConfirmReservation", **wish)[0] == "PAYMENT_NOT_APPROVED"
    assert desk.refused("reservation/ConfirmReservation", **wish | {"payment_intent_id": ""}) == (
        "PAYMENT_NOT_APPROVED",
        "no payment_intent_id was given",
    )


def test_what_ended_without_an_order_is_forgotten_after_hours_and_orders_are_not() -> None:
    desk = Desk(DOCUMENTED)
    bought = desk.buy()[0]
    lost = desk.reserve("ben").reservation_id
    desk.intent(lost, "ben")
    desk.time.advance(60)
    desk.time.advance(2 * 3600)
    desk.do("reservation/CancelReservation", reservation_id=desk.reserve("eve").reservation_id, user_id="eve")
    assert desk.refused("reservation/GetReservation", reservation_id=lost)[0] == "NOT_FOUND"
    assert desk.do("payment/ListPayments", user_id="ben").payments == []
    assert desk.reservation(bought).status == CONFIRMED


class Careless(Faults):
    """Confirms what is not paid and keeps holds that ran out."""

    def overlook_unpaid(self, reservation: str, intent: str) -> bool:
        return True

    def overlook_expiry(self, reservation: str) -> bool:
        return True


def test_the_planted_mistakes_about_payment_and_expiry_show() -> None:
    desk = Desk(faults=Careless())
    reservation = desk.reserve().reservation_id
    desk.time.advance(3600)
    assert desk.reservation(reservation).status == reservation_pb2.RESERVATION_STATUS_PENDING
    answer = desk.do("reservation/ConfirmReservation", reservation_id=reservation, user_id="ann")
    assert answer.status == CONFIRMED
    assert (desk.stock().sold_seats, desk.platform.payments.money) == (2, 0)
