"""The grammar of objectives' expressions: what it takes, what it refuses, and what it says then."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.objectives.clauses import length, recovery, windows
from reports.objectives.expression import AGGREGATIONS, COMPARISONS, EXAMPLES, GrammarError, parse


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
        ("med<80", "med", 50.0, "<", 80.0),
        ("min>1", "min", 0.0, ">", 1.0),
        ("burn<14.4", "burn", 0.0, "<", 14.4),
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
    ("text", "word", "said"),
    [
        ("", "", "an expression begins with"),
        ("p95<500", "p95", "did you mean p(95)?"),
        ("p()<500", ")", "')' is no number"),
        ("p(95)", "", "a comparison must stand here"),
        ("p(95)<", "", "a threshold behind < must stand here"),
        ("p(95)<-1", "-1", "there are no signs"),
        ("p(95)<1e3", "e3", "there are no exponents"),
        ("p(95)<NaN", "NaN", "'NaN' is no number"),
        ("p(95)<Inf", "Inf", "'Inf' is no number"),
        ("p(95)<.5", ".5", "write a digit before the point"),
        ("p(95)<5.", ".", "a number ends with a digit"),
        ("p(95)=<500", "=<", "did you mean <=?"),
        ("p(95)=500", "=", "did you mean ==?"),
        ("p(95)<500ms", "ms", "a threshold has no unit"),
        ("p(95)<500 and rate<0.01", "and", "write a second objective"),
        ("mean<500", "mean", "did you mean avg?"),
        ("P(95)<500", "P", "did you mean p(95)?"),
        ("count==٣", "٣", "is no number"),
        ("500>p(95)", "500", EXAMPLES),
        ("rate<0,01", ",", "not a comma"),
        ("rate<1%", "%", "write 0.01"),
        ("p(0)<500", "0", "percentile that does not exist"),
        ("p(100)<500", "100", "percentile that does not exist"),
        ("p(101)<500", "101", "percentile that does not exist"),
    ],
)
def test_what_is_no_expression_is_quoted_with_its_wrong_word_and_what_would_be_valid(
    text: str, word: str, said: str
) -> None:
    """A near miss is refused, not guessed at."""
    with pytest.raises(GrammarError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"{text!r}: ")
    assert said in str(caught.value)
    assert text[caught.value.at :][: len(word)] == word
    assert caught.value.length == max(1, len(word))


_NUMBERS = st.decimals(0, 10**6, places=3).map(lambda number: f"{number.normalize():f}")


@given(st.sampled_from(AGGREGATIONS), st.integers(1, 99), st.sampled_from(sorted(COMPARISONS)), _NUMBERS)
def test_whatever_the_grammar_makes_is_read(aggregation: str, percent: int, comparison: str, number: str) -> None:
    """Every sentence of the grammar has its meaning back."""
    written = f"p({percent})" if aggregation == "p" else aggregation
    found = parse(f"{written}{comparison}{number}")
    assert (found.aggregation, found.comparison, found.threshold) == (aggregation, comparison, float(number))


@given(
    st.sampled_from([name for name in AGGREGATIONS if name != "p"]),
    st.sampled_from(sorted(COMPARISONS)),
    _NUMBERS,
    st.sampled_from(["e3", "E+3", "ms", "%", ".", ",5", "NaN", " x", "<5", "-"]),
)
def test_whatever_follows_a_sentence_of_the_grammar_is_refused(
    aggregation: str, comparison: str, number: str, more: str
) -> None:
    """Half a sentence is none, and the fault lies behind it."""
    text = f"{aggregation}{comparison}{number}"
    with pytest.raises(GrammarError) as caught:
        parse(text + more)
    assert caught.value.at >= len(text)


@given(st.text(alphabet="p(95)<>=! .0123456789avgrtecounmxi,-%", max_size=16))
def test_any_text_is_an_expression_or_is_told_where_it_is_none(text: str) -> None:
    """No other error, and the place lies in the text or right behind it."""
    try:
        found = parse(text)
    except GrammarError as failure:
        place = failure.at
    else:
        assert parse(found.text) == found
        place = 0
    assert 0 <= place <= len(text)


@given(st.integers(1, 3600), st.integers(0, 8), st.integers(9, 100))
def test_windows_are_read_with_what_may_miss(length_s: int, may_miss: int, of: int) -> None:
    """A tolerance is a part of the windows that there are, rounded down."""
    found = windows(f"{length_s}s, at most {may_miss} windows of {of} may miss")
    assert (found.length_s, found.may_miss, found.of) == (length_s, may_miss, of)
    assert (found.allowed(of), found.allowed(of - 1)) == (may_miss, may_miss * (of - 1) // of)
    assert windows(length_s).allowed(of) == 0


@given(st.integers(1, 99), _NUMBERS, st.sampled_from(["peak", "stage-1", "30s", "1.5m"]))
def test_recoveries_are_read(percent: int, within: str, after: str) -> None:
    """The expression, how long it may take, and after what."""
    found = recovery(f"p({percent})<500 within {within}s after {after}")
    assert (found.expression.percent, found.within_s) == (percent, float(within))
    assert found.after == {"30s": 30, "1.5m": 90}.get(after, after)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("1.5m", 90), ("2h", 7200), ("250ms", 0.25), (45, 45), ("45", 45)]
)
def test_lengths_of_time_are_read(text: str | float, seconds: float) -> None:
    """A bare number is one of seconds."""
    assert length(text) == seconds


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
