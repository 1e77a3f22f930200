"""What can be made to go wrong on the bundled platform, one file each, and the table of it all."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, TypedDict

from fakes.incidents.admission_beyond_rate import AdmissionBeyondRate
from fakes.incidents.blocking_scan import BlockingScan
from fakes.incidents.brown_out import BrownOut
from fakes.incidents.cancelled_order import CancelledOrder
from fakes.incidents.clock_skew import ClockSkew
from fakes.incidents.conflict_as_internal import ConflictAsInternal
from fakes.incidents.connection_storm import ConnectionStorm
from fakes.incidents.crash_restart import CrashRestart
from fakes.incidents.double_charge import DoubleCharge
from fakes.incidents.drifting_counters import DriftingCounters
from fakes.incidents.early_expiry import EarlyExpiry
from fakes.incidents.empty_ids import EmptyIds
from fakes.incidents.endless_hold import EndlessHold
from fakes.incidents.error_inside_ok import ErrorInsideOk
from fakes.incidents.errors import Errors
from fakes.incidents.expired_token_accepted import ExpiredTokenAccepted
from fakes.incidents.foreign_token_accepted import ForeignTokenAccepted
from fakes.incidents.freed_twice import FreedTwice
from fakes.incidents.ghosts_kept import GhostsKept
from fakes.incidents.goaway_storm import GoawayStorm
from fakes.incidents.health_lies import HealthLies
from fakes.incidents.held_twice import HeldTwice
from fakes.incidents.idempotency_race import IdempotencyRace
from fakes.incidents.invented_token_accepted import InventedTokenAccepted
from fakes.incidents.joins_fail import JoinsFail
from fakes.incidents.key_conflict_accepted import KeyConflictAccepted
from fakes.incidents.key_forgotten import KeyForgotten
from fakes.incidents.key_ignored import KeyIgnored
from fakes.incidents.key_missing_accepted import KeyMissingAccepted
from fakes.incidents.limiter_starvation import LimiterStarvation
from fakes.incidents.lost_hold import LostHold
from fakes.incidents.not_found import NotFound
from fakes.incidents.order_feigned import OrderFeigned
from fakes.incidents.order_lost import OrderLost
from fakes.incidents.order_refused import OrderRefused
from fakes.incidents.oversell import Oversell
from fakes.incidents.oversell_after_expiry import OversellAfterExpiry
from fakes.incidents.positions_rise import PositionsRise
from fakes.incidents.queue_frozen import QueueFrozen
from fakes.incidents.queue_order_violated import QueueOrderViolated
from fakes.incidents.refund_due import RefundDue
from fakes.incidents.same_seats import SameSeats
from fakes.incidents.seats_kept_after_cancellation import SeatsKeptAfterCancellation
from fakes.incidents.section_oversold import SectionOversold
from fakes.incidents.service_withdrawn import ServiceWithdrawn
from fakes.incidents.slow import Slow
from fakes.incidents.slow_shard import SlowShard
from fakes.incidents.slow_status import SlowStatus
from fakes.incidents.sold_out_as_internal import SoldOutAsInternal
from fakes.incidents.stale_replica import StaleReplica
from fakes.incidents.status_spends import StatusSpends
from fakes.incidents.status_unspecified import StatusUnspecified
from fakes.incidents.stream_ends_early import StreamEndsEarly
from fakes.incidents.stream_out_of_order import StreamOutOfOrder
from fakes.incidents.stream_silent import StreamSilent
from fakes.incidents.token_accepted_twice import TokenAcceptedTwice
from fakes.incidents.unpaid_confirm import UnpaidConfirm
from fakes.incidents.webhook_contradicts import WebhookContradicts
from fakes.incidents.webhook_forged import WebhookForged
from fakes.incidents.webhook_lost import WebhookLost
from fakes.incidents.webhook_twice import WebhookTwice
from fakes.incidents.wrong_seats_held import WrongSeatsHeld
from fakes.incidents.wrong_seats_sold import WrongSeatsSold
from fakes.incidents.wrong_total import WrongTotal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.incidents.incident import Incident

KINDS: Mapping[str, type[Incident]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            AdmissionBeyondRate,
            BlockingScan,
            BrownOut,
            CancelledOrder,
            ClockSkew,
            ConflictAsInternal,
            ConnectionStorm,
            CrashRestart,
            DoubleCharge,
            DriftingCounters,
            EarlyExpiry,
            EmptyIds,
            EndlessHold,
            ErrorInsideOk,
            Errors,
            ExpiredTokenAccepted,
            ForeignTokenAccepted,
            FreedTwice,
            GhostsKept,
            GoawayStorm,
            HealthLies,
            HeldTwice,
            IdempotencyRace,
            InventedTokenAccepted,
            JoinsFail,
            KeyConflictAccepted,
            KeyForgotten,
            KeyIgnored,
            KeyMissingAccepted,
            LimiterStarvation,
            LostHold,
            NotFound,
            OrderFeigned,
            OrderLost,
            OrderRefused,
            Oversell,
            OversellAfterExpiry,
            PositionsRise,
            QueueFrozen,
            RefundDue,
            QueueOrderViolated,
            SameSeats,
            SeatsKeptAfterCancellation,
            SectionOversold,
            ServiceWithdrawn,
            Slow,
            SlowShard,
            SlowStatus,
            SoldOutAsInternal,
            StaleReplica,
            StatusSpends,
            StatusUnspecified,
            TokenAcceptedTwice,
            UnpaidConfirm,
            StreamEndsEarly,
            StreamOutOfOrder,
            StreamSilent,
            WebhookContradicts,
            WebhookForged,
            WebhookLost,
            WebhookTwice,
            WrongSeatsHeld,
            WrongSeatsSold,
            WrongTotal,
        )
    }
)
"""Every incident by its name."""

NARROWABLE = frozenset(name for name, kind in KINDS.items() if kind.by_call)
"""The incidents that take `method` and `service`."""

DEFAULTS: Mapping[str, Mapping[str, float]] = MappingProxyType({name: kind.defaults for name, kind in KINDS.items()})
"""Every incident's settings and their defaults."""


class ProofRow(TypedDict):
    """How to see an incident caught."""

    fakes: list[str]
    scenario: str
    run: list[str]
    counted: str
    share: float
    unseen: str


class Row(TypedDict):
    """One incident, for people and for JSON."""

    name: str
    imitates: str
    rule: str
    settings: dict[str, float]
    proof: ProofRow


def table() -> list[Row]:
    """Every incident, sorted by name: what it imitates, what must catch it, its settings, how to see it caught."""
    return [_row(KINDS[name]) for name in sorted(KINDS)]


def _row(kind: type[Incident]) -> Row:
    proof = kind.proof
    return Row(
        name=kind.name,
        imitates=kind.imitates(),
        rule=kind.rule,
        settings=dict(kind.defaults),
        proof=ProofRow(
            fakes=list(proof.fakes),
            scenario=proof.scenario,
            run=list(proof.run),
            counted=proof.counted,
            share=proof.share,
            unseen=proof.unseen,
        ),
    )
