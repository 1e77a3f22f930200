"""The run's own mailbox: an HTTP server to which the platform posts its webhooks, and which writes down what came.

It stands in the process that keeps the run file, takes POSTs at one path, and answers 200 to what is genuine, 401 to
what is signed wrongly, 400 to what names no payment: only what was answered 200 counts as told. It listens from before
the plan is made, so that its port can be part of it, until some time after the drain, since a platform may try again.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from scenarios.webhooks import FORGED, SIGNATURE, UNREADABLE, heard
from tacorush.fleet.unfit import Unfit
from tacorush.targets.address import TargetError, split_listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tacorush.evidence.records import Claim
    from tacorush.wire.channel import Clock

SECRET = "TACORUSH_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
"""Environment variable: what the platform signs its webhooks with."""
DEFAULT_SECRET = "tacorush"  # noqa: S105 - the documented default of a test platform
PATH = "/webhooks/payments"
LONGEST = 1 << 20
"""Octets of a body at most."""
AT_ONCE = 1000
"""Deliveries taken in at one time; further ones wait."""
PATIENCE_S = 35.0
"""How long after a payment has settled a platform may take to tell of it, at time scale 1: it tells within 2 s, and
tries again 1, 2, 4, 8 and 16 s after the last time."""

_STATUS_OF = {FORGED: HTTPStatus.UNAUTHORIZED, UNREADABLE: HTTPStatus.BAD_REQUEST, "OK": HTTPStatus.OK}
_HEADER = "HTTP_" + SIGNATURE.upper().replace("-", "_")


class Mailbox:
    """Listens; what comes before `begin` is answered and forgotten."""

    def __init__(self, listen: str, clock: Clock) -> None:
        """Binds `HOST:PORT`; raises Unfit."""
        self._clock = clock
        self._secret = os.environ.get(SECRET) or DEFAULT_SECRET
        self._record: Callable[[Claim], None] = lambda _: None
        self._came = 0
        try:
            host, port = split_listening(listen)
            self._server = WSGIServer((host, port), self._take, spawn=Pool(AT_ONCE), log=None, error_log=None)
            self._server.start()
        except (OSError, TargetError) as failure:
            raise Unfit(f"--webhook-listen: {failure}") from None
        named = f"[{host}]" if ":" in host else host
        self.url = f"http://{named}:{self._server.server_port}{PATH}"
        """Where the platform shall post."""

    def begin(self, record: Callable[[Claim], None]) -> None:
        """From now on what comes is written down."""
        self._record = record

    def hear_out(self, patience_s: float) -> dict[str, Any]:
        """Listens on for so long, closes, and returns what is to be known of it, for the run file."""
        gevent.sleep(patience_s)
        until_ns = self._clock()
        self.close()
        return {"url": self.url, "until_ns": until_ns, "came": self._came}

    def close(self) -> None:
        """Listens no more."""
        self._server.stop(timeout=1)

    def _take(self, environ: Mapping[str, Any], answer: Callable[[str, list[Any]], Any]) -> Iterable[bytes]:
        status = self._status(environ)
        answer(f"{status.value} {status.phrase}", [("Content-Length", "0")])
        return []

    def _status(self, environ: Mapping[str, Any]) -> HTTPStatus:
        if environ["PATH_INFO"] != PATH:
            return HTTPStatus.NOT_FOUND
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        came_ns = self._clock()
        body = environ["wsgi.input"].read(LONGEST)
        claim = heard(body, environ.get(_HEADER, ""), self._secret, came_ns, self._clock())
        self._came += claim.code == "OK"
        self._record(claim)
        return _STATUS_OF[claim.code]
