"""The claims by which the audit's costs are measured are of honest people, but for what is planted among them."""

from __future__ import annotations

import pytest

from benchmarks.audited_claims import EVENTS, LISTENED_UNTIL_NS, OVERSOLD, PURCHASES, VISITS, claims
from reports.audit import audit
from reports.audit.history import SECOND_NS, History, Mailbox
from reports.audit.promised import ADMISSIONS

SEATS_TWICE = {"double_sale": 2 * OVERSOLD, "held_twice": 2 * OVERSOLD}
WRONG = ("webhook_twice", "stream_out_of_order", "token_spent_twice", "token_of_another", "position_rises")


@pytest.mark.parametrize(
    ("mix", "planted"), [(PURCHASES, SEATS_TWICE), (VISITS, SEATS_TWICE | dict.fromkeys(WRONG, OVERSOLD))]
)
def test_the_audit_finds_in_the_measured_claims_what_is_planted_and_no_more(mix: str, planted: dict[str, int]) -> None:
    """So that what is measured is a rule at work, and no rule is given claims that it cannot read."""
    mailbox = Mailbox(LISTENED_UNTIL_NS, 35 * SECOND_NS, came=1)
    capacity = {f"evt_{number}": 10**6 for number in range(EVENTS)}
    history = History.of(claims(mix, 10_000), capacity, mailbox, ADMISSIONS["documented"])
    reports = audit(history)
    assert [report.error for report in reports if report.error] == []
    found = {report.rule.name: sum(it.count for it in report.violations) for report in reports if report.violations}
    assert found == planted
