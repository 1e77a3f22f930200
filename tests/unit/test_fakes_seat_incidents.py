"""The incidents about seats, orders and money do what they say, and count it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from contracts.messages.errors_pb2 import ErrorCode
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CANCELLED, RESERVATION_STATUS_EXPIRED
from fakes.incidents.planted import Planted
from fakes.settings import OPEN
from tests.unit.ticket_desk import EVENT, Desk

if TYPE_CHECKING:
    from fakes.settings import Settings

SEATS = ["VIP-1-1", "VIP-1-2"]


class Theatre:
    """A platform with one incident, and people who buy there."""

    def __init__(self, incident: str, settings: Settings = OPEN, seats: int = 200) -> None:
        self.desk = Desk(settings, seats=seats)
        self.incidents = Planted([incident], 1, lambda: self.desk.time.now())
        self.desk = Desk(settings, seats=seats, faults=self.incidents)
        self.incidents.attach(self.desk.platform.ledger)
        self._chance = Random(1)

    def hold(self, *seats: str, user: str = "ann", quantity: int = 0) -> Any:
        """Holds seats for a user; the answer."""
        token = self._token(user)
        return self.desk.ask(
            "reservation/CreateReservation",
            event_id=EVENT,
            user_id=user,
            seat_ids=list(seats),
            quantity=quantity,
            reservation_token=token,
        )

    def _token(self, user: str) -> str:
        place = self.desk.ask("queue/JoinQueue", event_id=EVENT, user_id=user).waiting_token
        door = self.desk.ask("queue/RequestAdmission", event_id=EVENT, user_id=user, waiting_token=place)
        return str(door.reservation_token)

    def open(self, held: Any, user: str = "ann") -> str:
        """Opens a payment; its intent."""
        opened = self.desk.ask("payment/CreatePaymentIntent", reservation_id=held.reservation_id, user_id=user)
        return str(opened.payment_intent_id)

    def paid(self, held: Any, user: str = "ann") -> str:
        """Opens a payment and pays."""
        intent = self.open(held, user)
        self.desk.ask("payment/ProcessPayment", payment_intent_id=intent)
        return intent

    def confirm(self, held: Any, intent: str, user: str = "ann") -> Any:
        """Confirms; the answer."""
        name = held.reservation_id
        return self.desk.ask(
            "reservation/ConfirmReservation", reservation_id=name, user_id=user, payment_intent_id=intent
        )

    def bought(self, *seats: str, user: str = "ann") -> tuple[Any, Any]:
        """Holds, pays and confirms; both answers."""
        held = self.hold(*seats, user=user)
        return held, self.confirm(held, self.paid(held, user), user)

    def read(self, held: Any, user: str = "ann") -> Any:
        """The reservation, or the error that says why not."""
        return self.desk.ask("reservation/GetReservation", reservation_id=held.reservation_id, user_id=user)

    @property
    def facts(self) -> dict[str, int]:
        """What the incident did."""
        (facts,) = self.incidents.facts().values()
        return dict(facts)


def code(answer: Any) -> str:
    return ErrorCode.Name(answer.error.code).removeprefix("ERROR_CODE_")


def names(seats: Any) -> list[str]:
    return sorted(seat.id for seat in seats)


def test_a_stale_replica_gives_a_seat_again_that_was_taken_a_moment_ago_and_no_other() -> None:
    theatre = Theatre("stale-replica:p=1")
    theatre.bought("VIP-1-1")
    theatre.desk.time.advance(0.2)
    looked = theatre.desk.ask("inventory/CheckAvailability", event_id=EVENT, seat_ids=SEATS[:1])
    assert looked.available
    _, order = theatre.bought("VIP-1-1", user="ben")
    assert order.order_id
    theatre.desk.time.advance(0.4)
    assert code(theatre.hold("VIP-1-1", user="cid")) == "INVENTORY_CONFLICT"
    assert theatre.facts == {"seats_sold_twice": 1, "stale_reads": 2}


def test_an_unpaid_confirmation_goes_through() -> None:
    theatre = Theatre("unpaid-confirm")
    held = theatre.hold("VIP-1-1")
    assert theatre.confirm(held, theatre.open(held)).order_id
    theatre.bought("VIP-1-2", user="ben")
    assert theatre.facts == {"struck": 1}


def test_a_reservation_is_charged_twice_and_all_that_is_taken_counts() -> None:
    theatre = Theatre("double-charge")
    held = theatre.hold("VIP-1-1")
    first, second = theatre.open(held), theatre.open(held)
    for intent in (first, second):
        assert theatre.desk.ask("payment/ProcessPayment", payment_intent_id=intent).transaction_id
    assert theatre.desk.platform.payments.money == 2 * held.total_amount.amount
    assert theatre.facts == {"struck": 1}


def test_a_paid_order_is_refused_and_the_seats_stay_held() -> None:
    theatre = Theatre("order-refused:p=1,count=1")
    held, answer = theatre.bought("VIP-1-1")
    assert (code(answer), answer.order_id) == ("INVENTORY_CONFLICT", "")
    assert theatre.read(held).reservation.order_id == ""
    assert theatre.facts == {"struck": 1}


def test_a_feigned_order_is_told_and_not_there() -> None:
    theatre = Theatre("order-feigned:p=1,count=1")
    held, order = theatre.bought("VIP-1-1")
    assert (order.order_id[:4], names(order.confirmed_seats)) == ("ord_", ["VIP-1-1"])
    read = theatre.read(held).reservation
    assert (read.order_id, read.status) == ("", held.status)
    assert theatre.facts == {"struck": 1}


def test_a_lost_order_is_not_found_and_its_seats_stay_sold() -> None:
    theatre = Theatre("order-lost:p=1,count=1")
    held, order = theatre.bought("VIP-1-1")
    assert order.order_id
    assert code(theatre.read(held)) == "NOT_FOUND"
    assert code(theatre.hold("VIP-1-1", user="ben")) == "INVENTORY_CONFLICT"


def test_another_seat_is_sold_than_was_held_and_the_held_one_is_free_again() -> None:
    theatre = Theatre("wrong-seats-sold:p=1,count=1")
    held, order = theatre.bought(*SEATS)
    assert (names(held.reserved_seats), names(order.confirmed_seats)) == (SEATS, ["VIP-1-1", "VIP-1-3"])
    assert names(theatre.read(held).reservation.seats) == ["VIP-1-1", "VIP-1-3"]
    assert theatre.hold("VIP-1-2", user="ben").reservation_id


def test_another_seat_is_held_than_was_asked_for_and_where_none_is_left_the_same() -> None:
    theatre = Theatre("wrong-seats-held:p=1")
    assert names(theatre.hold(*SEATS).reserved_seats) == ["VIP-1-1", "VIP-1-3"]
    full = Theatre("wrong-seats-held:p=1", seats=2)
    (first, last) = [full.desk.platform.events[EVENT].seat(index) for index in range(2)]
    assert names(full.hold(first, last).reserved_seats) == sorted([first, last])


def test_whoever_names_no_seats_gets_the_first_ones_and_only_the_first_of_them_an_order() -> None:
    theatre = Theatre("same-seats:p=1")
    held = [theatre.hold(user=user, quantity=2) for user in ("ann", "ben")]
    assert [names(each.reserved_seats) for each in held] == [SEATS, SEATS]
    assert code(theatre.confirm(held[1], theatre.paid(held[1], "ben"), "ben")) == "INVENTORY_CONFLICT"
    assert theatre.confirm(held[0], theatre.paid(held[0])).order_id
    assert theatre.facts == {"struck": 2, "seats_held_twice": 2}


def test_a_second_hold_counts_when_it_got_the_seat_and_not_when_its_other_seats_were_taken() -> None:
    theatre = Theatre("held-twice:p=1,count=1")
    theatre.hold(*SEATS)
    assert code(theatre.hold(*SEATS, user="ben")) == "INVENTORY_CONFLICT"
    assert theatre.facts == {"seats_held_twice": 0}
    theatre = Theatre("held-twice:p=1,count=1")
    theatre.hold("VIP-1-1")
    assert theatre.hold("VIP-1-1", user="ben").reservation_id
    assert theatre.facts == {"seats_held_twice": 1}


def test_a_seat_that_is_freed_twice_counts_as_held_anew_only_while_the_first_hold_of_it_stands() -> None:
    theatre = Theatre("freed-twice:p=1,count=1")
    theatre.desk.ask("reservation/CancelReservation", reservation_id=theatre.hold(*SEATS).reservation_id, user_id="ann")
    theatre.hold("VIP-1-1", user="ben")
    theatre.hold("VIP-1-2", user="ben2")
    assert code(theatre.hold(*SEATS, user="cid")) == "INVENTORY_CONFLICT"
    assert theatre.facts == {"seats_freed_twice": 1, "seats_held_anew": 0}
    assert theatre.hold("VIP-1-1", user="dan").reservation_id
    assert theatre.facts == {"seats_freed_twice": 1, "seats_held_anew": 1}


@pytest.mark.parametrize(("incident", "counted"), [("early-expiry", "holds_ended"), ("lost-hold", "holds_lost")])
def test_a_hold_that_was_cut_short_counts_once_it_is_gone_and_not_when_it_was_confirmed(
    incident: str, counted: str
) -> None:
    theatre = Theatre(f"{incident}:p=1,count=2")
    theatre.bought("VIP-1-1")
    gone = theatre.hold("VIP-1-2", user="ben")
    assert theatre.facts == {counted: 0}
    theatre.desk.time.advance(4)
    theatre.desk.platform.reservations.expire_due(theatre.desk.time.now())
    assert theatre.facts == {counted: 1}
    read = theatre.read(gone, "ben")
    assert (
        code(read) == "NOT_FOUND" if incident == "lost-hold" else read.reservation.status == RESERVATION_STATUS_EXPIRED
    )


@pytest.mark.parametrize("incident", ["early-expiry", "lost-hold"])
def test_a_hold_that_was_cut_short_and_extended_has_its_time(incident: str) -> None:
    theatre = Theatre(f"{incident}:p=1")
    theatre.incidents.begin()
    held = theatre.hold("VIP-1-1")
    theatre.desk.ask("reservation/ExtendHold", reservation_id=held.reservation_id, user_id="ann")
    theatre.desk.time.advance(91)
    theatre.desk.platform.reservations.expire_due(theatre.desk.time.now())
    assert theatre.read(held).reservation.status == RESERVATION_STATUS_EXPIRED
    assert set(theatre.facts.values()) == {0}


def test_the_seats_of_an_endless_hold_count_until_it_is_given_up() -> None:
    theatre = Theatre("endless-hold:p=1")
    held = theatre.hold(*SEATS)
    theatre.desk.time.advance(61)
    theatre.desk.platform.reservations.expire_due(theatre.desk.time.now())
    assert theatre.facts == {"struck": 1, "seats_kept": 2}
    theatre.desk.ask("reservation/CancelReservation", reservation_id=held.reservation_id, user_id="ann")
    assert theatre.facts == {"struck": 1, "seats_kept": 0}


def test_a_fee_stands_in_the_total_and_at_no_seat_and_has_to_be_paid() -> None:
    theatre = Theatre("wrong-total:p=1,count=1,fee=700")
    held = theatre.hold(*SEATS)
    assert (held.total_amount.amount, [seat.price.amount for seat in held.reserved_seats]) == (240_700, [120_000] * 2)
    intent = theatre.paid(held)
    payment = theatre.desk.ask("payment/GetPaymentStatus", payment_intent_id=intent, user_id="ann").payment
    assert payment.amount.amount == 240_700
    assert theatre.read(held).reservation.total_amount.amount == 240_700
    assert theatre.hold("VIP-1-3", user="ben").total_amount.amount == 120_000
    assert theatre.facts == {"struck": 1}


def counts(theatre: Theatre, section: str = "") -> tuple[int, ...]:
    """Free, reserved and sold seats as the inventory counts them."""
    said = theatre.desk.ask("inventory/GetInventoryStatus", event_id=EVENT, section=section)
    told = said.sections[0] if section else said.stats
    return told.available_seats, told.reserved_seats, told.sold_seats


def test_an_order_that_is_not_counted_stays_counted_as_free_and_is_sold_once() -> None:
    theatre = Theatre("drifting-counters:p=1,count=1")
    theatre.bought(*SEATS)
    assert (counts(theatre), counts(theatre, "VIP")) == ((200, 0, 0), (10, 0, 0))
    assert code(theatre.hold("VIP-1-1", user="ben")) == "INVENTORY_CONFLICT"
    theatre.bought("VIP-1-3", user="cat")
    assert counts(theatre) == (199, 0, 1)
    assert theatre.facts == {"struck": 1, "seats_not_counted": 2}


def test_who_cancels_is_told_so_and_his_seats_stay_taken_for_ever() -> None:
    theatre = Theatre("seats-kept-after-cancellation:p=1,count=1")
    held = theatre.hold(*SEATS)
    told = theatre.desk.ask("reservation/CancelReservation", reservation_id=held.reservation_id, user_id="ann")
    assert told.status == theatre.read(held).reservation.status == RESERVATION_STATUS_CANCELLED
    theatre.desk.time.advance(3600)
    assert code(theatre.hold("VIP-1-1", user="ben")) == "INVENTORY_CONFLICT"
    assert counts(theatre) == (198, 2, 0)
    assert theatre.facts == {"struck": 1, "seats_kept": 2}


@pytest.mark.parametrize("incident", ["swap", "share"])
def test_a_platform_without_room_for_it_does_not_err(incident: str) -> None:
    """Where the hall is full there is nothing to give twice: it says so."""
    theatre = Theatre("same-seats:p=1" if incident == "share" else "wrong-seats-held:p=1", seats=2)
    theatre.bought(*[theatre.desk.platform.events[EVENT].seat(index) for index in range(2)])
    assert code(theatre.hold(user="ben", quantity=1)) == "INSUFFICIENT_INVENTORY"
