"""What the platform counts from its own side, and the file that tells it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

NO_ANSWER = "NO_ANSWER"
"""Stands in `calls` for a call that got no status: its answer was lost, or its client gave up during a delay."""


@dataclass
class Counts:
    """Everything that happened, as the platform knows it."""

    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    joined: int = 0
    admitted: int = 0
    reservations: int = 0
    cancelled: int = 0
    expired: int = 0
    orders: int = 0
    seats_sold: int = 0
    seats_sold_twice: int = 0
    seats_in_orders: int = 0
    payments_created: int = 0
    payments_completed: int = 0
    payments_failed: int = 0
    replays: int = 0
    delayed: int = 0
    given_up: int = 0
    injected_errors: int = 0
    lost_answers: int = 0
    lost_reservations: int = 0
    lost_orders: int = 0
    double_holds: int = 0
    ended: str = ""

    def call(self, path: str, status: str) -> None:
        """One call ended with this status."""
        by_status = self.calls.setdefault(path, {})
        by_status[status] = by_status.get(status, 0) + 1

    def write(self, file: Path) -> None:
        """Replaces the file at once: a reader sees the old counts or the new ones."""
        new = file.with_name(f"{file.name}.{os.getpid()}.new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(file)
