"""Deltas on a wire that loses, doubles and turns them around: each is applied once, in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tacorush.fleet.shipping import Inbox, Outbox


def test_parcels_that_come_out_of_order_are_applied_in_order() -> None:
    applied: list[str] = []
    inbox = Inbox(applied.append)
    for sequence, parcel in [(2, "b"), (3, "c"), (1, "a"), (2, "b")]:
        inbox.receive(sequence, parcel)
    assert applied == ["a", "b", "c"]
    assert repr(inbox) == "<Inbox applied 3, 0 waiting>"


def test_what_waits_for_a_gap_is_not_applied() -> None:
    """An acknowledgement of 1 must not cover 3 while 2 is missing."""
    applied: list[str] = []
    inbox = Inbox(applied.append)
    inbox.receive(1, "a")
    inbox.receive(3, "c")
    assert (applied, inbox.applied) == (["a"], 1)


def test_only_what_is_acknowledged_is_forgotten() -> None:
    sent: list[int] = []
    outbox: Outbox[str] = Outbox(lambda sequence, parcel: sent.append(sequence))
    for sequence in (1, 2, 3):
        outbox.ship(sequence, "…")
    outbox.acknowledged(2)
    outbox.resend()
    assert sent == [1, 2, 3, 3]
    assert (outbox.empty, outbox.last) == (False, 3)
    outbox.acknowledged(3)
    assert outbox.empty


def test_a_resend_leaves_out_what_has_only_just_been_sent() -> None:
    sent: list[int] = []
    outbox: Outbox[str] = Outbox(lambda sequence, parcel: sent.append(sequence))
    outbox.ship(1, "…")
    outbox.ship(2, "…")
    outbox.resend(before=2)
    assert sent == [1, 2, 1]


def test_a_gap_in_the_numbers_is_refused_by_the_sender() -> None:
    outbox: Outbox[str] = Outbox(lambda sequence, parcel: None)
    outbox.ship(1, "…")
    with pytest.raises(ValueError, match="parcel 3 follows 1: numbers have no gaps"):
        outbox.ship(3, "…")


def answers(data: st.DataObject) -> bool:
    return data.draw(st.booleans())


@given(st.data(), st.integers(1, 30))
def test_over_any_wire_that_is_tried_long_enough_each_parcel_is_applied_once(data: st.DataObject, count: int) -> None:
    """Loss, doubling and reordering are drawn; the resends repair all of it, and acknowledgements empty the sender."""
    wire: list[tuple[int, int]] = []
    applied: list[int] = []
    outbox: Outbox[int] = Outbox(lambda sequence, parcel: wire.append((sequence, parcel)))
    inbox = Inbox(applied.append)

    def deliver(perfect: bool) -> None:
        moved = wire[:] if perfect else data.draw(st.lists(st.sampled_from(wire), max_size=2 * len(wire)))
        wire.clear()
        for sequence, parcel in moved:
            inbox.receive(sequence, parcel)
        if perfect or answers(data):
            outbox.acknowledged(inbox.applied)

    for sequence in range(1, count + 1):
        outbox.ship(sequence, sequence * 10)
        if wire and answers(data):
            deliver(perfect=False)
            outbox.resend()
    outbox.resend()
    deliver(perfect=True)
    assert applied == [sequence * 10 for sequence in range(1, count + 1)]
    assert outbox.empty
