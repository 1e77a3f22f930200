"""What every incident is: a platform that errs in one way, seldom or often, for a while, and counts what it truly did.

An incident is asked at two kinds of places: around every unary call (`delay_s`, `instead`, `spoiled`), and inside the
state, where it overrides the questions of `Faults`. The base errs nowhere. The first paragraph of an incident's
docstring says what it imitates; `rule` names what must catch it; `proof` says how to see that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fakes.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.error_modes import Refusal
    from fakes.incidents.setting import Setting
    from fakes.ledger import Ledger

UNTOUCHED = frozenset(
    {
        "common.v1.AdminService/GetMetrics",
        "common.v1.AdminService/GetSystemHealth",
        "gateway.v1.GatewayService/GetEventAvailability",
        "gateway.v1.GatewayService/HealthCheck",
        "gateway.v1.QueueService/GetQueueStats",
        "reservation.v1.InventoryService/GetInventoryStatus",
        "reservation.v1.WorkerService/HealthCheck",
    }
)
"""What is asked before a load and about a platform: incidents that spoil answers leave these whole, so that a load can
begin and the incident can be read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How to see that an incident is caught: options of `tacorush fakes`, a scenario, options of `tacorush run`.

    The run drives for 20 s at most. Where the rule's findings can be counted against `facts()`, `counted` is the kind
    of fact that they are held against.
    """

    fakes: tuple[str, ...]
    scenario: str
    run: tuple[str, ...]
    counted: str = ""
    """A kind of `facts()`: so many findings there are, no more. Empty: any finding will do."""
    share: float = 1.0
    """The least share of `counted` that has to be found; less than 1 where some cannot be seen from outside."""


class Incident(Faults):
    """One way to err, with the settings that were asked for."""

    name: ClassVar[str]
    rule: ClassVar[str]
    """What must catch it: the name of an audit rule, or of an objective of slo/production.yaml."""
    proof: ClassVar[Proof]
    defaults: ClassVar[Mapping[str, float]]
    """Its settings and what they are when nothing is said: `p` and `count`, and its own."""

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        """`elapsed` tells the seconds since the platform served its first call."""
        self.values = setting.values
        self.ledger: Ledger
        """The seats of the platform; set by `attach`, before the first call."""
        self.struck = 0
        self._begin_s, self._end_s = setting.begin_s, setting.end_s
        self._chance = chance
        self._elapsed = elapsed

    def attach(self, ledger: Ledger) -> None:
        """Shows it the seats of the platform that it is planted in."""
        self.ledger = ledger

    @classmethod
    def imitates(cls) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    def strikes(self) -> bool:
        """Whether it errs at this occasion; counts that it does."""
        limit = self.values["count"]
        if limit and self.struck >= limit:
            return False
        if not self._begin_s <= self._elapsed() < self._end_s or self._chance.random() >= self.values["p"]:
            return False
        self.struck += 1
        return True

    def delay_s(self, method: Method) -> float:  # noqa: ARG002
        """How much later than it could the answer of this call leaves, in seconds."""
        return 0.0

    def instead(self, method: Method) -> Message | Refusal | None:  # noqa: ARG002
        """What is answered instead of serving the call; None to serve it."""
        return None

    def spoiled(self, method: Method, answer: Message) -> Message:  # noqa: ARG002
        """What leaves instead of the answer to a call that was served."""
        return answer

    def facts(self) -> Mapping[str, int]:
        """What it truly did so far, counted by kind; the kinds are the same from the first call on."""
        return {"struck": self.struck}
