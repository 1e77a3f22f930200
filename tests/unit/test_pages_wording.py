"""How figures are written: three digits, a unit, a dash for what was not measured, "≥" for a lower bound."""

from __future__ import annotations

from typing import Any

import pytest

from reports import wording
from reports.objectives import words
from tests.unit.pages_sample import objective


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 ms"), (0.0421, "0.0421 ms"), (4.2, "4.2 ms"), (41.26, "41.3 ms"), (612.4, "612 ms"),
        (1000.0, "1 s"), (1342.0, "1.34 s"), (61_200.0, "61.2 s"), (None, "–"),
    ],
)  # fmt: skip
def test_a_time_reads_in_the_unit_of_its_size(value: float | None, text: str) -> None:
    assert wording.milliseconds(value) == text


def test_a_censored_time_is_a_lower_bound() -> None:
    assert wording.milliseconds(250.0, at_least=True) == "≥ 250 ms"


def test_a_censored_time_that_was_not_measured_stays_a_dash() -> None:
    assert wording.milliseconds(None, at_least=True) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 %"), (1, "100 %"), (0.01, "1 %"), (0.00042, "0.04 %"), (0.99986, "99.99 %"), (0.9999999, "99.99999 %"),
        (0.0000004, "0.00004 %"), (None, "–"),
    ],
)  # fmt: skip
def test_a_share_never_rounds_to_nothing_or_to_all(value: float | None, text: str) -> None:
    assert wording.share(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1204, "1,204"), (2.3456, "2.35"), (0.00421, "0.00421"), (12_345.6, "12,346"), (float("inf"), "∞")],
)
def test_a_number_has_three_digits_that_count(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (580, 655, "ms", "580–655 ms"), (800, 1200, "ms", "800 ms – 1.2 s"), (0.0001, 0.0009, "share", "0.01–0.09 %"),
        (3, 3, "ms", ""), (None, 3, "ms", ""), (3.001, 3.002, "ms", "3 ms"), (1, 2, "", "1 – 2"),
    ],
)  # fmt: skip
def test_an_interval_says_its_unit_once(low: float | None, high: float | None, unit: str, text: str) -> None:
    assert wording.span(low, high, unit) == text


@pytest.mark.parametrize(
    ("value", "text"), [(45, "45 s"), (2.4, "2.4 s"), (300, "5 min"), (5430, "1 h 30 min 30 s"), (None, "–")]
)
def test_a_duration_reads_as_people_say_it(value: float | None, text: str) -> None:
    assert wording.seconds(value) == text


@pytest.mark.parametrize(
    ("row", "measured", "threshold"),
    [
        (objective("a", "p(95)<500", "response_ms", 612.3, 500), "612 ms", "< 500 ms"),
        (objective("a", "p(95)<=500", "service_ms", 250.0, 500, censored=True), "≥ 250 ms", "≤ 500 ms"),
        (objective("a", "rate>=0.999", "availability", 0.9995, 0.999), "99.95 %", "≥ 99.9 %"),
        (objective("a", "count==0", "oversell", 2, 0), "2", "= 0"),
        (objective("a", "count==0", "something new", 3, 0), "3", "= 0"),
        (objective("a", "avg<12", "something new", 3.25, 12), "3.25", "< 12"),
        (objective("a", "p(95)<500", "response_ms", None, 500), "–", "< 500 ms"),
    ],
)
def test_an_objective_is_written_in_the_unit_of_its_metric(row: dict[str, Any], measured: str, threshold: str) -> None:
    assert (words.measured(row), words.threshold(row)) == (measured, threshold)


@pytest.mark.parametrize(
    ("ends", "censored", "said"),
    [
        ([580, 655], False, "580–655 ms"),
        ([554, 502], False, ""),
        ([253, 502], True, ""),
        ([253, 502], False, "253–502 ms"),
    ],
)
def test_an_interval_among_calls_at_their_deadline_is_not_written(ends: list[float], censored: bool, said: str) -> None:
    """It has no upper end, and would seem to run backwards where deadlines differ."""
    row = objective("a", "p(95)<500", "response_ms", 253, 500, interval=ends, censored=censored)
    assert words.interval(row) == said


def test_a_condition_names_methods_as_people_do() -> None:
    row = objective("a", "p(95)<500", "response_ms", 1, 500, where={"method": "gateway.v1.QueueService/JoinQueue"})
    assert words.where(row) == "JoinQueue"
    assert words.where(row | {"where": {"service": "payment.v1.PaymentService"}}) == "service payment.v1.PaymentService"
    assert words.where(row | {"where": None}) == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("UNSENT", "could not be sent"),
        ("CONNECTION_LOST", "lost their connection before an answer"),
        ("EMPTY", "answered without what they promise"),
        ("DEADLINE_EXCEEDED", "ran into their deadline"),
        ("CANCELLED", "were cancelled"),
        ("INTERNAL", "were answered with INTERNAL"),
    ],
)
def test_a_code_of_ours_is_told_in_words_and_the_platforms_own_is_quoted(code: str, said: str) -> None:
    assert wording.code(code) == said


def test_an_unlisted_unit_is_refused() -> None:
    with pytest.raises(KeyError, match="no unit 'furlong'"):
        wording.figure(1.0, "furlong")


def test_every_verdict_has_its_words() -> None:
    assert set(wording.VERDICT_MARK) == set(wording.VERDICT_HEADLINE) == set(wording.VERDICT_ADVICE)
    assert set(wording.VERDICT_MARK) == {"PASS", "FAIL", "INCONCLUSIVE"}
