"""Idempotency keys: two_answers_to_one_key and write_without_key, for each incident what is caught and what is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reports.audit import audit, two_answers_to_one_key, write_without_key
from reports.audit.history import History
from tacorush.evidence.records import Claim
from tests.unit.crowd_of_one import perform
from tests.unit.scripted_platform import SmallPlatform, no
from tests.unit.told_claims import at, claim, denied, found, intent, lost, shown


def opened(name: str, ms: float, took: float = 10, **fields: Any) -> Claim:
    """A payment opened under one key."""
    told = intent("rsv_1", name, ms, **({"key": "key-1", "body": "body-1", "user": "ann"} | fields))
    return replace(told, answered_ns=at(ms + took))


def said_of(*claims: Claim) -> list[str]:
    return [each.message for each in found(two_answers_to_one_key.RULE, *claims)]


def test_idempotency_race_caught() -> None:
    """Both clicks of a double click opened a payment."""
    both = [opened("pay-1", 0), opened("pay-2", 1)]
    (violation,) = found(two_answers_to_one_key.RULE, *both)
    assert (violation.certainty, violation.message) == (
        "definite",
        "Key key-1 of CreatePaymentIntent has two answers: it was answered with intent pay-1 and with intent pay-2.",
    )
    assert violation.witness == {
        "key": "key-1",
        "reservations": ["rsv_1"],
        "intents": ["pay-1", "pay-2"],
        "users": ["ann"],
        "calls": [shown(each) for each in both],
    }


@pytest.mark.parametrize(
    "second",
    [opened("pay-1", 1), opened("", 1, **denied("CONCURRENT_MODIFICATION")), opened("", 1, **denied("FORBIDDEN"))],
    ids=["the same", "told to come later", "refused while the first was under way"],
)
def test_idempotency_race_near_miss(second: Claim) -> None:
    """A platform may answer the second click like the first, or refuse it while the first is under way."""
    assert said_of(opened("pay-1", 0), second) == []


def test_key_ignored_caught() -> None:
    """A repetition that was refused because the first had gone through was not recognised as one."""
    (message,) = said_of(opened("pay-1", 0), opened("", 50, **denied("FAILED_PRECONDITION")))
    assert message.endswith("the request that had gone through was then refused with FAILED_PRECONDITION.")


def test_key_ignored_near_miss() -> None:
    """The first was never answered: what was refused then may have been the first to arrive."""
    assert said_of(opened("", 0, **lost()), opened("", 50, **denied("FAILED_PRECONDITION"))) == []


def test_key_forgotten_caught() -> None:
    (message,) = said_of(opened("pay-1", 0), opened("pay-2", 20_000))
    assert message.endswith("it was answered with intent pay-1 and with intent pay-2.")


def test_key_forgotten_near_miss() -> None:
    """A key may be forgotten once its 300 s are over, give or take the clocks' skew."""
    assert said_of(opened("pay-1", 0), opened("pay-2", 299_500)) == []


def test_key_conflict_accepted_caught() -> None:
    (message,) = said_of(opened("pay-1", 0), opened("pay-2", 50, body="body-2"))
    assert message.endswith("two different requests went through under it.")


def test_key_conflict_accepted_near_miss() -> None:
    assert said_of(opened("pay-1", 0), opened("", 50, body="body-2", **denied("IDEMPOTENCY_CONFLICT"))) == []


def test_key_missing_accepted_caught() -> None:
    told = opened("pay-1", 0, key="")
    (violation,) = found(write_without_key.RULE, told, opened("pay-2", 50))
    assert violation.certainty == "definite"
    assert violation.message == "CreatePaymentIntent went through without an idempotency key (pay-1)."
    assert violation.witness == {
        "reservations": ["rsv_1"],
        "intents": ["pay-1"],
        "users": ["ann"],
        "calls": [shown(told)],
    }


def test_a_write_without_key_names_the_order_before_the_reservation_and_nothing_where_there_is_nothing() -> None:
    sold = claim("sale", 0, key="", event="", reservation="rsv_1", order="ord_1", seats=("A-1",))
    held = claim("hold", 50, key="", reservation="rsv_2")
    extended = claim("extend", 90, key="", event="")
    first, second, third = found(write_without_key.RULE, sold, held, extended)
    assert first.message == "ConfirmReservation went through without an idempotency key (ord_1)."
    assert (first.witness["orders"], first.witness["reservations"]) == (["ord_1"], ["rsv_1"])
    assert second.message == "CreateReservation went through without an idempotency key (rsv_2)."
    assert second.witness == {"event": "evt_1", "reservations": ["rsv_2"], "calls": [shown(held)]}
    assert third.message == "ExtendHold went through without an idempotency key (no id)."
    assert third.witness == {"calls": [shown(extended)]}


@pytest.mark.parametrize(
    "told",
    [
        opened("", 0, key="", **denied("IDEMPOTENCY_REQUIRED")),
        opened("", 0, key="", **lost()),
        opened("pay-1", 0),
        claim("read", 0),
        claim("sale", 0, method="reservation.v1.WorkerService/ProcessPaymentResult"),
        claim("sale", 0, method="of.another.Contract/Sell"),
    ],
    ids=["refused", "never answered", "with a key", "a read", "a write that takes none", "a method of elsewhere"],
)
def test_key_missing_accepted_near_miss(told: Claim) -> None:
    assert found(write_without_key.RULE, told) == []


def test_who_repeats_everything_finds_a_platform_that_takes_any_key_and_none() -> None:
    """The small platform looks for the key alone: another body passes, and so does no key."""
    made = perform(SmallPlatform(payment_polls=0).target(), "repeater")
    assert made.ending == "ticket"
    reports = audit(History.of(made.book.claims))
    assert {report.rule.name: len(report.violations) for report in reports if report.violations} == {
        "two_answers_to_one_key": 1,
        "write_without_key": 1,
    }


def test_who_repeats_everything_finds_nothing_where_keys_are_kept() -> None:
    platform = SmallPlatform(payment_polls=0)
    first: dict[str, Any] = {}

    def strict(request: Any) -> Any:
        if not request.idempotency_key:
            return no("IDEMPOTENCY_REQUIRED", type(platform.intent(request)))(request)
        if request != first.setdefault(request.idempotency_key, request):
            return no("IDEMPOTENCY_CONFLICT", type(platform.intent(request)))(request)
        return platform.intent(request)

    made = perform(platform.target(CreatePaymentIntent=strict), "repeater")
    assert made.ending == "ticket"
    assert not [report for report in audit(History.of(made.book.claims)) if report.violations]
    assert {call.outcome for call in made.book.calls} == {"ok", "refused"}
    assert len(made.target.said("CreatePaymentIntent")) == 5
    assert platform.io.slept == [20.0]
