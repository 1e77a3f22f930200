"""Durations, rates and options as people type them."""

from __future__ import annotations

import argparse

import pytest

from tacorush.cli import parsing


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("30", 30), ("5m", 300), ("1h30m", 5400), ("1m5s", 65)])
def test_a_duration_is_read_in_whole_seconds(text: str, seconds: int) -> None:
    assert parsing.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "0s", "1.5s", "-3s", "5 parrots", "1d", "s30", "٣s"])
def test_what_is_no_duration_is_refused_with_the_forms_that_are(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"no duration: write 30s|too short"):
        parsing.duration(text)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast"])
def test_a_rate_must_be_above_zero(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        parsing.positive(text)


def test_what_is_infinite_is_not_said_to_be_below_zero() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'inf' is no number"):
        parsing.positive("inf")


def test_a_mistyped_option_is_one_line_with_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    parser = parsing.Parser("tacorush run", "drives")
    parser.add_argument("--rate")
    with pytest.raises(SystemExit) as exit_info:
        parser.read(["--rat", "5"])
    assert exit_info.value.code == 2
    assert capsys.readouterr().err == (
        "tacorush run: there is no option --rat, did you mean --rate?; see `tacorush run --help`\n"
    )


def test_an_option_that_is_like_none_is_not_taken_for_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Every option begins with hyphens: these alone made `--slo` of `--out`."""
    parser = parsing.Parser("tacorush report", "makes pages")
    parser.add_argument("--slo")
    with pytest.raises(SystemExit):
        parser.read(["--out", "pages"])
    assert "did you mean" not in capsys.readouterr().err
