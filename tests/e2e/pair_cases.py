"""What every pair is driven through: arrivals of the catalogue's scenarios, and platforms that are well or ail."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Case(NamedTuple):
    """The first arrivals of every kind in a scenario, and the platform that they meet."""

    scenario: str
    each: int
    """How many arrivals of every kind."""
    platform: Mapping[str, Any]
    """Options of `ailing_fakes`, beside port and server."""
    seed: int = 7
    route: str = "services"
    connections: int = 2
    patience: int = 20
    """Deadlines are so many times as long: a busy machine shall not decide what a call comes to."""
    misread: str = "rightly"
    """What the channel makes of answers: a name of `misreadings.MISREADINGS`."""

    def drive(self) -> dict[str, Any]:
        """The words for `arrivals_one_by_one`, beside name and address."""
        return {name: value for name, value in self._asdict().items() if name != "platform"}


TIMELESS = ("approve_s=0,0", "fail_s=0,0", "delay_s=0,0", "hold_s=3600", "attempts=2", "backoff_s=3600")
"""Figures of every platform: what comes by itself comes at once, or not while anybody is there. Only people's time is
skipped, a platform's passes as it will."""
WIDE: Mapping[str, Any] = MappingProxyType({"events": 3, "seats": 500})
NARROW: Mapping[str, Any] = MappingProxyType({"events": 1, "seats": 14})
HALF = ("SendMessage", "StreamPaymentUpdates", "ExtendHold", "ListPayments", "GetLogs", "ReserveSeat")
SLOW = "slow:p=0.03,count=2,ms=60000"
"""Longer than any deadline: it is not the machine that decides whether an answer comes in time."""
MIXED, SILENT, DYING = "errors as status and inside OK", "answers that do not come", "a death in a call"
ERRING = ("errors:p=0.06", "error-inside-ok:p=0.06")

CASES: Mapping[str, Case] = MappingProxyType(
    {
        # Here deadlines have to pass, while the other drives go on.
        SILENT: Case("flow", 2, {**WIDE, "incidents": [SLOW]}, patience=4),
        "a whole platform": Case("flow", 2, WIDE),
        "one call each": Case("ping", 3, WIDE),
        "all 50 methods": Case("tour", 1, WIDE),
        "half a platform": Case("tour", 1, {**WIDE, "without": HALF}),
        "refusals as status": Case("hotseat", 6, {**NARROW, "errors": "status"}),
        "seats sold twice": Case("hotseat", 6, {**NARROW, "incidents": ["oversell:p=0.3"]}),
        MIXED: Case("flow", 4, {**WIDE, "incidents": ERRING}),
        # Another connection may, or may not, have noticed the death before it is given a call: so there is one, and it
        # dies of a call on which the person goes and the next one comes over the same connection.
        DYING: Case("flow", 2, {**WIDE, "dies_of": "JoinQueue", "dies_at": 8}, connections=1),
    }
)
"""Part of `make test`."""

NIGHTLY: Mapping[str, Case] = MappingProxyType(
    {
        f"{name}, seed {seed}": case._replace(each=5 * case.each, seed=seed)
        for name, case in CASES.items()
        for seed in (8, 9)
    }
    | {
        "the documented platform": Case("rush", 8, {**NARROW, "platform": "documented"}),
        "through the gateway": Case("flow", 6, WIDE, route="gateway"),
        "through a gateway that errs": Case("flow", 20, {**WIDE, "incidents": ERRING}, route="gateway"),
        "a tour of a platform that errs": Case("tour", 5, {**WIDE, "incidents": ERRING, "errors": "status"}),
    }
)


class Planted(NamedTuple):
    """One mistake in a case."""

    case: str
    """Name of the case that shows it."""
    meets: str
    """What stands in the first call that is told wrongly, where it is told rightly."""
    misread: str = "rightly"
    """By the channel."""
    says: Mapping[str, int] = MappingProxyType({})
    """By the server: see `ailing_fakes.Ailment`."""

    def planted(self) -> Case:
        """The case with the mistake."""
        case = CASES[self.case]
        return case._replace(misread=self.misread, platform={**case.platform, "says": dict(self.says)})


PLANTED: Mapping[str, Planted] = MappingProxyType(
    {
        "a deadline taken for UNAVAILABLE": Planted(SILENT, "DEADLINE_EXCEEDED not in time", "deadline-as-unavailable"),
        "a call that left taken for unsent": Planted(DYING, " unanswered", "sent-as-unsent"),
        "an error inside passed over": Planted(MIXED, "OK answered, failed", "error-inside-passed-over"),
        "INTERNAL sent as UNAVAILABLE": Planted(MIXED, "INTERNAL answered", says={"13": 14}),
    }
)
