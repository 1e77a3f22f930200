"""The claims of a run, gathered into what became of each reservation and each payment.

Every claim is an interval: what it claims took effect at some instant from its sending to its answer. A claim whose
effect is unknown ("may have") may have taken effect at any instant from its sending on, for ever (as in Jepsen), until
a read settles it. Reads are believed when they were answered; a NOT_FOUND counts as the statement "there is none".
The platform's own timestamps (the end of a hold) are compared with the run's clock only with a stated skew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from contracts.outcomes import DID_NOT, HAPPENED, HARNESS_FAULTS, MAY_HAVE, UNSENT_CODE
from reports.audit.claim_table import ClaimTable
from reports.audit.platform_clock import clock_off_ns
from reports.audit.stated_columns import PAYMENT_READS
from tacorush.evidence.packed_claims import ClaimStore, PackedClaims

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reports.audit.inventory import Inventory
    from reports.audit.promised import Admissions, Told
    from tacorush.evidence.claim_columns import Numbers
    from tacorush.evidence.records import Claim

SECOND_NS = 10**9
DEFAULT_SKEW_NS = SECOND_NS
"""How far the platform's clock may be off."""
DEFAULT_KEY_LIFE_NS = 300 * SECOND_NS
"""How long the platform remembers an idempotency key, as documented."""
DEFAULT_GRACE_NS = 31 * SECOND_NS
"""How long the platform's worker may take over what is due: it tries again after 1, 2, 4, 8 and 16 s, as documented."""

NOT_FOUND = "NOT_FOUND"
CONFIRMED, COMPLETED = "CONFIRMED", "COMPLETED"
ENDED = frozenset({"CANCELLED", "EXPIRED", "FAILED", "REFUNDED", NOT_FOUND})
"""Words of a reservation that will not become an order any more."""

COME_LATER = frozenset({"RATE_LIMITED", "QUOTA_EXCEEDED", "CONCURRENT_MODIFICATION", UNSENT_CODE, "UNIMPLEMENTED"})
"""Codes with which a request was not weighed at all: the same one may go through later."""


def happened(claim: Claim) -> bool:
    """It is known to have taken effect."""
    return claim.effect == HAPPENED


def may_have(claim: Claim) -> bool:
    """It may have taken effect, at any instant from its sending on."""
    return claim.effect == MAY_HAVE


def was_asked(claim: Claim) -> bool:
    """It reached the platform as a request that the platform could grant."""
    return claim.code != UNSENT_CODE and claim.code not in HARNESS_FAULTS


def statement(claim: Claim) -> str:
    """Returns the status that an answer states; empty when it states none."""
    if claim.code == NOT_FOUND:
        return NOT_FOUND
    if claim.code == "PAYMENT_FAILED":
        return "FAILED"
    return "" if claim.effect == MAY_HAVE or claim.status == "UNSPECIFIED" else claim.status


@dataclass(slots=True)
class Reservation:
    """What was claimed of one reservation, in the order of the sends."""

    id: str
    holds: list[Claim] = field(default_factory=list)
    extensions: list[Claim] = field(default_factory=list)
    sales: list[Claim] = field(default_factory=list)
    cancels: list[Claim] = field(default_factory=list)
    reads: list[Claim] = field(default_factory=list)

    def __iter__(self) -> Iterator[Claim]:
        """Yields all its claims in the order of the sends."""
        claims = [*self.holds, *self.extensions, *self.sales, *self.cancels, *self.reads]
        return iter(sorted(claims, key=_in_time))

    @property
    def sold(self) -> list[Claim]:
        """Sales known to have happened; what a worker did about a payment is one when it tells an order."""
        return [sale for sale in self.sales if happened(sale) and (sale.order or sale.status == CONFIRMED)]

    @property
    def confirmations(self) -> list[Claim]:
        """Reads that say that it is confirmed."""
        return [read for read in self.reads if statement(read) == CONFIRMED]

    @property
    def proofs(self) -> list[Claim]:
        """Everything that shows that it became an order."""
        return sorted([*self.sold, *self.confirmations], key=_in_time)

    @property
    def open_sales(self) -> list[Claim]:
        """Sales that may have happened, and no read sent after them says that the reservation ended without."""
        if self.proofs:
            return []
        return [sale for sale in self.sales if may_have(sale) and not self._settled(sale)]

    def _settled(self, sale: Claim) -> bool:
        return any(statement(read) in ENDED and read.sent_ns >= sale.answered_ns for read in self.reads)

    @property
    def event(self) -> str:
        """The event, as any claim names it."""
        return next((claim.event for claim in self if claim.event), "")

    @property
    def held_seats(self) -> tuple[str, ...]:
        """The seats that the platform said it holds, sorted."""
        return next((tuple(sorted(hold.seats)) for hold in self.holds if happened(hold) and hold.seats), ())

    @property
    def seats(self) -> tuple[str, ...]:
        """The seats of its order, sorted: as sold, else as read, else as held, else as asked for."""
        stated = [*self.sold, *self.confirmations, *(hold for hold in self.holds if happened(hold)), *self.holds]
        return next((tuple(sorted(claim.seats)) for claim in stated if claim.seats), ())

    @property
    def quantity(self) -> int:
        """How many seats it is about."""
        return len(self.seats) or max((claim.quantity for claim in self), default=0)

    @property
    def section(self) -> str:
        """The section of its seats; empty where none is told, or several."""
        found = {claim.section for claim in self if claim.section}
        return found.pop() if len(found) == 1 else ""

    @property
    def orders(self) -> tuple[str, ...]:
        """The order ids that were told, sorted."""
        return tuple(sorted({proof.order for proof in self.proofs if proof.order}))

    @property
    def user(self) -> str:
        """Who reserved."""
        return next((claim.user for claim in self if claim.user), "")

    @property
    def expires_ns(self) -> int:
        """The latest end of the hold that the platform stated, Unix time; 0 when it stated none."""
        return max((claim.expires_ns for claim in self if not may_have(claim)), default=0)


@dataclass(slots=True)
class Payment:
    """What was claimed of one payment intent, in the order of the sends."""

    id: str
    opened: list[Claim] = field(default_factory=list)
    charges: list[Claim] = field(default_factory=list)
    voids: list[Claim] = field(default_factory=list)
    reads: list[Claim] = field(default_factory=list)
    named_by: list[Claim] = field(default_factory=list)
    """Sales and reads of reservations that name it."""
    webhooks: list[Claim] = field(default_factory=list)
    """What came to the run's own mailbox about it, genuine or not."""

    def __iter__(self) -> Iterator[Claim]:
        """Yields the claims about money in the order of the sends."""
        return iter(sorted([*self.opened, *self.charges, *self.voids, *self.reads], key=_in_time))

    @property
    def reservation(self) -> str:
        """The reservation that it pays for; empty when that is not known."""
        claims = [*self.opened, *self.named_by, *self.charges, *self.reads, *self.voids]
        return next((claim.reservation for claim in claims if claim.reservation), "")

    @property
    def completions(self) -> list[Claim]:
        """Answers that say that it is paid."""
        return sorted([claim for claim in (*self.charges, *self.reads) if statement(claim) == COMPLETED], key=_in_time)

    @property
    def given_back(self) -> bool:
        """The money went back, or may have: it was voided, or reads say so."""
        voided = any(happened(void) or may_have(void) for void in self.voids)
        return voided or any(statement(read) in {"REFUNDED", "CANCELLED"} for read in self.reads)

    @property
    def open_charges(self) -> list[Claim]:
        """Charges that may have happened or were still under way; none once an answer says that it is paid."""
        if self.completions:
            return []
        return [charge for charge in self.charges if may_have(charge) or _under_way(charge)]


def _under_way(charge: Claim) -> bool:
    return happened(charge) and statement(charge) not in {COMPLETED, "FAILED", "CANCELLED", "EXPIRED"}


class Mailbox(NamedTuple):
    """The run's own mailbox for webhooks."""

    until_ns: int
    """Until when it listened; it had listened from before the load."""
    patience_ns: int
    """How long after a payment has settled the platform may take to tell of it."""
    came: int
    """How many genuine webhooks came."""


class Whole(NamedTuple):
    """What only all claims of a run together tell."""

    clock_off_ns: int
    """By how much the platform's clock is seen to be off, at its worst."""
    adds_up: bool
    """Some total is what its seats cost; a platform that puts a fee into every one of them has no such total."""


@dataclass(frozen=True)
class History:
    """All claims of a run with what rules need to weigh them.

    What is made of the claims is made when it is first asked for: of a history of millions, ask for its `table` and
    for the parts of it that matter.
    """

    told: Iterable[Claim]
    """In any order."""
    capacity: Mapping[str, int] = field(default_factory=dict)
    """Event to its number of seats, where the platform told it."""
    skew_ns: int = DEFAULT_SKEW_NS
    key_life_ns: int = DEFAULT_KEY_LIFE_NS
    grace_ns: int = DEFAULT_GRACE_NS
    hosts_skew_ns: int = 0
    """How far the clocks of the generator's own hosts may differ; processes of one host share one."""
    admissions: Admissions | None = None
    """What the platform promises of its admissions, where it is known."""
    queues: Mapping[str, Told] = field(default_factory=dict)
    """Event to what the platform told of its queue, where it did so before and after the load."""
    own_roles: frozenset[str] = frozenset()
    """Kinds of journeys that come from a file of one's own, and may know what no answer of the run told."""
    mailbox: Mailbox | None = None
    """None where the run took no webhooks in."""
    inventory: Mapping[str, Inventory] = field(default_factory=dict)
    """Event to what the platform counted of it before the load and after it."""
    sections: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Event to section to its number of seats, where the platform told it."""
    sole_buyer: bool = False
    """Nobody else bought meanwhile, and all that this run did is among the claims."""
    whole: Whole | None = None
    """Of a part of a run: what the whole of it tells."""

    @classmethod
    def of(
        cls,
        claims: Iterable[Claim],
        capacity: Mapping[str, int] | None = None,
        mailbox: Mailbox | None = None,
        admissions: Admissions | None = None,
        queues: Mapping[str, Told] | None = None,
        own_roles: Iterable[str] = (),
        inventory: Mapping[str, Inventory] | None = None,
        sections: Mapping[str, Mapping[str, int]] | None = None,
        sole_buyer: bool = False,
        **limits: int,
    ) -> History:
        """Takes claims in any order; `limits` are skew_ns, key_life_ns, grace_ns and hosts_skew_ns."""
        told = claims if isinstance(claims, ClaimStore) else tuple(claims)
        return cls(
            told,
            capacity or {},
            mailbox=mailbox,
            admissions=admissions,
            queues=queues or {},
            own_roles=frozenset(own_roles),
            inventory=inventory or {},
            sections=sections or {},
            sole_buyer=sole_buyer,
            whole=None,
            **limits,
        )

    def part(self, rows: Numbers) -> History:
        """Returns the history of some of its claims, by their rows in the table, rising."""
        return replace(self, told=tuple(self.table.claims(rows)), whole=self.of_all)

    @cached_property
    def of_all(self) -> Whole:
        """What all claims of the run together tell, also where these are only a part of them."""
        return self.whole or Whole(clock_off_ns(self.table), self.table.stated.adds_up)

    @property
    def ends_skew_ns(self) -> int:
        """How far an end that the platform states may be off: what is allowed, and what its clock is seen to be off."""
        return self.skew_ns + self.of_all.clock_off_ns

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """All of them as objects, in the order of the sends."""
        return tuple(sorted(self.told, key=_in_time))

    @cached_property
    def table(self) -> ClaimTable:
        """All of them by columns."""
        return ClaimTable(self.told if isinstance(self.told, ClaimStore) else PackedClaims(self.told))

    @cached_property
    def reservations(self) -> Mapping[str, Reservation]:
        """Every reservation that a claim names, by its id."""
        found: dict[str, Reservation] = {}
        for claim in self.claims:
            if claim.reservation and (kind := _RESERVATION_LISTS.get(topic(claim))):
                story = found.setdefault(claim.reservation, Reservation(claim.reservation))
                getattr(story, kind).append(claim)
        return found

    @cached_property
    def payments(self) -> Mapping[str, Payment]:
        """Every payment intent that a claim names, by its id."""
        found: dict[str, Payment] = {}
        for claim in self.claims:
            if claim.intent:
                kind = _PAYMENT_LISTS.get(topic(claim), "named_by")
                getattr(found.setdefault(claim.intent, Payment(claim.intent)), kind).append(claim)
        return found

    @cached_property
    def payments_of(self) -> Mapping[str, tuple[Payment, ...]]:
        """The payments for each reservation, by the reservation's id."""
        found: dict[str, list[Payment]] = {}
        for payment in self.payments.values():
            found.setdefault(payment.reservation, []).append(payment)
        found.pop("", None)
        return {reservation: tuple(payments) for reservation, payments in found.items()}


_RESERVATION_LISTS = {"hold": "holds", "extend": "extensions", "sale": "sales", "cancel": "cancels", "read": "reads"}
_PAYMENT_LISTS = {
    "intent": "opened",
    "charge": "charges",
    "void": "voids",
    "payment read": "reads",
    "webhook": "webhooks",
}


def topic(claim: Claim) -> str:
    """What a claim is about: its action, or a payment read."""
    if claim.action == "read" and claim.method.rpartition("/")[2] in PAYMENT_READS:
        return "payment read"
    return claim.action


def _in_time(claim: Claim) -> tuple[int, int, int, str, str, str]:
    return (claim.sent_ns, claim.answered_ns, claim.journey, claim.method, claim.key, claim.trace)


def denied(claim: Claim) -> bool:
    """The platform said no, so it did not take effect."""
    return claim.effect == DID_NOT
