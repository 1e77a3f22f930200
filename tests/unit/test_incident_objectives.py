"""Incidents that an objective catches: evidence as they leave it fails exactly it; the nearest that is allowed passes.

Each row is what the incident adds to a healthy run, in every second, and what is nearest to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.written_run import SECONDS, STEPS, healthy, judged

if TYPE_CHECKING:
    from tests.unit.written_run import Written


def failing(run: Written) -> list[str]:
    """The objectives of production.yaml that a run fails."""
    return [result.name for result in judged(run).run.results if result.verdict == "FAIL"]


def with_calls(*values_ms: float, every: int = 1, outcome: str = "ok", code: str = "OK") -> Written:
    """A healthy run with so many further calls of every step in each `every`-th second; it has 25 of each already."""
    run = healthy()
    for second in range(0, SECONDS, every):
        for method in STEPS:
            run.call(second, *values_ms, method=method, outcome=outcome, code=code)
    return run


@pytest.mark.incident("slow")
def test_one_answer_in_ten_550_ms_late_is_caught() -> None:
    assert "P95 of all calls" in failing(with_calls(550, 550, 550))


@pytest.mark.incident("slow")
def test_one_answer_in_ten_late_within_the_promise_is_a_near_miss() -> None:
    assert [name for name in failing(with_calls(450, 450, 450)) if name != "P95 of calls to the inventory"] == []


@pytest.mark.incident("errors", "error-inside-ok")
def test_one_call_in_twenty_failed_is_caught() -> None:
    """INTERNAL is an error whether it is the status or lies in the message: both are written down as failed."""
    assert failing(with_calls(10, outcome="failed", code="INTERNAL")) == ["Error rate"]


@pytest.mark.incident("errors")
def test_one_call_in_five_hundred_failed_is_a_near_miss() -> None:
    assert failing(with_calls(10, every=20, outcome="failed", code="INTERNAL")) == []


@pytest.mark.incident("error-inside-ok")
def test_one_call_in_twenty_refused_by_the_rules_is_a_near_miss() -> None:
    """An error inside OK that says that somebody else was first is the platform at work."""
    assert failing(with_calls(10, outcome="refused", code="INVENTORY_CONFLICT")) == []
