"""What an audit rule says: a rule, its violations, and the findings that sum them up.

A violation is one broken promise with its witness. A finding gathers the violations of one rule and one certainty: how
many there are, and the witness of the first. *Definite* means that both sides of the contradiction are known to have
happened; *possible*, that an answer which never came could mean it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from reports.audit.history import History
    from tacorush.evidence.claim_columns import Numbers

DEFINITE, POSSIBLE = "definite", "possible"
CERTAINTIES = (DEFINITE, POSSIBLE)
"""Both sides are known to have happened; or one of them may have."""

CRITICAL, MAJOR, MINOR = "critical", "major", "minor"
SEVERITIES = (CRITICAL, MAJOR, MINOR)
"""Somebody loses a seat or money; a promise is broken without that; a word is wrong."""

MOST_WITNESSES = 20
"""How many further witnesses a finding carries."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise."""

    certainty: str
    message: str
    """A sentence that names the ids."""
    witness: Mapping[str, Any]
    """Ids, times and the chain of calls that shows it, as plain values."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise of the platform and the check that it was kept."""

    name: str
    promise: str
    """What the platform promises, in a sentence."""
    severity: str
    check: Callable[[History], Iterable[Violation]]
    """Yields the violations in a history."""
    suspects: Callable[[History], Numbers] | None = None
    """Returns for each claim of the history's table the group in which the check has to see it, or -1 if it need not:
    see `suspects`. None: the check sees everything at once, and all of it as objects."""
    by_columns: bool = False
    """There are no suspects; the check looks at the table of the history and makes objects of its witnesses only."""
    sees: str = ""
    """What it can see from outside, in a sentence."""
    blind: str = ""
    """What it cannot see, and what makes it blind."""


@dataclass(frozen=True, slots=True)
class RuleReport:
    """What one rule said of one run."""

    rule: Rule
    violations: Sequence[Violation] = ()
    error: str = ""
    """Why the rule could not say anything; empty when it could."""

    def count(self, certainty: str) -> int:
        """How many promises were broken with this certainty."""
        return sum(violation.count for violation in self.violations if violation.certainty == certainty)


@dataclass(frozen=True, slots=True)
class Finding:
    """The violations of one rule with one certainty."""

    rule: str
    certainty: str
    severity: str
    message: str
    count: int
    witness: Mapping[str, Any]
    witnesses: Sequence[Mapping[str, Any]] = field(default=())
    """Further witnesses, at most MOST_WITNESSES."""


def findings(reports: Iterable[RuleReport]) -> list[Finding]:
    """Sums up what the rules said: definite findings before possible ones, in the order of the rules."""
    said = list(reports)
    rows = [_sum_up(report, certainty) for certainty in CERTAINTIES for report in said]
    return [row for row in rows if row is not None]


def _sum_up(report: RuleReport, certainty: str) -> Finding | None:
    chosen = [violation for violation in report.violations if violation.certainty == certainty]
    if not chosen:
        return None
    first, count = chosen[0], report.count(certainty)
    more = f" ({count - first.count:,} more of this kind)" if count > first.count else ""
    return Finding(
        rule=report.rule.name,
        certainty=certainty,
        severity=report.rule.severity,
        message=first.message + more,
        count=count,
        witness=first.witness,
        witnesses=[violation.witness for violation in chosen[1 : 1 + MOST_WITNESSES]],
    )
