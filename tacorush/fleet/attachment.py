"""Where the fleet of a process hangs on Locust's environment, so that users and listeners find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from locust.env import Environment

_NAME = "tacorush"


class WalkIn(Protocol):
    """What a user of Locust may ask of the fleet of its process."""

    def walk_in(self) -> None:
        """Waits until journeys may begin, makes one, and returns when it has ended."""
        ...

    def think_s(self) -> float:
        """How long a user pauses before the next one, in seconds."""
        ...


def attach(environment: Environment, fleet: WalkIn) -> None:
    """Hangs a process's fleet on its environment."""
    setattr(cast("Any", environment), _NAME, fleet)


def fleet_of(environment: Environment) -> WalkIn:
    """Returns the fleet of this process; raises AttributeError when none was attached."""
    return cast("WalkIn", getattr(environment, _NAME))
