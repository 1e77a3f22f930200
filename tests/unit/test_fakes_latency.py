"""The models of latency draw what their names say and refuse what they cannot read."""

from __future__ import annotations

from random import Random

import pytest

from fakes.latency import parse


def draws(text: str, count: int, seed: int = 1) -> list[float]:
    latency = parse(text, Random(seed))
    return sorted(latency.draw() for _ in range(count))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("none", 0.0), ("constant:20ms", 0.02), ("constant:0.5s", 0.5), ("constant:7", 0.007), ("constant:0", 0.0)],
)
def test_a_constant_is_the_same_every_time(text: str, seconds: float) -> None:
    assert draws(text, 5) == pytest.approx([seconds] * 5)


def test_a_lognormal_has_the_two_percentiles_that_it_was_given() -> None:
    drawn = draws("lognormal:p50=20ms,p99=200ms", 20_000)
    assert drawn[10_000] == pytest.approx(0.020, rel=0.05)
    assert drawn[19_800] == pytest.approx(0.200, rel=0.15)
    assert drawn[0] > 0


def test_equal_percentiles_are_a_constant() -> None:
    assert draws("lognormal:p50=20ms,p99=20ms", 3) == pytest.approx([0.02] * 3)


def test_the_same_seed_draws_the_same_delays_and_another_seed_others() -> None:
    text = "lognormal:p50=20ms,p99=200ms"
    assert draws(text, 50, seed=3) == draws(text, 50, seed=3) != draws(text, 50, seed=4)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "latency '' is none of none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded:FILE"),
        ("None", "latency 'None' is none of none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded:FILE"),
        ("none:1", "latency 'none:1' is none of none, constant:20ms, lognormal:p50=20ms,p99=200ms or recorded:FILE"),
        ("lognormal:p50=1ms", "latency 'lognormal:p50=1ms' is none of none, constant:20ms,"),
        ("lognormal:p50=1ms,p50=1ms,p99=2ms", "latency 'lognormal:p50=1ms,p50=1ms,p99=2ms' is none of none"),
        ("lognormal:p50=1ms,p95=2ms", "latency 'lognormal:p50=1ms,p95=2ms' is none of none"),
        ("constant:", "latency 'constant:': '' is no time: write 20ms or 0.5s"),
        ("constant:-1ms", "latency 'constant:-1ms': '-1ms' is no time: write 20ms or 0.5s"),
        ("constant:nan", "latency 'constant:nan': 'nan' is no time: write 20ms or 0.5s"),
        ("constant:61s", "latency 'constant:61s': 61s is more than 60s"),
        ("lognormal:p50=2ms,p99=1ms", "latency 'lognormal:p50=2ms,p99=1ms': p50 must be above 0 and p99 not below it"),
        ("lognormal:p50=0ms,p99=1ms", "latency 'lognormal:p50=0ms,p99=1ms': p50 must be above 0 and p99 not below it"),
    ],
)
def test_a_model_that_cannot_be_read_is_quoted_with_what_would_be_valid(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the sentence is compared below
        parse(text, Random(1))
    assert str(caught.value).startswith(sentence)
