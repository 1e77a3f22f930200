"""Webhooks: who wants to be told what, which secret signs what he is told, and whether a signature is right.

A signature is `sha256=` and the lowercase hex HMAC-SHA256 of the bytes that are sent. Comparing takes the same time
wherever two signatures differ.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contracts.messages import errors_pb2
from fakes.failures import Refused, required

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from contracts.messages.webhook_pb2 import WebhookEventType

AT_MOST = 1000
"""Registrations that are kept."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One endpoint that wants to be told."""

    id: str
    service: str
    url: str
    events: frozenset[WebhookEventType]
    secret: str
    retries: int = 0
    """How often a delivery is repeated; 0 for the platform's own number."""
    timeout_s: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


def sign(secret: str, body: bytes) -> str:
    """The signature of a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Registrations:
    """All registered endpoints."""

    def __init__(self, default_secret: str, new_id: Callable[[str], str]) -> None:
        self._default_secret = default_secret
        self._new_id = new_id
        self._by_id: dict[str, Registration] = {}
        self._by_service: dict[str, Registration] = {}

    def register(
        self,
        service: str,
        url: str,
        events: Sequence[WebhookEventType],
        secret: str,
        *,
        retries: int = 0,
        timeout_s: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> Registration:
        """Registers an endpoint. Refuses INVALID_ARGUMENT, and QUOTA_EXCEEDED beyond AT_MOST."""
        required(service_name=service, endpoint_url=url)
        if len(self._by_id) >= AT_MOST:
            raise Refused(errors_pb2.ERROR_CODE_QUOTA_EXCEEDED, f"{AT_MOST} webhooks are registered already")
        webhook_id = self._new_id("whr")
        secret = secret or self._default_secret
        registration = Registration(
            webhook_id, service, url, frozenset(events), secret, retries, timeout_s, dict(headers or {})
        )
        self._by_id[webhook_id] = registration
        self._by_service[service] = registration
        return registration

    def wanting(self, event: WebhookEventType) -> list[Registration]:
        """Who wants to be told of a kind of event; who named no kinds wants all."""
        return [known for known in self._by_id.values() if not known.events or event in known.events]

    def secret(self, webhook_id: str = "", service: str = "") -> str:
        """The secret of a registration, else the one that a service registered last, else the default."""
        known = self._by_id.get(webhook_id) or self._by_service.get(service)
        return known.secret if known is not None else self._default_secret

    def __contains__(self, webhook_id: object) -> bool:
        return webhook_id in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)


def genuine(signature: str, secret: str, body: bytes) -> bool:
    """Whether a body was signed with a secret."""
    return hmac.compare_digest(signature.encode(), sign(secret, body).encode())
