"""Figures are read as they are written, and what the platform cannot work with is refused in words."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.figures import KINDS, changed, read, settings_of, written
from fakes.options import SECRET, Options, OptionsError, settings
from fakes.settings import DOCUMENTED, PROFILES, Settings
from tests.unit.ticket_desk import Desk


@pytest.mark.parametrize("profile", PROFILES)
def test_every_figure_of_every_profile_is_read_as_it_is_written(profile: str) -> None:
    for name in KINDS:
        value = getattr(PROFILES[profile], name)
        assert read(name, written(name, value)) == value, name


@given(st.floats(0, 1e9), st.integers(0, 10**9 - 1))
def test_any_possible_number_is_read(number: float, whole: int) -> None:
    assert read("circuit_open_s", repr(number)) == number
    assert read("extensions", str(whole)) == whole


def test_all_figures_but_the_time_scale_can_be_set() -> None:
    assert set(KINDS) == {field.name for field in dataclasses.fields(Settings)} - {"time_scale"}


def test_what_is_set_differs_from_the_profile_and_is_scaled_with_it() -> None:
    texts = ("hold_s=20", "approve_s=1,2", "admission_per_s=inf", "hold_status=HOLD", "attempts=2")
    given_ = settings(Options(platform="documented", figures=texts, time_scale=0.5))
    expected = settings_of(DOCUMENTED, texts).scaled(0.5)
    assert given_ == expected
    assert (given_.hold_s, given_.approve_s, given_.admission_per_s, given_.attempts) == (10, (0.5, 1), math.inf, 2)
    assert given_.heartbeat_s == DOCUMENTED.heartbeat_s / 2


def test_the_secret_that_is_set_counts_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "around")
    assert settings(Options()).webhook_secret == "around"
    assert settings(Options(figures=("webhook_secret=told",))).webhook_secret == "told"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hold_s", "'hold_s': write NAME=VALUE, such as hold_s=60"),
        ("hold_s=", "'hold_s=': write NAME=VALUE, such as hold_s=60"),
        ("hold=5", "'hold=5': there is no figure 'hold'; did you mean hold_s?"),
        ("time_scale=2", "'time_scale=2': there is no figure 'time_scale'; there are: idempotency_life_s, rate_limit"),
        ("hold_s=soon", "hold_s is a number, not 'soon'"),
        ("hold_s=-1", "hold_s cannot be -1"),
        ("hold_s=nan", "hold_s cannot be nan"),
        ("hold_s=inf", "hold_s cannot be inf"),
        ("hold_s=0", "hold_s must be above 0"),
        ("hold_status=hold", "hold_status is PENDING or HOLD, not 'hold'"),
        ("attempts=1.5", "attempts is a whole number, not '1.5'"),
        ("attempts=0", "attempts must be above 0"),
        ("approve_s=2", "approve_s is the least and the most, such as 2,5, not 2"),
        ("approve_s=5,2", "approve_s is the least and the most, such as 2,5, not 5,2"),
        ("approve_s=2,x", "approve_s is numbers with commas, not '2,x'"),
        (
            "eta_weights=1",
            "eta_windows_s and eta_weights have as many parts as each other; there would be eta_windows_s",
        ),
        ("waiting_ranks=50,10,100", "waiting_ranks rise, and 50,10,100 do not"),
        ("random_success=1.1", "random_success is a share of 1, not 1.1"),
    ],
)
def test_what_cannot_be_set_is_one_line(text: str, line: str) -> None:
    with pytest.raises(OptionsError) as caught:
        settings(Options(figures=(text,)))
    assert str(caught.value).startswith(f"--set {line}")


def test_a_figure_that_is_set_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="'hold_s=6': hold_s was given already, 5"):
        settings_of(DOCUMENTED, ["hold_s=5", "hold_s=6"])


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind != "str"])
def test_a_ticket_can_be_bought_whatever_figure_is_halved(name: str) -> None:
    """Each figure is in force in a platform that works."""
    value = getattr(DOCUMENTED, name)
    if name == "hold_status":
        halved = read(name, "HOLD")
    elif isinstance(value, tuple):
        halved = tuple(part / 2 for part in value)
    else:
        halved = max(value // 2, 1) if isinstance(value, int) else value / 2
    assert Desk(changed(DOCUMENTED, {name: halved})).buy(quantity=1)[2].startswith("ord_")
