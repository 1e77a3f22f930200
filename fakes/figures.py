"""How the figures of the settings are written, and which the platform can work with.

    number         60, 0.7, inf (no limit, where there can be one)
    whole number   5
    several        2,5 (as many as the figure has parts)
    hold_status    PENDING or HOLD

A span may be at most 1e9 s (or ms, or hours): a time beyond it could not be written as a timestamp.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from typing import TYPE_CHECKING, TypeAlias

from contracts.messages import reservation_pb2
from fakes.settings import DOCUMENTED, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Figure: TypeAlias = float | int | str | tuple[float, ...]

LONGEST = 1e9
"""The longest span that can be set."""
KINDS: Mapping[str, str] = {
    field.name: str(field.type) for field in dataclasses.fields(Settings) if field.name != "time_scale"
}
"""Every figure that can be set, by name, with its type as it is written in `Settings`."""

_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_HOLDS = {
    "PENDING": reservation_pb2.RESERVATION_STATUS_PENDING,
    "HOLD": reservation_pb2.RESERVATION_STATUS_HOLD,
}
_ABOVE_ZERO = frozenset(
    {
        "waiting_life_s",
        "heartbeat_s",
        "reservation_token_life_s",
        "eta_windows_s",
        "eta_margin",
        "hold_s",
        "seats_at_most",
        "intent_life_s",
        "attempts",
        "service_timeout_ms",
        "inventory_timeout_ms",
        "webhook_timeout_ms",
    }
)
"""What cannot be nothing: a life of no time, a reservation of no seat, a job that is never tried."""
_RANGES = ("eta_bounds_s", "approve_s", "fail_s", "delay_s")
_PAIRED = (("waiting_ranks", "waiting_minimums_s"), ("eta_windows_s", "eta_weights"))


def near(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about a figure that there is not: what was meant, else what there is."""
    known = list(known)
    found = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {found[0]}?" if found else f"there are: {', '.join(known)}"


def read(name: str, text: str) -> Figure:
    """Reads one figure of KINDS; ValueError says what it must be."""
    kind = KINDS[name]
    if kind == "str":
        return text
    if kind == "ReservationStatus":
        if text not in _HOLDS:
            raise ValueError(f"{name} is PENDING or HOLD, not {text!r}")
        return _HOLDS[text]
    if kind.startswith("tuple"):
        return tuple(_number(name, part, text) for part in text.split(","))
    if kind == "int":
        if _WHOLE.fullmatch(text) is None:
            raise ValueError(f"{name} is a whole number, not {text!r}")
        return _possible(name, int(text), text)
    return _number(name, text, text)


def written(name: str, value: Figure) -> str:
    """A figure as `read` takes it."""
    if name == "hold_status":
        return next(word for word, status in _HOLDS.items() if status == value)
    if isinstance(value, tuple):
        return ",".join(f"{part:.12g}" for part in value)
    return value if isinstance(value, str) else f"{value:.12g}"


def changed(settings: Settings, changes: Mapping[str, Figure]) -> Settings:
    """The settings with some figures changed; ValueError names what does not go together."""
    made: Settings = dataclasses.replace(settings, **changes)  # type: ignore[arg-type]
    for name in _RANGES:
        bounds = getattr(made, name)
        if len(bounds) != 2 or bounds[0] > bounds[1]:
            raise ValueError(f"{name} is the least and the most, such as 2,5, not {written(name, bounds)}")
    for one, other in _PAIRED:
        if len(getattr(made, one)) != len(getattr(made, other)):
            both = f"{one} {written(one, getattr(made, one))}, {other} {written(other, getattr(made, other))}"
            raise ValueError(f"{one} and {other} have as many parts as each other; there would be {both}")
    if list(made.waiting_ranks) != sorted(set(made.waiting_ranks)):
        raise ValueError(f"waiting_ranks rise, and {written('waiting_ranks', made.waiting_ranks)} do not")
    if made.random_success > 1:
        raise ValueError(f"random_success is a share of 1, not {made.random_success:g}")
    return made


def settings_of(base: Settings, texts: Iterable[str]) -> Settings:
    """The settings with figures written as `NAME=VALUE`; ValueError quotes what cannot be followed."""
    found: dict[str, Figure] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise ValueError(f"{text!r}: write NAME=VALUE, such as hold_s={DOCUMENTED.hold_s:g}")
        if name not in KINDS:
            raise ValueError(f"{text!r}: there is no figure {name!r}; {near(name, KINDS)}")
        if name in found:
            raise ValueError(f"{text!r}: {name} was given already, {written(name, found[name])}")
        found[name] = read(name, value)
    return changed(base, found)


def _number(name: str, text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        kind = "a number" if text == whole else "numbers with commas"
        raise ValueError(f"{name} is {kind}, not {whole!r}") from None
    return _possible(name, value, whole)


def _possible(name: str, value: float, text: str) -> float:
    """The value, if the platform can work with it."""
    if math.isnan(value) or value < 0 or (_is_span(name) and value > LONGEST):
        raise ValueError(f"{name} cannot be {text}")
    if not value and name in _ABOVE_ZERO:
        raise ValueError(f"{name} must be above 0")
    return value


def _is_span(name: str) -> bool:
    return name.endswith(("_s", "_ms", "_hours")) and not name.endswith("_per_s")
