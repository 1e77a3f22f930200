"""On a platform that keeps its promises no alarm rings, whatever happens to answers, clocks and prices."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.audit import audit
from tests.examples import examples
from tests.unit.lawful_sale import LawfulSale

STEPS = 40


def rung(seed: int, *, troubled: bool, ahead_ms: int = 0, fee: int = 0) -> set[tuple[str, str, str]]:
    """Rule, certainty and message of all that the audit says of a sale."""
    sale = LawfulSale(Random(seed), troubled=troubled, ahead_ms=ahead_ms, fee=fee)
    for _ in range(STEPS):
        sale.step()
    sale.read_back()
    reports = audit(sale.history())
    assert [report.error for report in reports if report.error] == []
    return {(report.rule.name, it.certainty, it.message) for report in reports for it in report.violations}


@examples(60)
@given(seed=st.integers(0, 2**32 - 1), fee=st.sampled_from([0, 7]))
def test_of_a_lawful_sale_whose_answers_all_came_nothing_is_said(seed: int, fee: int) -> None:
    assert rung(seed, troubled=False, fee=fee) == set()


@examples(200)
@given(seed=st.integers(0, 2**32 - 1), fee=st.sampled_from([0, 7]))
def test_of_a_lawful_sale_in_trouble_nothing_is_certain(seed: int, fee: int) -> None:
    """Answers are lost, strangers buy, an operator cancels: there may be possible findings, and no definite one."""
    assert {each for each in rung(seed, troubled=True, fee=fee) if each[1] == "definite"} == set()


@examples(60)
@pytest.mark.parametrize("ahead_ms", [900, 3000, -900, -3000])
@given(seed=st.integers(0, 2**32 - 1))
def test_of_a_lawful_sale_by_a_wrong_clock_only_the_clock_is_blamed(seed: int, ahead_ms: int) -> None:
    said = {name for name, _, _ in rung(seed, troubled=False, ahead_ms=ahead_ms)}
    assert said == ({"clock_skew"} if abs(ahead_ms) > 1000 else set())
