"""When people come: profiles (how many by when), spacings (where in between) and the schedule of planned instants.

`PROFILES` names every profile; `profile()` makes one. All of them take the mean rate and the duration, so that
`--rate` and `--duration` mean the same whatever the shape: rate times duration people come in all.
"""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from scenarios.arrivals.burst import Burst
from scenarios.arrivals.constant import Constant
from scenarios.arrivals.onsale import OnSale
from scenarios.arrivals.schedule import SPACINGS, Arrival, Schedule, Spacing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.arrivals.profile import Profile

__all__ = ["PROFILES", "SHAPES", "SPACINGS", "Arrival", "Schedule", "Spacing", "profile"]

_CLASSES = {"constant": Constant, "onsale": OnSale, "burst": Burst}

PROFILES: Mapping[str, Callable[..., Profile]] = MappingProxyType(_CLASSES)
"""Name to what makes it from `rate`, `duration_s` and its shape."""

SHAPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(field.name for field in fields(made) if field.name not in {"rate", "duration_s"})
        for name, made in _CLASSES.items()
    }
)
"""Name to the further figures, in seconds, that shape it."""


def profile(name: str, rate: float, duration_s: float, **shape: float) -> Profile:
    """Makes a profile of `rate * duration_s` people; raises ValueError when the figures do not fit together."""
    if rate <= 0 or duration_s <= 0:
        raise ValueError(f"nobody comes at {rate:g}/s for {duration_s:g} s: both must be above 0")
    return PROFILES[name](rate=rate, duration_s=duration_s, **shape)
