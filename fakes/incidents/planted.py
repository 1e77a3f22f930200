"""The incidents of one platform as a whole: asked in the order in which they were named, the first that errs counts.

Time counts from the first call that the platform serves, so that `@10s..20s` means the same however long a harness
took to start. Each incident draws from a chance of its own, seeded by the platform's seed and its place and name: what
one does never moves another.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from fakes.faults import Faults
from fakes.incidents import DEFAULTS, KINDS
from fakes.incidents.setting import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from fakes.error_modes import Refusal
    from fakes.incidents.incident import Incident
    from fakes.ledger import Ledger


class Planted(Faults):
    """Several incidents that answer as one."""

    def __init__(self, texts: Sequence[str], seed: int, now: Callable[[], float]) -> None:
        """Reads the settings; ValueError names the first that cannot be read, or an incident named twice."""
        self._now = now
        self._first: float | None = None
        self.incidents: list[Incident] = []
        for text in texts:
            setting = parse(text, DEFAULTS)
            if any(incident.name == setting.name for incident in self.incidents):
                raise ValueError(f"incident {text!r}: {setting.name} is there already; give all its settings at once")
            kind = KINDS[setting.name]
            self.incidents.append(kind(setting, Random(f"{seed}/{setting.name}"), self._elapsed))  # noqa: S311

    def attach(self, ledger: Ledger) -> None:
        """Shows every incident the seats of the platform; to be called before the first call is served."""
        for incident in self.incidents:
            incident.attach(ledger)

    def begin(self) -> None:
        """Starts the incidents' time; later calls do nothing."""
        if self._first is None:
            self._first = self._now()

    def _elapsed(self) -> float:
        return 0.0 if self._first is None else self._now() - self._first

    def delay_s(self, method: Method) -> float:
        """How much later than it could the answer leaves: all delays together."""
        delay_s = 0.0
        for incident in self.incidents:
            delay_s += incident.delay_s(method)
        return delay_s

    def instead(self, method: Method) -> Message | Refusal | None:
        """What is answered instead of serving the call; None to serve it."""
        for incident in self.incidents:
            answer = incident.instead(method)
            if answer is not None:
                return answer
        return None

    def spoiled(self, method: Method, answer: Message) -> Message:
        """What leaves instead of the answer to a call that was served: each incident spoils what the last has left."""
        for incident in self.incidents:
            answer = incident.spoiled(method, answer)
        return answer

    def facts(self) -> Mapping[str, Mapping[str, int]]:
        """What each incident truly did so far, by its name."""
        return {incident.name: incident.facts() for incident in self.incidents}

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        """See Faults."""
        return any(incident.overlook_conflict(event, seat, holder) for incident in self.incidents)

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

    def fail_job(self, kind: str, reservation: str) -> bool:
        """See Faults."""
        return any(incident.fail_job(kind, reservation) for incident in self.incidents)
