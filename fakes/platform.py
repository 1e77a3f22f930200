"""The platform: one state behind nine services, composed of its parts.

Time is `now` (Unix seconds) and `timers`, chance a seeded generator, mistakes a `Faults`. All of it runs on one
thread. `run_due` brings the state to the present; the services call it before each call, timers between the calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakes.changes import Changes
from fakes.configuration import Configuration
from fakes.controls import Controls
from fakes.events import program
from fakes.expiring import Expiring
from fakes.health import Health
from fakes.idempotency import Idempotency
from fakes.incidents.planted import Planted
from fakes.journal import Journal
from fakes.ledger import Counts, Ledger
from fakes.payments import Payments
from fakes.rate_limit import RateLimiter
from fakes.registrations import Registrations
from fakes.reservations import Reservations
from fakes.timing import Agenda, Alarm
from fakes.waiting_room import WaitingRoom
from fakes.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from fakes.events import Event
    from fakes.faults import Faults
    from fakes.settings import Settings
    from fakes.timing import Timers


class Platform:
    """Everything there is, by name."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], float],
        timers: Timers,
        chance: Random,
        events: Mapping[str, Event] | None = None,
        incidents: Planted | None = None,
        faults: Faults | None = None,
        journal: Journal | None = None,
    ) -> None:
        """Without `events` the documented ones are sold; `faults` are the incidents', unless others are given.

        `journal` is that of a platform that died, which goes on.
        """
        self.now = now
        self.chance = chance
        self.started = now()
        self.incidents = incidents or Planted((), 0, now)
        """What goes wrong, and where more can be planted while the platform runs."""
        self.faults = faults or self.incidents
        self.events = program() if events is None else events
        self.configuration = Configuration(settings)
        self.agenda = Agenda(now, timers)
        self.changes = Changes()
        self.journal = journal or Journal(now)
        self.controls = Controls(self.started)
        self.health = Health(self.controls, self.journal)
        self.limiter = RateLimiter()
        self.idempotency = Idempotency(self.configuration, self.faults)
        self.registrations = Registrations(settings.webhook_secret, self.new_id)
        self.webhooks_seen: Expiring[str, str] = Expiring()
        """Ids of the payment webhooks that came in, to the jobs they started."""
        self.ledger = Ledger(self.events, self.faults)
        self.queue = WaitingRoom(
            self.events,
            self.configuration,
            self.changes,
            self.new_id,
            Alarm(self.agenda, now, lambda at: self.queue.expire_due(at)).by,
            self.faults,
        )
        self.payments = Payments(
            self.configuration, self.changes, self.journal, self.agenda, now, chance, self.new_id, self.faults
        )
        self.reservations = Reservations(
            self.events,
            self.ledger,
            self.payments,
            self.configuration,
            self.changes,
            self.journal,
            self.faults,
            self.new_id,
            Alarm(self.agenda, now, lambda at: self.reservations.expire_due(at)).by,
        )
        self.worker = Worker(
            self.reservations,
            self.payments,
            self.configuration,
            self.changes,
            self.journal,
            self.faults,
            self.agenda,
            now,
            self.new_id,
        )
        self.incidents.attach(self.ledger)
        self._offer_gauges()

    def new_id(self, prefix: str) -> str:
        """A new id: the prefix of its kind and 96 bits of chance."""
        return f"{prefix}_{self.chance.getrandbits(96):024x}"

    def new_trace(self) -> str:
        """The id of a trace, for a call that came without one."""
        return f"{self.chance.getrandbits(128):032x}"

    def run_due(self) -> None:
        """Does all that is due by now."""
        self.agenda.run_due()

    def _offer_gauges(self) -> None:
        journal = self.journal
        inventory, reservations = "reservation.v1.InventoryService", "reservation.v1.ReservationService"
        journal.gauges(inventory, self._stock)
        journal.gauge(reservations, "reservations_kept", lambda: len(self.reservations))
        journal.gauge("payment.v1.PaymentService", "money_taken", lambda: self.payments.money)
        journal.gauge("gateway.v1.QueueService", "waiting_tokens", lambda: len(self.queue))
        journal.gauge("gateway.v1.GatewayService", "idempotency_keys", lambda: len(self.idempotency))
        journal.gauge("reservation.v1.WorkerService", "jobs_pending", lambda: self.worker.pending)
        journal.gauges("incident", self.incidents.measures)

    def _stock(self) -> Mapping[str, float]:
        """The seats of all events by status, and how many of them stand sold more than once."""
        counts = [self.ledger.counts(event) for event in self.events]
        totals = zip(Counts._fields, zip(*counts, strict=True), strict=True)
        seats = {f"seats_{status}": sum(each) for status, each in totals}
        return {**seats, "seats_sold_more_than_once": self.ledger.oversold}
