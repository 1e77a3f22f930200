"""junit.xml as a CI system reads it."""

from __future__ import annotations

from junitparser import Error, Failure, JUnitXml, TestCase

from reports.audit import RULES
from tests.unit.test_verdict import kill, leave_open, oversell
from tests.unit.written_run import Written, healthy, judged


def cases(run: Written) -> dict[str, TestCase]:
    (suite,) = JUnitXml.fromstring(judged(run).junit_xml.encode())
    found = list(suite)
    assert suite.tests == len(found)
    assert suite.failures == sum(isinstance(said, Failure) for case in found for said in case.result)
    assert suite.errors == sum(isinstance(said, Error) for case in found for said in case.result)
    return {f"{case.classname} {case.name}": case for case in found}


def test_a_pass_has_a_case_for_each_objective_and_rule_and_none_fails() -> None:
    """And one for the run."""
    found = cases(healthy())
    objectives = [name for name in found if name.startswith("tacorush.objectives ")]
    assert len(objectives) == len(judged(healthy()).run.results)
    assert "tacorush.objectives P95 of all calls: p(95)<500" in objectives
    assert [name for name in found if name.startswith("tacorush.audit ")] == [
        f"tacorush.audit {rule.name}: {rule.promise}" for rule in RULES
    ]
    assert "tacorush.run verdict" in found
    assert not any(case.result for case in found.values())


def test_a_fail_is_a_failure_with_its_reason() -> None:
    """In the rule, in the objective, and in the run."""
    run = healthy()
    oversell(run)
    found = cases(run)
    failed = {name: case.result[0].message for name, case in found.items() if case.result}
    assert failed == {
        "tacorush.objectives Seats sold twice: count==0": "1, asked for = 0",
        "tacorush.objectives Rules of the audit broken: count==0": "2, asked for = 0",
        "tacorush.audit double_sale: No seat is sold to two orders at once.": (
            "1 definite, 0 possible: Seat A-1 of evt_1 was sold twice: to ord_x and to ord_1."
        ),
        "tacorush.audit held_twice: No seat is held for two at once.": (
            "1 definite, 0 possible: Seat A-1 of evt_1 was held twice at once: for rsv_x and for rsv_1."
        ),
        "tacorush.run verdict": "; ".join(judged(run).conclusion.reasons),
    }
    assert all(isinstance(case.result[0], Failure) for case in found.values() if case.result)


def test_what_could_not_be_decided_is_an_error() -> None:
    """A possible finding, and a run that was killed: no CI is green on it."""
    run = healthy()
    leave_open(run)
    kill(run)
    found = {name: case for name, case in cases(run).items() if case.result}
    assert set(found) == {
        "tacorush.objectives Seats sold twice: count==0",
        "tacorush.objectives Rules of the audit broken: count==0",
        "tacorush.audit double_sale: No seat is sold to two orders at once.",
        "tacorush.run verdict",
    }
    assert all(isinstance(case.result[0], Error) for case in found.values())


def test_words_from_outside_cannot_break_the_file() -> None:
    """Markup is escaped, and what XML cannot hold is replaced."""
    run = healthy()
    run.meta["scenario"] = "a<b>&\x00\"'"
    text = judged(run).junit_xml
    (suite,) = JUnitXml.fromstring(text.encode())
    assert suite.name == "tacorush a<b>&�\"'"
