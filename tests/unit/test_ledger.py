"""The seat ledger against a naive one, and case by case."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contracts.messages import errors_pb2
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE, SEAT_STATUS_BLOCKED, SEAT_STATUS_SOLD
from fakes.events import event
from fakes.failures import Refused
from fakes.faults import Faults
from fakes.ledger import Counts, Ledger
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable

SEATS = 12
HALL = event("evt", SEATS, blocked=2)
NAMES = [HALL.seat(index) for index in range(SEATS)]


class NaiveLedger:
    """Says what should happen, by looking at every seat each time."""

    def __init__(self) -> None:
        self.owner: dict[str, str] = {}
        self.ends: dict[str, float] = {}
        self.orders: dict[str, str] = {}

    def live(self, now: float, holder: str) -> bool:
        return holder in self.ends and now < self.ends[holder]

    def free(self, name: str) -> bool:
        return name not in self.owner and name not in NAMES[-2:]

    def drop(self, holder: str) -> None:
        self.owner = {name: owner for name, owner in self.owner.items() if owner != holder}
        self.ends.pop(holder, None)
        self.orders.pop(holder, None)


class LedgerAgainstNaive(RuleBasedStateMachine):
    """Any order of steps leaves both in the same state, and both refuse the same steps."""

    holders = st.sampled_from(["a", "b", "c", "d"])

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger({"evt": HALL}, Faults())
        self.naive = NaiveLedger()
        self.now = 0.0
        self.orders = 0

    def step(self, act: Callable[[], object], allowed: bool) -> None:
        if allowed:
            act()
        else:
            with pytest.raises(Refused):
                act()

    @rule(holder=holders, names=st.lists(st.sampled_from(NAMES), max_size=4), life=st.integers(0, 5))
    def hold(self, holder: str, names: list[str], life: int) -> None:
        fine = bool(names) and len(set(names)) == len(names) and all(map(self.naive.free, names))
        fine = fine and life > 0 and holder not in self.naive.ends
        self.step(lambda: self.ledger.hold(self.now, holder, "evt", names, self.now + life), fine)
        if fine:
            self.naive.owner |= dict.fromkeys(names, holder)
            self.naive.ends[holder] = self.now + life

    @rule(holder=holders, quantity=st.integers(1, 4))
    def hold_best(self, holder: str, quantity: int) -> None:
        best = [name for name in NAMES if self.naive.free(name)][:quantity]
        fine = len(best) == quantity and holder not in self.naive.ends
        self.step(lambda: self.ledger.hold_best(self.now, holder, "evt", quantity, self.now + 3), fine)
        if fine:
            self.naive.owner |= dict.fromkeys(best, holder)
            self.naive.ends[holder] = self.now + 3

    @rule(holder=holders, life=st.integers(0, 9))
    def extend(self, holder: str, life: int) -> None:
        fine = self.naive.live(self.now, holder) and holder not in self.naive.orders
        self.step(lambda: self.ledger.extend(self.now, holder, self.now + life), fine)
        if fine:
            self.naive.ends[holder] = max(self.naive.ends[holder], self.now + life)

    @rule(holder=holders)
    def confirm(self, holder: str) -> None:
        fine = self.naive.live(self.now, holder) and holder not in self.naive.orders
        self.orders += 1
        self.step(lambda: self.ledger.confirm(self.now, holder, f"ord_{self.orders}"), fine)
        if fine:
            self.naive.orders[holder] = f"ord_{self.orders}"
            self.naive.ends[holder] = math.inf

    @rule(holder=holders)
    def release(self, holder: str) -> None:
        held = holder in self.naive.ends and holder not in self.naive.orders
        assert (self.ledger.release(holder) is not None) == held
        if held:
            self.naive.drop(holder)

    @rule(holder=holders)
    def void(self, holder: str) -> None:
        sold = holder in self.naive.orders
        assert (self.ledger.void(holder) is not None) == sold
        if sold:
            self.naive.drop(holder)

    @rule(seconds=st.integers(0, 4))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        ended = {holder for holder, end in self.naive.ends.items() if end <= self.now}
        assert {hold.holder for hold in self.ledger.expire(self.now)} == ended
        for holder in ended:
            self.naive.drop(holder)

    @invariant()
    def both_say_the_same_of_every_seat(self) -> None:
        for name in NAMES:
            owner = self.naive.owner.get(name)
            expected: int = SEAT_STATUS_AVAILABLE if self.naive.free(name) else SEAT_STATUS_BLOCKED
            if owner is not None:
                expected = SEAT_STATUS_SOLD if owner in self.naive.orders else 2
            assert self.ledger.status("evt", name) == expected, name

    @invariant()
    def counts_add_up_and_no_seat_is_sold_twice(self) -> None:
        counts = self.ledger.counts("evt")
        assert counts.total == SEATS
        assert counts.sold == sum(owner in self.naive.orders for owner in self.naive.owner.values())
        assert counts.available == sum(map(self.naive.free, NAMES))
        by_section = [self.ledger.counts("evt", section.id) for section in HALL.sections]
        assert Counts(*(sum(part) for part in zip(*by_section, strict=True))) == counts
        assert self.ledger.available("evt") == counts.available
        assert [self.ledger.available("evt", section.id) for section in HALL.sections] == [
            c.available for c in by_section
        ]
        sales = {("evt", n): [self.naive.orders[o]] for n, o in self.naive.owner.items() if o in self.naive.orders}
        assert self.ledger.sales == sales

    @invariant()
    def the_next_end_is_never_missed(self) -> None:
        waiting = [end for holder, end in self.naive.ends.items() if holder not in self.naive.orders]
        assert self.ledger.next_end <= min(waiting, default=math.inf)


LedgerAgainstNaive.TestCase.settings = examples(120, stateful_step_count=30)
test_any_order_of_steps_equals_the_naive_ledger = LedgerAgainstNaive.TestCase


def ledger(faults: Faults | None = None) -> Ledger:
    return Ledger({"evt": HALL}, faults or Faults())


def refusal(act: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        act()
    return caught.value.code, caught.value.message


def test_a_hold_gets_all_its_seats_or_none() -> None:
    """One taken seat of three leaves the other two free, and the refusal names it."""
    seats = ledger()
    seats.hold(0, "first", "evt", [NAMES[1]], 60)
    code, message = refusal(lambda: seats.hold(0, "second", "evt", NAMES[:3], 60))
    assert (code, message) == (errors_pb2.ERROR_CODE_INVENTORY_CONFLICT, f"not free any more: {NAMES[1]}")
    assert seats.counts("evt") == Counts(9, 1, 0, 2)


def test_a_hold_ends_at_its_end_not_after_it() -> None:
    """Just before its end it can be confirmed, at its end no more, whether or not anybody swept."""
    seats = ledger()
    seats.hold(0, "early", "evt", [NAMES[0]], 60)
    seats.hold(0, "late", "evt", [NAMES[1]], 60)
    seats.confirm(59.999, "early", "ord_1")
    code, message = refusal(lambda: seats.confirm(60.0, "late", "ord_2"))
    assert (code, message) == (errors_pb2.ERROR_CODE_RESERVATION_EXPIRED, "the hold of late has run out")


def test_best_seats_run_out_with_a_number() -> None:
    seats = ledger()
    seats.hold_best(0, "many", "evt", 9, 60)
    code, message = refusal(lambda: seats.hold_best(0, "two", "evt", 2, 60))
    assert (code, message) == (errors_pb2.ERROR_CODE_INSUFFICIENT_INVENTORY, "evt has 1 seats left, 2 were asked for")
    assert [HALL.seat(seat) for seat in seats.hold_best(0, "one", "evt", 1, 60).seats] == [NAMES[9]]


@pytest.mark.parametrize(
    ("act", "text"),
    [
        (lambda seats: seats.hold(0, "x", "evt", ["Z-1"], 60), "there is no seat of evt 'Z-1'"),
        (lambda seats: seats.hold(0, "x", "other", NAMES[:1], 60), "there is no event 'other'"),
        (lambda seats: seats.hold(0, "x", "evt", [], 60), "seat_ids must name at least one seat, and each once"),
        (lambda seats: seats.hold(0, "x", "evt", [NAMES[0]] * 2, 60), "seat_ids must name at least one seat, and each"),
        (lambda seats: seats.hold(5, "x", "evt", NAMES[:1], 5), "a hold must end in the future"),
        (lambda seats: seats.counts("evt", "Z"), "there is no section of evt 'Z'"),
        (lambda seats: seats.available("evt", "Z"), "there is no section of evt 'Z'"),
    ],
)
def test_a_wrong_request_is_refused_in_words(act: Callable[[Ledger], object], text: str) -> None:
    seats = ledger()
    assert refusal(lambda: act(seats))[1].startswith(text)
    assert seats.counts("evt").reserved == 0


@pytest.mark.parametrize(("start", "expected"), [(0.0, [0, 1, 2]), (0.5, [6, 7, 8]), (0.99, [0, 1, 2])])
def test_free_seats_are_listed_from_any_point_and_round(start: float, expected: list[int]) -> None:
    """The blocked end of the hall is skipped; listing changes nothing."""
    seats = ledger()
    assert seats.free("evt", 3, start=start) == expected
    assert seats.counts("evt").available == 10


def test_free_seats_are_listed_up_to_what_there_is() -> None:
    seats = ledger()
    assert sorted(seats.free("evt", 99, start=0.4)) == list(range(10))
    section = HALL.sections[1]
    assert seats.free("evt", 99, section=section.id, start=0.9)[0] in range(section.first, section.end)


class Overlook(Faults):
    """Sees no conflict about one seat, and keeps one hold for ever."""

    def overlook_conflict(self, event: str, seat: str, holder: str) -> bool:
        return seat == NAMES[0]

    def overlook_expiry(self, reservation: str) -> bool:
        return reservation == "ghost"


def test_an_overlooked_conflict_sells_a_seat_twice_and_the_sales_say_so() -> None:
    """The one mistake that breaks the guarantee leaves both orders on record, and the seat counted once."""
    seats = ledger(Overlook())
    seats.hold(0, "first", "evt", [NAMES[0]], 60)
    seats.hold(0, "second", "evt", [NAMES[0], NAMES[1]], 60)
    seats.confirm(1, "second", "ord_2")
    seats.confirm(1, "first", "ord_1")
    assert seats.sales == {("evt", NAMES[0]): ["ord_2", "ord_1"], ("evt", NAMES[1]): ["ord_2"]}
    assert seats.counts("evt") == Counts(8, 0, 2, 2)


def test_an_intruder_frees_only_what_is_his() -> None:
    seats = ledger(Overlook())
    seats.hold(0, "owner", "evt", [NAMES[0]], 60)
    seats.hold(0, "intruder", "evt", [NAMES[0], NAMES[1]], 60)
    seats.release("intruder")
    assert seats.counts("evt") == Counts(9, 1, 0, 2)
    seats.confirm(1, "owner", "ord")
    assert seats.status("evt", NAMES[0]) == SEAT_STATUS_SOLD


def test_a_conflict_that_is_not_overlooked_at_confirmation_sells_nothing() -> None:
    """An incident may let a hold through and still not the sale: all or nothing holds."""
    forgiving = Overlook()
    seats = Ledger({"evt": HALL}, forgiving)
    seats.hold(0, "owner", "evt", [NAMES[0]], 60)
    seats.hold(0, "intruder", "evt", [NAMES[1], NAMES[0]], 60)
    forgiving.overlook_conflict = lambda event, seat, holder: False  # type: ignore[method-assign]
    code, message = refusal(lambda: seats.confirm(1, "intruder", "ord"))
    assert (code, message) == (
        errors_pb2.ERROR_CODE_INVENTORY_CONFLICT,
        f"{NAMES[0]} belongs to another reservation",
    )
    assert seats.counts("evt").sold == 0
    assert seats.sales == {}


def test_an_overlooked_end_keeps_the_hold_for_ever() -> None:
    seats = ledger(Overlook())
    seats.hold(0, "ghost", "evt", [NAMES[0]], 60)
    seats.hold(0, "other", "evt", [NAMES[1]], 60)
    assert [hold.holder for hold in seats.expire(60)] == ["other"]
    assert seats.confirm(10_000, "ghost", "ord").order == "ord"
