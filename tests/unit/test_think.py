"""Think times of a closed loop: drawn as written, and one line for what is written wrong."""

from __future__ import annotations

import math

import pytest

from scenarios.chance import Chance
from scenarios.think import NOT_AT_ALL, Constant, Lognormal, Uniform, parse

DRAWS = 20_000


def drawn(text: str) -> list[float]:
    """Many think times, rising."""
    chance = Chance(5, "think")
    return sorted(parse(text).draw(chance) for _ in range(DRAWS))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", NOT_AT_ALL),
        ("2s", Constant(2.0)),
        ("0.5", Constant(0.5)),
        ("constant:300ms", Constant(0.3)),
        ("uniform:1s,3s", Uniform(1.0, 3.0)),
        (" uniform: 1 , 3 ", Uniform(1.0, 3.0)),
        ("lognormal:2s,0.5", Lognormal(2.0, 0.5)),
    ],
)
def test_a_think_time_reads_as_it_is_written(text: str, found: object) -> None:
    assert parse(text) == found


def test_a_constant_pause_is_always_the_same() -> None:
    assert set(drawn("2s")) == {2.0}


def test_a_uniform_pause_lies_between_its_ends_and_is_as_likely_everywhere() -> None:
    times = drawn("uniform:1s,3s")
    assert 1.0 <= times[0] < 1.01 < 2.99 < times[-1] < 3.0
    assert sum(times) / DRAWS == pytest.approx(parse("uniform:1s,3s").typical_s, rel=0.01)


def test_a_lognormal_pause_has_its_median_spread_and_mean() -> None:
    """The logarithm is normal: 68.27 % lie within one sigma."""
    times = drawn("lognormal:2s,0.5")
    assert times[DRAWS // 2] == pytest.approx(2.0, rel=0.02)
    within = sum(abs(math.log(time / 2.0)) <= 0.5 for time in times) / DRAWS
    assert within == pytest.approx(0.6827, abs=0.01)
    assert sum(times) / DRAWS == pytest.approx(parse("lognormal:2s,0.5").typical_s, rel=0.02)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "'soon' is no length of time"),
        ("normal:2s,1", "there is no 'normal'"),
        ("uniform:3s,1s", "the shortest time comes first"),
        ("uniform:1s", "it takes 2 figures, not 1"),
        ("constant:1s,2s", "it takes 1 figure, not 2"),
        ("lognormal:2s,-1", "sigma -1 is not between 0 and 5"),
        ("lognormal:2s,nan", "sigma nan is not between"),
        ("lognormal:2s,x", "could not convert"),
    ],
)
def test_what_is_no_think_time_is_said_with_what_is(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        parse(text)
    assert "write 2s, constant:2s, uniform:1s,3s or lognormal:2s,0.5" in str(caught.value)
