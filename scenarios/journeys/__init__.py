"""The kinds of journeys: what one person does from coming to going, as functions over the port `Ticketing`.

A kind is a row of `KINDS`. `steps` names what it cannot do without (of `routes.ROUTES`), or, with a slash, methods of
the contract by their full names; a platform that does not serve one leaves such journeys unfinished, and the run says
so before the load.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from scenarios.journeys.bots import guess_tokens
from scenarios.journeys.buyers import buy, buy_with, double_click, extend_and_buy, refresh, retry_card
from scenarios.journeys.cheats import lend_token, spend_late, spend_twice
from scenarios.journeys.endings import ENDINGS, Ends, require
from scenarios.journeys.followers import FOLLOWED, follow_and_buy
from scenarios.journeys.leavers import (
    abandon_queue,
    cancel,
    come_back,
    come_too_late,
    fall_silent,
    hurry,
    leave_cart,
    leave_queue,
    let_expire,
)
from scenarios.journeys.ping import ping
from scenarios.journeys.repeaters import repeat
from scenarios.journeys.sly import buy_any, cancel_order, confirm_unpaid, pay_and_cancel, pay_twice
from scenarios.journeys.steps import enter
from scenarios.journeys.tour import METHODS_TOURED, tour
from scenarios.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from scenarios.ticketing import Ticketing
    from scenarios.wishes import Wishes

__all__ = ["ENDINGS", "KINDS", "Ends", "Kind", "buy_with", "enter", "require"]

_RESERVING = ("reserve",)
_BUYING = (*_RESERVING, "open_payment", "pay", "confirm")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of journey."""

    run: Callable[[Ticketing, Wishes], str]
    """Returns the ending, or raises Ends."""
    steps: tuple[str, ...]
    """What it cannot do without."""
    calls: int
    """About how many calls it makes when nobody waits and nothing is refused."""
    paying: bool = False
    """It means to come home with a ticket."""
    first_card_fails: bool = False
    """Its first card is one that fails, whatever cards the scenario has."""
    beside: frozenset[str] = frozenset()
    """Full names of the methods that it may call beside those that a route has a step for."""

    @property
    def reserves(self) -> bool:
        """It holds seats for a while, or for good."""
        return "reserve" in self.steps and self.run is not guess_tokens

    def reach(self, route: str) -> frozenset[str]:
        """Full names of the methods that it may call on a route."""
        steps = frozenset(self.steps) if self.run in (ping, tour) else frozenset(ROUTES[route])
        return frozenset(ROUTES[route].get(step, step) for step in steps) | self.beside

    @property
    def queues(self) -> bool:
        """It stands in a queue."""
        return self.run not in (ping, guess_tokens)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "buyer": Kind(buy, _BUYING, calls=10, paying=True),
        "extender": Kind(extend_and_buy, _BUYING, calls=11, paying=True),
        "card-retrier": Kind(retry_card, _BUYING, calls=13, paying=True, first_card_fails=True),
        "double-clicker": Kind(double_click, _BUYING, calls=14, paying=True),
        "repeater": Kind(repeat, _BUYING, calls=18, paying=True),
        "refresher": Kind(refresh, _BUYING, calls=13, paying=True),
        "follower": Kind(follow_and_buy, _BUYING, calls=13, paying=True, beside=frozenset(FOLLOWED)),
        "canceller": Kind(cancel, (*_RESERVING, "cancel"), calls=6),
        "leaver": Kind(leave_queue, ("join", "leave"), calls=3),
        "abandoner": Kind(abandon_queue, ("join",), calls=3),
        "sleeper": Kind(fall_silent, ("join", "poll"), calls=3),
        "expirer": Kind(let_expire, (*_RESERVING, "read_back"), calls=6),
        "latecomer": Kind(come_too_late, _BUYING, calls=10),
        "hurrier": Kind(hurry, _BUYING, calls=10),
        "cart-leaver": Kind(leave_cart, _RESERVING, calls=7),
        "returner": Kind(come_back, (*_BUYING, "read_back"), calls=16, paying=True),
        "any-taker": Kind(buy_any, _BUYING, calls=9, paying=True),
        "two-tabs": Kind(pay_twice, _BUYING, calls=12, paying=True),
        "order-canceller": Kind(cancel_order, (*_BUYING, "cancel"), calls=13, paying=True),
        "undecided": Kind(pay_and_cancel, (*_BUYING[:-1], "cancel", "payment_status"), calls=10),
        "unpaid-confirmer": Kind(confirm_unpaid, (*_RESERVING, "open_payment", "confirm", "cancel"), calls=8),
        "token-guesser": Kind(guess_tokens, _RESERVING, calls=5),
        "token-spender": Kind(spend_twice, (*_RESERVING, "cancel"), calls=6),
        "token-keeper": Kind(spend_late, _RESERVING, calls=4),
        "token-lender": Kind(lend_token, _RESERVING, calls=4),
        "tour": Kind(tour, METHODS_TOURED, calls=60),
        "ping": Kind(ping, ("stats",), calls=1),
    }
)
"""Name to kind; the names that a scenario's `mix` weighs."""
