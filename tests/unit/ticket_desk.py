"""A client beside the platform, without a server: calls methods by name, on a scripted time."""

from __future__ import annotations

import uuid
from random import Random
from typing import TYPE_CHECKING, Any

from contracts.catalogue import METHODS
from contracts.messages import errors_pb2
from fakes.caller import Caller
from fakes.events import program
from fakes.faults import Faults
from fakes.platform import Platform
from fakes.services import handlers
from fakes.settings import DOCUMENTED, Settings
from fakes.timing import ScriptedTime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fakes.events import Event

EVENT = "evt_2025_1001"
SHORT = {
    "queue": "gateway.v1.QueueService",
    "gateway": "gateway.v1.GatewayService",
    "webhook": "gateway.v1.WebhookService",
    "websocket": "gateway.v1.WebSocketService",
    "inventory": "reservation.v1.InventoryService",
    "reservation": "reservation.v1.ReservationService",
    "worker": "reservation.v1.WorkerService",
    "payment": "payment.v1.PaymentService",
    "admin": "common.v1.AdminService",
}


class Desk:
    """One platform and somebody who calls it. `called` collects the full names of the methods."""

    def __init__(
        self,
        settings: Settings = DOCUMENTED,
        *,
        seats: int = 200,
        events: Mapping[str, Event] | None = None,
        faults: Faults | None = None,
        seed: int = 7,
    ) -> None:
        """Sells `events`, else EVENT and another with so many seats each."""
        self.time = ScriptedTime()
        self.platform = Platform(
            settings,
            now=self.time.now,
            timers=self.time,
            chance=Random(seed),
            events=events or program([EVENT, "evt_other"], seats),
            faults=faults,
        )
        self.called: set[str] = set()
        self._handlers = handlers(self.platform)
        self._keys = Random(seed)

    def key(self) -> str:
        """A new idempotency key."""
        return str(uuid.UUID(int=self._keys.getrandbits(128), version=4))

    def ask(self, name: str, **fields: Any) -> Any:
        """Calls `service/Method` (short names of SHORT); a key is made up where one is taken and none is given."""
        service, _, method_name = name.partition("/")
        method = METHODS[f"{SHORT[service]}/{method_name}"]
        self.called.add(method.name)
        if method.takes_key:
            fields.setdefault("idempotency_key", self.key())
        return self._handlers[method.name](method.request(**fields), Caller("peer", {}))

    def do(self, name: str, **fields: Any) -> Any:
        """The same, and the answer must hold no error."""
        answer = self.ask(name, **fields)
        assert not answer.HasField("error"), (name, answer.error)
        return answer

    def refused(self, name: str, **fields: Any) -> tuple[str, str]:
        """The same, and the answer must hold an error: its code's name and its message."""
        answer = self.ask(name, **fields)
        assert answer.HasField("error"), (name, answer)
        assert answer.error.trace_id, name
        return errors_pb2.ErrorCode.Name(answer.error.code).removeprefix("ERROR_CODE_"), answer.error.message

    def admit(self, user: str = "ann", event: str = EVENT) -> str:
        """A reservation token."""
        token = self.do("queue/JoinQueue", event_id=event, user_id=user).waiting_token
        answer = self.do("queue/RequestAdmission", waiting_token=token, event_id=event, user_id=user)
        return str(answer.reservation_token)

    def reserve(self, user: str = "ann", event: str = EVENT, **wish: Any) -> Any:
        """The answer to CreateReservation; two of the best seats unless it is told others."""
        wish = wish or {"quantity": 2}
        token = self.admit(user, event)
        return self.do("reservation/CreateReservation", event_id=event, user_id=user, reservation_token=token, **wish)

    def intent(self, reservation: str, user: str = "ann", **fields: Any) -> str:
        """A payment intent for a reservation."""
        answer = self.do("payment/CreatePaymentIntent", reservation_id=reservation, user_id=user, **fields)
        return str(answer.payment_intent_id)

    def pay(self, reservation: str, user: str = "ann", **fields: Any) -> str:
        """A payment that was processed and has had its time."""
        intent = self.intent(reservation, user, **fields)
        self.do("payment/ProcessPayment", payment_intent_id=intent)
        self.time.advance(5)
        return intent

    def buy(self, user: str = "ann", **wish: Any) -> tuple[str, str, str]:
        """Reservation, intent and order of a ticket bought."""
        reservation = self.reserve(user, **wish).reservation_id
        intent = self.pay(reservation, user)
        answer = self.do(
            "reservation/ConfirmReservation", reservation_id=reservation, payment_intent_id=intent, user_id=user
        )
        return reservation, intent, answer.order_id

    def reservation(self, reservation: str) -> Any:
        """A reservation, read back."""
        return self.do("reservation/GetReservation", reservation_id=reservation).reservation

    def payment(self, intent: str) -> Any:
        """A payment, read back."""
        return self.do("payment/GetPaymentStatus", payment_intent_id=intent).payment

    def stock(self, event: str = EVENT) -> Any:
        """An event's seats by status."""
        return self.do("inventory/GetInventoryStatus", event_id=event).stats
