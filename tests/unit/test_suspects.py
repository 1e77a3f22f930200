"""What the rules leave out is no violation: with their suspects alone they say what they say of the whole."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.audit import RULES, audit
from reports.audit.history import History, Mailbox
from reports.audit.suspects import batches, components
from reports.audit.totals import contended_seats, totals
from tests.examples import examples
from tests.unit.told_claims import (
    MS,
    admission,
    at,
    bought,
    cancel,
    charge,
    claim,
    denied,
    hold,
    intent,
    join,
    lost,
    payment_read,
    plain,
    poll,
    read,
    sale,
    void,
    webhook,
)

if TYPE_CHECKING:
    from reports.audit.finding import Rule
    from tacorush.evidence.records import Claim

CAPACITY = {"evt_1": 3, "evt_2": 1}
SECTIONS = {"evt_1": {"A": 2, "B": 1}, "evt_2": {"A": 1}}
MAILBOX = Mailbox(at(3000), 500 * MS, came=1)
WORDS = ["", "HOLD", "PENDING", "CONFIRMED", "CANCELLED", "EXPIRED", "COMPLETED", "FAILED", "REFUNDED", "UNSPECIFIED"]
CHANGED = [
    "shown",
    "user",
    "seats",
    "order",
    "status",
    "effect",
    "code",
    "expires_ns",
    "payment",
    "event",
    "reservation",
    "key",
    "amount",
    "worth",
    "section",
]
CODES = ["OK", "NOT_FOUND", "PAYMENT_FAILED", "RATE_LIMITED", "INVENTORY_CONFLICT", "UNSENT", "RESERVATION_EXPIRED"]


def told(chance: Random) -> Claim:
    """One claim about few reservations, seats, intents and keys, so that they meet."""
    some = chance.choice
    fields: dict[str, Any] = {
        "event": some(["", "evt_1", "evt_1", "evt_2"]),
        "seats": some([(), ("A-1",), ("A-2",), ("A-1", "A-2"), ("A-2", "A-1")]),
        "wanted": some([(), ("A-1",), ("A-1", "A-2")]),
        "quantity": some([0, 1, 2, 3]),
        "reservation": some(["", "rsv_0", "rsv_1", "rsv_2"]),
        "intent": some(["", "", "pay-of-rsv_0", "pay-of-rsv_1"]),
        "order": some(["", "ord_0", "ord_1"]),
        "payment": some(["", "txn_1", "txn_2"]),
        "user": some(["", "u1", "u2"]),
        "key": some(["", "k1", "k2"]),
        "body": some(["", "b1", "b2"]),
        "status": some(WORDS),
        "effect": some(["happened", "happened", "did_not", "may_have"]),
        "code": some(CODES),
        "journey": some([-1, 1, 2, 3]),
        "expires_ns": some([0, 0, at(500), at(5000)]),
        "stated_ns": some([0, 0, at(100), at(9000)]),
        "shown": some(["", "", "w1", "w2", "r1", "r2"]),
        "token": some(["", "w1", "r1", "r2"]),
        "position": some([0, 1, 2, 3]),
        "wait_s": some([0, 1, 3]),
        "amount": some([0, 50, 60]),
        "currency": some(["", "KRW", "KRW"]),
        "worth": some([0, 0, 50]),
        "quoted": some([0, 0, 50]),
        "section": some(["", "A", "A", "B"]),
    }
    reserving = ["hold", "hold", "extend", "sale", "sale", "cancel", "intent", "charge", "void", "read", "read", "read"]
    action = some([*reserving, "join", "poll", "admission", "admission"])
    if action == "read" and chance.random() < 0.5:
        fields["method"] = "payment.v1.PaymentService/GetPaymentStatus"
    return claim(action, chance.randrange(60) * 100 + chance.random(), some([1, 10, 1000]), **fields)


def told_by_itself(chance: Random) -> Claim:
    """A webhook about one of few payments, genuine or not."""
    name, word = (
        chance.choice(["pay-of-rsv_0", "pay-of-rsv_1"]),
        chance.choice(["COMPLETED", "COMPLETED", "FAILED", ""]),
    )
    forged = chance.choice([{}, {}, {}, {"effect": "did_not", "code": "FORGED"}])
    told = webhook(name, word, chance.randrange(30) * 100, attempt=chance.choice([0, 1, 1, 2]), **forged)
    told.trace = chance.choice(["", "whk_1", "whk_1", "whk_2"])
    return told


def followed(chance: Random) -> list[Claim]:
    """A stream of one reservation or payment, and what it told."""
    subject = chance.choice([{"reservation": "rsv_0"}, {"reservation": "rsv_1"}, {"intent": "pay-of-rsv_0"}])
    asked: dict[str, Any] = {"trace": chance.choice(["s1", "s2"]), "event": "", "user": "", **subject}
    whole = claim("stream", 0, 9000, code=chance.choice(["HUNG_UP", "HUNG_UP", "OK", "CONNECTION_LOST"]), **asked)
    times = sorted(chance.sample(range(10, 5000), chance.choice([0, 1, 2, 3])))
    return [whole, *(claim("update", 0, ms, status=chance.choice(WORDS), **asked) for ms in times)]


def history_of(seed: int) -> list[Claim]:
    """Some purchases with a claim changed here and there, and some claims of any kind."""
    chance = Random(seed)
    claims: list[Claim] = []
    for number in range(chance.randrange(4)):
        seats = chance.choice(["A-1", "A-2", "A-1 A-2"])
        whole = bought(f"rsv_{number}", f"ord_{number}", seats, chance.randrange(20) * 100 + chance.random())
        whole[1].wanted = chance.choice([(), ("http://here",)])
        for name, value in chance.choice([{}, {}, lost(order=""), lost(order=""), {"seats": ()}]).items():
            setattr(whole[-1], name, value)
        claims += whole
        claims += chance.choice([[], [cancel(f"rsv_{number}", chance.randrange(40) * 100)]])
        claims += chance.choice([[], [read(f"rsv_{number}", chance.choice(WORDS), chance.randrange(60) * 100)]])
    for changed in chance.sample(claims, chance.randrange(min(len(claims), 3) + 1)):
        other = told(chance)
        for name in chance.sample(CHANGED, 2):
            setattr(changed, name, getattr(other, name))
    claims += [told_by_itself(chance) for _ in range(chance.choice([0, 0, 1, 2, 4]))]
    claims += [claim for _ in range(chance.choice([0, 0, 1, 2])) for claim in followed(chance)]
    return claims + [told(chance) for _ in range(chance.choice([0, 1, 2, 3, 8]))]


HISTORIES = st.integers(0, 2**32 - 1).map(history_of)


@examples(200)
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.suspects], ids=lambda rule: str(rule.name))
@given(claims=HISTORIES, hosts_skew_ns=st.sampled_from([0, 10**9]))
def test_a_rule_says_of_its_suspects_what_it_says_of_all(rule: Rule, claims: list[Claim], hosts_skew_ns: int) -> None:
    """In one batch, and in batches of one group each."""
    told: dict[str, Any] = {"sections": SECTIONS, "grace_ns": 10**8, "hosts_skew_ns": hosts_skew_ns}
    history = History.of(claims, CAPACITY, MAILBOX, **told)
    fresh = History.of(claims, CAPACITY, MAILBOX, **told)
    whole = plain(rule.check(fresh))
    for batch in (1000, 1):
        (report,) = audit(history, [rule], batch)
        assert (plain(report.violations), report.error) == (whole, "")


def visit(number: int) -> list[Claim]:
    """A purchase with a place in line, a seat that was gone, and a webhook; every other one is cancelled and refunded,
    and a bot is refused beside it.
    """
    reservation, begin_ms, back = f"rsv_{number}", 1000 * number, number % 2 == 0
    money, user = f"pay-of-{reservation}", f"user-of-{reservation}"
    order = bought(reservation, f"ord_{number}", f"A-{number // 2}", begin_ms)
    order[0].shown, order[1].wanted = f"r-{user}", ("http://here",)
    line = [join(user, begin_ms - 400), poll(user, begin_ms - 300, 9), admission(user, begin_ms - 200)]
    taken = hold("", "A-99", begin_ms - 100, **denied(user=user, shown=f"r-{user}"))
    bot = hold("", "A-99", begin_ms - 50, **denied("FORBIDDEN", user="bot", shown="made-up", wanted=()))
    came = webhook(money, "COMPLETED", begin_ms + 120)
    paid = payment_read(money, "REFUNDED" if back else "COMPLETED", 90_000)
    said = read(reservation, "CANCELLED" if back else "CONFIRMED", 90_000)
    return [*line, taken, bot, *order, came, paid, said, *([cancel(reservation, begin_ms + 500)] if back else [])]


def test_a_healthy_run_has_no_suspects() -> None:
    """Purchases, and seats that are sold again after a cancellation, are left out by every rule."""
    claims = [claim for number in range(20) for claim in visit(number)]
    for number, it in enumerate(claims):
        it.key = "" if it.action in {"read", "webhook"} else f"key-{number}"
    history = History.of(claims, {"evt_1": 10}, Mailbox(at(10**6), 500 * MS, came=20))
    for rule in RULES:
        if rule.suspects:
            assert rule.name + ":" + str(np.unique(rule.suspects(history)).tolist()) == rule.name + ":[-1]"


def update(status: str, ms: float, **fields: Any) -> Claim:
    """A message of the stream that is followed below."""
    return claim("update", 0, ms, status=status, **STREAM, **fields)


HELD = hold("rsv_1", "A-1", 0)
STREAM: dict[str, Any] = {"reservation": "rsv_1", "event": "", "user": "user-of-rsv_1", "trace": "s1"}
EARLY = hold("rsv_1", "A-1", 0, expires_ns=at(1000))
PAID = [HELD, intent("rsv_1", "pay-1", 20), charge("pay-1", 30)]
SOLD = bought("rsv_1", "ord_1", "A-1")
FOLLOWED = [HELD, claim("stream", 0, 9000, code="HUNG_UP", **STREAM), update("HOLD", 20, stated_ns=at(20))]
RELEASE = "reservation.v1.InventoryService/ReleaseHold"


@pytest.mark.parametrize(
    ("name", "claims"),
    [
        ("stream_silent", [*FOLLOWED, *SOLD[-1:], update("CONFIRMED", 220)]),
        ("stream_silent", [*FOLLOWED, read("rsv_1", "CANCELLED", 6000)]),
        ("stream_ended_early", FOLLOWED),
        ("stream_out_of_order", [*FOLLOWED, update("", 210, stated_ns=at(210)), update("CONFIRMED", 220)]),
        ("confirmed_after_expiry", [EARLY, sale("rsv_1", "", "", 900, **lost()), sale("rsv_1", "ord_1", "A-1", 3500)]),
        ("order_cancelled", [*bought("rsv_1", "ord_1", "A-1"), cancel("rsv_1", 300), void("pay-of-rsv_1", 400)]),
        ("read_back_differs", [*SOLD, cancel("rsv_1", 300, **lost()), read("rsv_1", "CANCELLED", 900)]),
        ("read_back_differs", [HELD, cancel("rsv_1", 300, **denied()), read("rsv_1", "HOLD", 900)]),
        ("read_back_differs", [HELD, cancel("rsv_1", 300, method=RELEASE), read("rsv_1", "HOLD", 900)]),
        ("webhook_contradicts", [*PAID, webhook("pay-1", "FAILED", 900, effect="did_not", code="FORGED")]),
        ("hold_ended_early", [HELD, payment_read("pay-1", "EXPIRED", 500, reservation="rsv_1")]),
        (
            "refund_due",
            [*PAID, payment_read("pay-1", "FAILED", 40, reservation="rsv_1"), payment_read("pay-1", "COMPLETED", 9000)],
        ),
    ],
)
def test_what_proves_nothing_to_a_rule_is_no_suspect_of_it(name: str, claims: list[Claim]) -> None:
    """It would be weighed in vain, which costs time where there are millions."""
    (rule,) = (rule for rule in RULES if rule.name == name)
    assert rule.suspects is not None
    assert np.unique(rule.suspects(History.of(claims, CAPACITY, MAILBOX, grace_ns=10**8))).tolist() == [-1]


@given(HISTORIES)
@example([sale("rsv_1", "", "A-1", 0, **lost()), read("rsv_1", "CONFIRMED", 500, seats=("A-1", "A-2"))])
@example([hold("rsv_1", "A-1 A-2", 0), sale("rsv_1", "o", "", 100), sale("rsv_1", "o", "A-1", 200)])
def test_the_totals_are_those_of_the_objects(claims: list[Claim]) -> None:
    history = History.of(claims)
    bought = [reservation for reservation in history.reservations.values() if reservation.proofs]
    assert totals(history.table) == (len(bought), sum(reservation.quantity for reservation in bought))
    wanted: dict[tuple[str, str], set[int]] = {}
    for it in claims:
        if it.action == "hold" and it.code != "UNSENT":
            for seat in it.wanted:
                wanted.setdefault((it.event, seat), set()).add(it.journey)
    assert contended_seats(history.table) == sum(len(journeys) > 1 for journeys in wanted.values())


@given(HISTORIES, st.data())
def test_a_part_of_a_history_has_the_claims_asked_for(claims: list[Claim], data: st.DataObject) -> None:
    rows = sorted(data.draw(st.sets(st.sampled_from(range(len(claims))))) if claims else [])
    history = History.of(claims, CAPACITY, key_life_ns=7)
    part = history.part(np.array(rows, np.int64))
    assert sorted(map(repr, part.claims)) == sorted(repr(claims[row]) for row in rows)
    assert (part.capacity, part.key_life_ns) == (CAPACITY, 7)


@given(st.lists(st.integers(-1, 5), max_size=30), st.integers(1, 40))
def test_batches_hold_whole_groups_and_no_more_than_they_may(labels: list[int], limit: int) -> None:
    found = [batch.tolist() for batch in batches(np.array(labels, np.int64), limit)]
    assert sorted(row for batch in found for row in batch) == [row for row, label in enumerate(labels) if label >= 0]
    assert all(batch == sorted(batch) for batch in found)
    for batch in found:
        groups = {labels[row] for row in batch}
        assert len(batch) == sum(label in groups for label in labels)
        assert len(batch) <= limit or len(groups) == 1
    assert len(found) <= len(set(labels))


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=14))
def test_components_join_what_links_join(links: list[tuple[int, int]]) -> None:
    """Against joining sets one link after the other."""
    sets = [{node} for node in range(12)]
    for one, other in links:
        both = next(s for s in sets if one in s) | next(s for s in sets if other in s)
        sets = [s for s in sets if not s & both] + [both]
    ends = np.array(links, np.int64).reshape(-1, 2)
    assert components(12, ends[:, 0], ends[:, 1]).tolist() == [min(next(s for s in sets if n in s)) for n in range(12)]
