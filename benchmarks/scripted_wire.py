"""A channel without a wire: answers each step of a journey at once, or after other greenlets have had their turn.

Answers are made before the load, POOL of each kind, and handed out in turn, so that ids, seats and orders vary as a
platform's do while a call costs next to nothing. What it does cost is measured by `own_cost_us`, to be taken off.
"""

from __future__ import annotations

import time
from itertools import cycle
from typing import TYPE_CHECKING, Any

import gevent

from contracts.catalogue import METHODS, PORTS
from scenarios.routes import ROUTES
from tacorush.wire.channel import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from google.protobuf.message import Message

    from tacorush.wire.channel import Channel, Clock, Metadata, Stream

POOL = 97
"""Answers of each kind: few enough to stay in the cache, as an answer just read from a wire is; a prime, so that they
drift against each other."""
EVENT = "evt_2025_1001"
MEASURED = 100_000
"""Calls over which the channel's own cost is measured."""


class ScriptedChannel:
    """The port `Channel`; with `turn`, every call lets other greenlets run before it is answered.

    With `queue`, nobody who looks at the queue is ever let in.
    """

    def __init__(self, clock: Clock, turn: bool, hold_ns: int, queue: bool = False) -> None:
        self._clock, self._turn = clock, turn
        answers = _answers(hold_ns // 1_000_000_000)
        if queue:
            answers["poll"] = lambda n: {"status": 1, "position": n}
        self._answers: dict[str, Iterator[Message]] = {
            METHODS[name].path: cycle([METHODS[name].response(**fields(number)) for number in range(POOL)])
            for step, name in ROUTES["services"].items()
            if (fields := answers.get(step)) is not None
        }

    def unary(
        self,
        path: str,
        request: Message,  # noqa: ARG002 - a wire would write it down
        response: type[Message],  # noqa: ARG002
        deadline_s: float,  # noqa: ARG002
        metadata: Metadata = (),  # noqa: ARG002
    ) -> Answer:
        """Answers with the next of the prepared messages."""
        sent_ns = self._clock()
        if self._turn:
            gevent.sleep(0)
        return Answer(0, "", next(self._answers[path]), "answered", sent_ns, self._clock())

    def stream(
        self, path: str, request: Message, response: type[Message], deadline_s: float, metadata: Metadata = ()
    ) -> Stream:
        """No journey of `flow` listens to a stream."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is open."""

    def entrances(self) -> Mapping[str, Channel]:
        """Stands at every entrance."""
        return dict.fromkeys(PORTS, self)


def own_cost_us(channel: ScriptedChannel) -> float:
    """CPU of one bare call, in microseconds: eight greenlets call, and nobody reads the answers."""
    method = METHODS[ROUTES["services"]["poll"]]
    request, path = method.request(), method.path

    def caller() -> None:
        for _ in range(MEASURED // 8):
            channel.unary(path, request, method.response, 0.6)

    before = time.process_time()
    gevent.joinall([gevent.spawn(caller) for _ in range(8)])
    return (time.process_time() - before) / MEASURED * 1e6


def _seats(number: int) -> list[dict[str, Any]]:
    return [
        {"id": f"VIP-{number}-{place}", "section": "VIP", "row": str(number), "price": _money(150_000)}
        for place in range(1 + number % 2)
    ]


def _money(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "KRW"}


def _answers(ends: int) -> dict[str, Callable[[int], dict[str, Any]]]:
    """Step to what makes the fields of its n-th answer; holds end at `ends`, Unix time in seconds."""
    return {
        "join": lambda n: {"waiting_token": f"wt-{n:032x}", "position_hint": 1, "status": 1},
        "poll": lambda _: {"status": 2, "admission_ready": True},
        "ask_admission": lambda n: {"admission": 1, "reservation_token": f"rt-{n:064x}", "ttl_seconds": 30},
        "leave": lambda _: {"success": True},
        "look": lambda n: {"available": True, "available_seats": _seats(n), "remaining_in_section": 500},
        "reserve": lambda n: {
            "reservation_id": f"rsv-{n:032x}",
            "status": 2,
            "hold_expires_at": {"seconds": ends},
            "reserved_seats": _seats(n),
            "total_amount": _money(150_000),
        },
        "extend": lambda _: {"new_expires_at": {"seconds": ends}, "extension_allowed": True},
        "cancel": lambda n: {"status": 4, "released_seats": _seats(n)},
        "open_payment": lambda n: {"payment_intent_id": f"pi-{n:032x}", "status": 1},
        "pay": lambda n: {"payment_id": f"pay-{n:032x}", "status": 2, "transaction_id": f"tx-{n:032x}"},
        "payment_status": lambda n: {
            "payment": {
                "reservation_id": f"rsv-{n:032x}",
                "status": 3,
                "amount": _money(150_000),
            }
        },
        "confirm": lambda n: {"order_id": f"ord-{n:032x}", "status": 3, "confirmed_seats": _seats(n)},
        "read_back": lambda n: {
            "reservation": {
                "reservation_id": f"rsv-{n:032x}",
                "event_id": EVENT,
                "status": 3,
                "seats": _seats(n),
                "quantity": 1 + n % 2,
                "total_amount": _money(150_000),
                "order_id": f"ord-{n:032x}",
            }
        },
    }
