"""What one person of the crowd wants, drawn before the person acts: nothing here depends on what the platform does."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Card: TypeAlias = Literal["APPROVE", "FAIL", "DELAY", "RANDOM", "TIMEOUT"]
"""How a payment will fare: the contract's payment scenarios."""
CARDS: tuple[str, ...] = get_args(Card)

CARDS_THAT_MAY_FAIL = frozenset({"FAIL", "RANDOM"})
"""With these a failed payment is no error of the platform."""


ANY, BEST = "any", "best"


def in_order(seats: Iterable[str]) -> list[str]:
    """Returns the seats as a hall is read, best first: by name, numbers by their value."""
    return sorted(seats, key=lambda seat: [(part.isdecimal(), _value(part), part) for part in _PARTS.split(seat)])


_PARTS = re.compile(r"([0-9]+)")


def _value(part: str) -> int:
    return int(part) if part.isdecimal() else 0


class Wishes(NamedTuple):
    """One person's wants and ways. Lengths of time are in unscaled seconds."""

    number: int
    """The arrival's number."""
    kind: str
    """What the scenario's mix calls this person: a kind of journey, or a persona."""
    event: str = ""
    section: str = ""
    """Empty: any, or the platform names none."""
    quantity: int = 1
    seats: tuple[str, ...] = ()
    """Certain seats that the person comes for, free or not, best first; empty: whatever is offered."""
    card: str = "APPROVE"
    think_s: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Time taken before choosing a seat, before paying, before confirming."""
    poll_s: float = 2.0
    """Between two looks at the queue, or at a payment."""
    patience_s: float = 60.0
    """After this long in the queue the person goes."""
    tries: int = 3
    """How many different seats are asked for before the person gives up."""
    picks: str = ANY
    """Of the seats that are offered: ANY, or the BEST."""

    def digest(self, at_ns: int) -> int:
        """64 bits over everything planned of this person, the instant included. Sums of these forget the order."""
        return int.from_bytes(hashlib.blake2b(f"{at_ns} {tuple(self)!r}".encode(), digest_size=8).digest())
