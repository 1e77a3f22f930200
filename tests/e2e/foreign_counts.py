"""Two sides of one run: what the report says, and what a platform that somebody else wrote has counted for itself.

Every answer that the report tells of must be one that the platform gave, by method and by gRPC status. What a report
cannot know is what nobody told it; that is allowed where DESIGN says so, and counted: an answer that did not come, or
came after its deadline, is unknown, and a call whose deadline ran out first the platform may not have seen at all.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from tacorush.evidence.records import PREFLIGHT, READBACK, CellKey, Claim
from tacorush.evidence.runfile import RunFile
from tests.foreign.counts import NO_ANSWER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tacorush.evidence.histogram import Histogram

DEADLINE, LOST, UNSENT = "DEADLINE_EXCEEDED", "CONNECTION_LOST", "UNSENT"
STATUS_BEHIND = {
    "INVENTORY_CONFLICT": "ABORTED",
    "FORBIDDEN": "PERMISSION_DENIED",
    "RATE_LIMITED": "RESOURCE_EXHAUSTED",
    "PAYMENT_FAILED": "OK",
    "DENIED": "OK",
    "EXPIRED": "OK",
    "INVALID": "OK",
    "EMPTY": "OK",
    DEADLINE: NO_ANSWER,
    LOST: NO_ANSWER,
}
"""A code of ours to the native status that this platform sends for it; every other code is its own status."""
HELD = ("HOLD", "ACTIVE", "CONFIRMED", "CANCELLED", "EXPIRED")
"""What a reservation can be that was made; ACTIVE is the inventory's word for its own holds."""
CLOCK_STEP_MS = 2
"""grpcio counts deadlines in whole milliseconds, from a reading of its own."""


@dataclass(frozen=True)
class Sides:
    """One finished run, read from both sides."""

    report: Mapping[str, Any]
    theirs: Mapping[str, Any]
    cells: tuple[tuple[CellKey, Histogram], ...]
    claims: tuple[Claim, ...]

    @classmethod
    def of(cls, run: Path, counts: Path) -> Sides:
        """Reads a run directory and the platform's file."""
        with RunFile(run / "run.sqlite") as file:
            cells = [(key, times) for key, times in file.cells() if "/" in key.measure and key.clock == "service"]
            claims = tuple(file.claims())
        return cls(json.loads((run / "report.json").read_text()), json.loads(counts.read_text()), tuple(cells), claims)

    @property
    def died(self) -> bool:
        """The platform ended in the middle."""
        return bool(self.theirs["ended"] == "died")

    @cached_property
    def ours(self) -> Mapping[str, Counter[str]]:
        """Our calls by method and by the status that must stand behind their codes, those aside that never left."""
        counted: dict[str, Counter[str]] = {name: Counter() for name in METHODS}
        for key, times in self.cells:
            if key.code != UNSENT:
                counted[key.measure][STATUS_BEHIND.get(key.code, key.code)] += times.count
        return counted

    def count(self, *codes: str, who: str = "") -> int:
        """How many of our calls (of one kind of journey, when named) ended with one of these codes."""
        return sum(times.count for key, times in self.cells if key.code in codes and who in ("", key.journey))

    def named(self, field: str) -> set[str]:
        """Everything that our claims name in a field."""
        return {getattr(claim, field) for claim in self.claims} - {""}

    def stated(self, field: str, *words: str) -> set[str]:
        """What our claims name in a field and the platform said to have one of these statuses."""
        return {getattr(claim, field) for claim in self.claims if claim.status in words} - {""}


def agree(sides: Sides) -> None:
    """Demands that the report counts what the other side counted."""
    _report_is_its_run_file(sides)
    for name in METHODS:
        _calls_agree(name, sides.ours[name], Counter(sides.theirs["calls"].get(name, {})))
    _gave_up_at_their_deadlines(sides)
    assert sides.died or sides.count(LOST, UNSENT) == 0
    _orders_and_money_agree(sides)
    _double_sales_agree(sides)


def _report_is_its_run_file(sides: Sides) -> None:
    totals, methods = sides.report["totals"], sides.report["latency_ms"]["methods"]
    by_who: Counter[str] = Counter()
    by_method: dict[str, Counter[str]] = {}
    for key, times in sides.cells:
        who = key.journey if key.journey in (PREFLIGHT, READBACK) else "journeys"
        by_who[who] += times.count
        if who == "journeys":
            by_method.setdefault(key.measure, Counter())[key.outcome] += times.count
    assert totals["rpcs"] == by_who["journeys"] + by_who[READBACK] == sum(totals["outcomes"].values())
    assert totals["other_rpcs"] == by_who[PREFLIGHT]
    assert {name: +Counter(row["outcomes"]) for name, row in methods.items()} == by_method


def _calls_agree(name: str, ours: Counter[str], theirs: Counter[str]) -> None:
    """An answer that we tell of was given; one that was given and that we do not tell of is an unknown of ours."""
    heard = +Counter({status: count for status, count in ours.items() if status != NO_ANSWER})
    assert heard <= theirs, f"{name}: we say {heard}, the platform gave {theirs}"
    unheard = theirs.total() - heard.total()
    assert unheard <= ours[NO_ANSWER], f"{name}: we say {ours}, the platform counted {theirs}"


def _gave_up_at_their_deadlines(sides: Sides) -> None:
    """A call is unknown for its deadline only when that had passed: else the rule above would explain anything."""
    for key, times in sides.cells:
        if key.code == DEADLINE:
            assert times.quantile(1e-9) / 1e6 >= METHODS[key.measure].deadline_ms - CLOCK_STEP_MS, key


def _orders_and_money_agree(sides: Sides) -> None:
    """What was made, and what we know to have been made: the rest is bounded by the answers that we had not."""
    theirs, ours = sides.theirs, sides.ours
    made = {
        "orders": (sides.report["totals"]["orders"], ours["reservation.v1.ReservationService/ConfirmReservation"]),
        "reservations": (
            len(sides.stated("reservation", *HELD)),
            ours["reservation.v1.ReservationService/CreateReservation"]
            + ours["reservation.v1.InventoryService/ReserveSeat"],
        ),
        "payments_created": (
            len(sides.named("intent")),
            ours["payment.v1.PaymentService/CreatePaymentIntent"],
        ),
    }
    reads_failed = _reads_without_answer(sides)
    for what, (known, calls) in made.items():
        unknown = min(calls[NO_ANSWER], reads_failed)
        assert known <= theirs[what] <= known + unknown, f"{what}: we know of {known}, they made {theirs[what]}"
    completed = sides.stated("intent", "COMPLETED")
    over = completed | sides.stated("intent", "FAILED", "CANCELLED")
    under_way = {claim.intent for claim in sides.claims if claim.action == "charge"} - over
    known = len(completed)
    assert known <= theirs["payments_completed"] <= known + len(under_way)
    assert reads_failed or known == theirs["payments_completed"]


def _reads_without_answer(sides: Sides) -> int:
    """Reads of the read-back and of journeys that told nothing: what they asked after stays open."""
    return sum(
        times.count
        for key, times in sides.cells
        if not METHODS[key.measure].writes and key.outcome in {"failed", "unknown"}
    )


def _double_sales_agree(sides: Sides) -> None:
    oversell, theirs = sides.report["oversell"], sides.theirs["seats_sold_twice"]
    assert oversell["definite"] <= theirs <= oversell["definite"] + oversell["possible"]
    if sides.report["totals"]["orders"] == sides.theirs["orders"]:
        assert oversell["definite"] == theirs
        assert sides.report["totals"]["seats_sold"] == sides.theirs["seats_in_orders"]
