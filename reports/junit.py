"""junit.xml: a test case for each objective and each rule of the audit, as CI systems read it.

FAIL is a failure, INCONCLUSIVE an error (the run could not decide), a possible finding an error too. The run itself is
one more case, which says what the verdict is: no CI can be green on a run that proved nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from reports.audit.finding import DEFINITE, POSSIBLE
from reports.verdicts import FAIL, INCONCLUSIVE, PASS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from reports.audit.finding import RuleReport

_TAG = {FAIL: "failure", INCONCLUSIVE: "error"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Case = tuple[str, str, str, str]
"""Class name, name, verdict, message."""


def junit(summary: Mapping[str, Any], audit: Sequence[RuleReport]) -> str:
    """Returns the XML of a judged run: its report.json and what every rule said."""
    cases = [*_objectives(summary), *_rules(audit), _run(summary)]
    name = f"tacorush {summary['scenario']}"
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(name),
        tests=str(len(cases)),
        failures=str(sum(case[2] == FAIL for case in cases)),
        errors=str(sum(case[2] == INCONCLUSIVE for case in cases)),
        time=f"{summary['duration_s']:.3f}",
        timestamp=summary["started_at"].partition(".")[0],
    )
    for classname, case, verdict, message in cases:
        element = ElementTree.SubElement(suite, "testcase", classname=classname, name=_clean(case), time="0")
        if verdict != PASS:
            said = ElementTree.SubElement(element, _TAG[verdict], message=_clean(message), type=verdict)
            said.text = _clean(message)
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _objectives(summary: Mapping[str, Any]) -> Iterator[Case]:
    for row in summary["objectives"]:
        yield ("tacorush.objectives", f"{row['name']}: {row['expression']}", row["verdict"], row.get("reason", ""))


def _rules(audit: Sequence[RuleReport]) -> Iterator[Case]:
    for report in audit:
        definite, possible = report.count(DEFINITE), report.count(POSSIBLE)
        verdict = FAIL if definite else INCONCLUSIVE if possible or report.error else PASS
        first = report.violations[0].message if report.violations else report.error
        message = f"{definite:,} definite, {possible:,} possible: {first}"
        yield ("tacorush.audit", f"{report.rule.name}: {report.rule.promise}", verdict, message)


def _run(summary: Mapping[str, Any]) -> Case:
    return ("tacorush.run", "verdict", summary["verdict"], "; ".join(summary["reasons"]))


def _clean(text: str) -> str:
    """Takes out what XML cannot hold."""
    return _NOT_XML.sub("�", text)
