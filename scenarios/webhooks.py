"""From a webhook that came to a claim: which payment it is about, what it says of it, and whether it is genuine.

The bundled platform posts the contract's own ReceivePaymentWebhookRequest as JSON; others post what they like. So the
payment, its status and the event's name are looked for under the names that are usual, in the message or in its
`data`, and the status is brought to the word that the payment service has for it.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from contracts.outcomes import DID_NOT, FAILED, HAPPENED, OK
from scenarios.signing import signed
from tacorush.evidence.records import WEBHOOK, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGNATURE = "X-Webhook-Signature"
FORGED, UNREADABLE = "FORGED", "UNREADABLE"
"""Codes of a webhook that is signed wrongly or not at all, and of one that names no payment."""

_INTENT = ("payment_intent_id", "paymentIntentId", "intent_id", "payment_id", "paymentId")
_RESERVATION = ("reservation_id", "reservationId")
_EVENT = ("webhook_id", "webhookId", "event_id", "eventId", "id")
_STATUS = ("status", "payment_status", "event_type", "eventType", "type", "event")
_PREFIXES = ("PAYMENT_WEBHOOK_STATUS_", "PAYMENT_WEBHOOK_TYPE_", "PAYMENT_STATUS_")
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "SUCCESS": "COMPLETED",
        "SUCCEEDED": "COMPLETED",
        "APPROVED": "COMPLETED",
        "DECLINED": "FAILED",
        "CANCELED": "CANCELLED",
        "TIMEOUT": "EXPIRED",
    }
)
"""A webhook's word to the payment service's, where they differ."""


def heard(body: bytes, claimed: str, secret: str, came_ns: int, answered_ns: int) -> Claim:
    """The claim of one delivery that came at `came_ns` and was answered at `answered_ns`; `claimed` is its signature.

    It has "happened" when it is genuine: then, and only then, it was acknowledged. Its event's name stands as `trace`,
    and the number of the delivery as `attempt`, 0 when it is not told.
    """
    claim = Claim("webhook", WEBHOOK, journey=-1, kind=WEBHOOK, sent_ns=came_ns, answered_ns=answered_ns)
    told = list(_objects(body))
    claim.intent = _first(told, _INTENT)
    claim.reservation = _first(told, _RESERVATION)
    claim.trace = _first(reversed(told), _EVENT)
    claim.status = _word(_first(told, _STATUS))
    attempt = _first(reversed(told), ("attempt",))
    claim.attempt = int(attempt) if attempt.isdecimal() else 0
    genuine = signed(claimed, secret, body)
    claim.code = FORGED if not genuine else "OK" if claim.intent else UNREADABLE
    claim.outcome, claim.effect = (OK, HAPPENED) if claim.code == "OK" else (FAILED, DID_NOT)
    return claim


def _objects(body: bytes) -> Iterator[Mapping[str, Any]]:
    """Yields the objects in which the facts can stand, the innermost first."""
    try:
        message = json.loads(body)
    except ValueError:
        return
    if isinstance(message, dict):
        if isinstance(message.get("data"), dict):
            yield message["data"]
        yield message


def _first(objects: Any, names: tuple[str, ...]) -> str:
    """The first of these fields that is there and not empty, as text."""
    for each in objects:
        for name in names:
            if isinstance(each.get(name), str | int) and str(each[name]):
                return str(each[name])
    return ""


def _word(status: str) -> str:
    word = status.upper().rpartition(".")[2]
    for prefix in _PREFIXES:
        word = word.removeprefix(prefix)
    return _WORDS.get(word, word)
