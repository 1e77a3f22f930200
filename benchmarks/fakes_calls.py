"""The plain buyer's journey inside the fakes: CPU a call by method, without a server.

Each call parses its request, passes the front, and serializes its answer, as a server would have it. Many people are in
the same step at once, so that a step of all of them is measured by two readings of the process's CPU clock. Time is
scripted and moves on between the groups, so that holds, tokens and keys run out as they do in a process that has run
for minutes. An old platform and a young one take turns, so that both meet the same machine: a call must not cost more
for what the platform has sold before.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.table import Table
from contracts.catalogue import METHODS
from contracts.messages.errors_pb2 import ERROR_CODE_INVENTORY_CONFLICT
from fakes.collecting import collect_seldom
from fakes.error_modes import IN_MESSAGE
from fakes.events import LAYOUT, ids, program
from fakes.front import Front
from fakes.incidents.planted import Planted
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import OPEN
from fakes.streams import OPENERS
from fakes.timing import ScriptedTime
from fakes.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from google.protobuf.message import Message

    from fakes.posting import Parcel
    from tacorush.wire.channel import Metadata

EVENTS = 10
SEATS = 20_000
"""Of each event."""
GROUP = 100
"""People who are in the same step at once."""
AGE, MEASURED = 20_000, 2_000
"""Journeys that make a platform old, and those that are measured of the old one and of a young one."""
JOURNEYS_PER_S = 50.0
QUANTITIES = (1, 1, 1, 1, 1, 2, 2, 2, 2, 4)
"""Seats of ten people, in the shares that scenarios have unless they say otherwise."""
LOOK = "reservation.v1.InventoryService/CheckAvailability"
RESERVATION, PAYMENT = "reservation.v1.ReservationService", "payment.v1.PaymentService"


class _Call:
    """One unary call, which keeps the bytes of its answer."""

    __slots__ = ("answered", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.answered = b""

    @property
    def metadata(self) -> Mapping[str, str | bytes]:
        return {"user-agent": "benchmark"}

    @property
    def peer(self) -> str:
        return "ipv4:127.0.0.1:1"

    def attach(self, initial: Metadata = (), trailing: Metadata = ()) -> None:  # noqa: ARG002
        raise AssertionError("the platform has no metadata of its own")

    def answer(self, message: Message) -> None:
        self.answered = message.SerializeToString()

    def fail(self, status: int, detail: str) -> None:
        raise AssertionError(f"{self.path} failed with status {status}: {detail}")

    def send(self, message: Message) -> bool:
        raise AssertionError(f"{self.path} is no stream, but was sent {message}")

    def finish(self) -> None:
        raise AssertionError(f"{self.path} is no stream")

    def on_end(self, callback: Callable[[], None]) -> None:
        """Nobody waits for the end of a unary call."""


def _post(parcel: Parcel, done: Callable[[str], None]) -> None:  # noqa: ARG001
    raise AssertionError(f"nobody asked for webhooks, but {parcel.url} gets one")


class _Person:
    """Who buys, and what was learned so far."""

    def __init__(self, number: int, chance: Random) -> None:
        self.number = number
        self.user = f"user_{number:08d}"
        self.event = f"{ids(EVENTS)[number % EVENTS]}"
        self.section = chance.choices(LAYOUT, [layout.share for layout in LAYOUT])[0].section
        self.quantity = QUANTITIES[chance.randrange(len(QUANTITIES))]
        self.chance = chance
        self.last: Any = None
        self.waiting = self.token = self.reservation = self.intent = ""
        self.amount = 0

    def key(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def _join(person: _Person) -> dict[str, Any]:
    return {"event_id": person.event, "user_id": person.user}


def _poll(person: _Person) -> dict[str, Any]:
    person.waiting = person.last.waiting_token
    return {"waiting_token": person.waiting}


def _ask_admission(person: _Person) -> dict[str, Any]:
    return {"waiting_token": person.waiting, "event_id": person.event, "user_id": person.user}


def _look(person: _Person) -> dict[str, Any]:
    person.token = person.token or person.last.reservation_token
    return {"event_id": person.event, "section": person.section, "quantity": person.quantity}


def _reserve(person: _Person) -> dict[str, Any]:
    return {
        "event_id": person.event,
        "seat_ids": [seat.id for seat in person.last.available_seats],
        "quantity": person.quantity,
        "user_id": person.user,
        "reservation_token": person.token,
        "idempotency_key": person.key(),
    }


def _open_payment(person: _Person) -> dict[str, Any]:
    person.reservation, person.amount = person.last.reservation_id, person.last.total_amount.amount
    return {
        "reservation_id": person.reservation,
        "user_id": person.user,
        "amount": {"amount": person.amount, "currency": "KRW"},
        "method": "PAYMENT_METHOD_CREDIT_CARD",
        "scenario": "PAYMENT_SCENARIO_APPROVE",
        "idempotency_key": person.key(),
    }


def _pay(person: _Person) -> dict[str, Any]:
    person.intent = person.last.payment_intent_id
    card = {"card_number": "4242424242424242", "expiry_month": "12", "expiry_year": "2030", "cvv": "123"}
    return {
        "payment_intent_id": person.intent,
        "payment_details": {
            "method": "PAYMENT_METHOD_CREDIT_CARD",
            "credit_card": {"cardholder_name": "TEST BUYER", **card},
        },
        "idempotency_key": person.key(),
    }


def _payment_status(person: _Person) -> dict[str, Any]:
    return {"payment_intent_id": person.intent, "user_id": person.user}


def _confirm(person: _Person) -> dict[str, Any]:
    return {
        "reservation_id": person.reservation,
        "user_id": person.user,
        "payment_intent_id": person.intent,
        "idempotency_key": person.key(),
    }


def _read_back(person: _Person) -> dict[str, Any]:
    return {"reservation_id": person.reservation, "user_id": person.user}


STEPS: Mapping[str, Callable[[_Person], dict[str, Any]]] = {
    "gateway.v1.QueueService/JoinQueue": _join,
    "gateway.v1.QueueService/GetQueueStatus": _poll,
    "gateway.v1.QueueService/RequestAdmission": _ask_admission,
    LOOK: _look,
    f"{RESERVATION}/CreateReservation": _reserve,
    f"{PAYMENT}/CreatePaymentIntent": _open_payment,
    f"{PAYMENT}/ProcessPayment": _pay,
    f"{PAYMENT}/GetPaymentStatus": _payment_status,
    f"{RESERVATION}/ConfirmReservation": _confirm,
    f"{RESERVATION}/GetReservation": _read_back,
}
"""Full name of each method of the journey, in order, to the fields of its request."""


class _Rig:
    """One platform and the CPU that its calls cost."""

    def __init__(self) -> None:
        self.time = ScriptedTime()
        planted = Planted((), 1, self.time.now)
        self.platform = Platform(
            OPEN,
            now=self.time.now,
            timers=self.time,
            chance=Random(1),  # noqa: S311
            events=program(ids(EVENTS), SEATS),
            faults=planted,
        )
        Webhooks(self.platform, _post)
        front = Front(self.platform, self.time, latencies={}, incidents=planted, error_mode=IN_MESSAGE)
        endpoints = front.endpoints(handlers(self.platform), OPENERS)
        self.endpoints = {endpoint.path[1:]: endpoint for endpoint in endpoints}
        self.people = self._people()
        self.cpu_ns: dict[str, int] = defaultdict(int)
        self.done = 0

    def _people(self) -> Iterator[_Person]:
        number = 0
        while True:
            yield _Person(number, Random(number))  # noqa: S311
            number += 1

    def journeys(self, count: int) -> None:
        """Lets so many people buy, group by group."""
        for _ in range(count // GROUP):
            group = [next(self.people) for _ in range(GROUP)]
            for name, fields in STEPS.items():
                self._step(name, group, fields)
            begun = time.process_time_ns()
            self.time.advance(GROUP / JOURNEYS_PER_S)
            self.cpu_ns["timers"] += time.process_time_ns() - begun
        self.done += count

    def _step(self, name: str, group: list[_Person], fields: Callable[[_Person], dict[str, Any]]) -> None:
        endpoint = self.endpoints[name]
        bodies = [METHODS[name].request(**fields(person)).SerializeToString() for person in group]
        calls = [_Call(endpoint.path) for _ in group]
        handler, parse = endpoint.handler, endpoint.request.FromString
        begun = time.process_time_ns()
        for call, body in zip(calls, bodies, strict=True):
            handler(call, parse(body))
        self.cpu_ns[name] += time.process_time_ns() - begun
        for person, call in zip(group, calls, strict=True):
            person.last = endpoint.response.FromString(call.answered)
            while person.last.error.code == ERROR_CODE_INVENTORY_CONFLICT:
                self._ask(person, LOOK)
                self._ask(person, name)
            assert not person.last.HasField("error"), f"{name} was refused: {person.last.error}"

    def _ask(self, person: _Person, name: str) -> None:
        """Asks once more, unmeasured, who was offered the seats that another of the group got."""
        endpoint = self.endpoints[name]
        call = _Call(endpoint.path)
        endpoint.handler(call, endpoint.request(**STEPS[name](person)))
        person.last = endpoint.response.FromString(call.answered)

    def row(self, name: str) -> dict[str, float | str]:
        """Microseconds of CPU a call by method, since the last row."""
        journeys, used = self.done, {method: ns / 1e3 / self.done for method, ns in self.cpu_ns.items()}
        self.done = 0
        self.cpu_ns.clear()
        means = {method.partition("/")[2] + "_us": used[method] for method in STEPS}
        means["timers_us_per_call"] = used["timers"] / len(STEPS)
        return {"platform": name, "journeys": str(journeys), "mean_us": sum(used.values()) / len(STEPS), **means}


def measure() -> Table:
    """Ages one platform, then drives it and a young one by turns."""
    table = Table("fakes_calls")
    old, young = _Rig(), _Rig()
    collect_seldom()
    old.journeys(AGE)
    young.journeys(GROUP)
    table.rows.append(old.row("while it aged"))
    young.row("while it warmed up")
    for _ in range(MEASURED // GROUP):
        young.journeys(GROUP)
        old.journeys(GROUP)
    table.rows += [young.row("young"), old.row("old")]
    table.ratios["old_to_young"] = table.rows[2]["mean_us"] / table.rows[1]["mean_us"]
    return table
