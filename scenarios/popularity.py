"""Which events and seats are wanted most: the laws that a scenario names, and what they make of the names known.

Events rank in the order of the plan (their ids), seats in the order in which a hall is read: by name, numbers by their
value, so that A-2 comes before A-10 (`wishes.in_order`). Every law spends one draw on an event, so that another law
changes no other wish.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from scenarios.fields import Part
from scenarios.ranks import Ranks, hot_weights, zipf_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scenarios.chance import Chance

UNIFORM, ZIPF, HOT, BEST_FIRST = "uniform", "zipf", "hot", "best-first"

_FIGURES: Mapping[str, tuple[str, ...]] = MappingProxyType({UNIFORM: (), ZIPF: ("s",), HOT: ("share",), BEST_FIRST: ()})
"""Law to the figures that it takes."""
_USUAL_S, _USUAL_SHARE = 1.0, 0.9


class _Law(Part):
    """A law with its figures; in a file its bare name will do."""

    law: str
    s: float | None = Field(default=None, gt=0, le=10)
    """zipf: rank r is wanted 1 / r**s times as often as the first; 1 unless given."""
    share: float | None = Field(default=None, gt=0, le=1)
    """hot: the first one's share of all; 0.9 unless given."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"law": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _fits(self) -> Self:
        takes = _FIGURES[self.law]
        for name in ("s", "share"):
            if name not in takes and getattr(self, name) is not None:
                raise ValueError(f"law {self.law} has no {name}; it takes {', '.join(takes) or 'no further figure'}")
        return self


class EventLaw(_Law):
    """How people spread over events: all alike, by Zipf, or with one hot event."""

    law: Literal["uniform", "zipf", "hot"] = "uniform"
    """uniform: all alike; zipf: by rank; hot: the first has its share, the others what is left."""

    def ranks(self, events: int) -> Ranks:
        """The events' ranks, ready for draws."""
        if self.law == ZIPF:
            return Ranks(zipf_weights(events, self.s or _USUAL_S))
        if self.law == HOT:
            return Ranks(hot_weights(events, self.share or _USUAL_SHARE))
        return Ranks([1] * events)


class SeatLaw(_Law):
    """How people spread over seats: all alike, by Zipf, or all after the best that there are."""

    law: Literal["uniform", "zipf", "best-first"] = "uniform"
    """uniform: all alike; zipf: by rank; best-first: the first of the hall before all others."""

    def wished(self) -> Callable[[Chance, Sequence[str], int], list[str]]:
        """Returns what draws up to so many different seats, most wanted first, from all of an event in their order."""
        if self.law == ZIPF:
            ranks = lru_cache(maxsize=None)(lambda seats: Ranks(zipf_weights(seats, self.s or _USUAL_S)))
            return lambda chance, seats, count: [seats[rank] for rank in ranks(len(seats)).sample(chance, count)]
        if self.law == BEST_FIRST:
            return lambda _chance, seats, count: list(seats[:count])
        return lambda chance, seats, count: chance.sample(seats, count)


class Popularity(Part):
    """What is wanted most."""

    events: EventLaw | None = None
    """None: all alike, save for who come for certain seats: they all come to the hall with most of them."""
    seats: SeatLaw = SeatLaw()
