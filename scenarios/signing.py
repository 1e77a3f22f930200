"""How the platform signs what it tells: `sha256=` and the HMAC-SHA256 of the bytes, in lower-case hex."""

from __future__ import annotations

import hashlib
import hmac


def signature(secret: str, payload: bytes) -> str:
    """The signature of a payload."""
    return "sha256=" + hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def signed(claimed: str, secret: str, payload: bytes) -> bool:
    """Whether this is the signature of a payload; comparing takes the same time wherever two differ."""
    return hmac.compare_digest(claimed.encode(), signature(secret, payload).encode())
