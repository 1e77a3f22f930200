"""An incident counts as caught only when the right alarm rang, as often as it should, and the gate closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fakes import incidents
from tests.proof_judging import CAUGHT, MISSED, SKIPPED, Seen, judged
from tests.proof_page import page, row_of

if TYPE_CHECKING:
    from fakes.incidents import Row

SLOW: dict[str, Any] = {"name": "P95 of all calls", "verdict": "FAIL", "reason": "550 ms, asked for < 500 ms; in all"}


def row(name: str, share: float = 1.0) -> Row:
    found = next(row for row in incidents.table() if row["name"] == name)
    return {**found, "proof": {**found["proof"], "share": share}}


def finding(rule: str, count: int, certainty: str = "definite") -> dict[str, Any]:
    return {"rule": rule, "certainty": certainty, "count": count}


def oversold(*found: dict[str, Any], twice: int = 4, code: int = 1, share: float = 1.0, **report: Any) -> str:
    """The word and the reason about an oversell of `twice` seats."""
    facts = {"seats_sold_twice": twice, "conflicts_overlooked": twice and 9}
    whole = {"verdict": "FAIL", "reasons": [], "findings": list(found), "objectives": [], **report}
    verdict = judged(row("oversell", share), Seen(code, whole, facts))
    return f"{verdict.word}: {verdict.why}" if verdict.why else verdict.word


def slow(objective: dict[str, Any], code: int = 1, **report: Any) -> str:
    whole = {"verdict": "FAIL", "reasons": [], "findings": [], "objectives": [objective], **report}
    verdict = judged(row("slow"), Seen(code, whole, {"struck": 7}))
    return f"{verdict.word}: {verdict.why}" if verdict.why else verdict.word


def test_as_many_findings_as_the_platform_did_are_caught() -> None:
    assert oversold(finding("double_sale", 3), finding("double_sale", 1)) == CAUGHT
    assert oversold(finding("double_sale", 3), finding("double_sale", 1, "possible")) == CAUGHT


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ([], "the rule double_sale found nothing definite"),
        ([finding("over_capacity", 4)], "the rule double_sale found nothing definite"),
        ([finding("double_sale", 4, "possible")], "the rule double_sale found nothing definite"),
        ([finding("double_sale", 3)], "3 found of 4, and at least 4 are owed"),
        ([finding("double_sale", 5)], "5 found, but it did only 4"),
    ],
)
def test_other_counts_and_other_rules_are_missed(found: list[dict[str, Any]], why: str) -> None:
    assert oversold(*found) == f"{MISSED}: {why}"


def test_a_share_is_a_lower_bound() -> None:
    assert oversold(finding("double_sale", 2), share=0.5) == CAUGHT
    assert oversold(finding("double_sale", 1), share=0.5) == f"{MISSED}: 1 found of 4, and at least 2 are owed"


def test_an_incident_that_did_nothing_is_missed_whatever_was_found() -> None:
    assert oversold(twice=0) == f"{MISSED}: the platform did nothing wrong"


def test_a_gate_that_does_not_close_is_missed() -> None:
    assert oversold(finding("double_sale", 4), code=0) == f"{MISSED}: exit code 0 instead of 1"
    assert oversold(finding("double_sale", 4), code=3) == f"{MISSED}: exit code 3 instead of 1"


def test_an_objective_that_fails_is_caught_and_any_other_verdict_is_not() -> None:
    assert slow(SLOW) == CAUGHT
    assert slow({**SLOW, "verdict": "PASS"}) == f"{MISSED}: the objective says PASS"
    assert slow({**SLOW, "name": "Error rate"}) == f"{MISSED}: the objective says nothing"


def test_a_run_that_the_machine_was_too_busy_for_is_skipped_with_the_reason_and_never_caught() -> None:
    busy = {"verdict": "INCONCLUSIVE", "reasons": ["The generator could not keep up: P99 of its lag is 80 ms"]}
    assert slow(SLOW, code=3, **busy) == f"{SKIPPED}: {busy['reasons'][0]}"
    other = {"verdict": "INCONCLUSIVE", "reasons": ["The read-back leaves possible findings open"]}
    assert slow(SLOW, code=3, **other) == f"{MISSED}: exit code 3 instead of 1"


def test_a_run_without_a_report_is_missed_with_its_last_words() -> None:
    verdict = judged(row("slow"), Seen(2, {}, {"struck": 7}, "tacorush run: nobody listens\n"))
    assert (verdict.word, verdict.why) == (MISSED, "no report: tacorush run: nobody listens")


def test_a_row_shows_what_was_done_owed_and_found() -> None:
    report = {"verdict": "FAIL", "reasons": [], "findings": [finding("double_sale", 4), finding("over_capacity", 1)]}
    seen = Seen(1, {**report, "objectives": []}, {"seats_sold_twice": 4, "conflicts_overlooked": 1234})
    assert row_of(row("oversell"), judged(row("oversell"), seen)) == (
        "| `oversell` | 4 seats sold twice, 1,234 conflicts overlooked | double_sale | all seats sold twice | 4 | 1 "
        "| caught | `over_capacity` |"
    )


def test_a_page_keeps_the_rows_that_were_not_driven_and_drops_those_that_no_longer_exist() -> None:
    old = page("", {"slow": "| `slow` | old |", "oversell": "| `oversell` | old |"})
    new = page(old + "| `gone` | x |\n", {"slow": "| `slow` | new |"})
    assert new == old.replace("| `slow` | old |", "| `slow` | new |")


def test_a_page_says_for_each_rule_that_owes_fewer_why() -> None:
    reasons = [line for line in page("", {}).splitlines() if line.startswith("- `")]
    fewer = [row for row in incidents.table() if row["proof"]["unseen"]]
    assert reasons == [f"- `{row['name']}`: {row['proof']['unseen']}." for row in fewer]
    assert "early-expiry" in [row["name"] for row in fewer]
