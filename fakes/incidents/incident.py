"""What every incident is: a platform that errs in one way, seldom or often, for a while, and counts what it truly did.

An incident is asked at two kinds of places: around every unary call (`trouble`, `instead`, `spoiled`, `delay_s`), and
inside the state, where it overrides the questions of `Faults`. The base errs nowhere. The first paragraph of an
incident's docstring says what it imitates; `rule` names what must catch it; `proof` says how to see that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
class Trouble:
    """What befalls the platform as a whole when a call comes in."""

    stalls_s: float = 0.0
    """It does nothing at all for so long, and then serves the call."""
    sends_away: bool = False
    """The caller's connection is told to go (GOAWAY); what was called over it is served."""
    hangs_up: bool = False
    """The caller's connection is cut, with all calls on it."""
    shuts_s: float = 0.0
    """For so long, whoever connects is cut off at once."""
    crashes: bool = False
    """Every connection is cut, and the platform comes back having forgotten everything."""


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
    unseen: str = ""
    """Why fewer are owed than it did, or why what it did is not counted."""


class Incident(Faults):
    """One way to err, with the settings that were asked for."""

    name: ClassVar[str]
    rule: ClassVar[str]
    """What must catch it: the name of an audit rule, or of an objective of slo/production.yaml."""
    proof: ClassVar[Proof]
    defaults: ClassVar[Mapping[str, float]]
    """Its settings and what they are when nothing is said: `p` and `count`, and its own."""
    by_call: ClassVar[bool] = False
    """It strikes calls, so that `method` and `service` can choose which; see `concerns`."""
    usual: ClassVar[frozenset[str]] = frozenset()
    """Methods that it strikes when none is named; empty for all but UNTOUCHED."""
    needs_doors: ClassVar[bool] = False
    """It does what only a server that gives its doors away can do; see `serving.Doors`."""

    def __init__(self, setting: Setting, chance: Random, elapsed: Callable[[], float]) -> None:
        """`elapsed` tells the seconds since the platform served its first call."""
        self.ledger: Ledger
        """The seats of the platform; set by `attach`, before the first call."""
        self.struck = 0
        self._chance = chance
        self.change(setting, elapsed)

    def change(self, setting: Setting, elapsed: Callable[[], float]) -> None:
        """Sets it anew; what it did so far stays done, and its `count` begins again."""
        self.setting = setting
        self.values = setting.values
        self._elapsed = elapsed
        self._struck_before = self.struck

    def end(self) -> None:
        """Lets it strike no more; what it did so far stays done."""
        self.change(replace(self.setting, end_s=self.setting.begin_s), self._elapsed)

    def attach(self, ledger: Ledger) -> None:
        """Shows it the seats of the platform that it is planted in."""
        self.ledger = ledger

    @classmethod
    def imitates(cls) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    def strikes(self) -> bool:
        """Whether it errs at this occasion; counts that it does."""
        if not self.under_way() or self._chance.random() >= self.values["p"]:
            return False
        self.struck += 1
        return True

    def under_way(self) -> bool:
        """Whether it may strike now: in its window, and not as often yet as it may."""
        limit = self.values["count"]
        if limit and self.struck - self._struck_before >= limit:
            return False
        return self.setting.begin_s <= self._elapsed() < self.setting.end_s

    def concerns(self, method: Method) -> bool:
        """Whether it may strike calls of a method: those that were named, else all but what has to stay whole."""
        chosen = self.setting.methods or self.usual
        return method.name in chosen if chosen else method.name not in UNTOUCHED

    def trouble(self, method: Method, request: Message) -> Trouble | None:  # noqa: ARG002
        """What befalls the platform when this call comes in."""
        return None

    def instead(self, method: Method, request: Message) -> Message | Refusal | None:  # noqa: ARG002
        """What is answered instead of serving the call; None to serve it."""
        return None

    def spoiled(self, method: Method, answer: Message) -> Message:  # noqa: ARG002
        """What leaves instead of the answer to a call that was served."""
        return answer

    def delay_s(self, method: Method, request: Message) -> float:  # noqa: ARG002
        """How much later than it could the answer of this call leaves, in seconds."""
        return 0.0

    def facts(self) -> Mapping[str, int]:
        """What it truly did so far, counted by kind; the kinds are the same from the first call on."""
        return {"struck": self.struck}
