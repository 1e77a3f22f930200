"""One key, one body, one answer: what a client repeats is answered again, not done again.

A key is a UUIDv4 in its text form. For 300 s it stands for the first request that carried it: the same method and
bytes get the first answer, byte for byte; anything else under it is refused with IDEMPOTENCY_CONFLICT. Refusals by the
rules (a seat is taken) are answers like others and are repeated too; what says nothing about the request (rate
limited, unavailable, an error of the platform) is not kept, so that the same intention can be tried again. The keeper
runs on the platform's one thread: nothing comes between asking and keeping.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from contracts.messages import errors_pb2
from fakes.expiring import Expiring
from fakes.failures import Refused, invalid

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from fakes.configuration import Configuration
    from fakes.faults import Faults

# With re.IGNORECASE a match takes twice the time (0.8 µs).
_UUID4 = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")

NOT_KEPT = frozenset(
    {
        errors_pb2.ERROR_CODE_RATE_LIMITED,
        errors_pb2.ERROR_CODE_QUOTA_EXCEEDED,
        errors_pb2.ERROR_CODE_INTERNAL,
        errors_pb2.ERROR_CODE_UNAVAILABLE,
        errors_pb2.ERROR_CODE_TIMEOUT,
        errors_pb2.ERROR_CODE_UPSTREAM_TIMEOUT,
        errors_pb2.ERROR_CODE_UPSTREAM_ERROR,
        errors_pb2.ERROR_CODE_CONCURRENT_MODIFICATION,
    }
)
"""Codes of answers that are not repeated."""


class Kept(NamedTuple):
    """What is remembered of a key."""

    fingerprint: int
    answer: bytes
    at: float


class Idempotency:
    """The answers by key."""

    def __init__(self, configuration: Configuration, faults: Faults) -> None:
        self._configuration = configuration
        self._faults = faults
        self._answers: Expiring[str, Kept] = Expiring()
        self._overlooked = False
        """The request that is being served should have been replayed or refused."""

    def recall(self, now: float, key: str, fingerprint: int) -> bytes | None:
        """The serialized first answer, None for a new key. Refuses a missing, malformed or differently used key."""
        self._overlooked = False
        if not key:
            if self._overlook(self._faults.overlook_missing_key()):
                return None
            raise Refused(
                errors_pb2.ERROR_CODE_IDEMPOTENCY_REQUIRED,
                "this call changes something: send a UUIDv4 as idempotency_key",
            )
        if _UUID4.fullmatch(key) is None:
            raise invalid("idempotency_key", f"idempotency_key must be a UUIDv4, not {key!r}")
        kept = self._answers.get(now, key.lower())
        if kept is None:
            return None
        life_s = self._configuration.current.idempotency_life_s
        if self._overlook(self._faults.forget_key(key, now - kept.at, life_s)):
            return None
        if kept.fingerprint != fingerprint:
            if self._overlook(self._faults.overlook_key_conflict(key)):
                return None
            raise Refused(
                errors_pb2.ERROR_CODE_IDEMPOTENCY_CONFLICT,
                f"idempotency_key {key} was used with another request",
            )
        return kept.answer

    def _overlook(self, overlooked: bool) -> bool:
        self._overlooked = overlooked
        return overlooked

    def keep(self, now: float, key: str, fingerprint: int, answer: Message, code: int) -> None:
        """Keeps the first answer of a key, unless its error code says nothing about the request."""
        said = answer.SerializeToString()
        if self._overlooked:
            kept = self._answers.get(now, key.lower())
            self._faults.done_after_all(key, refused=code != 0, differs=kept is None or kept.answer != said)
        if key and code not in NOT_KEPT:
            life = self._configuration.current.idempotency_life_s
            self._answers.put(now, key.lower(), Kept(fingerprint, said, now), life)

    def clear(self) -> int:
        """Forgets all keys; returns how many there were."""
        return self._answers.clear()

    def __len__(self) -> int:
        return len(self._answers)


def fingerprint(method: str, request: Message) -> int:
    """64 bits that stand for a method and the request's fields, in whatever order the client wrote them.

    They are compared under one key only and in one process only, so the interpreter's own hash is enough; and the
    request itself, which may name a card, is not kept.
    """
    return hash((method, request.SerializeToString(deterministic=True)))
