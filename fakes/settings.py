"""The platform's figures, each once, and the profiles that set them.

A figure's name says how time changes it: what ends in `_per_s` is a rate, what else ends in `_s` a span of seconds;
`scaled` divides the first and multiplies the second, so that a platform at time scale 0.05 does in three seconds what
takes a minute, and nothing else differs. What ends in `_ms` is time that somebody waits for an answer; it is real time
and never scaled, like the deadlines of clients. `math.inf` means no limit.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from contracts.messages import reservation_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.messages.reservation_pb2 import ReservationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every figure of the platform. The defaults are the documented ones."""

    idempotency_life_s: float = 300.0
    """How long a key replays its first response."""
    rate_limit_per_s: float = 50.0
    """Calls a second of one user at the gateway, on average."""
    rate_limit_burst: float = 100.0
    """Calls of one user at the gateway, at once."""
    service_timeout_ms: float = 500.0
    """How long the gateway waits for a service that it passes a call on to; not scaled."""
    inventory_timeout_ms: float = 250.0
    """How long it waits for the inventory; not scaled."""

    duplicate_join_s: float = 300.0
    """For how long a user cannot join one event's queue a second time."""
    waiting_life_s: float = 1800.0
    """Life of a waiting token."""
    heartbeat_s: float = 300.0
    """A waiter that does not ask for this long is dropped; so long, too, is one remembered who has left."""
    reservation_token_life_s: float = 300.0
    """Life of a reservation token."""
    waiting_ranks: tuple[float, ...] = (10, 50, 100)
    """Upper ends of the bands of ranks; who ranks behind the last is not admitted."""
    waiting_minimums_s: tuple[float, ...] = (0.0, 2.0, 5.0)
    """What a waiter of each band must have waited."""
    free_ranks: float = 10
    """Up to this rank admission costs no token of the buckets."""
    admission_per_s: float = 50.0
    """Refill of an event's admission bucket."""
    admission_burst: float = 500.0
    """Size of an event's admission bucket."""
    system_admission_per_s: float = 1000.0
    """Refill of the admission bucket that all events share."""
    system_admission_burst: float = 1000.0
    """Size of the admission bucket that all events share."""
    eta_windows_s: tuple[float, ...] = (60.0, 300.0, 900.0)
    """Windows over which the rate of admissions is taken."""
    eta_weights: tuple[float, ...] = (0.5, 0.3, 0.2)
    """How much the rate of each window counts."""
    eta_margin: float = 1.1
    """Factor on position / rate, where the rate is the weighted one of the windows."""
    eta_bounds_s: tuple[float, ...] = (1.0, 600.0)
    """The shortest and the longest wait that is announced."""
    eta_unknown_s: float = 2.0
    """Announced wait for each position, before anybody was admitted."""

    hold_s: float = 60.0
    """How long CreateReservation and ReserveSeat hold seats."""
    hold_status: ReservationStatus = reservation_pb2.RESERVATION_STATUS_PENDING
    """Status of a reservation that holds seats: PENDING (documented) or HOLD (seen)."""
    extension_s: float = 30.0
    """What ExtendHold adds at most, and when it is not told how much."""
    extensions: int = 1
    """How often one hold can be extended."""
    seats_at_most: int = 10
    """Seats of one reservation."""

    intent_life_s: float = 900.0
    """How long an intent waits for ProcessPayment."""
    approve_s: tuple[float, ...] = (2.0, 5.0)
    """Shortest and longest time in which an approved payment settles."""
    fail_s: tuple[float, ...] = (1.0, 3.0)
    """Shortest and longest time in which a failed payment settles."""
    delay_s: tuple[float, ...] = (10.0, 30.0)
    """Shortest and longest time in which a delayed payment settles."""
    random_success: float = 0.7
    """Share of payments of scenario RANDOM that are approved."""

    attempts: int = 5
    """How often the worker tries a job before it puts it aside (DLQ)."""
    backoff_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    """What the worker waits after the first, second … failed attempt."""
    circuit_open_s: float = 30.0
    """How long a circuit that was opened by an operator stays open."""

    webhook_delay_s: float = 0.0
    """How long after a payment settled its webhook leaves."""
    webhook_retries: int = 5
    """How often a webhook is sent again that was not taken."""
    webhook_backoff_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    """What passes before the first, second … time that it is sent again."""
    webhook_timeout_ms: float = 5000.0
    """How long a receiver of webhooks has to answer, unless its registration says otherwise; not scaled."""
    webhooks_at_once: int = 10_000
    """Webhooks that may be under way, waiting for their next attempt included; what comes on top is dropped."""
    webhook_secret: str = "tacorush"  # noqa: S105 - the documented default of a test platform
    """Signs and checks webhooks that no registration gives another secret."""
    retention_hours: float = 2.0
    """How long reservations that ended without a sale can still be read, with their payments; not scaled."""
    time_scale: float = 1.0
    """What `scaled` was given, in all."""

    def scaled(self, time_scale: float) -> Settings:
        """The same platform, `1 / time_scale` times as fast. Raises ValueError unless 0 < time_scale < inf."""
        if not 0 < time_scale < math.inf:
            raise ValueError(f"time scale must be a positive number, got {time_scale}")
        changes: dict[str, Any] = {"time_scale": self.time_scale * time_scale}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name.endswith("_per_s"):
                changes[field.name] = value / time_scale
            elif field.name.endswith("_s"):
                scaled = tuple(part * time_scale for part in value) if isinstance(value, tuple) else value * time_scale
                changes[field.name] = scaled
        return dataclasses.replace(self, **changes)


DOCUMENTED = Settings()
"""As the documents say it."""

DEPLOYED = Settings(
    rate_limit_per_s=10_000.0,
    rate_limit_burst=15_000.0,
    reservation_token_life_s=30.0,
    admission_per_s=10.0,
    admission_burst=100.0,
    system_admission_per_s=math.inf,
    system_admission_burst=math.inf,
    hold_status=reservation_pb2.RESERVATION_STATUS_HOLD,
    approve_s=(2.0, 2.0),
    fail_s=(2.0, 2.0),
    delay_s=(2.0, 2.0),
    random_success=0.5,
)
"""As it was seen deployed."""

OPEN = Settings(
    rate_limit_per_s=math.inf,
    rate_limit_burst=math.inf,
    waiting_ranks=(math.inf,),
    waiting_minimums_s=(0.0,),
    free_ranks=math.inf,
    admission_per_s=math.inf,
    admission_burst=math.inf,
    system_admission_per_s=math.inf,
    system_admission_burst=math.inf,
    approve_s=(0.0, 0.0),
    fail_s=(0.0, 0.0),
    delay_s=(0.0, 0.0),
)
"""No waiting, no admission or rate limit, payments settle at once; tokens, holds and keys are as documented."""

SIMULATOR = Settings(
    approve_s=(0.0, 0.0),
    fail_s=(0.0, 0.0),
    delay_s=(0.0, 0.0),
    random_success=0.5,
    webhook_delay_s=2.0,
    webhook_retries=0,
)
"""The real payment simulator (`services.simulator`), which has no other figures than these."""

SIMULATED = "simulator"
"""The profile under which the payment simulator is served instead of the nine services."""
PROFILES: Mapping[str, Settings] = MappingProxyType(
    {"documented": DOCUMENTED, "deployed": DEPLOYED, "open": OPEN, SIMULATED: SIMULATOR}
)
"""The profiles by the names that the command line takes."""
