"""What a peer can do wrong: errors of the whole connection and of one stream (RFC 9113, 5.4)."""

from __future__ import annotations

from tacorush.wire.http2.frames import code_name


class ProtocolError(Exception):
    """The peer broke the protocol so that the connection must end with GOAWAY and this code (5.4.1)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code_name(code)}: {text}")
        self.code = int(code)
        self.text = text


class StreamError(Exception):
    """The peer broke the protocol on one stream, which ends with RST_STREAM and this code (5.4.2)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code_name(code)}: {text}")
        self.code = int(code)
        self.text = text
