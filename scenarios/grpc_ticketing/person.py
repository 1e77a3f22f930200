"""`Ticketing` over gRPC: one person of the crowd, in front of a real platform."""

from __future__ import annotations

from copy import copy
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from contracts.catalogue import METHODS
from contracts.messages import payment_pb2
from scenarios import cards
from scenarios.grpc_ticketing import readings
from scenarios.grpc_ticketing.caller import Caller, Shown
from scenarios.ticketing import Admission, Hold, Offer, Order, Payment, Place, Reply, Ticketing, Told
from scenarios.wishes import CARDS_THAT_MAY_FAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

    from contracts.catalogue import Method
    from scenarios.chance import Chance
    from scenarios.grpc_ticketing.caller import Heard
    from scenarios.grpc_ticketing.line import Line
    from scenarios.grpc_ticketing.questions import Questions

T = TypeVar("T")

_REASON = "customer request"
_SCENARIOS = {name.removeprefix("PAYMENT_SCENARIO_"): number for name, number in payment_pb2.PaymentScenario.items()}


class GrpcTicketing:
    """One person: `number` of the plan, doing a journey of `kind`, planned to come at `due_ns`."""

    __slots__ = (
        "_caller",
        "_cards",
        "_due_ns",
        "_hold_ends",
        "_intentions",
        "_line",
        "_number",
        "_steps",
        "chance",
        "notes",
        "user",
    )

    def __init__(self, line: Line, number: int, kind: str, due_ns: int) -> None:
        self._line = line
        self._steps = line.steps
        self._number = number
        self._due_ns = due_ns
        self.notes: list[tuple[str, int]] = []
        """Times of the journey so far: measure and nanoseconds."""
        self.user = line.plan.user(number)
        """The person's id, unique in this run and among runs."""
        self.chance: Chance = line.plan.chance(number)
        """The person's own stream of chance."""
        self._intentions = count()
        self._cards: dict[str, str] = {}
        self._hold_ends: dict[str, int] = {}
        self._caller = Caller(line, number, kind, self.user, due_ns)

    @property
    def questions(self) -> Questions:
        """What the person could not learn."""
        return self._caller.questions

    def clock(self) -> int:
        """Reads the run's clock."""
        return self._line.io.clock()

    def scaled(self, seconds: float) -> float:
        """Returns a person's length of time as it is in this run."""
        return seconds * self._line.plan.time_scale

    def pause(self, seconds: float) -> None:
        """Waits; the next call is due this long after the last answer."""
        if seconds > 0:
            self.pause_until(self._caller.due_ns + round(self.scaled(seconds) * 1e9))

    def pause_until(self, instant_ns: int) -> None:
        """Waits for an instant; the next call is due then, or at once when it has passed."""
        self._caller.due_ns = max(self._caller.due_ns, instant_ns)
        rest_ns = self._caller.due_ns - self.clock()
        if rest_ns > 0:
            self._line.io.sleep(rest_ns / 1e9)

    def intention(self) -> str:
        """Makes the key of a new intention."""
        return self._line.plan.key(self._number, next(self._intentions))

    def together(self, *acts: Callable[[Ticketing], T]) -> list[T]:
        """Does several things at once; the next call is due after the last of their answers."""
        hands = [self._hand() for _ in acts]
        try:
            return self._line.io.together([_holding(act, hand) for act, hand in zip(acts, hands, strict=True)])
        finally:
            self._caller.due_ns = max(hand._caller.due_ns for hand in hands)

    def again(self) -> GrpcTicketing:
        """The same person under a further name; times, keys and chance go on."""
        once_more = self._hand()
        once_more.user = once_more._caller.user = f"{self.user}-again"
        return once_more

    def _hand(self) -> GrpcTicketing:
        hand = copy(self)
        hand._caller = self._caller.fork()
        return hand

    def note(self, measure: str) -> None:
        """Takes down the time from the planned arrival to the last answer, to be booked with the journey's ending."""
        self.notes.append((measure, self._caller.due_ns - self._due_ns))

    def join(self, event: str) -> Place:
        """Joins the event's queue."""
        method = self._steps["join"]
        return readings.place(self._caller.call(method, method.request(event_id=event, user_id=self.user)))

    def poll(self, token: str) -> Place:
        """Looks how far the queue has moved."""
        method = self._steps["poll"]
        return readings.place(self._caller.call(method, method.request(waiting_token=token)), token)

    def ask_admission(self, event: str, token: str) -> Admission:
        """Asks to be let in."""
        method = self._steps["ask_admission"]
        request = method.request(waiting_token=token, event_id=event, user_id=self.user)
        return readings.admission(self._caller.call(method, request))

    def leave(self, token: str) -> Told:
        """Leaves the queue."""
        method = self._steps["leave"]
        outcome, _, code = self._caller.call(method, method.request(waiting_token=token, reason=_REASON)).judged
        return Told(outcome, code)

    def look(self, event: str, section: str, quantity: int) -> Offer:
        """Looks for free seats."""
        method = self._steps["look"]
        request = method.request(event_id=event, section=section, quantity=quantity)
        heard = self._caller.call(method, request)
        offer = readings.offer(heard)
        if offer.seats:
            said: Any = heard.message
            self._caller.shown = Shown(event, offer.seats, said.available_seats)
        return offer

    def reserve(self, event: str, seats: Sequence[str], quantity: int, token: str, key: str) -> Hold:
        """Holds these seats, or any when none is named."""
        method = self._steps["reserve"]
        request = method.request(
            event_id=event,
            seat_ids=seats,
            quantity=quantity,
            user_id=self.user,
            reservation_token=token,
            idempotency_key=key,
        )
        heard = self._caller.call(method, request)
        return readings.new_hold(heard, seats, quantity, self._line.plan.time_scale)

    def extend(self, hold: Hold, seconds: int, key: str) -> Hold:
        """Asks for a longer hold; reads the new end from the answer."""
        method = self._steps["extend"]
        request = method.request(
            reservation_id=hold.reservation,
            user_id=self.user,
            extension_seconds=seconds,
            reason=_REASON,
            idempotency_key=key,
        )
        return readings.hold_extended(self._caller.call(method, request), hold)

    def cancel(self, hold: Hold, key: str) -> Told:
        """Gives the seats back."""
        method = self._steps["cancel"]
        request = method.request(
            reservation_id=hold.reservation, user_id=self.user, reason=_REASON, idempotency_key=key
        )
        outcome, _, code = self._caller.call(method, request).judged
        return Told(outcome, code)

    def read_back(self, hold: Hold) -> Hold:
        """Reads what became of the reservation."""
        method = self._steps["read_back"]
        request = method.request(reservation_id=hold.reservation, user_id=self.user)
        return readings.hold_as_read(self._caller.call(method, request), hold)

    def open_payment(self, hold: Hold, card: str, key: str, *, provoked: bool = False) -> Payment:
        """Opens a payment of the hold's amount."""
        method = self._steps["open_payment"]
        request = method.request(
            reservation_id=hold.reservation,
            user_id=self.user,
            amount={"amount": hold.amount, "currency": hold.currency},
            method=payment_pb2.PAYMENT_METHOD_CREDIT_CARD,
            scenario=_SCENARIOS[card],
            webhook_url=self._line.plan.webhook_url,
            idempotency_key=key,
        )
        payment = readings.payment(self._caller.call(method, request, provoked=provoked))
        self._cards[payment.intent] = card
        self._hold_ends[payment.intent] = hold.ends_ns
        return payment

    def pay(self, payment: Payment, key: str) -> Payment:
        """Pays, with a test card."""
        method, intent = self._steps["pay"], payment.intent
        works = self._cards.get(intent) != "FAIL"
        request = method.request(
            payment_intent_id=intent, payment_details=cards.details_message(works), idempotency_key=key
        )
        return readings.payment(self._call_of(intent, method, request), intent)

    def payment_status(self, payment: Payment) -> Payment:
        """Looks how the payment stands."""
        method, intent = self._steps["payment_status"], payment.intent
        request = method.request(payment_intent_id=intent, user_id=self.user)
        return readings.payment(self._call_of(intent, method, request), intent)

    def confirm(self, hold: Hold, payment: Payment, key: str) -> Order:
        """Turns the hold into an order."""
        method, intent = self._steps["confirm"], payment.intent
        request = method.request(
            reservation_id=hold.reservation, user_id=self.user, payment_intent_id=intent, idempotency_key=key
        )
        return readings.order(self._call_of(intent, method, request))

    def _call_of(self, intent: str, method: Method, request: Message) -> Heard:
        """A call about a payment, whose card and hold tell what is to be expected."""
        return self._caller.call(
            method,
            request,
            card_may_fail=self._cards.get(intent) in CARDS_THAT_MAY_FAIL,
            hold_ends_ns=self._hold_ends.get(intent, 0),
        )

    def ask(self, method: str, fields: Mapping[str, Any], *, provoked: bool = False) -> Reply:
        """Asks any unary method of the contract by its full name."""
        row = METHODS[method]
        heard = self._caller.call(row, row.request(**fields), provoked=provoked)
        return Reply(heard.judged.outcome, heard.judged.code, heard.messages)

    def listen(self, method: str, fields: Mapping[str, Any], messages: int, seconds: float) -> Reply:
        """Listens to a server stream until so many messages have come or the time is over."""
        row = METHODS[method]
        heard = self._caller.listen(row, row.request(**fields), messages, seconds)
        return Reply(heard.judged.outcome, heard.judged.code, heard.messages)

    def follow(self, method: str, fields: Mapping[str, Any], seconds: float) -> Told:
        """Follows a server stream for so long, and writes down what it tells."""
        row = METHODS[method]
        outcome, _, code = self._caller.follow(row, row.request(**fields), seconds).judged
        return Told(outcome, code)


def _holding(act: Callable[[Ticketing], T], hand: GrpcTicketing) -> Callable[[], T]:
    return lambda: act(hand)
