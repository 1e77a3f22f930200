"""Whether an incident that was driven for real was caught: from report.json, exit code and the platform's own log."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.audit import RULES
from tacorush.cli.failures import EXIT_FAIL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.incidents import Row

CAUGHT, MISSED, SKIPPED = "caught", "missed", "skipped"
TOO_BUSY = "could not keep up"
"""What a reason says when the machine was too busy for the run."""
RULE_NAMES = frozenset(rule.name for rule in RULES)


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one run."""

    code: int
    report: Mapping[str, Any]
    """report.json; empty when there is none."""
    facts: Mapping[str, int]
    """What the incident says that it truly did."""
    printed: str = ""
    """What the run said, where it left no report."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one run showed about one incident."""

    word: str
    """CAUGHT, MISSED or SKIPPED."""
    why: str
    """Why it was missed or skipped; empty when it was caught."""
    code: int
    did: Mapping[str, int]
    found: str
    """Findings of the rule as `definite + possible`; or what the objective measured."""
    others: tuple[str, ...]
    """Rules that found something beside the one that had to."""

    def line(self, row: Row) -> str:
        """One line for a terminal."""
        why = f": {self.why}" if self.why else ""
        others = f"; also {', '.join(self.others)}" if self.others else ""
        figures = f"did {counts(self.did)}; found {self.found}{others}"
        return f"{row['name']:26} {row['rule']:28} {self.code:4}  {self.word}{why} ({figures})"


def counts(did: Mapping[str, int]) -> str:
    """What an incident did, in words: `4 seats sold twice, 9 conflicts overlooked`."""
    return ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in did.items()) or "nothing"


def judged(row: Row, seen: Seen) -> Verdict:
    """Holds what was reported against what the incident says it did and against what must catch it."""
    tally = _tally(seen.report)
    others = tuple(sorted(name for name in tally if name != row["rule"]))
    if row["rule"] in RULE_NAMES:
        definite, possible = tally.get(row["rule"], (0, 0))
        found = f"{definite:,}" + (f" + {possible:,} possible" if possible else "")
        why = _uncounted(row, seen.facts, definite, possible)
    else:
        objective = _objective(row["rule"], seen.report)
        found = str(objective.get("reason", "no such objective")).partition(";")[0]
        why = "" if objective.get("verdict") == "FAIL" else f"the objective says {objective.get('verdict', 'nothing')}"
    why = why or ("" if seen.code == EXIT_FAIL else f"exit code {seen.code} instead of {EXIT_FAIL}")
    if not seen.report:
        why = f"no report: {seen.printed.strip()[-300:]}"
    elif not any(seen.facts.values()):
        why = "the platform did nothing wrong"
    busy = _too_busy(seen.report)
    word = CAUGHT if not why else SKIPPED if busy else MISSED
    return Verdict(word, busy if word == SKIPPED else why, seen.code, seen.facts, found, others)


def _uncounted(row: Row, did: Mapping[str, int], definite: int, possible: int) -> str:
    """Why the findings are not as many as the incident did; empty when they are."""
    if not definite:
        return f"the rule {row['rule']} found nothing definite"
    proof = row["proof"]
    if not proof["counted"]:
        return ""
    truly = did[proof["counted"]]
    if definite > truly:
        return f"{definite:,} found, but it did only {truly:,}"
    least = math.ceil(proof["share"] * truly)
    if definite + possible < least:
        return f"{definite + possible:,} found of {truly:,}, and at least {least:,} are owed"
    return ""


def _tally(report: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Rule to how many findings are definite and possible."""
    found: dict[str, tuple[int, int]] = {}
    for finding in report.get("findings", ()):
        definite, possible = found.get(finding["rule"], (0, 0))
        if finding["certainty"] == "definite":
            found[finding["rule"]] = definite + finding["count"], possible
        else:
            found[finding["rule"]] = definite, possible + finding["count"]
    return found


def _objective(name: str, report: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((each for each in report.get("objectives", ()) if each["name"] == name), {})


def _too_busy(report: Mapping[str, Any]) -> str:
    if report.get("verdict") != "INCONCLUSIVE":
        return ""
    return next((reason for reason in report["reasons"] if TOO_BUSY in reason), "")
