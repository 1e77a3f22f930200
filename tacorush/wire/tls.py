"""What a client needs to speak TLS, as files. Their content is read when a connection is made and stored nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS towards a server; with certificate and key the client shows who it is, too (mTLS)."""

    ca: Path | None = None
    """PEM file of the authorities that may vouch for the server; None takes the transport's own."""
    certificate: Path | None = None
    """PEM file of the client's certificate chain."""
    key: Path | None = None
    """PEM file of the client's private key."""
    server_name: str = ""
    """The name that the server's certificate must hold; empty takes the host of the address."""
