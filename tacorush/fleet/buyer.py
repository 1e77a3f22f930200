"""Locust's own users: each makes one journey after the other, in a closed loop.

A closed loop hides stalls: while the platform stands still, its users stand still too and ask for nothing, so the worst
moments have the fewest samples. It is here because it is how Locust is used; `--rate` drives in an open loop.
"""

from __future__ import annotations

from locust import User, task

from tacorush.fleet.attachment import fleet_of


class Buyer(User):
    """Walks in, makes a journey, and walks in again; waits while no run is on."""

    @task
    def buy(self) -> None:
        """Makes one journey."""
        fleet_of(self.environment).walk_in()

    def wait_time(self) -> float:
        """Pauses between two journeys, as `--think` says."""
        return fleet_of(self.environment).think_s()
