"""The claims by which the audit's costs are measured are of honest people, but for what is planted among them."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.audited_claims import (
    CAPACITY,
    EVENTS,
    INVENTORY,
    LISTENED_UNTIL_NS,
    OVERSOLD,
    PER_PERSON,
    PURCHASES,
    QUEUES,
    VISITS,
    claims,
)
from reports.audit import audit, turned_away
from reports.audit.history import SECOND_NS, History, Mailbox, happened
from reports.audit.promised import ADMISSIONS, Told

SIZE = 10_000
SEATS_TWICE = {"double_sale": 2 * OVERSOLD, "held_twice": 2 * OVERSOLD}
WRONG = ("webhook_twice", "stream_out_of_order", "token_spent_twice", "token_of_another", "position_rises")


@pytest.mark.parametrize(
    ("mix", "planted"), [(PURCHASES, SEATS_TWICE), (VISITS, SEATS_TWICE | dict.fromkeys(WRONG, OVERSOLD))]
)
def test_the_audit_finds_in_the_measured_claims_what_is_planted_and_no_more(mix: str, planted: dict[str, int]) -> None:
    """So that what is measured is a rule at work, and no rule is given claims that it cannot read."""
    mailbox = Mailbox(LISTENED_UNTIL_NS, 35 * SECOND_NS, came=1)
    promised = ADMISSIONS["documented"]
    history = History.of(claims(mix, SIZE), CAPACITY, mailbox, promised, QUEUES, inventory=INVENTORY)
    reports = audit(history)
    assert [report.error for report in reports if report.error] == []
    found = {report.rule.name: sum(it.count for it in report.violations) for report in reports if report.violations}
    people = SIZE // PER_PERSON[mix]
    standing, selling = people - len(range(0, people, 20)) - OVERSOLD, EVENTS - len(range(1, EVENTS, 20))
    assert found == planted | {"counters_differ": 2 * standing - selling}


def test_those_who_are_denied_in_the_measured_claims_would_be_told_if_nobody_else_had_come() -> None:
    """So that the rule about them has something to look at."""
    said = list(claims(VISITS, SIZE))
    let_in = Counter(claim.event for claim in said if claim.action == "admission" and happened(claim))
    told = {event: Told(count, per_s=(10.0, 10.0)) for event, count in let_in.items()}
    history = History.of(said, CAPACITY, admissions=ADMISSIONS["deployed"], queues=told)
    found = sum(violation.count for violation in turned_away.check(history))
    assert found == len(range(5, SIZE // PER_PERSON[VISITS], 10))
