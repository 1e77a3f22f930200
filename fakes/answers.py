"""How the platform's state looks in the contract's messages.

What stands in the answers of the way to a ticket is put into its place inside the answer (`put_…`): a message that is
made apart and handed over is copied field by field, which costs three to five times as much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from contracts.messages import inventory_pb2, payment_pb2, reservation_pb2, types_pb2
from contracts.messages.reservation_pb2 import RESERVATION_STATUS_CONFIRMED
from contracts.messages.types_pb2 import SEAT_STATUS_AVAILABLE, SEAT_STATUS_RESERVED, SEAT_STATUS_SOLD
from fakes.failures import invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeVar

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer

    from fakes.events import Event
    from fakes.ledger import Counts, Ledger
    from fakes.payments import Payment
    from fakes.reservations import Reservation

    T = TypeVar("T")

CURRENCY = "KRW"
PAGE_SIZE = 20
"""Entries of a page whose size is not asked for."""
PAGE_SIZE_AT_MOST = 100
_DAY_S = 86_400.0


def timestamp(at: float) -> Timestamp:
    """Unix seconds as a Timestamp, to the microsecond."""
    stamp = Timestamp()
    put_time(stamp, at)
    return stamp


def put_time(into: Timestamp, at: float) -> None:
    """The same, into a field."""
    into.seconds, micros = divmod(round(at * 1_000_000), 1_000_000)
    into.nanos = micros * 1_000


def seconds(stamp: Timestamp) -> float:
    """A Timestamp as Unix seconds."""
    return stamp.seconds + stamp.nanos / 1e9


def money(amount: int) -> types_pb2.Money:
    """Whole KRW."""
    return types_pb2.Money(amount=amount, currency=CURRENCY)


def put_money(into: types_pb2.Money, amount: int) -> None:
    """The same, into a field."""
    into.amount, into.currency = amount, CURRENCY


def seats(event: Event, indexes: Iterable[int], status: types_pb2.SeatStatus) -> list[types_pb2.Seat]:
    """Seats of an event's hall, all of one status."""
    found = []
    for index in indexes:
        seat = types_pb2.Seat()
        _put_seat(seat, event, index, status)
        found.append(seat)
    return found


def put_seats(
    into: RepeatedCompositeFieldContainer[types_pb2.Seat],
    event: Event,
    indexes: Iterable[int],
    status: types_pb2.SeatStatus,
) -> None:
    """The same, behind the seats of a field."""
    for index in indexes:
        _put_seat(into.add(), event, index, status)


def _put_seat(into: types_pb2.Seat, event: Event, index: int, status: types_pb2.SeatStatus) -> None:
    section, row, number = event.place(index)
    into.id = f"{section.id}-{row}-{number}" if row else f"{section.id}-{number}"
    into.section, into.row = section.id, row
    into.number = number
    put_money(into.price, section.price)
    into.status = status


def seat_status(reservation: Reservation) -> types_pb2.SeatStatus:
    """The status of a reservation's seats, as it has or had them."""
    if reservation.status == RESERVATION_STATUS_CONFIRMED:
        return SEAT_STATUS_SOLD
    return SEAT_STATUS_RESERVED if reservation.holding else SEAT_STATUS_AVAILABLE


def put_reservation(into: reservation_pb2.Reservation, event: Event, record: Reservation) -> None:
    """A reservation, whole."""
    into.reservation_id = record.id
    into.event_id = record.event
    into.user_id = record.user
    into.status = record.status
    put_seats(into.seats, event, record.seats, seat_status(record))
    into.quantity = len(record.seats)
    put_money(into.total_amount, record.amount)
    put_time(into.created_at, record.created)
    put_time(into.updated_at, record.updated)
    put_time(into.hold_expires_at, record.expires)
    into.payment_intent_id = record.intent
    into.order_id = record.order
    if record.metadata is None:
        into.metadata.SetInParent()
    else:
        into.metadata.MergeFrom(record.metadata)


def put_payment_result(into: payment_pb2.PaymentResult, record: Payment) -> None:
    """How a payment came out, once it has."""
    into.success = not record.failure
    into.failure_reason = record.failure
    into.gateway_response = "DECLINED" if record.failure else "APPROVED"
    into.response_code = 402 if record.failure else 200
    put_time(into.processed_at, record.processed)


def put_payment(into: payment_pb2.Payment, record: Payment) -> None:
    """A payment, whole."""
    into.payment_intent_id = record.intent
    into.payment_id = record.payment
    into.reservation_id = record.reservation
    into.user_id = record.user
    into.status = record.status
    put_money(into.amount, record.amount)
    if record.method is not None:
        into.method = record.method
    put_time(into.created_at, record.created)
    put_time(into.updated_at, record.updated)
    into.transaction_id = record.transaction
    if record.processed:
        put_time(into.processed_at, record.processed)
        put_payment_result(into.result, record)
    if record.metadata is None:
        into.metadata.SetInParent()
    else:
        into.metadata.MergeFrom(record.metadata)


def event(hall: Event, counts: Counts, opened: float) -> types_pb2.Event:
    """An event that went on sale when the platform opened and takes place a month later."""
    return types_pb2.Event(
        id=hall.id,
        name=hall.name,
        description=f"{hall.size} seats in {len(hall.sections)} sections",
        venue=types_pb2.Venue(
            id="ven_taco_hall",
            name="Taco Hall",
            address=types_pb2.Address(street="1 Olympic-ro", city="Seoul", postal_code="05540", country="KR"),
            total_capacity=hall.size,
        ),
        start_time=timestamp(opened + 30 * _DAY_S),
        end_time=timestamp(opened + 30 * _DAY_S + 3 * 3600),
        sale_start_time=timestamp(opened),
        sale_end_time=timestamp(opened + 30 * _DAY_S),
        total_seats=hall.size,
        remaining_seats=counts.available,
    )


def sections(ledger: Ledger, hall: Event, section: str = "") -> list[inventory_pb2.SectionInventory]:
    """The sections of an event, or the one asked for. Refuses NOT_FOUND."""
    if section and section not in hall.by_id:
        raise not_found(f"section of {hall.id}", section)
    found = []
    for part in hall.sections if not section else [hall.by_id[section]]:
        counts = ledger.counts(hall.id, part.id)
        found.append(
            inventory_pb2.SectionInventory(
                section_id=part.id,
                section_name=part.name,
                total_seats=counts.total,
                available_seats=counts.available,
                reserved_seats=counts.reserved,
                sold_seats=counts.sold,
                blocked_seats=counts.blocked,
                min_price=money(part.price),
                max_price=money(part.price),
            )
        )
    return found


def page(entries: Sequence[T], asked: types_pb2.Pagination) -> tuple[Sequence[T], types_pb2.PageInfo]:
    """A page of entries, by cursor or by number from 1, and where it lies. Refuses INVALID_ARGUMENT."""
    size = asked.page_size or PAGE_SIZE
    if not 1 <= size <= PAGE_SIZE_AT_MOST or asked.page < 0:
        raise invalid("pagination", f"page_size must be 1 to {PAGE_SIZE_AT_MOST}, and page 1 or more")
    if asked.cursor and not (asked.cursor.isdecimal() and asked.cursor.isascii() and len(asked.cursor) < 12):
        raise invalid("pagination", f"{asked.cursor!r} is no cursor of this list")
    first = int(asked.cursor) if asked.cursor else (max(asked.page, 1) - 1) * size
    end = first + size
    info = types_pb2.PageInfo(
        total_count=len(entries),
        has_next_page=end < len(entries),
        has_previous_page=first > 0,
        next_cursor=str(end) if end < len(entries) else "",
        previous_cursor=str(max(first - size, 0)) if first > 0 else "",
    )
    return entries[first:end], info
