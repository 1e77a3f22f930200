"""What is counted and judged as it is: seats sold twice, rules of the audit broken, people overtaken, orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import wording
from reports.audit.finding import DEFINITE, POSSIBLE
from reports.audit.turns import passing
from reports.objectives.metric import Measured, Question, Sources
from reports.resampling import would_have_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.audit.finding import RuleReport

OVERSELL_RULE = "double_sale"
"""The rule whose violations are seats with two or more orders."""


def oversell(sources: Sources, asked: Question) -> Measured:
    """Counts seats with two or more orders; says how many could have been sold twice."""
    reports = [report for report in sources.audit if report.rule.name == OVERSELL_RULE]
    contended = sources.figures.contended_seats
    power = f"of {wording.plural(contended, 'contended seat')}"
    power += f"; {would_have_shown(contended, asked.confidence)}" if contended else ", so that none was put to the test"
    return _counted(reports, sources.figures.seats_sold, 1, power)


def findings(sources: Sources, asked: Question) -> Measured:
    """Counts the findings of one rule, or the rules that have any."""
    rule = asked.where.get("rule")
    reports = [report for report in sources.audit if rule in (None, report.rule.name)]
    if any(report.error for report in reports):
        return Measured(None, needed=1)
    if rule:
        return _counted(reports, sources.figures.claims)
    # One event may break several rules (a seat sold twice is also one seat too many), so their counts do not add up.
    broken = sum(report.count(DEFINITE) > 0 for report in reports)
    possible = sum(report.count(POSSIBLE) > 0 for report in reports if not report.count(DEFINITE))
    return Measured.census(broken, sources.figures.claims, possible=possible)


def orders(sources: Sources, _asked: Question) -> Measured:
    """Counts reservations known to be confirmed."""
    return Measured.census(sources.figures.orders, sources.figures.claims)


def queue_inversions(sources: Sources, asked: Question) -> Measured:
    """Counts who was let in ahead of somebody who had joined before, as a number or as a share of all let in."""
    if sources.history is None:
        return Measured(None, needed=1)
    admitted, ahead = passing(sources.history.table, sources.history.hosts_skew_ns)
    if not admitted:
        return Measured(None, needed=1)
    value = ahead if asked.expression.aggregation == "count" else ahead / admitted
    return Measured.census(value, admitted, 1, power=f"of {wording.plural(admitted, 'admission')}")


def _counted(reports: Sequence[RuleReport], samples: int, needed: int = 0, power: str = "") -> Measured:
    if any(report.error for report in reports):
        return Measured(None, needed=1)
    definite = sum(report.count(DEFINITE) for report in reports)
    possible = sum(report.count(POSSIBLE) for report in reports)
    return Measured.census(definite, samples, needed, possible, power)
