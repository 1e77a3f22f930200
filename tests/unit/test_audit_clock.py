"""The rule clock_skew: what it catches, and the nearest that is legal."""

from __future__ import annotations

from typing import Any

import pytest

from reports.audit.clock_skew import RULE
from tacorush.evidence.records import Claim
from tests.unit.told_claims import EVENT, at, bought, cancel, charge, found, hold, lost, sale, shown


def told(ms: float, **fields: Any) -> list[Claim]:
    """A purchase whose confirmation, sent at 200 ms and answered at 210 ms, is dated so many milliseconds after T0."""
    held, *paid, _ = bought("rsv_1", "ord_1", "A-1")
    return [held, *paid, sale("rsv_1", "ord_1", "A-1", 200, **({"stated_ns": at(ms)} | fields))]


def messages(*claims: Claim, **limits: Any) -> list[str]:
    return [violation.message for violation in found(RULE, *claims, **limits)]


def test_clock_skew_ahead_is_caught() -> None:
    """Dated after the answer that tells of it, with the whole witness."""
    claims = told(1211)
    (violation,) = found(RULE, *claims)
    assert (violation.certainty, violation.count) == ("definite", 1)
    assert violation.message == (
        "ConfirmReservation is dated 1.0 s after the answer that tells of it: the platform's clock is off."
    )
    assert violation.witness == {
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "intents": ["pay-of-rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(claims[-1])],
    }


def test_clock_skew_behind_is_caught() -> None:
    """Dated before anybody had asked for the reservation."""
    claims = told(-1001)
    (violation,) = found(RULE, *claims)
    assert violation.message == (
        "ConfirmReservation is dated 1.0 s before anybody had asked for it: the platform's clock is off."
    )
    assert violation.witness["calls"] == [shown(claims[0]), shown(claims[1]), shown(claims[-1])]


@pytest.mark.parametrize("ms", [200, 210, 1210, -1000, 0])
def test_clock_skew_within_the_allowance_is_a_near_miss(ms: float) -> None:
    assert messages(*told(ms)) == []


def test_clock_skew_is_weighed_with_the_skew_that_is_allowed() -> None:
    assert messages(*told(1210), skew_ns=10**9 - 1) != []
    assert messages(*told(5210), skew_ns=5 * 10**9) == []


def test_a_replayed_order_of_long_ago_is_a_near_miss_of_clock_skew() -> None:
    """It was confirmed when it was, however late it is told again."""
    held, *_ = bought("rsv_1", "ord_1", "A-1")
    assert messages(held, sale("rsv_1", "ord_1", "A-1", 9000, stated_ns=at(205))) == []


def test_what_somebody_else_began_a_no_and_an_answer_without_a_time_are_near_misses_of_clock_skew() -> None:
    assert messages(sale("rsv_9", "ord_9", "A-9", 200, stated_ns=at(-90_000))) == []
    assert messages(*told(9000, effect="did_not", outcome="refused", code="RESERVATION_EXPIRED")) == []
    assert messages(*told(0, stated_ns=0)) == []


def test_a_request_that_got_no_id_is_not_where_others_began() -> None:
    """Nor is an answer judged that names neither reservation nor payment."""
    nameless = hold("", "A-1", 5000, **lost())
    assert messages(nameless, charge("pay-of-somebody", 6000, stated_ns=at(100))) == []
    assert messages(nameless, sale("", "ord_1", "A-1", 6000, intent="", stated_ns=at(99_000))) == []


def test_cancellations_and_payments_are_dated_too() -> None:
    held, intent, *_ = bought("rsv_1", "ord_1", "A-1")
    late = [cancel("rsv_1", 300, stated_ns=at(2000)), charge("pay-of-rsv_1", 100, stated_ns=at(2000))]
    assert [message.split()[0] for message in messages(held, intent, *late)] == ["ProcessPayment", "CancelReservation"]
    early = [charge("pay-of-rsv_1", 100, stated_ns=at(-960))]
    assert [message.split()[4] for message in messages(held, intent, *early)] == ["s"]
    assert messages(intent, charge("pay-of-rsv_1", 100, stated_ns=at(-950))) == []


def test_another_event_does_not_hide_it() -> None:
    assert messages(hold("rsv_2", "A-1", 0, event=EVENT, stated_ns=at(99_000))) == []
    assert len(messages(hold("rsv_2", "A-1", 0), *told(9000))) == 1
