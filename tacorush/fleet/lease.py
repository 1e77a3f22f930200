"""A worker's right to send load: it lasts 5 s from the master's last word, and nobody else can extend it.

The master speaks to every worker once a second. A worker that hears nothing for 5 s cannot know if the run goes on, so
it stops; it does not take the load up again when the master comes back, because by then its share counts as lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacorush.fleet.clock import SECOND_NS

if TYPE_CHECKING:
    from tacorush.wire.channel import Clock

LEASE_NS = 5 * SECOND_NS


class Lease:
    """Runs out `length_ns` after the last renewal, once and for all."""

    def __init__(self, clock: Clock, length_ns: int = LEASE_NS) -> None:
        self._clock = clock
        self._length_ns = length_ns
        self._heard_ns = clock()
        self._over = False

    def __repr__(self) -> str:
        return f"<Lease {'over' if self.over else 'valid'}>"

    def renew(self) -> None:
        """The other side was heard. Changes nothing once the lease has run out."""
        if not self.over:
            self._heard_ns = self._clock()

    @property
    def over(self) -> bool:
        """It has run out; stays so."""
        self._over = self._over or self._clock() - self._heard_ns > self._length_ns
        return self._over
