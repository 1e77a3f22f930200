"""A day: quiet at its ends, full in its middle, as often as the duration holds it.

rate |    .--.          .--.        mean * (1 - depth * cos(2 pi * t / period)), drawn through one point a degree
     | .'      '.    .'      '.
     |'__________'..'__________ t

Between degrees the rate goes straight (off the curve by 0.004 % of the mean at most), so that the inverse is a square
root and no function of the C library is asked for: the cosine of a whole degree is summed here from its series.
"""

from __future__ import annotations

from math import fsum

from scenarios.arrivals.lines import Line, Lines

_DEGREES = 360
_RADIAN = 3.141592653589793 / 180
MOST_PERIODS = 400
"""A day takes 360 lines of memory; so many days are the most."""


def _cosine(degree: int) -> float:
    """By its Taylor series within 45 degrees, to the last digit or two; with the same digits everywhere."""
    degree %= _DEGREES
    if degree > 180:
        return _cosine(_DEGREES - degree)
    if degree > 90:
        return -_cosine(180 - degree)
    if degree <= 45:
        return _series(degree * _RADIAN, 1.0, 0)
    angle = (90 - degree) * _RADIAN
    return _series(angle, angle, 1)


def _series(angle: float, term: float, order: int) -> float:
    total = term
    for _ in range(9):
        order += 2
        term *= -angle * angle / (order * (order - 1))
        total += term
    return total


def sine(mean: float, duration_s: float, period_s: float, depth: float, peak_at_s: float) -> Lines:
    """`mean * duration_s` people in waves of `period_s`, one of whose tops is at `peak_at_s`.

    `depth` is how far the rate falls and rises around the mean, 0 to 1. Raises ValueError for more than 400 periods.
    """
    if duration_s > MOST_PERIODS * period_s:
        raise ValueError(f"{duration_s:g} s hold more than {MOST_PERIODS} waves of {period_s:g} s")
    heights = [1 + depth * _cosine(degree) for degree in range(_DEGREES)]
    degree_s = period_s / _DEGREES
    first = -peak_at_s / degree_s
    last = first + duration_s / degree_s
    corners = [first, *range(int(first // 1) + 1, int(-(-last // 1))), last]
    rates = [_between(heights, corner) for corner in corners]
    lines = [
        Line((corners[index + 1] - corners[index]) * degree_s, rates[index], rates[index + 1])
        for index in range(len(corners) - 1)
    ]
    height = mean * duration_s / fsum(line.people for line in lines)
    return Lines([Line(length_s, low * height, high * height) for length_s, low, high in lines])


def _between(heights: list[float], degree: float) -> float:
    below = int(degree // 1)
    low, high = heights[below % _DEGREES], heights[(below + 1) % _DEGREES]
    return low + (high - low) * (degree - below)
