"""How the platform's state looks in the contract's messages."""

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
    micros = round(at * 1_000_000)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1_000)


def seconds(stamp: Timestamp) -> float:
    """A Timestamp as Unix seconds."""
    return stamp.seconds + stamp.nanos / 1e9


def money(amount: int) -> types_pb2.Money:
    """Whole KRW."""
    return types_pb2.Money(amount=amount, currency=CURRENCY)


def seats(event: Event, indexes: Iterable[int], status: types_pb2.SeatStatus) -> list[types_pb2.Seat]:
    """Seats of an event's hall, all of one status."""
    found = []
    for index in indexes:
        section, row, number = event.place(index)
        name = f"{section.id}-{row}-{number}" if row else f"{section.id}-{number}"
        price = money(section.price)
        found.append(types_pb2.Seat(id=name, section=section.id, row=row, number=number, price=price, status=status))
    return found


def reservation_seats(event: Event, reservation: Reservation) -> list[types_pb2.Seat]:
    """The seats of a reservation, as it has or had them."""
    if reservation.status == RESERVATION_STATUS_CONFIRMED:
        return seats(event, reservation.seats, SEAT_STATUS_SOLD)
    return seats(event, reservation.seats, SEAT_STATUS_RESERVED if reservation.holding else SEAT_STATUS_AVAILABLE)


def reservation(event: Event, record: Reservation) -> reservation_pb2.Reservation:
    """A reservation, whole."""
    return reservation_pb2.Reservation(
        reservation_id=record.id,
        event_id=record.event,
        user_id=record.user,
        status=record.status,
        seats=reservation_seats(event, record),
        quantity=len(record.seats),
        total_amount=money(record.amount),
        created_at=timestamp(record.created),
        updated_at=timestamp(record.updated),
        hold_expires_at=timestamp(record.expires),
        payment_intent_id=record.intent,
        order_id=record.order,
        metadata=record.metadata,
    )


def payment_result(record: Payment) -> payment_pb2.PaymentResult | None:
    """How a payment came out; None before it has."""
    if not record.processed:
        return None
    return payment_pb2.PaymentResult(
        success=not record.failure,
        failure_reason=record.failure,
        gateway_response="DECLINED" if record.failure else "APPROVED",
        response_code=402 if record.failure else 200,
        processed_at=timestamp(record.processed),
    )


def payment(record: Payment) -> payment_pb2.Payment:
    """A payment, whole."""
    return payment_pb2.Payment(
        payment_intent_id=record.intent,
        payment_id=record.payment,
        reservation_id=record.reservation,
        user_id=record.user,
        status=record.status,
        amount=money(record.amount),
        method=record.method,
        created_at=timestamp(record.created),
        updated_at=timestamp(record.updated),
        processed_at=timestamp(record.processed) if record.processed else None,
        transaction_id=record.transaction,
        result=payment_result(record),
        metadata=record.metadata,
    )


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
