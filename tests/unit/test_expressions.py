"""The grammar of objectives' expressions: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.objectives.expression import AGGREGATIONS, COMPARISONS, EXAMPLES, parse


@pytest.mark.parametrize(
    ("text", "aggregation", "percent", "comparison", "threshold"),
    [
        ("p(95)<500", "p", 95.0, "<", 500.0),
        ("p(99.9)<=2000", "p", 99.9, "<=", 2000.0),
        (" p ( 50 ) > 1.5 ", "p", 50.0, ">", 1.5),
        ("avg<120", "avg", 0.0, "<", 120.0),
        ("max<2000", "max", 0.0, "<", 2000.0),
        ("rate<0.01", "rate", 0.0, "<", 0.01),
        ("rate >= 0.999", "rate", 0.0, ">=", 0.999),
        ("count==0", "count", 0.0, "==", 0.0),
        ("count!=3", "count", 0.0, "!=", 3.0),
    ],
)
def test_an_expression_is_read(text: str, aggregation: str, percent: float, comparison: str, threshold: float) -> None:
    """Spaces between the parts make no difference."""
    found = parse(text)
    assert (found.aggregation, found.percent, found.comparison, found.threshold) == (
        aggregation,
        percent,
        comparison,
        threshold,
    )
    assert found.text == text.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p95<500",
        "p()<500",
        "p(95)",
        "p(95)<",
        "p(95)<-1",
        "p(95)<1e3",
        "p(95)<NaN",
        "p(95)<Inf",
        "p(95)<.5",
        "p(95)<5.",
        "p(95)=<500",
        "p(95)=500",
        "p(95)<500ms",
        "p(95)<500 and rate<0.01",
        "mean<500",
        "P(95)<500",
        "count==٣",
        "500>p(95)",
        "rate<0,01",
    ],
)
def test_what_is_no_expression_is_quoted_with_what_would_be_valid(text: str) -> None:
    """A near miss is refused, not guessed at."""
    with pytest.raises(ValueError, match="no expression") as caught:
        parse(text)
    assert str(caught.value) == f"{text!r} is no expression; valid are for instance {EXAMPLES}"


@pytest.mark.parametrize("text", ["p(0)<500", "p(100)<500", "p(101)<500"])
def test_a_percentile_that_does_not_exist_is_refused(text: str) -> None:
    """There is no value below all, and the largest is called max."""
    with pytest.raises(ValueError, match=r"percentile that does not exist") as caught:
        parse(text)
    assert str(caught.value) == (
        f"{text!r} asks for a percentile that does not exist; p takes more than 0 and less than 100"
    )


_NUMBERS = st.decimals(0, 10**6, places=3).map(lambda number: f"{number.normalize():f}")


@given(st.sampled_from(AGGREGATIONS), st.integers(1, 99), st.sampled_from(sorted(COMPARISONS)), _NUMBERS)
def test_whatever_the_grammar_makes_is_read(aggregation: str, percent: int, comparison: str, number: str) -> None:
    """Every sentence of the grammar has its meaning back."""
    written = f"p({percent})" if aggregation == "p" else aggregation
    found = parse(f"{written}{comparison}{number}")
    assert (found.aggregation, found.comparison, found.threshold) == (aggregation, comparison, float(number))


@pytest.mark.parametrize(
    ("text", "below", "at", "above"),
    [
        ("rate<5", True, False, False),
        ("rate<=5", True, True, False),
        ("rate>5", False, False, True),
        ("rate>=5", False, True, True),
        ("rate==5", False, True, False),
        ("rate!=5", True, False, True),
    ],
)
def test_each_comparison_says_what_it_says(text: str, below: bool, at: bool, above: bool) -> None:
    """At the threshold the sign decides."""
    found = parse(text)
    assert (found.holds(4.9), found.holds(5), found.holds(5.1)) == (below, at, above)
