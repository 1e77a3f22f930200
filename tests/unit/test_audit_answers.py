"""The rules about answers that contradict each other: two_answers_to_one_key, read_back_differs; and the registry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.audit import RULES, audit, read_back_differs, two_answers_to_one_key
from reports.audit.finding import SEVERITIES, Rule, Violation, findings
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tests.unit.told_claims import (
    EVENT,
    bought,
    cancel,
    charge,
    claim,
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


def keyed(reservation: str, seats: str, ms: float, **fields: object) -> Claim:
    return hold(reservation, seats, ms, **({"key": "key-1", "body": "body-1", "user": "somebody"} | fields))


def test_a_key_answered_with_two_reservations_is_caught() -> None:
    """The double click made two reservations."""
    claims = [keyed("rsv_1", "A-1", 0), keyed("rsv_2", "A-1", 2)]
    (violation,) = found(two_answers_to_one_key.RULE, *claims)
    assert violation.certainty == "definite"
    assert violation.message == (
        "Key key-1 of CreateReservation has two answers: it was answered with reservation rsv_1 and with "
        "reservation rsv_2."
    )
    assert violation.witness == {
        "key": "key-1",
        "event": EVENT,
        "reservations": ["rsv_1", "rsv_2"],
        "users": ["somebody"],
        "calls": [shown(each) for each in claims],
    }


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (keyed("rsv_1", "A-1", 100), ""),
        (keyed("rsv_2", "A-1", 100, user="somebody else"), ""),
        (keyed("rsv_2", "A-1", 100, key="key-2"), ""),
        (keyed("rsv_2", "A-1", 299_500), ""),
        (keyed("rsv_2", "A-1", 298_900), "reservation rsv_2"),
        (keyed("", "", 100, **lost()), ""),
        (keyed("", "", 100, **denied("RATE_LIMITED")), ""),
        (keyed("", "", 5, **denied("INVENTORY_CONFLICT")), ""),
        (keyed("", "", 10, **denied("INVENTORY_CONFLICT")), "then refused with INVENTORY_CONFLICT"),
        (keyed("rsv_2", "A-1", 298_990), "reservation rsv_2"),
        (keyed("rsv_2", "A-1", 298_991), ""),
        (keyed("", "", 100, **denied("INVENTORY_CONFLICT")), "then refused with INVENTORY_CONFLICT"),
        (keyed("", "", 100, body="body-2", **denied("IDEMPOTENCY_CONFLICT")), ""),
        (keyed("rsv_1", "A-2", 100, body="body-2"), "two different requests went through"),
        (keyed("rsv_1", "A-2", 100), "seats A-1 and with seats A-2"),
    ],
    ids=[
        "replayed",
        "another user",
        "another key",
        "after the key's life",
        "at the end of the key's life",
        "never answered",
        "told to come later",
        "refused while the first was under way",
        "refused as soon as the first was answered",
        "the last moment of the key's life",
        "the first moment after it",
        "refused after the first",
        "another body, refused",
        "another body, accepted",
        "other seats",
    ],
)
def test_a_repeated_key_is_weighed_by_its_second_answer(second: Claim, expected: str) -> None:
    """Only what contradicts the first answer while the key is remembered is a violation."""
    messages = [each.message for each in found(two_answers_to_one_key.RULE, keyed("rsv_1", "A-1", 0), second)]
    assert [expected in message for message in messages] == ([True] if expected else [])


def test_the_life_of_a_key_is_an_argument() -> None:
    """A platform that runs twenty times faster forgets twenty times sooner."""
    claims = [keyed("rsv_1", "A-1", 0), keyed("rsv_2", "A-1", 14_500)]
    assert len(found(two_answers_to_one_key.RULE, *claims, key_life_ns=16 * 10**9)) == 1
    assert found(two_answers_to_one_key.RULE, *claims, key_life_ns=15 * 10**9) == []


def test_two_intents_under_one_key_are_caught() -> None:
    """The payment simulator that ignores keys makes a second intent."""
    first = claim("intent", 1, reservation="rsv_1", intent="pay-1", key="key-1", user="somebody")
    claims = [first, replace(first, sent_ns=first.answered_ns, intent="pay-2")]
    (violation,) = found(two_answers_to_one_key.RULE, *claims)
    assert violation.message.endswith("it was answered with intent pay-1 and with intent pay-2.")
    assert violation.witness["intents"] == ["pay-1", "pay-2"]


def test_an_order_read_back_as_something_else_is_caught() -> None:
    """The platform confirmed it, and says later that it has expired."""
    order = bought("rsv_1", "ord_1", "A-1")
    later = read("rsv_1", "EXPIRED", 900)
    (violation,) = found(read_back_differs.RULE, *order, later)
    assert violation.certainty == "definite"
    assert violation.message == "Reservation rsv_1 was confirmed as order ord_1 and is read back as EXPIRED."
    assert violation.witness == {
        "event": EVENT,
        "orders": ["ord_1"],
        "reservations": ["rsv_1"],
        "intents": ["pay-of-rsv_1"],
        "users": ["user-of-rsv_1"],
        "calls": [shown(order[3]), shown(later)],
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([read("rsv_1", "CONFIRMED", 900, order="ord_1", seats=("A-2", "A-1"))], ""),
        ([read("rsv_1", "HOLD", 205)], ""),
        ([read("rsv_1", "HOLD", 210)], "read back as HOLD"),
        ([payment_read("pay-of-rsv_1", "PENDING", 110)], "read back as PENDING"),
        ([read("rsv_1", "", 900, **lost())], ""),
        ([cancel("rsv_1", 300), read("rsv_1", "CANCELLED", 900)], ""),
        ([void("pay-of-rsv_1", 300), read("rsv_1", "REFUNDED", 900)], ""),
        ([cancel("rsv_1", 300, **lost()), read("rsv_1", "CONFIRMED", 900, order="ord_1")], ""),
        ([read("rsv_1", "HOLD", 900)], "confirmed as order ord_1 and is read back as HOLD"),
        ([read("rsv_1", "", 900, code="NOT_FOUND", outcome="failed", effect="may_have")], "is read back as NOT_FOUND"),
        ([read("rsv_1", "CONFIRMED", 900, order="ord_2")], "order ord_1 and is read back as order ord_2"),
        ([read("rsv_1", "CONFIRMED", 900, seats=("A-1",))], "with seats A-1, A-2 and is read back with A-1"),
        ([cancel("rsv_1", 300), read("rsv_1", "CONFIRMED", 900)], "was cancelled and is read back as CONFIRMED"),
        ([payment_read("pay-of-rsv_1", "COMPLETED", 900)], ""),
        ([payment_read("pay-of-rsv_1", "REFUNDED", 900)], ""),
        ([payment_read("pay-of-rsv_1", "PENDING", 105)], ""),
        ([payment_read("pay-of-rsv_1", "FAILED", 900)], "pay-of-rsv_1 was completed and is read back as FAILED"),
        ([void("pay-of-rsv_1", 300, **lost()), payment_read("pay-of-rsv_1", "CANCELLED", 900)], ""),
    ],
    ids=[
        "the same",
        "read while it was confirmed",
        "read as soon as it was confirmed",
        "read as soon as it was charged",
        "never answered",
        "cancelled",
        "voided",
        "a cancellation that did not happen",
        "still held",
        "not there",
        "another order",
        "other seats",
        "cancelled and yet confirmed",
        "still paid",
        "refunded",
        "read while it was charged",
        "no longer paid",
        "perhaps voided",
    ],
)
def test_an_order_is_compared_with_every_later_read(claims: list[Claim], expected: str) -> None:
    """Reads that were under way, or that somebody's request explains, prove nothing."""
    messages = [each.message for each in found(read_back_differs.RULE, *bought("rsv_1", "ord_1", "A-1 A-2"), *claims)]
    assert [expected in message for message in messages] == ([True] if expected else [])


def test_a_cancelled_hold_that_is_sold_later_is_caught_only_without_a_sale() -> None:
    """A confirmation that may have come after the cancellation explains the order."""
    held, given_up = hold("rsv_1", "A-1", 0), cancel("rsv_1", 300)
    (violation,) = found(read_back_differs.RULE, held, given_up, read("rsv_1", "HOLD", 900))
    assert violation.message == "Reservation rsv_1 was cancelled and is read back as HOLD."
    racing = sale("rsv_1", "", "", 250, took=500, **lost())
    assert found(read_back_differs.RULE, held, given_up, racing, read("rsv_1", "CONFIRMED", 900)) == []
    released = cancel("rsv_1", 300, method="reservation.v1.InventoryService/ReleaseHold")
    assert found(read_back_differs.RULE, held, released, read("rsv_1", "HOLD", 900)) == []


def test_a_failed_payment_that_is_completed_later_is_caught() -> None:
    """Its money is gone though the card was said to have failed; another charge explains it."""
    failed = charge("pay-1", 100, **denied("PAYMENT_FAILED"))
    (violation,) = found(read_back_differs.RULE, failed, payment_read("pay-1", "COMPLETED", 900))
    assert violation.message == "Payment pay-1 had failed and is read back as COMPLETED."
    assert found(read_back_differs.RULE, failed, charge("pay-1", 300), payment_read("pay-1", "COMPLETED", 900)) == []


def test_healthy_purchases_give_no_finding_at_all() -> None:
    """All rules together say nothing about buyers, cancellers and refused ones."""
    claims = [*bought("rsv_1", "ord_1", "A-1"), *bought("rsv_2", "ord_2", "A-2"), cancel("rsv_2", 400)]
    claims += [read("rsv_1", "CONFIRMED", 900, order="ord_1", seats=("A-1",)), read("rsv_2", "CANCELLED", 900)]
    claims += [hold("", "A-1", 20, **denied()), payment_read("pay-of-rsv_1", "COMPLETED", 900)]
    claims += [payment_read("pay-of-rsv_2", "REFUNDED", 900)]
    reports = audit(History.of(claims, {EVENT: 2}))
    assert [(report.rule.name, list(report.violations), report.error) for report in reports] == [
        (rule.name, [], "") for rule in RULES
    ]


def test_the_audit_has_every_rule_that_there_is_a_file_of_with_a_promise_and_a_severity() -> None:
    """A rule that is not in the registry rings for nobody."""
    folder = Path(__file__).parents[2] / "reports" / "audit"
    files = {file.stem for file in folder.glob("*.py") if "\nRULE = Rule(" in file.read_text()}
    assert {rule.name for rule in RULES} == files
    assert all(rule.promise.endswith(".") and rule.severity in SEVERITIES for rule in RULES)


def test_a_rule_that_throws_is_reported_with_its_error() -> None:
    """The others are applied nevertheless."""

    def throws(_history: History) -> list[Violation]:
        raise KeyError("rsv_1")

    broken = Rule("broken", "Nothing.", "minor", throws)
    first, second = audit(History.of([]), [broken, RULES[0]])
    assert (first.violations, first.error) == ((), "KeyError: 'rsv_1'")
    assert second.error == ""


def test_findings_sum_violations_up_by_rule_and_certainty() -> None:
    """Definite before possible; the first witness whole, others up to a bound, and how many there are."""
    definite = [Violation("definite", f"Seat {number}.", {"seat": number}, count=2) for number in range(30)]
    rule = Rule("broken", "Nothing.", "minor", lambda _history: [Violation("possible", "Maybe.", {}), *definite])
    first, second = findings(audit(History.of([]), [rule]))
    assert (first.rule, first.certainty, first.severity, first.count) == ("broken", "definite", "minor", 60)
    assert first.message == "Seat 0. (58 more of this kind)"
    assert (first.witness, first.witnesses) == ({"seat": 0}, [{"seat": number} for number in range(1, 21)])
    assert (second.certainty, second.message, second.count, second.witnesses) == ("possible", "Maybe.", 1, [])


ORDER = bought("rsv_1", "ord_1", "A-1")
UNNAMED = [*ORDER[:3], sale("rsv_1", "", "", 200)]
ENDED = [*ORDER, cancel("rsv_1", 300)]
REFUSED = [*ORDER[:2], charge("pay-of-rsv_1", 100, **denied("PAYMENT_FAILED"))]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([*UNNAMED, read("rsv_1", "EXPIRED", 900)], "was confirmed as order (no id) and is read back as EXPIRED"),
        ([*UNNAMED, read("rsv_1", "CONFIRMED", 900, order="ord_1", seats=("A-1",))], ""),
        ([*ENDED, read("rsv_1", "CANCELLED", 900, order="ord_2", seats=("A-2",))], ""),
        ([ORDER[0], cancel("rsv_1", 300), sale("rsv_1", "", "", 400, **denied()), read("rsv_1", "HOLD", 900)],
         "was cancelled and is read back as HOLD"),
        ([ORDER[0], cancel("rsv_1", 300), sale("rsv_1", "ord_1", "A-1", 400), read("rsv_1", "CONFIRMED", 900)], ""),
        ([*ENDED, payment_read("pay-of-rsv_1", "CANCELLED", 900)], ""),
        ([*ORDER[:2], charge("pay-of-rsv_1", 100, "PROCESSING"), payment_read("pay-of-rsv_1", "FAILED", 900)], ""),
        ([*REFUSED, payment_read("pay-of-rsv_1", "FAILED", 900)], ""),
    ],
    ids=["no id was told", "more is told later", "ended, and read with other things", "a sale was refused since",
         "sold since", "cancelled with its order", "failed in the end", "failed and read so"],
)  # fmt: skip
def test_a_statement_is_compared_with_what_it_said_and_no_more(claims: list[Claim], expected: str) -> None:
    messages = [violation.message for violation in found(read_back_differs.RULE, *claims)]
    assert messages == ([f"Reservation rsv_1 {expected}."] if expected else [])


def test_the_event_of_a_statement_is_that_of_a_read_that_names_none() -> None:
    (violation,) = found(
        read_back_differs.RULE, sale("rsv_1", "ord_1", "A-1", 200, event=EVENT), read("rsv_1", "EXPIRED", 900, event="")
    )
    assert violation.witness["event"] == EVENT


def test_a_statement_that_names_no_reservation_or_user_has_none_in_its_witness() -> None:
    claims = [charge("pay-1", 100, user=""), payment_read("pay-1", "PENDING", 900, user="")]
    (violation,) = found(read_back_differs.RULE, *claims)
    assert violation.witness == {"intents": ["pay-1"], "calls": [shown(it) for it in claims]}


@pytest.mark.parametrize(
    ("name", "other", "nothing"), [("reservation", "rsv_2", ""), ("seats", ("A-2",), ()), ("body", "body-2", "")]
)
def test_what_one_of_two_answers_leaves_out_is_no_difference(name: str, other: Any, nothing: Any) -> None:
    """Whichever of the two came first."""
    first, second = keyed("rsv_1", "A-1", 0), keyed("rsv_1", "A-1", 100)

    def differ(one: Any, two: Any) -> int:
        both = replace(first, **{name: one}), replace(second, **{name: two})
        return len(found(two_answers_to_one_key.RULE, *both))

    assert differ(getattr(first, name), other) == 1
    assert differ(nothing, other) == 0
    assert differ(other, nothing) == 0


def test_requests_without_a_key_are_not_compared() -> None:
    both = [keyed("rsv_1", "A-1", 0, key=""), keyed("rsv_2", "A-1", 100, key="")]
    assert found(two_answers_to_one_key.RULE, *both) == []
