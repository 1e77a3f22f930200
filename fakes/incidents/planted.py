"""The incidents of one platform as a whole: asked in the order in which they were named, the first that errs counts.

Time counts from the first call that the platform serves, so that `@10s..20s` means the same however long a harness
took to start; that of an incident planted at run time counts from its planting. Each incident draws from a chance of
its own, seeded by the platform's seed and its name: what one does never moves another. Of one name there is one
incident: planted again it gets new settings, and goes on counting.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from fakes.error_modes import Refusal
from fakes.faults import Faults
from fakes.incidents import DEFAULTS, KINDS, NARROWABLE
from fakes.incidents.setting import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.incidents.incident import Incident, Trouble
    from fakes.incidents.setting import Setting
    from fakes.ledger import Ledger


class Planted(Faults):
    """Several incidents that answer as one."""

    def __init__(self, texts: Sequence[str], seed: int, now: Callable[[], float]) -> None:
        """Reads the settings; ValueError names the first that cannot be read, or an incident named twice."""
        self._now = now
        self._seed = seed
        self._first: float | None = None
        self._ledger: Ledger | None = None
        self.has_doors = False
        """Whether the server gives its doors away: without, no incident that needs them can be planted."""
        self.incidents: list[Incident] = []
        for text in texts:
            setting = read(text)
            if self.find(setting.name) is not None:
                raise ValueError(f"incident {text!r}: {setting.name} is there already; give all its settings at once")
            self._add(setting, self._elapsed)

    def attach(self, ledger: Ledger) -> None:
        """Shows every incident the seats of the platform; to be called before the first call is served."""
        self._ledger = ledger
        for incident in self.incidents:
            incident.attach(ledger)

    def plant(self, text: str) -> Incident:
        """Plants an incident at run time, or sets one that is there anew; its window counts from now. ValueError."""
        setting = read(text)
        if not self.can_plant(setting.name):
            raise ValueError(cannot(setting.name))
        since = self._now()
        incident = self.find(setting.name)
        if incident is None:
            return self._add(setting, lambda: self._now() - since)
        incident.change(setting, lambda: self._now() - since)
        return incident

    def can_plant(self, name: str) -> bool:
        """Whether this server can do what an incident needs."""
        return self.has_doors or not KINDS[name].needs_doors

    def find(self, name: str) -> Incident | None:
        """The incident of a name, if it was ever planted."""
        return next((incident for incident in self.incidents if incident.name == name), None)

    def _add(self, setting: Setting, elapsed: Callable[[], float]) -> Incident:
        chance = Random(f"{self._seed}/{setting.name}")  # noqa: S311
        incident = KINDS[setting.name](setting, chance, elapsed)
        if self._ledger is not None:
            incident.attach(self._ledger)
        self.incidents.append(incident)
        return incident

    def begin(self) -> None:
        """Starts the incidents' time; later calls do nothing."""
        if self._first is None:
            self._first = self._now()

    def _elapsed(self) -> float:
        return 0.0 if self._first is None else self._now() - self._first

    def trouble(self, method: Method, request: Message) -> Trouble | None:
        """What befalls the platform when this call comes in: what the first of them brings on."""
        for incident in self.incidents:
            trouble = incident.trouble(method, request)
            if trouble is not None:
                return trouble
        return None

    def instead(self, method: Method, request: Message) -> Message | Refusal | None:
        """What is answered instead of serving the call; None to serve it."""
        for incident in self.incidents:
            answer = incident.instead(method, request)
            if answer is not None:
                return answer
        return None

    def spoiled(self, method: Method, answer: Message) -> Message:
        """What leaves instead of the answer to a call that was served: each incident spoils what the last has left."""
        for incident in self.incidents:
            answer = incident.spoiled(method, answer)
        return answer

    def delay_s(self, method: Method, request: Message) -> float:
        """How much later than it could the answer leaves: all delays together."""
        delay_s = 0.0
        for incident in self.incidents:
            delay_s += incident.delay_s(method, request)
        return delay_s

    def facts(self) -> Mapping[str, Mapping[str, int]]:
        """What each incident truly did so far, by its name."""
        return {incident.name: incident.facts() for incident in self.incidents}

    def measures(self) -> Mapping[str, float]:
        """The same as gauges: `NAME.KIND` to the count."""
        return {f"{name}.{kind}": count for name, facts in self.facts().items() for kind, count in facts.items()}

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """See Faults."""
        return any(incident.overlook_conflict(event, seat, holder) for incident in self.incidents)

    def seat_was_held(self, event: str, seat: str, holder: str, *, anothers: bool) -> None:
        """See Faults."""
        for incident in self.incidents:
            incident.seat_was_held(event, seat, holder, anothers=anothers)

    def share_best(self, event: str) -> bool:
        """See Faults."""
        return any(incident.share_best(event) for incident in self.incidents)

    def swap_held(self, event: str, holder: str) -> bool:
        """See Faults."""
        return any(incident.swap_held(event, holder) for incident in self.incidents)

    def swap_sold(self, holder: str) -> bool:
        """See Faults."""
        return any(incident.swap_sold(holder) for incident in self.incidents)

    def overlook_charge(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.overlook_charge(reservation) for incident in self.incidents)

    def refuse_order(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.refuse_order(reservation) for incident in self.incidents)

    def feign_order(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.feign_order(reservation) for incident in self.incidents)

    def lose_order(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.lose_order(reservation) for incident in self.incidents)

    def show_free(self, event: str, seat: str) -> bool:
        """See Faults."""
        return any(incident.show_free(event, seat) for incident in self.incidents)

    def hold_life_s(self, reservation: str, told_s: float) -> float:
        """See Faults; the shortest life counts."""
        return min((incident.hold_life_s(reservation, told_s) for incident in self.incidents), default=told_s)

    def forget_expired(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.forget_expired(reservation) for incident in self.incidents)

    def free_expired(self, holder: str) -> bool:
        """See Faults."""
        return any(incident.free_expired(holder) for incident in self.incidents)

    def repeat_release(self, event: str, seat: str, owner: str) -> bool:
        """See Faults."""
        return any(incident.repeat_release(event, seat, owner) for incident in self.incidents)

    def cancel_order(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.cancel_order(reservation) for incident in self.incidents)

    def keep_money(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.keep_money(reservation) for incident in self.incidents)

    def forget_sale(self, holder: str, seats: int) -> bool:
        """See Faults."""
        return any(incident.forget_sale(holder, seats) for incident in self.incidents)

    def keep_seats(self, reservation: str, seats: int) -> bool:
        """See Faults."""
        return any(incident.keep_seats(reservation, seats) for incident in self.incidents)

    def total_of(self, reservation: str, price: int) -> int:
        """See Faults: what the last incident makes of what the others have made of it."""
        for incident in self.incidents:
            price = incident.total_of(reservation, price)
        return price

    def overlook_unpaid(self, reservation: str, intent: str) -> bool:
        """See Faults."""
        return any(incident.overlook_unpaid(reservation, intent) for incident in self.incidents)

    def overlook_expiry(self, reservation: str) -> bool:
        """See Faults."""
        return any(incident.overlook_expiry(reservation) for incident in self.incidents)

    def forget_key(self, key: str, age_s: float, life_s: float) -> bool:
        """See Faults."""
        return any(incident.forget_key(key, age_s, life_s) for incident in self.incidents)

    def overlook_key_conflict(self, key: str) -> bool:
        """See Faults."""
        return any(incident.overlook_key_conflict(key) for incident in self.incidents)

    def overlook_missing_key(self) -> bool:
        """See Faults."""
        return any(incident.overlook_missing_key() for incident in self.incidents)

    def done_after_all(self, key: str, *, refused: bool, differs: bool) -> None:
        """See Faults: told to every incident; each knows what it let through."""
        for incident in self.incidents:
            incident.done_after_all(key, refused=refused, differs=differs)

    def lose_webhook(self, intent: str) -> bool:
        """See Faults."""
        return any(incident.lose_webhook(intent) for incident in self.incidents)

    def repeat_webhook(self, intent: str) -> bool:
        """See Faults."""
        return any(incident.repeat_webhook(intent) for incident in self.incidents)

    def forge_webhook(self, intent: str) -> bool:
        """See Faults."""
        return any(incident.forge_webhook(intent) for incident in self.incidents)

    def belie_webhook(self, intent: str) -> bool:
        """See Faults."""
        return any(incident.belie_webhook(intent) for incident in self.incidents)

    def overlook_bad_token(self, token: str, wrong: str) -> bool:
        """See Faults."""
        return any(incident.overlook_bad_token(token, wrong) for incident in self.incidents)

    def seats_were_held(self, token: str) -> None:
        """See Faults."""
        for incident in self.incidents:
            incident.seats_were_held(token)

    def told_position(self, token: str, joined_at: int, rank: int) -> int:
        """See Faults: what the last incident makes of what the others have made of it."""
        for incident in self.incidents:
            rank = incident.told_position(token, joined_at, rank)
        return rank

    def keep_silent(self, token: str) -> bool:
        """See Faults."""
        return any(incident.keep_silent(token) for incident in self.incidents)

    def hush_stream(self, path: str, sent: int) -> bool:
        """See Faults."""
        return any(incident.hush_stream(path, sent) for incident in self.incidents)

    def send_again(self, path: str, before: Message, message: Message) -> bool:
        """See Faults."""
        return any(incident.send_again(path, before, message) for incident in self.incidents)

    def cut_stream(self, path: str, message: Message) -> bool:
        """See Faults."""
        return any(incident.cut_stream(path, message) for incident in self.incidents)

    def overlook_turn(self, token: str) -> bool:
        """See Faults."""
        return any(incident.overlook_turn(token) for incident in self.incidents)

    def overlook_bucket(self, event: str) -> bool:
        """See Faults."""
        return any(incident.overlook_bucket(event) for incident in self.incidents)

    def spend_at_look(self, token: str, *, ready: bool) -> bool:
        """See Faults."""
        return any(incident.spend_at_look(token, ready=ready) for incident in self.incidents)

    def was_denied(self, token: str) -> None:
        """See Faults."""
        for incident in self.incidents:
            incident.was_denied(token)

    def was_admitted(self, token: str, *, unpaid: bool) -> None:
        """See Faults."""
        for incident in self.incidents:
            incident.was_admitted(token, unpaid=unpaid)

    def fail_job(self, kind: str, reservation: str) -> bool:
        """See Faults."""
        return any(incident.fail_job(kind, reservation) for incident in self.incidents)


def read(text: str) -> Setting:
    """Reads one setting of the known incidents; ValueError says what would be valid."""
    return parse(text, DEFAULTS, NARROWABLE)


def cannot(name: str) -> str:
    """Why an incident that needs doors cannot be planted."""
    return f"incident {name}: this server lets nobody cut its connections; serve with --server wire"
