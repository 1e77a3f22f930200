"""The rule double_sale: what it catches, and the nearest that is legal."""

from __future__ import annotations

import pytest

from reports.audit import over_capacity
from reports.audit.double_sale import RULE
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    bought,
    cancel,
    denied,
    found,
    hold,
    lost,
    payment_read,
    read,
    sale,
    shown,
    void,
)


def certainties(*claims: Claim) -> list[str]:
    return [violation.certainty for violation in found(RULE, *claims)]


@pytest.mark.incident("oversell")
def test_a_seat_sold_twice_is_caught() -> None:
    """Two orders that are known to have happened, with everything that shows it in the witness."""
    first, second = bought("rsv_1", "ord_1", "A-1 A-2"), bought("rsv_2", "ord_2", "A-2 A-3", ms=50)
    first[3].trace, second[3].trace = "trace-1", "trace-2"
    (violation,) = found(RULE, *first, *second)
    assert violation.certainty == "definite"
    assert violation.count == 1
    assert violation.message == "Seat A-2 of evt_1 was sold twice: to ord_1 and to ord_2."
    assert violation.witness == {
        "event": EVENT,
        "seat": "A-2",
        "orders": ["ord_1", "ord_2"],
        "reservations": ["rsv_1", "rsv_2"],
        "users": ["user-of-rsv_1", "user-of-rsv_2"],
        "calls": [shown(first[0]), shown(second[0]), shown(first[3]), shown(second[3])],
    }


@pytest.mark.incident("oversell")
def test_seats_sold_once_each_are_a_near_miss() -> None:
    """Neighbouring seats, the same seat name at another event, and a second order that was refused."""
    elsewhere = [hold("rsv_3", "A-1", 0, event="evt_2"), sale("rsv_3", "ord_3", "A-1", 100)]
    refused = [hold("rsv_4", "A-1", 20), sale("rsv_4", "", "", 300, **denied())]
    claims = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-2"), *elsewhere, *refused]
    assert found(RULE, *claims) == []


def test_a_seat_sold_again_after_a_true_cancellation_is_a_near_miss() -> None:
    """The first order ended before the second began; so it may have when the two overlapped."""
    first, second = bought("rsv_1", "ord_1", "A-1"), bought("rsv_2", "ord_2", "A-1", ms=1000)
    assert found(RULE, *first, cancel("rsv_1", 500), *second) == []
    assert found(RULE, *first, cancel("rsv_1", 1205), *second) == []


def test_a_cancellation_after_the_second_sale_is_caught() -> None:
    """It was sent when the second order already stood, so both did."""
    first, second = bought("rsv_1", "ord_1", "A-1"), bought("rsv_2", "ord_2", "A-1", ms=1000)
    assert certainties(*first, cancel("rsv_1", 1300), *second) == ["definite"]


def test_a_refused_cancellation_is_caught() -> None:
    """A cancellation that did not happen frees nothing."""
    first, second = bought("rsv_1", "ord_1", "A-1"), bought("rsv_2", "ord_2", "A-1", ms=1000)
    assert certainties(*first, cancel("rsv_1", 500, **denied("FAILED_PRECONDITION")), *second) == ["definite"]


def test_an_order_read_as_cancelled_is_a_near_miss_and_one_read_as_lost_is_not() -> None:
    """Who is told that an order is theirs keeps it until it is cancelled; expiry is no cancellation."""
    both = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", ms=1000)]
    assert certainties(*both, read("rsv_1", "REFUNDED", 5000)) == []
    assert certainties(*both, read("rsv_1", "EXPIRED", 5000)) == ["definite"]
    assert certainties(*both, read("rsv_1", "", 5000, code="NOT_FOUND", effect="may_have")) == ["definite"]


def test_an_order_still_confirmed_after_the_other_sale_is_caught_in_spite_of_its_cancellation() -> None:
    """The read settles the cancellation that may have come before."""
    first, second = bought("rsv_1", "ord_1", "A-1"), bought("rsv_2", "ord_2", "A-1", ms=1000)
    unanswered = cancel("rsv_1", 500, **lost())
    assert certainties(*first, unanswered, *second) == ["possible"]
    assert certainties(*first, unanswered, *second, read("rsv_1", "CONFIRMED", 5000)) == ["definite"]


@pytest.mark.parametrize(
    ("settling", "expected"),
    [
        ([], ["possible"]),
        ([read("rsv_2", "HOLD", 5000)], ["possible"]),
        ([read("rsv_2", "EXPIRED", 5000)], []),
        ([read("rsv_2", "", 5000, code="NOT_FOUND", outcome="failed", effect="may_have")], []),
        ([read("rsv_2", "EXPIRED", 250)], ["possible"]),
        ([read("rsv_2", "CONFIRMED", 5000, order="ord_2")], ["definite"]),
    ],
    ids=["never read", "still held", "expired", "not there", "read before the answer was due", "confirmed"],
)
def test_a_sale_that_was_never_answered_is_possible_until_a_read_settles_it(
    settling: list[Claim], expected: list[str]
) -> None:
    """An unknown may have happened at any later time, so only a final word after it settles it."""
    first = bought("rsv_1", "ord_1", "A-1")
    second = [hold("rsv_2", "A-1", 20), sale("rsv_2", "", "", 240, took=500, **lost())]
    assert certainties(*first, *second, *settling) == expected


def test_two_orders_of_one_reservation_are_caught() -> None:
    """One reservation confirmed under two order ids sold its seat twice; the same id twice did not."""
    first = bought("rsv_1", "ord_1", "A-1")
    second = sale("rsv_1", "ord_9", "A-1", 400)
    (violation,) = found(RULE, *first, second)
    assert violation.certainty == "definite"
    assert violation.witness["calls"] == [shown(first[0]), shown(first[3]), shown(second)]
    assert certainties(*first, sale("rsv_1", "ord_1", "A-1", 400), read("rsv_1", "CONFIRMED", 900, order="ord_1")) == []


def test_what_is_sold_at_the_instant_of_the_cancellation_is_a_near_miss() -> None:
    """Intervals that touch may have been in either order, for a cancellation and for a read that shows it."""
    first, second = bought("rsv_1", "ord_1", "A-1"), bought("rsv_2", "ord_2", "A-1", ms=1000)
    assert certainties(*first, cancel("rsv_1", 1210), *second) == []
    assert certainties(*first, cancel("rsv_1", 1211), *second) == ["definite"]
    still = read("rsv_1", "CONFIRMED", 1210)
    assert certainties(*first, cancel("rsv_1", 500), still, *second) == ["definite"]
    assert certainties(*first, read("rsv_1", "CANCELLED", 190), *second) == []
    assert certainties(*first, read("rsv_1", "CANCELLED", 189), *second) == ["definite"]


def test_what_two_hosts_saw_within_their_clocks_skew_may_have_been_in_either_order() -> None:
    """On one host there is one clock, and a cancellation that was sent later was later."""
    both = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", ms=1000)]
    for ms, expected in ((2210, "possible"), (2211, "definite")):
        (violation,) = found(RULE, *both, cancel("rsv_1", ms), hosts_skew_ns=10**9)
        assert violation.certainty == expected
    still = [cancel("rsv_1", 500, **lost()), read("rsv_1", "CONFIRMED", 2209)]
    assert [each.certainty for each in found(RULE, *both, *still, hosts_skew_ns=10**9)] == ["possible"]
    assert certainties(*both, *still) == ["definite"]


def test_an_order_that_is_confirmed_again_after_a_read_as_cancelled_is_caught() -> None:
    """The later word counts; a read that was under way meanwhile is no later word."""
    both = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-1", ms=1000)]
    cancelled = read("rsv_1", "CANCELLED", 500)
    assert certainties(*both, cancelled, read("rsv_1", "CONFIRMED", 510)) == ["definite"]
    assert certainties(*both, cancelled, read("rsv_1", "CONFIRMED", 509)) == []


def test_an_answer_without_an_order_is_a_near_miss_and_a_confirmed_one_is_not() -> None:
    """What a worker did about a payment need not be a sale; CONFIRMED is one with or without an id."""
    worked = sale(
        "rsv_2", "", "A-1", 300, event=EVENT, status="", method="reservation.v1.WorkerService/ProcessPaymentResult"
    )
    assert certainties(*bought("rsv_1", "ord_1", "A-1"), worked) == []
    assert certainties(*bought("rsv_1", "ord_1", "A-1"), sale("rsv_2", "", "A-1", 300, event=EVENT)) == ["definite"]
    told_no = sale(
        "rsv_2", "ord_2", "A-1", 300, event=EVENT, outcome="refused", effect="did_not", code="INVENTORY_CONFLICT"
    )
    assert certainties(*bought("rsv_1", "ord_1", "A-1"), told_no) == []


def test_reads_that_state_nothing_settle_nothing() -> None:
    """An answer that may be wrong is not believed, and UNSPECIFIED is no word."""
    open_sale = [hold("rsv_2", "A-1", 20), sale("rsv_2", "", "", 240, **lost())]
    both = [*bought("rsv_1", "ord_1", "A-1"), *open_sale]
    doubtful = read("rsv_2", "CONFIRMED", 900, outcome="failed", effect="may_have", code="EMPTY")
    assert certainties(*both, doubtful) == ["possible"]
    assert certainties(*both, read("rsv_2", "EXPIRED", 250)) == []
    assert certainties(*both, read("rsv_2", "EXPIRED", 249)) == ["possible"]


def test_each_seat_counts_once_however_many_orders_it_has() -> None:
    """Three orders for two seats are two violations."""
    claims = [claim for number in range(3) for claim in bought(f"rsv_{number}", f"ord_{number}", "A-1 A-2", number)]
    assert certainties(*claims) == ["definite", "definite"]


def test_an_order_known_only_from_a_read_is_caught() -> None:
    """A platform that confirms on its own is audited from what it says when asked."""
    second = [hold("rsv_2", "A-1", 20), read("rsv_2", "CONFIRMED", 5000, order="ord_2", seats=("A-1",))]
    assert certainties(*bought("rsv_1", "ord_1", "A-1"), *second) == ["definite"]


def test_an_unanswered_sale_before_a_known_one_is_possible_and_said_so() -> None:
    """Whichever of the two was sent first; an order whose id nobody told goes by its reservation."""
    open_sale = [hold("rsv_2", "A-1", 20, event=""), sale("rsv_2", "", "", 40, **lost())]
    known = [hold("rsv_1", "A-1", 0, event=""), sale("rsv_1", "", "A-1", 200)]
    (violation,) = found(RULE, *open_sale, *known)
    assert violation.certainty == "possible"
    assert violation.message == "Seat A-1 of an unnamed event may have been sold twice: to rsv_2 and to rsv_1."


def test_the_witness_shows_the_hold_that_named_the_seat() -> None:
    other, named = hold("rsv_1", "A-9", 0), hold("rsv_1", "A-1", 10)
    first, second = sale("rsv_1", "ord_1", "A-1 A-9", 200), bought("rsv_2", "ord_2", "A-1", ms=50)
    (violation,) = found(RULE, other, named, first, *second)
    assert violation.witness["calls"] == [shown(it) for it in (named, second[0], first, second[3])]


MONEY = "pay-of-rsv_1"


@pytest.mark.parametrize(
    ("back", "certainty"),
    [
        ([void(MONEY, 300)], "possible"),
        ([void(MONEY, 300, **lost())], "possible"),
        ([payment_read(MONEY, "REFUNDED", 5000)], "possible"),
        ([void(MONEY, 1300)], "definite"),
        ([void(MONEY, 300, **denied("FAILED_PRECONDITION"))], "definite"),
        ([void(MONEY, 300), read("rsv_1", "CONFIRMED", 5000)], "definite"),
    ],
    ids=[
        "given back",
        "perhaps given back",
        "read as given back",
        "after the second sale",
        "not given back",
        "it stands",
    ],
)
def test_an_order_whose_payment_was_given_back_may_have_ended_with_it(back: list[Claim], certainty: str) -> None:
    """Nobody read it afterwards; the platform may have sold its seat anew for good reason."""
    claims = [*bought("rsv_1", "ord_1", "A-1", 0), *back, *bought("rsv_2", "ord_2", "A-1", 1000)]
    assert certainties(*claims) == [certainty]


@pytest.mark.parametrize(("code", "certainty"), [("OK", "possible"), ("FAILED_PRECONDITION", "definite")])
def test_an_order_whose_payment_was_given_back_need_not_count(code: str, certainty: str) -> None:
    back = void(MONEY, 300, **({} if code == "OK" else denied(code)))
    claims = [*bought("rsv_1", "ord_1", "A-1", 0), back, *bought("rsv_2", "ord_2", "A-2", 1000)]
    (violation,) = found(over_capacity.RULE, *claims, capacity={EVENT: 1})
    assert violation.certainty == certainty
