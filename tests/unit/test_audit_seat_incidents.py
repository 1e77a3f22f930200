"""What the incidents about seats, orders and money leave behind: the whole audit says the one rule, or nothing."""

from __future__ import annotations

import pytest

from reports.audit import audit
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    at,
    bought,
    cancel,
    charge,
    denied,
    hold,
    intent,
    payment_read,
    read,
    sale,
)


def rung(*claims: Claim) -> dict[str, int]:
    """Rules that found something definite and how much; a possible finding is named as such."""
    for number, claim in enumerate(claims):
        claim.key = "" if claim.action == "read" else f"key-{number}"
    found: dict[str, int] = {}
    for report in audit(History.of(claims)):
        assert report.error == ""
        for violation in report.violations:
            name = report.rule.name if violation.certainty == "definite" else f"{report.rule.name} (possible)"
            found[name] = found.get(name, 0) + violation.count
    return found


def declined(reservation: str, ms: float) -> list[Claim]:
    """A payment by a card that fails."""
    name = f"first-of-{reservation}"
    return [intent(reservation, name, ms), charge(name, ms + 10, **denied("PAYMENT_FAILED"))]


@pytest.mark.incident("stale-replica")
def test_a_seat_sold_from_an_old_copy_is_caught() -> None:
    """The second was let in when the first order had stood for a tenth of a second; it is also a seat held twice."""
    claims = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", 300)]
    assert rung(*claims) == {"double_sale": 1, "held_twice": 1}


@pytest.mark.incident("stale-replica")
def test_an_old_copy_that_is_found_out_at_the_hold_is_a_near_miss() -> None:
    refused = hold("rsv_2", "A-1", 300, **denied())
    assert rung(*bought("rsv_1", "ord_1", "A-1"), refused) == {}


@pytest.mark.incident("unpaid-confirm")
def test_an_order_that_nobody_paid_is_caught() -> None:
    claims = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-of-rsv_1", 50), sale("rsv_1", "ord_1", "A-1", 200)]
    assert rung(*claims, read("rsv_1", "CONFIRMED", 300)) == {"sale_without_payment": 1}


@pytest.mark.incident("unpaid-confirm")
def test_a_confirmation_that_is_refused_unpaid_is_a_near_miss() -> None:
    claims = [hold("rsv_1", "A-1", 0), intent("rsv_1", "pay-of-rsv_1", 50)]
    assert rung(*claims, sale("rsv_1", "", "", 200, **denied("PAYMENT_NOT_APPROVED")), cancel("rsv_1", 300)) == {}


@pytest.mark.incident("double-charge")
def test_a_second_payment_that_went_through_is_caught() -> None:
    second = [intent("rsv_1", "pay-2", 50), charge("pay-2", 105)]
    assert rung(*bought("rsv_1", "ord_1", "A-1"), *second) == {"charged_twice": 1}


@pytest.mark.incident("double-charge")
def test_a_second_payment_after_a_card_that_failed_is_a_near_miss() -> None:
    assert rung(*bought("rsv_1", "ord_1", "A-1"), *declined("rsv_1", 20)) == {}


@pytest.mark.incident("order-refused")
def test_a_paid_order_that_is_refused_is_caught() -> None:
    refused = sale("rsv_1", "", "", 200, **denied())
    claims = [*bought("rsv_1", "ord_1", "A-1")[:3], refused, read("rsv_1", "PENDING", 300)]
    assert rung(*claims) == {"paid_without_order": 1}


@pytest.mark.incident("order-refused")
def test_a_paid_order_that_is_refused_and_paid_back_is_a_near_miss() -> None:
    refused = sale("rsv_1", "", "", 200, **denied())
    claims = [*bought("rsv_1", "ord_1", "A-1")[:3], refused, read("rsv_1", "PENDING", 300)]
    assert rung(*claims, payment_read("pay-of-rsv_1", "REFUNDED", 400)) == {}


@pytest.mark.incident("order-feigned")
def test_an_order_that_is_read_as_a_hold_is_caught() -> None:
    assert rung(*bought("rsv_1", "ord_1", "A-1"), read("rsv_1", "PENDING", 300)) == {"read_back_differs": 1}


@pytest.mark.incident("order-feigned")
def test_a_hold_that_is_read_while_it_is_confirmed_is_a_near_miss() -> None:
    claims = [*bought("rsv_1", "ord_1", "A-1"), read("rsv_1", "PENDING", 205), read("rsv_1", "CONFIRMED", 300)]
    assert rung(*claims) == {}


@pytest.mark.incident("order-lost")
def test_an_order_that_nobody_knows_any_more_is_caught() -> None:
    unknown = read("rsv_1", "", 300, **denied("NOT_FOUND"))
    assert rung(*bought("rsv_1", "ord_1", "A-1"), unknown) == {"read_back_differs": 1}


@pytest.mark.incident("order-lost")
def test_a_hold_that_nobody_knows_after_its_end_is_a_near_miss() -> None:
    """It never became an order, and a platform may forget what ended."""
    assert rung(hold("rsv_1", "A-1", 0), read("rsv_1", "", 70_000, **denied("NOT_FOUND"))) == {}


@pytest.mark.incident("wrong-seats-sold")
def test_an_order_of_another_seat_is_caught() -> None:
    claims = bought("rsv_1", "ord_1", "A-1 A-2")
    claims[-1].seats = ("A-1", "A-9")
    assert rung(*claims) == {"seats_confirmed_differ": 1}


@pytest.mark.incident("wrong-seats-sold")
def test_an_order_of_the_same_seats_in_another_order_is_a_near_miss() -> None:
    claims = bought("rsv_1", "ord_1", "A-1 A-2")
    claims[-1].seats = ("A-2", "A-1")
    assert rung(*claims) == {}


@pytest.mark.incident("wrong-seats-held")
def test_a_hold_of_another_seat_is_caught() -> None:
    claims = bought("rsv_1", "ord_1", "A-1")
    claims[0].wanted = ("A-2",)
    assert rung(*claims) == {"seats_held_differ": 1}


@pytest.mark.incident("wrong-seats-held")
def test_a_hold_of_the_next_seat_that_was_asked_for_is_a_near_miss() -> None:
    """The first is gone; the second is what was asked for then."""
    assert rung(hold("", "A-2", 0, **denied()), *bought("rsv_1", "ord_1", "A-1", 100)) == {}


def same_seats(second_ms: float) -> list[Claim]:
    """Two who name no seats and get the same; who is second is refused the order."""
    first, second = bought("rsv_1", "ord_1", "A-1"), [hold("rsv_2", "A-1", second_ms), cancel("rsv_2", second_ms + 100)]
    first[0].wanted = second[0].wanted = ()
    return [*first, *second]


@pytest.mark.incident("same-seats")
def test_the_same_seats_for_everybody_are_caught() -> None:
    assert rung(*same_seats(50)) == {"held_twice": 1}


@pytest.mark.incident("same-seats")
def test_the_same_seats_after_a_cancellation_are_a_near_miss() -> None:
    assert rung(*same_seats(-200)) == {}


@pytest.mark.incident("early-expiry", "lost-hold")
def test_a_hold_that_is_gone_before_its_end_is_caught() -> None:
    assert rung(hold("rsv_1", "A-1", 0), read("rsv_1", "EXPIRED", 30_000)) == {"hold_ended_early": 1}
    assert rung(hold("rsv_1", "A-1", 0), read("rsv_1", "", 30_000, **denied("NOT_FOUND"))) == {"hold_ended_early": 1}


@pytest.mark.incident("early-expiry", "lost-hold")
def test_a_hold_that_is_gone_within_the_skew_of_its_end_is_a_near_miss() -> None:
    assert rung(hold("rsv_1", "A-1", 0), read("rsv_1", "EXPIRED", 59_000)) == {}


@pytest.mark.incident("endless-hold")
def test_a_hold_that_never_ends_is_caught() -> None:
    assert rung(hold("rsv_1", "A-1", 0), read("rsv_1", "PENDING", 95_000)) == {"seats_leaked": 1}


@pytest.mark.incident("endless-hold")
def test_a_hold_that_ends_at_the_workers_last_attempt_is_a_near_miss() -> None:
    claims = [hold("rsv_1", "A-1", 0), read("rsv_1", "PENDING", 91_500), read("rsv_1", "EXPIRED", 92_000)]
    assert rung(*claims) == {}


@pytest.mark.incident("oversell-after-expiry")
def test_a_seat_sold_to_who_came_too_late_and_to_the_next_is_caught() -> None:
    """It is also a confirmation after the end of its hold, which the next one's then stood beside."""
    late = bought("rsv_1", "ord_1", "A-1")
    late[-1].sent_ns, late[-1].answered_ns = at(62_000), at(62_010)
    found = rung(*late, *bought("rsv_2", "ord_2", "A-1", 61_000))
    assert found == {"double_sale": 1, "held_twice": 1, "confirmed_after_expiry": 1}


@pytest.mark.incident("oversell-after-expiry")
def test_a_seat_sold_to_the_next_when_the_first_is_refused_is_a_near_miss() -> None:
    late = [hold("rsv_1", "A-1", 0), sale("rsv_1", "", "", 62_000, **denied("RESERVATION_EXPIRED"))]
    assert rung(*late, *bought("rsv_2", "ord_2", "A-1", 61_000)) == {}


@pytest.mark.incident("held-twice", "freed-twice")
def test_a_hold_under_anothers_hold_is_caught() -> None:
    assert rung(*bought("rsv_1", "ord_1", "A-1"), hold("rsv_2", "A-1", 50)) == {"held_twice": 1}


@pytest.mark.incident("held-twice", "freed-twice")
def test_a_hold_after_a_payment_that_failed_is_a_near_miss() -> None:
    """The platform may have given the seat up; it does so once."""
    first = [hold("rsv_1", "A-1", 0), *declined("rsv_1", 20)]
    assert rung(*first, *bought("rsv_2", "ord_2", "A-1", 100)) == {}


@pytest.mark.incident("cancelled-order")
def test_an_order_that_is_cancelled_is_caught() -> None:
    kept = payment_read("pay-of-rsv_1", "COMPLETED", 900)
    assert rung(*bought("rsv_1", "ord_1", "A-1"), cancel("rsv_1", 500), kept) == {"order_cancelled": 1}


@pytest.mark.incident("cancelled-order")
def test_an_order_that_is_paid_back_is_a_near_miss() -> None:
    refunded = payment_read("pay-of-rsv_1", "REFUNDED", 900)
    assert rung(*bought("rsv_1", "ord_1", "A-1"), cancel("rsv_1", 500), refunded) == {}


@pytest.mark.incident("refund-due")
def test_money_kept_for_a_cancelled_reservation_is_caught() -> None:
    paid = [*bought("rsv_1", "", "A-1")[:3], cancel("rsv_1", 500)]
    assert rung(*paid, payment_read("pay-of-rsv_1", "COMPLETED", 40_000)) == {"refund_due": 1}


@pytest.mark.incident("refund-due")
def test_money_that_comes_back_late_is_a_near_miss() -> None:
    paid = [*bought("rsv_1", "", "A-1")[:3], cancel("rsv_1", 500)]
    late = [payment_read("pay-of-rsv_1", "COMPLETED", 31_000), payment_read("pay-of-rsv_1", "REFUNDED", 31_500)]
    assert rung(*paid, *late) == {}
