"""How much worse a figure may be before a comparison fails: a share of the base's figure, and a time at the least."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import wording

if TYPE_CHECKING:
    from reports.comparing.topics import Topic

_PERCENT, _TIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%"), re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*ms")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is tolerated."""

    share: float = 0.0
    """Of the base's figure; of a share that may go wrong, of what may go wrong if that is more."""
    least_ms: float = 0.0
    """Of times never less than this."""

    @property
    def text(self) -> str:
        """As it is written: `10%`, `10%,5ms`."""
        return f"{wording.number(self.share * 100)}%" + (f",{wording.number(self.least_ms)}ms" if self.least_ms else "")

    @property
    def words(self) -> str:
        """As people say it: `10 %`, `10 % (of times at least 5 ms)`."""
        least = f" (of times at least {wording.milliseconds(self.least_ms)})" if self.least_ms else ""
        return f"{wording.share(self.share)}{least}"

    def of(self, topic: Topic, base: float) -> float:
        """Returns how much worse than `base` the figure of a topic may be, in its unit."""
        unit = topic.unit
        if unit == "ms":
            return max(self.share * abs(base), self.least_ms)
        if unit == "share":
            wrong = base if topic.worse > 0 else 1 - base
            return self.share * max(wrong, topic.budget)
        return self.share * max(abs(base), topic.budget)


DEFAULT = Tolerance(0.1, 1.0)
"""A tenth, and no less than a millisecond, which nobody who waits for a ticket feels."""


def tolerance(text: str) -> Tolerance:
    """Reads `10%`, `5ms` or `10%,5ms`; raises ValueError that says what is wrong."""
    share, least_ms = 0.0, 0.0
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        if percent := _PERCENT.fullmatch(part):
            share = float(percent[1]) / 100
        elif time := _TIME.fullmatch(part):
            least_ms = float(time[1])
        else:
            raise ValueError(f"{part!r} is no tolerance: write 10%, 5ms, or both as 10%,5ms")
    if len({part.endswith("%") for part in parts}) < len(parts):
        raise ValueError(f"{text!r} says the same twice: write 10%, 5ms, or both as 10%,5ms")
    return Tolerance(share, least_ms)
