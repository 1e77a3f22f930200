"""What the audit costs at a hundred thousand, a million and ten million claims: seconds, memory, rule by rule.

A run file is made for each size, with the real writer: purchases of six claims, one in twenty cancelled and its seats
sold again, one in a hundred confirmed without an answer, ten seats sold twice. A process of its own then reads it and
applies each rule. `suspects_s` is the rule's look at the columns of all claims, `check_s` its weighing of those that
are left, `us_per_suspect` what weighing costs where every claim is suspected (at the smallest size), which bounds it:
no rule takes longer than suspects_s + claims × us_per_suspect.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.table import Table
from tacorush.evidence.packed_claims import PackedClaims
from tacorush.evidence.records import READBACK, Claim, Delta
from tacorush.evidence.writer import RunFileWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SIZES = (100_000, 1_000_000, 10_000_000)
OVERSOLD = 5
"""Purchases of two seats that somebody has bought before."""
EVENTS = 100
A_DELTA = 10_000
MOST_QUEUED = 20
"""Deltas that wait for the disk: making them is quicker."""
T0_NS = 1_780_000_000 * 10**9
MS = 10**6
RESERVATIONS = "reservation.v1.ReservationService/"
PAYMENTS = "payment.v1.PaymentService/"


def measure() -> Table:
    """Measures every size; the ratios say by how much each cost grows from the middle size to the largest."""
    table = Table("audit")
    whole: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"{size}.sqlite"
            write(path, size)
            rows = _child(path, size)
            path.unlink()
            table.rows += rows
            whole.append(rows[0]["all_s"])
    table.ratios["growth_of_all_for_ten_times_the_claims"] = whole[-1] / whole[-2]
    return table


def _child(path: Path, size: int) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.audit_process", str(path), "weigh" if size == SIZES[0] else "judge"]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows: list[dict[str, Any]] = json.loads(told.splitlines()[-1])
    return rows


def write(path: Path, size: int) -> None:
    """Writes a run file of so many claims, within one purchase."""
    writer = RunFileWriter(path, every_s=0.05)
    writer.meta("run_id", "benchmark")
    sequence, packed = 0, PackedClaims()
    for claim in claims(size):
        packed.append(claim)
        if len(packed) == A_DELTA:
            sequence += 1
            writer.put(Delta("local", sequence, claims=packed))
            packed = PackedClaims()
            while writer.acknowledged().get("local", 0) < sequence - MOST_QUEUED:
                time.sleep(0.01)
    writer.put(Delta("local", sequence + 1, claims=packed))
    writer.finish({"how": "completed", "at_ns": T0_NS}, patience_s=120)


def claims(size: int) -> Iterator[Claim]:
    """Yields purchases one after the other, and at the end the reads of all."""
    purchases = max(size // 6, 1)
    for number in range(purchases):
        yield from _purchase(number, purchases)
    for number in range(purchases):
        yield from _reads(number)


def _place(number: int, purchases: int) -> int:
    """The last few buy what some of the first had bought; who comes after a cancellation buys what it had freed."""
    place = number - purchases + OVERSOLD + 2 if number >= purchases - OVERSOLD else number
    return place - 1 if place % 20 == 1 else place


def _ids(number: int) -> dict[str, str]:
    return {"user": f"u-9b96162a-{number}", "reservation": f"rsv_20119090dc65{number:012x}"}


def _claim(action: str, method: str, number: int, at_ms: float, **told: Any) -> Claim:
    sent_ns = T0_NS + number * MS + round(at_ms * MS)
    usual: dict[str, Any] = {"outcome": "ok", "effect": "happened", "code": "OK", "trace": f"{number:032x}"}
    usual |= {"sent_ns": sent_ns, "answered_ns": sent_ns + 5 * MS}
    if action != "read":
        usual |= {"key": f"{action}-6511f504-545e-47af-{number:012x}", "body": f"{number:016x}"}
    return Claim(action, method, number, "buyer", **(usual | told))


def _purchase(number: int, purchases: int) -> Iterator[Claim]:
    place, ids, money = _place(number, purchases), _ids(number), f"pay_{number:024x}"
    event, seats = f"evt_{place % EVENTS}", (f"R{place // EVENTS}-1", f"R{place // EVENTS}-2")
    ends_ns = T0_NS + number * MS + 60_000 * MS
    held: dict[str, Any] = {"event": event, "seats": seats, "wanted": seats, "quantity": 2, "expires_ns": ends_ns}
    yield _claim("hold", RESERVATIONS + "CreateReservation", number, 0, status="PENDING", **held, **ids)
    yield _claim("intent", PAYMENTS + "CreatePaymentIntent", number, 0.1, intent=money, status="PENDING", **ids)
    paid = {"intent": money, "payment": f"pmt_{number:024x}", "status": "COMPLETED", "user": ids["user"]}
    yield _claim("charge", PAYMENTS + "ProcessPayment", number, 0.2, **paid)
    sold: dict[str, Any] = {"intent": money, "seats": seats, "order": f"ord_{number:024x}", "status": "CONFIRMED"}
    if number % 100 == 50:
        sold |= {"outcome": "unknown", "effect": "may_have", "code": "DEADLINE_EXCEEDED", "order": "", "status": ""}
    yield _claim("sale", RESERVATIONS + "ConfirmReservation", number, 5.3, **sold, **ids)
    if number % 20 == 0:
        yield _claim("cancel", RESERVATIONS + "CancelReservation", number, 5.31, status="CANCELLED", **ids)


def _reads(number: int) -> Iterator[Claim]:
    later: dict[str, Any] = {"kind": READBACK, "journey": -1}
    word = "CANCELLED" if number % 20 == 0 else "CONFIRMED"
    order = {"order": f"ord_{number:024x}"} if word == "CONFIRMED" else {}
    for method, told in (
        (RESERVATIONS + "GetReservation", {"status": word, **order}),
        (PAYMENTS + "GetPaymentStatus", {"status": "COMPLETED", "intent": f"pay_{number:024x}"}),
    ):
        claim = _claim("read", method, number, 10**8, **told, **_ids(number))
        for name, value in later.items():
            setattr(claim, name, value)
        yield claim
