"""A receiver of webhooks on a real socket: keeps what it got and answers as it was told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import SimpleQueue


class Received:
    """What one receiver got, and the statuses that it still has to answer with before it answers 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: SimpleQueue[tuple[str, dict[str, str], bytes]] = SimpleQueue()
        """Path, headers and body of each request, in order."""
        self.url = ""


@contextmanager
def receiver(*statuses: int) -> Iterator[Received]:
    """Listens on a free port of 127.0.0.1."""
    received = Received(*statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.put((self.path, dict(self.headers), body))
            self.send_response(received.statuses.pop(0) if received.statuses else 200)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/hook?a=b"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join(20)
