"""TLS without I/O: plain bytes in, encrypted ones out, and back; over OpenSSL's memory buffers."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tacorush.wire.tls import Tls

_PIECE = 1 << 16


class TlsError(OSError):
    """The other side cannot be trusted, or does not speak HTTP/2."""


def client_context(tls: Tls) -> ssl.SSLContext:
    """A client's context; reads the files, and raises OSError for one that cannot be read."""
    context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    context.set_alpn_protocols(["h2"])
    if tls.certificate is not None:
        context.load_cert_chain(str(tls.certificate), None if tls.key is None else str(tls.key))
    return context


class TlsPipe:
    """One client's side of one TLS connection."""

    def __init__(self, context: ssl.SSLContext, server_name: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)

    def shake_hands(self, received: bytes = b"") -> bool:
        """Goes on with the handshake; True when it is done. What is to be sent is in `take`. Raises TlsError."""
        self._incoming.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TlsError(f"TLS: {error.reason or error}") from error
        if self._tls.selected_alpn_protocol() != "h2":
            raise TlsError("TLS: the server does not offer HTTP/2 (ALPN h2)")
        return True

    def take(self) -> bytes:
        """The encrypted bytes that are to be sent."""
        return self._outgoing.read()

    def wrap(self, plain: bytes) -> bytes:
        """Encrypts; returns what is to be sent."""
        if plain:
            self._tls.write(plain)
        return self._outgoing.read()

    def unwrap(self, received: bytes) -> bytes:
        """Decrypts what has come whole; empty when nothing has. Raises TlsError for what is broken."""
        self._incoming.write(received)
        pieces = []
        try:
            while piece := self._tls.read(_PIECE):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            pass  # the close of the socket follows
        except ssl.SSLError as error:
            raise TlsError(f"TLS: {error.reason or error}") from error
        return b"".join(pieces)
