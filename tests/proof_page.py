"""docs/proof.md: each incident with what it did and what was found, as driven for real.

The page keeps the rows of incidents that were not driven this time, so that one can be proved anew; a row of an
incident that no longer exists is dropped.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fakes import incidents
from tests.proof_judging import counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.incidents import Row
    from tests.proof_judging import Verdict

PAGE = Path(__file__).parents[1] / "docs" / "proof.md"
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \|.*\|$", re.MULTILINE)
_HEAD = """<!-- Made by `make proof`; run it again, do not change the page. -->

# The proof: every incident, driven for real

`make proof` starts the bundled platform with each incident of [incidents.md](incidents.md) in turn, drives a crowd
against it (20 s at most), and holds three things against each other: what the platform says that it truly did, what the
report says was found, and the exit code. An incident is caught when the rule or objective that it names failed, the
exit code is 1, and the findings are as many as the platform did: exactly so many, or at least the share that the
column *owed* states (why, is told below the table), or any (–) where an objective is what catches it. Findings are
definite; those that an answer which never came leaves possible are added as such. Other rules may see the same misdeed
from their side: they are in the last column.

`make proof ONLY=oversell,slow` drives some; `tacorush incidents --json` says with which options.

| incident | what the platform did | caught by | owed | found | exit code | verdict | also |
|---|---|---|---|---|---|---|---|
"""

_FEWER = """
## Where fewer are owed than were done

"""


def heading() -> str:
    """The line above the lines of the terminal."""
    return f"{'incident':26} {'caught by':28} exit"


def row_of(row: Row, verdict: Verdict) -> str:
    """One line of the table."""
    others = ", ".join(f"`{name}`" for name in verdict.others) or "–"
    cells = [f"`{row['name']}`", counts(verdict.did), row["rule"], _owed(row), verdict.found, str(verdict.code)]
    said = verdict.word + (f": {verdict.why}" if verdict.why else "")
    return f"| {' | '.join(cell.replace('|', '/') for cell in [*cells, said, others])} |"


def page(old: str, rows: Mapping[str, str]) -> str:
    """The page with new rows for these incidents."""
    lines = {match[1]: match[0] for match in _ROW.finditer(old)} | dict(rows)
    return _HEAD + "".join(f"{lines[name]}\n" for name in sorted(lines) if name in incidents.KINDS) + _why_fewer()


def _why_fewer() -> str:
    reasons = [(row["name"], row["proof"]["unseen"]) for row in incidents.table() if row["proof"]["unseen"]]
    return _FEWER + "".join(f"- `{name}`: {reason}.\n" for name, reason in reasons)


def _owed(row: Row) -> str:
    counted, share = row["proof"]["counted"], row["proof"]["share"]
    if not counted:
        return "–"
    kind = counted.replace("_", " ")
    return f"all {kind}" if share == 1 else f"{share:.0%} of {kind}"
