"""What a platform promises of its admissions, in figures, by the profile that a run's file names.

Of a target whose profile nobody named no figures are known, and rules that need them say nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Admissions:
    """Who is let in when, and how fast."""

    ranks: tuple[int, ...] = (10, 50, 100)
    """Ends of the bands of ranks, rising; who stands behind the last is not admitted."""
    minimums_s: tuple[float, ...] = (0.0, 2.0, 5.0)
    """What one of each band must have waited, rising."""
    free_ranks: int = 10
    """Up to this rank admission takes nothing out of the event's bucket."""
    per_s: float = 50.0
    """Refill of an event's bucket."""
    burst: float = 500.0
    """Size of an event's bucket."""
    heartbeat_s: float = 300.0
    """Who says nothing for so long loses his place."""
    system_per_s: float = 1000.0
    """All events together; as many at once as in a second."""

    def scaled(self, time_scale: float) -> Admissions:
        """Returns the same, `1 / time_scale` times as fast."""
        return replace(
            self,
            heartbeat_s=self.heartbeat_s * time_scale,
            minimums_s=tuple(each * time_scale for each in self.minimums_s),
            per_s=self.per_s / time_scale,
            system_per_s=self.system_per_s / time_scale,
        )


class Told(NamedTuple):
    """What the platform itself said of one event's queue, before the load and after it."""

    admitted: int
    """So many people were let in meanwhile, whoever they were."""
    per_s: tuple[float, float]
    """The rate of admissions, as told before and after."""


ADMISSIONS: Mapping[str, Admissions] = MappingProxyType(
    {"documented": Admissions(), "deployed": Admissions(per_s=10.0, burst=100.0, system_per_s=math.inf)}
)
"""Profile to its figures; the profile `open` limits nothing."""
