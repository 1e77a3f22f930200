"""The rules about orders: over_capacity, sale_without_payment, confirmed_after_expiry, seats_confirmed_differ."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit import audit, confirmed_after_expiry, over_capacity, sale_without_payment, seats_confirmed_differ
from reports.audit.history import History
from reports.audit.inventory import Counts, Inventory
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    at,
    bought,
    cancel,
    charge,
    claim,
    denied,
    found,
    hold,
    intent,
    lost,
    payment_read,
    read,
    sale,
    shown,
    void,
)


def test_more_seats_sold_than_there_are_is_caught() -> None:
    """It needs no seat ids: what the holds were asked for counts."""
    orders = [
        [hold(f"rsv_{number}", "", number, quantity=2), sale(f"rsv_{number}", f"ord_{number}", "", 100 + number)]
        for number in range(3)
    ]
    claims = [each for order in orders for each in order]
    (violation,) = found(over_capacity.RULE, *claims, capacity={EVENT: 5})
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "evt_1 has 5 seats and sold 6."
    assert violation.witness == {
        "event": EVENT,
        "capacity": 5,
        "sold": 6,
        "orders": ["ord_0", "ord_1", "ord_2"],
        "reservations": ["rsv_0", "rsv_1", "rsv_2"],
        "users": ["user-of-rsv_0", "user-of-rsv_1", "user-of-rsv_2"],
        "calls": [shown(order[1]) for order in orders],
    }


def test_only_known_orders_are_shown_and_counted_when_they_are_too_many() -> None:
    """An unanswered sale beside them changes neither the number nor the witness."""
    known = [each for number in range(3) for each in bought(f"rsv_{number}", f"ord_{number}", f"A-{number}", number)]
    open_sale = [hold("rsv_9", "A-9", 5), sale("rsv_9", "", "", 900, **lost())]
    (violation,) = found(over_capacity.RULE, *known, *open_sale, capacity={EVENT: 2})
    assert (violation.certainty, violation.witness["sold"]) == ("definite", 3)
    assert violation.witness["orders"] == ["ord_0", "ord_1", "ord_2"]


def test_a_sold_out_event_is_a_near_miss() -> None:
    """Exactly as many as there are, a cancelled one besides, and events that tell no capacity."""
    claims = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-2")]
    cancelled = [*bought("rsv_3", "ord_3", "A-1"), cancel("rsv_3", 300)]
    assert found(over_capacity.RULE, *claims, *cancelled, capacity={EVENT: 2}) == []
    assert found(over_capacity.RULE, *claims) == []


def in_section(number: int, *sections: str) -> list[Claim]:
    """An order of which the hold and the sale name a section each."""
    claims = bought(f"rsv_{number}", f"ord_{number}", f"A-{number}", number)
    claims[0].section, claims[-1].section = sections
    return claims


@pytest.mark.incident("section-oversold")
def test_a_section_that_sold_more_seats_than_it_has_is_caught() -> None:
    """Though the event has seats left."""
    orders = [in_section(number, "VIP", "VIP") for number in range(3)]
    claims = [each for order in orders for each in order]
    told: dict[str, Any] = {"capacity": {EVENT: 9}, "sections": {EVENT: {"VIP": 2, "R": 7}}}
    (violation,) = found(over_capacity.RULE, *claims, **told)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == "Section VIP of evt_1 has 2 seats and sold 3."
    assert violation.witness == {
        "event": EVENT,
        "section": "VIP",
        "capacity": 2,
        "sold": 3,
        "orders": ["ord_0", "ord_1", "ord_2"],
        "reservations": ["rsv_0", "rsv_1", "rsv_2"],
        "users": ["user-of-rsv_0", "user-of-rsv_1", "user-of-rsv_2"],
        "calls": [shown(order[-1]) for order in orders],
    }
    (report,) = audit(History.of(claims, **told), [over_capacity.RULE])
    assert [each.message for each in report.violations] == [violation.message]


@pytest.mark.parametrize(("total", "expected"), [(9, 1), (8, 1), (10, 0)])
def test_seats_that_were_opened_during_the_run_are_a_near_miss(total: int, expected: int) -> None:
    """The event has one seat more after the load than before: it may lie in the section that sold one more."""
    claims = [each for number in range(3) for each in in_section(number, "VIP", "VIP")]
    told: dict[str, Any] = {"capacity": {EVENT: 9}, "sections": {EVENT: {"VIP": 2, "R": 7}}}
    counted = {EVENT: Inventory(None, Counts(total, total - 3, 0, 3, 0))}
    assert len(found(over_capacity.RULE, *claims, **told, inventory=counted)) == expected


@pytest.mark.incident("section-oversold")
def test_a_section_that_is_sold_out_is_a_near_miss() -> None:
    """A third is in another section, a fourth in two of them, a fifth cancelled, a sixth of another event."""
    other = in_section(5, "VIP", "VIP")
    for each in other:
        each.event = "evt_2"
    claims = [*in_section(0, "VIP", "VIP"), *in_section(1, "VIP", ""), *in_section(2, "R", "R"), *other]
    claims += [*in_section(3, "VIP", "R"), *in_section(4, "VIP", "VIP"), cancel("rsv_4", 900)]
    told: dict[str, Any] = {"sections": {EVENT: {"VIP": 2, "S": 0}}}
    assert found(over_capacity.RULE, *claims, **told) == []
    (report,) = audit(History.of(claims, **told), [over_capacity.RULE])
    assert report.violations == ()


def test_a_section_is_what_the_answers_about_a_reservation_say() -> None:
    """What else names one, beside a payment, tells nothing of where the seats are."""
    orders = [each for number in range(3) for each in in_section(number, "VIP", "VIP")]
    beside = [charge("pay-of-rsv_0", 700, section="R"), payment_read("pay-of-rsv_1", "COMPLETED", 800, section="R")]
    for number, each in enumerate(beside):
        each.reservation = f"rsv_{number}"
    told: dict[str, Any] = {"capacity": {EVENT: 9}, "sections": {EVENT: {"VIP": 2, "R": 7}}}
    (violation,) = found(over_capacity.RULE, *orders, *beside, **told)
    assert violation.count == 1


def test_an_event_over_capacity_is_told_as_a_whole_and_not_for_each_section() -> None:
    claims = [each for number in range(3) for each in in_section(number, "VIP", "VIP")]
    (violation,) = found(over_capacity.RULE, *claims, capacity={EVENT: 2}, sections={EVENT: {"VIP": 1}})
    assert violation.message == "evt_1 has 2 seats and sold 3."


def test_seats_over_capacity_by_an_unanswered_sale_are_possible() -> None:
    """So they are when the order that is too many may have been cancelled."""
    known = bought("rsv_1", "ord_1", "A-1")
    open_sale = [hold("rsv_2", "A-2", 5), sale("rsv_2", "", "", 300, **lost())]
    (violation,) = found(over_capacity.RULE, *known, *open_sale, capacity={EVENT: 1})
    assert (violation.certainty, violation.message) == ("possible", "evt_1 has 1 seat and may have sold 2.")
    assert violation.witness["orders"] == ["ord_1", "rsv_2"]
    maybe_cancelled = [*bought("rsv_2", "ord_2", "A-2"), cancel("rsv_2", 300, **lost())]
    (violation,) = found(over_capacity.RULE, *known, *maybe_cancelled, capacity={EVENT: 1})
    assert violation.certainty == "possible"


def test_two_orders_of_one_reservation_take_twice_its_seats() -> None:
    claims = [*bought("rsv_1", "ord_1", "A-1"), sale("rsv_1", "ord_2", "A-1", 400)]
    (violation,) = found(over_capacity.RULE, *claims, capacity={EVENT: 1})
    assert (violation.count, violation.witness["orders"]) == (1, ["ord_1", "ord_2"])


def test_an_order_without_any_payment_is_caught() -> None:
    """It was opened and never charged."""
    claims = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-of-rsv_1", 50), sale("rsv_1", "ord_1", "A-1", 200)]
    (violation,) = found(sale_without_payment.RULE, *claims)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 became an order (ord_1) though no payment of it was completed."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1"],
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "intents": ["pay-of-rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(each) for each in claims],
    }


def payments(*claims: Claim) -> list[str]:
    """What the rule says of an order confirmed from 200 to 210 ms, with these claims about its payment."""
    order = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-of-rsv_1", 50), sale("rsv_1", "ord_1", "A-1", 200)]
    return [violation.certainty for violation in found(sale_without_payment.RULE, *order, *claims)]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([charge("pay-of-rsv_1", 100)], []),
        ([charge("pay-of-rsv_1", 100, "PROCESSING"), payment_read("pay-of-rsv_1", "COMPLETED", 150)], []),
        ([charge("pay-of-rsv_1", 100, "PROCESSING"), payment_read("pay-of-rsv_1", "COMPLETED", 900)], []),
        ([charge("pay-of-rsv_1", 100), void("pay-of-rsv_1", 300), payment_read("pay-of-rsv_1", "CANCELLED", 900)], []),
        ([charge("pay-of-rsv_1", 100, **lost()), payment_read("pay-of-rsv_1", "REFUNDED", 900)], []),
        ([charge("pay-of-rsv_1", 100, **lost())], ["possible"]),
        ([charge("pay-of-rsv_1", 100, "PROCESSING")], ["possible"]),
        ([charge("pay-of-rsv_1", 100, **lost()), payment_read("pay-of-rsv_1", "PENDING", 900)], ["definite"]),
        ([charge("pay-of-rsv_1", 100, **lost()), payment_read("pay-of-rsv_1", "PENDING", 150)], ["possible"]),
        ([charge("pay-of-rsv_1", 100, **denied("PAYMENT_FAILED"))], ["definite"]),
        ([charge("pay-of-rsv_1", 100, "PROCESSING"), payment_read("pay-of-rsv_1", "FAILED", 900)], ["definite"]),
        ([charge("pay-of-rsv_1", 300)], ["definite"]),
        ([charge("pay-of-rsv_1", 209, took=1)], []),
        ([charge("pay-of-rsv_1", 209, **lost())], ["possible"]),
        ([charge("pay-of-rsv_1", 210, **lost())], ["definite"]),
        ([charge("pay-of-rsv_1", 100, **lost()), payment_read("pay-of-rsv_1", "PENDING", 210)], ["definite"]),
        ([charge("pay-of-rsv_1", 100, **lost()), payment_read("pay-of-rsv_1", "PENDING", 209)], ["possible"]),
    ],
    ids=[
        "charged",
        "settled before",
        "settled, seen after",
        "given back after",
        "unanswered and refunded",
        "unanswered",
        "never seen settled",
        "still pending after",
        "pending before",
        "the card failed",
        "failed in the end",
        "charged after",
        "charged by the end",
        "unanswered before the end",
        "unanswered at the end",
        "pending at the end",
        "pending before the end",
    ],
)
def test_an_order_is_weighed_against_what_was_said_of_its_payment(claims: list[Claim], expected: list[str]) -> None:
    """Only what can have completed the payment by the time the order stood excuses the order."""
    assert payments(*claims) == expected


def test_orders_that_no_confirmation_of_ours_made_are_a_near_miss() -> None:
    """Who confirms on a provider's word was paid where the harness cannot see it."""
    opened = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-of-rsv_1", 50)]
    assert found(sale_without_payment.RULE, *opened, read("rsv_1", "CONFIRMED", 500)) == []
    committed = sale("rsv_1", "ord_1", "A-1", 200, method="reservation.v1.InventoryService/CommitReservation")
    assert found(sale_without_payment.RULE, *opened, committed) == []
    assert found(sale_without_payment.RULE, *opened, sale("rsv_1", "", "", 200, **denied())) == []


def test_a_second_card_that_worked_is_a_near_miss() -> None:
    """The first payment failed, the second was completed."""
    failed = [intent("rsv_1", "pay-0", 20), charge("pay-0", 30, **denied("PAYMENT_FAILED"))]
    assert found(sale_without_payment.RULE, *bought("rsv_1", "ord_1", "A-1"), *failed) == []


def test_a_confirmation_after_the_end_of_the_hold_is_caught() -> None:
    """Sent 2.5 s after the stated end, with 1 s allowed for the clocks."""
    held = hold("rsv_1", "A-1", 0, expires_ns=at(1000))
    sold = sale("rsv_1", "ord_1", "A-1", 3500)
    (violation,) = found(confirmed_after_expiry.RULE, held, sold)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 was confirmed 2.5 s after its hold had run out."
    assert violation.witness == {
        "event": EVENT,
        "seats": ["A-1"],
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "hold_ends_ns": at(1000),
        "calls": [shown(held), shown(sold)],
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([sale("rsv_1", "ord_1", "A-1", 2000)], []),
        ([sale("rsv_1", "ord_1", "A-1", 2001)], ["definite"]),
        ([sale("rsv_1", "ord_1", "A-1", 900, took=5000)], []),
        ([sale("rsv_1", "", "", 900, **lost()), sale("rsv_1", "ord_1", "A-1", 3500)], []),
        ([sale("rsv_1", "ord_1", "A-1", 900), sale("rsv_1", "ord_1", "A-1", 3500)], []),
        ([sale("rsv_1", "", "", 900, **denied()), sale("rsv_1", "ord_1", "A-1", 3500)], ["definite"]),
        ([sale("rsv_1", "", "", 3500, **lost())], []),
        ([claim("extend", 500, reservation="rsv_1", expires_ns=at(1500)), sale("rsv_1", "o", "", 3500)], ["definite"]),
        ([sale("rsv_1", "", "", 3500, **denied("RESERVATION_EXPIRED"))], []),
    ],
    ids=[
        "within the skew",
        "beyond the skew",
        "answered late",
        "an unanswered one in time",
        "replayed",
        "denied in time",
        "never answered",
        "extended, and still too late",
        "denied",
    ],
)
def test_only_a_confirmation_that_can_have_had_no_hold_is_caught(claims: list[Claim], expected: list[str]) -> None:
    """The send counts, not the answer, and the first try that may have happened."""
    held = hold("rsv_1", "A-1", 0, expires_ns=at(1000))
    assert [each.certainty for each in found(confirmed_after_expiry.RULE, held, *claims)] == expected


def test_an_extended_hold_is_a_near_miss_and_an_unanswered_extension_makes_it_possible() -> None:
    """The latest stated end counts; one that was never stated may be later."""
    held, sold = hold("rsv_1", "A-1", 0, expires_ns=at(1000)), sale("rsv_1", "ord_1", "A-1", 3500)
    extended = claim("extend", 500, reservation="rsv_1", expires_ns=at(31_000))
    assert found(confirmed_after_expiry.RULE, held, extended, sold) == []
    unanswered = claim("extend", 500, reservation="rsv_1", **lost())
    (violation,) = found(confirmed_after_expiry.RULE, held, unanswered, sold)
    assert violation.certainty == "possible"
    assert violation.message.endswith("unless an extension moved its end that did not say so.")
    without_end = claim("extend", 500, reservation="rsv_1")
    assert [each.certainty for each in found(confirmed_after_expiry.RULE, held, without_end, sold)] == ["possible"]
    refused = claim("extend", 500, reservation="rsv_1", **denied("NOT_ALLOWED"))
    assert [each.certainty for each in found(confirmed_after_expiry.RULE, held, refused, sold)] == ["definite"]


def test_a_hold_whose_end_is_not_stated_is_confirmed_at_any_time() -> None:
    claims = [hold("rsv_1", "A-1", 0, expires_ns=0), sale("rsv_1", "ord_1", "A-1", 900_000)]
    assert found(confirmed_after_expiry.RULE, *claims) == []


def test_the_skew_is_an_argument() -> None:
    """Clocks that are known to agree catch what clocks that may differ cannot."""
    held, sold = hold("rsv_1", "A-1", 0, expires_ns=at(1000)), sale("rsv_1", "ord_1", "A-1", 1500)
    assert found(confirmed_after_expiry.RULE, held, sold) == []
    assert len(found(confirmed_after_expiry.RULE, held, sold, skew_ns=400 * 10**6)) == 1


def test_an_order_with_other_seats_is_caught() -> None:
    """The hold said A-1 and A-2, the confirmation A-1 and A-3."""
    held, sold = hold("rsv_1", "A-1 A-2", 0), sale("rsv_1", "ord_1", "A-3 A-1", 200)
    (violation,) = found(seats_confirmed_differ.RULE, held, sold)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 held seats A-1, A-2 and was confirmed with A-1, A-3."
    assert violation.witness == {
        "event": EVENT,
        "seats_held": ["A-1", "A-2"],
        "seats_confirmed": ["A-1", "A-3"],
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(held), shown(sold)],
    }


def test_the_same_seats_in_another_order_are_a_near_miss() -> None:
    """So are seats that one side does not name, and a confirmation that did not happen."""
    held = hold("rsv_1", "A-1 A-2", 0)
    assert found(seats_confirmed_differ.RULE, held, sale("rsv_1", "ord_1", "A-2 A-1", 200)) == []
    assert found(seats_confirmed_differ.RULE, held, sale("rsv_1", "ord_1", "", 200)) == []
    assert found(seats_confirmed_differ.RULE, held, sale("rsv_1", "", "A-9", 200, **lost())) == []


def test_another_number_of_seats_than_was_held_is_caught() -> None:
    """Where the hold named none, their number counts."""
    held = hold("rsv_1", "", 0, quantity=2)
    assert found(seats_confirmed_differ.RULE, held, sale("rsv_1", "ord_1", "A-1 A-2", 200)) == []
    (violation,) = found(seats_confirmed_differ.RULE, held, sale("rsv_1", "ord_1", "A-1", 200))
    assert violation.message == "Reservation rsv_1 held seats 2 unnamed and was confirmed with A-1."


def test_what_only_an_unanswered_or_refused_hold_asked_for_is_a_near_miss() -> None:
    """Nobody said that these seats were held."""
    asked = hold("rsv_1", "A-8 A-9", 0, **lost())
    refused = hold("rsv_1", "", 0, quantity=5, **denied())
    sold = sale("rsv_1", "ord_1", "A-1", 200)
    assert found(seats_confirmed_differ.RULE, asked, sold) == []
    assert found(seats_confirmed_differ.RULE, refused, sold) == []


def test_a_hold_of_nothing_says_nothing_of_the_number_of_seats() -> None:
    told = [hold("rsv_1", "", 0, quantity=0), sale("rsv_1", "ord_1", "A-1", 200)]
    assert found(seats_confirmed_differ.RULE, *told) == []


def test_a_confirmation_without_an_answer_is_no_order_without_payment() -> None:
    claims = [hold("rsv_1", "A-1", 0), sale("rsv_1", "", "", 200, **lost())]
    assert found(sale_without_payment.RULE, *claims) == []


def test_an_order_that_names_no_payment_is_caught_by_its_reservation_whoever_else_was_refused() -> None:
    """A refused commit of the inventory made no order, so it is still one of a ConfirmReservation."""
    method = "reservation.v1.InventoryService/CommitReservation"
    refused = sale("rsv_1", "", "", 150, method=method, intent="", **denied())
    claims = [hold("rsv_1", "A-1", 0), refused, sale("rsv_1", "", "A-1", 200, intent="")]
    (violation,) = found(sale_without_payment.RULE, *claims)
    assert violation.message == "Reservation rsv_1 became an order (rsv_1) though no payment of it was completed."


def test_a_payment_that_was_completed_in_time_or_by_others_is_a_near_miss() -> None:
    """What a later read makes of it is judged elsewhere, and who charged it need not be this run."""
    assert payments(charge("pay-of-rsv_1", 100), payment_read("pay-of-rsv_1", "PENDING", 900)) == []
    assert payments(payment_read("pay-of-rsv_1", "COMPLETED", 900)) == []
