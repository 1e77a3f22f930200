"""Pages of lists, and the bounds of what the services list and keep."""

from __future__ import annotations

import pytest

from contracts.messages import payment_pb2
from contracts.messages.types_pb2 import Pagination
from fakes.answers import page, seconds, timestamp
from fakes.failures import Refused
from fakes.registrations import AT_MOST
from tests.unit.ticket_desk import EVENT, Desk


@pytest.mark.parametrize(
    ("asked", "shown", "following", "previous"),
    [
        (Pagination(), [0, 1, 2, 3, 4, 5], "", ""),
        (Pagination(page_size=6), [0, 1, 2, 3, 4, 5], "", ""),
        (Pagination(page_size=4), [0, 1, 2, 3], "4", ""),
        (Pagination(page_size=2, page=2), [2, 3], "4", "0"),
        (Pagination(page_size=3, page=2), [3, 4, 5], "", "0"),
        (Pagination(page_size=2, cursor="3"), [3, 4], "5", "1"),
        (Pagination(page_size=100, page=2), [], "", "0"),
    ],
)
def test_a_page_says_where_it_lies(asked: Pagination, shown: list[int], following: str, previous: str) -> None:
    entries, info = page(range(6), asked)
    assert list(entries) == shown
    assert (info.next_cursor, info.previous_cursor, info.total_count) == (following, previous, 6)
    assert (info.has_next_page, info.has_previous_page) == (bool(following), bool(previous))


@pytest.mark.parametrize("asked", [Pagination(page_size=101), Pagination(page_size=-1), Pagination(page=-1)])
def test_a_page_has_1_to_100_entries(asked: Pagination) -> None:
    with pytest.raises(Refused, match="page_size must be 1 to 100, and page 1 or more"):
        page(range(6), asked)


def test_the_default_page_has_20_entries_and_the_largest_100() -> None:
    assert len(page(range(500), Pagination())[0]) == 20
    assert len(page(range(500), Pagination(page_size=100))[0]) == 100


def test_times_survive_to_the_microsecond() -> None:
    assert (timestamp(1.5).seconds, timestamp(1.5).nanos) == (1, 500_000_000)
    assert timestamp(1_760_000_000.999_999_9) == timestamp(1_760_000_001)
    assert seconds(timestamp(1_760_000_000.123_456)) == pytest.approx(1_760_000_000.123_456, abs=1e-6)


def test_availability_lists_at_most_a_thousand_and_needs_all_that_is_asked() -> None:
    desk = Desk(seats=2000)
    assert len(desk.do("inventory/CheckAvailability", event_id=EVENT, quantity=1000).available_seats) == 1000
    for quantity in (-1, 1001):
        refusal = desk.refused("inventory/CheckAvailability", event_id=EVENT, quantity=quantity)
        assert refusal[1].startswith("ask for 1 to 1000 seats")
    small = Desk(seats=10)
    exact = small.do("inventory/CheckAvailability", event_id=EVENT, quantity=10)
    assert (exact.available, exact.remaining_in_section) == (True, 10)
    assert not small.do("inventory/CheckAvailability", event_id=EVENT, quantity=11).available


def test_what_remains_is_counted_in_the_section_that_was_meant() -> None:
    """The one that is named, else the one that all named seats lie in, else the whole hall."""
    desk = Desk()

    def remaining(**wish: object) -> int:
        return int(desk.do("inventory/CheckAvailability", event_id=EVENT, **wish).remaining_in_section)

    assert remaining(seat_ids=["VIP-1-1", "VIP-1-2"]) == 10
    assert remaining(seat_ids=["VIP-1-1", "A-1"]) == 200
    assert remaining(seat_ids=["VIP-1-1"], section="A") == 24
    assert remaining(quantity=1) == 200


def test_a_forced_webhook_does_not_turn_a_final_status() -> None:
    desk = Desk()
    intent = desk.pay(desk.reserve().reservation_id)
    wish = {"payment_intent_id": intent, "target_status": payment_pb2.PAYMENT_STATUS_FAILED, "force_trigger": True}
    assert desk.refused("payment/SimulateWebhook", **wish)[0] == "FAILED_PRECONDITION"
    again = {"payment_intent_id": intent, "target_status": payment_pb2.PAYMENT_STATUS_COMPLETED}
    assert desk.refused("payment/SimulateWebhook", **again)[0] == "FAILED_PRECONDITION"


def test_registrations_are_bounded() -> None:
    desk = Desk()
    wish = {"service_name": "shop", "endpoint_url": "http://127.0.0.1:9/"}
    for _ in range(AT_MOST):
        desk.do("webhook/RegisterWebhook", **wish)
    assert desk.refused("webhook/RegisterWebhook", **wish) == (
        "QUOTA_EXCEEDED",
        "1000 webhooks are registered already",
    )
