"""Halls: seats by index and by name, sections, prices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.events import DEFAULT_HALLS, HOUSE_SEATS, event, ids, program


@given(st.integers(1, 20_000), st.data())
def test_every_seat_has_one_name_that_leads_back(size: int, data: st.DataObject) -> None:
    hall = event("evt", size)
    index = data.draw(st.integers(0, size - 1))
    assert hall.size == size
    assert hall.index(hall.seat(index)) == index
    section = hall.section_of(index)
    assert section.first <= index < section.end
    assert 50_000 <= section.price <= 120_000


@given(st.integers(1, 3000))
def test_the_sections_are_the_hall_best_first(size: int) -> None:
    sections = event("evt", size).sections
    assert [section.first for section in sections] == [0, *(section.end for section in sections)][:-1]
    assert all(section.size > 0 for section in sections)
    prices = [section.price for section in sections]
    assert prices == sorted(prices, reverse=True)
    assert len(set(map(event("evt", size).seat, range(size)))) == size


def test_seats_are_named_as_the_platform_names_them() -> None:
    hall = event("evt", 8000)
    assert (hall.seat(8 * 20 + 16), hall.seat(400)) == ("VIP-9-17", "R-1-1")
    assert hall.seat(hall.by_id["A"].first + 11) == "A-12"


@pytest.mark.parametrize(
    "name", ["", "A", "A-0", "A-01", "A-99999", "A-1-1", "VIP-1", "VIP-1-21", "VIP-0-1", "Z-1", "A--1", "A-¹", "a-1"]
)
def test_what_is_no_seat_has_no_index(name: str) -> None:
    assert event("evt", 8000).index(name) is None


def test_a_hall_needs_seats_for_sale() -> None:
    with pytest.raises(ValueError, match="event evt needs more than 20 seats, got 20"):
        event("evt", 20, 20)


def test_the_program_is_the_documented_one_unless_asked() -> None:
    assert {name: hall.size for name, hall in program().items()} == dict(DEFAULT_HALLS)
    assert {hall.blocked for hall in program().values()} == {HOUSE_SEATS}
    small = program(["evt_x", "evt_2025_1001"], 50)
    assert {name: (hall.size, hall.blocked) for name, hall in small.items()} == {
        "evt_x": (50, 0),
        "evt_2025_1001": (50, 0),
    }
    assert program(["evt_x"])["evt_x"].size == 10_000


@pytest.mark.parametrize(
    ("count", "last"), [(1, "evt_2025_1001"), (6, "evt_2025_1006"), (7, "evt_1"), (106, "evt_100")]
)
def test_event_ids_are_the_documented_then_numbered(count: int, last: str) -> None:
    assert len(set(ids(count))) == count
    assert ids(count)[-1] == last
