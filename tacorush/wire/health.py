"""grpc.health.v1 for the asyncio server: every service is SERVING until the server drains; Watch tells the change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grpc_health.v1 import health_pb2

from tacorush.wire.answering import Route

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tacorush.wire.serving import Call

SERVICE = "grpc.health.v1.Health"
_NOT_FOUND = 5
_Response = health_pb2.HealthCheckResponse


class Health:
    """The state of a server's services; the empty name is the server's."""

    def __init__(self) -> None:
        self._names: frozenset[str] = frozenset()
        self._serving = True
        self._watchers: dict[Call, str] = {}

    def routes(self, services: Iterable[str]) -> list[Route]:
        """What serves the health of these services."""
        self._names = frozenset({"", SERVICE, *services})
        parse = health_pb2.HealthCheckRequest.FromString
        return [
            Route(f"/{SERVICE}/Check", parse, self._check),
            Route(f"/{SERVICE}/Watch", parse, self._watch, streams=True),
        ]

    def shut_down(self) -> None:
        """Nothing is served any more."""
        self._serving = False
        for call, name in list(self._watchers.items()):
            call.send(self._told(name))

    def _told(self, name: str) -> health_pb2.HealthCheckResponse:
        if name not in self._names:
            return _Response(status=_Response.SERVICE_UNKNOWN)
        return _Response(status=_Response.SERVING if self._serving else _Response.NOT_SERVING)

    def _check(self, call: Call, request: health_pb2.HealthCheckRequest) -> None:
        if request.service in self._names:
            call.answer(self._told(request.service))
        else:
            call.fail(_NOT_FOUND, f"unknown service {request.service!r}")

    def _watch(self, call: Call, request: health_pb2.HealthCheckRequest) -> None:
        self._watchers[call] = request.service
        call.on_end(lambda: self._forget(call))
        call.send(self._told(request.service))

    def _forget(self, call: Call) -> None:
        self._watchers.pop(call, None)
